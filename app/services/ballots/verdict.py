"""From the votes that count to an outcome: each tally counted and measured, and what they decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.domain import counting, double_majority
from app.domain.concentration import Concentration
from app.domain.decision import (
    ChoiceFigures,
    Decision,
    DualDecision,
    YesNoFigures,
    decide,
    decide_dual,
)
from app.models.ballots import Ballot
from app.services.ballots.influence import Weights, concentration
from app.services.ballots.roll import entries_of
from app.services.ballots.rules import decision_rules, names_of, question_of, token_rules
from app.services.ballots.tallying import Tallied, Tally


@dataclass(frozen=True, slots=True)
class Counted:
    """One tally, its count, and how concentrated the weight behind it is."""

    tally: Tally
    count: counting.CountResult
    concentration: Concentration

    def turnout(self) -> dict[str, Any]:
        """Return how many of those who weigh here voted, in people and in weight, as a result states it."""
        held = self.concentration.held
        return {
            "voters": self.tally.voters,
            "weight": str(self.tally.weight),
            "roll_size": held.members,
            "roll_weight": str(held.total),
        }

    def yes_no(self) -> YesNoFigures:
        """Return what was counted for and against."""
        totals = {f"{answer}_weight": int(total) for answer, total in self.count.totals.items()}
        return YesNoFigures(**totals, **self._roll())

    def side(self) -> double_majority.Side:
        """Return it as a double majority is explained."""
        return double_majority.Side(counting.explain(self.count, {}), self.yes_no())

    def figures(self) -> YesNoFigures | ChoiceFigures:
        """Return what was counted, as deciding takes it."""
        if self.count.method == "yes_no":
            return self.yes_no()
        return ChoiceFigures(int(self.count.valid), int(self.count.blank), **self._roll())

    def _roll(self) -> dict[str, int]:
        held = self.concentration.held
        return {"roll_weight": held.total, "participants": self.tally.voters, "members": held.members}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a ballot came to.

    :param votes: by the weight on the roll; of a double majority, by members.
    :param tokens: of a double majority, by tokens; else None.
    :param explanation: in sentences.
    """

    votes: Counted
    tokens: Counted | None
    decision: Decision | DualDecision
    explanation: list[str]


def judge(session: Session, ballot: Ballot, tallied: Tallied, ties: counting.TieOrder) -> Verdict:
    """Count what was tallied and decide it by the ballot's rules.

    A token tally is what a ballot weighted by tokens would count: whoever holds none is not among its members.
    """
    votes = _counted(session, ballot, tallied.votes, "weight", ties)
    if tallied.tokens is None:
        decision = decide(votes.figures(), decision_rules(ballot))
        return Verdict(votes, None, decision, counting.explain(votes.count, names_of(ballot)))
    tokens = _counted(session, ballot, tallied.tokens, "tokens", ties)
    both = decide_dual((votes.yes_no(), decision_rules(ballot)), (tokens.yes_no(), token_rules(ballot)))
    return Verdict(votes, tokens, both, double_majority.explain(votes.side(), tokens.side(), both))


def _counted(
    session: Session, ballot: Ballot, tally: Tally, weights: Weights, ties: counting.TieOrder
) -> Counted:
    return Counted(
        tally,
        counting.count(question_of(ballot), tally.by_choice, tie_order=ties),
        concentration(
            session,
            entries_of(ballot.id),
            weights,
            delegated=tally.delegated,
            largest_vote=tally.largest_vote,
        ),
    )
