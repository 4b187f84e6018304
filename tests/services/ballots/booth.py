"""A community with an open ballot, both ways to cast in it, and what a cast must have made."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from app.models.ballots import Cast
from app.policies.permissions import Actor, Permission
from app.services import access
from app.services.ballots import casting
from app.services.ballots.casting_fast import FastCasting
from app.services.ballots.voter_receipt import Receipt
from tests.support import journal
from tests.support.portal import Person, Portal

OPTIONS = [{"id": name, "title": name.title()} for name in ("mint", "lime", "plum")]


class Booth:
    """A community with an open ballot, and both ways to cast in it."""

    def __init__(self, portal: Portal, *, voters: int = 2, opened: bool = True, **facts: Any) -> None:
        self.portal = portal
        self.units = portal.app.extensions["althing.units"]
        self.fast_casting = FastCasting(self.units)
        self.town = portal.town(members=voters)
        self.voters = self.town.members
        self.path = portal.ballot(self.town, opened=opened, options=OPTIONS, **facts)
        self.ballot = uuid.UUID(self.path.rsplit("/", 1)[1])
        self.community = uuid.UUID(self.town.id)

    def actor(self, person: Person) -> Actor:
        identity = self.portal.app.extensions["althing.identity"].tokens.verify(person.token)
        return Actor("a-request", identity.account_id, identity.session_id)

    def fast(self, person: Person, choice: Any) -> Receipt | None:
        return self.fast_casting.cast(self.actor(person), self.community, self.ballot, choice)

    def plain(self, person: Person, choice: Any) -> Receipt:
        with self.units.write() as session:
            inside = access.enter(session, self.actor(person), self.community, Permission.BALLOT_CAST)
            return casting.cast(session, inside, self.ballot, choice)

    def member(self, person: Person) -> str:
        return f"{self.town.path}/members/{person.memberships[self.town.id]}"

    def execute(self, statement: str, **values: Any) -> None:
        with self.units.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def key(self, identifier: str | uuid.UUID) -> Any:
        """Return a UUID as the database's own statements write it."""
        known = uuid.UUID(str(identifier))
        return known.hex if self.units.engine.dialect.name == "sqlite" else known


def warm_up(booth: Booth) -> None:
    for voter in booth.voters:
        voter.ok("PUT", f"{booth.path}/votes/me", {"choice": ["mint"]})


def shape(booth: Booth, receipt: Receipt | None, voter: Person) -> dict[str, Any]:
    """Check everything a cast makes against everything else, and return what must be the same for both ways."""
    assert receipt is not None
    assert receipt.created
    membership = uuid.UUID(voter.memberships[booth.town.id])
    with booth.units.read() as session:
        row = session.scalars(sa.select(Cast).where(Cast.tracker == receipt.tracker)).one()
        others = session.scalars(
            sa.select(Cast.revision).where(Cast.ballot_id == booth.ballot, Cast.membership_id == membership)
        ).all()
    assert row.membership_id == membership
    assert sorted(others) == list(range(1, row.revision + 1))
    text = f"althing-cast/v1\n{booth.ballot}\n{row.tracker}\n{row.choice}\n"
    assert row.digest == receipt.digest == hashlib.sha256(text.encode()).hexdigest()
    assert (row.ballot_id, row.revision, row.cast_at) == (booth.ballot, receipt.revision, receipt.cast_at)
    assert row.cast_at.microsecond % 1000 == 0

    entry = next(e for e in journal.entries(booth.units) if e.leaf_hash == row.leaf_hash)
    assert row.leaf_hash.hex() == receipt.leaf_hash == hashlib.sha256(b"\0" + entry.body).hexdigest()
    said = entry.said
    assert said.pop("event") == entry.event
    assert said.pop("commitment") == row.digest
    assert said.pop("at") == row.cast_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert said.pop("actor") == voter.ok("GET", f"{booth.town.path}/members/me")["reference"]
    assert (entry.content, entry.salt, entry.log) == (None, None, booth.town.id)
    # Everything that differs between two casts is a text of fixed length, so equal forms are equally long.
    return {
        "said": said,
        "keys": list(entry.said),
        "length": len(entry.body),
        "revision": row.revision,
        "choice": row.choice,
    }


@contextmanager
def ballot_locked(booth: Booth, path: str) -> Iterator[None]:
    """Hold the lock that a closer holds: the ballot's row, or the whole of an SQLite database."""
    with booth.units.engine.begin() as connection:
        if booth.units.engine.dialect.name == "postgresql":
            ballot = path.rsplit("/", 1)[1]
            connection.execute(sa.text("SELECT 1 FROM ballots WHERE id = :id FOR UPDATE"), {"id": ballot})
        else:
            connection.execute(sa.text("SELECT 1"))  # BEGIN IMMEDIATE has taken the lock
        yield
