"""What clients send and receive about token accounts, entries and statements."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import marshmallow as ma

from app.domain.ledger import EntryKind
from app.domain.ledger.accounts import AccountOwner
from app.http.fields import (
    LINE,
    UUID,
    Duration,
    Enum,
    Instant,
    Integer,
    Nested,
    Representation,
    Strict,
    String,
)
from app.http.paging import PageQuery
from app.models.tokens import LONGEST_NAME
from app.services.downloads import FileFormat

_MINOR_UNITS = "In minor units."
_LONGEST_REASON = 500


def _amount() -> Integer:
    return Integer(minimum=1, required=True, metadata={"description": _MINOR_UNITS})


def _units(description: str = _MINOR_UNITS, *, minimum: int = 0) -> Integer:
    return Integer(minimum=minimum, metadata={"description": description})


def _line(most: int, description: str, *, required: bool, data_key: str | None = None) -> String:
    """Return a field of one line of text; null where it is not required stands for its absence."""
    absent = {"required": True} if required else {"allow_none": True, "load_default": None}
    told = {"description": description}
    return String(max_length=most, min_length=1, pattern=LINE, data_key=data_key, metadata=told, **absent)


def _named(description: str, *, required: bool = True, data_key: str | None = None) -> String:
    """Return a field that names an account."""
    told = f"{description} An account's name or id, or a member's id or reference."
    return _line(LONGEST_NAME, told, required=required, data_key=data_key)


def _source(description: str, *, required: bool = False) -> String:
    return _named(description, required=required, data_key="from")


def _reason(description: str, *, required: bool = False) -> String:
    return _line(_LONGEST_REASON, description, required=required)


_PUBLIC = "Whoever it concerns reads it in the statement."


# --- what is asked ------------------------------------------------------------------------------------


class PositionQuery(Strict):
    """As of which entry something is read."""

    position = Integer(
        load_default=None,
        metadata={"description": "As of this entry of the ledger, 0 being its beginning; without it, now."},
    )


class DownloadQuery(Strict):
    """In which form a file is downloaded."""

    format = Enum(FileFormat, load_default=FileFormat.CSV)


class LedgerDownloadQuery(PositionQuery, DownloadQuery):
    """In which form, and as of which entry, a file is downloaded."""


class AccountSort(StrEnum):
    """In which order accounts are listed."""

    NAME = "name"
    BALANCE = "balance"
    NEWEST = "newest"


class AccountQuery(PageQuery):
    """Which accounts to list."""

    owner = Enum(
        AccountOwner,
        load_default=None,
        metadata={"description": "Whose they are; the supply's is in no list."},
    )
    membership_id = UUID(load_default=None, metadata={"description": "Accounts of this member alone."})
    name = String(
        max_length=LONGEST_NAME,
        min_length=1,
        pattern=LINE,
        load_default=None,
        metadata={"description": "The account of exactly this name."},
    )
    minimum = Integer(
        load_default=0, metadata={"description": "Accounts that hold at least this, in minor units."}
    )
    sort = Enum(
        AccountSort,
        load_default=AccountSort.NAME,
        metadata={"description": "By name; by balance, the greatest first; the newest first."},
    )


class EntryQuery(PageQuery):
    """Which entries to list."""

    kind = Enum(EntryKind, load_default=None)


class StatementOrder(StrEnum):
    """In which order a statement is read."""

    NEWEST = "newest"
    OLDEST = "oldest"


class StatementQuery(PageQuery):
    """How a statement is read."""

    sort = Enum(StatementOrder, load_default=StatementOrder.NEWEST)


# --- what is sent -------------------------------------------------------------------------------------


class AccountCreation(Strict):
    """An account about to be made."""

    name = String(
        max_length=LONGEST_NAME,
        min_length=1,
        pattern=LINE,
        required=True,
        metadata={"description": "Unique in the community; not `supply`, and nothing that names a member."},
    )
    owner = Enum(
        AccountOwner,
        load_default=AccountOwner.TREASURY,
        metadata={"description": "treasury, member, or nobody; there is one supply."},
    )
    membership_id = UUID(
        allow_none=True, load_default=None, metadata={"description": "The member whose it is."}
    )


class Assignment(Strict):
    """To whom an account that is nobody's goes."""

    membership_id = UUID(required=True)


class Issuing(Strict):
    """Tokens about to be made."""

    to = _named("Who gets them.")
    amount = _amount()
    reason = _reason(_PUBLIC)


class Transferring(Strict):
    """Tokens about to be moved."""

    source = _source("From where; null is your main account.")
    to = _named("Who gets them.")
    amount = _amount()
    reason = _reason(_PUBLIC)


class Burning(Strict):
    """Tokens of any account about to be destroyed."""

    source = _source("Whose they are.", required=True)
    amount = _amount()
    reason = _reason(f"Required. {_PUBLIC}", required=True)


