"""Comments: threads, orders, versions, what is taken back, and whom they mention."""

from __future__ import annotations

import functools

import pytest
import sqlalchemy as sa

from app.domain.discussion import GREATEST_DEPTH, MOST_MENTIONS
from app.models.discussion import Comment
from tests.support import journal
from tests.support.assembly import Assembly
from tests.support.discussion import comment, discussed, last_part, reply, walked
from tests.support.portal import UNKNOWN
from tests.support.queries import counted
from tests.support.races import answers_at_once


def reference(town, person):
    return person.ok("GET", f"{town.path}/members/me")["reference"]


def bodies(items):
    return [item["body"] for item in items]


def test_a_comment_is_served_as_it_was_written_and_as_html_beside_it(portal):
    town = portal.town(members=2)
    ada, ben = town.members
    on = discussed(town)
    body = "  A *pump*?\r\n\r\n<b>no</b> \u202eabc\u202c  "
    made = ada.ok("POST", f"{on}/comments", {"body": body, "stance": "question"})
    expected = {
        "subject_type": "proposal",
        "subject_id": last_part(on),
        "parent_id": None,
        "depth": 0,
        "author_id": ada.memberships[town.id],
        "state": "shown",
        "stance": "question",
        "body": body,
        "mentions": [],
        "text_number": 1,
        "edited_at": None,
        "withdrawn_at": None,
        "reply_count": 0,
        "own_reaction": None,
    }
    assert made | expected == made
    assert made["reactions"] == dict.fromkeys(("agree", "disagree", "thanks", "insightful", "unclear"), 0)
    assert made["body_html"] == (
        '<p dir="auto">A <em>pump</em>?</p>\n<p dir="auto">&lt;b&gt;no&lt;/b&gt; \u202eabc\u202c</p>\n'
    )
    assert ben.ok("GET", f"{town.path}/comments/{made['id']}") == made


@pytest.mark.parametrize("body", ["", " ", "\n\t ", "\u00a0", "x" * 10_001, None, 7, "a\x00b"])
def test_a_comment_says_something_and_not_too_much(body, portal):
    town = portal.town(members=1)
    path = f"{discussed(town)}/comments"
    assert town.members[0].call("POST", path, {"body": body}).status_code in {400, 422}
    assert town.members[0].ok("GET", path)["items"] == []


@pytest.mark.parametrize(("sort", "expected"), [("newest", "edcba"), ("oldest", "abcde")])
def test_comments_come_in_the_order_asked_for_page_by_page(sort, expected, portal):
    town = portal.town(members=1)
    on = discussed(town)
    paths = [comment(town, town.members[0], on, body) for body in "abcde"]
    for body in "fghij":
        reply(town, town.owner, paths[0], body)
    assert bodies(walked(town.members[0], f"{on}/comments?sort={sort}")) == list(expected)
    later = {"newest": "jihgf", "oldest": "fghij"}[sort]
    assert bodies(walked(town.members[0], f"{paths[0]}/replies?sort={sort}")) == list(later)


def test_the_comments_that_most_members_reacted_to_come_first(portal):
    town = portal.town(members=3)
    on = discussed(town)
    paths = {body: comment(town, town.owner, on, body) for body in "abcd"}
    for body, reacting in {"b": 1, "c": 3, "d": 1}.items():
        for member in town.members[:reacting]:
            member.ok("PUT", f"{paths[body]}/reactions/me", {"kind": "agree"})
    assert bodies(walked(town.owner, f"{on}/comments?sort=most_reactions")) == list("cdba")


def test_comments_are_listed_by_stance(portal):
    town = portal.town(members=1)
    on = discussed(town)
    for stance in ("for", "against", "question", None, "for"):
        comment(town, town.owner, on, str(stance), stance=stance)
    gone = comment(town, town.owner, on, "for", stance="for")
    town.owner.ok("POST", f"{gone}/withdraw")
    assert bodies(walked(town.members[0], f"{on}/comments?stance=for")) == ["for", "for"]
    assert bodies(walked(town.members[0], f"{on}/comments?stance=question")) == ["question"]
    assert len(walked(town.members[0], f"{on}/comments")) == 6


def test_every_comment_present_comes_once_while_others_are_written(portal):
    town = portal.town(members=1)
    on = discussed(town)
    for number in range(7):
        comment(town, town.owner, on, str(number))
    seen, cursor = [], ""
    while cursor is not None:
        page = town.owner.ok("GET", f"{on}/comments?limit=2{cursor}")
        seen += bodies(page["items"])
        comment(town, town.members[0], on, "meanwhile")
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert seen == list("6543210")


