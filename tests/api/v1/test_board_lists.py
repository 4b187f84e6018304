# ruff: noqa: RUF001 - texts in many scripts are what some of these tests are about
"""A board's lists: searched, narrowed down, in every order, page after page."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
import sqlalchemy as sa

from app.domain.boards.ranking import draw_of, fair_weight, shuffle_of
from tests.support.workshop import Workshop, identifier, phase

ORDERS = ("newest", "supported", "rising", "fair")


@pytest.fixture
def shop(portal) -> Workshop:
    return Workshop(portal, members=4)


def titles(found) -> list[str]:
    return [idea["title"] for idea in found]


def test_every_order_is_as_its_key_says(shop, clock):
    clock.stop(clock.now())
    old = shop.idea(title="old")
    clock.advance(dt.timedelta(hours=30))
    young = shop.idea(title="young")
    clock.advance(dt.timedelta(hours=1))
    youngest = shop.idea(title="youngest")
    shop.endorse(old, *shop.members[:3])  # log2(4): two days, so ahead of both younger ones
    shop.endorse(young, *shop.members[:1])
    assert titles(shop.listed(sort="newest")) == ["youngest", "young", "old"]
    assert titles(shop.listed(sort="supported")) == ["old", "young", "youngest"]
    assert titles(shop.listed(sort="rising")) == ["young", "old", "youngest"]
    clock.advance(dt.timedelta(days=400))
    assert titles(shop.listed(sort="rising")) == ["young", "old", "youngest"]
    assert identifier(youngest) == shop.listed(sort="newest")[0]["id"]


def test_dots_come_before_endorsements(portal):
    shop = Workshop(portal)
    endorsed, dotted = shop.idea(title="endorsed"), shop.idea(title="dotted")
    shop.endorse(endorsed)
    later = {"phases": [phase(), phase("shortlisting", "2020-02-01T00:00:00Z", support="dots")]}
    shop.steward.ok("PATCH", shop.board, later, if_match="*")
    shop.members[0].ok("PUT", f"{dotted}/dots/me", {"dots": 1})
    assert titles(shop.listed(sort="supported")) == ["dotted", "endorsed"]


@pytest.mark.parametrize("sort", ORDERS)
def test_a_walk_meets_every_idea_once_while_others_are_posted_and_judged(sort, shop):
    there = {identifier(shop.idea()) for _ in range(9)}
    person, seen, cursor = shop.members[1], [], None
    while True:
        query = {"sort": sort, "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = person.call("GET", f"{shop.board}/ideas", query_string=query).get_json()
        seen += [idea["id"] for idea in page["items"]]
        shop.idea()
        for path in page["items"]:  # what was shown already may move, and is not shown again
            if sort == "fair":
                idea = f"{shop.town.path}/ideas/{path['id']}"
                for judge in shop.members:
                    judge.ok("PUT", f"{idea}/opinions/me", {"opinion": "agree"})
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


def test_the_fair_order_is_one_s_own_each_day_and_the_domain_s(shop, clock):
    noon = clock.now().replace(hour=12)
    clock.stop(noon)
    paths = [shop.idea() for _ in range(12)]
    for judge in shop.members:
        for path in paths[:6]:
            judge.ok("PUT", f"{path}/opinions/me", {"opinion": "pass"})
    reader, other = shop.members[:2]

    def order(person, day: dt.date, opinions: dict[str, int]) -> list[str]:
        shuffle = shuffle_of(person.memberships[shop.town.id], day, identifier(shop.board))
        return sorted(
            (identifier(path) for path in paths),
            key=lambda idea: (shuffle.place(draw_of(idea), fair_weight(opinions.get(idea, 0))), idea),
        )

    today, judged = noon.date(), {identifier(path): 4 for path in paths[:6]}
    first = [idea["id"] for idea in shop.listed(reader, sort="fair")]
    assert first == order(reader, today, {})  # today's opinions weigh from tomorrow on
    assert [idea["id"] for idea in shop.listed(other, sort="fair")] == order(other, today, {})
    clock.stop(noon + dt.timedelta(days=1))
    tomorrow = [idea["id"] for idea in shop.listed(reader, sort="fair")]
    assert tomorrow == order(reader, today + dt.timedelta(days=1), judged)
    assert tomorrow != first


def test_a_cursor_of_yesterday_s_fair_order_fits_no_more(shop, clock):
    clock.stop(clock.now().replace(hour=12))
    for _ in range(3):
        shop.idea()
    page = shop.members[0].ok("GET", f"{shop.board}/ideas?sort=fair&limit=1")
    following = f"{shop.board}/ideas?sort=fair&limit=1&cursor={page['next_cursor']}"
    shop.members[0].ok("GET", following)
    clock.advance(dt.timedelta(days=1))
    answer = shop.members[0].call("GET", following)
    assert answer.get_json()["type"] == "/problems/invalid-cursor"


IDEAS = {
    "persian": {"title": "می‌خواهم بطری‌های شیشه‌ای", "body": "با رهن ۱۵ سنت"},
    "arabic": {"title": "الزُّجاجَةُ القابلة للتدوير", "body": "بلا بلاستيك"},
    "russian": {"title": "Стеклянные бутылки", "body": "зелёная крышка", "tags": ["Залог"]},
    "english": {"title": "Returnable bottles", "body": "Brown glass, washed again."},
    "japanese": {"title": "新しい瓶のラベル", "body": "紙だけ"},
}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("بطري", {"persian"}),
        ("شیشه ای", {"persian"}),
        ("15", {"persian"}),
        ("زجاجة", {"arabic"}),
        ("قابلة تدوير", {"arabic"}),
        ("бутылка", {"russian"}),
        ("ЗЕЛЕНЫЙ", {"russian"}),
        ("залог", {"russian"}),
        ("bottle wash", {"english"}),
        ("瓶", {"japanese"}),
        ("ラベル", {"japanese"}),
        ("bottle бутылка", set()),
        ("nothing of the sort", set()),
    ],
)
def test_search_finds_words_in_other_forms_and_spellings(query, found, shop):
    paths = {name: identifier(shop.idea(**facts)) for name, facts in IDEAS.items()}
    assert {idea["id"] for idea in shop.listed(q=query)} == {paths[name] for name in found}


@pytest.mark.parametrize(
    "query",
    [
        'a" OR "b',
        '"',
        "'",
        "NEAR(bottle glass, 3)",
        "words : bottle",
        "^bottle",
        "bottle*",
        "-bottle",
        "bottle AND NOT glass",
        "{words} : bottle",
        "bottle:* | glass & !x <-> y",
        "\\",
        "zq\\'zz",
        "%_",
        "'; DROP TABLE ideas --",
        "((((((((((",
        "🍋",
        " ",
        "\u200c\u200f",
        "#" + "0" * 32,
        "x" * 200,
        "zz " * 66,
    ],
)
def test_no_query_is_an_operator_or_breaks_anything(query, shop):
    shop.idea(**IDEAS["english"])
    answer = shop.members[0].call("GET", f"{shop.board}/ideas", query_string={"q": query})
    assert answer.status_code == 200, answer.text
    assert len(answer.get_json()["items"]) == (query in {"^bottle", "bottle*", "-bottle"})


def test_a_query_too_long_is_refused(shop):
    answer = shop.members[0].call("GET", f"{shop.board}/ideas", query_string={"q": "x" * 201})
    assert answer.status_code == 422


@pytest.mark.parametrize("sort", ORDERS)
def test_a_search_is_paged_in_every_order(sort, shop):
    wanted = {identifier(shop.idea(title=f"A bottle of glass {n}")) for n in range(5)}
    for n in range(5):
        shop.idea(title=f"A can {n}")
    found = [idea["id"] for idea in shop.listed(sort=sort, q="glass bottles")]
    assert len(found) == 5
    assert set(found) == wanted


def test_a_search_finds_the_text_that_stands_now(shop):
    path = shop.idea(title="Glass")
    shop.members[0].ok("PATCH", path, {"title": "Paper"}, if_match="*")
    assert shop.listed(q="glass") == []
    assert titles(shop.listed(q="paper")) == ["Paper"]


def test_a_search_stays_on_its_board_and_in_its_community(shop, portal):
    elsewhere = shop.make_board()
    shop.idea(title="Glass here")
    shop.idea(title="Glass there", board=elsewhere)
    Workshop(portal).idea(title="Glass beyond")
    assert titles(shop.listed(q="glass")) == ["Glass here"]
    assert titles(shop.listed(q="glass", board=elsewhere)) == ["Glass there"]


def test_tags_and_states_narrow_a_list_down(shop):
    glass = shop.idea(title="one", tags=["Glass bottles"])
    shop.idea(title="two", tags=["can"])
    shop.steward.ok("POST", f"{glass}/answers", {"state": "declined", "reason": "No."})
    assert titles(shop.listed(tag="#GLASS  bottles")) == ["one"]
    assert titles(shop.listed(state="declined")) == ["one"]
    assert titles(shop.listed(state="open")) == ["two"]
    assert shop.listed(tag="glass", state="open") == []
    assert shop.listed(tag="🍋") == []


def test_similar_ideas_are_the_most_similar_first(shop):
    shop.idea(title="A returnable bottle of brown glass", body="With a deposit.")
    shop.idea(title="Glass bottles", body="They last.")
    shop.idea(title="A paper label", body="Printed on hemp.")
    found = shop.members[1].ok(
        "POST", f"{shop.board}/similar-ideas", {"title": "Returnable glass bottles with deposit"}
    )["items"]
    assert [each["idea"]["title"] for each in found] == [
        "A returnable bottle of brown glass",
        "Glass bottles",
    ]
    assert Fraction(found[0]["similarity"]) > Fraction(found[1]["similarity"])
    for nothing in ("", "?!", "🍋"):
        body = {"title": nothing or "!", "body": nothing}
        assert shop.members[1].ok("POST", f"{shop.board}/similar-ideas", body)["items"] == []


def test_a_merged_idea_resembles_nothing_any_more(shop):
    source, target = shop.idea(title="Glass bottles"), shop.idea(title="Bottles of glass")
    shop.merged(source, target)
    found = shop.members[1].ok("POST", f"{shop.board}/similar-ideas", {"title": "Glass bottles"})["items"]
    assert [each["idea"]["id"] for each in found] == [identifier(target)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_full_text_index_agrees_with_what_it_indexes(shop, units):
    path = shop.idea(title="Glass")
    shop.members[0].ok("PATCH", path, {"title": "Paper"}, if_match="*")
    with units.write() as session:  # raises where index and words differ
        session.execute(sa.text("INSERT INTO idea_words_index (idea_words_index) VALUES ('integrity-check')"))
