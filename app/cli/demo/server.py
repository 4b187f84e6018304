"""A server of the demonstration's own, on a database that is gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path

from app.cli.demo.client import Client

#: The directory that holds ``wsgi.py``.
ROOT = Path(__file__).resolve().parents[3]

HOST = "127.0.0.1"
READY_SECONDS = 60
STOP_SECONDS = 20

#: Where Linux keeps files in memory. Every vote is flushed to the disk before it is answered, which on a slow
#: disk takes longer than all the rest; a scratch database need not outlive the machine's power.
MEMORY = Path("/dev/shm")  # noqa: S108 - a private directory is made inside
MEMORY_TO_SPARE = 256 * 2**20
BYTES_EACH_VOTER = 32 * 2**10


class ServerError(Exception):
    """The scratch server did not start, or failed; the message says what it wrote last."""


@dataclass(frozen=True, slots=True)
class ScratchServer:
    """A running server: its address, its process id and the file that takes what it writes."""

    url: str
    port: int
    pid: int
    log: Path

    def last_words(self) -> str:
        """Return the last lines the server wrote."""
        return _tail(self.log)


@contextmanager
def scratch_server(voters: int) -> Iterator[ScratchServer]:
    """Start a server for about ``voters`` people; stop it and remove its files however the block ends.

    :raises ServerError: when it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="althing-demo-", dir=_place(voters)) as directory:
        scratch = Path(directory)
        port = _free_port()
        environment = _environment(scratch, port)
        for command in (("db", "upgrade"), ("keys", "rotate", "--if-none")):
            _run(command, environment)
        log = scratch / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                _flask("serve"), cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            server = ScratchServer(f"http://{HOST}:{port}", port, process.pid, log)
            _wait_until_ready(server, process)
            yield server
        finally:
            _stop(process)


def _place(voters: int) -> Path | None:
    """Return the directory in memory if it has ample room; None for the system's own choice."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK | os.X_OK)):
        return None
    needed = MEMORY_TO_SPARE + voters * BYTES_EACH_VOTER
    return MEMORY if shutil.disk_usage(MEMORY).free >= needed else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _environment(scratch: Path, port: int) -> dict[str, str]:
    """Return the server's environment: nothing of an installation's own settings comes in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ALTHING_", "FLASK_"))}
    return kept | {
        "FLASK_SKIP_DOTENV": "1",
        "ALTHING_ENV": "test",
        "ALTHING_DATABASE_URL": f"sqlite:///{scratch / 'althing.db'}",
        "ALTHING_SECRET_KEY": secrets.token_urlsafe(32),
        "ALTHING_CHECKPOINT_STORE": str(scratch / "checkpoints"),
        "ALTHING_HOST": HOST,
        "ALTHING_PORT": str(port),
        "ALTHING_PUBLIC_URL": f"http://{HOST}:{port}",
        "ALTHING_LOG_LEVEL": "error",
        # Nobody guesses passwords here, and nobody votes after an hour.
        "ALTHING_ARGON2_MEMORY_KIB": "8",
        "ALTHING_ARGON2_PASSES": "1",
        "ALTHING_ACCESS_TOKEN_SECONDS": "3600",
    }


def _flask(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


def _run(command: tuple[str, ...], environment: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        _flask(*command),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServerError(f"flask {' '.join(command)} failed:\n{done.stdout.strip()[-2000:]}")


def _wait_until_ready(server: ScratchServer, process: subprocess.Popen[bytes]) -> None:
    client = Client(HOST, server.port)
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerError(f"the server stopped at once:\n{server.last_words()}")
        try:
            ready = client.get("/readyz").status == HTTPStatus.OK
        except (OSError, HTTPException):
            ready = False
        client.close()
        if ready:
            return
        time.sleep(0.05)
    raise ServerError(f"the server was not ready after {READY_SECONDS} seconds:\n{server.last_words()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(path: Path) -> str:
    return path.read_bytes()[-2000:].decode(errors="replace").strip()
