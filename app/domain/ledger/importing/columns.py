"""The header of an import: which delimiter the file has, and in which columns account and amount stand."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")

ACCOUNT_NAMES = (
    "account",
    "address",
    "holder address",
    "wallet",
    "member",
    "member id",
    "customer id",
    "email",
)
AMOUNT_NAMES = ("amount", "balance", "quantity", "tokens", "points")
"""Names of columns looked for where the importer names none: those of chain explorers' lists of holders and of
loyalty programmes. Case, spaces, ``_`` and ``-`` do not matter."""


class NoColumns(ValueError):
    """A header in which account and amount cannot be told; the message says why."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand on every line.

    :param delimiter: between fields.
    :param width: how many fields a line has.
    :param account: index of the column of accounts.
    :param amount: index of the column of amounts.
    """

    delimiter: str
    width: int
    account: int
    amount: int


def find_columns(
    header: str, *, account: str | None = None, amount: str | None = None, delimiter: str | None = None
) -> Columns:
    """Read a header.

    :param header: the first line, without a byte order mark.
    :param account: the name of the column of accounts, or None to look for :data:`ACCOUNT_NAMES`.
    :param amount: the name of the column of amounts, or None to look for :data:`AMOUNT_NAMES`.
    :param delimiter: one character, or None for the first of :data:`DELIMITERS` with which both are found.
    :raises NoColumns: where one of them is missing, or several columns could be meant.
    """
    problem = NoColumns("the first line names no columns")
    for candidate in DELIMITERS if delimiter is None else (delimiter,):
        names = fields_of(header, candidate)
        if names is None:
            continue
        try:
            return Columns(
                candidate,
                len(names),
                _index(names, ACCOUNT_NAMES if account is None else (account,), "account"),
                _index(names, AMOUNT_NAMES if amount is None else (amount,), "amount"),
            )
        except NoColumns as reason:
            # With the wrong delimiter there is one column; what is told is what the likeliest one lacks.
            if len(names) > 1 or delimiter is not None:
                problem = reason
    raise problem


def fields_of(line: str, delimiter: str) -> list[str] | None:
    """Split one line into fields (RFC 4180 quoting, on one line), or return None where a quote is out of place."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return None


def _index(names: Sequence[str], wanted: Sequence[str], what: str) -> int:
    looked_for = {_plain(name) for name in wanted}
    found = [index for index, name in enumerate(names) if _plain(name) in looked_for]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(wanted)
    if found:
        raise NoColumns(f"several columns could hold the {what} ({listed}): name the one that is meant")
    raise NoColumns(f"no column holds the {what} (looked for: {listed})")


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "").replace("_", "").replace("-", "")
