"""Settings for tests: cheap passwords, no worker, and one database."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from app.config import Settings


def settings_for(database_url: str) -> Settings:
    """Return the settings of an application on a database."""
    return Settings.from_environment(
        {
            "ALTHING_ENV": "test",
            "ALTHING_DATABASE_URL": database_url,
            "ALTHING_SECRET_KEY": "a-secret-for-tests-0123456789-abcdef",
            "ALTHING_CHECKPOINT_STORE": str(checkpoint_store_of(database_url)),
            "ALTHING_ARGON2_MEMORY_KIB": "8",
            "ALTHING_ARGON2_PASSES": "1",
            "ALTHING_WORKER": "off",
            "ALTHING_LOG_LEVEL": "error",
        }
    )


def checkpoint_store_of(database_url: str) -> Path:
    """Return the second place of a database's checkpoints, which no other database has."""
    if database_url.startswith("sqlite:///"):
        return Path(f"{database_url.removeprefix('sqlite:///')}-checkpoints")
    name = hashlib.sha256(database_url.encode()).hexdigest()
    return Path(tempfile.gettempdir(), "althing-tests", name)