class OwnBurning(Strict):
    """Tokens of one's own about to be destroyed."""

    source = _source("From where; null is your main account.")
    amount = _amount()
    reason = _reason(_PUBLIC)


class Vesting(Strict):
    """Tokens about to go to an account where they become movable bit by bit."""

    source = _source("An account of the treasury's; null issues them.")
    to = _named("Who gets them.")
    amount = _amount()
    starts_at = Instant(
        required=True, metadata={"description": "From when they vest, in whole seconds; may lie in the past."}
    )
    duration = Duration(
        required=True,
        metadata={"description": "After which all have vested; they do so evenly, second by second."},
    )
    cliff = Duration(
        load_default=dt.timedelta(0),
        metadata={"description": "Before which none has, counted from starts_at; at most the duration."},
    )
    reason = _reason(_PUBLIC)


class Locking(Strict):
    """Tokens about to be locked where they are."""

    account = _named("Where they are; null is your main account.", required=False)
    amount = _amount()
    until = Instant(required=True, metadata={"description": "When they are free again by themselves."})
    reason = _reason(_PUBLIC)


# --- what is answered ---------------------------------------------------------------------------------


class TokenTotals(Representation):
    """What there is of a community's tokens. Owners are as they are now."""

    position = Integer(metadata={"description": "Of the ledger's entry as of which this is said."})
    supply = _units("issued - burned, which is members + treasury + unassigned.")
    issued = _units("Ever.")
    burned = _units("Ever.")
    members = _units("What members hold.")
    treasury = _units("What the brand holds.")
    unassigned = _units("What accounts hold that are nobody's yet.")
    holders = Integer(metadata={"description": "Members who hold any."})


class AccountName(Representation):
    """An account, by name."""

    id = UUID()
    name = String(max_length=LONGEST_NAME)
    owner = Enum(AccountOwner)


class TokenAccount(AccountName):
    """A token account."""

    membership_id = UUID(allow_none=True)
    balance = _units()
    locked = _units("What a lock keeps where it is for now.")
    unvested = _units("What has not vested yet.")
    available = _units("What can be moved: balance - locked - unvested.")
    position = Integer(metadata={"description": "Of the last entry that moved it; 0 before the first."})
    created_at = Instant()


class AccountAsOf(AccountName):
    """An account's balance as of an entry."""

    membership_id = UUID(allow_none=True)
    balance = _units()
    position = Integer(metadata={"description": "Of the entry as of which this is said."})


class OwnTokens(Representation):
    """What you hold, over all your accounts."""

    membership_id = UUID()
    balance = _units()
    locked = _units("What locks keep where it is for now.")
    unvested = _units("What has not vested yet.")
    available = _units("What can be moved: balance - locked - unvested.")
    accounts = ma.fields.List(Nested(TokenAccount), metadata={"description": "The oldest first."})


class Schedule(Representation):
    """How tokens vest."""

    starts_at = Instant()
    duration = Duration()
    cliff = Duration()


class Lock(Representation):
    """Tokens kept where they are."""

    account = Nested(AccountName)
    amount = _units()
    until = Instant()


class Posting(Representation):
    """What one account gained, or below 0 lost."""

    account = Nested(AccountName)
    amount = _units(minimum=-(2**53) + 1)


class TokenEntry(Representation):
    """One entry of the ledger."""

    position = Integer(minimum=1, metadata={"description": "In the community's ledger, without gaps from 1."})
    kind = Enum(EntryKind)
    amount = _units("What was moved, or locked.")
    reason = String(max_length=_LONGEST_REASON, allow_none=True)
    membership_id = UUID(
        allow_none=True, metadata={"description": "Who made it; null for what the service did by itself."}
    )
    at = Instant()
    schedule = Nested(Schedule, allow_none=True)
    lock = Nested(Lock, allow_none=True)


class TokenEntryDetail(TokenEntry):
    """One entry with what it is made of."""

    postings = ma.fields.List(
        Nested(Posting),
        metadata={"description": "At most 20, of what is yours to see; all are in the ledger's download."},
    )
    posting_count = Integer(metadata={"description": "How many there are."})


class StatementLine(Representation):
    """What one entry did, and the balance after it."""

    position = Integer(minimum=1)
    at = Instant()
    kind = Enum(EntryKind)
    amount = _units("What came in, or below 0 went out; 0 for a lock.", minimum=-(2**53) + 1)
    balance = _units("After the entry.")
    reason = String(max_length=_LONGEST_REASON, allow_none=True)
    counterparty = Nested(
        AccountName,
        allow_none=True,
        metadata={
            "description": "The other account of a transfer or of what vests; null for what came from the supply "
            "or went back to it, and between your own."
        },
    )
    schedule = Nested(Schedule, allow_none=True)
    lock = Nested(Lock, allow_none=True)
