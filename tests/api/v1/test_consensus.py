"""Groups of opinion: computed on demand, kept as snapshots, and nobody's business in person."""

from __future__ import annotations

import pytest

from tests.support.workshop import Workshop, identifier


@pytest.fixture
def shop(portal) -> Workshop:
    """Four members want glass, two cans, and everybody wants good water."""
    made = Workshop(portal, members=6)
    made.glass, made.can, made.water, made.unseen = (
        made.idea(title=title) for title in ("glass", "can", "water", "unseen")
    )
    for n, member in enumerate(made.members):
        for_glass = n < 4
        for path, agrees in ((made.glass, for_glass), (made.can, not for_glass), (made.water, True)):
            opinion = {"opinion": "agree" if agrees else "disagree"}
            member.ok("PUT", f"{path}/opinions/me", opinion)
    return made


def ranked(shop: Workshop, number: int) -> list[dict]:
    found, cursor = [], ""
    while cursor is not None:
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        path = f"{shop.board}/consensus/{number}/ideas"
        page = shop.members[0].call("GET", path, query_string=query).get_json()
        found += page["items"]
        cursor = page["next_cursor"]
    return found


def test_what_all_groups_agree_on_comes_before_what_one_large_group_wants(shop):
    made = shop.steward.ok("POST", f"{shop.board}/consensus")
    assert [group["size"] for group in made["groups"]] == [4, 2]
    assert (made["members"], made["opinions"], made["ideas"]) == (6, 18, 3)
    items = ranked(shop, made["number"])
    assert [item["idea"]["title"] for item in items] == ["water", "glass", "can"]
    assert items[0]["billionths"] == 10**9 * 5 * 3 // (6 * 4)
    assert items[1]["billionths"] == 10**9 * 5 * 1 // (6 * 4)
    assert items[1]["groups"] == [{"agreements": 4, "opinions": 4}, {"agreements": 0, "opinions": 2}]


def test_a_snapshot_stands_still_while_opinions_go_on(shop):
    first = shop.steward.ok("POST", f"{shop.board}/consensus")
    before = ranked(shop, first["number"])
    for member in shop.members:
        member.ok("PUT", f"{shop.water}/opinions/me", {"opinion": "disagree"})
    after = ranked(shop, first["number"])
    assert [(i["idea"]["id"], i["billionths"]) for i in after] == [
        (i["idea"]["id"], i["billionths"]) for i in before
    ]
    second = shop.steward.ok("POST", f"{shop.board}/consensus")
    assert second["number"] == first["number"] + 1
    assert shop.members[0].ok("GET", f"{shop.board}/consensus") == second
    assert ranked(shop, second["number"])[-1]["idea"]["id"] == identifier(shop.water)


def test_the_last_three_snapshots_are_kept(shop):
    numbers = [shop.steward.ok("POST", f"{shop.board}/consensus")["number"] for _ in range(4)]
    assert numbers == [1, 2, 3, 4]
    shop.members[0].refused(404, "not-found", "GET", f"{shop.board}/consensus/1/ideas")
    assert ranked(shop, 2)


def test_nobody_is_named_in_a_group(shop):
    made = shop.steward.ok("POST", f"{shop.board}/consensus")
    told = shop.owner.call("GET", f"{shop.board}/consensus").text
    assert not any(member.memberships[shop.town.id] in told for member in shop.members)
    assert made["groups"][0]["path"] == [
        {"idea_id": min(identifier(shop.glass), identifier(shop.can)), "side": "agree"}
    ]


def test_a_board_without_opinions_has_no_groups(portal):
    shop = Workshop(portal)
    shop.members[0].refused(404, "not-found", "GET", f"{shop.board}/consensus")
    made = shop.steward.ok("POST", f"{shop.board}/consensus")
    assert (made["groups"], made["members"], made["ideas"]) == ([], 0, 0)
    assert ranked(shop, made["number"]) == []
