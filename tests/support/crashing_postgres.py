"""A PostgreSQL of a test's own that can be stopped as a crash stops it, and started again where it was."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import postgres_cluster as programs


class CrashingPostgres:
    """A server on a port that it keeps; every setting of durability is PostgreSQL's own."""

    def __init__(self, binaries: Path, directory: Path) -> None:
        self._binaries = binaries
        self._identity = programs._unprivileged() if os.geteuid() == 0 else {}
        self._data = directory / "data"
        self._port = programs._free_port()
        self._log = (directory / "log").open("wb")
        password = directory / "password"
        password.write_text(secrets.token_urlsafe(16))
        if self._identity:
            for path in (directory, password):
                os.chown(path, self._identity["user"], self._identity["group"])
        programs._run_initdb(binaries, self._data, password, self._identity)
        user = f"{programs.SUPERUSER}:{password.read_text()}"
        self.url = f"postgresql://{user}@127.0.0.1:{self._port}/postgres"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, after a crash with the recovery that it takes, and wait until connections are accepted."""
        self._server = subprocess.Popen(  # noqa: S603 - our own words
            [
                *(self._binaries / "postgres", "-D", self._data, "-p", str(self._port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=self._data,
            start_new_session=True,
            **self._identity,
        )
        assert programs._wait_until_ready(self._server, self._data), Path(self._log.name).read_text()

    def crash(self) -> None:
        """Stop as ``pg_ctl stop -m immediate`` does: every process quits where it stands, nothing is flushed."""
        assert self._server is not None
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(programs.STOP_SECONDS)

    def close(self) -> None:
        """Stop for good."""
        if self._server is not None:
            programs._stop(self._server)
        self._log.close()


@contextlib.contextmanager
def crashing_postgres() -> Iterator[CrashingPostgres]:
    """Yield a started server; skips the test where PostgreSQL is not installed."""
    binaries = programs.find_binaries()
    if binaries is None:
        if os.environ.get(programs.REQUIRE_VARIABLE) == "1":
            pytest.fail(f"{programs.REQUIRE_VARIABLE}=1 and no programs of PostgreSQL are installed")
        # A server that somebody else runs is not ours to stop: without programs there is nothing to crash.
        pytest.skip("postgres: no programs")
    directory = Path(tempfile.mkdtemp(prefix="althing-crashing-"))
    made = None
    try:
        made = CrashingPostgres(binaries, directory)
        made.start()
        yield made
    finally:
        if made is not None:
            made.close()
        shutil.rmtree(directory, ignore_errors=True)
