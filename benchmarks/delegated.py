"""Closing a ballot in which half of the members delegate, beside one in which only direct votes count."""

from __future__ import annotations

import copy
import json
import time
import uuid
from typing import Any

from app.domain.charter.templates import TEMPLATES
from benchmarks.electorate import Community, Electorate, OpenBallot
from benchmarks.figures import load_average, print_table
from benchmarks.observed import PEAK
from benchmarks.processor_time import Meter
from benchmarks.servers import Fetched, Server, Serving, fetch, serving

#: Voting is over a second after the opening; the votes are loaded as if they had been cast in it.
_BRIEF = "PT1S"
_SECONDS_IN_MICROSECONDS = 1e6


def measure(electorate: Electorate, members: int) -> None:
    """Close two ballots of a community, one of each sort, download the evidence, and print the table.

    :raises AssertionError: when a weight is missing from the result.
    """
    community = electorate.found(members, charter=_charter())
    electorate.delegate(community)
    electorate.database.settle()
    ballots = {kind: _opened(electorate, community, kind) for kind in ("direct", "liquid")}
    for ballot in ballots.values():
        electorate.fill_odd(ballot)
    electorate.database.settle()
    time.sleep(1)
    with serving(Server("granian", 1), "benchmarks.observed:app", electorate.environment) as server:
        voters = (members + 1) // 2
        direct = _Measured(electorate, server, ballots["direct"], "/result")
        assert _weight(direct.answer) == voters
        liquid = _Measured(electorate, server, ballots["liquid"], "/result")
        assert _weight(liquid.answer) == members
        evidence = _Measured(electorate, server, ballots["liquid"], "/delegations")
        assert evidence.answer.lines == members // 2 + 1
        rows = [
            direct.row("close, direct votes alone", None),
            liquid.row("close, the others delegating", direct),
            evidence.row("download the evidence", None),
        ]
    about = (
        f"{voters:,} vote and {members // 2:,} delegate. One round; ÷ direct is of processor time. MiB: memory of "
        f"the server's process, added at most, and to what. {load_average().capitalize()}."
    )
    print_table(
        f"Delegation in a ballot of {members:,}: {electorate.database.description}",
        ("", "seconds", "CPU s, server", "CPU s, database", "÷ direct", "MiB"),
        rows,
        [about],
    )


class _Measured:
    """One request: what it took."""

    def __init__(self, electorate: Electorate, server: Serving, ballot: OpenBallot, path: str) -> None:
        headers = {"Authorization": f"Bearer {ballot.community.owner}"}
        fetch(server.port, ballot.path, headers=headers)  # what every process loads once
        fetch(server.port, PEAK)
        self.idle = float(fetch(server.port, PEAK).start)
        meter = Meter(electorate.database, server.pid)
        meter.start()
        self.answer: Fetched = fetch(server.port, ballot.path + path, headers=headers)
        cost = meter.stop(1)
        assert self.answer.status == 200, self.answer.start.decode(errors="replace")
        self.server = cost.server / _SECONDS_IN_MICROSECONDS
        self.database = cost.database / _SECONDS_IN_MICROSECONDS
        self.peak = float(fetch(server.port, PEAK).start)

    def row(self, title: str, floor: _Measured | None) -> tuple[str, ...]:
        """Return a row of the table."""
        whole = self.server + self.database
        return (
            title,
            f"{self.answer.seconds:.1f}",
            f"{self.server:.1f}",
            f"{self.database:.1f}",
            "" if floor is None else f"{whole / (floor.server + floor.database):.2f}",
            f"+{self.peak - self.idle:.0f} on {self.idle:.0f}",
        )


def _opened(electorate: Electorate, community: Community, decision_type: str) -> OpenBallot:
    facts = {"decision_type": decision_type, "voting_period": _BRIEF}
    body = {"title": "Which flavour next?", "options": _OPTIONS, **facts}
    drafted = electorate.call("POST", community.path, community.owner, body)
    opened = electorate.call("POST", f"{community.path}/{drafted['id']}/open", community.owner)
    assert opened["roll_size"] == community.size
    return OpenBallot(community, uuid.UUID(opened["id"]))


def _weight(answer: Fetched) -> int:
    return int(json.loads(answer.start)["turnout"]["weight"])


def _charter() -> dict[str, Any]:
    """Return a shipped charter with two types more, alike but for delegation."""
    charter = copy.deepcopy(dict(TEMPLATES["small_brand"].document))
    rule = {"scopes": ["ballot", "decision_type", "community"], "cap": None}
    for name, delegation in (("direct", None), ("liquid", rule)):
        charter["decision_types"].append(
            {
                "id": name,
                "title": name.capitalize(),
                "for": "election",
                "opened_by": ["brand_owner"],
                "voting_period": _BRIEF,
                "method": "irv",
                "binding_level": "advisory",
                "delegation": delegation,
                "left_open": ["voting_period"],
            }
        )
    return charter


_OPTIONS = [{"id": name, "title": name.title()} for name in ("mint", "lime", "yuzu", "plum")]
