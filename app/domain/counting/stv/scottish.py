"""Scottish rules: the weighted inclusive Gregory method to five decimals, one transfer a stage.

Source: The Scottish Local Government Elections Order 2011 (SSI 2011/399), Schedule 1, rules 47 to 53; those
of the Order of 2007 (SSI 2007/42), Schedule 1, rules 46 to 52, are the same. Where the Order says ballot
paper, this count takes one unit of weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain.counting.figures import fixed_point
from app.domain.counting.question import Question
from app.domain.counting.result import Round, Statement, Tally, tie_statements
from app.domain.counting.ties import Purpose, Tie, TieOrder, break_tie
from app.domain.counting.transferable import Movement, Piles, lowest, movement_statements, shown_values

PLACES = 5
UNIT = 10**PLACES

RULE = (
    "Scottish rules (SSI 2011/399). The quota is the valid votes divided by the seats plus one, rounded "
    "down, plus one. Whoever reaches it is elected. While seats are left, the largest surplus over the "
    "quota is transferred: every vote its holder has goes to the next option it ranks that is neither "
    "elected nor excluded, at the value it was received at times the surplus, divided by the holder's "
    "votes, cut off after five decimals. When no surplus is left, whoever has the fewest votes is "
    "excluded and the votes go on at the value at which they were received. As soon as no more options "
    "are left than seats, they are elected without further transfers. Ties: the latest earlier stage at "
    "which the tied options stood apart decides, then the ballot's tie order."
)


def tally_scottish(
    question: Question, ballots: Sequence[tuple[tuple[str, ...], int]], tie_order: TieOrder
) -> Tally:
    """Count by the Scottish rules.

    :param ballots: (ranking, weight) of every distinct ballot; at least one.
    """
    return _Count(question, ballots, tie_order).run()


def _show(units: int) -> str:
    return fixed_point(units, PLACES)


class _Count:
    """One count under way: the piles, who is elected and who continues, and the stages so far."""

    def __init__(
        self, question: Question, ballots: Sequence[tuple[tuple[str, ...], int]], tie_order: TieOrder
    ) -> None:
        self.tie_order = tie_order
        self.options = question.options
        self.seats = question.seats
        self.valid = sum(weight for _, weight in ballots)
        self.quota = self.valid // (question.seats + 1) + 1
        self.piles = Piles(question.options, ballots, unit=UNIT)
        self.continuing = list(question.options)
        self.winners: list[str] = []
        self.surpluses: list[str] = []
        self.history: list[Mapping[str, int]] = []
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
        totals = {option: _show(total) for option, total in self.piles.totals.items()}
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
        surplus = total - self.quota * UNIT
        movement = self.piles.pass_on(
            subject,
            self.continuing,
            revalue=lambda value: surplus * value // total,
            keep=self.quota * UNIT,
        )
        said = Statement("stv.surplus", {"option": subject, "surplus": _show(surplus)})
        figures = {"surplus": _show(surplus)}
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
            show=_show,
        )
        said = Statement("exclusion", {"option": subject, "votes": _show(totals[subject])})
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
        movement: Movement | None = None,
        figures: Mapping[str, str] | None = None,
    ) -> None:
        """Elect who can be elected, and write the stage down."""
        moved = movement or Movement({}, 0, ())
        number = len(self.rounds) + 1
        elected, order_ties, elections = self._elect(number)
        self.history.append(dict(self.piles.totals))
        statements = [line for tie in ties for line in tie_statements(tie)]
        statements += [*said, *movement_statements(moved, _show), *elections]
        statements += [line for tie in order_ties for line in tie_statements(tie)]
        self.rounds.append(
            Round(
                number=number,
                action=action,
                totals={option: _show(total) for option, total in self.piles.totals.items()},
                subject=subject,
                transfers={option: _show(amount) for option, amount in moved.received.items()},
                transfer_values=shown_values(moved, _show),
                non_transferable=_show(moved.non_transferable),
                exhausted=_show(self.piles.exhausted),
                rounding_loss=_show(self.piles.rounding_loss),
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
        quota = self.quota * UNIT
        elected, ties = self._in_order([o for o in self.continuing if totals[o] >= quota], number)
        said = [Statement("stv.quota_reached", {"option": o, "votes": _show(totals[o])}) for o in elected]
        self._seat(elected)
        self.surpluses += [option for option in elected if totals[option] > quota]
        vacancies = self.seats - len(self.winners)
        if 0 < vacancies == len(self.continuing):
            last, last_ties = self._in_order(self.continuing, number)
            key = "stv.last_vacancy" if vacancies == 1 else "stv.last_vacancies"
            said.append(Statement(key, {"options": tuple(last)}))
            self._seat(last)
            elected, ties = elected + last, ties + last_ties
        return tuple(elected), tuple(ties), said

    def _seat(self, elected: Sequence[str]) -> None:
        self.winners += elected
        self.continuing = [option for option in self.continuing if option not in elected]

    def _in_order(self, options: Sequence[str], number: int) -> tuple[list[str], list[Tie]]:
        """Put options elected together in order: by votes, then by the rule for ties."""
        left = list(options)
        ordered: list[str] = []
        ties: list[Tie] = []
        while left:
            most = max(self.piles.totals[option] for option in left)
            leaders = [option for option in left if self.piles.totals[option] == most]
            chosen, broken = self._highest(leaders, "order", number)
            ordered.append(chosen)
            ties += broken
            left.remove(chosen)
        return ordered, ties

    def _highest(self, tied: Sequence[str], purpose: Purpose, number: int) -> tuple[str, tuple[Tie, ...]]:
        """Choose among options with equal totals in round ``number``; stages before it come first."""
        if len(tied) == 1:
            return tied[0], ()
        tie = break_tie(
            self.tie_order,
            tied,
            round_number=number,
            purpose=purpose,
            value=_show(self.piles.totals[tied[0]]),
            earlier=self.history[: number - 1],
            show=_show,
        )
        return tie.chosen, (tie,)
