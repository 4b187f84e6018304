"""Failed sign-ins, counted by e-mail address in fixed windows, so that passwords cannot be tried at leisure.

The table holds a keyed digest of each address: a dump without the installation's secret does not tell whose
sign-in failed, nor which addresses were tried. Unknown addresses count like known ones.

Counting by address lets a stranger make its owner wait: the price of stopping a guesser who has many network
addresses. Open sessions and their refreshing are not affected.
"""

from __future__ import annotations

import datetime as dt
import hmac

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain.errors import Refusal, refuse
from app.models.identity import SignInAttempt
from app.services.identity.derived_keys import Purpose, derive_key

WINDOW_SECONDS = 900


def window_of(now: dt.datetime) -> int:
    """Return the number of whole windows since 1970-01-01T00:00:00Z."""
    return int(now.timestamp()) // WINDOW_SECONDS


class Attempts:
    """The counters. Each method works in the caller's transaction.

    :param secret: ``settings.secret_key``.
    :param limit: failures allowed in one window.
    """

    def __init__(self, secret: str, limit: int) -> None:
        self._key = derive_key(secret, Purpose.DIGEST_EMAIL_ADDRESSES)
        self._limit = limit

    def digest(self, email: str) -> bytes:
        """Return the HMAC-SHA256 under which a normalised address is counted."""
        return hmac.digest(self._key, email.encode(), "sha256")

    def require_room(self, session: Session, digest: bytes, now: dt.datetime, *, lock: bool = False) -> None:
        """Refuse an address that has used up its failures in the present window.

        :param lock: hold the counter until the transaction ends, so that a right guess among many parallel
            ones does not slip past the failures committed before it.
        :raises Refusal: ``too-many-attempts``.
        """
        statement = sa.select(SignInAttempt.failures).where(
            SignInAttempt.email_digest == digest, SignInAttempt.window == window_of(now)
        )
        failures = session.scalar(statement.with_for_update() if lock else statement)
        if failures is not None and failures >= self._limit:
            raise self._too_many(now)

    def count_failure(self, session: Session, digest: bytes, now: dt.datetime) -> Refusal:
        """Count a failure and return the refusal to raise: ``too-many-attempts`` for one beyond the limit.

        The refusal's effects stand: otherwise the rollback of the refused request would forget the failure.
        """
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        fresh = insert(SignInAttempt).values(email_digest=digest, window=window_of(now), failures=1)
        same_window = SignInAttempt.window == fresh.excluded.window_number
        counted = fresh.on_conflict_do_update(
            index_elements=[SignInAttempt.email_digest],
            set_={
                SignInAttempt.window: fresh.excluded.window_number,
                SignInAttempt.failures: sa.case((same_window, SignInAttempt.failures + 1), else_=1),
            },
        ).returning(SignInAttempt.failures)
        if session.execute(counted).scalar_one() > self._limit:
            return self._too_many(now)
        return refuse("invalid-credentials", effects_stand=True)

    def forget(self, session: Session, digest: bytes) -> None:
        """Drop an address's counter after a success."""
        session.execute(sa.delete(SignInAttempt).where(SignInAttempt.email_digest == digest))

    def _too_many(self, now: dt.datetime) -> Refusal:
        seconds = WINDOW_SECONDS - int(now.timestamp()) % WINDOW_SECONDS
        return refuse(
            "too-many-attempts",
            f"Too many failed sign-ins for this address; try again in {seconds} seconds.",
            extensions={"retry_after": seconds},
        )
