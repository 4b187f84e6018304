"""Casting in a secret ballot: by whoever holds a credential, whom the service does not know.

Nothing is kept but what the voter made: no time, no address, no id of the request, and no audit entry, which would
have a time. What holds the service to the vote is the signed receipt, and at the close the ballot box.
"""

from __future__ import annotations

import dataclasses
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, selectinload

from app.domain.charter.words import Secrecy
from app.domain.errors import refuse
from app.domain.evidence.secret_votes import InvalidSecretVote, SecretVote
from app.domain.lifecycle import BallotAction
from app.domain.translog.ballot_receipts import box_leaf
from app.models.ballot_boxes import SecretCast
from app.models.ballots import Ballot
from app.models.ids import random_id
from app.services.audit import SERVICE
from app.services.ballots import extension
from app.services.ballots.cast_lock import locked_for_casting, quorum_is_missing
from app.services.ballots.drafts import require
from app.services.ballots.keys import KeyPurpose, public_key
from app.services.ballots.secret_cryptography import CRYPTOGRAPHY
from app.services.ballots.suspension import require_not_suspended
from app.services.ballots.voter_receipt import Receipt


def cast(
    session: Session, community_id: uuid.UUID, ballot_id: uuid.UUID, fingerprint: str, vote: SecretVote
) -> Receipt:
    """Take a vote that shows the right to vote; the same vote again gets the same receipt.

    What was chosen is not looked at: nobody can before the close.

    :param fingerprint: by which the request names the voter's key: its SHA-256 in hexadecimal.
    :raises Refusal: ``not-found`` where there is no such secret ballot; ``invalid-credential``; ``ballot-not-open``,
        ``ballot-suspended``; ``already-voted`` where votes cannot be changed; ``outdated-seq``.
    """
    selected = (
        sa.select(Ballot)
        .where(
            Ballot.id == ballot_id,
            Ballot.community_id == community_id,
            Ballot.opened_at.is_not(None),
            Ballot.secrecy == Secrecy.SECRET.value,
        )
        .options(selectinload(Ballot.options))
    )
    if session.scalar(selected) is None:
        raise refuse("not-found")
    _check(
        session, community_id, ballot_id, fingerprint, vote
    )  # before anybody has to wait for a lock of ours
    ballot, now = locked_for_casting(session, selected)
    require(BallotAction.CAST, ballot, now)
    require_not_suspended(ballot, now)
    while True:
        latest = _latest(session, ballot_id, fingerprint)
        same = latest if latest is None or latest.seq == vote.seq else _cast_with(session, ballot_id, vote)
        if same is not None and same.seq == vote.seq:
            if same.sealed_choice == vote.sealed_choice:
                return _receipt(same, created=False)
            raise refuse("outdated-seq")
        if latest is not None and not ballot.vote_change:
            raise refuse("already-voted")
        if latest is not None and latest.seq > vote.seq:
            raise refuse("outdated-seq")
        watched = latest is None and quorum_is_missing(session, ballot, now)
        made = _insert(session, ballot_id, vote)
        if made is not None:
            if watched and extension.quorum_is_reached(session, ballot):
                service = dataclasses.replace(SERVICE, community_id=community_id)
                extension.extend(session, service, ballot, now)
            return _receipt(made, created=True)
        # A vote of the same key landed between our look and our insert: look again.


def _check(
    session: Session, community_id: uuid.UUID, ballot_id: uuid.UUID, fingerprint: str, vote: SecretVote
) -> None:
    issuer = public_key(session, ballot_id, KeyPurpose.ISSUER)
    try:
        vote.check(str(community_id), str(ballot_id), issuer, CRYPTOGRAPHY)
    except InvalidSecretVote as invalid:
        raise refuse("invalid-credential", f"{invalid}.") from None
    if vote.fingerprint != fingerprint:
        raise refuse("invalid-credential", "The address names another key than the vote is signed with.")


def _latest(session: Session, ballot_id: uuid.UUID, fingerprint: str) -> SecretCast | None:
    return session.scalar(
        sa.select(SecretCast)
        .where(SecretCast.ballot_id == ballot_id, SecretCast.fingerprint == fingerprint)
        .order_by(SecretCast.seq.desc())
        .limit(1)
    )


def _cast_with(session: Session, ballot_id: uuid.UUID, vote: SecretVote) -> SecretCast | None:
    return session.scalar(
        sa.select(SecretCast).where(
            SecretCast.ballot_id == ballot_id,
            SecretCast.fingerprint == vote.fingerprint,
            SecretCast.seq == vote.seq,
        )
    )


def _insert(session: Session, ballot_id: uuid.UUID, vote: SecretVote) -> SecretCast | None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    facts = {field.name: getattr(vote, field.name) for field in dataclasses.fields(vote)}
    return session.execute(
        insert(SecretCast)
        .values(
            tracker=random_id(),
            ballot_id=ballot_id,
            fingerprint=vote.fingerprint,
            digest=vote.digest,
            **facts,
        )
        .on_conflict_do_nothing()
        .returning(SecretCast)
    ).scalar_one_or_none()


def _receipt(row: SecretCast, *, created: bool) -> Receipt:
    return Receipt(
        row.ballot_id,
        row.tracker,
        row.seq,
        row.digest,
        box_leaf(row.ballot_id, row.tracker, row.digest).hex(),
        cast_at=None,
        created=created,
        event=None,
    )
