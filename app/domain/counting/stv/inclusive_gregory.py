"""The weighted inclusive Gregory method: the course of the count, whatever the precision of its amounts.

Source: The Scottish Local Government Elections Order 2011 (SSI 2011/399), Schedule 1, rules 47 to 53; those
of the Order of 2007 (SSI 2007/42), Schedule 1, rules 46 to 52, are the same. Where the Order says ballot
paper, this count takes one unit of weight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic

from app.domain.counting.question import Question
from app.domain.counting.result import Round, Statement, Tally, tie_statements
from app.domain.counting.seats import fill_seats
from app.domain.counting.ties import Amount, Purpose, Tie, TieOrder, break_tie
from app.domain.counting.transferable import Movement, Piles, lowest, movement_statements, shown_values


class InclusiveGregoryCount(Generic[Amount]):
    """One count under way: the piles, who is elected and who continues, and the stages so far.

    :param ballots: (ranking, weight) of every distinct ballot; at least one.
    :param unit: the value of one vote of weight 1; see :class:`Piles`.
    :param portion: the value at which a vote is passed on, from the surplus, the value at which it was received
        and its holder's total: their product and quotient, rounded as the rules say.
    :param show: how an amount is written in the result.
    """

    def __init__(
        self,
        question: Question,
        ballots: Sequence[tuple[tuple[str, ...], int]],
        tie_order: TieOrder,
        *,
        unit: Amount,
        portion: Callable[[Amount, Amount, Amount], Amount],
        show: Callable[[Amount], str],
    ) -> None:
        self.portion: Callable[[Amount, Amount, Amount], Amount] = portion
        self.show: Callable[[Amount], str] = show
        self.tie_order = tie_order
        self.options = question.options
        self.seats = question.seats
        self.valid = sum(weight for _, weight in ballots)
        self.quota = self.valid // (question.seats + 1) + 1
        self.quota_units: Amount = self.quota * unit
        self.piles: Piles[Amount] = Piles(question.options, ballots, unit=unit)
        self.continuing = list(question.options)
        self.winners: list[str] = []
        self.surpluses: list[str] = []
        self.history: list[Mapping[str, Amount]] = []
        self.rounds: list[Round] = []

    def run(self) -> Tally:
        """Go from stage to stage until every seat is filled."""
        self._first_stage()
        while len(self.winners) < self.seats:
            if self.surpluses:
                self._transfer_surplus()
            else:
                self._exclude()
        return Tally(
            tuple(self.winners), self.rounds[-1].totals, tuple(self.rounds), {"quota": str(self.quota)}
        )

    def _first_stage(self) -> None:
        totals = {option: self.show(total) for option, total in self.piles.totals.items()}
        quota = {"quota": str(self.quota), "valid": str(self.valid), "seats": str(self.seats)}
        statements = [Statement("first_preferences", {"totals": totals}), Statement("stv.quota", quota)]
        self._end_stage("first_preferences", statements)

    def _transfer_surplus(self) -> None:
        """Transfer the largest surplus (rules 49 and 50)."""
        largest = max(self.piles.totals[option] for option in self.surpluses)
        tied = [o for o in self.options if o in self.surpluses and self.piles.totals[o] == largest]
        subject, ties = self._highest(tied, "surplus", len(self.rounds))
        self.surpluses.remove(subject)
        total = self.piles.totals[subject]
        surplus = total - self.quota_units
        movement = self.piles.pass_on(
            subject,
            self.continuing,
            revalue=lambda value: self.portion(surplus, value, total),
            keep=self.quota_units,
        )
        said = Statement("stv.surplus", {"option": subject, "surplus": self.show(surplus)})
        figures = {"surplus": self.show(surplus)}
        self._end_stage("surplus", [said], ties=ties, subject=subject, movement=movement, figures=figures)

    def _exclude(self) -> None:
        """Exclude the lowest option (rules 51 and 52)."""
        totals = self.piles.totals
        subject, ties = lowest(
            totals,
            self.continuing,
            self.tie_order,
            round_number=len(self.rounds),
            earlier=self.history[:-1],
            show=self.show,
        )
        said = Statement("exclusion", {"option": subject, "votes": self.show(totals[subject])})
        self.continuing.remove(subject)
        movement = self.piles.pass_on(subject, self.continuing)
        self._end_stage("exclusion", [said], ties=ties, subject=subject, movement=movement)

    def _end_stage(
        self,
        action: str,
        said: list[Statement],
        *,
        ties: tuple[Tie, ...] = (),
        subject: str | None = None,
        movement: Movement[Amount] | None = None,
        figures: Mapping[str, str] | None = None,
    ) -> None:
        """Elect who can be elected, and write the stage down."""
        nothing: Movement[Amount] = Movement({}, self.piles.nothing, ())
        moved: Movement[Amount] = movement or nothing
        number = len(self.rounds) + 1
        elections: list[Statement]
        elected, order_ties, elections = self._elect(number)
        self.history.append(dict(self.piles.totals))
        statements: list[Statement] = [line for tie in ties for line in tie_statements(tie)]
        statements += [*said, *movement_statements(moved, self.show), *elections]
        statements += [line for tie in order_ties for line in tie_statements(tie)]
        self.rounds.append(
            Round(
                number=number,
                action=action,
                totals={option: self.show(total) for option, total in self.piles.totals.items()},
                subject=subject,
                transfers={option: self.show(amount) for option, amount in moved.received.items()},
                transfer_values=shown_values(moved, self.show),
                non_transferable=self.show(moved.non_transferable),
                exhausted=self.show(self.piles.exhausted),
                rounding_loss=self.show(self.piles.rounding_loss),
                figures=figures or {},
                elected=elected,
                excluded=(subject,) if subject and action == "exclusion" else (),
                ties=ties + order_ties,
                statements=tuple(statements),
            )
        )

    def _elect(self, number: int) -> tuple[tuple[str, ...], tuple[Tie, ...], list[Statement]]:
        """Elect whoever has the quota (rule 48), then, if no more are left than seats, everyone (rule 53)."""
        totals = self.piles.totals
        quota = self.quota_units
        elected, ties = self._in_order([o for o in self.continuing if totals[o] >= quota], number)
        said = [Statement("stv.quota_reached", {"option": o, "votes": self.show(totals[o])}) for o in elected]
        self._seat(elected)
        self.surpluses += [option for option in elected if totals[option] > quota]
        vacancies = self.seats - len(self.winners)
        if 0 < vacancies == len(self.continuing):
            last, last_ties = self._in_order(self.continuing, number)
            key = "stv.last_vacancy" if vacancies == 1 else "stv.last_vacancies"
            said.append(Statement(key, {"options": last}))
            self._seat(last)
            elected, ties = elected + last, ties + last_ties
        return elected, ties, said

    def _seat(self, elected: Sequence[str]) -> None:
        self.winners += elected
        self.continuing = [option for option in self.continuing if option not in elected]

    def _in_order(self, options: Sequence[str], number: int) -> tuple[tuple[str, ...], tuple[Tie, ...]]:
        """Put options elected together in order: by votes, then by the rule for ties."""
        return fill_seats(
            options,
            self.piles.totals,
            len(options),
            self.tie_order,
            round_number=number,
            earlier=self.history[: number - 1],
            show=self.show,
        )

    def _highest(self, tied: Sequence[str], purpose: Purpose, number: int) -> tuple[str, tuple[Tie, ...]]:
        """Choose among options with equal totals in round ``number``; stages before it come first."""
        if len(tied) == 1:
            return tied[0], ()
        tie = break_tie(
            self.tie_order,
            tied,
            round_number=number,
            purpose=purpose,
            value=self.show(self.piles.totals[tied[0]]),
            earlier=self.history[: number - 1],
            show=self.show,
        )
        return tie.chosen, (tie,)
