"""How much of what a delegate receives they may carry, and who has their weight returned."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.delegation.chains import Chains, Outcome
from app.domain.delegation.selection import Selection


@dataclass(frozen=True, slots=True)
class Overflow:
    """What one delegate may not carry. Both sides are to be told.

    :param delegate: position of the delegate, who voted.
    :param received: weight that the chains bring to them, their own not included.
    :param carried: weight of it that the cap lets them carry.
    :param owners: positions of those whose weight is returned, in the order in which they were considered.
    """

    delegate: int
    received: int
    carried: int
    owners: tuple[int, ...]

    @property
    def returned(self) -> int:
        """Return the weight that goes back to its owners."""
        return self.received - self.carried


def fill(
    selection: Selection,
    weights: Sequence[int],
    delegate: int,
    owners: Iterable[tuple[int, int]],
    limit: int,
) -> Overflow | None:
    """Fill one delegate's cap, or return None where all of it fits.

    Owners stand in line by the length of their chain, because who chose the delegate is nearer to them than who
    came through others; then by when they gave their delegation, the earliest first; then by its reference.
    They are taken whole: one whose weight no longer fits is passed over, and a lighter one further down the
    line may still fit. Whoever stands behind someone passed over is considered all the same, since a chain says
    who is trusted and not whose weight has room.

    :param owners: for everyone else whom the delegate represents, the length of the chain in delegations, and
        the position; in any order.
    :param limit: weight, 0 or more.
    """
    line = list(owners)
    received = sum(weights[owner] for _, owner in line)
    if received <= limit:
        return None
    line.sort(key=lambda one: (one[0], selection.given_at[one[1]], selection.reference[one[1]], one[1]))
    carried = 0
    returned = []
    for _, owner in line:
        if carried + weights[owner] <= limit:
            carried += weights[owner]
        else:
            returned.append(owner)
    return Overflow(delegate, received, carried, tuple(returned))


def overflows(chains: Chains, weights: Sequence[int], limit: int) -> list[Overflow]:
    """Return what every delegate above the limit may not carry, by the delegates' positions, ascending."""
    received = array("q", bytes(8 * len(weights)))
    owners = [owner for owner, outcome in enumerate(chains.outcome) if outcome == Outcome.DELEGATED]
    for owner in owners:
        received[chains.representative[owner]] += weights[owner]
    lines: dict[int, list[tuple[int, int]]] = {
        delegate: [] for delegate, weight in enumerate(received) if weight > limit
    }
    for owner in owners if lines else ():
        line = lines.get(chains.representative[owner])
        if line is not None:
            line.append((chains.hops[owner], owner))
    filled = (fill(chains.selection, weights, delegate, line, limit) for delegate, line in lines.items())
    return [overflow for overflow in filled if overflow is not None]
