"""The load generator counts what was answered, and makes no figure of a run with a wrong answer."""

from __future__ import annotations

import socket
import threading

import pytest

from benchmarks import load
from benchmarks.load import Clients, LoadError

CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
REFUSED = b"HTTP/1.1 409 Conflict\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture
def server():
    """A server that gives every connection the same answers in turn; yields a function that starts it."""
    listeners = []

    def start(*answers, pieces=1):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=_serve, args=(listener, answers, pieces), daemon=True).start()
        return listener.getsockname()[1]

    yield start
    for listener in listeners:
        listener.close()


def _serve(listener, answers, pieces):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection, answers, pieces), daemon=True).start()


def _answer(connection, answers, pieces):
    with connection:
        for answer in (*answers, None):
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                received = connection.recv(4096)
                if not received:
                    return
                request += received
            if answer is None:
                return  # one request more than there are answers: hang up
            size = len(answer) // pieces + 1
            for start in range(0, len(answer), size):
                connection.sendall(answer[start : start + size])


def requests(number):
    return [load.request("GET", f"/{n}", "token") for n in range(number)]


@pytest.mark.parametrize("pieces", [1, 7])
def test_every_answer_is_counted_however_it_arrives(server, pieces):
    with Clients(server(*[CREATED] * 5, pieces=pieces), 3) as clients:
        outcome = clients.send(load.spread(requests(11), 3), b"201")
    assert outcome.acknowledged == outcome.in_time == len(outcome.latencies) == 11
    assert outcome.sent == [4, 4, 3]


def test_connections_serve_one_burst_after_the_other(server):
    with Clients(server(CREATED, REFUSED), 2) as clients:
        assert clients.send(load.spread(requests(2), 2), b"201").acknowledged == 2
        assert clients.send(load.spread(requests(2), 2), b"409").acknowledged == 2


def test_a_burst_ends_for_all_when_the_first_queue_is_used_up(server):
    with Clients(server(*[CREATED] * 2000), 2) as clients:
        outcome = clients.send([requests(1), requests(2000)], b"201", 30)
    assert outcome.acknowledged < 2001
    assert outcome.seconds < 30


@pytest.mark.parametrize("answers", [(CREATED, REFUSED), (CREATED,)], ids=["refused", "hung up"])
def test_an_answer_that_is_no_success_ends_the_run(server, answers):
    with Clients(server(*answers), 1) as clients, pytest.raises(LoadError):
        clients.send([requests(2)], b"201")
