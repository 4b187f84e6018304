"""Where the walks take place: people, and for each walk a community and its twin, told the same at the same time.

The community is looked at after every step; of the twin nobody reads anything until the walk is over. So
whoever looks first after a silence would show as a difference between the two.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.db.units import Units
from app.services.proposals.settlement import settle
from tests.stateful.charter import charter
from tests.stateful.facts import ROLES
from tests.support.clock import Clock
from tests.support.portal import Person, Portal
from tests.support.portal import Town as Place

#: When every walk begins, so that a walk is the same whenever it is made.
BEGINNING = dt.datetime(2031, 3, 1, 12, 0, tzinfo=dt.UTC)
#: Access tokens are judged by the host's clock: people sign up anew before theirs end.
_FRESH_SECONDS = 240.0

#: All that a refused call may not change, as numbers.
_TRACE = """
SELECT (SELECT count(*) FROM audit_outbox WHERE log_id = :id) + (SELECT count(*) FROM audit_log WHERE log_id = :id),
       (SELECT count(*) FROM charter_versions WHERE community_id = :id),
       (SELECT coalesce(sum(version), 0) FROM proposals WHERE community_id = :id),
       (SELECT coalesce(sum(version), 0) FROM obligations WHERE community_id = :id),
       (SELECT count(*) FROM casts c JOIN ballots b ON b.id = c.ballot_id WHERE b.community_id = :id)
"""


@dataclass
class Community:
    """One of the two: its path, its people, and under which ids it knows what the model knows by position."""

    place: Place
    people: dict[str, Person]
    ids: dict[int, tuple[Any, str]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.place.path

    def path_to(self, thing: Any) -> str:
        """Return the id under which something of the model's is known here."""
        return self.ids[id(thing)][1]

    def call(self, who: str, method: str, path: str, body: Any, **options: Any) -> TestResponse:
        return self.people[who].call(method, self.path + path, body, **options)

    def get(self, who: str, path: str) -> Any:
        return self.people[who].ok("GET", self.path + path)

    def all(self, who: str, path: str) -> list[Any]:
        """Read a whole list."""
        found, cursor = [], ""
        while cursor is not None:
            page = self.get(who, f"{path}?limit=100{cursor}")
            found += page["items"]
            cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
        return found


class Stage:
    """The database of all walks of one test."""

    def __init__(self, app: Flask, units: Units, clock: Clock) -> None:
        self.portal, self.units, self.clock = Portal(app), units, clock
        self._people: dict[str, Person] = {}
        self._signed_up = 0.0

    def people(self) -> dict[str, Person]:
        if not self._people or time.monotonic() - self._signed_up > _FRESH_SECONDS:
            self._people = {who: self.portal.person(who) for who in ROLES}
            self._signed_up = time.monotonic()
        return self._people

    def found(self) -> Community:
        """Found a community with everybody in it but the outsider and whoever joins later."""
        people, founder = self.people(), self.people()["own"]
        facts = {"slug": f"town-{uuid.uuid4().hex[:12]}", "name": "Town", "open_joining": True}
        made = founder.ok("POST", "/v1/communities", facts | {"charter": charter()})
        community = Community(Place(founder, made["id"], []), people)
        for who, roles in ROLES.items():
            if roles and who != "own":
                self.join(community, who, roles)
        return community

    def join(self, community: Community, who: str, roles: frozenset[str]) -> None:
        """Have somebody join, and give them their roles in place of the one of member."""
        joined = community.people[who].ok("POST", f"{community.path}/members", {})
        here = f"{community.path}/members/{joined['id']}/roles"
        if "member" not in roles:
            community.place.owner.ok("DELETE", f"{here}/member")
        for role in roles - {"member"}:
            community.place.owner.ok("POST", here, {"role": role})

    def trace(self, community: Community) -> tuple[int, ...]:
        """Return what shows whether anything was written in a community."""
        statement = sa.text(_TRACE).bindparams(sa.bindparam("id", type_=sa.Uuid()))
        with self.units.read() as session:
            return tuple(map(int, session.execute(statement, {"id": uuid.UUID(community.place.id)}).one()))

    def settle(self, community: Community) -> None:
        """Do what the worker does."""
        settle(self.units, uuid.UUID(community.place.id))
