"""Ballots from the draft to the result."""

from __future__ import annotations

from typing import Any

from tests.api.walks.canary import CANARY, town_of
from tests.api.walks.walk import Call, Walk, answered, known, last_part, walk_for, walk_in, walk_of_owner
from tests.support.clock import let_a_second_pass
from tests.support.portal import Portal, Town


def draft(**facts: Any) -> dict[str, Any]:
    return {
        "decision_type": CANARY,
        "kind": "general",
        "matters": [CANARY],
        "title": f"{CANARY} title",
        "description": f"{CANARY} text",
        "method": "approval",
        "options": [
            {"id": CANARY, "title": f"{CANARY} option", "description": f"{CANARY} more"},
            {"id": "other", "title": "Other"},
        ],
        "voting_period": "P1D",
        "vote_change": False,
        "early_close": True,
    } | facts


def ballot_in(town: Town, *, opened: bool = False, **facts: Any) -> str:
    made = town.owner.ok("POST", f"{town.path}/ballots", draft(**facts))
    path = f"{town.path}/ballots/{made['id']}"
    if opened:
        town.owner.ok("POST", f"{path}/open")
    return path


@walk_for
def create_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    path = f"{town.path}/ballots"
    return walk_of_owner(
        town,
        Call(town.owner, "POST", path, draft()),
        "ballot.created",
        answered("ballot"),
        refused_before=[Call(town.owner, "POST", path, draft(seats=2, method="irv"), status=409)],
    )


@walk_for
def update_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    path, opened = ballot_in(town), ballot_in(town, opened=True)
    body = draft(title=f"{CANARY} other", description=f"{CANARY} rewritten")
    return walk_of_owner(
        town,
        Call(town.owner, "PATCH", path, body, town.owner.tag(path)),
        "ballot.updated",
        answered("ballot"),
        refused_before=[
            Call(town.owner, "PATCH", opened, body, "*", status=409),
            Call(town.owner, "PATCH", path, {"options": []}, "*", status=409),
        ],
        repeats=[Call(town.owner, "PATCH", path, again, "*") for again in ({}, body)],
    )


@walk_for
def delete_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    path, opened = ballot_in(town), ballot_in(town, opened=True)
    call = Call(town.owner, "DELETE", path, None, town.owner.tag(path), status=404)
    return walk_of_owner(
        town,
        call,
        "ballot.deleted",
        known("ballot", last_part(path)),
        commits_to=None,
        refused_before=[Call(town.owner, "DELETE", opened, None, "*", status=409)],
        refused_after=[call],
    )


@walk_for
def open_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    path = ballot_in(town)
    late = ballot_in(town, opens_at="2020-01-01T00:00:00Z")
    return walk_of_owner(
        town,
        Call(town.owner, "POST", f"{path}/open"),
        "ballot.opened",
        answered("ballot"),
        refused_before=[Call(town.owner, "POST", f"{late}/open", status=409)],
        refused_after=[Call(town.owner, "POST", f"{path}/open", status=409)],
    )


@walk_for
def suspend_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    path, unopened = ballot_in(town, opened=True), ballot_in(town)
    body = {"ground": CANARY, "reason": f"{CANARY} signs"}
    call = Call(town.owner, "POST", f"{path}/suspend", body, status=409)
    return walk_of_owner(
        town,
        call,
        "ballot.suspended",
        answered("ballot"),
        refused_before=[
            Call(town.owner, "POST", f"{unopened}/suspend", body, status=409),
            Call(town.owner, "POST", f"{path}/suspend", {**body, "ground": "weather"}, status=409),
        ],
        refused_after=[call],
    )


@walk_for
def resume_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    path = ballot_in(town, opened=True)
    call = Call(town.owner, "POST", f"{path}/resume", status=409)
    body = {"ground": CANARY, "reason": f"{CANARY} signs"}
    return walk_of_owner(
        town,
        call,
        "ballot.resumed",
        answered("ballot"),
        refused_before=[call],
        ready=lambda: town.owner.ok("POST", f"{path}/suspend", body),
        refused_after=[call],
    )


