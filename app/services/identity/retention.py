"""Forgetting what identity no longer needs: ended sessions and old counters of failed sign-ins."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.models.identity import RefreshToken, SignInAttempt, SignInSession
from app.services.identity.attempts import window_of

#: Ended sessions stay this long, so that their owner's export still shows a sign-in that was not theirs.
KEPT_AFTER_END = dt.timedelta(days=30)


def forget_ended(session: Session, *, most: int = 1000) -> int:
    """Delete sessions that ended more than 30 days ago, with their tokens, and counters of past windows.

    Housekeeping for the worker: it changes nothing anybody can still use, so it writes no audit entry.

    :param most: rows of each kind deleted in one transaction.
    :return: how many rows went; call again while it is ``most`` or more.
    """
    now = database_now(session)
    ended = session.scalars(
        sa.select(SignInSession.id)
        .where(
            sa.or_(
                SignInSession.expires_at < now - KEPT_AFTER_END,
                SignInSession.revoked_at < now - KEPT_AFTER_END,
            )
        )
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    session.execute(sa.delete(RefreshToken).where(RefreshToken.session_id.in_(ended)))
    session.execute(sa.delete(SignInSession).where(SignInSession.id.in_(ended)))
    # A counter being counted up just now is locked by its transaction and left for the next time.
    counters = session.scalars(
        sa.select(SignInAttempt.email_digest)
        .where(SignInAttempt.window < window_of(now))
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.email_digest.in_(counters)))
    return len(ended) + len(counters)
