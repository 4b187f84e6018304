"""Overridable counting: how the tally of an open ballot moves as members vote, before or after their delegate.

Source: OpenZeppelin Contracts 5, ``GovernorCountingOverridable``: a member who votes directly takes their weight
from whatever their delegate chose, once, and a delegate who votes later does so without it. There a delegation
goes one step only and a voter's own balance and what was delegated to them are cast apart; here chains are
followed, so that a direct vote takes along everything delegated through the member.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.domain.delegation.capping import fill
from app.domain.delegation.facts import Roll
from app.domain.delegation.selection import Selection


@dataclass(slots=True)
class RunningTally:
    """The tally of an open ballot under delegations that stay as they are; when one changes, make it anew.

    At every moment it equals what :func:`app.domain.delegation.resolution.resolve` makes of the same votes.

    :param roll: the roll.
    :param selection: the delegations that hold now.
    :param limit: the cap as an amount of weight, or None.
    :param totals: choice to the weight behind it; choices without weight are left out.
    """

    roll: Roll
    selection: Selection
    limit: int | None = None
    totals: dict[str, int] = field(default_factory=dict)
    _choices: dict[int, str] = field(default_factory=dict)
    _counted: dict[int, int] = field(default_factory=dict)
    _delegators: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for delegator, delegate in enumerate(self.selection.delegate):
            if delegate >= 0:
                self._delegators.setdefault(delegate, []).append(delegator)

    def vote(self, voter: str, choice: str) -> Mapping[str, int]:
        """Count a direct vote, the voter's first or a changed one, and say how the tally moved.

        Takes as long as there are members whose weight moves, and links in the voter's own chain; under a cap,
        as there are members behind the voter's delegate.

        :param choice: canonical text of the choice.
        :return: choice to the weight it gained (or lost, below 0); what did not move is left out.
        :raises KeyError: for a voter who is not on the roll.
        """
        position = self.roll.positions[voter]
        changes: dict[str, int] = {}
        if position in self._choices:
            changes[self._choices[position]] = -self._counted[position]
            self._choices[position] = choice
        else:
            delegate = self._representative(position)
            self._choices[position] = choice
            self._counted[position] = self._weigh(position)
            if delegate is not None:
                before = self._counted[delegate]
                self._counted[delegate] = (
                    before - self._counted[position] if self.limit is None else self._weigh(delegate)
                )
                changes[self._choices[delegate]] = self._counted[delegate] - before
        changes[choice] = changes.get(choice, 0) + self._counted[position]
        changes = {moved: weight for moved, weight in changes.items() if weight}
        for moved, weight in changes.items():
            total = self.totals.get(moved, 0) + weight
            if total:
                self.totals[moved] = total
            else:
                del self.totals[moved]
        return changes

    def _representative(self, position: int) -> int | None:
        """Return whoever carries the weight of someone who has not voted yet."""
        seen = set()
        here = position
        while here >= 0 and here not in seen:
            if here in self._choices:
                return here
            seen.add(here)
            here = self.selection.delegate[here]
        return None

    def _weigh(self, delegate: int) -> int:
        """Return the weight with which a voter's vote counts."""
        behind = list(self._behind(delegate))
        received = sum(self.roll.weights[owner] for _, owner in behind)
        if self.limit is not None:
            over = fill(self.selection, self.roll.weights, delegate, behind, self.limit)
            received = received if over is None else over.carried
        return self.roll.weights[delegate] + received

    def _behind(self, delegate: int) -> Iterator[tuple[int, int]]:
        """Yield the length of the chain and the position for everyone whom a voter represents."""
        # No circle can be met: everyone has one delegate, and the delegate here voted.
        nearest = [(1, owner) for owner in self._delegators.get(delegate, ())]
        while nearest:
            hops, owner = nearest.pop()
            if owner not in self._choices:
                yield hops, owner
                nearest.extend((hops + 1, other) for other in self._delegators.get(owner, ()))
