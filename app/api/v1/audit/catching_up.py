"""What one request remembers of the log's being caught up, across the attempts of its transaction."""

from __future__ import annotations

from flask import g

#: Set on Flask's ``g`` once the log has been caught up for the request.
CAUGHT_UP = "log_caught_up"


def has_caught_up() -> bool:
    """Say whether the log was caught up for this request: what was committed since then need not be waited for."""
    return bool(g.get(CAUGHT_UP, default=False))
