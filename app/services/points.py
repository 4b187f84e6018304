"""The instants at which figures are asked for: one of the past, or several at equal distances."""

from __future__ import annotations

import datetime as dt

from app.domain.errors import refuse
from app.domain.instants import instant

#: How many points a series can have.
MOST_POINTS = 120
#: How many it has where nobody says when it begins.
POINTS = 12


def point(at: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """Return the instant asked for; None: now.

    :param now: the database's clock, in whole milliseconds.
    :raises Refusal: ``conflict`` for the future.
    """
    if at is not None and at > now:
        raise refuse("conflict", f"Nothing is known of the future; it is {instant(now)}.")
    return at or now


def points(
    *, since: dt.datetime | None, until: dt.datetime | None, every: dt.timedelta, now: dt.datetime
) -> list[dt.datetime]:
    """Return ``since``, each instant after ``every`` from then on, and ``until`` (None: now).

    :param since: None: so long before ``until`` that the last of :data:`POINTS` points falls on it.
    :raises Refusal: ``conflict`` for the future, for no time at all between points, and for too many points.
    """
    until = point(until, now)
    if since is None:
        since = _before(until, every * (POINTS - 1))
    if since > until:
        raise refuse("conflict", "The series would end before it begins.")
    if not every or -((since - until) // every) >= MOST_POINTS:
        raise refuse(
            "conflict", f"A series has at most {MOST_POINTS} points: choose a longer time between them."
        )
    found = [since + every * number for number in range((until - since) // every + 1)]
    return found if found[-1] == until else [*found, until]


def _before(until: dt.datetime, length: dt.timedelta) -> dt.datetime:
    try:
        return until - length
    except OverflowError:
        raise refuse("conflict", "The series would begin before the year 1.") from None
