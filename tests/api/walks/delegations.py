"""Delegations and delegates' statements; and who first reads what delegation came to."""

from __future__ import annotations

from typing import Any

from tests.api.walks.canary import CANARY, canary_charter
from tests.api.walks.walk import Call, Walk, answered, known, last_part, walk_for, walk_in
from tests.support.clock import let_a_second_pass
from tests.support.delegating import delegating
from tests.support.portal import UNKNOWN, Person, Portal, Town

LIQUID = f"{CANARY}_liquid"


def liquid_town(portal: Portal, members: int = 2) -> Town:
    charter = canary_charter()
    charter["decision_types"] = [*charter["decision_types"], delegating(LIQUID)]
    return portal.town(members=members, name=f"{CANARY} town", charter=charter)


def wanted(town: Town, delegate: Person, **facts: Any) -> dict[str, Any]:
    body = {"scope": "decision_type", "decision_type": LIQUID}
    return body | {"delegate_id": delegate.memberships[town.id]} | facts


@walk_for
def give_delegation(portal: Portal) -> Walk:
    town = liquid_town(portal, members=3)
    member, first, other = town.members
    path = f"{town.path}/delegations"
    member.ok("POST", path, wanted(town, first))
    body = wanted(town, other)
    return walk_in(
        town,
        Call(member, "POST", path, body),
        "delegation.given",
        answered("delegation"),
        role="member",
        forbidden=town.owner,
        beside=["delegation.revoked"],
        refused_before=[
            Call(member, "POST", path, wanted(town, member), status=409),
            Call(member, "POST", path, body | {"delegate_id": UNKNOWN}, status=409),
            Call(member, "POST", path, body | {"decision_type": CANARY}, status=409),
            Call(member, "POST", path, body | {"scope": "community"}, status=409),
        ],
        repeats=[Call(member, "POST", path, body)],
    )


@walk_for
def revoke_delegation(portal: Portal) -> Walk:
    town = liquid_town(portal, members=3)
    member, delegate, stranger = town.members
    given = member.ok("POST", f"{town.path}/delegations", wanted(town, delegate))
    path = f"{town.path}/delegations/{given['id']}"
    call = Call(member, "DELETE", path)
    return walk_in(
        town,
        call,
        "delegation.revoked",
        answered("delegation"),
        role="member",
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(stranger, "DELETE", path, status=404)],
        repeats=[call, Call(delegate, "DELETE", path)],
    )


@walk_for
def state_as_delegate(portal: Portal) -> Walk:
    town = liquid_town(portal)
    member, delegator = town.members
    delegator.ok("POST", f"{town.path}/delegations", wanted(town, member))
    path = f"{town.path}/delegates/me"
    body = {"stance": "declining", "statement": f"{CANARY} words", "decision_types": [LIQUID]}
    return walk_in(
        town,
        Call(member, "PUT", path, body, member.tag(path)),
        "delegate.stated",
        answered("membership", "membership_id"),
        role="member",
        forbidden=town.owner,
        refused_before=[
            Call(member, "PUT", path, body | {"decision_types": [f"{CANARY}_none"]}, "*", status=409)
        ],
        repeats=[Call(member, "PUT", path, body, "*")],
    )


def liquid_ballot(town: Town, period: str) -> str:
    options = [{"id": CANARY, "title": f"{CANARY} option"}, {"id": "other", "title": "Other"}]
    facts = {"decision_type": LIQUID, "title": f"{CANARY} title", "voting_period": period, "options": options}
    made = town.owner.ok("POST", f"{town.path}/ballots", facts)
    path = f"{town.path}/ballots/{made['id']}"
    town.owner.ok("POST", f"{path}/open")
    return path


def reading_first(town: Town, reader: Person, part: str, **facts: Any) -> Walk:
    """Return the walk of whoever reads what delegation came to before anybody has had the ballot counted."""
    path = liquid_ballot(town, "PT1S")
    call = Call(reader, "GET", f"{path}{part}")

    def closed() -> None:
        while town.owner.ok("GET", path)["state"] != "closed":
            let_a_second_pass()

    walk = walk_in(
        town,
        call,
        "ballot.closed",
        known("ballot", last_part(path)),
        commits_to=lambda _answer: reader.ok("GET", f"{path}/result")["digest"],
        ready=closed,
        repeats=[call],
        **facts,
    )
    walk.actor = lambda _answer: None  # the service counts; whoever asks only reads
    return walk


@walk_for
def get_own_weight(portal: Portal) -> Walk:
    town = liquid_town(portal)
    return reading_first(town, town.members[0], "/delegations/me", forbidden=town.owner)


@walk_for
def download_delegations(portal: Portal) -> Walk:
    town = liquid_town(portal)
    auditor = portal.join(town, "auditor")
    running = liquid_ballot(town, "P1D")
    refused = [Call(auditor, "GET", f"{running}/delegations", status=409)]
    return reading_first(town, auditor, "/delegations", refused_before=refused)
