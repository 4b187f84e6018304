"""Votes that are kept apart from those who cast them: the ballot's own keys, credentials, casts, opened votes.

None of these tables has a time, a serial number or, on SQLite, a rowid: rows stand in the order of random keys, so
that no order tells when, or beside whom, somebody voted. Binary values that are published stand as the text in
which they are.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base

_UNORDERED = {"sqlite_with_rowid": False}


class BallotKey(Base):
    """A key of one ballot, made when it opens. Its private part is sealed under the installation's secret.

    ``purpose`` is ``handles`` (an HMAC key, which has no public part), ``issuer`` (RSA) or ``sealing`` (P-256);
    ``public_key`` is the DER of a SubjectPublicKeyInfo.
    """

    __tablename__ = "ballot_keys"

    ballot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ballots.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    public_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    private_sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)


class ConfidentialCast(Base):
    """One act of voting in a confidential ballot; the latest revision under a handle is the vote that counts.

    ``handle`` is HMAC-SHA256 over the membership, keyed with the ballot's sealed key: without the installation's
    secret nothing in the tables joins it to anybody.
    """

    __tablename__ = "confidential_casts"
    __table_args__ = (sa.UniqueConstraint("tracker"), _UNORDERED)

    ballot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ballots.id"), primary_key=True)
    handle: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    revision: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    tracker: Mapped[uuid.UUID]
    choice: Mapped[str] = mapped_column(sa.Text)
    salt: Mapped[str] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64))


class CredentialIssuance(Base):
    """That a member of the roll was given a credential for a secret ballot.

    ``blinded_message`` and ``blind_signature`` are independent of the credential that the voter makes of them; they
    are kept so that a repeated request gets the same answer.
    """

    __tablename__ = "credential_issuances"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["ballot_id", "membership_id"], ["roll_entries.ballot_id", "roll_entries.membership_id"]
        ),
        _UNORDERED,
    )

    ballot_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    blinded_message: Mapped[bytes] = mapped_column(sa.LargeBinary(256))
    blind_signature: Mapped[bytes] = mapped_column(sa.LargeBinary(256))


class SecretCast(Base):
    """One act of voting in a secret ballot, by whoever holds the private half of ``public_key``.

    ``fingerprint`` is the SHA-256 of that key; of one key the cast with the highest ``seq`` counts. Everything but
    tracker and digests is as the voter sent it, in hexadecimal.
    """

    __tablename__ = "secret_casts"
    __table_args__ = (sa.UniqueConstraint("ballot_id", "fingerprint", "seq"), _UNORDERED)

    tracker: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    ballot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ballots.id"))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    seq: Mapped[int]
    public_key: Mapped[str] = mapped_column(sa.String(182))
    prefix: Mapped[str] = mapped_column(sa.String(64))
    credential: Mapped[str] = mapped_column(sa.String(512))
    sealed_choice: Mapped[str] = mapped_column(sa.Text)
    signature: Mapped[str] = mapped_column(sa.String(128))
    digest: Mapped[str] = mapped_column(sa.String(64))


class OpenedVote(Base):
    """What the last secret cast of a key came to when the ballot closed: a choice, or why there is none."""

    __tablename__ = "opened_votes"
    __table_args__ = (
        sa.CheckConstraint("(choice IS NULL) <> (invalid IS NULL)", name="choice_or_reason"),
        _UNORDERED,
    )

    tracker: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("secret_casts.tracker"), primary_key=True)
    ballot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ballots.id"), index=True)
    choice: Mapped[str | None] = mapped_column(sa.Text)
    invalid: Mapped[str | None] = mapped_column(sa.String(32))