@walk_for
def cast_vote(portal: Portal) -> Walk:
    town = town_of(portal)
    path, unopened = ballot_in(town, opened=True), ballot_in(town)
    member, late = town.members[0], portal.join(town)
    vote = {"choice": [CANARY]}
    return walk_in(
        town,
        Call(member, "PUT", f"{path}/votes/me", vote),
        "ballot.cast",
        answered("ballot", "ballot_id"),
        role="member",
        commits_to=lambda answer: answer["digest"],
        forbidden=town.owner,
        refused_before=[
            Call(member, "PUT", f"{path}/votes/me", {"choice": ["nothing"]}, status=409),
            Call(member, "PUT", f"{unopened}/votes/me", vote, status=404),
            Call(late, "PUT", f"{path}/votes/me", vote, status=403),
        ],
        repeats=[Call(member, "PUT", f"{path}/votes/me", vote)],
        refused_after=[Call(member, "PUT", f"{path}/votes/me", {"choice": ["other"]}, status=409)],
    )


@walk_for
def issue_credential(portal: Portal) -> Walk:
    town = town_of(portal)
    path = ballot_in(town, opened=True, secrecy="secret")
    unopened, open_to_all = ballot_in(town, secrecy="secret"), ballot_in(town, opened=True)
    member, late = town.members[0], portal.join(town)
    body = {"blinded_message": "4a" * 256}
    call = Call(member, "POST", f"{path}/credentials", body)
    walk = walk_in(
        town,
        call,
        "ballot.credential_issued",
        known("ballot", last_part(path)),
        role="member",
        forbidden=town.owner,
        refused_before=[
            Call(member, "POST", f"{path}/credentials", {"blinded_message": "ff" * 256}, status=403),
            Call(member, "POST", f"{unopened}/credentials", body, status=404),
            Call(member, "POST", f"{open_to_all}/credentials", body, status=409),
            Call(late, "POST", f"{path}/credentials", body, status=403),
        ],
        repeats=[call],
        refused_after=[
            Call(member, "POST", f"{path}/credentials", {"blinded_message": "4b" * 256}, status=409)
        ],
        traced=False,
    )
    walk.actor = lambda _answer: None  # who took part is hidden until enough have
    return walk


@walk_for
def close_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    auditor, member = portal.join(town, "auditor"), town.members[0]
    path = ballot_in(town, opened=True)
    call = Call(member, "POST", f"{path}/close", status=409)
    return walk_in(
        town,
        call,
        "ballot.closed",
        answered("ballot", "ballot"),
        role="member",
        commits_to=lambda answer: answer["digest"],
        forbidden=auditor,
        refused_before=[call],
        ready=lambda: member.ok("PUT", f"{path}/votes/me", {"choice": [CANARY]}),
        repeats=[call, Call(member, "GET", f"{path}/result")],
    )


def reading_first(portal: Portal, part: str) -> Walk:
    """Return the walk of whoever reads a result, or a part of it, before anybody has had it counted."""
    town = town_of(portal)
    auditor = portal.join(town, "auditor")
    running = ballot_in(town, opened=True)
    path = ballot_in(town, opened=True, early_close=False, voting_period="PT1S")
    call = Call(auditor, "GET", f"{path}{part}")

    def closed() -> None:
        while town.owner.ok("GET", path)["state"] != "closed":
            let_a_second_pass()

    walk = walk_in(
        town,
        call,
        "ballot.closed",
        known("ballot", last_part(path)),
        commits_to=lambda _answer: auditor.ok("GET", f"{path}/result")["digest"],
        refused_before=[Call(auditor, "GET", f"{running}{part}", status=409)],
        ready=closed,
        repeats=[call],
    )
    walk.actor = lambda _answer: None  # the service counts; whoever asks only reads
    return walk


@walk_for
def get_result(portal: Portal) -> Walk:
    return reading_first(portal, "/result")


@walk_for
def list_charts(portal: Portal) -> Walk:
    return reading_first(portal, "/result/charts")


@walk_for
def draw_chart(portal: Portal) -> Walk:
    return reading_first(portal, "/result/charts/totals.svg")


@walk_for
def draw_jury(portal: Portal) -> Walk:
    return reading_first(portal, "/jury")


@walk_for
def download_votes(portal: Portal) -> Walk:
    return reading_first(portal, "/votes?format=abif")
