"""Operations on a whole ballot: opening, exporting, counting, each beside the one statement at its core."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.charter.templates import TEMPLATES
from app.domain.weights import Weighting
from benchmarks import bare
from benchmarks.electorate import Community, Electorate, OpenBallot
from benchmarks.figures import load_average, middle, print_table, progress, ratios
from benchmarks.observed import PEAK
from benchmarks.servers import ROOT, Fetched, Server, Serving, fetch, serving

#: Everybody votes and nobody may change a vote: such a ballot can close as soon as all have voted.
_CLOSES_EARLY = {"vote_change": False, "early_close": True}


@dataclass(frozen=True)
class Operation:
    """A request about a whole ballot.

    :param bare: the operation of :mod:`benchmarks.bare` that does no more than its core.
    :param counted: answer -> over how many members or votes it went, to be compared with the roll.
    """

    title: str
    bare: str
    method: str
    path: str
    counted: Callable[[Fetched], int]


_OPEN = Operation(
    "open (bare: INSERT … SELECT)", "open", "POST", "/open", lambda a: int(json.loads(a.start)["roll_size"])
)
_EXPORTS = (
    Operation("export as CSV (bare: {csv})", "csv", "GET", "/log?format=csv", lambda a: a.lines - 1),
    Operation("export as JSON Lines (bare: {jsonl})", "jsonl", "GET", "/log?format=jsonl", lambda a: a.lines),
)
_CLOSE = Operation(
    "close and count (bare: GROUP BY)",
    "count",
    "POST",
    "/close",
    lambda a: int(json.loads(a.start)["turnout"]["voters"]),
)
_BARE_EXPORTS = {
    "postgresql": {"csv": "COPY", "jsonl": "COPY of row_to_json"},
    "sqlite": {"csv": "csv module", "jsonl": "json_object"},
}


#: How a ballot is drafted so that its roll is of each weighting.
_WEIGHTED = {
    weighting: {"weighting": weighting.value}
    | (
        {"method": "yes_no", "options": [], "threshold": {"ratio": "1/2"}}
        if weighting is Weighting.DUAL
        else {}
    )
    for weighting in Weighting
}


@dataclass
class Series:
    """Seconds of each round; memory in MiB before the first and at most in it."""

    seconds: list[float] = field(default_factory=list)
    idle: float = 0.0
    peak: float = 0.0

    @property
    def memory(self) -> str:
        """Write what the operation added, and to what."""
        return f"+{self.peak - self.idle:.0f} on {self.idle:.0f}"


def measure(electorate: Electorate, community: Community, rounds: int) -> None:
    """Open, export and close ballots of the whole community, and print the table.

    :raises AssertionError: when an answer or a bare statement misses somebody.
    """
    database = electorate.database
    with database.engine.begin() as connection:
        connection.exec_driver_sql(bare.ROLL_TABLE[database.kind])
    drafts = [electorate.draft(community, **_CLOSES_EARLY) for _ in range(rounds)]
    ballots = [OpenBallot(community, uuid.UUID(path.rpartition("/")[2])) for path in drafts]
    database.settle()
    rows = [_measure_one(_OPEN, electorate, ballots)]
    for ballot in ballots:
        electorate.fill(ballot)
    database.settle()
    rows += [_measure_one(operation, electorate, ballots) for operation in (*_EXPORTS, _CLOSE)]
    about = (
        f"{rounds} rounds, in turn. MiB: memory of the server's process and of the bare program, added at most, "
        f"and to what. {load_average().capitalize()}."
    )
    print_table(
        f"A ballot of {community.size:,}: {database.description}",
        ("", "seconds", "bare", "÷ bare", "MiB", "bare"),
        rows,
        ["Seconds over HTTP to the last byte of the answer; " + about],
    )


def token_charter() -> dict[str, Any]:
    """Return a charter under which a ballot may be held by any weighting."""
    charter = copy.deepcopy(dict(TEMPLATES["small_brand"].document))
    (poll,) = (each for each in charter["decision_types"] if each["id"] == "general")
    poll["weight_cap"] = {
        "ratio": "1/1000000"
    }  # the mean of what they hold, so that it clamps every other one
    poll["exclude"] = ["brand_holdings"]
    poll["token_majority"] = {"threshold": {"ratio": "1/2"}}
    return charter | {"verified_accounts": True}


def measure_openings(electorate: Electorate, size: int, rounds: int) -> None:
    """Open ballots of a community of token holders, some under each weighting, and print the table.

    :raises AssertionError: when somebody is missing on a roll.
    """
    database = electorate.database
    community = electorate.found(size, charter=token_charter())
    progress(f"{size:,} members joined")
    electorate.give_tokens(community)
    progress("all of them hold tokens")
    with database.engine.begin() as connection:
        connection.exec_driver_sql(bare.ROLL_TABLE[database.kind])
    about = f"{rounds} rounds, in turn. {load_average().capitalize()}."
    rows = []
    for weighting, facts in _WEIGHTED.items():
        drafts = [electorate.draft(community, **facts) for _ in range(rounds)]
        ballots = [OpenBallot(community, uuid.UUID(path.rpartition("/")[2])) for path in drafts]
        database.settle()
        rows.append(_measure_one(replace(_OPEN, title=weighting.value), electorate, ballots))
    print_table(
        f"Opening with a roll of {size:,}: {database.description}",
        ("weighting", "seconds", "bare", "÷ bare", "MiB", "bare"),
        rows,
        ["Bare is INSERT … SELECT of members who weigh 1 each, into a roll without foreign keys; " + about],
    )


def _measure_one(
    operation: Operation, electorate: Electorate, ballots: Sequence[OpenBallot]
) -> tuple[str, ...]:
    """Do one operation on each ballot, beside its bare counterpart; return a row of the table."""
    service, floor = Series(), Series()
    with serving(Server("granian", 1), "benchmarks.observed:app", electorate.environment) as server:
        for ballot in ballots:
            _run_bare(operation, electorate, ballot, floor)
            _run(operation, server, ballot, service)
    row = (
        operation.title.format(**_BARE_EXPORTS[electorate.database.kind]),
        middle(service.seconds, "{:.2f}"),
        middle(floor.seconds, "{:.2f}"),
        ratios(service.seconds, floor.seconds),
        service.memory,
        floor.memory,
    )
    progress(", ".join(row))
    return row


def _run(operation: Operation, server: Serving, ballot: OpenBallot, series: Series) -> None:
    headers = {"Authorization": f"Bearer {ballot.community.owner}"}
    first = not series.seconds
    if first:
        fetch(server.port, ballot.path, headers=headers)  # what every process loads once
        fetch(server.port, PEAK)
        series.idle = float(fetch(server.port, PEAK).start)
    if operation.method == "POST":
        headers["Idempotency-Key"] = uuid.uuid4().hex
    answer = fetch(server.port, ballot.path + operation.path, method=operation.method, headers=headers)
    assert answer.status == 200, answer.start.decode(errors="replace")
    assert operation.counted(answer) == ballot.community.size
    series.seconds.append(answer.seconds)
    if first:
        series.peak = float(fetch(server.port, PEAK).start)


def _run_bare(operation: Operation, electorate: Electorate, ballot: OpenBallot, series: Series) -> None:
    facts = {
        "BARE_DATABASE_URL": electorate.database.url,
        "BARE_COMMUNITY": str(ballot.community.id),
        "BARE_BALLOT": str(ballot.id),
    }
    command = [sys.executable, "-m", "benchmarks.bare", operation.bare]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | facts, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert told["rows"] == ballot.community.size
    if not series.seconds:
        series.idle, series.peak = told["idle"], told["peak"]
    series.seconds.append(told["seconds"])
