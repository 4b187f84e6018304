"""Looking for a person's words in all that a database holds, past the application."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app.db.units import Units
from app.domain.erasure import Ground
from app.models.audit import AuditContent, AuditEntry
from app.models.communities import Community, Membership, MembershipRole
from app.models.identity import Account
from app.models.ids import random_id
from app.models.translog import LogEntry
from app.services.erasure import account as accounts
from tests.support.portal import PASSWORD, Person, Portal


def erase(person: Person, password: str = PASSWORD) -> None:
    """Have somebody erase their account."""
    person.ok("PUT", "/v1/accounts/me/erasure", {"password": password})


def erase_everybody(portal: Portal, units: Units, provider: Any) -> None:
    """Erase every account there is, after an heir without a history became the owner of every community."""
    everybody, heir = accounts_in(units), portal.person("heir")
    with units.write() as session:
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        for community_id in session.scalars(sa.select(Community.id)).all():
            made = Membership(
                community_id=community_id,
                account_id=uuid.UUID(heir.account_id),
                reference=str(random_id()),
                display_name="heir",
                joined_at=now,
                roles=[MembershipRole(role="brand_owner", granted_at=now)],
            )
            session.add(made)
    for account_id in everybody:
        with units.write() as session:
            assert accounts.erase(session, account_id, Ground.OPERATOR, provider)


def accounts_in(units: Units) -> list[uuid.UUID]:
    with units.read() as session:
        return list(session.scalars(sa.select(Account.id)))


def found(units: Units, *words: str) -> Iterator[tuple[str, str, str]]:
    """Yield table, column and value of whatever holds one of these words, in every table the database has."""
    with units.engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        if connection.dialect.name == "sqlite":  # a full-text index hides in tables of its own
            hidden = "SELECT name FROM sqlite_master WHERE type = 'table'"
            tables = list(connection.scalars(sa.text(hidden)))
        for table in tables:
            for row in connection.execute(sa.text(f"SELECT * FROM {table}")).mappings():
                for column, value in row.items():
                    text = as_text(value)
                    if any(word in text for word in words):
                        yield table, column, text


def as_text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("latin-1").lower()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False).lower()
    return str(value).lower()


def contents_with(units: Units, *words: str) -> Iterator[str]:
    """Yield the action of every entry whose content holds one of these words."""
    with units.read() as session:
        bodies = dict(session.execute(sa.select(LogEntry.event_id, LogEntry.body)).all())
        bodies |= dict(session.execute(sa.select(AuditEntry.event_id, AuditEntry.body)).all())
        for event_id, content in session.execute(sa.select(AuditContent.event_id, AuditContent.content)):
            if any(word in as_text(content) for word in words):
                yield json.loads(bodies[event_id])["action"]
