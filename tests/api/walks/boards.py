"""Boards, what is promoted from them, and where opinions meet."""

from __future__ import annotations

from typing import Any

from tests.api.walks.canary import CANARY, town_of
from tests.api.walks.walk import Call, Walk, answered, known, last_part, walk_for, walk_in
from tests.support.portal import UNKNOWN, Portal
from tests.support.workshop import Workshop, phase

BOARD = {"title": f"{CANARY} board", "description": f"{CANARY} words", "phases": [phase()]}
IDEA: dict[str, Any] = {
    "title": f"{CANARY} idea",
    "body": f"{CANARY} text",
    "tags": [CANARY],
    "links": [{"url": f"https://{CANARY}.example", "title": f"{CANARY} link"}],
}


def workshop_of(portal: Portal, members: int = 2, **facts: Any) -> Workshop:
    """Return a workshop whose town, board and ideas have the canary in every text."""
    return Workshop(portal, town=town_of(portal, members), **(BOARD | facts))


def walk_of_steward(shop: Workshop, call: Call, action: str, **facts: Any) -> Walk:
    """Return a walk of the steward's on the board, which a member may not do."""
    subject = facts.pop("subject", None) or known("board", last_part(shop.board))
    return walk_in(shop.town, call, action, subject, role="steward", forbidden=shop.members[0], **facts)


@walk_for
def create_board(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path = f"{shop.town.path}/boards"
    backwards = [phase("done", "2026-01-01T00:00:00Z"), phase("building", "2026-01-02T00:00:00Z")]
    return walk_of_steward(
        shop,
        Call(shop.steward, "POST", path, BOARD),
        "board.created",
        subject=answered("board"),
        refused_before=[
            Call(shop.steward, "POST", path, BOARD | {"phases": backwards}, status=409),
            Call(shop.steward, "POST", path, BOARD | {"dots_per_member": 1}, status=409),
        ],
    )


@walk_for
def update_board(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    changes = {"title": f"{CANARY} other", "description": f"{CANARY} more"}
    return walk_of_steward(
        shop,
        Call(shop.steward, "PATCH", shop.board, changes, shop.steward.tag(shop.board)),
        "board.updated",
        refused_before=[Call(shop.steward, "PATCH", shop.board, {"dots_per_idea": 99}, "*", status=409)],
        repeats=[Call(shop.steward, "PATCH", shop.board, changes, "*")],
    )


@walk_for
def create_idea(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    return walk_in(
        shop.town,
        Call(shop.members[0], "POST", f"{shop.board}/ideas", IDEA),
        "idea.created",
        answered("idea"),
        role="member",
        forbidden=portal.join(shop.town, "auditor"),
    )


@walk_for
def promote_ideas(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    first, second, draft = (shop.idea(**IDEA), shop.idea(**IDEA), shop.draft(**IDEA))
    path = f"{shop.board}/promotions"
    body = {
        "idea_ids": [last_part(first), last_part(second)],
        "to": "ballot",
        "decision_type": CANARY,
        "title": f"{CANARY} ballot",
        "description": f"{CANARY} question",
    }
    call = Call(shop.steward, "POST", path, body)
    return walk_of_steward(
        shop,
        call,
        "board.promoted",
        beside=["ballot.created", "idea.promoted", "idea.promoted"],
        refused_before=[
            Call(shop.steward, "POST", path, body | {"idea_ids": [last_part(first), UNKNOWN]}, status=404),
            Call(shop.steward, "POST", path, body | {"idea_ids": [last_part(draft)]}, status=404),
            Call(shop.steward, "POST", path, body | {"decision_type": "unheard"}, status=409),
            Call(shop.steward, "POST", path, body | {"top": 2}, status=409),
        ],
    )


@walk_for
def compute_consensus(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    shop.members[0].ok("PUT", f"{shop.idea(**IDEA)}/opinions/me", {"opinion": "agree"})
    return walk_of_steward(shop, Call(shop.steward, "POST", f"{shop.board}/consensus"), "board.grouped")
