# ruff: noqa: RUF001 - texts in many scripts are what some of these tests are about
"""Ideas: drafts, texts, authors, answers and followers."""

from __future__ import annotations

import functools

import pytest

from tests.support import journal
from tests.support.portal import Portal
from tests.support.races import at_once
from tests.support.workshop import Workshop, identifier, phase

TEXTS = {
    "persian": "می‌خواهم بطری‌های شیشه‌ای؛ «کاغذ» نه!",
    "arabic": "الزُّجاجَةُ الجديدة ـ ١٥ سنتًا",
    "russian": "Ёлка, объём и стеклянная тара — №5",
    "bidi": "\u202eabc\u202c \u2067שלום\u2069 \u200fالف",
    "combining": "e\u0301 \u00e9 \u1e9b\u0323",
    "emoji": "🧑‍🤝‍🧑 🍋\ufe0f 👍🏽",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "formula": '=HYPERLINK("https://evil.example","x")',
}


@pytest.fixture
def shop(portal: Portal) -> Workshop:
    return Workshop(portal)


@pytest.mark.parametrize("what", TEXTS)
def test_every_text_comes_back_code_point_by_code_point(what, shop):
    text = TEXTS[what]
    author = shop.members[0]
    links = [{"url": "https://www.example.org/a?b=c#d", "title": text}]
    path = shop.idea(title=text, body=f"{text}\n\n{text}\n", links=links)
    raw = author.call("GET", path)
    assert raw.content_type == "application/json"
    assert raw.headers["X-Content-Type-Options"] == "nosniff"
    idea = raw.get_json()
    assert (idea["title"], idea["body"], idea["links"]) == (text, f"{text}\n\n{text}\n", links)
    shop.steward.ok("POST", f"{path}/answers", {"state": "shortlisted", "reason": text})
    assert author.ok("GET", f"{path}/answers")["items"][0]["reason"] == text
    for below in ("", "/texts", "/texts/1/changes", "/answers", "/lineage", "/authors", "/supporters"):
        answer = author.call("GET", path + below)
        assert (answer.status_code, answer.content_type) == (200, "application/json")


@pytest.mark.parametrize("what", ["markup", "formula", "bidi", "persian"])
def test_what_is_said_of_boards_and_merges_comes_back_as_inert_json(what, shop):
    text = TEXTS[what]
    author, other = shop.members[:2]
    board = shop.make_board(title=text, description=text)
    source, target = shop.idea(author, board), shop.idea(other, board)
    reason = {"reason": text}
    merge = shop.steward.ok("POST", f"{source}/merges", reason | {"into": identifier(target)})
    author.ok("POST", f"{source}/merges/{merge['id']}/refuse", reason)
    promotion = {
        "top": 2,
        "to": "ballot",
        "decision_type": "product_vote",
        "title": text,
        "description": text,
    }
    made = shop.steward.ok("POST", f"{board}/promotions", promotion)
    answers = {
        path: shop.steward.call("GET", path)
        for path in (
            board,
            f"{source}/merges",
            f"{board}/promotions",
            f"{shop.town.path}/ballots/{made['ballot_id']}",
        )
    }
    for answer in answers.values():
        assert (answer.status_code, answer.content_type) == (200, "application/json")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answers[board].get_json()["title"] == answers[board].get_json()["description"] == text
    (kept,) = answers[f"{source}/merges"].get_json()["items"]
    assert (kept["reason"], kept["verdict_reason"]) == (text, text)
    problem = shop.steward.call("GET", f"{board}/ideas", query_string={"sort": text})
    assert problem.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,<script>",
        "//evil.example",
        "https://user:secret@example.org",
        "https://example.org/<script>",
        'https://example.org/"onclick=',
        "https://example.org/\n",
        "ftp://example.org",
        "https://",
        " https://example.org",
        "file:///etc/passwd",
    ],
)
def test_only_plain_web_addresses_are_links(url, shop):
    body = {"title": "Link", "links": [{"url": url}]}
    problem = shop.members[0].refused(422, "invalid-request", "POST", f"{shop.board}/ideas", body)
    assert problem["errors"][0]["pointer"] == "#/links/0/url"


