"""Instants for the ledger's tests."""

import datetime as dt

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def later(seconds):
    """Return an instant so many seconds after noon."""
    return NOON + dt.timedelta(seconds=seconds)
