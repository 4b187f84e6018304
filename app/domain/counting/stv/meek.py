"""Meek's method: every elected option keeps just the share of each vote that it needs for the quota.

Sources: I. D. Hill, B. A. Wichmann and D. R. Woodall, "Algorithm 123: Single transferable vote by Meek's
method", The Computer Journal 30 (1987) 277-281; worked out to the last digit by the Proportional
Representation Foundation's Reference Meek Rule, whose steps are named below. With a precision of 9 this count
is that rule, except that ties look back first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain.counting.figures import fixed_point
from app.domain.counting.question import Question
from app.domain.counting.result import Round, Statement, Tally, tie_statements
from app.domain.counting.seats import fill_seats
from app.domain.counting.settings import IntegerSetting
from app.domain.counting.ties import Tie, TieOrder, break_tie

PRECISION = IntegerSetting(
    "precision",
    "Decimals of a vote under the Meek rules; null: three more than the valid weight has digits, at least 9.",
    None,
    6,
    100,
)

COARSER = 3
"""By how many decimals the surplus at which a round ends is coarser than the amounts."""


def meek_rule(question: Question) -> str:
    """State the rule for a question."""
    precision = question.settings["precision"]
    decimals = (
        "p decimals, where p is three more than the valid weight has digits, and at least 9"
        if precision is None
        else f"p = {precision} decimals"
    )
    return (
        "Meek's method (Hill, Wichmann and Woodall 1987), by the steps of the PR Foundation's Reference Meek Rule, "
        f"in amounts of {decimals}. Every option has a keep factor: 1 at first, 0 once it is excluded. A vote goes "
        "down its ballot: each option keeps what has reached it times its keep factor, rounded up, and passes on "
        "the rest; what passes the last option is exhausted. The quota is the sum of all options' votes divided by "
        "the seats plus one, cut off, plus the smallest amount. Whoever reaches it is elected, which ends the "
        "round. Otherwise each elected option's keep factor is multiplied by the quota, rounded up, and divided by "
        "its votes, rounded up, and the votes are counted again, until the surplus of the elected over their quotas "
        "is below 10 to the power of 3 - p or no longer falls; then whoever has the fewest votes is excluded. "
        "Options within that surplus of the fewest are tied. As soon as no more options are left than seats, they "
        "are elected. Ties: the latest earlier round at which the tied options stood apart decides, then the "
        "ballot's tie order."
    )


def tally_meek(
    question: Question, ballots: Sequence[tuple[tuple[str, ...], int]], tie_order: TieOrder
) -> Tally:
    """Count by Meek's method.

    :param ballots: (ranking, weight) of every distinct ballot; at least one.
    """
    return _Count(question, ballots, tie_order).run()


class _Count:
    """One count under way. Amounts are whole numbers of 10**-places of a vote."""

    def __init__(
        self, question: Question, ballots: Sequence[tuple[tuple[str, ...], int]], tie_order: TieOrder
    ) -> None:
        self.options = question.options
        self.seats = question.seats
        self.ballots = ballots
        self.tie_order = tie_order
        self.valid = sum(weight for _, weight in ballots)
        precision = question.settings["precision"]
        self.places: int = max(9, len(str(self.valid)) + 3) if precision is None else precision
        self.unit: int = 10**self.places
        self.keep = dict.fromkeys(question.options, self.unit)
        self.hopeful = list(question.options)
        self.winners: list[str] = []
        self.totals: dict[str, int] = {}
        self.exhausted = 0
        self.quota = 0
        self.routes: dict[tuple[str, ...], int] = {}
        self.history: list[Mapping[str, int]] = []
        self.rounds: list[Round] = []

    def run(self) -> Tally:
        """Go from round to round until every seat is filled (steps A to C)."""
        self._route()
        self._distribute()
        totals = {option: self._show(total) for option, total in self.totals.items()}
        quota = {"quota": self._show(self.quota), "valid": str(self.valid), "seats": str(self.seats)}
        statements = [Statement("first_preferences", {"totals": totals}), Statement("stv.quota", quota)]
        self._end_round("first_preferences", statements)
        while len(self.winners) < self.seats:
            if self.rounds[-1].elected:
                self._lower_keep_factors()
            else:
                self._exclude()
        return Tally(
            tuple(self.winners),
            self.rounds[-1].totals,
            tuple(self.rounds),
            {"quota": self._show(self.quota), "precision": str(self.places)},
        )

    def _show(self, units: int) -> str:
        return fixed_point(units, self.places)

    def _route(self) -> None:
        """Group the votes by the options at which they can stay: elected ones, then the first hopeful one.

        A hopeful option keeps all that reaches it, so nothing beyond it matters until it is elected.
        """
        hopeful = frozenset(self.hopeful)
        self.routes = {}
        for ranking, weight in self.ballots:
            route: list[str] = []
            for option in ranking:
                if option in hopeful:
                    route.append(option)
                    break
                if self.keep[option]:
                    route.append(option)
            key = tuple(route)
            self.routes[key] = self.routes.get(key, 0) + weight

    def _distribute(self) -> None:
        """Send every vote down its ballot and set the quota (steps B.2.a and B.2.b)."""
        totals = dict.fromkeys(self.options, 0)
        exhausted = 0
        for route, weight in self.routes.items():
            left = self.unit
            for option in route:
                kept = -(-left * self.keep[option] // self.unit)
                totals[option] += kept * weight
                left -= kept
                if not left:
                    break
            exhausted += left * weight
        self.totals = totals
        self.exhausted = exhausted
        self.quota = sum(totals.values()) // (self.seats + 1) + 1

    def _surplus(self) -> int:
        """Return what the elected have over their quotas (step B.2.d)."""
        return max(0, sum(self.totals[option] - self.quota for option in self.winners))

    def _reaching(self) -> list[str]:
        return [option for option in self.hopeful if self.totals[option] >= self.quota]

    def _iterate(self) -> int:
        """Repeat steps B.2.a to B.2.f until somebody reaches the quota or the surplus is spent.

        :return: how often the votes were distributed.
        """
        enough = 10**COARSER
        previous: int | None = None
        iterations = 0
        while True:
            self._distribute()
            iterations += 1
            surplus = self._surplus()
            if self._reaching() or surplus < enough or (previous is not None and surplus >= previous):
                return iterations
            previous = surplus
            for option in self.winners:
                product = -(-self.keep[option] * self.quota // self.unit)
                self.keep[option] = min(self.unit, -(-product * self.unit // self.totals[option]))

    def _lower_keep_factors(self) -> None:
        """Hold the round after an election."""
        self._route()
        iterations = self._iterate()
        self._end_round("surplus", [Statement("meek.surplus")], iterations=iterations)

    def _exclude(self) -> None:
        """Exclude the lowest option (step B.3) and hold the next round."""
        subject, ties = self._lowest()
        said = [line for tie in ties for line in tie_statements(tie, opening="tie.exclusion.surplus")]
        votes = self._show(self.totals[subject])
        said.append(Statement("exclusion", {"option": subject, "votes": votes}))
        self.hopeful.remove(subject)
        self.keep[subject] = 0
        self._route()
        if len(self.hopeful) > self.seats - len(self.winners):
            iterations = self._iterate()
        else:
            # Everyone left is elected; the votes are counted once more for the record alone.
            self._distribute()
            iterations = 1
        self._end_round("exclusion", said, ties=ties, subject=subject, iterations=iterations)

    def _lowest(self) -> tuple[str, tuple[Tie, ...]]:
        """Return the hopeful option with the fewest votes; those within the surplus left are tied."""
        fewest = min(self.totals[option] for option in self.hopeful)
        surplus = self._surplus()
        tied = [option for option in self.hopeful if self.totals[option] <= fewest + surplus]
        if len(tied) == 1:
            return tied[0], ()
        tie = break_tie(
            self.tie_order,
            tied,
            round_number=len(self.rounds),
            purpose="exclusion",
            value=self._show(fewest),
            earlier=self.history[:-1],
            show=self._show,
        )
        return tie.chosen, (tie,)

    def _end_round(
        self,
        action: str,
        said: Sequence[Statement],
        *,
        ties: tuple[Tie, ...] = (),
        subject: str | None = None,
        iterations: int = 1,
    ) -> None:
        """Elect who can be elected (steps B.2.c and C), and write the round down."""
        number = len(self.rounds) + 1
        gains, exhausted = self._gains()
        statements = list(said)
        if gains:
            statements.append(Statement("transfers", {"transfers": gains}))
        if exhausted > 0:
            statements.append(Statement("non_transferable", {"votes": self._show(exhausted)}))
        if number > 1:
            statements.append(Statement("meek.quota", {"quota": self._show(self.quota)}))
        elected, order_ties, elections = self._elect(number)
        statements += elections
        statements += [line for tie in order_ties for line in tie_statements(tie)]
        self.history.append(dict(self.totals))
        keep_factors = {
            f"keep_factor.{o}": self._show(self.keep[o]) for o in self.winners if o not in elected
        }
        self.rounds.append(
            Round(
                number=number,
                action=action,
                totals={option: self._show(total) for option, total in self.totals.items()},
                subject=subject,
                transfers=gains,
                non_transferable=self._show(max(0, exhausted)),
                exhausted=self._show(self.exhausted),
                figures={
                    "quota": self._show(self.quota),
                    "surplus": self._show(self._surplus()),
                    "iterations": str(iterations),
                    **keep_factors,
                },
                elected=elected,
                excluded=(subject,) if subject else (),
                ties=ties + order_ties,
                statements=tuple(statements),
            )
        )

    def _gains(self) -> tuple[dict[str, str], int]:
        """Return what each option has more than after the round before, and by how much exhaustion grew."""
        if not self.history:
            return {}, 0
        before = self.history[-1]
        gains = {
            option: self._show(total - before[option])
            for option, total in self.totals.items()
            if total > before[option]
        }
        exhausted_before = self.valid * self.unit - sum(before.values())
        return gains, self.exhausted - exhausted_before

    def _elect(self, number: int) -> tuple[tuple[str, ...], tuple[Tie, ...], list[Statement]]:
        """Elect whoever has the quota, then, if no more are left than seats, everyone."""
        elected, ties = self._in_order(self._reaching(), number)
        said = [
            Statement("stv.quota_reached", {"option": option, "votes": self._show(self.totals[option])})
            for option in elected
        ]
        self._seat(elected)
        vacancies = self.seats - len(self.winners)
        if 0 < vacancies == len(self.hopeful):
            last, last_ties = self._in_order(self.hopeful, number)
            key = "stv.last_vacancy" if vacancies == 1 else "stv.last_vacancies"
            said.append(Statement(key, {"options": last}))
            self._seat(last)
            elected, ties = elected + last, ties + last_ties
        return elected, ties, said

    def _seat(self, elected: Sequence[str]) -> None:
        self.winners += elected
        self.hopeful = [option for option in self.hopeful if option not in elected]

    def _in_order(self, options: Sequence[str], number: int) -> tuple[tuple[str, ...], tuple[Tie, ...]]:
        """Put options elected together in order: by votes, then by the rule for ties."""
        return fill_seats(
            options,
            self.totals,
            len(options),
            self.tie_order,
            round_number=number,
            earlier=self.history[: number - 1],
            show=self._show,
        )