def test_threads_go_so_deep_and_no_deeper(portal):
    town = portal.town(members=1)
    path = comment(town, town.members[0], discussed(town))
    for depth in range(1, GREATEST_DEPTH + 1):
        before, path = path, reply(town, town.owner, path)
        assert town.owner.ok("GET", path)["depth"] == depth
        assert town.owner.ok("GET", path)["parent_id"] == last_part(before)
        assert town.owner.ok("GET", before)["reply_count"] == 1
    town.owner.refused(409, "thread-too-deep", "POST", f"{path}/replies", {"body": "More."})
    assert town.owner.ok("GET", path)["reply_count"] == 0


def test_replies_at_once_are_all_counted(portal):
    town = portal.town(members=6)
    path = comment(town, town.owner, discussed(town))
    calls = [
        functools.partial(member.call, "POST", f"{path}/replies", {"body": "Me too."})
        for member in town.members
    ]
    made = sum(answer.status_code == 201 for answer in answers_at_once(calls))
    assert made >= 1
    assert town.owner.ok("GET", path)["reply_count"] == made
    assert len(walked(town.owner, f"{path}/replies")) == made


def test_a_discussion_is_open_from_when_a_proposal_is_put_to_people_until_its_vote(portal, clock):
    town = Assembly(portal, clock)
    other = town.others[0]
    for state in ("draft", "sponsoring", "discussion", "voting", "veto_window", "withdrawn", "lapsed"):
        path = town.in_state(state)
        if state == "draft":
            assert other.call("POST", f"{path}/comments", {"body": "Hm."}).status_code == 404
            town.author.refused(409, "discussion-closed", "POST", f"{path}/comments", {"body": "Hm."})
        elif state in {"sponsoring", "discussion"}:
            comment(town.town, other, path)
        else:
            refusal = other.refused(409, "discussion-closed", "POST", f"{path}/comments", {"body": "Hm."})
            assert state in refusal["detail"]
            assert other.ok("GET", f"{path}/comments")["items"] == []


def test_when_the_vote_opens_what_was_said_stays_as_it_is_but_for_what_is_taken_back(portal, clock):
    town = Assembly(portal, clock)
    path = town.submitted("quick")
    one, two = (comment(town.town, town.author, path) for _ in range(2))
    town.others[0].ok("PUT", f"{one}/reactions/me", {"kind": "agree"})
    town.open(path)
    ways = [
        ("POST", f"{one}/replies", {"body": "Late."}, {}),
        ("PATCH", one, {"body": "Late."}, {"if_match": town.author.tag(one)}),
        ("PUT", f"{two}/reactions/me", {"kind": "agree"}, {}),
    ]
    for method, there, body, options in ways:
        town.author.refused(409, "discussion-closed", method, there, body, **options)
    assert town.others[0].ok("DELETE", f"{one}/reactions/me")["reactions"]["agree"] == 0
    assert town.author.ok("POST", f"{one}/withdraw")["state"] == "withdrawn"


def test_a_comment_that_waited_past_the_end_of_the_discussion_is_refused(portal, clock):
    """The instant decides at which the proposal's row is held, not that at which the request came."""
    town = Assembly(portal, clock)
    path = town.submitted("amendment")
    town.reach(town.of(path)["due_at"])
    refusal = town.author.refused(409, "discussion-closed", "POST", f"{path}/comments", {"body": "Hm."})
    assert "lapsed" in refusal["detail"]


# --- versions -----------------------------------------------------------------------------------------


def test_an_edit_is_public_and_keeps_what_was_said_before(portal, clock):
    town = portal.town(members=2)
    ada, ben = town.members
    clock.stop()
    path = comment(town, ada, discussed(town), "One.", stance="for")
    tag = ada.tag(path)
    edited = ada.ok("PATCH", path, {"body": "Two.", "stance": None}, if_match=tag)
    assert (edited["body"], edited["stance"], edited["text_number"]) == ("Two.", None, 2)
    assert edited["edited_at"] is not None
    ada.refused(412, "precondition-failed", "PATCH", path, {"body": "Three."}, if_match=tag)
    texts = ben.ok("GET", f"{path}/texts")["items"]
    assert [(each["number"], each["body"], each["stance"]) for each in texts] == [
        (2, "Two.", None),
        (1, "One.", "for"),
    ]


def test_an_edit_that_changes_nothing_writes_nothing(portal, units):
    town = portal.town(members=1)
    ada = town.members[0]
    path = comment(town, ada, discussed(town), "One.", stance="for")
    tag, kept = ada.tag(path), ada.ok("GET", path)
    before = journal.everything(units)
    for body in ({}, {"body": "One."}, {"stance": "for"}, {"body": "One.", "stance": "for"}):
        answer = ada.call("PATCH", path, body, if_match=tag)
        assert (answer.status_code, answer.headers["ETag"]) == (200, tag)
        assert answer.get_json() == kept
    assert journal.everything(units) == before


