"""The audit log of a community, as entries."""

from __future__ import annotations

import json
import uuid
from typing import Any

import marshmallow as ma

from app.api.v1.audit.catching_up import has_caught_up
from app.http.blueprint import Blueprint
from app.http.fields import Instant, Integer, Representation, String
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.translog import LogEntry
from app.policies.permissions import Permission
from app.services.ballots.participation import shown_contents
from app.services.translog.reading import EntryFilter, entries

blp = Blueprint(
    "audit",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/audit-entries",
    description="The community's append-only audit log.",
)


class AuditEntry(Representation):
    """One entry. ``body`` is exactly what was hashed: parse it for what it says."""

    position = Integer(metadata={"description": "Its place in the log, from 0 and without gaps."})
    entry = ma.fields.Dict(metadata={"description": "The entry's body, parsed."})
    body = String(max_length=65_535, metadata={"description": "The exact text that was hashed (UTF-8)."})
    leaf_hash = String(
        max_length=64, metadata={"description": "SHA-256 of a zero byte and the body (RFC 6962)."}
    )
    content = ma.fields.Dict(
        allow_none=True,
        metadata={"description": "What the commitment opens to; null where there is none or it was erased."},
    )
    salt = String(
        max_length=64, allow_none=True, metadata={"description": "Key of the commitment's HMAC-SHA256."}
    )


class AuditQuery(PageQuery):
    """Which entries."""

    action = String(
        max_length=64,
        min_length=1,
        pattern=r"^[a-z_.]+$",
        load_default=None,
        metadata={"description": "What they report, such as ballot.cast."},
    )
    object_type = String(
        max_length=64,
        min_length=1,
        pattern=r"^[a-z_]+$",
        load_default=None,
        metadata={"description": "The kind of what was acted on, such as ballot."},
    )
    object_id = String(
        max_length=200,
        min_length=1,
        pattern=r"^[A-Za-z0-9_-]+$",
        load_default=None,
        metadata={"description": "What was acted on."},
    )
    actor = String(
        max_length=36,
        min_length=1,
        pattern=r"^[0-9a-f-]+$",
        load_default=None,
        metadata={"description": "The reference of who acted."},
    )
    since = Instant(
        data_key="from", load_default=None, metadata={"description": "No entry made before this instant."}
    )
    until = Instant(load_default=None, metadata={"description": "Only entries made before this instant."})


@blp.operation(
    "GET",
    "",
    operation_id="list_audit_entries",
    permission=Permission.AUDIT_READ,
    query=AuditQuery,
    returns=(200, page_schema(AuditEntry)),
)
def list_audit_entries(context: Context, *, community_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List the audit entries in the order of the log.

    Whatever was committed before is among them: entries without a place get one first.
    """
    only = EntryFilter(**{name: value for name, value in query.items() if name not in {"limit", "cursor"}})
    found = entries(context.session, community_id, only, caught_up=has_caught_up())
    page = context.page(found, [(LogEntry.leaf_index, int)], query)
    contents = shown_contents(context.session, page.items)
    return Page([_shown(entry, contents.get(entry.event_id)) for entry in page.items], page.next_cursor)


def _shown(entry: LogEntry, content: Any) -> dict[str, Any]:
    return {
        "position": entry.leaf_index,
        "entry": json.loads(entry.body),
        "body": entry.body.decode(),
        "leaf_hash": entry.leaf_hash.hex(),
        "content": content.content if content else None,
        "salt": content.salt.hex() if content else None,
    }
