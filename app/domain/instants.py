"""The one written form of an instant: RFC 3339, UTC, milliseconds, ``Z``."""

from __future__ import annotations

import datetime as dt


def instant(moment: dt.datetime) -> str:
    """Write an aware datetime as ``2026-11-22T08:40:57.123Z``; microseconds are cut off, not rounded.

    :raises ValueError: for a naive datetime.
    """
    if moment.tzinfo is None:
        raise ValueError("a naive datetime is no instant")
    moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def to_milliseconds(moment: dt.datetime) -> dt.datetime:
    """Cut an instant to the milliseconds that documents show, so that what is shown is what is judged."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def read_instant(text: str) -> dt.datetime:
    """Read an instant written by :func:`instant`; texts of this one form sort as the instants do.

    :raises ValueError: for any other form.
    """
    moment = dt.datetime.fromisoformat(text)
    if instant(moment) != text:
        raise ValueError(f"not written as instants are here: {text[:40]!r}")
    return moment
