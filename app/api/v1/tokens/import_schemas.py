"""What clients send and receive about imports of balances."""

from __future__ import annotations

import marshmallow as ma

from app.api.v1.tokens.schemas import DownloadQuery
from app.domain.ledger.importing.columns import ACCOUNT_NAMES, AMOUNT_NAMES, DELIMITERS
from app.http.fields import (
    LINE,
    UUID,
    Boolean,
    Enum,
    Instant,
    Integer,
    Nested,
    Representation,
    Strict,
    String,
)
from app.services.tokens.importing.carrying_out import Absent, ImportMode

_COLUMN = 100
_REASON = 500


class ImportTrialQuery(Strict):
    """How a file of balances is read, and what its amounts mean."""

    mode = Enum(
        ImportMode,
        load_default=ImportMode.ADD,
        metadata={
            "description": "add: the amounts are issued. match: they are what accounts are to hold, and the "
            "difference is issued or burned; an amount of 0 then says something."
        },
    )
    account_column = String(
        max_length=_COLUMN,
        min_length=1,
        load_default=None,
        metadata={"description": f"Name of the column of accounts; looked for: {', '.join(ACCOUNT_NAMES)}."},
    )
    amount_column = String(
        max_length=_COLUMN,
        min_length=1,
        load_default=None,
        metadata={"description": f"Name of the column of amounts; looked for: {', '.join(AMOUNT_NAMES)}."},
    )
    delimiter = String(
        max_length=1,
        min_length=1,
        pattern=r'^[^"\r\n\x00]$',
        load_default=None,
        metadata={"description": f"Between fields; found out among {' '.join(map(repr, DELIMITERS))}."},
    )
    decimals = Integer(
        maximum=18,
        load_default=0,
        metadata={"description": "Amounts are written in units of 10^decimals minor units."},
    )
    fold_case = Boolean(
        load_default=False,
        metadata={
            "description": "Names that differ by case are one, as addresses of Ethereum and e-mail are."
        },
    )
    create_accounts = Boolean(
        load_default=False,
        metadata={"description": "Make an account that is nobody's for each name that is not known."},
    )
    absent = Enum(
        Absent,
        load_default=Absent.KEEP,
        metadata={
            "description": "With match, what becomes of accounts of members and nobody's that the file does not "
            "name. burn takes a file without bad lines."
        },
    )


class ImportReportQuery(ImportTrialQuery, DownloadQuery):
    """How a file is read, and in which form its faults are reported."""


class ImportQuery(ImportTrialQuery):
    """How a file of balances is imported."""

    skip_bad_lines = Boolean(
        load_default=False, metadata={"description": "Import the good lines although there are bad ones."}
    )
    again = Boolean(
        load_default=False,
        metadata={"description": "Import although the very same content was imported before."},
    )
    reason = String(
        max_length=_REASON,
        min_length=1,
        pattern=LINE,
        load_default=None,
        metadata={"description": "Whoever it concerns reads it in the statement."},
    )


class LineFault(Representation):
    """A line that cannot be imported, and why."""

    line = Integer(metadata={"description": "From 1, the header's; 0 for an account the file does not name."})
    reason = String(max_length=32)
    detail = String(max_length=200)


class ImportTrial(Representation):
    """What importing a file would do."""

    digest = String(max_length=64, metadata={"description": "SHA-256 of the file, in hexadecimal."})
    rows = Integer(metadata={"description": "Lines that can be imported."})
    bad_lines = Integer(metadata={"description": "Lines that cannot."})
    reasons = ma.fields.Dict(
        keys=ma.fields.String(), values=Integer(), metadata={"description": "How many for each reason."}
    )
    first = ma.fields.List(
        Nested(LineFault), metadata={"description": "The first 20 of them; the report lists all."}
    )
    accounts_created = Integer(metadata={"description": "Accounts that would be made."})
    issued = Integer(metadata={"description": "In minor units."})
    burned = Integer(metadata={"description": "In minor units."})
    already_imported = UUID(
        allow_none=True, metadata={"description": "The last import of the very same content."}
    )


class TokenImport(Representation):
    """An import of balances that was carried out."""

    id = UUID()
    digest = String(max_length=64, metadata={"description": "SHA-256 of the file, in hexadecimal."})
    mode = Enum(ImportMode)
    rows = Integer(metadata={"description": "Lines imported."})
    bad_lines = Integer(metadata={"description": "Lines left out."})
    accounts_created = Integer()
    issued = Integer(metadata={"description": "In minor units."})
    burned = Integer(metadata={"description": "In minor units."})
    issued_position = Integer(
        allow_none=True,
        metadata={"description": "The ledger's entry that issued; null where none was needed."},
    )
    burned_position = Integer(
        allow_none=True,
        metadata={"description": "The ledger's entry that burned; null where none was needed."},
    )
    membership_id = UUID(metadata={"description": "Who imported it."})
    at = Instant()