def test_edits_of_one_version_at_once_make_one_edit(portal):
    town = portal.town(members=1)
    ada = town.members[0]
    path = comment(town, ada, discussed(town), "One.")
    tag = ada.tag(path)
    edits = [
        functools.partial(ada.call, "PATCH", path, {"body": f"Edit {n}."}, if_match=tag) for n in range(8)
    ]
    answers = answers_at_once(edits)
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 412, 503}
    (won,) = (answer.get_json() for answer in answers if answer.status_code == 200)
    assert ada.ok("GET", path) == won
    assert [each["number"] for each in ada.ok("GET", f"{path}/texts")["items"]] == [2, 1]


def test_nobody_edits_or_withdraws_what_another_wrote(portal):
    town = portal.town(members=2)
    ada, ben = town.members
    path = comment(town, ada, discussed(town))
    for person in (ben, town.owner, portal.join(town, "steward")):
        tag = person.tag(path)
        person.refused(403, "not-the-author", "PATCH", path, {"body": "No."}, if_match=tag)
        person.refused(403, "not-the-author", "POST", f"{path}/withdraw")
    assert ada.ok("GET", path)["body"] == "Well."


# --- taking back --------------------------------------------------------------------------------------


def test_of_a_withdrawn_comment_the_place_is_left_and_no_version_of_its_text(portal, units):
    town = portal.town(members=2)
    ada, ben = town.members
    path = comment(town, ada, discussed(town), f"Marmalade, @{reference(town, ben)}.", stance="against")
    ada.ok("PATCH", path, {"body": "Marmalade!"}, if_match=ada.tag(path))
    answer = reply(town, ben, path, "I see.")
    gone = ada.ok("POST", f"{path}/withdraw")
    assert (gone["state"], gone["reply_count"]) == ("withdrawn", 1)
    assert gone["withdrawn_at"] is not None
    assert (gone["body"], gone["body_html"], gone["stance"], gone["mentions"]) == (None, None, None, [])
    for person in (ada, ben, town.owner, portal.join(town, "steward"), portal.join(town, "auditor")):
        assert person.ok("GET", path)["body"] is None
        assert person.ok("GET", f"{path}/texts")["items"] == []
    assert ben.ok("GET", answer)["parent_id"] == last_part(path)
    kept = {
        table: rows
        for table, rows in journal.everything(units).items()
        if any("Marmalade" in row for row in rows)
    }
    # Beside the log, until the person is erased; and in the answers kept for retries, which expire.
    assert set(kept) <= {"audit_contents", "idempotency_records"}


def test_nothing_more_is_done_to_a_withdrawn_comment(portal):
    town = portal.town(members=2)
    ada, ben = town.members
    path = comment(town, ada, discussed(town))
    ada.ok("POST", f"{path}/withdraw")
    ada.refused(409, "not-shown", "POST", f"{path}/withdraw")
    ada.refused(409, "not-shown", "PATCH", path, {"body": "Back."}, if_match=ada.tag(path))
    ben.refused(409, "not-shown", "POST", f"{path}/replies", {"body": "Why?"})
    ben.refused(409, "not-shown", "PUT", f"{path}/reactions/me", {"kind": "agree"})


# --- reactions ----------------------------------------------------------------------------------------


def test_a_member_has_one_reaction_which_they_may_change_and_take_back(portal, units):
    town = portal.town(members=2)
    ada, ben = town.members
    path = comment(town, ada, discussed(town))
    mine = f"{path}/reactions/me"
    assert ben.ok("PUT", mine, {"kind": "agree"})["own_reaction"] == "agree"
    changed = ben.ok("PUT", mine, {"kind": "thanks"})
    assert {kind: n for kind, n in changed["reactions"].items() if n} == {"thanks": 1}
    before = journal.everything(units)
    ben.ok("PUT", mine, {"kind": "thanks"})
    assert journal.everything(units) == before
    assert ada.ok("GET", path)["own_reaction"] is None
    assert [
        (each["membership_id"], each["kind"]) for each in ada.ok("GET", f"{path}/reactions")["items"]
    ] == [(ben.memberships[town.id], "thanks")]
    assert ben.ok("DELETE", mine)["own_reaction"] is None
    before = journal.everything(units)
    ben.ok("DELETE", mine)
    assert journal.everything(units) == before


