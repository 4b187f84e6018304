"""``python -m benchmarks``: what this service costs on this machine, beside the barest thing that does the work."""

from __future__ import annotations

import argparse
import os
import platform
import secrets
import time
from dataclasses import dataclass

from benchmarks import boards, casts, databases, delegated, imports, inclusion, logs, whole_ballots
from benchmarks.casts import AUTOCOMMIT_LINE, CHANGED_LINE, COLD_LINE, SMALL_LINE, WARM_LINE, Plan
from benchmarks.databases import Database
from benchmarks.electorate import Community, Electorate
from benchmarks.figures import load_average
from benchmarks.servers import Server

URL_VARIABLE = "ALTHING_TEST_POSTGRES_URL"
SECTIONS = ("casts", "ballots", "rolls", "delegation", "imports", "boards", "log")
#: What takes a community of voters.
_VOTING = {"casts", "ballots", "log"}


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Members of the large and of the delegating community, rounds of each part (``rolls``: of each weighting), voters
    on the largest roll, lines of an import, ideas on a board, pages read of it, members of the community whose votes
    are followed into the log, and entries of a log.
    """

    members: int
    postgresql: int
    waitress: int
    sqlite: int
    ballots: int
    rolls: int
    roll: int
    lines: int
    imports: int
    delegating: int
    ideas: int
    pages: int
    following: int
    entries: int


FULL = Extent(
    members=100_000,
    postgresql=10,
    waitress=4,
    sqlite=5,
    ballots=3,
    rolls=2,
    roll=1_000_000,
    lines=1_000_000,
    imports=1,
    delegating=1_000_000,
    ideas=100_000,
    pages=20,
    following=40_000,
    entries=1_000_000,
)
QUICK = Extent(
    members=20_000,
    postgresql=4,
    waitress=0,
    sqlite=2,
    ballots=1,
    rolls=1,
    roll=20_000,
    lines=50_000,
    imports=1,
    delegating=50_000,
    ideas=10_000,
    pages=5,
    following=20_000,
    entries=50_000,
)


def main() -> None:
    """Measure on PostgreSQL where the environment names a server, and on SQLite."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds and members: an impression in a minute"
    )
    parser.add_argument("--on", choices=("postgresql", "sqlite"), help="one database only")
    parser.add_argument(
        "--only",
        choices=SECTIONS,
        help="casting votes, whole ballots, opening with the largest roll, closing with delegations, imports of "
        "balances, boards of many ideas, or the log",
    )
    options = parser.parse_args()
    extent = QUICK if options.quick else FULL
    sections = frozenset([options.only] if options.only else SECTIONS)
    started = time.monotonic()
    print(
        f"# Benchmarks of {time.strftime('%Y-%m-%d')}\n\nPython {platform.python_version()}, {platform.system()} "
        f"{platform.release()} {platform.machine()}, {load_average()}. Cells hold the median of the rounds (least to "
        "greatest); ratios are made round by round."
    )
    server = os.environ.get(URL_VARIABLE)
    if options.on != "sqlite" and server:
        with databases.postgresql(server) as database:
            _measure(database, extent, sections)
    elif options.on != "sqlite":
        print(f"\nNo PostgreSQL: {URL_VARIABLE} names no server.")
    if options.on != "postgresql":
        with databases.sqlite() as database:
            _measure(database, extent, sections)
    print(f"Measured in {time.monotonic() - started:.0f} seconds.")


def _measure(database: Database, extent: Extent, sections: frozenset[str]) -> None:
    electorate = Electorate(database, secrets.token_hex(32))
    large = electorate.found(extent.members if sections & _VOTING else 1)
    on_postgresql = database.kind == "postgresql"
    # SQLite has one writer: another process would only wait for it.
    server = Server("granian", processes=2 if on_postgresql else 1)
    rounds = extent.postgresql if on_postgresql else extent.sqlite
    if "casts" in sections:
        _measure_casting(server, electorate, large, extent, rounds)
    if "ballots" in sections:
        whole_ballots.measure(electorate, large, extent.ballots)
    if "rolls" in sections:
        whole_ballots.measure_openings(electorate, extent.roll, extent.rolls)
    if "delegation" in sections:
        delegated.measure(electorate, extent.delegating)
    if "imports" in sections:
        imports.measure(electorate, extent.lines, extent.imports)
    if "boards" in sections:
        boards.measure(electorate, electorate.found(1), extent.ideas, extent.pages)
    if "log" in sections:
        logs.measure_casting(server, electorate, large, rounds)
        inclusion.measure(server, electorate, electorate.found(extent.following))
        logs.measure_following(electorate, extent.entries)
    electorate.close()


def _measure_casting(
    server: Server, electorate: Electorate, large: Community, extent: Extent, rounds: int
) -> None:
    lines = frozenset({WARM_LINE, COLD_LINE})
    if electorate.database.kind == "sqlite":
        casts.measure("Casting", server, electorate, Plan(rounds, large, lines))
        return
    small = [electorate.found(1_000) for _ in range(8)]
    lines |= {CHANGED_LINE, SMALL_LINE, AUTOCOMMIT_LINE}
    casts.measure("Casting", server, electorate, Plan(rounds, large, lines, small))
    if extent.waitress:
        plan = Plan(extent.waitress, large, frozenset({WARM_LINE}))
        casts.measure("Casting", Server("waitress", processes=1), electorate, plan)


if __name__ == "__main__":
    main()
