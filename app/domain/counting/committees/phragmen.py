"""Phragmén's sequential rule: committees whose cost the voters carry as evenly as can be.

Source: L. E. Phragmén, "Sur une méthode nouvelle pour réaliser, dans les élections, la représentation
proportionnelle des partis" (1894), as in M. Lackner and P. Skowron, "Multi-Winner Voting with Approval
Preferences" (2023), section 2.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from app.domain.counting.committees.approved import BALLOTS, FORM, UNSUPPORTED, Approved, read_approved
from app.domain.counting.figures import rate_text
from app.domain.counting.method import Method
from app.domain.counting.question import Question
from app.domain.counting.result import Round, Statement, Tally, tie_statements
from app.domain.counting.ties import Tie, TieOrder, break_tie


class _Loads:
    """The loads, as whole numbers over one common denominator.

    The load of a ballot's votes is that of the latest elected option it approves: its supporters end up with
    equal loads. ``borne[option]`` is the weighted sum of the supporters' loads.
    """

    def __init__(self, approved: Approved) -> None:
        self.approved = approved
        self.denominator = 1
        self.loads = [0]
        self.borne = dict.fromkeys(approved.supporters, 0)
        self._load_of = [0] * len(approved.ballots)

    def numerator(self, option: str) -> int:
        """Return what electing the option would burden its supporters with, in all; over the denominator."""
        return self.denominator + self.borne[option]

    def load(self, option: str) -> Fraction:
        """Return what each vote of its supporters would then bear."""
        return Fraction(self.numerator(option), self.denominator * self.approved.votes[option])

    def lightest(self) -> list[str]:
        """Return the options whose election makes the smallest load, in the question's order."""
        votes = self.approved.votes
        best: list[str] = []
        for option in self.borne:
            if best:
                # numerator / votes, compared crosswise
                ours = self.numerator(option) * votes[best[0]]
                theirs = self.numerator(best[0]) * votes[option]
                if ours > theirs:
                    continue
                if ours < theirs:
                    best = []
            best.append(option)
        return best

    def elect(self, option: str) -> None:
        """Give the option's supporters their new load."""
        weight, new = self.approved.votes[option], self.numerator(option)
        del self.borne[option]
        # The new load is new / (denominator * weight): everything is written over that denominator.
        self.denominator *= weight
        self.loads = [load * weight for load in self.loads]
        self.borne = {other: amount * weight for other, amount in self.borne.items()}
        moved: dict[tuple[str, int], int] = {}
        for index in self.approved.supporters[option]:
            before, heavier = self._load_of[index], self.approved.weights[index]
            for other in self.approved.ballots[index]:
                if other in self.borne:
                    moved[other, before] = moved.get((other, before), 0) + heavier
            self._load_of[index] = len(self.loads)
        for (other, before), amount in moved.items():
            self.borne[other] += amount * (new - self.loads[before])
        self.loads.append(new)


def tally_sequential_phragmen(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Elect one option a round. ``ballots`` is not empty."""
    approved = read_approved(question, ballots)
    loads = _Loads(approved)
    winners: list[str] = []
    rounds: list[Round] = []
    while loads.borne and len(winners) < question.seats:
        option, ties, load = _next(loads, tie_order, len(rounds) + 1)
        loads.elect(option)
        winners.append(option)
        figures = {"load": load, "votes": approved.totals[option]}
        statements = [said for tie in ties for said in tie_statements(tie, opening="phragmen.tie")]
        statements.append(Statement("phragmen.next", {"option": option, **figures}))
        rounds.append(
            Round(
                number=len(rounds) + 1,
                action="election",
                totals=approved.totals,
                subject=option,
                figures=figures,
                elected=(option,),
                ties=ties,
                statements=tuple(statements),
            )
        )
    return Tally(tuple(winners), approved.totals, tuple(rounds))


def _next(loads: _Loads, tie_order: TieOrder, number: int) -> tuple[str, tuple[Tie, ...], str]:
    tied: Sequence[str] = loads.lightest()
    load = rate_text(loads.load(tied[0]))
    if len(tied) == 1:
        return tied[0], (), load
    tie = break_tie(tie_order, tied, round_number=number, purpose="election", value=load)
    return tie.chosen, (tie,), load


SEQUENTIAL_PHRAGMEN = Method(
    name="sequential_phragmen",
    version="1",
    title="Phragmén's sequential rule: approvals, several winners in proportion",
    rule=lambda question: (
        f"To elect an option puts a load of 1 on those who approve it. {question.seats} options are elected, "
        "one a round: each time the one for which the load of its supporters is smallest, if the load of 1 "
        "and the loads they bear already are shared out so that all their votes bear the same: (1 + the sum "
        "of the loads its supporters bear) / the number of its supporters, a vote of weight w counting as w "
        f"votes. They then bear that load. A tie: the ballot's tie order decides. {UNSUPPORTED}"
    ),
    ballots=BALLOTS,
    ties="Options that make equal loads are decided by the ballot's tie order.",
    form=FORM,
    tally=tally_sequential_phragmen,
    choice_example=["mint", "lime"],
    seats="many",
)
