"""The majority value: an option's grades read from the middle outwards.

Put an option's grades in order, one for every unit of weight. The majority grade is the middle one, the
lower of two. Remove it and the next middle grade appears, and so on; the majority value is the sequence of
grades that appear. With n units of weight of which r have been removed, counted from the worst grade, the
middle of those left over was at first in this place::

    (n - r) / 2            if n - r is even: just below what has been removed
    (n - r + 1) / 2 + r    if n - r is odd: just above it

Both places move one step at every second removal, and the grade there changes only when the place passes
from one grade's units to another's. The values of all options therefore need comparing at few numbers of
removals, however large the weights are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence


def turning_points(profiles: Iterable[Sequence[int]], whole: int) -> list[int]:
    """Return the numbers of removals after which some option's middle grade may change, ascending from 0.

    :param profiles: for each option, by grade from the worst, the weight that gives this grade or a worse one.
    :param whole: the weight that grades each option, at least 1.
    """
    points = {0, 1}
    for up_to in profiles:
        for weight in up_to:
            # The place below passes a boundary at the first number, the place above at the second.
            points |= {whole - 2 * weight, 2 * weight - whole + 1}
    return sorted(removed for removed in points if 0 <= removed < whole)


def middle_grade(up_to: Sequence[int], removed: int) -> int:
    """Return the middle grade, counted from the worst as 0, after ``removed`` units were removed.

    :param up_to: by grade from the worst, the weight that gives this grade or a worse one.
    :param removed: 0 or more, and less than the whole weight.
    """
    left = up_to[-1] - removed
    place = (left + 1) // 2 + (removed if left % 2 else 0)
    return bisect_left(up_to, place)
