"""A real server in a process of its own, as ``flask serve`` starts it, and clients that speak plain HTTP to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.repository import tree

HOST = "127.0.0.1"
#: Bounds for machines that are busy; what is waited for takes a second or two.
START_SECONDS = 60
ANSWER_SECONDS = 30
#: Above the ten seconds after which serve gives up on requests in progress.
STOP_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """What came back, with the names that answers of a test client have."""

    status_code: int
    headers: http.client.HTTPMessage
    data: bytes

    @property
    def content_type(self) -> str:
        return self.headers["Content-Type"]

    @property
    def text(self) -> str:
        return self.data.decode()

    def get_json(self, *, silent: bool = False) -> Any:
        return None if silent and not self.data else json.loads(self.data)


class Server:
    """``flask serve`` on a database; ``log`` is the file that gets its output.

    :param settings: in lower case without prefix; ``env`` and the rest have values fit for tests.
    """

    def __init__(self, database_url: str, directory: Path, **settings: object) -> None:
        self.port = free_port()
        values = {
            "env": "test",
            "database_url": database_url,
            "secret_key": "a-secret-for-tests-0123456789-abcdef",
            "port": self.port,
            "checkpoint_store": directory / "checkpoints",
            "argon2_memory_kib": 8,
            "argon2_passes": 1,
        } | settings
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ALTHING_")}
        self.environment = inherited | {"FLASK_SKIP_DOTENV": "1"}
        self.environment |= {f"ALTHING_{name.upper()}": str(value) for name, value in values.items()}
        self.log = directory / f"server-{uuid.uuid4().hex}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the installation to its end."""
        return subprocess.run(  # noqa: S603 - our own words
            [*FLASK, *words],
            cwd=tree.ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )

    def start(self) -> None:
        """Start, and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own words
                [*FLASK, "serve"],
                cwd=tree.ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.open("/livez").status_code == http.HTTPStatus.OK:
                    return
            time.sleep(0.05)
        raise AssertionError(f"does not answer: {self.log.read_text()}")

    def stop(self, number: signal.Signals = signal.SIGTERM, *, group: bool = False) -> int:
        """Send a signal, to the whole group as a terminal does or to the one process; return the status."""
        assert self.process is not None
        if group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """Kill every process, as a crash would: nothing is finished, nothing tidied."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)

    def workers(self) -> set[int]:
        """Return the processes that answer requests beside the main one, by id (Linux)."""
        assert self.process is not None
        tasks = Path("/proc", str(self.process.pid), "task").glob("*/children")
        children = {int(word) for task in tasks for word in task.read_text().split()}
        return {pid for pid in children if b"spawn_main" in _command_line(pid)}

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection((HOST, self.port), timeout=ANSWER_SECONDS)

    def test_client(self) -> Server:
        """Return what a portal makes its calls with: this server."""
        return self

    def open(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        data: str | None = None,
    ) -> Answer:
        """Send one request on a connection of its own.

        :raises OSError, http.client.HTTPException: when no whole answer comes back.
        """
        with contextlib.closing(
            http.client.HTTPConnection(HOST, self.port, timeout=ANSWER_SECONDS)
        ) as connection:
            connection.request(method, path, body=data, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())


FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")


def serving(
    database_url: str, directory: Path, **settings: object
) -> contextlib.AbstractContextManager[Server]:
    """Return a new server that runs until the block ends."""
    return running(Server(database_url, directory, **settings))


@contextlib.contextmanager
def running(server: Server) -> Iterator[Server]:
    """Start a server, and leave nothing of it behind."""
    try:
        server.start()
        yield server
    finally:
        server.kill()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _command_line(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path("/proc", str(pid), "cmdline").read_bytes()
    return b""
