"""Casting on the hot path: everything about a successful cast in one statement (three on SQLite).

:func:`app.services.ballots.casting.cast` is the reference. This module only ever makes the cast that the
reference would have made; whatever else there is to say (a closed ballot, a repeated or forbidden vote, a
lost race) it leaves to the reference by answering None.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import sqlite3
import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.db.units import Units
from app.domain import counting
from app.domain.instants import instant
from app.models.ballots import Ballot
from app.models.ids import random_id
from app.policies.permissions import Actor, Role
from app.services.audit import Action, entry_body, leaf_hash
from app.services.ballots.casting import Receipt, cast_digest
from app.services.ballots.rules import question_of

logger = logging.getLogger("althing.casting")

#: Questions of opened ballots kept in memory; they are frozen, so nothing ever needs to be forgotten.
MOST_QUESTIONS = 1_000

#: Stand in the entry's text for what is filled in; the first two are known to the database alone.
_REFERENCE, _AT = "<reference>", "<at>"
_DIGEST, _EVENT, _COMMUNITY, _BALLOT, _REQUEST = "<digest>", "<event>", "<community>", "<ballot>", "<request>"

# The ballot's row is locked first and the clock read after it: the closer's FOR UPDATE waits for every cast
# in flight, and a cast that waited for the closer sees the row as the closer left it.
_POSTGRESQL = b"""
WITH ballot AS MATERIALIZED (
    SELECT id, community_id, opens_at, closes_at, vote_change
    FROM ballots
    WHERE id = %(ballot)s AND community_id = %(community)s
      AND opened_at IS NOT NULL AND finalised_at IS NULL
    FOR SHARE
), clocked AS MATERIALIZED (
    SELECT ballot.*, date_trunc('milliseconds', clock_timestamp()) AS now FROM ballot
), voter AS MATERIALIZED (
    SELECT r.membership_id, m.reference, b.now, coalesce(p.revision, 0) + 1 AS revision
    FROM clocked b
    JOIN sign_in_sessions s ON s.id = %(session)s AND s.account_id = %(account)s
         AND s.revoked_at IS NULL AND s.expires_at > b.now
    JOIN memberships m ON m.community_id = b.community_id AND m.account_id = s.account_id
         AND m.left_at IS NULL
    JOIN membership_roles held ON held.membership_id = m.id AND held.role = 'member'
    JOIN roll_entries r ON r.ballot_id = b.id AND r.membership_id = m.id
    LEFT JOIN LATERAL (
        SELECT c.revision, c.choice FROM casts c
        WHERE c.ballot_id = b.id AND c.membership_id = m.id
        ORDER BY c.revision DESC LIMIT 1
    ) p ON true
    WHERE b.now >= b.opens_at AND b.now < b.closes_at
      AND (p.revision IS NULL OR (b.vote_change AND p.choice <> %(choice)s))
      AND NOT EXISTS (SELECT FROM membership_roles a WHERE a.membership_id = m.id AND a.role = 'auditor')
), entry AS MATERIALIZED (
    SELECT voter.*, convert_to(
        %(before)s || reference || %(between)s
        || to_char(now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || %(after)s,
        'UTF8') AS body
    FROM voter
), made AS (
    INSERT INTO casts (tracker, ballot_id, membership_id, revision, choice, digest, leaf_hash, cast_at)
    SELECT %(tracker)s, %(ballot)s, membership_id, revision, %(choice)s, %(digest)s,
           sha256('\\x00'::bytea || body), now
    FROM entry
    ON CONFLICT DO NOTHING
    RETURNING revision, leaf_hash, cast_at
), logged AS (
    INSERT INTO audit_outbox (log_id, event_id, body, leaf_hash)
    SELECT %(community)s, %(event)s, entry.body, made.leaf_hash FROM entry, made
)
SELECT revision, leaf_hash, cast_at FROM made
"""

_SQLITE_LOOK = """
SELECT r.membership_id, m.reference, coalesce(p.revision, 0) + 1, b.now
FROM (SELECT *, strftime('%Y-%m-%d %H:%M:%f', 'now') || '000' AS now FROM ballots
      WHERE id = :ballot AND community_id = :community
        AND opened_at IS NOT NULL AND finalised_at IS NULL) b
JOIN sign_in_sessions s ON s.id = :session AND s.account_id = :account
     AND s.revoked_at IS NULL AND s.expires_at > b.now
JOIN memberships m ON m.community_id = b.community_id AND m.account_id = s.account_id
     AND m.left_at IS NULL
JOIN membership_roles held ON held.membership_id = m.id AND held.role = 'member'
JOIN roll_entries r ON r.ballot_id = b.id AND r.membership_id = m.id
LEFT JOIN casts p ON p.ballot_id = b.id AND p.membership_id = m.id
     AND p.revision = (SELECT max(c.revision) FROM casts c
                       WHERE c.ballot_id = b.id AND c.membership_id = m.id)
WHERE b.now >= b.opens_at AND b.now < b.closes_at
  AND (p.revision IS NULL OR (b.vote_change AND p.choice <> :choice))
  AND NOT EXISTS (SELECT 1 FROM membership_roles a WHERE a.membership_id = m.id AND a.role = 'auditor')
"""
_SQLITE_CAST = (
    "INSERT INTO casts (tracker, ballot_id, membership_id, revision, choice, digest, leaf_hash, cast_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_SQLITE_ENTRY = "INSERT INTO audit_outbox (log_id, event_id, body, leaf_hash) VALUES (?, ?, ?, ?)"


class FastCasting:
    """The hot path of one process, shared by its threads.

    :param units: for reading questions; casts go to the same database by connections of their own.
    """

    def __init__(self, units: Units) -> None:
        self._units = units
        self._questions: OrderedDict[tuple[uuid.UUID, uuid.UUID], counting.Question] = OrderedDict()
        self._lock = threading.Lock()
        self._engine = units.single
        # Named by the dialect, so that psycopg is imported only where it is used.
        self._driver_error: type[Exception] = self._engine.dialect.loaded_dbapi.Error
        self._store = self._postgresql if self._engine.dialect.name == "postgresql" else self._sqlite

    def cast(
        self, actor: Actor, community_id: uuid.UUID, ballot_id: uuid.UUID, choice: object
    ) -> Receipt | None:
        """Make the cast, if all is well with it.

        :param actor: as the access token says; session, membership and role are checked by the statement.
        :return: the receipt of a new cast, or None where the reference has to answer.
        """
        question = self._question(community_id, ballot_id)
        if question is None:
            return None
        try:
            text = counting.canonical(question, choice)
        except counting.InvalidVote:
            return None
        return self._store(actor, community_id, ballot_id, text)

    def _question(self, community_id: uuid.UUID, ballot_id: uuid.UUID) -> counting.Question | None:
        """Return the frozen question of an opened ballot of the community, or None."""
        key = (community_id, ballot_id)
        found = self._questions.get(key)
        if found is not None:
            return found
        statement = (
            sa.select(Ballot)
            .where(Ballot.id == ballot_id, Ballot.community_id == community_id, Ballot.opened_at.is_not(None))
            .options(selectinload(Ballot.options))
        )
        with self._units.read() as session:
            ballot = session.scalar(statement)
            if ballot is None:
                return None
            found = question_of(ballot)
        with self._lock:
            self._questions[key] = found
            while len(self._questions) > MOST_QUESTIONS:
                self._questions.popitem(last=False)
        return found

    def _postgresql(
        self, actor: Actor, community_id: uuid.UUID, ballot_id: uuid.UUID, text: str
    ) -> Receipt | None:
        tracker, event = random_id(), random_id()
        digest = cast_digest(ballot_id, tracker, text)
        before, between, after = _entry_parts(actor, community_id, ballot_id, event, digest)
        facts: Mapping[str, Any] = {
            "ballot": ballot_id,
            "community": community_id,
            "session": actor.session_id,
            "account": actor.account_id,
            "choice": text,
            "tracker": tracker,
            "digest": digest,
            "event": event,
            "before": before,
            "between": between,
            "after": after,
        }
        connection = self._engine.raw_connection()
        driver: Any = connection.driver_connection
        try:
            row = driver.execute(_POSTGRESQL, facts, prepare=True).fetchone()
        except self._driver_error as error:
            if driver.closed:
                connection.invalidate(error)
            # Deadlock, lock time-out, lost connection: the reference path retries, waits or answers 503.
            logger.warning("fast cast gave way: %s", type(error).__name__)
            return None
        finally:
            connection.close()
        if row is None:
            return None
        revision, leaf, cast_at = row
        return Receipt(ballot_id, tracker, revision, digest, leaf.hex(), cast_at, created=True)

    def _sqlite(
        self, actor: Actor, community_id: uuid.UUID, ballot_id: uuid.UUID, text: str
    ) -> Receipt | None:
        tracker, event = random_id(), random_id()
        digest = cast_digest(ballot_id, tracker, text)
        assert actor.session_id is not None  # noqa: S101 - an access token names both
        assert actor.account_id is not None  # noqa: S101 - an access token names both
        facts = {
            "ballot": ballot_id.hex,
            "community": community_id.hex,
            "session": actor.session_id.hex,
            "account": actor.account_id.hex,
            "choice": text,
        }
        connection = self._engine.raw_connection()
        driver = cast("sqlite3.Connection", connection.driver_connection)
        try:
            driver.execute("BEGIN IMMEDIATE")
            row = driver.execute(_SQLITE_LOOK, facts).fetchone()
            if row is None:
                driver.execute("ROLLBACK")
                return None
            membership, reference, revision, now = row
            cast_at = dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)
            before, between, after = _entry_parts(actor, community_id, ballot_id, event, digest)
            body = f"{before}{reference}{between}{instant(cast_at)}{after}".encode()
            leaf = leaf_hash(body)
            driver.execute(
                _SQLITE_CAST,
                (tracker.hex, ballot_id.hex, membership, revision, text, digest, leaf, now),
            )
            driver.execute(_SQLITE_ENTRY, (community_id.hex, event.hex, body, leaf))
            driver.execute("COMMIT")
        except sqlite3.Error as error:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            logger.warning("fast cast gave way: %s", type(error).__name__)
            return None
        finally:
            connection.close()
        return Receipt(ballot_id, tracker, revision, digest, leaf.hex(), cast_at, created=True)


def _entry_parts(
    actor: Actor, community_id: uuid.UUID, ballot_id: uuid.UUID, event: uuid.UUID, digest: str
) -> tuple[str, str, str]:
    """Return the audit entry's text around the reference and the time, which only the database knows."""
    community = str(community_id)
    values = {
        _DIGEST: digest,
        _EVENT: str(event),
        _COMMUNITY: community,
        _BALLOT: str(ballot_id),
        _REQUEST: actor.request_id,
    }
    filled = [values.get(part, part) for part in _ENTRY]
    return "".join(filled[:_AT_REFERENCE]), filled[_AT_REFERENCE + 1], "".join(filled[_AT_TIME + 1 :])


def _entry_template() -> list[str]:
    """Return the text of a cast's entry, cut where something is to be filled in.

    Made by the one function that writes entries. What is filled in needs no JSON escapes: it is hexadecimal,
    UUIDs, and a request id of letters, digits, hyphens and underscores.
    """
    stand_in = Actor(request_id=_REQUEST, reference=_REFERENCE, role_used=Role.MEMBER)
    body = entry_body(
        stand_in,
        Action.BALLOT_CAST,
        ("ballot", _BALLOT),
        log_id=cast("uuid.UUID", _COMMUNITY),
        event_id=cast("uuid.UUID", _EVENT),
        at=_AT,
        committed=_DIGEST,
    ).decode()
    marks = "|".join(map(re.escape, (_REFERENCE, _AT, _DIGEST, _EVENT, _COMMUNITY, _BALLOT, _REQUEST)))
    return re.split(f"({marks})", body)


_ENTRY = _entry_template()
_AT_REFERENCE, _AT_TIME = _ENTRY.index(_REFERENCE), _ENTRY.index(_AT)
