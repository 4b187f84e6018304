"""Accounts, their sign-in sessions and refresh tokens, the service's signing keys, and failed sign-ins."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.ids import random_id, resource_id


class Account(Base):
    """A person who can sign in.

    ``reference`` is the random name by which the installation's log knows the person; ``email`` is
    normalised (see :func:`app.services.identity.accounts.normalise_email`). ``version`` counts changes of
    what the account shows, so it does not move when only the password does.
    """

    __tablename__ = "accounts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    reference: Mapped[str] = mapped_column(sa.String(36), unique=True, default=lambda: str(random_id()))
    email: Mapped[str] = mapped_column(sa.String(512), unique=True)
    display_name: Mapped[str] = mapped_column(sa.String(200))
    password_hash: Mapped[str] = mapped_column(sa.String(255))
    created_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy


class SignInSession(Base):
    """What begins at sign-in and ends at sign-out, at ``expires_at``, or when a refresh token is used twice.

    Every access token names its session, and every request looks the session up: revoking the row is what
    ends the tokens.
    """

    __tablename__ = "sign_in_sessions"
    __table_args__ = (sa.Index("ix_sign_in_sessions_account_id_id", "account_id", "id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("accounts.id"))
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    revoked_at: Mapped[dt.datetime | None]


class RefreshToken(Base):
    """One link of a session's chain of refresh tokens; only the SHA-256 of the token is kept.

    ``used_at`` is set once, when its successor is made. Used tokens stay as long as the session, because a
    second use is how a theft shows.
    """

    __tablename__ = "refresh_tokens"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    session_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("sign_in_sessions.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class SigningKey(Base):
    """A key pair that signs access tokens. The private part is sealed, so a database dump alone cannot sign.

    It is published from ``created_at``, signs from ``activates_at`` until a newer one does, and verifies
    until ``retired_at``.
    """

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    algorithm: Mapped[str] = mapped_column(sa.String(16))
    public_key: Mapped[str] = mapped_column(sa.Text)
    private_sealed: Mapped[bytes] = mapped_column(sa.LargeBinary(1024))
    created_at: Mapped[dt.datetime]
    activates_at: Mapped[dt.datetime]
    retired_at: Mapped[dt.datetime | None]


class SignInAttempt(Base):
    """Failed sign-ins for one e-mail address in one fixed window, under a keyed digest of the address.

    ``window`` is the number of whole windows since 1970-01-01T00:00:00Z.
    """

    __tablename__ = "sign_in_attempts"

    email_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    window: Mapped[int] = mapped_column("window_number", index=True)
    failures: Mapped[int]
