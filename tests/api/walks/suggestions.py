"""Suggestions for the text of a proposal."""

from __future__ import annotations

from typing import Any

from tests.api.walks.canary import CANARY
from tests.api.walks.proposals import assembly_of, proposed, walk_of_proposal
from tests.api.walks.walk import Call, Walk, walk_for
from tests.support.portal import UNKNOWN, Portal

SUGGESTION = {"title": f"{CANARY} title", "body": f"{CANARY} text", "reason": f"{CANARY} reason"}


@walk_for
def make_suggestion(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, over = proposed(town), proposed(town)
    town.members[0].ok("POST", f"{over}/withdraw")
    return walk_of_proposal(
        town,
        Call(town.members[1], "POST", f"{path}/suggestions", SUGGESTION),
        "suggested",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(town.members[1], "POST", f"{over}/suggestions", SUGGESTION, status=409)],
    )


def deciding_a_suggestion(portal: Portal, way: str, body: Any, *, by_its_maker: bool = False) -> Walk:
    town = assembly_of(portal)
    path, (author, maker) = proposed(town), town.members
    made = maker.ok("POST", f"{path}/suggestions", SUGGESTION)["id"]
    here = f"{path}/suggestions/{made}/{way}"
    rightly, wrongly = (maker, author) if by_its_maker else (author, maker)
    call = Call(rightly, "POST", here, body, status=409)
    return walk_of_proposal(
        town,
        call,
        "suggestion_decided",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[
            Call(wrongly, "POST", here, body, status=403),
            Call(rightly, "POST", here.replace(made, UNKNOWN), body, status=404),
        ],
        refused_after=[call],
    )


@walk_for
def accept_suggestion(portal: Portal) -> Walk:
    return deciding_a_suggestion(portal, "accept", {"reason": f"{CANARY} yes"})


@walk_for
def refuse_suggestion(portal: Portal) -> Walk:
    return deciding_a_suggestion(portal, "refuse", {"reason": f"{CANARY} no"})


@walk_for
def withdraw_suggestion(portal: Portal) -> Walk:
    return deciding_a_suggestion(portal, "withdraw", None, by_its_maker=True)
