"""The server around the application: slow and broken clients, limits, stopping, what stands in its way."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import sqlite3
import time
import uuid

import pytest

from tests.operations.server import START_SECONDS, STOP_SECONDS, Server, running, serving
from tests.support.portal import PASSWORD, Portal

SERVERS = ("waitress", "granian")
SLOW_CLIENTS = 60
MOST_BODY_BYTES = 4096


@pytest.fixture(scope="module", params=SERVERS)
def server(request, templates, tmp_path_factory):
    """One running server of each kind on SQLite, for tests that leave it as it was."""
    directory = tmp_path_factory.mktemp(request.param)
    url = templates.database("sqlite", directory)
    with serving(url, directory, server=request.param, max_body_bytes=MOST_BODY_BYTES) as running:
        yield running


@pytest.fixture
def scratch(templates, tmp_path):
    """Start servers of the test's own, each on a new SQLite database."""
    with contextlib.ExitStack() as stack:

        def start(**settings):
            url = templates.database("sqlite", tmp_path)
            return stack.enter_context(serving(url, tmp_path, **settings))

        yield start


def receive(connection):
    """Read one answer from a raw connection."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response, response.read()


def registration():
    name = uuid.uuid4().hex
    return {"email": f"{name}@example.org", "password": PASSWORD, "display_name": name}


def post(path, body, *headers):
    """Write a POST as bytes: the head and the body."""
    lines = [f"POST {path} HTTP/1.1", "Host: althing", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode(), json.dumps(body).encode()


def post_sized(path, body):
    content = json.dumps(body).encode()
    head, _ = post(path, body, f"Content-Length: {len(content)}")
    return head + content


def chunked(content, size=500):
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])


# --- clients ---------------------------------------------------------------------------------------------


def test_slow_clients_do_not_stop_others(scratch):
    server = scratch(server="waitress", threads=2)
    requests = [post_sized("/v1/accounts", registration()) for _ in range(SLOW_CLIENTS)]
    # Half of them stop within their headers, half within their bodies.
    halves = [len(text) - 20 if number % 2 else 40 for number, text in enumerate(requests)]
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in requests]
        for connection, text, half in zip(slow, requests, halves, strict=True):
            connection.sendall(text[:half])

        assert [server.open("/livez").status_code for _ in range(5)] == [200] * 5
        assert [Portal(server).person().token != "" for _ in range(5)] == [True] * 5

        for connection, text, half in zip(slow, requests, halves, strict=True):
            connection.sendall(text[half:])
        assert [receive(connection)[0].status for connection in slow] == [201] * SLOW_CLIENTS


def test_one_connection_serves_several_requests(server):
    with server.connect() as connection:
        for _ in range(3):
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: althing\r\n\r\n")
            response, body = receive(connection)
            assert (response.status, json.loads(body)) == (200, {"status": "alive"})
            assert not response.will_close


def test_requests_sent_together_are_answered_in_order(server):
    with server.connect() as connection, connection.makefile("rb") as answers:
        connection.sendall(
            b"GET /livez HTTP/1.1\r\nHost: althing\r\n\r\n"
            b"GET /nowhere HTTP/1.1\r\nHost: althing\r\nConnection: close\r\n\r\n"
        )
        text = answers.read()
    assert text.startswith(b"HTTP/1.1 200")
    assert text.count(b"HTTP/1.1 404") == 1


def test_head_has_the_headers_of_get_and_no_body(server):
    with server.connect() as connection, connection.makefile("rb") as answer:
        connection.sendall(b"HEAD /livez HTTP/1.1\r\nHost: althing\r\nConnection: close\r\n\r\n")
        head, _, body = answer.read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-length: 19" in head.lower()
    assert body == b""


def test_a_client_that_asks_first_is_told_to_send_its_body(server):
    content = json.dumps(registration()).encode()
    head, _ = post("/v1/accounts", {}, f"Content-Length: {len(content)}", "Expect: 100-continue")
    with server.connect() as connection, connection.makefile("rb") as answers:
        connection.sendall(head)
        assert answers.readline().startswith(b"HTTP/1.1 100")
        assert answers.readline() == b"\r\n"
        connection.sendall(content)
        assert answers.readline().startswith(b"HTTP/1.1 201")


def test_a_body_may_come_in_chunks(server):
    head, content = post("/v1/accounts", registration(), "Transfer-Encoding: chunked")
    with server.connect() as connection:
        connection.sendall(head + chunked(content, 20))
        assert receive(connection)[0].status == 201


# --- limits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["sized", "chunked"])
def test_a_body_over_the_limit_is_refused_with_a_problem_document(server, form):
    body = registration() | {"display_name": "x" * MOST_BODY_BYTES}
    if form == "sized":
        text = post_sized("/v1/accounts", body)
    else:
        head, content = post("/v1/accounts", body, "Transfer-Encoding: chunked")
        text = head + chunked(content)
    with server.connect() as connection:
        connection.sendall(text)
        response, content = receive(connection)
    assert response.status == 413
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(content)["type"] == "/problems/body-too-large"


def test_a_body_far_over_the_limit_is_refused_before_it_is_sent(server):
    head, _ = post("/v1/accounts", {}, "Content-Length: 100000000")
    with server.connect() as connection:
        connection.sendall(head)
        assert receive(connection)[0].status == 413


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\r\n\r\n", id="no HTTP at all"),
        pytest.param(b"GET\r\n\r\n", id="no path"),
        pytest.param(b"GET /livez HTTP/1.1\r\nHost: althing\r\nno colon\r\n\r\n", id="no colon"),
        pytest.param(b"GET /livez HTTP/1.1\r\nHo st: althing\r\n\r\n", id="space in a name"),
        pytest.param(b"POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: ten\r\n\r\n", id="no number"),
        pytest.param(b"POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", id="negative"),
        pytest.param(
            b"POST /v1/accounts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", id="chunk"
        ),
        pytest.param(b"GET /livez HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", id="headers"),
    ],
)
def test_malformed_http_is_refused(server, text):
    with server.connect() as connection, connection.makefile("rb") as answer:
        with contextlib.suppress(OSError):  # refused before all of it has been sent
            connection.sendall(text)
        status_line = answer.readline().split()
    assert status_line[0].startswith(b"HTTP/1.")
    assert 400 <= int(status_line[1]) < 500
    assert server.open("/livez").status_code == 200


def test_the_server_that_faces_clients_does_not_name_itself(scratch):
    server = scratch(server="waitress")
    with server.connect() as connection, connection.makefile("rb") as answer:
        connection.sendall(b"nonsense\r\n\r\n")
        refusal = answer.read()
    assert server.open("/livez").headers["Server"] is None
    assert b"waitress" not in refusal.lower()


# --- stopping --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def writes_blocked(server):
    """Hold SQLite's write lock: a request that writes is in progress until the block ends."""
    path = server.environment["ALTHING_DATABASE_URL"].removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            blocker.execute("ROLLBACK")


