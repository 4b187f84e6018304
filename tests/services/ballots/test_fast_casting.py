"""The one-statement path makes exactly the casts that the reference makes, or leaves everything alone.

Each situation is prepared for two voters alike: one casts on the fast path, the other by the reference.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import itertools
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import event

from app import create_app
from app.db import engine
from app.db.clock import database_now
from app.domain.counting import METHODS
from app.domain.errors import Refusal
from app.models.ballots import Cast
from app.policies.permissions import Actor, Permission, Role, allows
from app.services import access
from app.services.ballots import casting, closing, drafts, opening
from app.services.ballots.casting import Receipt
from app.services.ballots.casting_fast import FastCasting
from tests.support import journal
from tests.support.portal import Person, Portal, Town

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


@dataclasses.dataclass
class Situation:
    """How it comes about, what is chosen then, and the outcome: "cast", "same", or why not."""

    outcome: str
    happens: Callable[[Booth, Person], None] = lambda _booth, _voter: None
    choice: Any = ("mint",)
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    opened: bool = True
    #: Done once, when both voters are ready.
    then: Callable[[Booth], None] = lambda _booth: None


def votes(*choices: str) -> Callable[[Booth, Person], None]:
    def happens(booth: Booth, voter: Person) -> None:
        for choice in choices:
            voter.ok("PUT", f"{booth.path}/votes/me", {"choice": [choice]})

    return happens


def joins_late(booth: Booth, voter: Person) -> None:
    late = booth.portal.join(booth.town)
    voter.token, voter.memberships = late.token, late.memberships


def loses_the_role(booth: Booth, voter: Person) -> None:
    booth.town.owner.ok("DELETE", f"{booth.member(voter)}/roles/member")


def becomes_auditor(booth: Booth, voter: Person) -> None:
    loses_the_role(booth, voter)
    booth.town.owner.ok("POST", f"{booth.member(voter)}/roles", {"role": "auditor"})


def becomes_auditor_beside(booth: Booth, voter: Person) -> None:
    """No use case lets it come to this; the policy says no all the same."""
    booth.execute(
        "INSERT INTO membership_roles (membership_id, role, granted_at) "
        "VALUES (:member, 'auditor', '2026-01-01 00:00:00')",
        member=booth.key(voter.memberships[booth.town.id]),
    )


def becomes_owner_too(booth: Booth, voter: Person) -> None:
    booth.town.owner.ok("POST", f"{booth.member(voter)}/roles", {"role": "brand_owner"})


def leaves(booth: Booth, voter: Person) -> None:
    voter.ok("DELETE", f"{booth.town.path}/members/me")


def leaves_and_returns(booth: Booth, voter: Person) -> None:
    leaves(booth, voter)
    voter.ok("POST", f"{booth.town.path}/members", {})


def signs_out(_booth: Booth, voter: Person) -> None:
    voter.ok("DELETE", "/v1/sessions/current")


def session_ends(booth: Booth, voter: Person) -> None:
    session = booth.actor(voter).session_id
    booth.execute(
        "UPDATE sign_in_sessions SET expires_at = '2026-01-01 00:00:00.000000' WHERE id = :id",
        id=booth.key(session),
    )


def closes(booth: Booth) -> None:
    while booth.town.owner.ok("GET", booth.path)["state"] != "closed":
        time.sleep(0.05)


def is_certified(booth: Booth) -> None:
    booth.town.owner.ok("POST", f"{booth.path}/close")


STOP = {"ground": "defect", "reason": "A wrong option."}


def is_suspended(booth: Booth) -> None:
    booth.town.owner.ok("POST", f"{booth.path}/suspend", STOP)


def is_resumed(booth: Booth) -> None:
    is_suspended(booth)
    booth.town.owner.ok("POST", f"{booth.path}/resume")


def is_another_ballot(booth: Booth) -> None:
    booth.ballot = uuid.uuid4()


def is_elsewhere(booth: Booth) -> None:
    other = booth.portal.town(members=1)
    booth.ballot = uuid.UUID(booth.portal.ballot(other).rsplit("/", 1)[1])


def holds(*, amount: int) -> Callable[[Booth, Person], None]:
    def happens(booth: Booth, voter: Person) -> None:
        booth.town.owner.ok("PUT", f"{booth.member(voter)}/holding", {"amount": amount}, if_match="*")

    return happens


def opens_with_a_holder(booth: Booth) -> None:
    holder = booth.portal.join(booth.town)
    booth.town.owner.ok("PUT", f"{booth.member(holder)}/holding", {"amount": 1}, if_match="*")
    booth.town.owner.ok("POST", f"{booth.path}/open")


FINAL = {"vote_change": False}
BRIEF = {"voting_period": "PT1S"}
LATER = {"opens_at": "2999-01-01T00:00:00Z"}
TOKEN = {"weighting": "token", "method": "plurality"}

SITUATIONS = {
    "a first vote": Situation("cast"),
    "the same again": Situation("same", votes("mint")),
    "another choice": Situation("cast", votes("lime")),
    "a third choice": Situation("cast", votes("lime", "plum")),
    "back to the first choice": Situation("cast", votes("mint", "lime")),
    "a first vote for good": Situation("cast", facts=FINAL),
    "the same again for good": Situation("same", votes("mint"), facts=FINAL),
    "another choice where votes are for good": Situation("already-voted", votes("lime"), facts=FINAL),
    "joined after the opening": Situation("not-on-roll", joins_late),
    "no longer a member by role": Situation("forbidden", loses_the_role),
    "now the auditor": Situation("forbidden", becomes_auditor),
    "auditor and member at once": Situation("forbidden", becomes_auditor_beside),
    "member and brand owner": Situation("cast", becomes_owner_too),
    "left": Situation("not-found", leaves),
    "left and came back": Situation("cast", leaves_and_returns),
    "signed out": Situation("invalid-token", signs_out),
    "session at its end": Situation("invalid-token", session_ends),
    "before it opens": Situation("ballot-not-open", facts=LATER),
    "after it closed": Situation("ballot-not-open", facts=BRIEF, then=closes),
    "the same again after it closed": Situation("ballot-not-open", votes("mint"), facts=BRIEF, then=closes),
    "certified": Situation(
        "ballot-not-open", votes("lime"), facts=FINAL | {"early_close": True}, then=is_certified
    ),
    "suspended": Situation("ballot-suspended", then=is_suspended),
    "suspended, another choice": Situation("ballot-suspended", votes("lime"), then=is_suspended),
    "suspended, the same again": Situation("ballot-suspended", votes("mint"), then=is_suspended),
    "suspended and resumed": Situation("cast", then=is_resumed),
    "sealed": Situation("cast", facts={"secrecy": "sealed"}),
    "sealed and changed": Situation("cast", votes("lime"), facts={"secrecy": "sealed"}),
    "pseudonymous": Situation("cast", facts={"disclosure": "pseudonymous"}),
    "a token holder": Situation(
        "cast", holds(amount=5), choice="mint", facts=TOKEN, opened=False, then=opens_with_a_holder
    ),
    "nothing held at the opening": Situation(
        "not-on-roll", holds(amount=0), choice="mint", facts=TOKEN, opened=False, then=opens_with_a_holder
    ),
    "a draft": Situation("not-found", opened=False),
    "no such ballot": Situation("not-found", then=is_another_ballot),
    "another community's ballot": Situation("not-found", then=is_elsewhere),
    "a choice that is no option": Situation("invalid-vote", choice=("cola",)),
    "a choice of the wrong form": Situation("invalid-vote", choice={"mint": 1}),
    "a blank vote where that is allowed": Situation(
        "cast", choice=(), facts={"method": "approval", "settings": {"min": 0}}
    ),
    "a blank vote": Situation("invalid-vote", choice=()),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_fast_path_does_what_the_reference_does_or_nothing(name, portal):
    situation = SITUATIONS[name]
    booth = Booth(portal, opened=situation.opened, **situation.facts)
    choice = list(situation.choice) if isinstance(situation.choice, tuple) else situation.choice
    by_fast, by_reference = booth.voters
    for voter in booth.voters:
        situation.happens(booth, voter)
    situation.then(booth)

    before = journal.everything(booth.units)
    fast = booth.fast(by_fast, choice)
    if situation.outcome == "cast":
        assert shape(booth, fast, by_fast) == shape(booth, booth.plain(by_reference, choice), by_reference)
        return
    assert fast is None
    assert journal.everything(booth.units) == before
    assert_nothing_is_held(booth)
    if situation.outcome == "same":
        assert not booth.plain(by_reference, choice).created
    else:
        with pytest.raises(Refusal) as refused:
            booth.plain(by_reference, choice)
        assert refused.value.problem.slug == situation.outcome
    assert journal.everything(booth.units) == before


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


def assert_nothing_is_held(booth: Booth) -> None:
    """Fail when the fast path has left a transaction or a lock behind."""
    connection = booth.units.single.raw_connection()
    try:
        driver: Any = connection.driver_connection
        if booth.units.engine.dialect.name == "sqlite":
            assert not driver.in_transaction
        else:
            assert driver.info.transaction_status.name == "IDLE"
    finally:
        connection.close()
    with booth.units.engine.begin() as other:
        if booth.units.engine.dialect.name == "postgresql":
            other.execute(sa.text("SET LOCAL lock_timeout = '500ms'"))
        other.execute(sa.text("UPDATE ballots SET version = version WHERE finalised_at IS NULL"))


@pytest.mark.parametrize("method", [m.name for m in METHODS.values() if m.seats != "budget"])
def test_every_method_s_choice_is_kept_in_one_form(method, portal):
    example = METHODS[method].choice_example
    booth = Booth(portal, method=method) if method != "yes_no" else yes_no_booth(portal)
    first, second = booth.voters
    assert shape(booth, booth.fast(first, example), first) == shape(
        booth, booth.plain(second, example), second
    )


def yes_no_booth(portal: Portal) -> Booth:
    booth = Booth(portal, opened=False)
    booth.path = portal.ballot(booth.town, method="yes_no")
    booth.ballot = uuid.UUID(booth.path.rsplit("/", 1)[1])
    return booth


CHOICES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False)
    | st.sampled_from(["mint", "lime", "plum", "", "MINT", "for", "mint\n", "="]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["mint", "lime"]), inner),
    max_leaves=5,
) | st.lists(st.sampled_from(["mint", "lime", "plum"]), unique=True)


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(choices=st.lists(CHOICES, min_size=1, max_size=3))
def test_whatever_is_chosen_both_ways_agree(booth, choices):
    first, second = booth.voters
    for choice in choices:
        fast, plain = attempt(booth, first, choice), plainly(booth, second, choice)
        assert fast == plain, choice


@pytest.fixture
def booth(portal):
    return Booth(portal, method="approval")


def attempt(booth: Booth, voter: Person, choice: Any) -> Any:
    """Cast as a request does: fast, and by the reference where that gives way."""
    receipt = booth.fast(voter, choice)
    return summary(booth, receipt) if receipt is not None else plainly(booth, voter, choice)


def plainly(booth: Booth, voter: Person, choice: Any) -> Any:
    try:
        return summary(booth, booth.plain(voter, choice))
    except Refusal as refusal:
        return refusal.problem.slug, refusal.errors


def summary(booth: Booth, receipt: Receipt) -> tuple[int, str, bool]:
    with booth.units.read() as session:
        choice = session.scalars(sa.select(Cast.choice).where(Cast.tracker == receipt.tracker)).one()
    return receipt.revision, choice, receipt.created


@pytest.mark.parametrize("first", ["fast", "plain"])
def test_a_vote_cast_one_way_is_the_same_vote_the_other_way(portal, first):
    booth = Booth(portal, voters=1)
    (voter,) = booth.voters
    made = getattr(booth, first)(voter, ["mint", "lime"])
    assert booth.fast(voter, ["mint", "lime"]) is None
    assert booth.plain(voter, ["mint", "lime"]) == dataclasses.replace(made, created=False)


def test_a_good_vote_takes_the_fast_path_and_nothing_else(portal, monkeypatch):
    town = portal.town(members=1)
    path = portal.ballot(town)

    def unexpected(*_: object) -> None:
        raise AssertionError("the reference was asked")

    monkeypatch.setattr(casting, "cast", unexpected)
    answer = town.members[0].call("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    assert answer.status_code == 201
    assert town.members[0].ok("GET", f"{path}/votes/me")["choice"] == ["mint"]


def test_the_permission_map_says_of_casting_what_the_statement_says(portal):
    """Every set of roles, put into the database past the use cases that would forbid some."""
    everyone = [set(roles) for n in range(5) for roles in itertools.combinations(Role, n)]
    booth = Booth(portal, voters=len(everyone))
    for roles, voter in zip(everyone, booth.voters, strict=True):
        member = booth.key(voter.memberships[booth.town.id])
        booth.execute("DELETE FROM membership_roles WHERE membership_id = :member", member=member)
        for role in roles:
            booth.execute(
                "INSERT INTO membership_roles (membership_id, role, granted_at) "
                "VALUES (:member, :role, '2026-01-01 00:00:00')",
                member=member,
                role=role.value,
            )
    allowed = [
        allows(Permission.BALLOT_CAST, Actor("", membership_id=uuid.uuid4(), roles=frozenset(roles)))
        for roles in everyone
    ]
    assert [booth.fast(voter, ["mint"]) is not None for voter in booth.voters] == allowed
    assert any(allowed)
    assert not all(allowed)


def test_votes_that_arrive_together_are_judged_one_by_one(portal):
    """Behind a lock they gather, and whatever the path makes of that, each gets the answer it would get alone."""
    booth = Booth(portal, voters=9)
    first, good, signed_out, left, same, changed, roleless, twice, late = booth.voters
    votes("mint")(booth, same)
    votes("lime")(booth, changed)
    for happens, voter in (
        (signs_out, signed_out),
        (leaves, left),
        (loses_the_role, roleless),
        (joins_late, late),
    ):
        happens(booth, voter)
    actors = {id(voter): booth.actor(voter) for voter in booth.voters}
    answers: dict[str, list[Receipt | None]] = {}

    def cast(name: str, voter: Person, choice: list[str]) -> None:
        made = booth.fast_casting.cast(actors[id(voter)], booth.community, booth.ballot, choice)
        answers.setdefault(name, []).append(made)

    mint = ["mint"]
    calls = [
        ("good", good, mint),
        ("signed out", signed_out, mint),
        ("left", left, mint),
        ("same", same, mint),
        ("changed", changed, mint),
        ("roleless", roleless, mint),
        ("late", late, mint),
        ("twice", twice, mint),
        ("twice", twice, ["lime"]),
    ]
    with ballot_locked(booth, booth.path):
        threads = [threading.Thread(target=cast, args=("first", first, mint))]
        threads += [threading.Thread(target=cast, args=call) for call in calls]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        # Whoever could not vote in any case need not wait to hear it.
        assert all(made == [None] for made in answers.values())
    for thread in threads:
        thread.join()
    for name, voter in (("first", first), ("good", good), ("changed", changed)):
        (receipt,) = answers[name]
        made = shape(booth, receipt, voter)
        assert (made["choice"], made["revision"]) == ("mint", 2 if name == "changed" else 1)
    for name in ("signed out", "left", "same", "roleless", "late"):
        assert answers[name] == [None], name
    kept = [receipt for receipt in answers["twice"] if receipt is not None]
    assert sorted(receipt.revision for receipt in kept) in ([1], [1, 2])
    with booth.units.read() as session:
        stored = session.scalars(sa.select(Cast.tracker).where(Cast.ballot_id == booth.ballot)).all()
    assert len(stored) == 2 + 3 + len(kept)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_ballot_that_is_being_counted_does_not_hold_up_votes_in_another(portal):
    """SQLite has one lock for all; PostgreSQL has no reason to let one community wait for another."""
    counted, other = Booth(portal, voters=2), Booth(portal, voters=1)
    other.fast_casting = counted.fast_casting
    warm_up(counted)
    (voter,), (waiting, _) = other.voters, counted.voters
    assert other.fast(voter, ["mint"]) is not None
    actor = counted.actor(waiting)
    held = [
        threading.Thread(
            target=counted.fast_casting.cast,
            args=(actor, counted.community, counted.ballot, ["lime" if number % 2 else "plum"]),
        )
        for number in range(12)
    ]
    with ballot_locked(counted, counted.path):
        for thread in held:
            thread.start()
            time.sleep(0.02)
        started = time.monotonic()
        receipt = other.fast(voter, ["lime"])
        waited = time.monotonic() - started
    for thread in held:
        thread.join()
    assert receipt is not None
    assert waited < 2


# --- deadlines ----------------------------------------------------------------------------------------


def brief_ballot(booth: Booth, milliseconds: int) -> tuple[str, dt.datetime]:
    """Open a ballot that closes in so many milliseconds by the database's clock.

    A machine that is too busy to open it in time is asked again.
    """
    owner = booth.town.owner
    facts = {
        "kind": "general",
        "title": "Soon over",
        "description": "",
        "method": "approval",
        "settings": {},
        "seats": 1,
        "weighting": "one_member_one_vote",
        "secrecy": "open",
        "disclosure": "named",
        "vote_change": True,
        "early_close": False,
        "tie_rule": "lot",
    }
    for attempt in range(1, 20):
        try:
            with booth.units.write() as session:
                actor = access.enter(session, booth.actor(owner), booth.community, Permission.BALLOT_OPEN)
                tomorrow = database_now(session) + dt.timedelta(days=1)
                ballot = drafts.create(session, actor, facts | {"closes_at": tomorrow}, OPTIONS)
                period = dt.timedelta(milliseconds=milliseconds * attempt)
                ballot.closes_at = database_now(session) + period
                opening.open_ballot(session, actor, ballot)
                return f"{booth.town.path}/ballots/{ballot.id}", ballot.closes_at
        except Refusal as refusal:
            if refusal.problem.slug != "invalid-period":
                raise
    raise AssertionError("no ballot could be opened in time")


def sleep_until(moment: dt.datetime) -> None:
    time.sleep(max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds()))


ROUNDS = 100


@dataclasses.dataclass
class Race:
    """Voters and closers around one deadline, and what each was told."""

    closer: Person
    path: str
    closes_at: dt.datetime
    choice: str
    accepted: list[str] = dataclasses.field(default_factory=list)
    refused: int = 0
    results: list[Any] = dataclasses.field(default_factory=list)

    def vote(self, voter: Person, offset: float) -> None:
        """Cast so many milliseconds after the deadline."""
        sleep_until(self.closes_at + dt.timedelta(milliseconds=offset))
        answer = voter.call("PUT", f"{self.path}/votes/me", {"choice": [self.choice]})
        if answer.status_code == 201:
            self.accepted.append(answer.get_json()["tracker"])
        else:
            assert answer.get_json()["type"] == "/problems/ballot-not-open", answer.text
            self.refused += 1

    def close(self) -> None:
        """Ask for the result until there is one."""
        sleep_until(self.closes_at - dt.timedelta(milliseconds=5))
        answer = self.closer.call("GET", f"{self.path}/result")
        while answer.status_code == 409:
            answer = self.closer.call("GET", f"{self.path}/result")
        assert answer.status_code == 200, answer.text
        self.results.append(answer.get_json())


def test_casts_that_race_with_the_close_are_in_the_result_or_refused(portal):
    booth = Booth(portal, voters=4)
    dice = random.Random(1)
    outcomes: set[bool] = set()
    warm_up(booth)
    for number in range(ROUNDS):
        path, closes_at = brief_ballot(booth, 60)
        race = Race(booth.town.owner, path, closes_at, ("mint", "lime", "plum")[number % 3])
        offsets = [dice.uniform(-20, 8) for _ in booth.voters]
        casts = [
            functools.partial(race.vote, voter, offset)
            for voter, offset in zip(booth.voters, offsets, strict=True)
        ]
        run_threads([*casts, race.close, race.close])
        assert len(race.accepted) + race.refused == 4
        first, second = race.results
        assert first == second
        lines = "".join(f"{tracker} 1 {race.choice}\n" for tracker in sorted(race.accepted))
        assert first["votes_digest"] == hashlib.sha256(lines.encode()).hexdigest()
        assert first["turnout"]["voters"] == len(race.accepted)
        outcomes |= {bool(race.accepted), not race.refused}
    assert outcomes == {True, False}, "the race was never close"


def warm_up(booth: Booth) -> None:
    for voter in booth.voters:
        voter.ok("PUT", f"{booth.path}/votes/me", {"choice": ["mint"]})


def run_threads(jobs: list[Callable[[], Any]]) -> None:
    failures: list[BaseException] = []

    def guarded(job: Callable[[], Any]) -> None:
        try:
            job()
        except BaseException as failure:  # noqa: BLE001 - told by the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@pytest.mark.parametrize("readers", [12])
def test_of_many_who_ask_first_for_a_result_one_has_it_counted(portal, readers):
    booth = Booth(portal, voters=1)
    for _round in range(5):
        path, closes_at = brief_ballot(booth, 60)
        barrier, answers = threading.Barrier(readers), []

        def ask(path=path, closes_at=closes_at, barrier=barrier, answers=answers):
            sleep_until(closes_at + dt.timedelta(milliseconds=20))
            barrier.wait()
            answers.append(booth.town.owner.call("GET", f"{path}/result"))

        run_threads([ask] * readers)
        assert {answer.status_code for answer in answers} == {200}, [a.text for a in answers]
        assert len({answer.get_json()["digest"] for answer in answers}) == 1
    closed = [e for e in journal.entries(booth.units) if e.said["action"] == "ballot.closed"]
    assert len(closed) == 5


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


@pytest.mark.parametrize(("released", "status"), [(-400, 201), (50, 409)])
def test_a_vote_that_waits_for_a_lock_is_judged_when_it_is_let_through(portal, released, status):
    booth = Booth(portal, voters=1)
    warm_up(booth)
    path, closes_at = brief_ballot(booth, 1_000)
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(booth.voters[0].call("PUT", f"{path}/votes/me", {"choice": ["mint"]}))
    )
    with ballot_locked(booth, path):
        waiting.start()
        sleep_until(closes_at + dt.timedelta(milliseconds=released))
        assert answers == [], "the vote did not wait"
    waiting.join()
    assert answers[0].status_code == status, answers[0].text
    sleep_until(closes_at + dt.timedelta(milliseconds=100))
    result = booth.town.owner.ok("GET", f"{path}/result")
    assert result["turnout"]["voters"] == (1 if status == 201 else 0)


@pytest.fixture
def impatient_app(settings, monkeypatch):
    """The application on engines that wait for a lock no longer than a second."""
    monkeypatch.setattr(engine, "LOCK_TIMEOUT_MS", 1_000)
    pragmas = [p for p in engine.SQLITE_PRAGMAS if not p.startswith("busy_timeout")]
    monkeypatch.setattr(engine, "SQLITE_PRAGMAS", ("busy_timeout=1000", *pragmas))
    made = create_app(settings)
    yield made
    made.extensions["althing.units"].dispose()


@pytest.mark.parametrize("way", ["front", "route"])
def test_a_vote_that_waits_in_vain_waits_once(impatient_app, way):
    booth = Booth(Portal(impatient_app), voters=2)
    voter, outsider = booth.voters[0], booth.portal.person()
    path = f"{booth.path}/votes/me"
    headers = {} if way == "front" else {"Origin": "https://portal.example"}
    with ballot_locked(booth, booth.path):
        begun = time.monotonic()
        problem = voter.refused(
            503, "database-unavailable", "PUT", path, {"choice": ["mint"]}, headers=headers
        )
        assert 0.9 < time.monotonic() - begun < 1.6
        begun = time.monotonic()
        answer = outsider.call("PUT", path, {"choice": ["mint"]}, headers=headers)
        assert time.monotonic() - begun < 1.6
        postgresql = booth.units.engine.dialect.name == "postgresql"
        assert answer.status_code == (404 if postgresql else 503)  # on SQLite nobody's request gets anywhere
    assert problem["status"] == 503
    assert voter.call("PUT", path, {"choice": ["mint"]}, headers=headers).status_code == 201
    assert [e.said["action"] for e in journal.entries(booth.units)].count("ballot.cast") == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_vote_for_which_no_connection_comes_waits_once(portal):
    booth = Booth(portal, voters=1)
    warm_up(booth)
    pool = booth.units.single.pool
    pool._timeout, pool._max_overflow = 0.5, 0
    held = [booth.units.single.connect() for _ in range(pool.size())]
    begun = time.monotonic()
    voter = booth.voters[0]
    voter.refused(503, "database-unavailable", "PUT", f"{booth.path}/votes/me", {"choice": ["lime"]})
    assert time.monotonic() - begun < 0.9
    for connection in held:
        connection.close()


@pytest.mark.parametrize("offset", [-400, -30, -5, 0, 5, 30])
def test_a_vote_at_the_deadline_is_counted_or_refused(portal, offset):
    booth = Booth(portal, voters=1)
    warm_up(booth)
    path, closes_at = brief_ballot(booth, 500)
    sleep_until(closes_at + dt.timedelta(milliseconds=offset))
    answer = booth.voters[0].call("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    sleep_until(closes_at + dt.timedelta(milliseconds=50))
    result = booth.town.owner.ok("GET", f"{path}/result")
    counted = answer.status_code == 201
    assert counted or answer.get_json()["type"] == "/problems/ballot-not-open"
    assert result["turnout"]["voters"] == int(counted)
    if offset >= 0:
        assert not counted
    if counted:
        cast_at = dt.datetime.fromisoformat(answer.get_json()["cast_at"])
        assert cast_at < closes_at


# --- whose clock --------------------------------------------------------------------------------------


def shift_clock(booth: Booth, shift: dt.timedelta) -> None:
    """Make the database's clock, and nobody else's, run ahead."""
    engines = {booth.units.engine, booth.units.single}
    if booth.units.engine.dialect.name == "sqlite":

        def strftime(form: str, when: str) -> str:
            assert when == "now"
            moment = dt.datetime.now(dt.UTC) + shift
            return moment.strftime(form.replace("%f", "%S.%f"))[:-3]

        for engine in engines:
            event.listen(
                engine, "connect", lambda driver, _record: driver.create_function("strftime", 2, strftime)
            )
    else:
        with booth.units.engine.begin() as connection:
            name = connection.execute(sa.text("SELECT current_database()")).scalar_one()
            connection.execute(
                sa.text(
                    "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS "
                    f"$$ SELECT pg_catalog.clock_timestamp() + interval '{shift.total_seconds()} seconds' $$"
                )
            )
            connection.execute(sa.text(f'ALTER DATABASE "{name}" SET search_path = public, pg_catalog'))
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize("path", ["fast", "plain"])
def test_the_window_is_judged_by_the_clock_of_the_database(portal, path):
    over = Booth(portal, voters=1, voting_period="PT1H")
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    ahead = Booth(portal, voters=1, opens_at=soon.isoformat(timespec="milliseconds"))
    shift_clock(over, dt.timedelta(hours=2))
    (early,), (late,) = ahead.voters, over.voters
    if path == "fast":
        receipt = ahead.fast(early, ["mint"])
        assert over.fast(late, ["mint"]) is None
    else:
        receipt = ahead.plain(early, ["mint"])
        with pytest.raises(Refusal, match="closed"):
            over.plain(late, ["mint"])
    assert receipt is not None
    assert receipt.cast_at > dt.datetime.now(dt.UTC) + dt.timedelta(minutes=110)
    assert over.town.owner.ok("GET", f"{over.path}/result")["turnout"]["voters"] == 0


def test_the_worker_counts_what_the_database_s_clock_has_closed(portal):
    booth = Booth(portal, voters=1, voting_period="PT1H")
    with booth.units.read() as session:
        assert closing.due(session, 10) == []
    shift_clock(booth, dt.timedelta(hours=2))
    with booth.units.read() as session:
        assert closing.due(session, 10) == [booth.ballot]


def test_a_town_s_question_is_remembered_for_that_town_alone(portal):
    """The memory of questions must not let a ballot be cast in by another community's path."""
    booth, other = Booth(portal, voters=1), Booth(portal, voters=1)
    assert booth.fast(booth.voters[0], ["mint"]) is not None
    foreign: Town = other.town
    assert foreign.id != booth.town.id
    crossed = booth.fast_casting.cast(booth.actor(booth.voters[0]), other.community, booth.ballot, ["lime"])
    assert crossed is None
