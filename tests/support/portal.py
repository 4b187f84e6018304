"""A portal in miniature: the calls that tests make, each as some person."""

from __future__ import annotations

import copy
import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.charters import wide_charter
from tests.support.towns import Towns

PASSWORD = "correct horse battery"

#: An identifier that nothing has.
UNKNOWN = "00000000-0000-7000-8000-000000000000"

_numbers = itertools.count(1)


@dataclass
class Person:
    """Somebody with an account, and the calls they make."""

    app: Flask
    name: str
    email: str = ""
    token: str = ""
    refresh_token: str = ""
    account_id: str = ""
    memberships: dict[str, str] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """Return who it is, in terms of JSON."""
        return copy.deepcopy({name: value for name, value in vars(self).items() if name != "app"})

    @classmethod
    def of(cls, app: Flask, facts: dict[str, Any]) -> Person:
        """Return the person that these facts tell of."""
        return cls(app, **copy.deepcopy(facts))

    def call(self, method: str, path: str, body: Any = None, /, **options: Any) -> TestResponse:
        """Make a call; ``key``, ``if_match`` and ``headers`` are options. A body is JSON, or CSV where it is text."""
        headers = dict(options.pop("headers", {}))
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if method == "POST":
            headers.setdefault("Idempotency-Key", options.pop("key", uuid.uuid4().hex))
        if "if_match" in options:
            headers["If-Match"] = options.pop("if_match")
        if isinstance(body, str):
            options["data"] = body.encode()
            headers.setdefault("Content-Type", options.pop("content_type", "text/csv"))
        elif body is not None:
            options["data"] = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        return self.app.test_client().open(path, method=method, headers=headers, **options)

    def ok(self, method: str, path: str, body: Any = None, /, **options: Any) -> Any:
        """Make a call that must succeed, and return its JSON."""
        response = self.call(method, path, body, **options)
        assert response.status_code < 300, (method, path, response.status_code, response.text)
        return response.get_json(silent=True)

    def refused(
        self, status: int, slug: str, method: str, path: str, body: Any = None, /, **options: Any
    ) -> Any:
        """Make a call that must be refused for one reason, and return the problem document."""
        response = self.call(method, path, body, **options)
        assert response.status_code == status, (method, path, response.status_code, response.text)
        assert response.content_type == "application/problem+json"
        problem = response.get_json()
        assert problem["type"] == f"/problems/{slug}", problem
        return problem

    def tag(self, path: str) -> str:
        """Return the entity tag of what stands at a path, as this person sees it."""
        return self.call("GET", path).headers["ETag"]


@dataclass
class Town:
    """A community and the people in it."""

    owner: Person
    id: str
    members: list[Person]

    @property
    def path(self) -> str:
        """Return the community's path."""
        return f"/v1/communities/{self.id}"

    def facts(self) -> dict[str, Any]:
        """Return who is in it, in terms of JSON."""
        members = [member.facts() for member in self.members]
        return {"id": self.id, "owner": self.owner.facts(), "members": members}

    @classmethod
    def of(cls, app: Flask, facts: dict[str, Any]) -> Town:
        """Return the town that these facts tell of."""
        members = [Person.of(app, member) for member in facts["members"]]
        return cls(Person.of(app, facts["owner"]), facts["id"], members)


class Portal:
    """Makes people and communities over the API."""

    def __init__(self, app: Flask, towns: Towns | None = None) -> None:
        """Speak to an application.

        :param towns: those that other tests founded in other databases of its kind.
        """
        self.app = app
        self.towns = towns
        self.visitor = Person(app, "visitor")

    def person(self, name: str = "") -> Person:
        """Register somebody."""
        name = name or f"person {next(_numbers)}"
        email = f"{uuid.uuid4().hex}@example.org"
        made = self.visitor.ok(
            "POST", "/v1/accounts", {"email": email, "display_name": name, "password": PASSWORD}
        )
        return Person(
            self.app, name, email, made["access_token"], made["refresh_token"], made["account"]["id"]
        )

    def town(self, members: int = 0, **facts: Any) -> Town:
        """Found a community with some members, under the wide charter unless ``facts`` name another."""
        if self.towns is None:
            return self._found(members, facts)
        founded: list[Town] = []

        def found() -> dict[str, Any]:
            founded.append(self._found(members, facts))
            return founded[0].facts()

        kept = self.towns.found(self.app.extensions["althing.units"], {"members": members} | facts, found)
        return founded[0] if founded else Town.of(self.app, kept)

    def _found(self, members: int, facts: dict[str, Any]) -> Town:
        owner = self.person("owner")
        facts = {"slug": f"town-{uuid.uuid4().hex[:12]}", "name": "Town", "open_joining": True} | facts
        if "charter_template" not in facts:
            facts.setdefault("charter", wide_charter())
        community = owner.ok("POST", "/v1/communities", facts)
        town = Town(owner, community["id"], [])
        town.members.extend(self._join(town, ()) for _ in range(members))
        return town

    def join(self, town: Town, *roles: str) -> Person:
        """Have somebody join; with roles, those replace the role of member."""
        if self.towns is None:
            return self._join(town, roles)
        came: list[Person] = []

        def join() -> dict[str, Any]:
            came.append(self._join(town, roles))
            return came[0].facts()

        kept = self.towns.joined(self.app.extensions["althing.units"], town.id, roles, join)
        return came[0] if came else Person.of(self.app, kept)

    def _join(self, town: Town, roles: tuple[str, ...]) -> Person:
        person = self.person()
        made = person.ok("POST", f"{town.path}/members", {})
        person.memberships[town.id] = made["id"]
        if roles:
            town.owner.ok("DELETE", f"{town.path}/members/{made['id']}/roles/member")
        for role in roles:
            town.owner.ok("POST", f"{town.path}/members/{made['id']}/roles", {"role": role})
        return person

    def ballot(self, town: Town, *, opened: bool = True, **facts: Any) -> str:
        """Draft a ballot, open it unless told otherwise, and return its path."""
        facts = {
            "title": "Which flavour?",
            "options": [{"id": o, "title": o.title()} for o in ("mint", "lime", "yuzu")],
        } | facts
        if "decision_type" not in facts:  # whoever names one states what it leaves open, too
            facts = {"kind": "product_vote", "method": "irv", "voting_period": "P1D"} | facts
        if facts.get("method") == "yes_no":
            facts.pop("options")
            facts.setdefault("threshold", {"ratio": "1/2", "strict": True})
        made = town.owner.ok("POST", f"{town.path}/ballots", facts)
        path = f"{town.path}/ballots/{made['id']}"
        if opened:
            town.owner.ok("POST", f"{path}/open")
        return path
