"""Options bought one after the other, never for more than is left, and the report of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain.counting.question import Question
from app.domain.counting.result import Round, Statement, Tally, tie_statements
from app.domain.counting.ties import Criterion, Purpose, Tie, TieOrder, break_tie


class Purchases:
    """The budget as it is spent: what is left of it, what was funded, the rounds so far.

    ``totals`` of a round that spends are empty: it moves money, not votes.
    """

    def __init__(self, question: Question, tie_order: TieOrder) -> None:
        self.question = question
        self.tie_order = tie_order
        self.costs: Mapping[str, int] = question.settings["costs"]
        self.left: int = question.settings["budget"]
        self.funded: list[str] = []
        self.rounds: list[Round] = []

    def fits(self, option: str) -> bool:
        """Say whether what is left pays for the option."""
        return self.costs[option] <= self.left

    def report(
        self,
        action: str,
        statements: Sequence[Statement],
        *,
        totals: Mapping[str, str] | None = None,
        figures: Mapping[str, str] | None = None,
        subject: str | None = None,
        ties: tuple[Tie, ...] = (),
        elected: tuple[str, ...] = (),
        excluded: tuple[str, ...] = (),
    ) -> None:
        """Write a round down."""
        said = [
            statement
            for tie in ties
            for statement in tie_statements(tie, opening=f"budget.tie.{tie.purpose}")
        ]
        self.rounds.append(
            Round(
                number=len(self.rounds) + 1,
                action=action,
                totals=totals or {},
                subject=subject,
                figures=figures or {},
                elected=elected,
                excluded=excluded,
                ties=ties,
                statements=(*said, *statements),
            )
        )

    def buy(
        self,
        option: str,
        key: str,
        values: Mapping[str, str],
        *,
        ties: tuple[Tie, ...] = (),
    ) -> None:
        """Fund an option whole and report it.

        :param key: of the statement that says so; it is given ``values``, the cost and what is left.
        :raises ValueError: when it costs more than is left: a defect of the caller.
        """
        if not self.fits(option):
            raise ValueError(f"{option} costs {self.costs[option]}, but only {self.left} is left")
        self.left -= self.costs[option]
        self.funded.append(option)
        figures = {**values, "cost": str(self.costs[option]), "left": str(self.left)}
        statement = Statement(key, {"option": option, **figures})
        self.report("purchase", [statement], figures=figures, subject=option, ties=ties, elected=(option,))

    def pass_over(self, option: str, key: str, values: Mapping[str, str], *, ties: tuple[Tie, ...]) -> None:
        """Report that an option's turn came and too little is left."""
        figures = {**values, "cost": str(self.costs[option]), "left": str(self.left)}
        statement = Statement(key, {"option": option, **figures})
        self.report(
            "passed_over", [statement], figures=figures, subject=option, ties=ties, excluded=(option,)
        )

    def choose(self, tied: Sequence[str], purpose: Purpose, value: str) -> tuple[str, tuple[Tie, ...]]:
        """Return the option whose turn it is among equals, and the tie broken to find it, if there was one.

        :param tied: in the question's order.
        """
        number = len(self.rounds) + 1
        return choose(self.question, self.tie_order, tied, round_number=number, purpose=purpose, value=value)

    def tally(self, votes: Mapping[str, int], figures: Mapping[str, str] | None = None) -> Tally:
        """Return the count's outcome."""
        budget = self.question.settings["budget"]
        money = {"budget": str(budget), "spent": str(budget - self.left), "left": str(self.left)}
        funded = frozenset(self.funded)
        return Tally(
            winners=tuple(self.funded),
            totals={option: str(total) for option, total in votes.items()},
            rounds=tuple(self.rounds),
            figures={**money, **(figures or {})},
            allocation={
                option: str(self.costs[option]) if option in funded else "0"
                for option in self.question.options
            },
            summary=(Statement("budget.spent", money),),
        )


def choose(
    question: Question,
    tie_order: TieOrder,
    tied: Sequence[str],
    *,
    round_number: int,
    purpose: Purpose,
    value: str,
) -> tuple[str, tuple[Tie, ...]]:
    """Return one of the tied options by the question's rule, and the tie if there were two or more.

    :param tied: in the question's order.
    :param value: what they are tied on, as the result shows it.
    """
    if len(tied) == 1:
        return tied[0], ()
    criteria: list[Criterion] = []
    if question.settings["ties"] == "lower_cost":
        # Whoever would leave most of the whole budget costs least.
        budget, costs = question.settings["budget"], question.settings["costs"]
        criteria.append(Criterion("lower_cost", {option: budget - costs[option] for option in tied}))
    tie = break_tie(
        tie_order, tied, round_number=round_number, purpose=purpose, value=value, criteria=criteria
    )
    return tie.chosen, (tie,)
