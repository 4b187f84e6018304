"""What one process needs to know who somebody is, built once from the settings."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Self

from app.config import Settings
from app.db.units import Units
from app.services.identity.access_tokens import AccessTokens
from app.services.identity.attempts import Attempts
from app.services.identity.passwords import Passwords


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """Password hashing, access tokens and the counters of failures, shared by the process's threads.

    ``session_lifetime`` is how long a person stays signed in before the password is asked for again.
    """

    passwords: Passwords
    tokens: AccessTokens
    attempts: Attempts
    session_lifetime: dt.timedelta

    @classmethod
    def build(cls, settings: Settings, units: Units) -> Self:
        """Make the provider of a process; takes as long as one password hash."""
        return cls(
            passwords=Passwords(settings),
            tokens=AccessTokens(settings, units),
            attempts=Attempts(settings.secret_key, settings.sign_in_attempts),
            session_lifetime=dt.timedelta(days=settings.refresh_token_days),
        )