@pytest.mark.parametrize("kind", SERVERS)
def test_a_request_in_progress_is_answered_before_the_server_stops(scratch, kind):
    server = scratch(server=kind)
    with server.connect() as connection, server.connect() as queued:
        with writes_blocked(server):
            connection.sendall(post_sized("/v1/accounts", registration()))
            queued.sendall(b"GET /livez HTTP/1.1\r\nHost: althing\r\n\r\n")
            receive(queued)  # so the request sent before it has arrived
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert server.process.poll() is None
        response, _ = receive(connection)
        assert response.status == 201
    assert server.process.wait(STOP_SECONDS) == 0
    assert b"Traceback" not in server.log.read_bytes()


def test_requests_that_wait_for_a_thread_are_answered_before_the_server_stops(scratch):
    server = scratch(server="waitress", threads=1)
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(server.connect()) for _ in range(5)]
        with writes_blocked(server):
            for connection in connections:
                connection.sendall(post_sized("/v1/accounts", registration()))
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
        assert [receive(connection)[0].status for connection in connections] == [201] * 5
    assert server.process.wait(STOP_SECONDS) == 0


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize(("number", "group"), [(signal.SIGTERM, False), (signal.SIGINT, True)])
def test_an_idle_server_stops_at_once(scratch, kind, number, group):
    server = scratch(server=kind)
    with server.connect() as idle:
        idle.sendall(b"GET /livez HTTP/1.1\r\nHost: althing\r\n\r\n")
        receive(idle)
        started = time.monotonic()
        assert server.stop(number, group=group) == 0
    assert time.monotonic() - started < 9, "stopped by the kill timeout"
    assert b"Traceback" not in server.log.read_bytes()


