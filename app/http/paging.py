"""Keyset pages with signed cursors.

Every row present before a walk began comes exactly once while others are being inserted. A cursor fits only
the list it came from: path, actor, filters and order are under its signature. No total counts: they cost a
scan and are wrong when they arrive.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.http.fields import Integer, Representation, Strict, String
from app.http.problems import Fault, ProblemError

DEFAULT_LIMIT = 25
GREATEST_LIMIT = 100

_MAC_BYTES = 16

#: (column, parser of its text): SQLAlchemy's python_type does not know what a TypeDecorator returns.
Order = Sequence[tuple[Any, Callable[[str], Any]]]


class PageQuery(Strict):
    """Query parameters of every list; filters are added by deriving from it."""

    limit = Integer(
        minimum=1,
        maximum=GREATEST_LIMIT,
        load_default=DEFAULT_LIMIT,
        metadata={"description": "Greatest number of items in the page."},
    )
    cursor = String(
        min_length=1,
        max_length=1024,
        pattern=r"^[A-Za-z0-9_-]+$",
        load_default=None,
        metadata={"description": "The next_cursor of the page before; it fits only the same list."},
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its items, and the cursor of the next page or None on the last."""

    items: Sequence[Any]
    next_cursor: str | None


def page_schema(item: type[ma.Schema]) -> type[ma.Schema]:
    """Make the schema of a page of items, named after them: ``Ballot`` gives ``BallotPage``."""
    name = item.__name__.removesuffix("Schema")
    members = {
        "items": ma.fields.List(ma.fields.Nested(item), metadata={"description": "The items, in order."}),
        "next_cursor": ma.fields.String(
            allow_none=True,
            metadata={"description": "Pass it as cursor to get the next page; null on the last."},
        ),
    }
    return type(f"{name}PageSchema", (Representation,), members)


def encode_cursor(key: bytes, scope: str, values: Sequence[str]) -> str:
    """Sign a position.

    :param key: secret, the same on every host.
    :param scope: names the list.
    :param values: the texts of the last row's order columns.
    :return: URL-safe base64 without padding.
    """
    body = json.dumps(list(values), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mac(key, scope, body) + body).rstrip(b"=").decode()


def decode_cursor(key: bytes, scope: str, cursor: str) -> list[str]:
    """Check and read a cursor.

    :raises ProblemError: 400 when it was not issued for this list.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, scope, body)):
        raise ProblemError(
            "invalid-cursor", faults=[Fault("cursor", "Not issued for this list.", "parameter")]
        )
    values: list[str] = json.loads(body)
    return values


def _mac(key: bytes, scope: str, body: bytes) -> bytes:
    return hmac.digest(key, scope.encode() + b"\n" + body, "sha256")[:_MAC_BYTES]


def page(
    session: Session,
    statement: sa.Select[Any],
    order: Order,
    *,
    limit: int,
    cursor: str | None,
    key: bytes,
    scope: str,
    descending: bool = False,
) -> Page:
    """Read one page of a statement.

    :param statement: selects one entity, or columns, among them the order's; it must not order or limit.
    :param order: a total order: one direction, no column nullable, the last one unique.
    :param limit: 1..100.
    :param cursor: as issued, or None for the first page.
    :param scope: names the list; the order is added to it.
    :param descending: newest first.
    :raises ProblemError: 400 for a cursor of another list.
    """
    columns = [column for column, _parse in order]
    scope = "\n".join([scope, "-" if descending else "+", *(column.key for column in columns)])
    if cursor is not None:
        texts = decode_cursor(key, scope, cursor)
        after = [
            sa.literal(parse(text), column.type) for (column, parse), text in zip(order, texts, strict=True)
        ]
        here, there = sa.tuple_(*columns), sa.tuple_(*after)
        statement = statement.where(here < there if descending else here > there)
    ordering = [column.desc() if descending else column.asc() for column in columns]
    result = session.execute(statement.order_by(*ordering).limit(limit + 1))
    single = len(statement.column_descriptions) == 1
    rows: Sequence[Any] = result.scalars().all() if single else result.all()
    if len(rows) <= limit:
        return Page(rows, None)
    rows = rows[:limit]
    last = [str(getattr(rows[-1], column.key)) for column in columns]
    return Page(rows, encode_cursor(key, scope, last))