def test_a_draft_is_for_its_authors_alone(shop):
    author, invited, other = shop.members
    path = shop.draft(author)
    author.ok("POST", f"{path}/authors", {"membership_id": invited.memberships[shop.town.id]})
    for person in (author, invited):
        assert person.ok("GET", path)["state"] == "draft"
    for person in (other, shop.steward, shop.owner, shop.portal.join(shop.town, "auditor")):
        person.refused(404, "not-found", "GET", path)
        assert person.ok("GET", f"{shop.town.path}/ideas")["items"] == []
    assert shop.listed(author) == []
    assert [each["state"] for each in author.ok("GET", f"{shop.town.path}/ideas?author=me")["items"]] == [
        "draft"
    ]
    invited.ok("PUT", f"{path}/authors/me", {"consents": False})
    invited.refused(404, "not-found", "GET", path)


def test_a_draft_is_found_by_no_search_and_resembles_nothing(shop):
    shop.draft(title="A secret returnable bottle")
    sketch = {"title": "A secret returnable bottle"}
    assert shop.listed(q="secret") == []
    assert shop.members[1].ok("POST", f"{shop.board}/similar-ideas", sketch)["items"] == []


def test_texts_are_numbered_and_kept_and_supporters_see_which_one_they_supported(shop):
    author, supporter, late = shop.members
    path = shop.idea(author, title="A bottle", body="one\ntwo\nthree", tags=["glass"])
    shop.endorse(path, supporter)
    changed = {"body": "one\n2\nthree", "tags": ["Glass", "deposit"]}
    author.ok("PATCH", path, changed, if_match=author.tag(path))
    shop.endorse(path, late)
    idea = shop.of(path, supporter)
    assert (idea["text_number"], idea["endorsement_count"]) == (2, 2)
    assert idea["my_support"]["text_number"] == 1
    assert shop.of(path, late)["my_support"]["text_number"] == 2
    listed = author.ok("GET", f"{path}/supporters")["items"]
    assert {each["membership_id"]: each["text_number"] for each in listed} == {
        supporter.memberships[shop.town.id]: 1,
        late.memberships[shop.town.id]: 2,
    }
    texts = author.ok("GET", f"{path}/texts")["items"]
    assert [(text["number"], text["body"], text["tags"]) for text in texts] == [
        (2, "one\n2\nthree", ["glass", "deposit"]),
        (1, "one\ntwo\nthree", ["glass"]),
    ]
    changes = author.ok("GET", f"{path}/texts/2/changes")
    assert [(line["op"], line["text"]) for line in changes["body"]] == [
        ("keep", "one"),
        ("remove", "two"),
        ("add", "2"),
        ("keep", "three"),
    ]
    assert [(line["op"], line["text"]) for line in changes["tags"]] == [("keep", "glass"), ("add", "deposit")]
    author.refused(404, "not-found", "GET", f"{path}/texts/3/changes")
    author.refused(409, "conflict", "GET", f"{path}/texts/1/changes?since=1")

    shop.endorse(path, supporter)
    assert shop.of(path, supporter)["my_support"]["text_number"] == 2
    assert shop.of(path)["endorsement_count"] == 2


def test_two_rewrites_of_one_version_make_one_text(shop):
    author = shop.members[0]
    path = shop.idea(author)
    tag = author.tag(path)
    calls = [
        functools.partial(author.call, "PATCH", path, {"body": f"Text {n}"}, if_match=tag) for n in range(8)
    ]
    statuses = at_once(calls)
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 412, 503}
    assert shop.of(path)["text_number"] == 2
    assert len(author.ok("GET", f"{path}/texts")["items"]) == 2


def test_a_co_author_by_consent_writes_and_is_credited(shop):
    author, invited, other = shop.members
    path, member = shop.idea(author), invited.memberships[shop.town.id]
    author.ok("POST", f"{path}/authors", {"membership_id": member})
    assert member not in shop.of(path)["author_ids"]
    assert "decide_authorship" in shop.of(path, invited)["actions"]
    invited.refused(403, "not-the-author", "PATCH", path, {"body": "Mine."}, if_match="*")
    invited.ok("PUT", f"{path}/authors/me", {"consents": True})
    assert shop.of(path)["author_ids"] == [author.memberships[shop.town.id], member]
    assert shop.of(path, invited)["i_follow"]
    invited.ok("PATCH", path, {"body": "Ours."}, if_match="*")
    assert author.ok("GET", f"{path}/texts")["items"][0]["membership_id"] == member
    other.refused(403, "not-the-author", "PATCH", path, {"body": "Mine."}, if_match="*")
    invited.refused(403, "not-the-author", "POST", f"{path}/withdraw")
    invited.ok("PUT", f"{path}/authors/me", {"consents": False})
    assert shop.of(path)["author_ids"] == [author.memberships[shop.town.id]]
    invited.refused(409, "conflict", "PUT", f"{path}/authors/me", {"consents": True})
    author.ok("POST", f"{path}/authors", {"membership_id": member})
    assert [each["standing"] for each in author.ok("GET", f"{path}/authors")["items"]] == [
        "credited",
        "invited",
    ]


