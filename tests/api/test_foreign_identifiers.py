"""An identifier that is none, or another community's, leads nowhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.calls import assert_problem, one_database, path_of, send
from tests.support import journal
from tests.support.delegating import delegating_charter
from tests.support.portal import UNKNOWN, Portal, Town
from tests.support.tokens import treasury
from tests.support.workshop import Workshop, identifier


@one_database
@pytest.mark.parametrize(
    "identifier",
    [
        "1",
        "9" * 24,
        "me",
        "null",
        "..",
        "%2e%2e",
        "%00",
        "' OR 1=1 --",
        "{00000000-0000-7000-8000-000000000000}",
        "00000000000070008000000000000000",
        "urn:uuid:00000000-0000-7000-8000-000000000000",
        "00000000-0000-7000-8000-00000000000g",
        "\u0660" * 8 + "-0000-7000-8000-000000000000",
        "x" * 5_000,
    ],
)
def test_what_is_no_identifier_leads_nowhere(identifier, portal):
    person = portal.person()
    for path in (
        f"/v1/communities/{identifier}",
        f"/v1/communities/{identifier}/ballots/{identifier}",
        f"/v1/receipts/{identifier}",
        f"/v1/communities/{UNKNOWN}/ballots/{identifier}/log",
    ):
        assert_problem(person.call("GET", path), 404)


def owed_in(portal: Portal, town: Town) -> dict[str, Any]:
    """Return what a brand owes after a ballot that everybody was in, with its first promise."""
    rules = {"decision_type": "binding_vote", "vote_change": False, "early_close": True}
    path = portal.ballot(town, opened=False, **rules)
    said = {"undertaking": "We brew it.", "within": "P30D"}
    town.owner.ok("POST", f"{path}/precommitments", said)
    town.owner.ok("POST", f"{path}/open")
    for member in town.members:
        member.ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    town.owner.ok("POST", f"{path}/close")
    return town.owner.ok("GET", f"{town.path}/obligations")["items"][0]


def merging_in(portal: Portal, town: Town) -> dict[str, str]:
    """Return a board, an idea on it, and the merge that is proposed for the idea."""
    shop = Workshop(portal, town=town)
    path, into = shop.idea(), shop.idea()
    merge = shop.steward.ok("POST", f"{path}/merges", {"into": identifier(into), "reason": "So."})
    return {"board_id": identifier(shop.board), "idea_id": identifier(path), "merge_id": merge["id"]}


def test_an_identifier_of_another_community_is_as_unknown_as_any(portal, units, operations):
    """In every position of every path but the community's own, which the access matrix covers."""
    here, there = portal.town(members=1), portal.town(members=1, charter=delegating_charter())
    caller = portal.join(here, "member", "steward", "brand_owner")
    path = portal.ballot(there)
    receipt = there.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    invitation = there.owner.ok("POST", f"{there.path}/invitations", {})
    (session,) = there.owner.ok("GET", "/v1/sessions")["items"]
    proposals, text = f"{there.path}/proposals", {"title": "There", "body": "There."}
    proposal = there.members[0].ok("POST", proposals, text | {"decision_type": "quick"})
    there.members[0].ok("POST", f"{proposals}/{proposal['id']}/submit")
    suggestions = f"{proposals}/{proposal['id']}/suggestions"
    suggestion = there.members[0].ok("POST", suggestions, text | {"reason": "So."})
    said = there.members[0].ok("POST", f"{proposals}/{proposal['id']}/comments", {"body": "There."})
    told_of = f"{there.path}/comments/{said['id']}/reports"
    case = there.owner.ok("POST", told_of, {"ground": "abuse"})["case_id"]
    owed = owed_in(portal, there)
    account = treasury(there, 1)
    delegate = portal.join(there).memberships[there.id]
    given = {"scope": "community", "delegate_id": delegate}
    delegation = there.members[0].ok("POST", f"{there.path}/delegations", given)
    group = there.members[0].ok("POST", f"{there.path}/groups", {"kind": "lab", "name": "There"})
    foreign = {
        "account_id": account.rsplit("/", 1)[1],
        "ballot_id": path.rsplit("/", 1)[1],
        "membership_id": there.members[0].memberships[there.id],
        "invitation_id": invitation["id"],
        "session_id": session["id"],
        "proposal_id": proposal["id"],
        "suggestion_id": suggestion["id"],
        "obligation_id": owed["id"],
        "milestone_id": owed["milestones"][0]["id"],
        "delegation_id": delegation["id"],
        **merging_in(portal, there),
        "subject_id": proposal["id"],
        "comment_id": said["id"],
        "case_id": case,
        "group_id": group["id"],
    }
    assert receipt["ballot_id"] == foreign["ballot_id"]
    before = {name: rows for name, rows in journal.everything(units).items() if name != "idempotency_records"}
    tried = set()
    for name, operation in operations.items():
        positions = set(re.findall(r"<uuid:(\w+)>", operation.rule)) - {"community_id", "tracker"}
        for position in positions:
            real = send(
                operation,
                caller,
                path=path_of(operation, community_id=here.id, **{position: foreign[position]}),
            )
            unknown = send(operation, caller, path=path_of(operation, community_id=here.id))
            assert_problem(real, 404)
            assert told(real) == told(unknown), name
            tried.add(name)
    assert len(tried) > 15
    after = journal.everything(units)
    assert {name: after[name] for name in before} == before


def told(answer: TestResponse) -> dict[str, Any]:
    body = answer.get_json()
    return {name: value for name, value in body.items() if name not in {"instance", "request_id"}}
