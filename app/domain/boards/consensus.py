"""Groups of opinion, and which ideas all of them agree on.

Polis finds groups by principal components and k-means in floating point, with a random start: two runs, or two
machines, may disagree. Here every step is a comparison of whole numbers and every tie has a rule, so anyone who has
the opinions gets the same groups:

1. Everybody with an opinion is one group.
2. A group may be split where its members divide over an idea: of all its ideas, the one whose smaller side (the
   fewer of agreements and disagreements) is the largest; the idea with the smaller id among equals. The smaller
   side must have two members, and a fifth of those who take a side. Of all groups the one with the largest smaller
   side is split first, until there are five or none divides.
3. A split begins with those who agree and those who disagree with that idea, and then everybody in the group moves
   to the side they are nearer to, again and again until nobody moves, at most ten times (bisecting k-means:
   Steinbach, Karypis and Kumar, "A comparison of document clustering techniques", 2000). Nearness is the sum, over
   the ideas that a member has an opinion on, of opinion times the side's lean, -1000 to 1000: the agreements less
   the disagreements per thousand of the side's opinions on it. Whoever is as near to both stays where they are;
   whoever had no opinion on the dividing idea begins on the side they are nearer to, of equals the agreeing one.
4. A split that leaves a side with fewer than two members is not made.

Consensus across groups is that of Polis (Small et al., "Polis: Scaling Deliberation by Mapping High Dimensional
Opinion Spaces", 2021): the product over groups of (agreements + 1) / (opinions + 2). One group that is against an
idea outweighs any majority for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import prod
from typing import TypeAlias

MOST_GROUPS = 5
#: A smaller side that divides a group: at least this many members, and this share of both sides.
LEAST_SIDE = 2
LEAST_SHARE = Fraction(1, 5)
MOST_ROUNDS = 10

_LEAN = 1000


class Opinion(StrEnum):
    """What a member thinks of an idea; to pass is to have seen it."""

    AGREE = "agree"
    DISAGREE = "disagree"
    PASS = "pass"  # noqa: S105 - an opinion, no password


_SIGN = {Opinion.AGREE: 1, Opinion.DISAGREE: -1, Opinion.PASS: 0}

#: Members by any sortable name, and what each thinks of ideas by any sortable name.
Opinions: TypeAlias = Mapping[str, Mapping[str, Opinion]]


@dataclass(frozen=True, slots=True)
class Group:
    """Members who think alike.

    :param members: sorted.
    :param path: how they were told apart: (idea, the side of it this group is on) from the first split to the last.
    """

    members: tuple[str, ...]
    path: tuple[tuple[str, Opinion], ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """An idea as one group sees it: how many agree, of how many who have an opinion on it."""

    agreements: int
    opinions: int

    @property
    def share(self) -> Fraction:
        """Return the agreement to expect of the next member: Laplace's rule of succession."""
        return Fraction(self.agreements + 1, self.opinions + 2)


def groups_of(opinions: Opinions) -> list[Group]:
    """Return the groups of opinion by the rule above, the largest first; of equals that of the smallest member.

    Of small cost: at most four splits, each at most ten times through the opinions of one group.
    """
    everybody = tuple(sorted(member for member, said in opinions.items() if said))
    if not everybody:
        return []
    whole, settled = [Group(everybody)], list[Group]()
    while whole and len(whole) + len(settled) < MOST_GROUPS:
        divides = {group: _dividing(opinions, group.members) for group in whole}
        settled += [group for group, found in divides.items() if found is None]
        divided = [(found, group) for group, found in divides.items() if found is not None]
        whole = [group for _, group in divided]
        if not divided:
            break
        division, group = min(divided, key=lambda each: (-each[0].smaller, each[1].members))
        whole.remove(group)
        halves = _split(opinions, group, division.idea)
        if halves is None:
            settled.append(group)
        else:
            whole += halves
    return sorted([*whole, *settled], key=lambda group: (-len(group.members), group.members))


def judged(opinions: Opinions, groups: Sequence[Group]) -> dict[str, list[Judged]]:
    """Return every idea that somebody has an opinion on, as each group sees it, in the order of the groups."""
    counts: dict[str, list[list[int]]] = defaultdict(lambda: [[0, 0] for _ in groups])
    for place, group in enumerate(groups):
        for member in group.members:
            for idea, opinion in opinions[member].items():
                count = counts[idea][place]
                count[0] += opinion is Opinion.AGREE
                count[1] += 1
    return {idea: [Judged(*count) for count in counts[idea]] for idea in sorted(counts)}


def consensus(seen: Iterable[Judged]) -> Fraction:
    """Return an idea's consensus across groups: the product of their shares, between 0 and 1."""
    return prod((each.share for each in seen), start=Fraction(1))


@dataclass(frozen=True, slots=True)
class _Division:
    idea: str
    smaller: int


def _dividing(opinions: Opinions, members: Sequence[str]) -> _Division | None:
    """Return the idea over which members divide most, or None where they divide over none."""
    sides: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for member in members:
        for idea, opinion in opinions[member].items():
            if opinion is not Opinion.PASS:
                sides[idea][opinion is Opinion.DISAGREE] += 1
    divided = [
        _Division(idea, min(side))
        for idea, side in sides.items()
        if min(side) >= LEAST_SIDE and min(side) >= LEAST_SHARE * sum(side)
    ]
    return min(divided, key=lambda each: (-each.smaller, each.idea), default=None)


def _split(opinions: Opinions, group: Group, idea: str) -> list[Group] | None:
    """Split a group over an idea; None where one side would be nobody's, or one member's."""
    sides = {
        member: opinions[member][idea]
        for member in group.members
        if opinions[member].get(idea, Opinion.PASS) is not Opinion.PASS
    }
    for _ in range(MOST_ROUNDS):
        leans = _lean(opinions, sides)
        moved = {member: _nearer(opinions[member], leans, sides.get(member)) for member in group.members}
        if moved == sides:
            break
        sides = moved
    halves = [
        Group(tuple(m for m in group.members if sides[m] is side), (*group.path, (idea, side)))
        for side in (Opinion.AGREE, Opinion.DISAGREE)
    ]
    return halves if all(len(half.members) >= LEAST_SIDE for half in halves) else None


def _lean(opinions: Opinions, sides: Mapping[str, Opinion]) -> Mapping[str, int]:
    """Return, for each idea, how much further the agreeing side leans to it than the other."""
    counts: dict[tuple[str, Opinion], list[int]] = defaultdict(lambda: [0, 0])
    for member, side in sides.items():
        for idea, opinion in opinions[member].items():
            count = counts[idea, side]
            count[0] += _SIGN[opinion]
            count[1] += 1

    def lean(idea: str, side: Opinion) -> int:
        total, number = counts.get((idea, side), (0, 0))
        return total * _LEAN // number if number else 0

    return {idea: lean(idea, Opinion.AGREE) - lean(idea, Opinion.DISAGREE) for idea, _ in counts}


def _nearer(said: Mapping[str, Opinion], leans: Mapping[str, int], now: Opinion | None) -> Opinion:
    balance = sum(_signed(said, leans))
    if balance == 0:
        return now or Opinion.AGREE
    return Opinion.AGREE if balance > 0 else Opinion.DISAGREE


def _signed(said: Mapping[str, Opinion], leans: Mapping[str, int]) -> Iterator[int]:
    return (_SIGN[opinion] * leans.get(idea, 0) for idea, opinion in said.items())
