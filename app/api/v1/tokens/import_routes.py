"""Imports of balances from CSV: tried, reported, carried out, listed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.api.v1.tokens.import_schemas import (
    ImportQuery,
    ImportReportQuery,
    ImportTrial,
    ImportTrialQuery,
    TokenImport,
)
from app.domain.ledger.importing import ImportRules
from app.http.blueprint import Blueprint
from app.http.exports import Stream
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.tokens import TokenImport as ImportRow
from app.policies.permissions import Permission
from app.services.downloads import CONTENT_TYPES, FileFormat
from app.services.tokens.importing import carrying_out
from app.services.tokens.importing.carrying_out import ImportMode, ImportOptions
from app.services.tokens.importing.reading import BalancesFile

blp = Blueprint(
    "token_imports",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/tokens/imports",
    description="Balances from CSV of up to two million lines: a chain's snapshot, a loyalty programme's export.",
)

#: Two million lines of an address and an amount.
MOST_BYTES = 134_217_728

_CSV = "text/csv"
_EXAMPLE = "account,amount\nLOYAL-004711,2500\n0197c2a4-5b1e-7c9d-8f00-2f4be1a3c001,100\n"
_SPOOLED: dict[str, Any] = {
    "body": _CSV,
    "most_bytes": MOST_BYTES,
    "spooled": True,
    "examples": {"request": _EXAMPLE},
}


def _read(_principal: object, arguments: Mapping[str, Any]) -> BalancesFile:
    """Read the file before the transaction is opened: nobody waits meanwhile."""
    query, upload = arguments["query"], arguments["body"]
    rules = ImportRules(
        account=query["account_column"],
        amount=query["amount_column"],
        delimiter=query["delimiter"],
        decimals=query["decimals"],
        fold_case=query["fold_case"],
        zeros=query["mode"] is ImportMode.MATCH,
    )
    return BalancesFile(upload.chunks(), rules, upload.digest.hex())


def _options(query: Mapping[str, Any]) -> ImportOptions:
    names = {field.name for field in dataclasses.fields(ImportOptions)}
    return ImportOptions(**{name: value for name, value in query.items() if name in names})


@blp.operation(
    "POST",
    "/dry-run",
    operation_id="preview_token_import",
    permission=Permission.TOKEN_ISSUE,
    query=ImportTrialQuery,
    returns=(200, ImportTrial),
    writes=False,
    scratch=True,
    prepare=_read,
    errors={409: "The snapshot says more than can exist."},
    **_SPOOLED,
)
def preview_token_import(
    context: Context, *, query: dict[str, Any], body: object, prepared: BalancesFile
) -> dict[str, Any]:
    """Say what importing a file would do, and which lines cannot be imported. Nothing is kept.

    The first line names the columns; each other line is an account and an amount. An account is called by its name
    or id; a member's main account also by the member's id or reference.
    """
    del body  # read already
    outcome = carrying_out.try_out(context.session, context.actor, prepared, _options(query))
    same = outcome.already_imported
    return {name: getattr(outcome, name) for name in ImportTrial().fields} | {
        "first": [dict(zip(("line", "reason", "detail"), fault, strict=True)) for fault in outcome.first],
        "already_imported": None if same is None else same.id,
    }


@blp.operation(
    "POST",
    "/dry-run/report",
    operation_id="download_token_import_report",
    permission=Permission.TOKEN_ISSUE,
    query=ImportReportQuery,
    returns=(200, ("text/csv", "application/jsonl")),
    writes=False,
    scratch=True,
    prepare=_read,
    errors={409: "The snapshot says more than can exist."},
    **_SPOOLED,
)
def download_token_import_report(
    context: Context, *, query: dict[str, Any], body: object, prepared: BalancesFile
) -> Stream:
    """Download every line that cannot be imported, with the reason, as CSV or JSON Lines. Nothing is kept."""
    del body  # read already
    form = query["format"]
    found = carrying_out.faults(context.session, context.actor, prepared, _options(query))
    chunks = _csv_lines(found) if form is FileFormat.CSV else _json_lines(found)
    return Stream(chunks, f"import-{prepared.digest[:16]}-faults.{form.value}", CONTENT_TYPES[form])


def _csv_lines(faults: Iterable[tuple[int, str, str]]) -> Iterator[bytes]:
    yield b"line,reason,detail\r\n"
    for line, reason, detail in faults:  # details are our own sentences: none begins like a formula
        quoted = detail.replace('"', '""')
        yield f'{line},{reason},"{quoted}"\r\n'.encode()


def _json_lines(faults: Iterable[tuple[int, str, str]]) -> Iterator[bytes]:
    for line, reason, detail in faults:
        told = {"line": line, "reason": reason, "detail": detail}
        yield json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@blp.operation(
    "POST",
    "",
    operation_id="import_token_balances",
    permission=Permission.TOKEN_ISSUE,
    query=ImportQuery,
    returns=(201, TokenImport),
    idempotent=True,
    prepare=_read,
    errors={
        403: "You lack the permission; a snapshot that burns needs token.burn, too.",
        409: "The file has bad lines, was imported before, or says more than can exist. Nothing was imported.",
        503: "Another entry of this community is being written, perhaps a large import.",
    },
    **_SPOOLED,
)
def import_token_balances(
    context: Context, *, query: dict[str, Any], body: object, prepared: BalancesFile
) -> ImportRow:
    """Import balances from CSV: all of the file or nothing.

    One entry issues to all accounts together; where a snapshot is matched, another burns. Try it first with the
    dry run.
    """
    del body  # read already
    return carrying_out.carry_out(context.session, context.actor, prepared, _options(query))


@blp.operation(
    "GET",
    "",
    operation_id="list_token_imports",
    permission=Permission.TOKEN_READ_ALL,
    query=PageQuery,
    returns=(200, page_schema(TokenImport)),
)
def list_token_imports(context: Context, *, query: dict[str, Any]) -> Page:
    """List the imports that were carried out, the newest first."""
    statement = carrying_out.imports(context.actor)
    order = [(ImportRow.at, dt.datetime.fromisoformat), (ImportRow.id, uuid.UUID)]
    return context.page(statement, order, query, descending=True)
