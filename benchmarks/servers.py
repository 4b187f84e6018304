"""The servers under measurement: the floor's and the service's, started alike and stopped by process id."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60
STOP_SECONDS = 15


@dataclass(frozen=True)
class Server:
    """A server software and how much of it: the same for the floor and the service, as ``flask serve`` sets it."""

    software: str
    processes: int
    threads: int = 8

    def __str__(self) -> str:
        noun = "process" if self.processes == 1 else "processes"
        return f"{self.software}, {self.processes} {noun} of {self.threads} threads"

    def command(self, target: str, port: int) -> list[str]:
        """Return the command that serves ``module:attribute`` on a port."""
        if self.software == "waitress":
            flags = [f"--listen=127.0.0.1:{port}", f"--threads={self.threads}", "--asyncore-use-poll"]
            return [sys.executable, "-m", "waitress", *flags, target]
        flags = [
            *("--interface", "wsgi", "--http", "1", "--no-ws", "--log-level", "error"),
            *("--http1-buffer-size", "32768", "--http1-header-read-timeout", "15000"),
            *("--workers", str(self.processes), "--blocking-threads", str(self.threads)),
            *("--host", "127.0.0.1", "--port", str(port)),
        ]
        return [sys.executable, "-m", "granian", *flags, target]


@dataclass(frozen=True)
class Serving:
    """A server that is running: where it listens, and the process whose children do the work."""

    port: int
    pid: int


@contextlib.contextmanager
def serving(server: Server, target: str, environment: Mapping[str, str]) -> Iterator[Serving]:
    """Serve a WSGI application in processes of its own.

    :param environment: added to this process's, whose settings of the service are taken away.
    :raises RuntimeError: with the end of its log, when it does not answer.
    """
    port = _free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ALTHING_")}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            server.command(target, port),
            cwd=ROOT,
            env=inherited | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            if not _answers(process, port):
                log.seek(0)
                raise RuntimeError(f"{target} did not start:\n{log.read()[-2000:].decode(errors='replace')}")
            yield Serving(port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait for a first answer, and then as long again: the other processes start beside the first."""
    started = time.monotonic()
    while process.poll() is None and time.monotonic() < started + START_SECONDS:
        with contextlib.suppress(OSError, http.client.HTTPException):
            fetch(port, "/livez")
            time.sleep(time.monotonic() - started + 0.5)
            return True
        time.sleep(0.1)
    return False


@dataclass(frozen=True)
class Fetched:
    """An answer read to its end and thrown away: its status, the seconds it took, and how many line feeds it had.

    ``start`` is its beginning, or all of it where it is short.
    """

    status: int
    seconds: float
    lines: int
    start: bytes


def fetch(
    port: int,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: IO[bytes] | None = None,
) -> Fetched:
    """Make one request as a client that keeps nothing of a long answer.

    :param body: sent in pieces; the headers say its length.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        started = time.perf_counter()
        connection.request(method, path, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        start = response.read(1 << 16)
        lines = start.count(b"\n")
        while block := response.read(1 << 16):
            lines += block.count(b"\n")
        return Fetched(response.status, time.perf_counter() - started, lines, start)
    finally:
        connection.close()
