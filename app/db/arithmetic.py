"""Exact integer arithmetic in statements, where a database would overflow or compute in floating point."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.domain.decision import Ratio

#: Splits a ratio's numerator so that no product below reaches 2**63.
_HALF = 10**5


class integer_root(FunctionElement[int]):  # noqa: N801 - written in statements like any SQL function
    """The integer part of the square root of an integer from 0 to 2**53 - 1."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(integer_root, "postgresql")
def _postgresql(element: integer_root, compiler: SQLCompiler, **options: Any) -> str:
    # The nearest double to a root just below n is n itself: one step down, or up, makes it exact.
    (argument,) = (compiler.process(clause, **options) for clause in element.clauses)
    root = f"floor(sqrt(({argument})::double precision))::bigint"
    return (
        f"CASE WHEN {root} * {root} > {argument} THEN {root} - 1 "
        f"WHEN ({root} + 1) * ({root} + 1) <= {argument} THEN {root} + 1 ELSE {root} END"
    )


@compiles(integer_root, "sqlite")
def _sqlite(element: integer_root, compiler: SQLCompiler, **options: Any) -> str:
    # Not every SQLite is built with sqrt(); the engine gives each connection Python's own.
    return f"integer_root({compiler.process(element.clauses, **options)})"


def share_of(total: sa.ColumnElement[int], ratio: Ratio) -> sa.ColumnElement[int]:
    """Return the ratio of a total, rounded down, in 64-bit integers.

    ``total * numerator`` may need 87 bits. With total = q * d + r and numerator n = n1 * 10^5 + n0 the quotient is
    q * n + (r * n1 // d) * 10^5 + ((r * n1 % d) * 10^5 + r * n0) // d, in which nothing reaches 2^63.

    :param total: 0 to 2**53 - 1.
    :param ratio: with at most ten digits on either side, as charters have them.
    """
    whole, rest = total // ratio.denominator, total % ratio.denominator
    high, low = divmod(ratio.numerator, _HALF)
    upper = rest * high
    lower = (upper % ratio.denominator) * _HALF + rest * low
    return whole * ratio.numerator + upper // ratio.denominator * _HALF + lower // ratio.denominator