def test_a_half_sent_request_does_not_keep_the_server_from_stopping(scratch):
    server = scratch(server="waitress")
    with server.connect() as slow:
        slow.sendall(post_sized("/v1/accounts", registration())[:-10])
        assert server.open("/livez").status_code == 200
        assert server.stop() == 0


# --- what stands in its way ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SERVERS)
def test_a_port_that_is_taken_is_one_clear_line(scratch, kind):
    server = scratch(server=kind)
    second = server.command("serve")
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == f"althing: port {server.port} is in use; choose another with ALTHING_PORT\n"


def test_an_address_of_another_machine_is_one_clear_line(scratch):
    server = scratch(server="waitress")
    server.environment["ALTHING_HOST"] = "192.0.2.1"
    second = server.command("serve")
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.startswith("althing: cannot listen on 192.0.2.1 port")
    assert second.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "http"), ("SERVRE", "granian"), ("DATABASE_URL", "mysql://nowhere")]
)
def test_a_setting_that_cannot_be_used_is_one_clear_line(tmp_path, name, value):
    server = Server("sqlite:///unused.db", tmp_path)
    server.environment[f"ALTHING_{name}"] = value
    refused = server.command("serve")
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.startswith(f"althing: ALTHING_{name} ")
    assert refused.stderr.count("\n") == 1


# --- a whole installation --------------------------------------------------------------------------------


def test_the_commands_of_make_run_make_an_installation_from_nothing(tmp_path):
    server = Server(f"sqlite:///{tmp_path}/new/althing.db", tmp_path)
    for words in (["db", "upgrade"], ["keys", "rotate", "--if-none"]):
        done = server.command(*words)
        assert done.returncode == 0, done.stderr
    with running(server):
        assert server.open("/readyz").status_code == 200
        assert server.open("/docs").status_code == 200
        assert Portal(server).person().ok("GET", "/v1/accounts/me")["display_name"]
        greeting = server.log.read_text()
    assert f"http://127.0.0.1:{server.port}/docs" in greeting
    assert f"curl -s http://127.0.0.1:{server.port}/v1/accounts -H" in greeting


@pytest.mark.parametrize("kind", SERVERS)
def test_a_ballot_is_certified_by_the_worker_inside_the_server(scratch, kind):
    portal = Portal(scratch(server=kind))
    town = portal.town(1)
    ballot = portal.ballot(town, voting_period="PT1S")
    deadline = time.monotonic() + START_SECONDS
    while town.owner.ok("GET", ballot)["certified_at"] is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_killed_process_is_replaced_while_the_others_serve(templates, tmp_path):
    url = templates.database("postgresql", tmp_path)
    with serving(url, tmp_path, server="granian", processes=2) as server:
        before = server.workers()
        assert len(before) == 2
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        answered = 0
        deadline = time.monotonic() + START_SECONDS
        while len(server.workers() - {victim}) < 2 or answered < 20:
            assert time.monotonic() < deadline
            with contextlib.suppress(OSError, http.client.HTTPException):  # one that the victim had accepted
                answered += server.open("/readyz").status_code == 200
        assert server.stop() == 0


def test_processes_do_not_outlive_the_one_that_started_them(templates, tmp_path):
    url = templates.database("sqlite", tmp_path)
    with serving(url, tmp_path, server="granian") as server:
        server.process.kill()
        server.process.wait(STOP_SECONDS)
        deadline = time.monotonic() + STOP_SECONDS
        while not refuses_connections(server):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def refuses_connections(server):
    try:
        server.connect().close()
    except ConnectionRefusedError:
        return True
    return False
