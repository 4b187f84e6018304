"""Casting on PostgreSQL: any number of casts in one ballot, each with its audit entry, in one statement."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.services.ballots.cast_entry import ENTRY_PARTS
from app.services.ballots.casting_request import CastRequest, Waited
from app.services.ballots.extension import is_known_reached
from app.services.ballots.voter_receipt import Receipt

_LOCK_NOT_AVAILABLE = "55P03"

logger = logging.getLogger("althing.casting")

# The ballot's row is locked first and the clock read after it: the closer's FOR UPDATE waits for every cast
# in flight, and a cast that waited for the closer sees the row as the closer left it. Two casts of one member
# in one batch have the same revision: the first is made, the second left to the reference.
# The joins stand in the order in which they are to be done (the engine sees to that): from what was asked, one
# row by key after the other. Starting from the ballot would read its whole roll for every batch.
_STATEMENT = b"""
WITH ballot AS MATERIALIZED (
    SELECT id, community_id, opens_at, closes_at, vote_change, suspended_until, extended_at,
           late_quorum_extension_seconds * interval '1 second' AS extension
    FROM ballots
    WHERE id = %(ballot)s AND community_id = %(community)s
      AND opened_at IS NOT NULL AND finalised_at IS NULL
    FOR SHARE
), clocked AS MATERIALIZED (
    SELECT ballot.*, date_trunc('milliseconds', clock_timestamp()) AS now FROM ballot
), asked AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(asked)s) AS a(
        account uuid, session uuid, choice text, tracker uuid, digest text, event uuid, request text)
), entry AS MATERIALIZED (
    SELECT a.tracker, a.choice, a.digest, a.event, r.membership_id, b.now,
           coalesce(p.revision, 0) + 1 AS revision,
           convert_to(
               %(e0)s || m.reference || %(e1)s
               || to_char(b.now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
               || %(e2)s || a.digest || %(e3)s || a.event || %(e4)s || b.community_id || %(e5)s || b.id
               || %(e6)s || a.request || %(e7)s, 'UTF8') AS body
    FROM asked a
    JOIN sign_in_sessions s ON s.id = a.session AND s.account_id = a.account AND s.revoked_at IS NULL
    JOIN memberships m ON m.community_id = %(community)s AND m.account_id = a.account AND m.left_at IS NULL
    JOIN membership_roles held ON held.membership_id = m.id AND held.role = 'member'
    JOIN roll_entries r ON r.ballot_id = %(ballot)s AND r.membership_id = m.id
    JOIN clocked b ON s.expires_at > b.now
    LEFT JOIN LATERAL (
        SELECT c.revision, c.choice FROM casts c
        WHERE c.ballot_id = %(ballot)s AND c.membership_id = m.id
        ORDER BY c.revision DESC LIMIT 1
    ) p ON true
    WHERE b.now >= b.opens_at AND b.now < b.closes_at
      AND (b.suspended_until IS NULL OR b.now >= b.suspended_until)
      AND (b.extension IS NULL OR b.extended_at IS NOT NULL OR b.now + b.extension <= b.closes_at
           OR p.revision IS NOT NULL OR %(reached)s)
      AND (p.revision IS NULL OR (b.vote_change AND p.choice <> a.choice))
      AND NOT EXISTS (SELECT FROM membership_roles o WHERE o.membership_id = m.id AND o.role = 'auditor')
), made AS (
    INSERT INTO casts (tracker, ballot_id, membership_id, revision, choice, digest, leaf_hash, cast_at)
    SELECT tracker, %(ballot)s, membership_id, revision, choice, digest, sha256('\\x00'::bytea || body), now
    FROM entry
    ON CONFLICT DO NOTHING
    RETURNING tracker, revision, leaf_hash, cast_at
), logged AS (
    INSERT INTO audit_outbox (log_id, event_id, body, leaf_hash)
    SELECT %(community)s, entry.event, entry.body, made.leaf_hash FROM made JOIN entry USING (tracker)
)
SELECT tracker, revision, leaf_hash, cast_at FROM made
"""


class PostgresqlCasts:
    """Stores batches of casts; one per process."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use the connections of an engine that commits each statement."""
        self._engine = engine
        self._driver_error: type[Exception] = engine.dialect.loaded_dbapi.Error

    def store(
        self, place: tuple[uuid.UUID, uuid.UUID], requests: Sequence[CastRequest]
    ) -> list[Receipt | Waited | None]:
        """Make the casts of one ballot that can be made; None for every other, or what all waited for in vain.

        :param place: community and ballot.
        """
        community_id, ballot_id = place
        asked = [
            {
                "account": str(request.account_id),
                "session": str(request.session_id),
                "choice": request.choice,
                "tracker": str(request.tracker),
                "digest": request.digest,
                "event": str(request.event),
                "request": request.request_id,
            }
            for request in requests
        ]
        facts: dict[str, Any] = {
            "ballot": ballot_id,
            "community": community_id,
            "reached": is_known_reached(ballot_id),
            "asked": json.dumps(asked),
        }
        facts |= {f"e{place}": part for place, part in enumerate(ENTRY_PARTS)}
        try:
            connection = self._engine.raw_connection()
        except sa.exc.TimeoutError:
            return [Waited.DATABASE] * len(requests)
        except self._driver_error as error:  # unwrapped: no server to connect to
            logger.warning("fast cast gave way: %s", type(error).__name__)
            return [None] * len(requests)
        driver: Any = connection.driver_connection
        try:
            rows = driver.execute(_STATEMENT, facts, prepare=True).fetchall()
        except self._driver_error as error:
            if driver.closed:
                connection.invalidate(error)
            # Deadlock, lost connection: the reference path retries or answers 503.
            logger.warning("fast cast gave way: %s", type(error).__name__)
            waited = Waited.LOCK if getattr(error, "sqlstate", None) == _LOCK_NOT_AVAILABLE else None
            return [waited] * len(requests)
        finally:
            connection.close()
        made = {tracker: (revision, leaf, cast_at) for tracker, revision, leaf, cast_at in rows}
        receipts: list[Receipt | Waited | None] = []
        for request in requests:
            row = made.get(request.tracker)
            receipts.append(None if row is None else request.receipt(ballot_id, *row))
        return receipts
