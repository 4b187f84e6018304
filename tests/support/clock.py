"""The database's own clock, made movable: production code knows nothing of it, and every statement follows.

Voting windows, due dates and sessions are judged by the SQL clock, which statements read by name:
``clock_timestamp()`` on PostgreSQL, ``strftime(..., 'now')`` on SQLite. Tests put a function of that name before
the built-in one, so hand-written statements and the fast casting path move like everything else. The clocks of
Python stay where they are.

Two things would then end that no test of a long period wants to end, so they are kept alive: sign-in sessions
(by the database's clock) are carried along, and access tokens issued after a move are dated by the host's clock,
by which they are judged.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from app.db.clock import database_now
from app.db.units import Units
from app.models.identity import RefreshToken, SignInSession
from app.services.identity.access_tokens import AccessTokens
from tests.support import warm

MICROSECOND = dt.timedelta(microseconds=1)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SESSION_LIFETIME = dt.timedelta(days=30)

#: The clocks that can be moved now, the newest last.
_installed: list[Clock] = []


def let_a_second_pass() -> None:
    """Move the clock that can be moved by a second; where none can, wait a moment of one."""
    if _installed:
        _installed[-1].advance(dt.timedelta(seconds=1))
    else:
        time.sleep(0.05)


# Sequences, because what is set in one is seen at once by every transaction, however old its snapshot.
_POSTGRESQL = """
CREATE SEQUENCE public.clock_ahead MINVALUE -9000000000000000 START 0;
CREATE SEQUENCE public.clock_stopped MINVALUE 0 START 0;
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN stopped.last_value > 0
        THEN timestamptz 'epoch' + stopped.last_value * interval '1 microsecond'
        ELSE pg_catalog.clock_timestamp() + ahead.last_value * interval '1 microsecond' END
    FROM public.clock_ahead ahead, public.clock_stopped stopped
$$
"""
_MOVE = "SELECT setval('public.clock_ahead', :ahead), setval('public.clock_stopped', :stopped)"
_PATH = "SET search_path = public, pg_catalog"


def add_clock(url: str) -> None:
    """Give a database of PostgreSQL's a clock that can be moved; connections read it from their next start."""
    units = Units.of(url)
    with units.write() as session:
        session.connection().exec_driver_sql(_POSTGRESQL)
    units.dispose()


def has_clock(units: Units) -> bool:
    """Return whether a database of PostgreSQL's has a clock that can be moved."""
    with units.read() as session:
        return session.execute(sa.text("SELECT to_regclass('public.clock_ahead') IS NOT NULL")).scalar_one()


class Clock:
    """The clock of one test's database. Get it as the fixture ``clock``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._units = Units.of(url)
        self._sqlite = self._units.engine.dialect.name == "sqlite"
        self._database = self._units.engine.url.database
        self._ahead = dt.timedelta(0)
        self._stopped: dt.datetime | None = None

    def now(self) -> dt.datetime:
        """Read the clock as the application reads it."""
        with self._units.read() as session:
            return database_now(session)

    def advance(self, by: dt.timedelta, *, keep_signed_in: bool = True) -> dt.datetime:
        """Move the clock, running or stopped, and return what it shows then.

        :param keep_signed_in: carry live sessions along; pass False to see them end.
        """
        was = self.now()
        self._ahead += by
        if self._stopped is not None:
            self._stopped += by
        return self._moved(was, keep_signed_in=keep_signed_in)

    def advance_to(self, at: dt.datetime, *, keep_signed_in: bool = True) -> dt.datetime:
        """Move the clock to an instant, from which it runs on if it runs: a moment after a limit, not at it."""
        return self.advance(at - self.now(), keep_signed_in=keep_signed_in)

    def stop(self, at: dt.datetime | None = None, *, keep_signed_in: bool = True) -> dt.datetime:
        """Stop the clock, at an instant or where it is: for what must happen exactly at a limit."""
        was = self.now()
        self._stopped = at or was
        return self._moved(was, keep_signed_in=keep_signed_in)

    def run(self) -> dt.datetime:
        """Let a stopped clock run on from where it stands."""
        was = self.now()
        if self._stopped is not None:
            self._ahead = self._stopped - dt.datetime.now(dt.UTC)
            self._stopped = None
        return self._moved(was, keep_signed_in=False)

    def _moved(self, was: dt.datetime, *, keep_signed_in: bool) -> dt.datetime:
        if not self._sqlite:
            self._set_sequences()
        now = self.now()
        if keep_signed_in:
            with self._units.write() as session:
                for table in (SignInSession, RefreshToken):
                    session.execute(
                        sa.update(table)
                        .where(table.expires_at > was)
                        .values(expires_at=now + SESSION_LIFETIME)
                    )
        return now

    def _set_sequences(self) -> None:
        stopped = 0 if self._stopped is None else (self._stopped - EPOCH) // MICROSECOND
        with self._units.write() as session:
            session.execute(sa.text(_MOVE), {"ahead": self._ahead // MICROSECOND, "stopped": stopped})

    # --- putting it in place --------------------------------------------------------------------------

    def install(self) -> None:
        """Make every connection of this process to the database read this clock, open ones included."""
        if not (self._sqlite or has_clock(self._units)):
            warm.forget(self._url)
            add_clock(self._url)
        event.listen(sa.Pool, "checkout", self._checked_out)
        _installed.append(self)

    def remove(self) -> None:
        """Give the database's clock back."""
        _installed.remove(self)
        self._ahead, self._stopped = dt.timedelta(0), None
        if not self._sqlite:
            self._set_sequences()
        event.remove(sa.Pool, "checkout", self._checked_out)
        self._units.dispose()

    def _checked_out(self, driver: Any, record: Any, _proxy: object) -> None:
        if record.info.get("clock") is self:
            return
        if self._sqlite:
            if not hasattr(driver, "create_function"):
                return
            # Twice: only replacing a function of one's own expires the statements prepared with the built-in.
            for _ in range(2):
                driver.create_function("strftime", 2, self._strftime)
        else:
            if getattr(driver, "info", None) is None or driver.info.dbname != self._database:
                return
            driver.execute(_PATH)
            if not driver.autocommit:
                driver.commit()
        record.info["clock"] = self

    def _strftime(self, form: str, when: str) -> str:
        assert when == "now", "only the clock is moved: pass other instants as values"
        moment = self._stopped or dt.datetime.now(dt.UTC) + self._ahead
        milliseconds = f"{moment.microsecond // 1000:03d}"
        return moment.strftime(form.replace("%f", f"%S.{milliseconds}"))


@contextlib.contextmanager
def movable_clock(url: str, patch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """Yield the clock of a database; afterwards it shows the time again."""
    issue = AccessTokens.issue

    def issue_by_the_host(self: AccessTokens, session: Any, account: Any, sign_in: Any, _now: Any) -> str:
        return issue(self, session, account, sign_in, dt.datetime.now(dt.UTC))

    clock = Clock(url)
    clock.install()
    patch.setattr(AccessTokens, "issue", issue_by_the_host)
    try:
        yield clock
    finally:
        patch.setattr(AccessTokens, "issue", issue)
        clock.remove()
