"""The one-statement path makes exactly the casts that the reference makes, or leaves everything alone.

Each situation is prepared for two voters alike: one casts on the fast path, the other by the reference.
"""

from __future__ import annotations

import dataclasses
import itertools
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.domain.counting import METHODS
from app.domain.errors import Refusal
from app.models.ballots import Cast
from app.policies.permissions import Actor, Permission, Role, allows
from app.services.ballots import casting
from app.services.ballots.voter_receipt import Receipt
from tests.services.ballots.booth import Booth, shape
from tests.services.ballots.situations import SITUATIONS
from tests.support import journal
from tests.support.portal import Person, Portal, Town


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


def test_a_town_s_question_is_remembered_for_that_town_alone(portal):
    """The memory of questions must not let a ballot be cast in by another community's path."""
    booth, other = Booth(portal, voters=1), Booth(portal, voters=1)
    assert booth.fast(booth.voters[0], ["mint"]) is not None
    foreign: Town = other.town
    assert foreign.id != booth.town.id
    crossed = booth.fast_casting.cast(booth.actor(booth.voters[0]), other.community, booth.ballot, ["lime"])
    assert crossed is None
