"""Closing a ballot: counted and certified exactly once, however many requests race to ask for the result."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from app.config import SettingsError
from app.db.clock import database_clock, database_now
from app.domain import counting
from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.charter.words import Secrecy
from app.domain.errors import refuse
from app.domain.evidence.digests import tie_seed
from app.domain.instants import instant, to_milliseconds
from app.domain.lifecycle import BallotAction, BallotState
from app.models.ballots import Ballot, BallotResult
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.ballots import consequences
from app.services.ballots.ballot_box import close_box
from app.services.ballots.drafts import locked, read, require, standing, state_of
from app.services.ballots.for_proposals import follow_the_close
from app.services.ballots.rules import question_of
from app.services.ballots.secret_opening import NOTHING_SEALED, SurplusVotes, open_votes
from app.services.ballots.suspension import require_not_suspended
from app.services.ballots.tallying import tally
from app.services.ballots.turnout import turnout
from app.services.ballots.verdict import judge
from app.services.delegations import evidence
from app.services.delegations.resolving import Resolved

#: Why a closed ballot may stay without a result until somebody has looked, besides a database that is away.
UNCERTIFIABLE = (SurplusVotes, SettingsError)


def result(session: Session, actor: Actor, ballot_id: uuid.UUID) -> BallotResult:
    """Return the certified result, counting the ballot now if nobody has.

    Whoever asks only reads: the audit entry of the count names the service, as when the worker counts, so that
    no reading auditor appears as one who wrote.

    :param session: a session that may write.
    :raises Refusal: ``not-found``, ``ballot-not-closed``.
    """
    ballot = read(session, actor, ballot_id)
    if ballot.finalised_at is None:
        ballot = locked(session, actor, ballot_id)
    if ballot.finalised_at is not None:  # long since, or by whoever held the lock before us
        return session.scalars(sa.select(BallotResult).where(BallotResult.ballot_id == ballot.id)).one()
    now = to_milliseconds(database_now(session))
    require(BallotAction.CERTIFY, ballot, now)
    return certify(session, dataclasses.replace(actor, reference=None, role_used=None), ballot, now)


def close(session: Session, actor: Actor, ballot: Ballot) -> BallotResult:
    """Close a ballot: after ``closes_at``, or early where its rules allow that and nothing could change.

    An early close asks that votes cannot be changed and that everyone on the roll has voted: the outcome is
    then the same as at ``closes_at``.

    :param ballot: locked by the caller.
    :raises Refusal: ``ballot-not-open`` before it opened, ``ballot-not-closed`` while votes may still come,
        ``ballot-suspended`` where it would close early.
    """
    now = to_milliseconds(database_now(session))
    require(BallotAction.CLOSE, ballot, now)
    if state_of(ballot, now) is BallotState.OPEN:
        require_not_suspended(ballot, now)
        if not ballot.early_close:
            raise refuse(
                "ballot-not-closed",
                f"Voting runs until {instant(ballot.closes_at or now)}.",
                extensions=standing(ballot, BallotState.OPEN),
            )
        voted = turnout(session, ballot)
        if voted != ballot.roll_size:
            raise refuse(
                "ballot-not-closed",
                f"It closes early once all {ballot.roll_size} on the roll have voted; {voted} have.",
                extensions=standing(ballot, BallotState.OPEN),
            )
        ballot.closes_at = now
        follow_the_close(session, ballot)
    if ballot.finalised_at is not None:
        return session.scalars(sa.select(BallotResult).where(BallotResult.ballot_id == ballot.id)).one()
    return certify(session, actor, ballot, now)


def due(session: Session, limit: int) -> list[uuid.UUID]:
    """Return the ids of closed ballots that nobody has counted yet, the longest waiting first.

    Those from which something follows are left to the clock's steps, which are taken in their own order.
    """
    statement = (
        sa.select(Ballot.id)
        .where(
            Ballot.opened_at.is_not(None),
            Ballot.finalised_at.is_(None),
            Ballot.closes_at <= database_clock(),
            Ballot.proposal_id.is_(None),
            Ballot.answer_within_seconds.is_(None),
            Ballot.grants_role.is_(None),
        )
        .order_by(Ballot.closes_at)
        .limit(limit)
    )
    return list(session.scalars(statement))


def certified(session: Session, actor: Actor, ballot_id: uuid.UUID) -> BallotResult | None:
    """Return the result of a ballot that has closed, counting it now if nobody has; None while it has not closed.

    For the step of a proposal that follows its vote.

    :param actor: in the ballot's community; the service, where the clock asks.
    """
    certify_due(session, actor, ballot_id)
    return session.scalar(sa.select(BallotResult).where(BallotResult.ballot_id == ballot_id))


def certify_due(session: Session, actor: Actor, ballot_id: uuid.UUID) -> bool:
    """Certify one ballot for the worker; False where someone else did it first."""
    ballot = session.scalar(
        sa.select(Ballot)
        .where(Ballot.id == ballot_id, Ballot.finalised_at.is_(None))
        .options(selectinload(Ballot.options))
        .with_for_update(of=Ballot)
        .execution_options(populate_existing=True)
    )
    if ballot is None:
        return False
    now = to_milliseconds(database_now(session))
    if state_of(ballot, now) is not BallotState.CLOSED:
        return False
    certify(session, actor, ballot, now)
    return True


def certify(session: Session, actor: Actor, ballot: Ballot, now: dt.datetime) -> BallotResult:
    """Count a closed ballot whose row the caller has locked, and write its result once.

    What follows from a standalone ballot by itself follows in the same transaction. The lock waits for every cast
    in flight; whoever gets it next finds ``finalised_at`` set.
    """
    box = _ballot_box(session, ballot)
    tallied = tally(session, ballot)
    verdict = judge(session, ballot, tallied, _tie_order(ballot, tallied.votes_digest))
    outcome, tokens = verdict.decision.outcome, verdict.tokens
    winners = list(verdict.votes.count.winners) if outcome == "decided" else []
    granted = consequences.grant_to_winners(session, actor, ballot, winners, ballot.closes_at or now)
    document = {
        "v": 3,
        "ballot": str(ballot.id),
        "manifest_hash": ballot.manifest_hash,
        "closed_at": instant(ballot.closes_at or now),
        "certified_at": instant(now),
        "outcome": outcome,
        "winners": winners,
        "granted": granted,
        "decision": verdict.decision.to_json(),
        "count": verdict.votes.count.to_json(),
        "token_count": tokens and tokens.count.to_json(),
        "explanation": verdict.explanation,
        "turnout": verdict.votes.turnout() | {"tokens": tokens and tokens.turnout()},
        "votes_digest": tallied.votes_digest,
        "tie_seed": _tie_disclosure(ballot, tallied.votes_digest),
        "delegation": _delegation(session, ballot, tallied.resolved),
        "concentration": verdict.votes.concentration.to_json()
        | {"tokens": tokens and tokens.concentration.to_json()},
    } | box
    body = canonical_json(document)
    made = BallotResult(ballot_id=ballot.id, body=body.decode(), digest=sha256_hex(body), certified_at=now)
    session.add(made)
    ballot.finalised_at = now
    session.flush()
    record(session, actor, Action.BALLOT_CLOSED, ("ballot", ballot.id), at=now, commit_to=made.digest)
    consequences.make_owed(session, actor, ballot, outcome)
    return made


def _ballot_box(session: Session, ballot: Ballot) -> dict[str, Any]:
    """Close the ballot box, and say what was in it; nothing where votes are kept with their voters."""
    secrecy = Secrecy(ballot.secrecy)
    if not secrecy.keeps_votes_apart:
        return {}
    opened = open_votes(session, ballot) if secrecy is Secrecy.SECRET else NOTHING_SEALED
    casts, root = close_box(session, ballot)
    return {"ballot_box": {"casts": casts, "voted": turnout(session, ballot), "root": root} | opened}


def _tie_order(ballot: Ballot, votes_digest: str) -> counting.TieOrder:
    options = question_of(ballot).options
    if ballot.tie_rule == "stated_order" or ballot.tie_secret is None:
        return counting.StatedOrder(options)
    return counting.LotOrder(str(ballot.id), tie_seed(ballot.tie_secret, votes_digest), options)


def _tie_disclosure(ballot: Ballot, votes_digest: str) -> dict[str, str] | None:
    if ballot.tie_rule == "stated_order" or ballot.tie_secret is None:
        return None
    return {"secret": ballot.tie_secret.hex(), "seed": tie_seed(ballot.tie_secret, votes_digest).hex()}


def _delegation(session: Session, ballot: Ballot, resolved: Resolved | None) -> dict[str, Any] | None:
    """Write the evidence of delegation down, and say what delegation came to; None where there can be none."""
    if resolved is None:
        return None
    digest, links = evidence.keep(session, ballot.id, resolved.members)
    tokens = None if resolved.tokens is None else resolved.tokens.to_json()
    return resolved.members.to_json() | {"tokens": tokens, "links": links, "evidence_digest": digest}


def as_document(made: BallotResult) -> dict[str, Any]:
    """Return the certified result with its digest, as served."""
    document: dict[str, Any] = json.loads(made.body)
    return document | {"digest": made.digest}
