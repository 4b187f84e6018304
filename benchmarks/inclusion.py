"""How long a vote waits for its place in the log: from its receipt to the first proof that anybody can fetch."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence

from app.worker.sequencing import INTERVAL_SECONDS
from benchmarks import load
from benchmarks.electorate import Community, Electorate, OpenBallot, casting_body
from benchmarks.figures import load_average, percentile, print_table, progress
from benchmarks.load import Clients, LoadError, Outcome
from benchmarks.logs import sequencing
from benchmarks.servers import Server, Serving, serving

#: Votes that are followed, one after the other.
_VOTES = 60
#: Seconds for which others vote meanwhile, and how many of them there are at most.
_CROWD_SECONDS = 15.0
_CROWD = 40_000
#: Connections of theirs: they keep the machine busy, and do not take all of it.
_CONNECTIONS = 4
_LOOK_SECONDS = 0.01
_PATIENCE_SECONDS = 60.0


def measure(server: Server, electorate: Electorate, community: Community) -> None:
    """Follow votes into the log, first on a log of their own and then beside a crowd of others, and print the table.

    :param community: with a log of its own: where checkpoints of it were kept elsewhere, none would be signed.
    :raises LoadError: when an answer is no success, or a vote does not come into the log.
    """
    ballot = electorate.open(community)
    crowd = range(2 * _VOTES + 1, min(community.size, _CROWD) + 1)
    with tempfile.TemporaryDirectory(prefix="althing-bench-") as directory:
        environment = electorate.environment | {"ALTHING_CHECKPOINT_STORE": directory}
        with serving(server, "wsgi:app", environment) as service, sequencing(environment):
            electorate.database.settle()
            alone = _followed(electorate, service, ballot, range(1, _VOTES + 1))
            progress("votes followed on a log of their own")
            with _crowd(electorate, service, ballot, crowd) as others:
                beside = _followed(electorate, service, ballot, range(_VOTES + 1, 2 * _VOTES + 1), others)
    rows = [
        ("alone", alone),
        (f"beside {others.outcome.rate:,.0f} votes a second on {_CONNECTIONS} connections", beside),
    ]
    about = (
        f"The sequencer rests {1000 * INTERVAL_SECONDS:.0f} ms after a round in which little waits; the proof is "
        f"asked for every {1000 * _LOOK_SECONDS:.0f} ms. {load_average().capitalize()}."
    )
    print_table(
        f"From a vote's receipt to its proof: {electorate.database.description}, {server}",
        ("", "votes followed", "median, ms", "p95, ms", "at most, ms"),
        [
            (name, str(len(waits)), *(f"{1000 * each:.0f}" for each in _figures(waits)))
            for name, waits in rows
        ],
        [about],
    )


class _Others:
    """A crowd that votes in a thread of its own, until its seconds are over."""

    def __init__(self) -> None:
        self.outcome = Outcome()
        self.done = threading.Event()
        self.failures: list[Exception] = []


@contextlib.contextmanager
def _crowd(
    electorate: Electorate, server: Serving, ballot: OpenBallot, members: Sequence[int]
) -> Iterator[_Others]:
    tokens = electorate.tokens(ballot.community, members)
    requests = [
        load.request("PUT", f"{ballot.path}/votes/me", token, casting_body(member))
        for member, token in zip(members, tokens, strict=True)
    ]
    others = _Others()

    def vote() -> None:
        try:
            with Clients(server.port, _CONNECTIONS) as clients:
                others.outcome = clients.send(load.spread(requests, _CONNECTIONS), b"201", _CROWD_SECONDS)
        except Exception as failure:  # noqa: BLE001 - raised again by whoever waits
            others.failures.append(failure)
        finally:
            others.done.set()

    thread = threading.Thread(target=vote)
    thread.start()
    time.sleep(1)  # until they are all at it
    try:
        yield others
    finally:
        thread.join()
    if others.failures:
        raise others.failures[0]


def _followed(
    electorate: Electorate,
    server: Serving,
    ballot: OpenBallot,
    members: Sequence[int],
    others: _Others | None = None,
) -> list[float]:
    """Vote for one member after the other, and return how long each waited for its proof.

    :param others: no vote is followed once they are done.
    """
    dice = random.Random(17)
    waits = []
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE_SECONDS)
    try:
        for member, token in zip(members, electorate.tokens(ballot.community, members), strict=True):
            if others is not None and others.done.is_set():
                break
            time.sleep(dice.random() * INTERVAL_SECONDS)  # at no beat that the sequencer could have
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            connection.request("PUT", f"{ballot.path}/votes/me", casting_body(member), headers)
            answer = connection.getresponse()
            receipt = json.loads(answer.read())
            if answer.status != http.HTTPStatus.CREATED:
                raise LoadError(f"a vote was answered {answer.status}")
            waits.append(_wait(connection, receipt["tracker"]))
    finally:
        connection.close()
    return waits[1:]  # the first is practice


def _wait(connection: http.client.HTTPConnection, tracker: str) -> float:
    started = time.perf_counter()
    while (waited := time.perf_counter() - started) < _PATIENCE_SECONDS:
        connection.request("GET", f"/v1/receipts/{tracker}/proof")
        answer = connection.getresponse()
        answer.read()
        if answer.status == http.HTTPStatus.OK:
            return time.perf_counter() - started
        time.sleep(_LOOK_SECONDS)
    raise LoadError(f"a vote has no proof after {waited:.0f} s")


def _figures(waits: Sequence[float]) -> tuple[float, float, float]:
    return statistics.median(waits), percentile(waits, 0.95), max(waits)
