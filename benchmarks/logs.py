"""The log: what it costs a vote, and a million entries of it sequenced, served and followed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.config import Settings
from app.db.units import Units
from app.domain.translog.frontier import Frontier
from app.domain.translog.hashing import leaf_hash
from app.models.audit import AuditEntry
from app.policies.permissions import Actor, Role
from app.services.audit import Action, entry_body
from app.services.translog.log import TransparencyLog
from benchmarks import load
from benchmarks.casts import CONNECTIONS, SECONDS
from benchmarks.electorate import Community, Electorate, OpenBallot, casting_body
from benchmarks.figures import load_average, middle, percentile, print_table, progress, ratios
from benchmarks.load import Clients, LoadError, Outcome
from benchmarks.memory import forget_peak, peak_mib
from benchmarks.servers import ROOT, Server, Serving, serving

_DRAIN_SECONDS = 300
_AT_ONCE = 10_000
_FOLLOW = """
import json, sys, time
from app.verify.__main__ import main
from benchmarks.memory import forget_peak, peak_mib
forget_peak()
idle, started = peak_mib(), time.perf_counter()
status = main(sys.argv[1:])
figures = {"status": status, "seconds": time.perf_counter() - started, "idle": idle, "peak": peak_mib()}
print(json.dumps(figures), file=sys.stderr)
"""


def measure_casting(server: Server, electorate: Electorate, large: Community, rounds: int) -> None:
    """Cast with the log and without it, in turn, and print the table.

    With it a vote writes its entry, and a sequencer runs beside the server, as in production; without it the same
    statements store the vote alone.

    :raises LoadError: when an answer is no success, or the log does not hold exactly the votes that it should.
    """
    ballot = electorate.open(large)
    measured: dict[str, list[Outcome]] = {"with": [], "without": []}
    with tempfile.TemporaryDirectory(prefix="althing-bench-") as directory:
        store = {"ALTHING_CHECKPOINT_STORE": directory}
        environment = electorate.environment | store
        with (
            serving(server, "wsgi:app", environment) as one,
            serving(server, "benchmarks.unlogged:app", environment) as other,
            sequencing(environment),
        ):
            electorate.database.settle()
            share = large.size // (2 * (rounds + 1))
            for number in range(2 * (rounds + 1)):
                which = "with" if number % 2 == 0 else "without"
                members = range(1 + share * number, 1 + share * (number + 1))
                outcome = _cast(
                    electorate, one if which == "with" else other, ballot, members, logged=which == "with"
                )
                if number > 1:  # the first round is practice
                    measured[which].append(outcome)
    rates = {which: [outcome.rate for outcome in outcomes] for which, outcomes in measured.items()}
    rows = [
        (
            f"vote {which} the log",
            middle(rates[which]),
            ratios(rates[which], rates["without"]) if which == "with" else "1",
            *(
                f"{percentile([x for o in outcomes for x in o.latencies], at) * 1000:.1f}"
                for at in (0.5, 0.99)
            ),
        )
        for which, outcomes in measured.items()
    ]
    about = (
        f"Roll of {large.size:,}; {rounds} rounds of {SECONDS:g} s, in turn; {CONNECTIONS} connections; "
        f"every entry had its place before the next burst; {load_average()}."
    )
    print_table(
        f"What the log costs a vote: {electorate.database.description}, {server}",
        ("", "votes/s", "÷ without", "p50 ms", "p99 ms"),
        rows,
        [about],
    )


@contextlib.contextmanager
def sequencing(environment: Mapping[str, str]) -> Iterator[None]:
    """Run the worker beside the servers, as in production."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ALTHING_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
        cwd=ROOT,
        env=inherited | dict(environment) | {"FLASK_SKIP_DOTENV": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _cast(
    electorate: Electorate, server: Serving, ballot: OpenBallot, members: Sequence[int], *, logged: bool
) -> Outcome:
    """Cast once for each member; afterwards the log holds an entry for each vote, or none for any."""
    tokens = electorate.tokens(ballot.community, members)
    requests = [
        load.request("PUT", f"{ballot.path}/votes/me", token, casting_body(member))
        for member, token in zip(members, tokens, strict=True)
    ]
    before = _entries(electorate, ballot)
    with Clients(server.port, CONNECTIONS) as clients:
        warm = [load.request("GET", f"{ballot.path}?none=1", token) for token in tokens]
        clients.send(load.spread(warm, CONNECTIONS), b"422")
        outcome = clients.send(load.spread(requests, CONNECTIONS), b"201", SECONDS)
    deadline = time.monotonic() + _DRAIN_SECONDS
    while electorate.database.scalar("SELECT count(*) FROM audit_outbox"):
        if time.monotonic() > deadline:
            raise LoadError("the sequencer does not keep up")
        time.sleep(0.1)
    recorded = _entries(electorate, ballot) - before
    if recorded != (outcome.acknowledged if logged else 0):
        raise LoadError(f"{outcome.acknowledged} votes were acknowledged, {recorded} are in the log")
    return outcome


def _entries(electorate: Electorate, ballot: OpenBallot) -> int:
    statement = "SELECT count(*) FROM audit_log WHERE object_id = :ballot AND action = 'ballot.cast'"
    return int(electorate.database.scalar(statement, {"ballot": str(ballot.id)}))


def measure_following(electorate: Electorate, entries: int) -> None:
    """Give many entries their places, serve the log, follow it with ``althing-verify``, and print the table.

    :raises AssertionError: when the follower finds anything.
    """
    community = electorate.found(1)
    with tempfile.TemporaryDirectory(prefix="althing-bench-") as directory:
        environment = electorate.environment | {"ALTHING_CHECKPOINT_STORE": directory}
        units = Units(electorate.database.engine)
        log = TransparencyLog.build(Settings.from_environment(environment), units)
        bodies = _fill(units, community, entries)
        progress(f"{entries:,} entries in the outbox")
        rows = [_bare(bodies), _sequenced(log, community, entries)]
        del bodies
        progress("all of them in the log")
        electorate.database.settle()
        with serving(Server("granian", 1), "wsgi:app", environment) as server:
            rows.append(_followed(electorate, community, server, Path(directory), entries))
    bare = rows[0][1]
    about = (
        "Bare: SHA-256 of every leaf and node, entries in memory. Sequenced: from the outbox into tree and tiles, "
        "each batch committed with its checkpoint. Followed: `althing-verify log` over HTTP, every entry compared "
        f"with its tile. MiB: added at most, and to what. {load_average().capitalize()}."
    )
    print_table(
        f"A log of {entries:,} entries: {electorate.database.description}",
        ("", "seconds", "entries/s", "÷ bare", "MiB"),
        [
            (name, f"{seconds:.1f}", f"{entries / seconds:,.0f}", f"{seconds / bare:.1f}", memory)
            for name, seconds, memory in rows
        ],
        [about],
    )


_Row = tuple[str, float, str]


def _fill(units: Units, community: Community, entries: int) -> list[bytes]:
    """Write entries of casts to the outbox and return their bytes."""
    actor = Actor("0" * 32, reference=str(uuid.uuid4()), role_used=Role.MEMBER, community_id=community.id)
    bodies = []
    for first in range(0, entries, _AT_ONCE):
        rows: list[dict[str, Any]] = []
        for number in range(first, min(first + _AT_ONCE, entries)):
            event, digest = uuid.uuid4(), hashlib.sha256(str(number).encode()).hexdigest()
            body = entry_body(
                actor,
                Action.BALLOT_CAST,
                ("ballot", community.id),
                log_id=community.id,
                event_id=event,
                at="2026-11-01T08:00:00.000Z",
                committed=digest,
            )
            rows.append(
                {"log_id": community.id, "event_id": event, "body": body, "leaf_hash": leaf_hash(body)}
            )
        with units.engine.begin() as connection:
            connection.execute(sa.insert(AuditEntry), rows)
        bodies += [row["body"] for row in rows]
    return bodies


def _bare(bodies: Sequence[bytes]) -> _Row:
    started = time.perf_counter()
    frontier = Frontier()
    for body in bodies:
        frontier.push(hashlib.sha256(b"\0" + body).digest())
    frontier.root()
    return "bare hashing", time.perf_counter() - started, ""


def _sequenced(log: TransparencyLog, community: Community, entries: int) -> _Row:
    forget_peak()
    idle, started, moved = peak_mib(), time.perf_counter(), 0
    while step := log.advance(community.id):
        moved += step
    assert moved >= entries
    return "sequenced", time.perf_counter() - started, _added(idle, peak_mib())


def _followed(
    electorate: Electorate, community: Community, server: Serving, directory: Path, entries: int
) -> _Row:
    auditor = "UPDATE membership_roles SET role = 'auditor' WHERE role = 'member'"
    with electorate.database.engine.begin() as connection:
        connection.execute(
            sa.text(f"{auditor} AND membership_id IN (SELECT id FROM memberships WHERE community_id = :id)"),
            {"id": community.id if electorate.database.kind == "postgresql" else community.id.hex},
        )
    (token,) = electorate.tokens(community, [1])
    bearer = directory / "bearer"
    bearer.write_text(token)
    prefix = f"/v1/communities/{community.id}/log"
    published = electorate.call("GET", f"{prefix}/keys", token)["keys"]
    command = [sys.executable, "-c", _FOLLOW, "log", f"http://127.0.0.1:{server.port}{prefix}", "--json"]
    command += ["--key", published[0]["checkpoint_key"], "--bearer-file", str(bearer)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stderr.splitlines()[-1])
    report = json.loads(done.stdout)
    assert told["status"] == 0, report
    assert report["checked"]["entries"] >= entries
    return "followed", told["seconds"], _added(told["idle"], told["peak"])


def _added(idle: float, peak: float) -> str:
    return f"{peak - idle:.0f} to {peak:.0f}"
