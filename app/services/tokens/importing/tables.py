"""The temporary tables of an import: a file's rows, what they change, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

TEMPORARY = sa.MetaData()
_TABLE: dict[str, Any] = {"prefixes": ["TEMPORARY"], "postgresql_on_commit": "DROP"}

ROWS = sa.Table(
    "import_rows",
    TEMPORARY,
    sa.Column("line", sa.BigInteger(), nullable=False),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("amount", sa.BigInteger(), nullable=False),
    sa.Column("key", sa.Uuid()),
    sa.Column("fresh", sa.Uuid(), nullable=False),
    **_TABLE,
)

#: What each row changes in which account. ``account_id`` is that of one that is there, else ``fresh`` that of the
#: one to be made: for the member of ``membership_id``, under ``name``, or nobody's.
CHANGES = sa.Table(
    "import_changes",
    TEMPORARY,
    sa.Column("line", sa.BigInteger(), nullable=False),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("account_id", sa.Uuid()),
    sa.Column("membership_id", sa.Uuid()),
    sa.Column("is_unfit", sa.Boolean(), nullable=False),
    sa.Column("fresh", sa.Uuid(), nullable=False),
    sa.Column("balance", sa.BigInteger(), nullable=False),
    sa.Column("change", sa.BigInteger(), nullable=False),
    **_TABLE,
)

#: The community's accounts by their names in lower case, for a file whose names are.
FOLDED = sa.Table(
    "import_folded",
    TEMPORARY,
    sa.Column("called", sa.Text(), nullable=False, index=True),
    sa.Column("id", sa.Uuid(), nullable=False),
    **_TABLE,
)

#: What cannot be moved out of accounts: locked, or not vested yet.
HELD_BACK = sa.Table(
    "import_held_back",
    TEMPORARY,
    sa.Column("account_id", sa.Uuid(), primary_key=True),
    sa.Column("amount", sa.BigInteger(), nullable=False),
    **_TABLE,
)

FAULTS = sa.Table(
    "import_faults",
    TEMPORARY,
    sa.Column("line", sa.BigInteger(), nullable=False),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("detail", sa.Text(), nullable=False),
    **_TABLE,
)
