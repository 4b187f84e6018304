"""The service without its log: votes are stored and nothing is written of them. Only to measure what that saves."""

from __future__ import annotations

import re

from app.services.ballots import casting_postgresql, casting_sqlite

_LOGGED = re.compile(rb", logged AS \(\n.*?\n\)\nSELECT tracker", re.DOTALL)


def _without_the_log() -> None:
    """Take the audit entry out of both databases' casting, and leave everything else as it is."""
    statement, found = _LOGGED.subn(b"\nSELECT tracker", casting_postgresql._STATEMENT)  # noqa: SLF001 - replaced here alone
    assert found == 1
    casting_postgresql._STATEMENT = statement  # noqa: SLF001
    assert "audit_outbox" in casting_sqlite._ENTRY  # noqa: SLF001
    casting_sqlite._ENTRY = "SELECT ?, ?, ?, ?"  # noqa: SLF001


_without_the_log()

from wsgi import app  # noqa: E402 - the application must not have been made before

__all__ = ["app"]
