"""What is owed after a proposal, from its effect to its end."""

from __future__ import annotations

from tests.support import debts
from tests.support.debts import DAY, HOUR, instant, moment


def owed_by(town, path):
    (owed,) = town.owner.ok("GET", f"{town.path}/obligations")["items"]
    assert owed["links"]["proposal"] == path
    assert town.owner.ok("GET", owed["links"]["proposal"])["id"] == owed["proposal_id"]
    return owed


def test_a_proposal_closes_when_nothing_is_owed_any_more(portal, clock):
    town = debts.town_of(portal)
    path = debts.put_forward(town, "petition", sponsors=2)
    town.owner.ok("POST", f"{path}/precommitments", debts.PRECOMMITMENT)
    clock.advance(HOUR)
    ballot = town.members[0].ok("GET", debts.vote(town, clock, path))
    owed = owed_by(town, path)
    assert (owed["title"], owed["ballot_id"]) == ("More mint", ballot["id"])
    assert owed["created_at"] == ballot["closes_at"]
    promise = {"title": "Planted", "due_at": instant(clock.now() + DAY)}
    debts.answer(town, owed, milestones=[promise])
    assert town.members[0].ok("GET", path)["state"] == "obligations"
    (made,) = town.owner.ok("GET", owed["links"]["milestones"])["items"]
    milestone = f"{town.path}/milestones/{made['id']}"
    town.owner.ok("POST", f"{milestone}/evidence", {"note": "Look."})
    for member in town.members[:2]:
        assert town.members[0].ok("GET", path)["state"] == "obligations"
        member.ok("PUT", f"{milestone}/attestations/me", {"verdict": "confirmed"})
    assert town.members[0].ok("GET", path)["state"] == "closed"
    last = max(town.members[0].ok("GET", f"{path}/history")["items"], key=lambda step: step["number"])
    assert (last["action"], last["at"]) == ("conclude", owed_by(town, path)["concluded_at"])
    for member in town.members:
        member.call("PUT", f"{milestone}/attestations/me", {"verdict": "disputed"})
    assert town.members[0].ok("GET", milestone)["state"] == "disputed"
    assert town.members[0].ok("GET", path)["state"] == "closed"


def test_a_refusal_closes_the_proposal(portal, clock):
    town = debts.town_of(portal)
    path = debts.put_forward(town, "petition", sponsors=2)
    clock.advance(2 * HOUR)
    debts.vote(town, clock, path)
    debts.answer(town, owed_by(town, path), "refused")
    assert town.members[0].ok("GET", path)["state"] == "closed"


def test_the_answer_falls_due_after_the_effect_however_late_anybody_looks(portal, clock):
    town = debts.town_of(portal)
    path = debts.put_forward(town, "joint_decision")
    stated = {**debts.PRECOMMITMENT, "refusal_grounds": [{"id": "contract"}]}
    town.owner.ok("POST", f"{path}/precommitments", stated)
    ballot = debts.vote(town, clock, path)
    clock.advance(20 * DAY)
    owed = owed_by(town, path)
    closed_at = moment(town.members[0].ok("GET", ballot)["closes_at"])
    took_effect = closed_at + 2 * HOUR + HOUR  # the veto's window, the timelock
    assert owed["created_at"] == instant(took_effect)
    assert owed["due_at"] == instant(took_effect + 7 * DAY)
    assert owed["state"] == "overdue"
    (promised,) = owed["milestones"]
    assert (promised["promised_at"], promised["due_at"]) == (
        instant(took_effect),
        instant(took_effect + 30 * DAY),
    )
    assert [each["id"] for each in owed["refusal_grounds"]] == ["contract", "unlawful", "unaffordable"]


def test_a_vetoed_decision_owes_nothing_until_it_is_overridden(portal, clock):
    town = debts.town_of(portal, members=4)
    path = debts.put_forward(town, "joint_decision")
    town.owner.ok("POST", f"{path}/precommitments", debts.PRECOMMITMENT)
    debts.vote(town, clock, path)
    town.owner.ok("POST", f"{path}/veto", {"ground": "unaffordable", "reason": "Too dear."})
    assert town.owner.ok("GET", f"{town.path}/obligations")["items"] == []
    card = town.members[0].ok("GET", f"{town.path}/scorecard")
    assert card["vetoes"] == {"unaffordable": {"vetoed": 1, "overridden": 0}}
    assert card["precommitments_missing"] == 0
    clock.advance(HOUR)
    shown = town.members[0].ok("POST", f"{path}/override")
    override = f"{town.path}/ballots/{shown['override_ballot_id']}"
    for member in town.members:
        member.ok("PUT", f"{override}/votes/me", {"choice": "for"})
    clock.advance(3 * HOUR)
    owed = owed_by(town, path)
    assert owed["ballot_id"] != shown["override_ballot_id"]
    assert moment(owed["created_at"]) == moment(town.owner.ok("GET", override)["closes_at"]) + HOUR
    card = town.members[0].ok("GET", f"{town.path}/scorecard")
    assert card["vetoes"] == {"unaffordable": {"vetoed": 1, "overridden": 1}}
    assert card["precommitments_missing"] == 0  # the override asks for none of its own
