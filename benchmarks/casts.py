"""Casting votes: the service's whole vote beside the floor's bare INSERT, on the same servers in turn."""

from __future__ import annotations

import contextlib
import statistics
import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from benchmarks import load
from benchmarks.electorate import Community, Electorate, OpenBallot, casting_body
from benchmarks.figures import load_average, middle, percentile, print_table, ratios
from benchmarks.floor import FLOOR, FLOOR_AUTOCOMMIT
from benchmarks.load import Clients, LoadError, Outcome
from benchmarks.processor_time import Cost, Meter, is_known
from benchmarks.servers import Server, Serving, serving

CONNECTIONS = 32
#: Of each burst: short, so that the next one meets the machine in the same mood.
SECONDS = 1.0
MOST_TIMES_FLOOR = 2
FLOOR_LINE = "floor: INSERT and COMMIT"
AUTOCOMMIT_LINE = "floor, its INSERT autocommitted"
WARM_LINE = "vote, token seen before"
CHANGED_LINE = "vote replaced, token seen before"
COLD_LINE = "vote, token never seen"
SMALL_LINE = "vote on rolls of 1,000"


@dataclass
class Line:
    """One way to cast: votes a second and the costs of one, round by round, and all latencies, in seconds."""

    rates: list[float] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    latencies: array[float] = field(default_factory=lambda: array("d"))

    @property
    def totals(self) -> list[float]:
        """Processor time of a vote in microseconds, round by round."""
        return [cost.server + cost.database for cost in self.costs]

    @property
    def parts(self) -> str:
        """Write the two medians that the totals are made of."""
        return " + ".join(
            f"{statistics.median(part):,.0f}"
            for part in ([c.server for c in self.costs], [c.database for c in self.costs])
        )

    def add(self, outcome: Outcome, cost: Cost) -> None:
        """Take a round in."""
        self.rates.append(outcome.rate)
        self.costs.append(cost)
        self.latencies.extend(outcome.latencies)


@dataclass(frozen=True)
class Plan:
    """How often to measure, and which lines; each round takes new members from the large community."""

    rounds: int
    large: Community
    lines: frozenset[str]
    small: Sequence[Community] = ()


def measure(title: str, server: Server, electorate: Electorate, plan: Plan) -> None:
    """Measure round by round, one server after the other, and print the table.

    :raises LoadError: when an answer is no success, or the database does not hold exactly the votes that were
        acknowledged.
    """
    database = electorate.database
    ballot = electorate.open(plan.large)
    lines: dict[str, Line] = {}
    with contextlib.ExitStack() as stack:
        floor = stack.enter_context(
            serving(server, "benchmarks.floor:app", {"FLOOR_DATABASE_URL": database.url})
        )
        service = stack.enter_context(serving(server, "wsgi:app", electorate.environment))
        database.settle()
        for number in range(plan.rounds + 1):
            casting = _Round(electorate, plan, ballot, number, floor=floor, service=service)
            for line, outcome, cost in casting.run():
                if number:  # the first round is practice: processes load, connections open
                    lines.setdefault(line, Line()).add(outcome, cost)
                print(f"{line}: {outcome.rate:,.0f}/s", end="; ", file=sys.stderr, flush=True)
            print(f"round {number} of {plan.rounds}, {load_average()}", file=sys.stderr, flush=True)
    _print(f"{title}: {database.description}, {server}", lines, plan)


def _print(title: str, lines: Mapping[str, Line], plan: Plan) -> None:
    floor = lines[FLOOR_LINE]
    about = (
        f"Roll of {plan.large.size:,} unless said otherwise; {plan.rounds} rounds of {SECONDS:g} s, in turn; "
        f"{CONNECTIONS} connections; {load_average()}."
    )
    notes = [about]
    if is_known():
        notes.append(
            "CPU µs: processor time of a vote, in the server's processes and in the database's (SQLite's is in the "
            "server's); floor ÷: the floor's over the line's."
        )
    if SMALL_LINE in lines:
        grown = ratios(lines[WARM_LINE].rates, lines[SMALL_LINE].rates)
        notes.append(
            f"Votes/s on the roll of {plan.large.size:,} ÷ on rolls of {plan.small[0].size:,}: {grown}."
        )
    print_table(
        title,
        ("", "votes/s", "÷ floor", "p50 ms", "p99 ms", *(("CPU µs", "floor ÷") if is_known() else ())),
        [_row(name, line, floor) for name, line in lines.items()],
        notes,
    )


def _row(name: str, line: Line, floor: Line) -> list[str]:
    p50, p99 = (f"{percentile(line.latencies, share) * 1000:.1f}" for share in (0.5, 0.99))
    cells = [name, middle(line.rates), ratios(line.rates, floor.rates), p50, p99]
    if is_known():
        cells += [line.parts, ratios(floor.totals, line.totals)]
    return cells


