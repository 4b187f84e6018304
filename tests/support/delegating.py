"""A community that delegates: types under which each scope counts, and the calls by which weight moves."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from tests.support.charters import standalone, with_types
from tests.support.clock import Clock
from tests.support.portal import Person, Portal, Town

#: The scopes, each with the decision type of a ballot in which only narrower ones count.
EVERY_SCOPE = ["ballot", "decision_type", "community"]


def delegating(
    type_id: str, *, scopes: list[str] | None = None, cap: Any = None, **facts: Any
) -> dict[str, Any]:
    """Return a type of ballots between mint and lime, voted on for an hour, under which members delegate.

    Elections, as all further types of ballots opened directly are in the wide charter; nobody has to be elected.
    """
    rule = {"scopes": EVERY_SCOPE if scopes is None else scopes, "cap": cap}
    return (
        standalone(
            "election",
            id=type_id,
            title=type_id.replace("_", " ").capitalize(),
            voting_period="PT1H",
            method="plurality",
            delegation=rule,
            left_open=["weighting", "secrecy", "disclosure", "voting_period"],
        )
        | facts
    )


TYPES = [
    delegating("liquid"),
    delegating("capped", cap={"weight": 2}),
    delegating("tight", cap={"weight": 1}),
    delegating("shared", cap={"ratio": "1/2"}),
    delegating("narrow", scopes=["ballot"]),
    delegating("kindred", scopes=["ballot", "decision_type"]),
]


def delegating_charter(**parts: Any) -> dict[str, Any]:
    """Return the wide charter with the types above."""
    return with_types(*TYPES, **parts)


class Assembly:
    """A town whose members delegate; they are called a, b, c and so on."""

    def __init__(self, portal: Portal, clock: Clock | None = None, members: int = 4) -> None:
        self.portal, self.clock = portal, clock
        self.town: Town = portal.town(members=members, charter=delegating_charter())
        self.owner = self.town.owner
        self.people: dict[str, Person] = dict(zip("abcdefghij", self.town.members, strict=False))

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    @property
    def path(self) -> str:
        return f"{self.town.path}/delegations"

    def id_of(self, name: str | None) -> str | None:
        return None if name is None else self.people[name].memberships[self.town.id]

    def wanted(
        self, delegate: str | None, scope: str = "community", target: str | None = None, **facts: Any
    ) -> Any:
        """Return the body by which somebody delegates; the target is a ballot's path or a decision type."""
        body = {"scope": scope, "delegate_id": self.id_of(delegate)} | facts
        if scope == "ballot":
            body["ballot_id"] = (target or "").rpartition("/")[2]
        elif scope == "decision_type":
            body["decision_type"] = target
        return body

    def gives(
        self,
        delegator: str,
        delegate: str | None,
        scope: str = "community",
        target: str | None = None,
        **facts: Any,
    ) -> dict[str, Any]:
        return self[delegator].ok("POST", self.path, self.wanted(delegate, scope, target, **facts))

    def ballot(self, decision_type: str = "liquid", **facts: Any) -> str:
        options = [{"id": option, "title": option.title()} for option in ("mint", "lime")]
        return self.portal.ballot(self.town, decision_type=decision_type, options=options, **facts)

    def votes(self, ballot: str, name: str, choice: str = "mint") -> None:
        self[name].ok("PUT", f"{ballot}/votes/me", {"choice": choice})

    def close(self, ballot: str) -> dict[str, Any]:
        """Let the ballot's time run out, and return its result."""
        assert self.clock is not None
        self.clock.advance_to(dt.datetime.fromisoformat(self.owner.ok("GET", ballot)["closes_at"]))
        return self.owner.ok("GET", f"{ballot}/result")

    def own(self, ballot: str, name: str) -> dict[str, Any]:
        """Return what somebody is told about their weight."""
        return self[name].ok("GET", f"{ballot}/delegations/me")

    def evidence(self, ballot: str) -> list[dict[str, Any]]:
        answer = self.owner.call("GET", f"{ballot}/delegations")
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]


def totals(result: dict[str, Any]) -> dict[str, int]:
    """Return weight by option, of those that got any."""
    return {option: int(weight) for option, weight in result["count"]["totals"].items() if int(weight)}
