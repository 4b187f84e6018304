"""Whoever loses a power while they wait for their turn does not use it any more.

Two real transactions each: one takes the power and has not committed, the other was let in before that.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from app.db.units import Units
from app.policies.permissions import Actor, Permission, Role
from app.services import access
from app.services.communities import joining, members
from tests.support import journal
from tests.support.portal import Person, Portal, Town
from tests.support.tokens import give, member, treasury


class Scene:
    """A community of two owners; the second is about to lose the role."""

    def __init__(self, portal: Portal, units: Units) -> None:
        self.units = units
        self.town = portal.town()
        self.other = portal.join(self.town, "brand_owner")
        self.steward = portal.join(self.town, "steward")
        self.entries = 0
        """Entries of the ledger that were there before the race."""

    def member(self, person: Person) -> str:
        return f"{self.town.path}/members/{person.memberships[self.town.id]}"

    def tokens(self, **where: Person) -> dict[str, Any]:
        """Return the body of a request that does something with tokens of somebody's."""
        ((name, person),) = where.items()
        whose = {"to": "to", "source": "from"}[name]
        self.entries = 1 if name == "source" else 0
        if self.entries:
            give(self.town, (person, 5))
        return {whose: member(self.town, person), "amount": 5, "reason": "So"}

    def prize(self) -> dict[str, Any]:
        """Return the body of a transfer out of the treasury."""
        treasury(self.town, 5)
        self.entries = 1
        return {"from": "treasury", "to": member(self.town, self.steward), "amount": 5}

    def supplies(self) -> str:
        """Return a file of balances."""
        treasury(self.town, name="supplies")
        return "account,amount\nsupplies,1\n"

    def actor(self, person: Person) -> Actor:
        identity = person.app.extensions["althing.identity"].tokens.verify(person.token)
        return Actor("a-request", identity.account_id, identity.session_id)

    @contextmanager
    def entered(self, person: Person, permission: Permission) -> Iterator[tuple[sa.orm.Session, Actor]]:
        """Open a transaction for somebody in the community; it is committed when the block ends."""
        with self.units.write() as session:
            yield session, access.enter(session, self.actor(person), uuid.UUID(self.town.id), permission)

    @contextmanager
    def power_taken(self) -> Iterator[None]:
        """Take the role from the other owner in a transaction that ends with the block."""
        with self.entered(self.town.owner, Permission.ROLE_REVOKE) as (session, actor):
            membership = uuid.UUID(self.other.memberships[self.town.id])
            members.revoke(session, actor, membership, Role.BRAND_OWNER)
            yield

    def meanwhile(self, call: Callable[[], TestResponse]) -> Callable[[], TestResponse]:
        """Make a call on a thread, wait until it waits (or has been answered), and return how to get its answer."""
        answers: list[TestResponse] = []
        thread = threading.Thread(target=lambda: answers.append(call()))
        thread.start()
        until = time.monotonic() + 3
        while thread.is_alive() and time.monotonic() < until and not self._somebody_waits():
            time.sleep(0.02)

        def answer() -> TestResponse:
            thread.join()
            return answers[0]

        return answer

    def _somebody_waits(self) -> bool:
        if self.units.engine.dialect.name == "sqlite":
            time.sleep(0.2)  # SQLite does not tell
            return True
        waiting = sa.text(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        with self.units.read() as session:
            return session.scalar(waiting) > 0


@pytest.fixture
def scene(portal, units):
    return Scene(portal, units)


USES: dict[str, Callable[[Scene], tuple]] = {
    "gives a role": lambda s: ("POST", f"{s.member(s.steward)}/roles", {"role": "member"}),
    "takes a role": lambda s: ("DELETE", f"{s.member(s.steward)}/roles/steward"),
    "issues tokens": lambda s: ("POST", f"{s.town.path}/tokens/issues", s.tokens(to=s.steward)),
    "burns tokens": lambda s: ("POST", f"{s.town.path}/tokens/burns", s.tokens(source=s.steward)),
    "moves the treasury's": lambda s: ("POST", f"{s.town.path}/tokens/transfers", s.prize()),
    "imports balances": lambda s: ("POST", f"{s.town.path}/tokens/imports", s.supplies()),
    "changes the community": lambda s: ("PATCH", s.town.path, {"name": "Mine"}),
    "invites an owner": lambda s: ("POST", f"{s.town.path}/invitations", {"role": "brand_owner"}),
    "invites a steward": lambda s: ("POST", f"{s.town.path}/invitations", {"role": "steward"}),
}


@pytest.mark.parametrize("use", USES)
def test_an_owner_revoked_while_waiting_is_refused(use, scene):
    method, path, *body = USES[use](scene)
    options = {"if_match": "*"} if method in {"PUT", "PATCH"} else {}
    with scene.power_taken():
        answer = scene.meanwhile(lambda: scene.other.call(method, path, *body, **options))
    refused = answer()
    assert refused.status_code == 403, refused.text
    assert refused.get_json()["type"] == "/problems/forbidden"
    assert journal.entries(scene.units)[-1].said["action"] == "role.revoked"
    with scene.units.read() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM invitations")) == 0
        assert session.scalar(sa.text("SELECT count(*) FROM token_entries")) == scene.entries
    assert scene.town.owner.ok("GET", scene.member(scene.steward))["roles"] == ["steward"]
    assert scene.town.owner.ok("GET", scene.town.path)["name"] == "Town"


def test_an_invitation_made_as_its_maker_is_revoked_is_void(scene):
    with scene.entered(scene.other, Permission.INVITATION_CREATE) as (session, actor):
        day = dt.timedelta(days=1)
        _, code = joining.invite(session, actor, role=Role.BRAND_OWNER, max_uses=1, expires_in=day)
        path = f"{scene.member(scene.other)}/roles/brand_owner"
        answer = scene.meanwhile(lambda: scene.town.owner.call("DELETE", path))
    assert answer().status_code == 200
    stranger = Portal(scene.other.app).person()
    joined = {"invitation_code": code}
    stranger.refused(409, "invalid-invitation", "POST", f"{scene.town.path}/members", joined)


def test_an_owner_who_signed_out_while_waiting_is_refused(scene):
    with scene.units.write() as session:
        joining.lock_roles(session, inside(scene, session), Permission.ROLE_REVOKE)
        path = f"{scene.member(scene.steward)}/roles/steward"
        answer = scene.meanwhile(lambda: scene.other.call("DELETE", path))
        session.execute(
            sa.text("UPDATE sign_in_sessions SET revoked_at = expires_at WHERE account_id = :who"),
            {"who": account_key(scene)},
        )
    assert answer().status_code == 401


def inside(scene: Scene, session: sa.orm.Session) -> Actor:
    community = uuid.UUID(scene.town.id)
    return access.enter(session, scene.actor(scene.town.owner), community, Permission.ROLE_REVOKE)


def account_key(scene: Scene) -> object:
    account = uuid.UUID(scene.other.account_id)
    return account.hex if scene.units.engine.dialect.name == "sqlite" else account


def test_who_holds_no_role_any_more_may_look_and_leave(portal, units):
    town: Town = portal.town()
    bare = portal.join(town)
    town.owner.ok("DELETE", f"{town.path}/members/{bare.memberships[town.id]}/roles/member")
    own = f"{town.path}/members/me"
    assert bare.ok("GET", own)["roles"] == []
    bare.refused(403, "forbidden", "GET", town.path)
    assert bare.call("DELETE", own).status_code == 204
    said = journal.entries(units)[-1].said
    assert (said["action"], said["role"]) == ("member.left", None)
    bare.refused(404, "not-found", "GET", own)
    bare.ok("POST", f"{town.path}/members", {})
    assert bare.ok("GET", own)["roles"] == ["member"]
