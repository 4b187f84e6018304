"""What clients send to sign in and stay signed in, and what they get."""

from __future__ import annotations

from marshmallow import fields

from app.http.fields import UUID, Boolean, Email, Instant, Integer, Representation, Strict, String
from app.services.identity.passwords import LONGEST


class SignIn(Strict):
    """E-mail address and password."""

    email = Email(required=True, metadata={"description": "Capitals make no difference."})
    password = String(min_length=1, max_length=LONGEST, required=True)


class Refreshing(Strict):
    """The refresh token of the last answer."""

    refresh_token = String(min_length=1, max_length=128, required=True)


class Tokens(Representation):
    """The tokens of a sign-in session. Neither can be read again."""

    session_id = UUID()
    access_token = fields.String(
        metadata={"description": "A JWT (RFC 9068) for the Authorization header; treat it as opaque."}
    )
    token_type = fields.String(metadata={"description": "Always Bearer (RFC 6750)."})
    expires_in = Integer(metadata={"description": "Seconds until the access token expires."})
    refresh_token = String(
        max_length=128, metadata={"description": "Buys the next tokens, once; the present one is then spent."}
    )


class Session(Representation):
    """A sign-in session: what one signed-in browser or app holds."""

    id = UUID()
    created_at = Instant()
    expires_at = Instant(metadata={"description": "When the password will be asked for again."})
    current = Boolean(metadata={"description": "Whether this request was made in it."})
