"""Casting on SQLite: any number of casts in one ballot, each with its audit entry, in one transaction."""

from __future__ import annotations

import datetime as dt
import logging
import sqlite3
import uuid
from collections.abc import Sequence
from typing import cast

import sqlalchemy as sa

from app.domain.instants import instant
from app.domain.translog.hashing import leaf_hash
from app.services.ballots.cast_entry import entry_text
from app.services.ballots.casting_request import CastRequest, Waited
from app.services.ballots.extension import is_known_reached
from app.services.ballots.voter_receipt import Receipt

logger = logging.getLogger("althing.casting")

_LOOK = """
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
  AND (b.suspended_until IS NULL OR b.now >= b.suspended_until)
  AND (b.late_quorum_extension_seconds IS NULL OR b.extended_at IS NOT NULL
       OR b.now <= strftime('%Y-%m-%d %H:%M:%f', b.closes_at, -b.late_quorum_extension_seconds || ' seconds')
                   || '000'
       OR p.revision IS NOT NULL OR :reached)
  AND (p.revision IS NULL OR (b.vote_change AND p.choice <> :choice))
  AND NOT EXISTS (SELECT 1 FROM membership_roles a WHERE a.membership_id = m.id AND a.role = 'auditor')
"""
_CAST = (
    "INSERT INTO casts (tracker, ballot_id, membership_id, revision, choice, digest, leaf_hash, cast_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_ENTRY = "INSERT INTO audit_outbox (log_id, event_id, body, leaf_hash) VALUES (?, ?, ?, ?)"


class SqliteCasts:
    """Stores batches of casts; one per process."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def store(
        self, place: tuple[uuid.UUID, uuid.UUID], requests: Sequence[CastRequest]
    ) -> list[Receipt | Waited | None]:
        """Make the casts of one ballot that can be made; None for every other, or what all waited for in vain.

        :param place: community and ballot.
        """
        try:
            connection = self._engine.raw_connection()
        except sa.exc.TimeoutError:
            return [Waited.DATABASE] * len(requests)
        except sqlite3.Error as error:  # unwrapped: the file cannot be opened
            logger.warning("fast cast gave way: %s", type(error).__name__)
            return [None] * len(requests)
        driver = cast("sqlite3.Connection", connection.driver_connection)
        try:
            driver.execute("BEGIN IMMEDIATE")
            receipts: list[Receipt | Waited | None] = [
                _store_one(driver, place, request) for request in requests
            ]
            driver.execute("COMMIT")
        except sqlite3.Error as error:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            logger.warning("fast cast gave way: %s", type(error).__name__)
            busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            return [Waited.DATABASE if busy else None] * len(requests)
        finally:
            connection.close()
        return receipts


def _store_one(
    driver: sqlite3.Connection, place: tuple[uuid.UUID, uuid.UUID], request: CastRequest
) -> Receipt | None:
    community_id, ballot_id = place
    facts = {
        "ballot": ballot_id.hex,
        "community": community_id.hex,
        "session": request.session_id.hex,
        "account": request.account_id.hex,
        "choice": request.choice,
        "reached": is_known_reached(ballot_id),
    }
    row = driver.execute(_LOOK, facts).fetchone()
    if row is None:
        return None
    membership, reference, revision, now = row
    cast_at = dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)
    body = entry_text(
        reference,
        instant(cast_at),
        request.digest,
        request.event,
        community_id,
        ballot_id,
        request.request_id,
    ).encode()
    leaf = leaf_hash(body)
    cast_row = (
        request.tracker.hex,
        ballot_id.hex,
        membership,
        revision,
        request.choice,
        request.digest,
        leaf,
        now,
    )
    driver.execute(_CAST, cast_row)
    driver.execute(_ENTRY, (community_id.hex, request.event.hex, body, leaf))
    return request.receipt(ballot_id, revision, leaf, cast_at)
