"""What a brand says before a vote, and what it owes afterwards."""

from __future__ import annotations

from tests.api.walks.ballots import ballot_in
from tests.api.walks.canary import CANARY
from tests.api.walks.walk import Call, Walk, answered, walk_for, walk_in, walk_of_owner
from tests.support import debts
from tests.support.portal import UNKNOWN, Portal, Town

#: What the brand says before a vote; its ground of refusal is its own.
PRECOMMITMENT = {
    "undertaking": f"{CANARY} undertaking",
    "within": "P30D",
    "budget": f"{CANARY} 50000",
    "refusal_grounds": [{"id": CANARY, "title": f"{CANARY} ground"}],
}
NO_SUCH_GROUND = PRECOMMITMENT | {"refusal_grounds": [{"id": "nothing"}]}


def owing_town(portal: Portal) -> Town:
    return portal.town(members=1, name=f"{CANARY} town", charter=debts.charter())


def shared_draft(town: Town) -> str:
    """Return the path of a draft whose decision the brand may refuse only on a stated ground."""
    kind = "charity_vote"
    return ballot_in(town, kind=kind, decision_type=kind, matters=[], method="plurality")


def owed_in(town: Town) -> tuple[str, str]:
    """Return the paths of an obligation and of the promise under it."""
    path = shared_draft(town)
    town.owner.ok("POST", f"{path}/precommitments", PRECOMMITMENT)
    town.owner.ok("POST", f"{path}/open")
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": CANARY})
    town.owner.ok("POST", f"{path}/close")
    (owed,) = town.owner.ok("GET", f"{town.path}/obligations")["items"]
    milestone = owed["milestones"][0]["id"]
    return f"{town.path}/obligations/{owed['id']}", f"{town.path}/milestones/{milestone}"


@walk_for
def record_proposal_precommitment(portal: Portal) -> Walk:
    town = owing_town(portal)
    facts = {"title": f"{CANARY} title", "body": f"{CANARY} text"}
    proposals, ids = f"{town.path}/proposals", []
    for decision_type in ("petition", "quick"):
        made = town.owner.ok("POST", proposals, facts | {"decision_type": decision_type})
        ids.append(made["id"])
    for identifier in ids:
        town.owner.ok("POST", f"{proposals}/{identifier}/submit")
    path = f"{proposals}/{ids[0]}/precommitments"
    return walk_of_owner(
        town,
        Call(town.owner, "POST", path, PRECOMMITMENT),
        "proposal.precommitted",
        answered("proposal", "proposal_id"),
        refused_before=[
            Call(town.owner, "POST", path, NO_SUCH_GROUND, status=409),
            Call(town.owner, "POST", f"{proposals}/{ids[1]}/precommitments", PRECOMMITMENT, status=409),
        ],
    )


@walk_for
def record_ballot_precommitment(portal: Portal) -> Walk:
    town = owing_town(portal)
    advisory, path = portal.ballot(town, opened=False, decision_type="house_vote"), shared_draft(town)
    return walk_of_owner(
        town,
        Call(town.owner, "POST", f"{path}/precommitments", PRECOMMITMENT),
        "ballot.precommitted",
        answered("ballot", "ballot_id"),
        refused_before=[
            Call(town.owner, "POST", f"{path}/precommitments", NO_SUCH_GROUND, status=409),
            Call(town.owner, "POST", f"{advisory}/precommitments", PRECOMMITMENT, status=409),
        ],
    )


@walk_for
def answer_obligation(portal: Portal) -> Walk:
    town = owing_town(portal)
    path, _ = owed_in(town)
    body = {"verdict": "refused", "reason": f"{CANARY} reason", "ground": CANARY}
    call = Call(town.owner, "POST", f"{path}/answers", body, "*", status=409)
    return walk_of_owner(
        town,
        call,
        "obligation.answered",
        answered("obligation", "obligation_id"),
        refused_before=[
            Call(town.owner, "POST", f"{path}/answers", body | {"ground": ground}, "*", status=409)
            for ground in (None, "nothing")
        ],
        refused_after=[call],
    )


@walk_for
def promise_milestone(portal: Portal) -> Walk:
    town = owing_town(portal)
    path, milestone = owed_in(town)
    promised = town.owner.ok("GET", milestone)
    body = {"title": f"{CANARY} title", "description": f"{CANARY} text", "due_at": promised["due_at"]}
    past = body | {"due_at": promised["promised_at"]}
    return walk_of_owner(
        town,
        Call(town.owner, "POST", f"{path}/milestones", body),
        "milestone.promised",
        answered("milestone"),
        refused_before=[Call(town.owner, "POST", f"{path}/milestones", past, status=409)],
    )


@walk_for
def give_evidence(portal: Portal) -> Walk:
    town = owing_town(portal)
    _, milestone = owed_in(town)
    body = {"note": f"{CANARY} note", "url": f"https://{CANARY}.example/"}
    elsewhere = f"{town.path}/milestones/{UNKNOWN}/evidence"
    return walk_of_owner(
        town,
        Call(town.owner, "POST", f"{milestone}/evidence", body),
        "milestone.evidenced",
        answered("milestone", "milestone_id"),
        refused_before=[Call(town.owner, "POST", elsewhere, body, status=404)],
    )


@walk_for
def attest(portal: Portal) -> Walk:
    town = owing_town(portal)
    _, milestone = owed_in(town)
    member, path = town.members[0], f"{milestone}/attestations/me"
    body = {"verdict": "disputed", "comment": f"{CANARY} comment"}
    town.owner.ok("POST", f"{milestone}/evidence", {"note": f"{CANARY} note"})
    call = Call(member, "PUT", path, body)
    return walk_in(
        town,
        call,
        "milestone.attested",
        answered("milestone", "milestone_id"),
        role="member",
        forbidden=town.owner,
        refused_before=[Call(member, "PUT", path, body | {"round": 2}, status=409)],
        repeats=[call],
    )
