"""Casting a vote, in plain words: the reference by which the one-statement path is tested.

Every cast is kept; a member's latest revision is the vote that counts. The same content again returns the
same receipt and adds nothing, so that a member whose answer was lost can simply repeat the request.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain import counting
from app.domain.charter.words import Secrecy
from app.domain.errors import refuse
from app.domain.evidence.digests import cast_digest
from app.domain.lifecycle import BallotAction
from app.models.ballot_boxes import ConfidentialCast
from app.models.ballots import Ballot, Cast, RollEntry
from app.models.ids import random_id
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.ballots import extension
from app.services.ballots.cast_lock import locked_for_casting, quorum_is_missing
from app.services.ballots.confidential import ConfidentialBox, confidential_receipt
from app.services.ballots.drafts import require, visible_to
from app.services.ballots.rules import question_of
from app.services.ballots.suspension import require_not_suspended
from app.services.ballots.voter_receipt import Receipt
from app.services.translog.reading import event_of

#: How long a cast that must not wait waits for a lock, in milliseconds.
MOMENT_MS = 50


def canonical_choice(question: counting.Question, choice: object) -> str:
    """Return the canonical text of a choice.

    :raises Refusal: ``invalid-vote``, with a pointer to each part that does not answer the question.
    """
    try:
        return counting.canonical(question, choice)
    except counting.InvalidVote as error:
        raise refuse(
            "invalid-vote",
            errors=[(f"#/choice{pointer}", detail) for pointer, detail in error.errors],
        ) from None


def cast(
    session: Session, actor: Actor, ballot_id: uuid.UUID, choice: object, *, patient: bool = True
) -> Receipt:
    """Cast a vote, or replace it where the ballot's rules allow that.

    :param choice: the JSON value that answers the question, in the form of the ballot's method.
    :param patient: False for a request that has waited for locks as long as it may; SQLite's only lock is held
        by then.
    :raises Refusal: ``not-found``, ``ballot-not-open``, ``ballot-suspended``, ``invalid-vote``, ``not-on-roll``,
        ``already-voted``; ``secret-ballot`` where votes are cast without saying whose they are.
    """
    if not patient and session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text(f"SET LOCAL lock_timeout = {MOMENT_MS}"))
    ballot, now = locked_for_casting(session, visible_to(actor).where(Ballot.id == ballot_id))
    require(BallotAction.CAST, ballot, now)
    require_not_suspended(ballot, now)
    if ballot.secrecy == Secrecy.SECRET:
        raise refuse("secret-ballot")
    text = canonical_choice(question_of(ballot), choice)
    entry = session.get(RollEntry, (ballot.id, actor.membership_id))
    if entry is None:
        raise refuse("not-on-roll", "The roll was frozen when the ballot opened, and you are not on it.")
    box = ConfidentialBox.of(session, actor, ballot) if ballot.secrecy == Secrecy.CONFIDENTIAL else None
    while True:
        previous: Cast | ConfidentialCast | None = (
            box.latest() if box else latest(session, ballot.id, entry.membership_id)
        )
        if previous is not None and previous.choice == text:
            return _receipt_again(session, ballot, previous)
        if previous is not None and not ballot.vote_change:
            raise refuse("already-voted")
        revision = 1 if previous is None else previous.revision + 1
        watched = previous is None and quorum_is_missing(session, ballot, now)
        made = (
            box.insert(text, revision=revision, now=now)
            if box
            else _insert(session, actor, ballot, text, revision=revision, now=now)
        )
        if made is not None:
            if watched and extension.quorum_is_reached(session, ballot):
                extension.extend(session, actor, ballot, now)
            return made
        # A cast of the same member landed between our look and our insert: look again.


def _receipt_again(session: Session, ballot: Ballot, row: Cast | ConfidentialCast) -> Receipt:
    """Return the receipt of a cast that is asked for once more."""
    if isinstance(row, ConfidentialCast):
        return confidential_receipt(row, created=False)
    return receipt_of(row, event_of(session, ballot.community_id, row.leaf_hash), created=False)


def latest(session: Session, ballot_id: uuid.UUID, membership_id: object) -> Cast | None:
    """Return the cast that counts for a member, or None."""
    return session.scalar(
        sa.select(Cast)
        .where(Cast.ballot_id == ballot_id, Cast.membership_id == membership_id)
        .order_by(Cast.revision.desc())
        .limit(1)
    )


def own_vote(session: Session, actor: Actor, ballot_id: uuid.UUID) -> tuple[Ballot, Cast | ConfidentialCast]:
    """Return the actor's own vote that counts.

    :raises Refusal: ``not-found`` where there is no such ballot or no vote of theirs in it; in a secret ballot the
        service does not know it.
    """
    ballot = session.scalar(visible_to(actor).where(Ballot.id == ballot_id))
    found: Cast | ConfidentialCast | None = None
    if ballot is not None and ballot.opened_at is not None:
        found = (
            ConfidentialBox.of(session, actor, ballot).latest()
            if ballot.secrecy == Secrecy.CONFIDENTIAL
            else latest(session, ballot.id, actor.membership_id)
        )
    if ballot is None or found is None:
        raise refuse("not-found", "You have not voted in such a ballot.")
    return ballot, found


def receipt_of(row: Cast, event: uuid.UUID | None, *, created: bool) -> Receipt:
    """Return the receipt of a stored cast.

    :param event: the id of its audit entry, where the receipt is to be signed.
    """
    return Receipt(
        row.ballot_id,
        row.tracker,
        row.revision,
        row.digest,
        row.leaf_hash.hex(),
        row.cast_at,
        created,
        event,
    )


def facts_of(row: Cast | ConfidentialCast) -> dict[str, object]:
    """Return what the voter reads of their own stored cast, its choice left out."""
    if isinstance(row, ConfidentialCast):
        receipt = confidential_receipt(row, created=False)
    else:
        receipt = receipt_of(row, None, created=False)
    names = ("ballot_id", "tracker", "revision", "digest", "leaf_hash", "cast_at", "salt")
    return {name: getattr(receipt, name) for name in names}


def _insert(
    session: Session, actor: Actor, ballot: Ballot, text: str, *, revision: int, now: dt.datetime
) -> Receipt | None:
    """Insert the cast unless another with this revision exists; with it, its audit entry."""
    dialect = session.get_bind().dialect.name
    tracker = random_id()
    digest = cast_digest(ballot.id, tracker, text)
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    # The entry is written first, so that its hash stands in the cast: both go or neither.
    with session.begin_nested() as attempt:
        entry = record(session, actor, Action.BALLOT_CAST, ("ballot", ballot.id), at=now, commit_to=digest)
        made = session.execute(
            insert(Cast)
            .values(
                tracker=tracker,
                ballot_id=ballot.id,
                membership_id=actor.membership_id,
                revision=revision,
                choice=text,
                digest=digest,
                leaf_hash=entry.leaf_hash,
                cast_at=now,
            )
            .on_conflict_do_nothing()
            .returning(Cast)
        ).scalar_one_or_none()
        if made is None:
            attempt.rollback()
    return None if made is None else receipt_of(made, entry.event_id, created=True)
