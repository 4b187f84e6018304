"""The end of an obligation: nothing is left to do, so it takes no further answer and no further promise.

Nothing reopens it. What was promised is judged on: members may still change their word in the last round, a
delivery that they come to dispute shows as disputed and counts in the scorecard, and the brand may answer that
with further evidence.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.domain.errors import refuse
from app.domain.instants import instant
from app.models.obligations import Obligation
from app.services.obligations.standing import StandingObligation, standing
from app.services.proposals.steps import conclude


def require_open(obligation: Obligation) -> None:
    """Refuse an answer to an obligation that has concluded, or a promise under it.

    :raises Refusal: ``obligation-not-open``.
    """
    if obligation.concluded_at is not None:
        raise refuse(
            "obligation-not-open",
            f"Nothing has been left to do here since {instant(obligation.concluded_at)}.",
        )


def note(session: Session, obligation: Obligation, now: dt.datetime) -> StandingObligation:
    """Take note of what was just written under a locked obligation: its next version, and perhaps its end.

    :param now: when it was written.
    :return: where the obligation stands then.
    """
    (found,) = standing(session, [obligation], now)
    flag_modified(obligation, "title")  # rows of their own were written: the version must move all the same
    if obligation.concluded_at is None and found.has_concluded:
        obligation.concluded_at = now
        if obligation.proposal_id is not None:
            conclude(session, obligation.proposal_id, now)
    session.flush()
    return found
