"""What the endpoints of accounts and sessions share: the provider, and refusals that keep what they wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import current_app
from sqlalchemy.orm import Session

from app.domain.errors import Refusal
from app.services.identity.provider import IdentityProvider

#: Where create_app puts the provider, in ``app.extensions``.
EXTENSION = "althing.identity"


def current_provider() -> IdentityProvider:
    """Return the running application's identity provider."""
    return cast("IdentityProvider", current_app.extensions[EXTENSION])


@contextmanager
def effects_may_stand(session: Session) -> Iterator[None]:
    """Commit what was written before a refusal whose effects stand, and refuse all the same.

    The unit of work rolls back whatever an exception leaves behind; a counted failure and a session revoked
    for reuse must outlive the 401 that reports them.
    """
    try:
        yield
    except Refusal as refusal:
        if refusal.effects_stand:
            session.commit()
        raise
