"""Filling seats by totals: whoever has most is elected, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.domain.counting.ties import Amount, Criterion, Purpose, Tie, TieOrder, break_tie


def fill_seats(
    candidates: Sequence[str],
    totals: Mapping[str, Amount],
    seats: int,
    tie_order: TieOrder,
    *,
    round_number: int = 1,
    earlier: Sequence[Mapping[str, Amount]] = (),
    criteria: Sequence[Criterion] = (),
    show: Callable[[Amount], str] = str,
) -> tuple[tuple[str, ...], tuple[Tie, ...]]:
    """Fill the seats one after the other with whoever has most of those left.

    :param candidates: who can be elected, in the question's order; when they run out, seats stay empty.
    :param totals: a total for at least every candidate.
    :param round_number: the round whose totals these are.
    :param earlier: totals of the rounds before it, which decide between equal totals where given.
    :param criteria: what decides next, before the tie order does.
    :param show: how a total is written in the result.
    :return: the elected, in order of election, and the ties broken on the way.
    """
    winners: list[str] = []
    ties: list[Tie] = []
    left = list(candidates)
    while left and len(winners) < seats:
        most = max(totals[option] for option in left)
        leaders = [option for option in left if totals[option] == most]
        chosen = leaders[0]
        if len(leaders) > 1:
            # When everyone tied is elected anyway, the tie is only about who is named first.
            purpose: Purpose = "election" if len(leaders) > seats - len(winners) else "order"
            tie = break_tie(
                tie_order,
                leaders,
                round_number=round_number,
                purpose=purpose,
                value=show(most),
                earlier=earlier,
                criteria=criteria,
                show=show,
            )
            ties.append(tie)
            chosen = tie.chosen
        winners.append(chosen)
        left.remove(chosen)
    return tuple(winners), tuple(ties)


def seats_in_words(seats: int) -> str:
    """Begin a rule's sentence on who is elected: ``option`` or, for example, ``3 options``."""
    return "option" if seats == 1 else f"{seats} options"
