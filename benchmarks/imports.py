"""Import of balances: a file of a million accounts, beside loading the same rows into a bare table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.electorate import Community, Electorate
from benchmarks.figures import load_average, middle, print_table, ratios
from benchmarks.observed import PEAK
from benchmarks.servers import ROOT, Server, Serving, fetch, serving
from benchmarks.whole_ballots import Series

_BARE = {"postgresql": "COPY", "sqlite": "executemany"}


@dataclass(frozen=True)
class Import:
    """A request with a file of balances.

    :param query: its parameters.
    :param status: of the answer, if all goes well.
    """

    title: str
    path: str
    query: str
    status: int


@dataclass(frozen=True)
class Balances:
    """A file, and how many accounts it names."""

    file: Path
    lines: int


IMPORTS = (
    Import("dry run", "/dry-run", "create_accounts=true", 200),
    Import("import, every account new", "", "create_accounts=true", 201),
    Import("import, every account known", "", "again=true", 201),
    Import("match, every account burns half", "", "again=true&mode=match", 201),
)


def measure(electorate: Electorate, lines: int, rounds: int) -> None:
    """Import a file into new communities, and print the table.

    :raises AssertionError: when a line is missing, or the supply is not what the file says.
    """
    database = electorate.database
    with tempfile.TemporaryDirectory(prefix="althing-bench-") as directory:
        file = Path(directory) / "balances.csv"
        with file.open("w", newline="") as sink:
            sink.writelines(_file(lines))
        floor = Series()
        series = {each.title: Series() for each in IMPORTS}
        for _ in range(rounds):
            community = electorate.found(1)
            database.settle()
            _run_bare(electorate, file, lines, floor)
            for each in IMPORTS:
                with serving(
                    Server("granian", 1), "benchmarks.observed:app", electorate.environment
                ) as server:
                    _run(each, server, community, Balances(file, lines), series[each.title])
        size = file.stat().st_size
    rows = [
        (
            each.title,
            middle(series[each.title].seconds, "{:.1f}"),
            middle([lines / seconds for seconds in series[each.title].seconds]),
            ratios(series[each.title].seconds, floor.seconds),
            series[each.title].memory,
        )
        for each in IMPORTS
    ]
    bare = (f"bare {_BARE[database.kind]}", middle(floor.seconds, "{:.1f}"))
    rows.append((*bare, middle([lines / seconds for seconds in floor.seconds]), "1", floor.memory))
    about = (
        "Seconds over HTTP from the first byte of the file to the answer. The bare program loads names and amounts "
        "into a table with one key. MiB: memory of the server's process and of the bare program, added at most, "
        f"and to what. {load_average().capitalize()}."
    )
    print_table(
        f"Balances of {lines:,} accounts, {size / 1e6:.0f} MB of CSV: {database.description}",
        ("", "seconds", "lines a second", "÷ bare", "MiB"),
        rows,
        [about],
    )


def _file(lines: int) -> Iterator[str]:
    yield "account,amount\n"
    for number in range(lines):
        yield f"0x{(number * 0x9E3779B97F4A7C15) % 2**160:040x},{number % 1000 + 1}\n"


def _run(each: Import, server: Serving, community: Community, balances: Balances, series: Series) -> None:
    tokens = f"/v1/communities/{community.id}/tokens"
    headers = {"Authorization": f"Bearer {community.owner}"}
    first = not series.seconds
    if first:
        fetch(server.port, tokens, headers=headers)  # what every process loads once
        fetch(server.port, PEAK)
        series.idle = float(fetch(server.port, PEAK).start)
    headers |= {
        "Content-Type": "text/csv",
        "Content-Length": str(balances.file.stat().st_size),
        "Idempotency-Key": uuid.uuid4().hex,
    }
    with balances.file.open("rb") as body:
        answer = fetch(
            server.port,
            f"{tokens}/imports{each.path}?{each.query}",
            method="POST",
            headers=headers,
            body=body,
        )
    assert answer.status == each.status, answer.start.decode(errors="replace")
    told: Mapping[str, Any] = json.loads(answer.start)
    assert (told["rows"], told["bad_lines"]) == (balances.lines, 0)
    series.seconds.append(answer.seconds)
    if first:
        series.peak = float(fetch(server.port, PEAK).start)


def _run_bare(electorate: Electorate, file: Path, lines: int, series: Series) -> None:
    facts = {
        "BARE_DATABASE_URL": electorate.database.url,
        "BARE_COMMUNITY": str(uuid.UUID(int=0)),
        "BARE_BALLOT": str(uuid.UUID(int=0)),
        "BARE_FILE": str(file),
    }
    command = [sys.executable, "-m", "benchmarks.bare", "load"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | facts, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert told["rows"] == lines
    if not series.seconds:
        series.idle, series.peak = told["idle"], told["peak"]
    series.seconds.append(told["seconds"])
