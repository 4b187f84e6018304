"""Documents at addresses that other programs know: the keys that verify access tokens."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.http.blueprint import Blueprint
from app.http.fields import Representation
from app.http.operation import PUBLIC, Context
from app.services.identity.signing_keys import jwks, verifying_keys

blp = Blueprint("well-known", __name__, url_prefix="/.well-known", description="What other programs look up.")


class JSONWebKey(Representation):
    """A public key (RFC 7517) on the curve P-256."""

    kty = fields.String(metadata={"description": "EC."})
    crv = fields.String(metadata={"description": "P-256."})
    x = fields.String(metadata={"description": "Coordinate in base64url."})
    y = fields.String(metadata={"description": "Coordinate in base64url."})
    kid = fields.String(metadata={"description": "The key's RFC 7638 thumbprint, named in tokens."})
    alg = fields.String(metadata={"description": "ES256."})
    use = fields.String(metadata={"description": "sig."})


class JSONWebKeySet(Representation):
    """The keys whose signatures count, those that will sign soon among them."""

    keys = fields.List(fields.Nested(JSONWebKey))


@blp.operation(
    "GET",
    "/jwks.json",
    operation_id="get_signing_keys",
    permission=PUBLIC,
    returns=(200, JSONWebKeySet),
    cache_control="public, max-age=300",
)
def get_signing_keys(context: Context) -> dict[str, Any]:
    """Read the keys that verify access tokens.

    A new key stands here five minutes before it signs, so a copy held for that long is never too old.
    """
    return jwks(verifying_keys(context.session))
