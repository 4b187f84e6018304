"""Small things said in words: lists, durations, and how far off an instant is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from app.cli.demo.terminal import span
from app.domain.durations import parse_duration

_DAY = 86_400


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def lowered(text: str) -> str:
    """Return a text as it stands within a sentence."""
    return text[:1].lower() + text[1:]


def lasting(duration: str) -> str:
    """Say an ISO 8601 duration in words."""
    return _roughly(parse_duration(duration).total_seconds())


def off(instant: str) -> str:
    """Say when something is or was, seen from now."""
    left = (dt.datetime.fromisoformat(instant) - dt.datetime.now(dt.UTC)).total_seconds()
    return f"in {_roughly(left)}" if left > 0 else f"{_roughly(-left)} ago"


def _roughly(seconds: float) -> str:
    if seconds < 2 * _DAY - 3600:
        return span(seconds)
    return f"{round(seconds / _DAY)} days"
