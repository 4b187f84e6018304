"""Ballots that move from option to option: the piles every transferable-vote count works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from app.domain.counting.result import Statement, TransferValue
from app.domain.counting.ties import Amount, Tie, TieOrder, break_tie

Paper = tuple[tuple[str, ...], int, int]
"""A ranking, the place in it of the option that now holds the votes, and how much weight voted so."""


@dataclass(frozen=True, slots=True)
class Movement(Generic[Amount]):
    """What one transfer moved, in units.

    :param received: what each continuing option received, in the question's order; only who did.
    :param non_transferable: what had no further preference.
    :param values: for each value at which the votes had been held: that value, the new one, the weight.
    """

    received: Mapping[str, Amount]
    non_transferable: Amount
    values: tuple[tuple[Amount, Amount, int], ...]


class Piles(Generic[Amount]):
    """Who holds which votes at what value, in whole units or in exact fractions.

    ``unit`` is the value of one vote of weight 1 when it is cast, so a rule that works to five decimals has
    a unit of 100,000, and one in fractions a unit of ``Fraction(1)``. At all times ``sum(totals) + exhausted +
    rounding_loss`` is the valid weight times ``unit``.
    """

    def __init__(
        self, options: Sequence[str], ballots: Sequence[tuple[tuple[str, ...], int]], *, unit: Amount
    ) -> None:
        self.unit: Amount = unit
        self.nothing: Amount = unit - unit
        self.totals: dict[str, Amount] = dict.fromkeys(options, self.nothing)
        self.exhausted: Amount = self.nothing
        self.rounding_loss: Amount = self.nothing
        self._papers: dict[str, dict[Amount, list[Paper]]] = {option: {} for option in options}
        for ranking, weight in ballots:
            first = ranking[0]
            self.totals[first] += weight * unit
            self._papers[first].setdefault(unit, []).append((ranking, 0, weight))

    def pass_on(
        self,
        subject: str,
        continuing: Sequence[str],
        *,
        revalue: Callable[[Amount], Amount] = lambda value: value,
        keep: Amount | None = None,
    ) -> Movement[Amount]:
        """Move every vote the subject holds to its next preference among the continuing options.

        :param continuing: options that may receive votes, in the question's order; without the subject.
        :param revalue: the value at which a vote is passed on, from the value at which it was received.
        :param keep: the total that stays with the subject: its quota; nothing if None.
        """
        received = dict.fromkeys(continuing, self.nothing)
        non_transferable = self.nothing
        values: list[tuple[Amount, Amount, int]] = []
        for value, papers in sorted(self._papers[subject].items(), reverse=True):
            new_value = revalue(value)
            values.append((value, new_value, sum(weight for _, _, weight in papers)))
            weights = dict.fromkeys(continuing, 0)
            nowhere = 0
            for ranking, held_at, weight in papers:
                for place in range(held_at + 1, len(ranking)):
                    option = ranking[place]
                    if option in weights:
                        weights[option] += weight
                        self._papers[option].setdefault(new_value, []).append((ranking, place, weight))
                        break
                else:
                    nowhere += weight
            for option, weight in weights.items():
                received[option] += weight * new_value
            non_transferable += nowhere * new_value
        self._papers[subject] = {}
        kept = self.nothing if keep is None else keep
        moved = sum(received.values(), non_transferable)
        self.rounding_loss += self.totals[subject] - kept - moved
        self.exhausted += non_transferable
        self.totals[subject] = kept
        for option, amount in received.items():
            self.totals[option] += amount
        only_who_did = {option: amount for option, amount in received.items() if amount}
        return Movement(only_who_did, non_transferable, tuple(values))


def lowest(
    totals: Mapping[str, Amount],
    continuing: Sequence[str],
    tie_order: TieOrder,
    *,
    round_number: int,
    earlier: Sequence[Mapping[str, Amount]],
    show: Callable[[Amount], str],
) -> tuple[str, tuple[Tie, ...]]:
    """Return the continuing option with the fewest votes, and the tie broken to find it, if there was one.

    :param round_number: the round whose totals these are; ``earlier`` holds those of the rounds before it.
    """
    fewest = min(totals[option] for option in continuing)
    tied = [option for option in continuing if totals[option] == fewest]
    if len(tied) == 1:
        return tied[0], ()
    tie = break_tie(
        tie_order,
        tied,
        round_number=round_number,
        purpose="exclusion",
        value=show(fewest),
        earlier=earlier,
        show=show,
    )
    return tie.chosen, (tie,)


def shown_values(movement: Movement[Amount], show: Callable[[Amount], str]) -> tuple[TransferValue, ...]:
    """Write the values of a movement as the result shows them."""
    return tuple(TransferValue(show(old), show(new), str(weight)) for old, new, weight in movement.values)


def movement_statements(movement: Movement[Amount], show: Callable[[Amount], str]) -> list[Statement]:
    """Say where the votes went."""
    statements: list[Statement] = []
    if movement.received:
        received = {option: show(amount) for option, amount in movement.received.items()}
        statements.append(Statement("transfers", {"transfers": received}))
    if movement.non_transferable:
        amount = show(movement.non_transferable)
        statements.append(Statement("non_transferable", {"votes": amount}))
    return statements