class _Round:
    """One round: the floor and the service once each in every way, on connections of their own."""

    def __init__(
        self,
        electorate: Electorate,
        plan: Plan,
        ballot: OpenBallot,
        number: int,
        *,
        floor: Serving,
        service: Serving,
    ) -> None:
        self._electorate = electorate
        self._plan = plan
        self._ballot = ballot
        self._floor, self._service = floor, service
        # Members vote once in a ballot: each round has its own, a half for warm tokens and a half for cold.
        share = plan.large.size // (2 * (plan.rounds + 1))
        first = 1 + 2 * share * number
        self._warm = range(first, first + share)
        self._cold = range(first + share, first + 2 * share)

    def run(self) -> Iterator[tuple[str, Outcome, Cost]]:
        """Yield what was measured, in order."""
        wanted = self._plan.lines
        outcome, cost = self._cast_at_floor(FLOOR)
        yield FLOOR_LINE, outcome, cost
        # More votes than this no server will take in the time, so no more requests are made.
        most = MOST_TIMES_FLOOR * outcome.in_time + CONNECTIONS
        with Clients(self._service.port, CONNECTIONS) as clients:
            first, changed = self._requests(self._ballot, self._warm[:most], revisions=2)
            self._show_tokens(clients, self._ballot, first)
            outcome, cost = self._cast(clients, [self._ballot], load.spread(first, CONNECTIONS))
            yield WARM_LINE, outcome, cost
            if CHANGED_LINE in wanted:
                voted = zip(load.spread(changed, CONNECTIONS), outcome.sent, strict=True)
                yield CHANGED_LINE, *self._cast(clients, [self._ballot], [q[:sent] for q, sent in voted])
        if COLD_LINE in wanted:
            (first,) = self._requests(self._ballot, self._cold[:most])
            with Clients(self._service.port, CONNECTIONS) as clients:
                yield COLD_LINE, *self._cast(clients, [self._ballot], load.spread(first, CONNECTIONS))
        if SMALL_LINE in wanted:
            yield self._cast_on_small_rolls(most)
        if AUTOCOMMIT_LINE in wanted:
            yield AUTOCOMMIT_LINE, *self._cast_at_floor(FLOOR_AUTOCOMMIT)

    def _cast_on_small_rolls(self, most: int) -> tuple[str, Outcome, Cost]:
        """Cast in one small community's new ballot after the other."""
        size = self._plan.small[0].size
        ballots = [self._electorate.open(community) for community in self._plan.small[: most // size + 1]]
        requests: list[bytes] = []
        with Clients(self._service.port, CONNECTIONS) as clients:
            for ballot in ballots:
                (first,) = self._requests(ballot, range(1, ballot.community.size + 1))
                requests += first
            self._show_tokens(clients, ballots[0], requests)
            measured = self._cast(clients, ballots, load.spread(requests, CONNECTIONS))
        return SMALL_LINE, *measured

    def _requests(
        self, ballot: OpenBallot, members: Sequence[int], *, revisions: int = 1
    ) -> list[list[bytes]]:
        """Write the members' requests, one list for each revision of their votes."""
        tokens = self._electorate.tokens(ballot.community, members)
        return [
            [
                load.request("PUT", f"{ballot.path}/votes/me", token, casting_body(member + revision))
                for member, token in zip(members, tokens, strict=True)
            ]
            for revision in range(revisions)
        ]

    def _show_tokens(self, clients: Clients, ballot: OpenBallot, requests: Sequence[bytes]) -> None:
        """Have each token seen by the process that will get its vote, as after any earlier call of the portal.

        The call asks for a parameter that does not exist: it is authenticated, then refused with 422 before
        the database is asked.
        """
        tokens = (request.partition(b"Bearer ")[2].partition(b"\r\n")[0].decode() for request in requests)
        calls = [load.request("GET", f"{ballot.path}?none=1", token) for token in tokens]
        clients.send(load.spread(calls, CONNECTIONS), b"422")

    def _cast(
        self, clients: Clients, ballots: Sequence[OpenBallot], queues: Sequence[Sequence[bytes]]
    ) -> tuple[Outcome, Cost]:
        before = self._recorded(ballots)
        outcome, cost = self._timed(clients, queues, self._service)
        recorded = tuple(n - b for n, b in zip(self._recorded(ballots), before, strict=True))
        if recorded != (outcome.acknowledged, outcome.acknowledged):
            raise LoadError(
                f"{outcome.acknowledged} votes were acknowledged, {recorded[0]} are in the database, and "
                f"{recorded[1]} in the audit log"
            )
        return outcome, cost

    def _timed(
        self, clients: Clients, queues: Sequence[Sequence[bytes]], server: Serving
    ) -> tuple[Outcome, Cost]:
        """Send requests; return what came of them, and a vote's processor time in microseconds."""
        meter = Meter(self._electorate.database, server.pid)
        meter.start()
        outcome = clients.send(queues, b"201", SECONDS)
        return outcome, meter.stop(outcome.acknowledged)

    def _recorded(self, ballots: Sequence[OpenBallot]) -> tuple[int, int]:
        """Count the casts in some ballots, and all entries of the audit log."""
        ids = sa.bindparam("ids", [ballot.id for ballot in ballots], expanding=True, type_=sa.Uuid())
        counting = sa.text("SELECT count(*) FROM casts WHERE ballot_id IN :ids").bindparams(ids)
        with self._electorate.database.engine.connect() as connection:
            casts = connection.execute(counting).scalar_one()
            entries = sum(
                connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in ("audit_outbox", "audit_log")
            )
        return casts, entries

    def _cast_at_floor(self, path: str) -> tuple[Outcome, Cost]:
        """Send the floor the same body under a header of the same length."""
        database = self._electorate.database
        requests = [
            load.request("PUT", path, "x" * len(self._plan.large.owner), casting_body(n)) for n in range(8)
        ]
        queue = requests * int(SECONDS * 1000 + 1)
        before = database.scalar("SELECT count(*) FROM floor_votes")
        with Clients(self._floor.port, CONNECTIONS) as clients:
            outcome, cost = self._timed(clients, [queue] * CONNECTIONS, self._floor)
        recorded = database.scalar("SELECT count(*) FROM floor_votes") - before
        if recorded != outcome.acknowledged:
            raise LoadError(f"the floor acknowledged {outcome.acknowledged} votes and recorded {recorded}")
        return outcome, cost
