"""Balances from a CSV file: a chain's snapshot, a loyalty programme's export. Rows and faults, as a stream.

The file is UTF-8 with or without a byte order mark, its first line a header, one account a line. A line at
fault is reported with its number and left out; the lines after it are read all the same, so that one dry run
reports everything. Empty lines pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from app.domain.ledger.amounts import GREATEST_SUPPLY
from app.domain.ledger.importing.columns import Columns, NoColumns, fields_of, find_columns
from app.domain.ledger.importing.lines import LONGEST_LINE, lines_of
from app.domain.ledger.importing.seen import FirstSeen
from app.domain.spreadsheets import FORMULA_STARTS

LONGEST_ACCOUNT = 128
"""Characters."""

_BOM = b"\xef\xbb\xbf"
_AMOUNT = re.compile(r"([0-9]{1,40})(?:\.([0-9]{1,40}))?", re.ASCII)
_NEGATIVE = re.compile(r"-[0-9]+(?:\.[0-9]+)?", re.ASCII)
_FORMULA_STARTS = frozenset(FORMULA_STARTS)


class FaultReason(StrEnum):
    """What is wrong with a line. After the first three, and any fault of the header, nothing more is read."""

    NO_HEADER = "no_header"
    NO_COLUMNS = "no_columns"
    TOO_MANY_LINES = "too_many_lines"
    NOT_UTF8 = "not_utf8"
    LINE_TOO_LONG = "line_too_long"
    MISPLACED_QUOTE = "misplaced_quote"
    WRONG_WIDTH = "wrong_width"
    NO_ACCOUNT = "no_account"
    INVALID_ACCOUNT = "invalid_account"
    FORMULA = "formula"
    DUPLICATE_ACCOUNT = "duplicate_account"
    NO_AMOUNT = "no_amount"
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE_AMOUNT = "negative_amount"
    FRACTION = "fraction"
    ZERO = "zero"
    AMOUNT_TOO_LARGE = "amount_too_large"
    SUPPLY_EXCEEDED = "supply_exceeded"


class Row(NamedTuple):
    """An account and what it is to be issued, or is to hold.

    :param line: number of the line, from 1; the header's is 1.
    :param account: as the file names it, in Unicode's composed form (NFC).
    :param amount: minor units, 1 to 2^53 - 1; 0 where the rules take it.
    """

    line: int
    account: str
    amount: int


class Fault(NamedTuple):
    """A line that is left out, and why. The detail quotes nothing that a spreadsheet could run."""

    line: int
    reason: FaultReason
    detail: str


@dataclass(frozen=True, slots=True)
class ImportRules:
    """How a file is to be read.

    :param account: name of the column of accounts, or None to look for it.
    :param amount: name of the column of amounts, or None to look for it.
    :param delimiter: one character, or None to find out.
    :param decimals: amounts are written in units of 10**decimals minor units, with at most so many decimals; 0
        to 18. With 0 they are whole numbers of minor units.
    :param fold_case: whether accounts that differ by case are one, as addresses of Ethereum and e-mail are; they
        are then read in lower case.
    :param zeros: whether an amount of 0 says something, as where it is what an account is to hold.
    :param room: how many minor units may still be issued: 2^53 - 1 less the supply.
    :param most_lines: how many lines, header included, are read; it bounds the memory for duplicates.
    """

    account: str | None = None
    amount: str | None = None
    delimiter: str | None = None
    decimals: int = 0
    fold_case: bool = False
    zeros: bool = False
    room: int = GREATEST_SUPPLY
    most_lines: int = 2_000_000

    def __post_init__(self) -> None:
        if not 0 <= self.decimals <= 18:  # noqa: PLR2004 - stated above; no token has more
            raise ValueError("decimals are 0 to 18")
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise ValueError("a delimiter is one character, and neither a quote nor the end of a line")


class _Bad(Exception):
    """A line at fault, on its way to being reported."""

    def __init__(self, reason: FaultReason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def read_balances(chunks: Iterable[bytes], rules: ImportRules | None = None) -> Iterator[Row | Fault]:
    """Yield a row or a fault for every line after the header, in the order of the file.

    An account named twice is a fault wherever it is named again, also if the line that named it first has a
    fault in its amount. What exceeds the room is left out; a smaller amount after it may still fit.

    :param chunks: the file in pieces of any size, for instance as they are received.
    """
    rules = rules or ImportRules()
    lines = lines_of(_without_mark(chunks))
    try:
        columns = _header(next(lines, (1, b"")), rules)
    except _Bad as bad:
        yield Fault(1, bad.reason, bad.detail)
        return
    seen = FirstSeen()
    room = rules.room
    for number, line in lines:
        if number > rules.most_lines:
            detail = f"a file has at most {rules.most_lines} lines"
            yield Fault(number, FaultReason.TOO_MANY_LINES, detail)
            return
        if line is not None and not line.strip():
            continue
        try:
            row = _row(number, line, columns, rules, seen)
        except _Bad as bad:
            yield Fault(number, bad.reason, bad.detail)
            continue
        if row.amount > room:
            detail = f"only {room} minor units more can be issued"
            yield Fault(number, FaultReason.SUPPLY_EXCEEDED, detail)
            continue
        room -= row.amount
        yield row


def _without_mark(chunks: Iterable[bytes]) -> Iterator[bytes]:
    begun = b""
    rest = iter(chunks)
    for chunk in rest:
        begun += chunk
        if len(begun) >= len(_BOM):
            break
    yield begun.removeprefix(_BOM)
    yield from rest


def _header(first: tuple[int, bytes | None], rules: ImportRules) -> Columns:
    _, line = first
    if line is not None and not line.strip():
        raise _Bad(FaultReason.NO_HEADER, "the first line names the columns, and it is empty")
    try:
        return find_columns(
            _text(line), account=rules.account, amount=rules.amount, delimiter=rules.delimiter
        )
    except NoColumns as reason:
        raise _Bad(FaultReason.NO_COLUMNS, str(reason)) from None


def _row(number: int, line: bytes | None, columns: Columns, rules: ImportRules, seen: FirstSeen) -> Row:
    fields = fields_of(_text(line), columns.delimiter)
    if fields is None:
        raise _Bad(FaultReason.MISPLACED_QUOTE, "a quoted field does not end where it should")
    if len(fields) != columns.width:
        raise _Bad(FaultReason.WRONG_WIDTH, f"{len(fields)} fields, and the header has {columns.width}")
    account = _account(fields[columns.account], rules)
    if (first := seen.first(account, number)) is not None:
        raise _Bad(FaultReason.DUPLICATE_ACCOUNT, f"line {first} names the same account")
    return Row(number, account, _amount(fields[columns.amount], rules))


def _text(line: bytes | None) -> str:
    if line is None:
        raise _Bad(FaultReason.LINE_TOO_LONG, f"a line has at most {LONGEST_LINE} bytes")
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise _Bad(FaultReason.NOT_UTF8, "the line is not UTF-8") from None


def _account(field: str, rules: ImportRules) -> str:
    if field[:1] in _FORMULA_STARTS and field:
        raise _Bad(FaultReason.FORMULA, "the account begins like a spreadsheet's formula")
    account = field.strip()
    if not account.isascii():
        account = unicodedata.normalize("NFC", account)
    if rules.fold_case:
        account = account.lower()
    if not account:
        raise _Bad(FaultReason.NO_ACCOUNT, "the account is empty")
    if len(account) > LONGEST_ACCOUNT or not account.isprintable():
        raise _Bad(
            FaultReason.INVALID_ACCOUNT, f"an account is at most {LONGEST_ACCOUNT} printable characters"
        )
    if account[0] in _FORMULA_STARTS:
        raise _Bad(FaultReason.FORMULA, "the account begins like a spreadsheet's formula")
    return account


def _amount(field: str, rules: ImportRules) -> int:
    decimals = rules.decimals
    written = field.strip()
    match = _AMOUNT.fullmatch(written)
    if match is None:
        raise _no_amount(written)
    fraction = (match[2] or "").rstrip("0")
    if len(fraction) > decimals:
        told = f"at most {decimals} decimals" if decimals else "whole numbers only"
        raise _Bad(FaultReason.FRACTION, f"the amount is finer than the token: {told}")
    amount = int(match[1] + fraction.ljust(decimals, "0"))
    if amount == 0 and not rules.zeros:
        raise _Bad(FaultReason.ZERO, "there is nothing to issue")
    if amount > GREATEST_SUPPLY:
        raise _Bad(FaultReason.AMOUNT_TOO_LARGE, "the amount exceeds 2^53 - 1 minor units")
    return amount


def _no_amount(written: str) -> _Bad:
    if not written:
        return _Bad(FaultReason.NO_AMOUNT, "the amount is empty")
    if _NEGATIVE.fullmatch(written):
        return _Bad(FaultReason.NEGATIVE_AMOUNT, "the amount is below 0")
    if written[0] in _FORMULA_STARTS:
        return _Bad(FaultReason.FORMULA, "the amount begins like a spreadsheet's formula")
    return _Bad(
        FaultReason.NOT_A_NUMBER, "the amount is digits, perhaps with a point; no separators, no exponent"
    )
