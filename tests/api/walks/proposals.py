"""Proposals from the draft to what becomes of them."""

from __future__ import annotations

from typing import Any

from tests.api.walks.canary import CANARY
from tests.api.walks.walk import Call, Walk, answered, known, last_part, walk_for, walk_in
from tests.support.charters import VETO, proposal, with_types
from tests.support.clock import let_a_second_pass
from tests.support.portal import Portal, Town


def assembly_of(portal: Portal, members: int = 2) -> Town:
    """Return a town whose charter has the canary for a decision type, a reserved matter and a veto ground."""
    override = VETO["override"] | {"cooling": "PT0S", "call_within": "P1D"}
    veto = VETO | {"grounds": [CANARY], "override": override}
    charter = with_types(
        proposal(CANARY),
        proposal("brief", voting_period="PT1S", veto=veto),
        proposal(
            "passing",
            **{"for": "amendment"},
            amends=["articles"],
            voting_period="PT1S",
            binding_level="binding",
        ),
    )
    for each in charter["decision_types"]:
        if each.get("veto"):
            each["veto"] = veto  # what guards the ground has it, too
    matter = {"title": "Label", "decided_by": "community", "consent": "brand_owner"}
    charter["reserved_matters"] = [matter | {"id": each} for each in (CANARY, "label")]
    listed = {"id": CANARY, "title": f"{CANARY} ground"}
    charter["moderation_grounds"] = [listed, *charter["moderation_grounds"]]
    charter["veto_grounds"] = [{"id": CANARY, "title": "A ground"}, *charter["veto_grounds"]]
    return portal.town(members=members, name=f"{CANARY} town", charter=charter)


ADDED = {
    "op": "add_article",
    "article": {"id": "new", "title": f"{CANARY} new", "body": CANARY},
    "after": None,
}


def proposed(town: Town, decision_type: str = "quick", *, submitted: bool = True, **facts: Any) -> str:
    author = town.members[0]
    body = {"decision_type": decision_type, "title": f"{CANARY} title", "body": f"{CANARY} text"} | facts
    made = author.ok("POST", f"{town.path}/proposals", body)
    path = f"{town.path}/proposals/{made['id']}"
    if submitted:
        author.ok("POST", f"{path}/submit")
    return path


def decided(town: Town, state: str, decision_type: str = "brief", **facts: Any) -> str:
    """Return a proposal for which everybody voted and whose voting has ended."""
    path = proposed(town, decision_type, **facts)
    opened = town.members[0].ok("POST", f"{path}/open-vote")
    for member in town.members:
        member.ok("PUT", f"{town.path}/ballots/{opened['ballot_id']}/votes/me", {"choice": "for"})
    while (found := town.members[0].ok("GET", path)["state"]) == "voting":
        let_a_second_pass()
    assert found == state
    return path


def walk_of_proposal(town: Town, call: Call, action: str, path: str = "", **facts: Any) -> Walk:
    """Return a walk of a member's, or of whoever's role is given; without a path the answer names the proposal."""
    subject = known("proposal", last_part(path)) if path else answered("proposal")
    facts = {"role": "member"} | facts
    return walk_in(town, call, f"proposal.{action}", subject, **facts)


@walk_for
def create_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, author = f"{town.path}/proposals", town.members[0]
    body = {
        "decision_type": CANARY,
        "title": f"{CANARY} title",
        "body": f"{CANARY} text",
        "matters": [CANARY],
    }
    return walk_of_proposal(
        town,
        Call(author, "POST", path, body),
        "created",
        forbidden=portal.join(town, "auditor"),
        refused_before=[
            Call(author, "POST", path, body | {"decision_type": "unheard"}, status=409),
            Call(author, "POST", path, body | {"matters": ["unheard"]}, status=409),
            Call(author, "POST", path, body | {"operations": [ADDED]}, status=409),
        ],
    )


@walk_for
def update_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, public = proposed(town, submitted=False), proposed(town)
    author, auditor = town.members[0], portal.join(town, "auditor")
    body = {
        "decision_type": CANARY,
        "title": f"{CANARY} other",
        "body": f"{CANARY} more",
        "matters": [CANARY],
    }
    return walk_of_proposal(
        town,
        Call(author, "PATCH", path, body, author.tag(path)),
        "updated",
        path,
        forbidden=auditor,
        refused_before=[
            Call(author, "PATCH", public, body, "*", status=409),
            Call(town.members[1], "PATCH", public, {"title": CANARY}, "*", status=403),
            Call(author, "PATCH", path, {"matters": ["unheard"]}, "*", status=409),
        ],
    )


