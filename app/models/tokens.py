"""The token ledger: accounts, postings, the entries that seal them, vesting schedules, locks, and imports.

What these tables promise is kept by the database's own triggers, whoever writes: see the migration that makes
them, and ``docs/decisions/0018-token-ledger.md``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.ids import resource_id

LONGEST_NAME: Final = 128
"""Characters of an account's name."""

_AMOUNT = "amount BETWEEN 1 AND 9007199254740991"


class TokenAccount(Base):
    """An account and its balance, in integer minor units.

    ``balance`` and ``position`` (of the last entry that moved it, 0 before) are changed by the seal of an entry
    alone. ``name`` is a label, and no part of the record: it may be an address that somebody wants erased one day.

    The supply's balance is minus the supply. Its row is also the queue in which a community's entries are written:
    whoever posts locks it first.

    The rows' pages are half empty on PostgreSQL, and no index covers the balance, so that a new balance is written
    beside the old one and no index is touched.
    """

    __tablename__ = "token_accounts"
    __table_args__ = (
        sa.UniqueConstraint("community_id", "name"),
        sa.CheckConstraint("owner IN ('supply', 'treasury', 'member', 'nobody')", name="known_owner"),
        sa.CheckConstraint("(owner = 'member') = (membership_id IS NOT NULL)", name="member_has_membership"),
        sa.CheckConstraint("(owner = 'supply') = (name = 'supply')", name="one_supply"),
        sa.CheckConstraint(
            "CASE WHEN owner = 'supply' THEN balance BETWEEN -9007199254740991 AND 0 "
            "ELSE balance BETWEEN 0 AND 9007199254740991 END",
            name="balance_in_range",
        ),
        {"postgresql_with": {"fillfactor": 50}},
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    owner: Mapped[str] = mapped_column(sa.String(16))
    membership_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("memberships.id"), index=True)
    balance: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]


class TokenPosting(Base):
    """What one account gains by an entry, or below 0 loses. Written before its entry, which seals it.

    No foreign keys: checking a million rows one by one costs as much as writing them. The seal checks them all in
    one statement.
    """

    __tablename__ = "token_postings"
    __table_args__ = (
        sa.CheckConstraint(
            "amount <> 0 AND amount BETWEEN -9007199254740991 AND 9007199254740991", name="amount_range"
        ),
        sa.Index("ix_token_postings_community_id_position", "community_id", "position"),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_id: Mapped[uuid.UUID]
    amount: Mapped[int]


class TokenEntry(Base):
    """One entry of a community's ledger, its positions without gaps from 1. Inserting it seals its postings.

    ``amount`` is what is moved, or locked. ``membership_id`` is who made it, None for what the service did by
    itself. Never changed, except that its reason can be erased, since people write about people in it.

    No foreign key to the community, whose row is locked for as long as a ballot's roll takes to freeze: the seal
    demands accounts of this community.
    """

    __tablename__ = "token_entries"
    __table_args__ = (sa.CheckConstraint(_AMOUNT, name="amount_range"),)

    community_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(sa.String(16))
    amount: Mapped[int]
    reason: Mapped[str | None] = mapped_column(sa.String(500))
    membership_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("memberships.id"))
    at: Mapped[dt.datetime]


def _of_entry() -> sa.ForeignKeyConstraint:
    """Demand the entry at commit: what belongs to it is written first."""
    return sa.ForeignKeyConstraint(
        ["community_id", "position"],
        ["token_entries.community_id", "token_entries.position"],
        deferrable=True,
        initially="DEFERRED",
    )


class TokenOpening(Base):
    """A position at which postings were written: at commit its entry must be there. Written by a trigger."""

    __tablename__ = "token_openings"
    __table_args__ = (_of_entry(),)

    community_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class TokenSchedule(Base):
    """How the tokens of a vesting entry vest. Never changed."""

    __tablename__ = "token_schedules"
    __table_args__ = (
        _of_entry(),
        sa.CheckConstraint(_AMOUNT, name="amount_range"),
        sa.CheckConstraint("duration BETWEEN 1 AND 3000000000", name="duration_range"),
        sa.CheckConstraint("cliff BETWEEN 0 AND duration", name="cliff_range"),
    )

    community_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("token_accounts.id"), index=True)
    amount: Mapped[int]
    #: In whole seconds.
    starts_at: Mapped[dt.datetime]
    #: Seconds until everything has vested, and until anything has.
    duration: Mapped[int]
    cliff: Mapped[int]


class TokenLock(Base):
    """An amount that an account keeps until an instant. Never changed."""

    __tablename__ = "token_locks"
    __table_args__ = (_of_entry(), sa.CheckConstraint(_AMOUNT, name="amount_range"))

    community_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("token_accounts.id"), index=True)
    amount: Mapped[int]
    locked_until: Mapped[dt.datetime]


class TokenImport(Base):
    """An import of balances that was carried out. Never changed.

    ``digest`` is the SHA-256 of the file. An import that changed anything is an entry that issues, one that burns,
    or both, by ``issued_position`` and ``burned_position``.
    """

    __tablename__ = "token_imports"
    __table_args__ = (sa.Index("ix_token_imports_community_id_digest", "community_id", "digest"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    digest: Mapped[str] = mapped_column(sa.String(64))
    mode: Mapped[str] = mapped_column(sa.String(8))
    rows: Mapped[int]
    bad_lines: Mapped[int]
    accounts_created: Mapped[int]
    issued: Mapped[int]
    burned: Mapped[int]
    issued_position: Mapped[int | None]
    burned_position: Mapped[int | None]
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    at: Mapped[dt.datetime]
