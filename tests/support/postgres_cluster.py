"""A throw-away PostgreSQL for one command: started before it, stopped after it, whatever happens in between.

    python -m tests.support.postgres_cluster -- make test

The command finds the cluster's address in ``ALTHING_TEST_POSTGRES_URL``. Where that variable is set already,
the command simply runs: the server it names is the only existing one that is ever used. Where no PostgreSQL
programs are installed the command runs without the variable and one line says so, unless
``ALTHING_TEST_REQUIRE_POSTGRES=1`` makes that an error.

Standard library only: it has to run before anything is installed.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

URL_VARIABLE = "ALTHING_TEST_POSTGRES_URL"
#: Set for the command whose server goes with it: tests need not drop what they made.
THROWAWAY_VARIABLE = "ALTHING_TEST_POSTGRES_THROWAWAY"
REQUIRE_VARIABLE = "ALTHING_TEST_REQUIRE_POSTGRES"
SUPERUSER = "althing"
START_SECONDS = 60
STOP_SECONDS = 30
PROGRAMS = ("initdb", "postgres")


class ClusterError(Exception):
    """The cluster could not be made; the message is one line for the person who waits for it."""


def find_binaries() -> Path | None:
    """Return the directory of the newest installed server's programs, or None.

    Debian keeps them off PATH, one directory a version, so both are looked at.
    """
    places = [Path(place) for place in os.get_exec_path()]
    for pattern in ("lib/postgresql/*/bin", "pgsql-*/bin", "local/pgsql/bin"):
        places.extend(Path("/usr").glob(pattern))
    complete = [place for place in places if all(os.access(place / name, os.X_OK) for name in PROGRAMS)]
    return max(complete, key=_version, default=None)


def _version(binaries: Path) -> tuple[int, ...]:
    command = [binaries / "postgres", "--version"]  # answers "postgres (PostgreSQL) 15.18 (Debian 15.18-1)"
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    return tuple(map(int, re.findall(r"\d+", answer.stdout.partition(")")[2])[:2]))


@contextlib.contextmanager
def cluster(binaries: Path) -> Iterator[str]:
    """Yield the URL of a new cluster that listens on loopback alone and asks for a random password.

    The password matters: without it, anybody with an account on the machine could have the superuser run
    programs as us. Raises ClusterError when it cannot be made or does not start.
    """
    identity = _unprivileged() if os.geteuid() == 0 else {}
    directory = Path(tempfile.mkdtemp(prefix="althing-postgres-"))
    try:
        password = secrets.token_urlsafe(16)
        password_file = directory / "password"
        password_file.write_text(password)
        if identity:
            for path in (directory, password_file):
                os.chown(path, identity["user"], identity["group"])
        data = directory / "data"
        _run_initdb(binaries, data, password_file, identity)
        with (directory / "log").open("wb") as log:
            server, port = _start(binaries, data, log, identity)
            try:
                yield f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres"
            finally:
                _stop(server)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _unprivileged() -> dict[str, object]:
    """PostgreSQL refuses to run as root: return the arguments that make subprocess step down."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise ClusterError("PostgreSQL does not run as root, and this machine has no user postgres or nobody.")


def _run_initdb(binaries: Path, data: Path, password_file: Path, identity: dict[str, object]) -> None:
    command = [
        binaries / "initdb",
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            command, capture_output=True, text=True, check=False, cwd=data.parent, **identity
        )
    except OSError as error:
        raise ClusterError(f"initdb cannot be run in {data.parent}: {error}") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise ClusterError(f"initdb failed in {data.parent}: {lines[-1]}")


def _start(
    binaries: Path, data: Path, log: BinaryIO, identity: dict[str, object]
) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(3):  # between choosing a free port and binding it, another process may take it
        port = _free_port()
        server = subprocess.Popen(  # noqa: S603 - our own words
            [
                *(binaries / "postgres", "-D", data, "-p", str(port)),
                *("-c", "listen_addresses=127.0.0.1"),
                *("-c", "unix_socket_directories="),
                *("-c", "max_connections=200"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=data,
            start_new_session=True,  # Ctrl-C is for the command; the server is stopped after it
            **identity,
        )
        try:
            if _wait_until_ready(server, data):
                return server, port
        except BaseException:
            _stop(server)
            raise
    lines = Path(log.name).read_text(errors="replace").strip().splitlines() or ["no reason given"]
    raise ClusterError(f"PostgreSQL did not start: {lines[-1]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_ready(server: subprocess.Popen[bytes], data: Path) -> bool:
    """Return whether the server accepts connections: line 8 of postmaster.pid, as pg_ctl reads it."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None:
        with contextlib.suppress(OSError, IndexError):
            if (data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready":
                return True
        if time.monotonic() > deadline:
            _stop(server)
            return False
        time.sleep(0.05)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Stop by process id: fast shutdown, then immediate, then kill."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        server.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(STOP_SECONDS)


def run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run ``command`` to its end and return its status as a shell would; pass on the signals that end us."""
    child = subprocess.Popen(command, env=environment)  # noqa: S603 - the command is our caller's

    def pass_on(number: int, _frame: object) -> None:
        # The terminal has sent Ctrl-C to the child too; the others reach this process alone.
        if number != signal.SIGINT:
            child.send_signal(number)

    handled = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, pass_on) for number in handled}
    try:
        status = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status


def main(arguments: Sequence[str]) -> int:
    """Run the command after ``--``, with a cluster where one is wanted and can be had; return its status."""
    if len(arguments) < 2 or arguments[0] != "--":
        return _complain("usage: python -m tests.support.postgres_cluster -- command [argument ...]", 2)
    command = arguments[1:]
    if os.environ.get(URL_VARIABLE):
        return run(command, dict(os.environ))
    environment = {name: value for name, value in os.environ.items() if name != URL_VARIABLE}
    binaries = find_binaries()
    if binaries is not None:
        return run_with_cluster(binaries, command, environment)
    missing = f"No PostgreSQL programs found and {URL_VARIABLE} not set"
    if environment.get(REQUIRE_VARIABLE) == "1":
        return _complain(f"{missing}, but {REQUIRE_VARIABLE}=1.")
    _complain(f"{missing}: SQLite only.")
    return run(command, environment)


def run_with_cluster(binaries: Path, command: Sequence[str], environment: dict[str, str]) -> int:
    """Run ``command`` beside a cluster of its own and return its status; the cluster never outlives it."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        with cluster(binaries) as url:
            status = run(command, {**environment, URL_VARIABLE: url, THROWAWAY_VARIABLE: "1"})
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave the server behind
            return status
    except ClusterError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _complain(message: str, status: int = 1) -> int:
    sys.stderr.write(message + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
