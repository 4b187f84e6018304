"""A load generator small enough to leave the machine to the server it measures.

One thread, keep-alive connections, each with one request under way; every request is bytes made beforehand.
Nothing is pipelined, and every answer is read to its end and judged.
"""

from __future__ import annotations

import gc
import re
import selectors
import socket
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
#: No answer may take longer than this, in seconds.
PATIENCE = 60


class LoadError(Exception):
    """An answer that was not the one expected: no figure may be made of such a run."""


@dataclass
class Outcome:
    """What a burst of requests came to.

    ``acknowledged`` counts every answer, those that came in after the time was up included; ``in_time`` and
    ``seconds`` make the rate; ``latencies`` are in seconds; ``sent`` says how far into its queue each
    connection got.
    """

    acknowledged: int = 0
    in_time: int = 0
    seconds: float = 0.0
    latencies: array[float] = field(default_factory=lambda: array("d"))
    sent: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers in a second."""
        return self.in_time / self.seconds


@dataclass
class _Client:
    socket: socket.socket
    queue: Sequence[bytes] = ()
    next: int = 0
    sent_at: float = 0.0
    received: bytes = b""


class Clients:
    """Connections to one server, kept between bursts: the request at a place of a queue meets the same process."""

    def __init__(self, port: int, number: int) -> None:
        self._clients = [_Client(_connect(port)) for _ in range(number)]
        self._selector = selectors.DefaultSelector()
        for client in self._clients:
            self._selector.register(client.socket, selectors.EVENT_READ, client)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for client in self._clients:
            client.socket.close()

    def send(
        self, queues: Sequence[Sequence[bytes]], status: bytes, seconds: float = float("inf")
    ) -> Outcome:
        """Send each connection's queue, one request after the other, until the time or a queue runs out.

        :param status: how every answer's status must begin, such as ``b"201"`` or ``b"2"``.
        :raises LoadError: for any other answer.
        """
        outcome = Outcome()
        gc.collect()
        gc.disable()
        try:
            self._drive(queues, b"HTTP/1.1 " + status, seconds, outcome)
        finally:
            gc.enable()
        return outcome

    def _drive(
        self, queues: Sequence[Sequence[bytes]], expected: bytes, seconds: float, outcome: Outcome
    ) -> None:
        clock, latencies, bounded = time.perf_counter, outcome.latencies, seconds != float("inf")
        started = clock()
        deadline = started + seconds
        busy = 0
        for client, queue in zip(self._clients, queues, strict=True):
            client.queue, client.next, client.received = queue, 0, b""
            if queue:
                busy += 1
                _send_next(client, clock())
        ended = started
        while busy:
            events = self._selector.select(PATIENCE)
            if not events:
                raise LoadError(f"no answer within {PATIENCE} seconds")
            for key, _ in events:
                client = key.data
                answer = client.received + _receive(client.socket)
                now = clock()
                if not _is_complete(answer, expected):
                    client.received = answer
                    continue
                client.received = b""
                latencies.append(now - client.sent_at)
                outcome.acknowledged += 1
                if now <= deadline:
                    outcome.in_time += 1
                    ended = now
                if now < deadline and client.next < len(client.queue):
                    _send_next(client, now)
                    continue
                busy -= 1
                if bounded and now < deadline:
                    deadline = now  # from here on fewer connections would be at work
        outcome.seconds = (deadline if bounded else ended) - started
        outcome.sent = [client.next for client in self._clients]


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _send_next(client: _Client, now: float) -> None:
    client.sent_at = now
    client.socket.sendall(client.queue[client.next])
    client.next += 1


def _receive(connection: socket.socket) -> bytes:
    """Return what has arrived.

    :raises LoadError: when the server has hung up.
    """
    try:
        received = connection.recv(65536)
    except ConnectionError:
        received = b""
    if not received:
        raise LoadError("the server closed a connection")
    return received


def _is_complete(answer: bytes, expected: bytes) -> bool:
    """Say whether an answer has arrived to its end.

    :raises LoadError: when its status is not the expected one.
    """
    head = answer.find(b"\r\n\r\n")
    if not answer.startswith(expected):
        if len(answer) < len(expected):
            return False
        raise LoadError(f"expected {expected.decode()}, got: {answer[:600].decode(errors='replace')}")
    if head < 0:
        return False
    length = _LENGTH.search(answer, 0, head + 2)
    if length is None:
        raise LoadError("an answer does not say how long it is")
    return len(answer) == head + 4 + int(length[1])


def spread(requests: Sequence[bytes], connections: int) -> list[Sequence[bytes]]:
    """Deal requests to connections in turn, so that a person's requests always meet the same connection."""
    return [requests[start::connections] for start in range(connections)]


def request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """Write a request as a portal's HTTP client sends it."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: api.example.org",
        "Accept: application/json",
        f"Authorization: Bearer {token}",
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