def test_reactions_at_once_are_counted_exactly(portal, units):
    town = portal.town(members=5)
    path = comment(town, town.owner, discussed(town))
    mine = f"{path}/reactions/me"
    calls = [
        functools.partial(member.call, "DELETE", mine)
        if kind is None
        else functools.partial(member.call, "PUT", mine, {"kind": kind})
        for member in town.members
        for kind in ("agree", "unclear", None, "agree")
    ]
    answers = answers_at_once(calls)
    assert {answer.status_code for answer in answers} <= {200, 503}
    given = walked(town.owner, f"{path}/reactions")
    assert len({each["membership_id"] for each in given}) == len(given)
    shown = town.owner.ok("GET", path)["reactions"]
    assert sum(shown.values()) == len(given)
    for kind, number in shown.items():
        assert number == sum(each["kind"] == kind for each in given)
    with units.read() as session:
        assert session.scalar(sa.select(Comment.reaction_count)) == len(given)


# --- mentions -----------------------------------------------------------------------------------------


def test_a_mention_leads_to_the_member_and_the_member_to_the_mention(portal):
    town = portal.town(members=3)
    ada, ben, eve = town.members
    on = discussed(town)
    path = comment(town, ada, on, f"@{reference(town, ben)}, look.")
    (mentioned,) = ada.ok("GET", path)["mentions"]
    assert mentioned["membership_id"] == ben.memberships[town.id]
    assert f"@{mentioned['display_name']}</bdi>, look." in ada.ok("GET", path)["body_html"]
    second = comment(town, eve, on, f"And here, @{reference(town, ben)} and @{reference(town, ada)}.")
    listed = walked(ben, f"{town.path}/members/me/mentions", limit=1)
    assert [item["id"] for item in listed] == [last_part(second), last_part(path)]
    assert [item["id"] for item in walked(ada, f"{town.path}/members/me/mentions")] == [last_part(second)]
    assert walked(eve, f"{town.path}/members/me/mentions") == []
    eve.ok("PATCH", second, {"body": "Never mind."}, if_match=eve.tag(second))
    ada.ok("POST", f"{path}/withdraw")
    assert walked(ben, f"{town.path}/members/me/mentions") == []


def test_whoever_is_no_member_here_is_not_mentioned(portal):
    town, elsewhere = portal.town(members=2), portal.town(members=1)
    ada, ben = town.members
    stranger = reference(elsewhere, elsewhere.members[0])
    left = reference(town, ben)
    ben.ok("DELETE", f"{town.path}/members/me")
    body = f"@{stranger} @{left} @{UNKNOWN}"
    made = ada.ok("GET", comment(town, ada, discussed(town), body))
    assert (made["body"], made["mentions"]) == (body, [])
    assert "<bdi" not in made["body_html"]
    assert walked(elsewhere.members[0], f"{elsewhere.path}/members/me/mentions") == []


def test_a_comment_calls_only_so_many(portal):
    town = portal.town(members=1)
    on, ada = discussed(town), town.members[0]
    names = [f"@{UNKNOWN[:-2]}{number:02d}" for number in range(MOST_MENTIONS + 1)]
    comment(town, ada, on, " ".join(names[1:]) + f" {names[1]}")
    path = comment(town, ada, on)
    ada.refused(409, "too-many-mentions", "POST", f"{on}/comments", {"body": " ".join(names)})
    ada.refused(409, "too-many-mentions", "PATCH", path, {"body": " ".join(names)}, if_match=ada.tag(path))
    assert ada.ok("GET", path)["text_number"] == 1


def test_markup_in_a_member_s_name_stays_text(portal):
    town = portal.town(members=1)
    evil = portal.person("<img src=x onerror=alert(1)>\u202e")
    evil.memberships[town.id] = evil.ok("POST", f"{town.path}/members", {})["id"]
    path = comment(town, town.members[0], discussed(town), f"@{reference(town, evil)}")
    html = town.members[0].ok("GET", path)["body_html"]
    assert "<img" not in html
    assert "@&lt;img src=x onerror=alert(1)&gt;\u202e</bdi>" in html


# --- what it costs ------------------------------------------------------------------------------------


def test_a_page_of_many_takes_as_many_queries_as_a_page_of_one(portal, units):
    town = portal.town(members=3)
    on = discussed(town)
    for member in town.members:
        path = comment(town, member, on, f"@{reference(town, member)}")
        for other in town.members:
            other.ok("PUT", f"{path}/reactions/me", {"kind": "agree"})
    sent = {}
    for limit in (1, 3):
        with counted(units.engine) as statements:
            town.owner.ok("GET", f"{on}/comments?limit={limit}")
        sent[limit] = len(statements)
    assert sent[1] == sent[3]
