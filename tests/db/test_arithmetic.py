"""Integer arithmetic in statements is exact, whatever the database computes with."""

from __future__ import annotations

import random
from math import isqrt

import sqlalchemy as sa

from app.db.arithmetic import integer_root, share_of
from app.domain.decision import Ratio
from app.domain.weights import WeightCap

MOST = 2**53 - 1
#: The greatest whose square is no more than that.
GREATEST_ROOT = isqrt(MOST)


def computed(units, expression, numbers):
    """Return what an expression over a column makes of each of some numbers, in their order."""
    numbers = sorted(set(numbers))
    column = sa.column("number", sa.BigInteger())
    rows = sa.values(column, name="numbers").data([(number,) for number in numbers]).cte("numbers")
    with units.read() as session:
        made = session.execute(sa.select(rows.c.number, expression(rows.c.number)))
        return {int(number): value for number, value in made}


def test_roots_are_exact_around_perfect_squares(units):
    chance = random.Random(1)
    roots = {1, 2, 3, GREATEST_ROOT, *(GREATEST_ROOT - step for step in range(1, 200))}
    roots |= {chance.randint(1, GREATEST_ROOT) for _ in range(300)}
    squares = {root * root + step for root in roots for step in (-1, 0, 1)} | {0, MOST}
    found = computed(units, integer_root, {square for square in squares if square <= MOST})
    assert all(type(root) is int for root in found.values())
    assert {number: root for number, root in found.items() if root != isqrt(number)} == {}


def test_bare_square_roots_would_not_have_been_exact():
    """Without this the test above would prove nothing."""
    assert int((GREATEST_ROOT**2 - 1) ** 0.5) != isqrt(GREATEST_ROOT**2 - 1)


def test_a_share_of_a_total_is_exact_at_any_size(units):
    chance = random.Random(2)
    ratios = [Ratio.parse(text) for text in ("1", "1/2", "2/3", "9999999998/9999999999", "1/9999999999")]
    for _ in range(40):
        denominator = chance.randint(1, 10 ** chance.randint(1, 10) - 1)
        ratios.append(Ratio.parse(f"{chance.randint(1, denominator)}/{denominator}"))
    totals = [0, 1, 2, MOST, MOST - 1, *(chance.randint(0, MOST) for _ in range(40))]
    for ratio in ratios:
        found = computed(units, lambda total, ratio=ratio: share_of(total, ratio), totals)
        assert found == {total: total * ratio.numerator // ratio.denominator for total in found}, ratio
        assert all(max(1, share) == WeightCap(ratio=ratio).limit(total) for total, share in found.items())
