"""How concentrated influence is, on a roll or as it would stand on one: grouped by the database, shares exact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.concentration import Concentration, distribution
from app.services.ballots.roll import Entries

#: Groups fetched at a time: holdings may all differ.
_CHUNK = 10_000

Weights = Literal["weight", "tokens"]


def concentration(
    session: Session, entries: Entries, weights: Weights, *, delegated: int = 0, largest_vote: int = 0
) -> Concentration:
    """Measure how weight is spread over the entries that have any.

    :param entries: of which some weigh something.
    :param weights: the weight that is looked at.
    :param delegated, largest_vote: as :class:`Concentration` has them; 0 before anybody voted.
    """
    each = entries.subquery()
    weight = each.c[weights]
    rows = session.execute(
        sa.select(weight, each.c.brand_affiliated, sa.func.count())
        .where(weight > 0)
        .group_by(weight, each.c.brand_affiliated)
        .order_by(weight)
        .execution_options(yield_per=_CHUNK)
    )
    brand_affiliated = 0

    def groups() -> Iterator[tuple[int, int]]:
        nonlocal brand_affiliated
        for held, affiliated, number in rows:
            brand_affiliated += held * number if affiliated else 0
            yield held, number

    held = distribution(groups())
    return Concentration(held, delegated, brand_affiliated, largest_vote)
