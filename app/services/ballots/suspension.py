"""The emergency stop: an open ballot suspended in public on a listed ground, until the stop lapses by itself.

Nobody has to end it: casts are judged by ``suspended_until``, and the time that the stop takes is given back at
once, by moving the close. Whoever ends it early takes the unused part of that back.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import Refusal, refuse
from app.domain.instants import instant, to_milliseconds
from app.domain.lifecycle import BALLOT_LIFECYCLE, BallotAction
from app.models.ballots import Ballot
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.ballots.drafts import state_of
from app.services.ballots.for_proposals import follow_the_close
from app.services.charters.versions import in_force


def is_suspended(ballot: Ballot, now: dt.datetime) -> bool:
    """Say whether voting is suspended at ``now``: from the stop up to, not including, the instant it lapses."""
    return (
        ballot.suspended_from is not None
        and ballot.suspended_until is not None
        and ballot.suspended_from <= now < ballot.suspended_until
    )


def require_not_suspended(ballot: Ballot, now: dt.datetime) -> None:
    """Refuse what has to wait while voting is suspended.

    :raises Refusal: ``ballot-suspended``, with the instant at which the stop lapses.
    """
    if is_suspended(ballot, now):
        until = instant(ballot.suspended_until or now)
        raise refuse(
            "ballot-suspended", f"Voting goes on at {until} at the latest.", extensions={"until_at": until}
        )


def suspend(session: Session, actor: Actor, ballot: Ballot, *, ground: str, reason: str) -> Ballot:
    """Suspend an open ballot, once, for the period of the charter in force.

    :param ballot: locked by the caller.
    :param ground: id of a ground that the charter in force lists.
    :raises Refusal: ``ground-not-listed``; ``suspension-not-possible`` where it is not open or was suspended
        before.
    """
    now = to_milliseconds(database_now(session))
    _, charter = in_force(session, ballot.community_id)
    stop = charter.emergency_stop
    listed = None if stop is None else stop.ground(ground)
    if stop is None or listed is None:
        known = "none" if stop is None else ", ".join(each.id for each in stop.grounds)
        raise refuse(
            "ground-not-listed",
            f"The charter in force lists as grounds to suspend a ballot: {known}.",
            errors=[("#/ground", f"one of: {known}")],
        )
    state = state_of(ballot, now)
    if state not in BALLOT_LIFECYCLE[BallotAction.SUSPEND] or ballot.closes_at is None:
        raise _impossible(f"The ballot is {state.value}: only voting that runs can be suspended.")
    if ballot.suspended_from is not None:
        raise _impossible("It has been suspended before: a ballot is suspended once.")
    try:
        ballot.closes_at += stop.lapses_after
    except OverflowError:
        raise _impossible("Voting would end after the year 9999: the time could not be given back.") from None
    ballot.suspended_from, ballot.suspended_until = now, now + stop.lapses_after
    ballot.suspension = {
        "ground": listed.id,
        "title": listed.title,
        "reason": reason,
        "role": None if actor.role_used is None else actor.role_used.value,
    }
    session.flush()
    follow_the_close(session, ballot)
    content = {
        "ground": listed.id,
        "reason": reason,
        "until": instant(ballot.suspended_until),
        "closes_at": instant(ballot.closes_at),
    }
    record(session, actor, Action.BALLOT_SUSPENDED, ("ballot", ballot.id), content, at=now)
    return ballot


def resume(session: Session, actor: Actor, ballot: Ballot) -> Ballot:
    """End a suspension before it lapses; the close moves back by what was left of it.

    :param ballot: locked by the caller.
    :raises Refusal: ``suspension-not-possible`` where voting is not suspended.
    """
    now = to_milliseconds(database_now(session))
    if not is_suspended(ballot, now) or ballot.suspended_until is None or ballot.closes_at is None:
        raise _impossible("Voting is not suspended: there is nothing to resume.")
    ballot.closes_at -= ballot.suspended_until - now
    ballot.suspended_until = now
    session.flush()
    follow_the_close(session, ballot)
    content = {"closes_at": instant(ballot.closes_at)}
    record(session, actor, Action.BALLOT_RESUMED, ("ballot", ballot.id), content, at=now)
    return ballot


def _impossible(detail: str) -> Refusal:
    return refuse("suspension-not-possible", detail)
