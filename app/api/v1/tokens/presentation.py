"""Accounts, entries and statements as they are shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.models.tokens import TokenAccount, TokenEntry
from app.services.tokens.entries import Detail, Facts
from app.services.tokens.figures import Figures
from app.services.tokens.statements import Line

_ACCOUNT = ("id", "name", "owner", "membership_id")


def shown_account(account: TokenAccount, figures: Figures) -> dict[str, Any]:
    """Return an account as its schema dumps it."""
    return {name: getattr(account, name) for name in (*_ACCOUNT, "position", "created_at")} | _figures(
        figures
    )


def shown_as_of(account: TokenAccount, balance: int, position: int) -> dict[str, Any]:
    """Return an account with its balance as of an entry."""
    return {name: getattr(account, name) for name in _ACCOUNT} | {"balance": balance, "position": position}


def shown_own(
    membership_id: UUID | None, accounts: Sequence[TokenAccount], figures: Mapping[UUID, Figures]
) -> dict[str, Any]:
    """Return what a member holds as its schema dumps it."""
    each = [figures[account.id] for account in accounts]
    together = Figures(
        sum(part.balance for part in each),
        sum(part.locked for part in each),
        sum(part.unvested for part in each),
    )
    return _figures(together) | {
        "membership_id": membership_id,
        "accounts": [shown_account(account, figures[account.id]) for account in accounts],
    }


def shown_entry(entry: TokenEntry, facts: Facts) -> dict[str, Any]:
    """Return an entry as its schema dumps it."""
    names = ("position", "kind", "amount", "reason", "membership_id", "at")
    return {name: getattr(entry, name) for name in names} | _facts(facts)


def shown_detail(detail: Detail) -> dict[str, Any]:
    """Return an entry with what it is made of."""
    return shown_entry(detail.entry, detail.facts) | {
        "postings": [{"account": account, "amount": amount} for account, amount in detail.postings],
        "posting_count": detail.posting_count,
    }


def shown_line(line: Line) -> dict[str, Any]:
    """Return a line of a statement as its schema dumps it."""
    names = ("position", "at", "kind", "amount", "balance", "reason", "counterparty")
    return {name: getattr(line, name) for name in names} | _facts(line.facts)


def _figures(figures: Figures) -> dict[str, int]:
    return {name: getattr(figures, name) for name in ("balance", "locked", "unvested", "available")}


def _facts(facts: Facts) -> dict[str, Any]:
    schedule, lock = facts.schedule, facts.lock
    return {
        "schedule": None
        if schedule is None
        else {
            "starts_at": schedule.starts_at,
            "duration": dt.timedelta(seconds=schedule.duration),
            "cliff": dt.timedelta(seconds=schedule.cliff),
        },
        "lock": None
        if lock is None
        else {"account": facts.locked_account, "amount": lock.amount, "until": lock.locked_until},
    }
