"""Boards: phases by the clock, rules for each, and what may be changed."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain.instants import instant
from tests.support.workshop import WRITING, Workshop, phase

HOUR = dt.timedelta(hours=1)


def at(clock, hours: float) -> str:
    return instant(clock.now() + hours * HOUR)


def test_a_board_shows_its_rules_as_they_were_stated(portal):
    shop = Workshop(portal)
    stated = {
        "title": "Bottles",
        "description": "Which?",
        "phases": [
            phase("collecting", "2026-01-01T10:00:00+02:00", post=["member"], comments=False),
            phase("deciding", "2999-01-01T00:00:00Z", support="none", editing=False),
        ],
        "dots_per_member": 7,
        "dots_per_idea": 3,
        "merge_wait": "P2D",
        "opt_out_within": "PT36H",
    }
    board = shop.of(shop.make_board(**stated))
    assert board["phases"] == [
        {
            "phase": "collecting",
            "starts_at": "2026-01-01T08:00:00.000Z",
            "post": ["member"],
            "support": "endorsements",
            "comments": False,
            "editing": True,
        },
        {
            "phase": "deciding",
            "starts_at": "2999-01-01T00:00:00.000Z",
            "post": WRITING,
            "support": "none",
            "comments": True,
            "editing": False,
        },
    ]
    assert board["phase"] == "collecting"
    assert board["next_phase_at"] == "2999-01-01T00:00:00.000Z"
    assert {name: board[name] for name in ("dots_per_member", "dots_per_idea", "dots_left")} == {
        "dots_per_member": 7,
        "dots_per_idea": 3,
        "dots_left": 7,
    }
    assert (board["merge_wait"], board["opt_out_within"]) == ("P2D", "P1DT12H")


def test_the_clock_moves_a_board_from_phase_to_phase(portal, clock):
    clock.stop(clock.now())
    shop = Workshop(
        portal,
        phases=[
            phase("collecting", at(clock, 1)),
            phase("shortlisting", at(clock, 2), post=[], support="dots", editing=False),
            phase("done", at(clock, 3), post=[], support="none", editing=False),
        ],
    )
    author, other = shop.members[:2]
    path, late = shop.draft(), shop.draft()
    assert shop.of(shop.board)["phase"] is None
    author.refused(409, "phase-not-open", "POST", f"{path}/post")

    clock.advance(HOUR)
    assert shop.of(shop.board)["phase"] == "collecting"
    author.ok("POST", f"{path}/post")
    shop.endorse(path, other)
    other.refused(409, "phase-not-open", "PUT", f"{path}/dots/me", {"dots": 1})
    author.ok("PATCH", path, {"body": "Better."}, if_match="*")

    clock.advance(HOUR)
    problem = author.refused(409, "phase-not-open", "POST", f"{late}/post")
    assert problem["phase"] == "shortlisting"
    author.refused(409, "phase-not-open", "PATCH", path, {"body": "Best."}, if_match="*")
    other.refused(409, "phase-not-open", "DELETE", f"{path}/endorsements/me")
    other.ok("PUT", f"{path}/dots/me", {"dots": 2})

    clock.advance(HOUR)
    board = shop.of(shop.board)
    assert (board["phase"], board["next_phase_at"]) == ("done", None)
    other.refused(409, "phase-not-open", "PUT", f"{path}/dots/me", {"dots": 0})
    assert shop.of(path)["dot_count"] == 2


def test_actions_say_what_the_phase_allows(portal, clock):
    clock.stop(clock.now())
    shop = Workshop(
        portal,
        phases=[phase(), phase("done", at(clock, 1), post=[], support="none", editing=False)],
    )
    path, draft = shop.idea(), shop.draft()
    assert {"rewrite", "support", "withdraw"} <= set(shop.of(path)["actions"])
    assert "post" in shop.of(draft)["actions"]
    clock.advance(HOUR)
    assert not {"rewrite", "support"} & set(shop.of(path)["actions"])
    assert "post" not in shop.of(draft)["actions"]


def test_a_phase_lets_only_its_roles_post(portal):
    shop = Workshop(portal, phases=[phase(post=["steward"])])
    path = shop.draft(shop.members[0])
    shop.members[0].refused(409, "phase-not-open", "POST", f"{path}/post")
    assert shop.of(shop.idea(shop.steward))["state"] == "open"


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"phases": [phase("done"), phase("collecting", "2026-01-01T00:00:00Z")]}, "#/phases/1/phase"),
        ({"phases": [phase(), phase("done", "2019-01-01T00:00:00Z")]}, "#/phases/1/starts_at"),
        ({"phases": [phase(post=["auditor"])]}, "#/phases/0/post"),
        ({"dots_per_member": 2, "dots_per_idea": 3}, "#/dots_per_idea"),
        ({"merge_wait": "P367D"}, "#/merge_wait"),
        ({"opt_out_within": "P99999D"}, "#/opt_out_within"),
    ],
)
def test_a_board_that_makes_no_sense_is_refused_with_the_place(portal, facts, pointer):
    shop = Workshop(portal)
    body = {"title": "Bottles", "phases": [phase()]} | facts
    path = f"{shop.town.path}/boards"
    problem = shop.steward.refused(409, "invalid-board", "POST", path, body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize("starts_at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"])
def test_phases_may_begin_at_the_ends_of_time(portal, starts_at):
    shop = Workshop(portal)
    board = shop.of(shop.make_board(phases=[phase("done", starts_at)]))
    assert board["phases"][0]["starts_at"] == starts_at.replace("00Z", "00.000Z")


def test_dots_are_fixed_once_somebody_has_given_some(portal):
    shop = Workshop(portal, phases=[phase(support="dots")])
    shop.steward.ok("PATCH", shop.board, {"dots_per_member": 20}, if_match="*")
    path = shop.idea()
    shop.members[0].ok("PUT", f"{path}/dots/me", {"dots": 1})
    change = {"dots_per_member": 30}
    shop.steward.refused(409, "invalid-board", "PATCH", shop.board, change, if_match="*")
    shop.steward.ok("PATCH", shop.board, {"title": "Other", "dots_per_member": 20}, if_match="*")
    assert shop.of(shop.board)["dots_left"] == 19


def test_a_board_is_changed_in_the_version_that_was_read(portal):
    shop = Workshop(portal)
    tag = shop.steward.tag(shop.board)
    shop.steward.ok("PATCH", shop.board, {"title": "One"}, if_match=tag)
    assert shop.steward.call("PATCH", shop.board, {"title": "Two"}, if_match=tag).status_code == 412
    assert shop.of(shop.board)["title"] == "One"


def test_a_charter_without_the_powers_of_boards_reads_and_gives_them_to_nobody(portal):
    """Charters that were written before there were boards hold none of them."""
    from tests.support.charters import wide_charter  # noqa: PLC0415 - this test alone writes a charter

    charter = wide_charter()
    charter["role_powers"] = {
        role: [power for power in held if not power.startswith(("board.", "idea."))]
        for role, held in charter["role_powers"].items()
    }
    town = portal.town(members=1, charter=charter)
    body = {"title": "Bottles", "phases": [phase()]}
    town.owner.refused(403, "forbidden", "POST", f"{town.path}/boards", body)
    assert town.members[0].ok("GET", f"{town.path}/boards")["items"] == []
