"""Credentials for a secret ballot: signed blindly for members on the roll, one each, until the close."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain.charter.words import Secrecy
from app.domain.errors import refuse
from app.domain.lifecycle import BallotAction
from app.models.ballot_boxes import CredentialIssuance
from app.models.ballots import Ballot, RollEntry
from app.policies.permissions import Actor
from app.services.audit import Action
from app.services.ballots.cast_lock import locked_for_casting
from app.services.ballots.drafts import require, visible_to
from app.services.ballots.keys import KeyPurpose, issuer_key, public_key
from app.services.ballots.participation import record_participation
from app.services.ballots.secret_cryptography import InvalidBlindedMessage, blind_sign
from app.services.ballots.suspension import require_not_suspended


@dataclass(frozen=True, slots=True)
class Issued:
    """A blind signature, from which the voter alone makes a credential.

    :param issuer_key: the DER of its SubjectPublicKeyInfo, as the manifest has it.
    :param created: False for the answer to the same request once more.
    """

    blind_signature: bytes
    issuer_key: bytes
    created: bool


def issue(session: Session, actor: Actor, ballot_id: uuid.UUID, blinded: bytes) -> Issued:
    """Sign a member's blinded message (RFC 9474), once; the same message again gets the same answer.

    A lost device is a lost vote: nobody is given a second credential, because nobody can take the first one back.

    :raises Refusal: ``not-found``, ``ballot-not-open``, ``ballot-suspended``, ``not-a-secret-ballot``,
        ``not-on-roll``; ``credential-issued`` for another message; ``invalid-credential`` for what is no blinded
        message.
    """
    ballot, now = locked_for_casting(session, visible_to(actor).where(Ballot.id == ballot_id))
    require(BallotAction.CAST, ballot, now)
    require_not_suspended(ballot, now)
    if ballot.secrecy != Secrecy.SECRET:
        raise refuse("not-a-secret-ballot")
    if session.get(RollEntry, (ballot.id, actor.membership_id)) is None:
        raise refuse("not-on-roll", "The roll was frozen when the ballot opened, and you are not on it.")
    public = public_key(session, ballot.id, KeyPurpose.ISSUER)
    found = _found(session, actor, ballot)
    if found is None:
        try:
            signature = blind_sign(issuer_key(session, ballot.id), blinded)
        except InvalidBlindedMessage as invalid:
            errors = [("#/blinded_message", str(invalid))]
            raise refuse("invalid-credential", f"{invalid}.", errors=errors) from None
        if _insert(session, actor, ballot, blinded, signature):
            record_participation(session, actor, Action.CREDENTIAL_ISSUED, ballot, now)
            return Issued(signature, public, created=True)
        found = _found(session, actor, ballot)  # by another request of the same member
    if found is None or found.blinded_message != blinded:
        raise refuse(
            "credential-issued", "One credential is given to each on the roll, and you have had yours."
        )
    return Issued(found.blind_signature, public, created=False)


def _found(session: Session, actor: Actor, ballot: Ballot) -> CredentialIssuance | None:
    return session.scalar(
        sa.select(CredentialIssuance)
        .where(
            CredentialIssuance.ballot_id == ballot.id,
            CredentialIssuance.membership_id == actor.membership_id,
        )
        .execution_options(populate_existing=True)
    )


def _insert(session: Session, actor: Actor, ballot: Ballot, blinded: bytes, signature: bytes) -> bool:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = session.execute(
        insert(CredentialIssuance)
        .values(
            ballot_id=ballot.id,
            membership_id=actor.membership_id,
            blinded_message=blinded,
            blind_signature=signature,
        )
        .on_conflict_do_nothing()
        .returning(CredentialIssuance.ballot_id)
    ).first()
    return made is not None
