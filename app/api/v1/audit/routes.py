"""The audit log of a community, as entries."""

from __future__ import annotations

import json
import uuid
from typing import Any

import marshmallow as ma

from app.http.blueprint import Blueprint
from app.http.fields import Integer, Representation, String
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.audit import AuditEntry as EntryRow
from app.policies.permissions import Permission
from app.services import audit

blp = Blueprint(
    "audit",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/audit-entries",
    description="The community's append-only audit log.",
)


class AuditEntry(Representation):
    """One entry. ``body`` is exactly what was hashed: parse it for what it says."""

    position = Integer(metadata={"description": "Grows along the log; gaps mean nothing."})
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


@blp.operation(
    "GET",
    "",
    operation_id="list_audit_entries",
    permission=Permission.AUDIT_READ,
    query=PageQuery,
    returns=(200, page_schema(AuditEntry)),
)
def list_audit_entries(context: Context, *, community_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List the audit entries in the order in which they were written."""
    page = context.page(audit.entries(community_id), [(EntryRow.id, int)], query)
    contents = audit.contents(context.session, page.items)
    return Page([_shown(entry, contents.get(entry.event_id)) for entry in page.items], page.next_cursor)


def _shown(entry: EntryRow, content: Any) -> dict[str, Any]:
    return {
        "position": entry.id,
        "entry": json.loads(entry.body),
        "body": entry.body.decode(),
        "leaf_hash": entry.leaf_hash.hex(),
        "content": content.content if content else None,
        "salt": content.salt.hex() if content else None,
    }
