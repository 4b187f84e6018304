"""The download of a ballot's chains of delegations, from which anyone can resolve them again."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.policies.permissions import Actor
from app.services.ballots import closing
from app.services.ballots.drafts import read, state_of
from app.services.ballots.logs import BallotLog
from app.services.delegations import evidence
from app.services.delegations.own_weight import delegable


def export(session: Session, actor: Actor, ballot_id: uuid.UUID) -> BallotLog:
    """Return the evidence of a closed ballot's delegations as JSON Lines, under the names of its roll.

    :param session: a session that may write: the ballot is counted now if nobody has asked before.
    :raises Refusal: ``not-found``; ``ballot-not-open`` for a draft; ``delegation-not-allowed`` where only direct
        votes count; ``ballot-not-closed``: until then, whose delegation counts is open.
    """
    ballot = read(session, actor, ballot_id)
    delegable(ballot, state_of(ballot, database_now(session)))
    closing.result(session, actor, ballot_id)
    return BallotLog(f"delegations-{ballot.id}.jsonl", evidence.stream(session, ballot.id))
