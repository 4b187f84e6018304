"""What the endpoints of accounts and sessions share: the provider, and refusals that keep what they wrote."""

from __future__ import annotations

from typing import cast

from flask import current_app

from app.services.identity.provider import IdentityProvider

#: Where create_app puts the provider, in ``app.extensions``.
EXTENSION = "althing.identity"


def current_provider() -> IdentityProvider:
    """Return the running application's identity provider."""
    return cast("IdentityProvider", current_app.extensions[EXTENSION])
