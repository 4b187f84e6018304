"""The vesting formula as the database computes it: to the unit what :mod:`app.domain.ledger.vesting` computes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from app.db.types import UTCDateTime
from app.models.tokens import TokenSchedule

#: What may be said about when: an instant, or an expression that needs no table, such as the database's clock.
Instant = dt.datetime | sa.ColumnElement[dt.datetime]


def unvested_by_account(
    dialect_name: str, community_id: uuid.UUID, at: Instant, among: Sequence[uuid.UUID] | None = None
) -> sa.Subquery:
    """Return how much of each account's balance has not vested at an instant.

    amount * elapsed / duration is computed in parts, none of which leaves 64 bits.

    :param dialect_name: ``postgresql`` or ``sqlite``.
    :param at: evaluated once, however many schedules there are.
    :param among: of these accounts alone; None for all.
    :return: columns ``account_id`` and ``unvested``, in minor units; a row for each account that has a schedule.
    """
    instant = sa.literal(at, UTCDateTime()) if isinstance(at, dt.datetime) else at
    # A common table expression: PostgreSQL would read a clock in any other place again for every row.
    once = sa.select(instant.label("at")).cte(nesting=True)
    running = (
        sa.select(
            TokenSchedule.account_id,
            TokenSchedule.amount,
            TokenSchedule.duration,
            TokenSchedule.cliff,
            _elapsed(dialect_name, TokenSchedule.__table__.c.starts_at, once.c.at).label("elapsed"),
        )
        .select_from(TokenSchedule.__table__.join(once, sa.true()))
        .where(
            TokenSchedule.community_id == community_id
            if among is None
            else TokenSchedule.account_id.in_(among)
        )
        .subquery("running")
    ).c
    vested = (running.amount // running.duration) * running.elapsed + (
        (running.amount % running.duration) * running.elapsed
    ) // running.duration
    unvested = sa.case(
        (sa.or_(running.elapsed < running.cliff, running.elapsed < 0), running.amount),
        (running.elapsed >= running.duration, 0),
        else_=running.amount - vested,
    )
    return (
        sa.select(running.account_id, total(unvested).label("unvested"))
        .group_by(running.account_id)
        .subquery("vesting")
    )


def total(amounts: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """Add up amounts of tokens, which together never exceed the supply: PostgreSQL would make it a numeric."""
    return sa.cast(sa.func.sum(amounts), sa.BigInteger())


def _elapsed(
    dialect_name: str, since: sa.ColumnElement[dt.datetime], at: sa.ColumnElement[dt.datetime]
) -> sa.ColumnElement[int]:
    """Return the whole seconds from one instant, itself in whole seconds, to another, rounded down."""
    if dialect_name == "postgresql":
        seconds = sa.func.floor(sa.extract("epoch", at) - sa.extract("epoch", since))
        return sa.cast(seconds, sa.BigInteger())
    # A day number is good to some 50 microseconds, so that whole seconds come out whole.
    days = _day_number(at) - _day_number(since)
    return sa.cast(sa.func.round(days * 86_400), sa.BigInteger())


def _day_number(at: sa.ColumnElement[dt.datetime]) -> sa.ColumnElement[float]:
    # SQLite rounds to the millisecond, which at .9995 would be the next second: the fraction is cut off.
    return sa.func.julianday(sa.func.substr(at, 1, 19), type_=sa.Double())