@walk_for
def submit_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, author = proposed(town, submitted=False), town.members[0]
    call = Call(author, "POST", f"{path}/submit", status=409)
    return walk_of_proposal(
        town,
        call,
        "submitted",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(town.members[1], "POST", f"{path}/submit", status=404)],
        refused_after=[call],
    )


@walk_for
def withdraw_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, author = proposed(town), town.members[0]
    call = Call(author, "POST", f"{path}/withdraw", status=409)
    return walk_of_proposal(
        town,
        call,
        "withdrawn",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(town.members[1], "POST", f"{path}/withdraw", status=403)],
        refused_after=[call],
    )


@walk_for
def sponsor_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, discussed = proposed(town, "petition"), proposed(town)
    call = Call(town.members[1], "PUT", f"{path}/sponsors/me")
    return walk_of_proposal(
        town,
        call,
        "sponsored",
        path,
        forbidden=town.owner,
        refused_before=[
            Call(town.members[0], "PUT", f"{path}/sponsors/me", status=409),
            Call(town.members[1], "PUT", f"{discussed}/sponsors/me", status=409),
        ],
        repeats=[call],
    )


@walk_for
def unsponsor_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, discussed = proposed(town, "petition"), proposed(town)
    call = Call(town.members[1], "DELETE", f"{path}/sponsors/me")
    town.members[1].ok("PUT", f"{path}/sponsors/me")
    return walk_of_proposal(
        town,
        call,
        "unsponsored",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(town.members[1], "DELETE", f"{discussed}/sponsors/me", status=409)],
        repeats=[call],
    )


@walk_for
def classify_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, steward = proposed(town), portal.join(town, "steward")
    body = {"matters": [CANARY], "reason": f"{CANARY} reason"}
    unknown = body | {"matters": ["unheard"]}
    return walk_of_proposal(
        town,
        Call(steward, "PUT", f"{path}/matters", body, steward.tag(path)),
        "classified",
        path,
        role="steward",
        forbidden=town.members[0],
        refused_before=[Call(steward, "PUT", f"{path}/matters", unknown, "*", status=409)],
    )


@walk_for
def open_vote(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, waiting = proposed(town), proposed(town, "petition")
    call = Call(town.members[1], "POST", f"{path}/open-vote", status=409)
    return walk_of_proposal(
        town,
        call,
        "vote_opened",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(town.members[1], "POST", f"{waiting}/open-vote", status=409)],
        refused_after=[call],
        beside=["ballot.opened"],
    )


@walk_for
def consent_to_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, early = (proposed(town, matters=["label"]) for _time in range(2))
    town.members[0].ok("POST", f"{path}/open-vote")
    body = {"reason": f"{CANARY} reason"}
    call = Call(town.owner, "PUT", f"{path}/consents/label", body)
    return walk_of_proposal(
        town,
        call,
        "consented",
        path,
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[
            Call(town.owner, "PUT", f"{early}/consents/label", body, status=409),
            Call(town.owner, "PUT", f"{path}/consents/price", body, status=409),
        ],
        repeats=[call],
    )


@walk_for
def veto_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path = decided(town, "veto_window")
    body = {"ground": CANARY, "reason": f"{CANARY} reason"}
    call = Call(town.owner, "POST", f"{path}/veto", body, status=409)
    return walk_of_proposal(
        town,
        call,
        "vetoed",
        path,
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[Call(town.owner, "POST", f"{path}/veto", body | {"ground": "unlawful"}, status=409)],
        refused_after=[call],
    )


@walk_for
def call_override(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, calm = decided(town, "veto_window"), decided(town, "veto_window")
    town.owner.ok("POST", f"{path}/veto", {"ground": CANARY, "reason": f"{CANARY} reason"})
    call = Call(town.members[0], "POST", f"{path}/override", status=409)
    return walk_of_proposal(
        town,
        call,
        "override_called",
        path,
        forbidden=town.owner,
        refused_before=[Call(town.members[0], "POST", f"{calm}/override", status=409)],
        refused_after=[call],
        beside=["ballot.opened"],
    )


@walk_for
def rebase_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path = decided(town, "stale", "passing", operations=[ADDED], matters=["label"])
    body = {"title": f"{CANARY} again", "body": f"{CANARY} anew", "operations": [ADDED]}
    call = Call(town.members[0], "POST", f"{path}/rebase", body, status=409)
    return walk_of_proposal(
        town,
        call,
        "rebased",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(town.members[1], "POST", f"{path}/rebase", body, status=403)],
        refused_after=[call],
    )
