"""What people see after each step, compared with the model."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from tests.stateful import before_vote, debts, from_vote
from tests.stateful.amending import listed
from tests.stateful.calls import instant
from tests.stateful.facts import Obligation, Proposal

if TYPE_CHECKING:
    from tests.stateful.walk import Walk


def _at(moment: dt.datetime | None) -> str | None:
    return None if moment is None else instant(moment)


def _same(served: dict[str, Any], known: dict[str, Any], thing: object) -> None:
    differing = {name: (served[name], value) for name, value in known.items() if value != served[name]}
    assert not differing, (differing, thing)


def proposals(walk: Walk, reader: str) -> None:
    """Compare every proposal that somebody may see, in both lists' order."""
    town = walk.town
    visible = [each for each in town.proposals if each.submitted or each.author == reader]
    shown = walk.here.all(reader, "/proposals")
    assert [each["id"] for each in shown] == sorted((each.id for each in visible), reverse=True)
    by_id = {each["id"]: each for each in shown}
    for each in visible:
        served, known = by_id[each.id], proposal(walk, each)
        _same(served, known, each)
        _actions(walk, reader, each, set(served["actions"]))


def proposal(walk: Walk, each: Proposal) -> dict[str, Any]:
    """Return what is to be seen of a proposal."""
    town = walk.town
    vetoed = each.vetoes.get(each.text)
    consents = [(matter, role) for (text, matter), role in sorted(each.consents.items()) if text == each.text]
    rule = listed(town.charter["decision_types"], each.type)
    opens = None
    if each.state == "discussion" and rule is not None and rule["for"] == each.kind:
        opens = from_vote.opens_from(each, rule)
    known: dict[str, Any] = {
        "state": each.state,
        "since": instant(each.since),
        "due_at": _at(each.due),
        "decision_type": each.type,
        "kind": each.kind,
        "matters": each.matters,
        "operations": each.operations,
        "text_number": each.text,
        "base_version": each.base,
        "sponsor_count": len(each.sponsors),
        "sponsors_needed": None if each.base is None else before_vote.base_rule(town, each)["sponsors"],
        "discussion_ends_at": _at(each.discussed),
        "vote_opens_from": _at(opens),
        "ballot_id": each.ballot and each.ballot.id,
        "charter_version": each.frozen and each.frozen.number,
        "outcome": each.outcome,
        "decided_at": _at(each.decided),
        "passed_at": _at(each.decided) if each.outcome == "passed" else None,
        "veto_ends_at": _at(each.veto_ends),
        "override_ballot_id": each.override and each.override.id,
        "overridden_at": _at(each.overridden),
        "enacted_at": _at(each.enacted),
        "enacted_version": each.enacted_version,
    }
    return known | {"veto": _Veto(vetoed), "consents": _Consents(consents), "stale": _Stale(each.stale)}


class _Part(ABC):
    """Compares equal to what is served of a part of a proposal, whatever else stands there."""

    def __init__(self, known: Any) -> None:
        self.known = known

    @abstractmethod
    def served(self, value: Any) -> Any:
        """Return the part of what is served that is compared."""

    def __eq__(self, other: object) -> bool:
        return bool(self.served(other) == self.known)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.known)


class _Veto(_Part):
    def served(self, value: Any) -> Any:
        if self.known is None or value is None:
            return value
        names = ("ground", "absolute", "vetoed_at", "override_from", "override_until")
        known = self.known
        times = (known.at, known.since, known.until)
        told = [known.ground, known.absolute, *(_at(each) for each in times)]
        return known if [value[name] for name in names] == told else value


class _Consents(_Part):
    def served(self, value: Any) -> Any:
        return [(each["matter"], each["role"]) for each in value]


class _Stale(_Part):
    def served(self, value: Any) -> Any:
        return value and value["reason"]


def _actions(walk: Walk, reader: str, each: Proposal, told: set[str]) -> None:
    """What is offered is lawful, and what would be done is offered."""
    town = walk.town
    asked = {
        "submit": lambda: before_vote.submit(town, reader, each),
        "sponsor": lambda: before_vote.sponsor(town, reader, each),
        "unsponsor": lambda: before_vote.unsponsor(town, reader, each),
        "suggest": lambda: before_vote.suggest(town, reader, each),
        "classify": lambda: before_vote.classify(town, reader, each, []),
        "withdraw": lambda: before_vote.withdraw(town, reader, each),
        "open_vote": lambda: from_vote.open_vote(town, reader, each),
        "veto": lambda: from_vote.veto(town, reader, each, "unaffordable"),
        "call_override": lambda: from_vote.call_override(town, reader, each),
        "rebase": lambda: before_vote.rebase(town, reader, each, each.operations),
    }
    for action, judge in asked.items():
        why = walk.would(judge)
        if why is None:
            assert action not in told, (reader, action, each)
        elif not why:
            assert action in told, (reader, action, each)
        elif why & {"not-the-author", "illegal-step"} or (why == {"forbidden"} and action != "rebase"):
            # A type that one's roles may not use is found out by asking.
            assert action not in told or action == "submit", (reader, action, each, why)


def obligations(walk: Walk, reader: str) -> None:
    """Compare what is owed."""
    shown = {each["id"]: each for each in walk.here.all(reader, "/obligations")}
    assert set(shown) == {each.id for each in walk.town.obligations}
    for owed in walk.town.obligations:
        served, known = shown[owed.id], obligation(owed, walk.town.now)
        _same(served, known, owed)
        for milestone, told in zip(owed.milestones, served["milestones"], strict=True):
            said = list(milestone.rounds[-1].words.values()) if milestone.rounds else []
            delivered = debts.delivered_at(owed, milestone)
            facts = {
                "state": debts.milestone_state(owed, milestone, walk.town.now),
                "promised_at": instant(milestone.since),
                "due_at": instant(milestone.due),
                "overdue": delivered is None and walk.town.now > milestone.due,
                "confirmed": said.count("confirmed"),
                "disputed": said.count("disputed"),
                "delivered_at": _at(delivered),
                "on_time": None if delivered is None else delivered <= milestone.due,
            }
            _same(told, facts, milestone)


def obligation(owed: Obligation, now: dt.datetime) -> dict[str, Any]:
    """Return what is to be seen of an obligation."""
    answered = owed.answers[0][1] if owed.answers else None
    return {
        "proposal_id": owed.proposal.id,
        "binding_level": owed.level,
        "state": debts.state_of(owed, now),
        "created_at": instant(owed.since),
        "due_at": instant(owed.due),
        "answered_at": _at(answered),
        "late": answered is not None and answered > owed.due,
        "answer_count": len(owed.answers),
        "concluded_at": _at(owed.concluded),
        "delivery": owed.delivery,
    }


def figures(walk: Walk, reader: str) -> None:
    """Compare the scorecard, and a version of the charter when it is new."""
    assert walk.here.get(reader, "/scorecard") == {"at": instant(walk.town.now)} | debts.scorecard(walk.town)
    version = walk.town.version
    if version.number == walk.read:
        return
    served = walk.here.get(reader, "/charter")
    told = (served["number"], served["charter"], served["in_force_from"], served["proposal_id"])
    assert told == (version.number, version.charter, instant(version.since), version.proposal)
    walk.read = version.number
