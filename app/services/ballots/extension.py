"""The late-quorum extension: a quorum reached in the last moment leaves everyone time to answer it, once.

At the first cast with which the quorum is reached, at t, voting goes on until ``max(closes_at, t + E)``
(OpenZeppelin's GovernorPreventLateQuorum). Charters give extensions only to quorums of participants or weight:
a member who votes again adds to neither, so a quorum once reached stays reached, and only a first vote within E
of the close can bring an extension about. Within that time casts queue behind each other's row lock, so that no
two can cross the quorum together without either noticing.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.charter.words import Secrecy
from app.domain.decision import Quorum, Ratio
from app.domain.instants import instant
from app.models.ballots import Ballot, Cast, RollEntry
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.ballots.for_proposals import follow_the_close
from app.services.ballots.turnout import turnout

#: Ballots of which a process remembers that their quorum is reached.
MOST_REMEMBERED = 10_000


class _Reached:
    """Ballots whose quorum committed votes had reached: it stays so, whatever happens to anyone's transaction."""

    def __init__(self) -> None:
        self._ids: dict[uuid.UUID, None] = {}
        self._lock = threading.Lock()

    def __contains__(self, ballot_id: uuid.UUID) -> bool:
        return ballot_id in self._ids

    def add(self, ballot_id: uuid.UUID) -> None:
        with self._lock:
            self._ids[ballot_id] = None
            while len(self._ids) > MOST_REMEMBERED:
                del self._ids[next(iter(self._ids))]


_reached = _Reached()


def is_known_reached(ballot_id: uuid.UUID) -> bool:
    """Say whether this process knows that the quorum is reached, so that no cast can extend the ballot."""
    return ballot_id in _reached


def can_extend(ballot: Ballot, now: dt.datetime) -> bool:
    """Say whether a first vote at ``now`` could extend the ballot, as far as its row tells.

    It has to be cast while the row is locked against other casts.
    """
    if (
        ballot.late_quorum_extension_seconds is None
        or ballot.extended_at is not None
        or ballot.closes_at is None
    ):
        return False
    late = now + dt.timedelta(seconds=ballot.late_quorum_extension_seconds) > ballot.closes_at
    return late and ballot.id not in _reached


def quorum_is_reached(session: Session, ballot: Ballot) -> bool:
    """Say whether the votes so far reach the ballot's quorum (of participants or weight)."""
    assert ballot.quorum is not None  # noqa: S101 - no charter has an extension without a quorum
    assert ballot.roll_size is not None  # noqa: S101 - frozen at opening
    assert ballot.roll_weight is not None  # noqa: S101 - frozen at opening
    ratio = ballot.quorum.get("ratio")
    quorum = Quorum(
        ballot.quorum["base"], None if ratio is None else Ratio.parse(ratio), ballot.quorum.get("count")
    )
    if quorum.base == "participants" or Secrecy(ballot.secrecy).keeps_votes_apart:
        whole, part = ballot.roll_size, turnout(session, ballot)  # kept apart, every vote weighs one
    else:
        whole = ballot.roll_weight
        held = (
            sa.select(sa.func.coalesce(sa.func.sum(RollEntry.weight), 0))
            .join(
                Cast,
                sa.and_(Cast.ballot_id == RollEntry.ballot_id, Cast.membership_id == RollEntry.membership_id),
            )
            .where(Cast.ballot_id == ballot.id, Cast.revision == 1)
        )
        part = int(session.execute(held).scalar_one())
    if quorum.count is not None:
        return part >= quorum.count
    assert quorum.ratio is not None  # noqa: S101 - a quorum is a ratio or a count
    return quorum.ratio.reached_by(part, whole)


def remember_reached(ballot: Ballot) -> None:
    """Remember that committed votes reach the quorum; asked before adding one's own."""
    _reached.add(ballot.id)


def extend(session: Session, actor: Actor, ballot: Ballot, now: dt.datetime) -> None:
    """Let voting go on, because the quorum has just been reached; the audit entry is the service's.

    :param ballot: locked against every other cast.
    """
    assert ballot.closes_at is not None  # noqa: S101 - frozen at opening
    assert ballot.late_quorum_extension_seconds is not None  # noqa: S101 - asked by can_extend
    ballot.extended_at = now
    ballot.closes_at = max(ballot.closes_at, now + dt.timedelta(seconds=ballot.late_quorum_extension_seconds))
    session.flush()
    follow_the_close(session, ballot)
    content = {"closes_at": instant(ballot.closes_at)}
    # The rules do it: no caster decides it.
    by_itself = dataclasses.replace(actor, reference=None, role_used=None)
    record(session, by_itself, Action.BALLOT_EXTENDED, ("ballot", ballot.id), content, at=now)