def test_answers_are_kept_and_the_last_one_stands(shop):
    path = shop.idea()
    answers = [("shortlisted", "Good."), ("planned", "In March."), ("building", "The line is here.")]
    for state, reason in answers:
        shop.steward.ok("POST", f"{path}/answers", {"state": state, "reason": reason})
    shop.owner.ok("POST", f"{path}/answers", {"state": "declined", "reason": "The line broke."})
    idea = shop.of(path)
    assert (idea["state"], idea["answer"]["reason"], idea["answer"]["role"]) == (
        "declined",
        "The line broke.",
        "brand_owner",
    )
    kept = shop.members[0].ok("GET", f"{path}/answers")["items"]
    assert [(each["number"], each["state"]) for each in kept] == [
        (4, "declined"),
        (3, "building"),
        (2, "planned"),
        (1, "shortlisted"),
    ]


@pytest.mark.parametrize(
    ("before", "state"),
    [
        ([], "building"),
        ([], "delivered"),
        ([], "open"),
        (["planned"], "shortlisted"),
        (["declined"], "planned"),
    ],
)
def test_an_answer_that_leads_nowhere_changes_nothing(before, state, shop, units):
    path = shop.idea()
    for each in before:
        shop.steward.ok("POST", f"{path}/answers", {"state": each, "reason": "So."})
    kept = journal.everything(units)
    problem = shop.steward.refused(
        409, "illegal-idea-step", "POST", f"{path}/answers", {"state": state, "reason": "So."}
    )
    assert problem["state"] == (before or ["open"])[-1]
    assert problem["action"] not in problem["legal_actions"]
    assert journal.everything(units) == kept


def test_an_answer_has_a_reason(shop):
    path = shop.idea()
    for reason in ("", "  \n", "\u00a0"):
        body = {"state": "planned", "reason": reason}
        shop.steward.refused(422, "invalid-request", "POST", f"{path}/answers", body)


def test_posting_and_supporting_is_following_and_can_be_ended(shop):
    author, supporter, other = shop.members
    path = shop.idea(author)
    shop.endorse(path, supporter)
    assert [shop.of(path, person)["i_follow"] for person in (author, supporter, other)] == [True, True, False]
    other.ok("PUT", f"{path}/followers/me")
    supporter.ok("DELETE", f"{path}/followers/me")
    followed = f"{shop.town.path}/ideas?followed_by=me"
    assert [len(person.ok("GET", followed)["items"]) for person in (author, supporter, other)] == [1, 0, 1]
    supported = f"{shop.town.path}/ideas?supported_by=me"
    assert [len(person.ok("GET", supported)["items"]) for person in (author, supporter, other)] == [0, 1, 0]


def test_a_withdrawn_idea_is_read_and_not_listed(shop):
    path = shop.idea()
    shop.members[0].ok("POST", f"{path}/withdraw")
    assert shop.of(path, shop.members[1])["state"] == "withdrawn"
    assert shop.of(path)["actions"] == []
    assert shop.listed() == []
    assert [each["id"] for each in shop.listed(state="withdrawn")] == [identifier(path)]
    shop.members[1].refused(409, "illegal-idea-step", "PUT", f"{path}/endorsements/me")


def test_a_rewrite_that_says_the_same_is_no_new_text(shop, units):
    path = shop.idea(title="A bottle", tags=["Glass"])
    kept = journal.everything(units)
    same = {"title": "A bottle", "body": "Because.", "tags": ["#glass"], "links": []}
    shop.members[0].ok("PATCH", path, same, if_match="*")
    assert journal.everything(units) == kept


def test_nobody_leaves_their_board_by_a_change_of_text(shop):
    other = shop.make_board(phases=[phase(support="dots")])
    path = shop.idea()
    body = {"board_id": identifier(other)}
    shop.members[0].refused(422, "invalid-request", "PATCH", path, body, if_match="*")
