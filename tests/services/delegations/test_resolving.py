"""Resolution by the service is the domain's: random communities, and vectors of other systems."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from app.domain.delegation import Delegation as Applying
from app.domain.delegation import DelegationCap, Outcome, Roll, evidence_lines, resolve
from app.models.ballots import RollEntry
from app.models.delegations import Delegation
from app.models.ids import resource_id
from tests.support.delegating import Assembly, totals
from tests.support.tokens import issue

HOUR = dt.timedelta(hours=1)
NAMES = "abcdefghi"
CAPS = {"liquid": None, "tight": DelegationCap(weight=1)}


def drawn(
    town: Assembly, dice: random.Random, decision_type: str, ballot: str, close: dt.datetime
) -> list[Any]:
    """Draw delegations in any state: given from before the opening to after the close, ended or not."""
    standing, rows = set(), []
    for _ in range(dice.randrange(3 * len(NAMES))):
        delegator = dice.choice(NAMES)
        delegate = dice.choice([*(name for name in NAMES if name != delegator), None, "z"])
        scope = dice.choice(["ballot", "decision_type", "community"])
        expires_at = close + dice.choice([-0.5, 0, 1]) * HOUR if dice.random() < 0.3 else None
        revoked_at = close + dice.choice([-0.5, 0, 1]) * HOUR if dice.random() < 0.3 else None
        if (delegator, scope) in standing and revoked_at is None:
            revoked_at = close + dice.choice([-0.5, 0]) * HOUR
        if revoked_at is None:
            standing.add((delegator, scope))
        rows.append(
            Delegation(
                id=resource_id(),
                community_id=uuid.UUID(town.town.id),
                delegator_id=uuid.UUID(town.id_of(delegator)),
                delegate_id=None if delegate is None else uuid.UUID(town.id_of(delegate)),
                scope=scope,
                ballot_id=uuid.UUID(ballot.rpartition("/")[2]) if scope == "ballot" else None,
                decision_type=decision_type if scope == "decision_type" else None,
                given_at=close + dice.choice([-3, -2, -1, -0.5, 0, 0.5]) * HOUR,
                expires_at=expires_at,
                revoked_at=revoked_at,
                revoked_because=None if revoked_at is None else "revoked",
            )
        )
    return rows


def end_everything(units: Any, now: dt.datetime) -> None:
    """Leave nothing for the ballots to come."""
    statement = sa.update(Delegation).where(Delegation.revoked_at.is_(None))
    with units.write() as session:
        session.execute(statement.values(revoked_at=now, revoked_because="revoked"))


def test_random_communities_come_to_what_the_domain_says(portal, clock, units):
    """Counted and uncounted weight are the roll, each weight is counted once, and the evidence is byte for byte."""
    dice = random.Random(20261122)
    town = Assembly(portal, clock, members=len(NAMES))
    outcomes: set[str] = set()
    for number in range(24):
        decision_type = dice.choice(list(CAPS))
        ballot = town.ballot(decision_type)
        town.people["z"] = portal.join(town.town)
        shown = town.owner.ok("GET", ballot)
        close = dt.datetime.fromisoformat(shown["closes_at"])
        rows = drawn(town, dice, decision_type, ballot, close)
        facts = [tuple(getattr(row, column.key) for column in Delegation.__table__.columns) for row in rows]
        with units.write() as session:
            session.add_all(rows)
        votes = {name: dice.choice(["mint", "lime"]) for name in NAMES if dice.random() < 0.3}
        for name, choice in votes.items():
            town.votes(ballot, name, choice)
        result = town.close(ballot)

        voters = roll_of(units, ballot)
        roll = Roll.of((str(voter), 1) for voter in voters.values())
        columns = [column.key for column in Delegation.__table__.columns]
        applying = [as_applying(dict(zip(columns, each, strict=True)), voters) for each in facts]
        cast = [str(voters[uuid.UUID(town.id_of(name))]) for name in votes]
        expected = resolve(roll, [one for one in applying if one], cast, close, CAPS[decision_type])
        content = town.owner.call("GET", f"{ballot}/delegations").data
        assert content == b"".join(evidence_lines(expected)), number
        assert hashlib.sha256(content).hexdigest() == result["delegation"]["evidence_digest"]
        counted = dict(expected.votes())
        weights: dict[str, int] = {}
        for name, choice in votes.items():
            own = counted[str(voters[uuid.UUID(town.id_of(name))])]
            weights[choice] = weights.get(choice, 0) + own
        assert totals(result) == weights, number
        stated = result["delegation"]["outcomes"]
        assert sum(each["weight"] for each in stated.values()) == len(NAMES)
        for name in NAMES:
            own = town.own(ballot, name)
            assert own["outcome"] == expected.outcome_of(own["voter"]).word, (number, name)
            by = expected.representative_of(own["voter"])
            assert (own["representative"] and own["representative"]["voter"]) == by, (number, name)
        outcomes |= {word for word, each in stated.items() if each["members"]}
        town.people.pop("z").ok("DELETE", f"{town.town.path}/members/me")
        end_everything(units, clock.now())
        clock.advance(4 * HOUR)
    assert outcomes == {outcome.word for outcome in Outcome}


def roll_of(units: Any, ballot: str) -> dict[uuid.UUID, uuid.UUID]:
    statement = sa.select(RollEntry.membership_id, RollEntry.voter).where(
        RollEntry.ballot_id == uuid.UUID(ballot.rpartition("/")[2])
    )
    with units.read() as session:
        return dict(session.execute(statement).all())


def as_applying(row: dict[str, Any], voters: dict[uuid.UUID, uuid.UUID]) -> Applying:
    delegate = row["delegate_id"]
    return Applying(
        str(row["id"]),
        str(voters[row["delegator_id"]]),
        None if delegate is None else str(voters.get(delegate, "")),
        row["scope"],
        row["given_at"],
        row["expires_at"],
        row["revoked_at"],
    )


# test/governance/extensions/GovernorCountingOverridable.test.js: 10, 7, 5 and 2 tokens; 1 and 4 delegate to 2.
HOLDINGS = {"a": 10, "b": 7, "c": 5, "d": 2}
VECTORS = {
    "override after delegate vote": ([("b", "mint"), ("a", "lime")], {"mint": 9, "lime": 10}),
    "override before delegate vote": ([("a", "lime"), ("b", "mint")], {"mint": 9, "lime": 10}),
    "override before and after delegate vote": (
        [("a", "lime"), ("b", "mint"), ("d", "lime")],
        {"mint": 7, "lime": 12},
    ),
    "delegate alone": ([("b", "mint")], {"mint": 19}),
    "an override changed is subtracted once": (
        [("b", "mint"), ("a", "lime"), ("a", "mint")],
        {"mint": 19},
    ),
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_openzeppelin_s_overridable_counting(portal, clock, vector):
    votes, counted = vector
    town = Assembly(portal, clock)
    for name, amount in HOLDINGS.items():
        issue(town.town, town.id_of(name), amount)
    town.gives("a", "b")
    town.gives("d", "b")
    ballot = town.ballot(weighting="token")
    for name, choice in votes:
        town.votes(ballot, name, choice)
    assert totals(town.close(ballot)) == counted


def test_liquid_feedback_s_three_scopes_issue_before_area_before_unit(portal, clock):
    """There: issue, area and unit; here: ballot, decision type and community. An opt-out in one stops those wider."""
    town = Assembly(portal, clock, members=5)
    issue, other, elsewhere = town.ballot("liquid"), town.ballot("liquid"), town.ballot("kindred")
    town.gives("a", "b", "community")
    town.gives("a", "c", "decision_type", "liquid")
    town.gives("a", "d", "ballot", issue)
    town.gives("e", "b", "community")
    town.gives("e", None, "decision_type", "liquid")
    for ballot in (issue, other, elsewhere):
        for name in "bcd":
            town.votes(ballot, name)
        town.gives("e", "d", "ballot", issue)

    def by(ballot: str, name: str) -> Any:
        own = town.own(ballot, name)
        return own["representative"] and own["representative"]["membership_id"]

    assert [by(ballot, "a") for ballot in (issue, other, elsewhere)] == [
        town.id_of("d"),
        town.id_of("c"),
        None,  # the type lets the community's delegations not count
    ]
    assert [by(ballot, "e") for ballot in (issue, other)] == [town.id_of("d"), None]
    assert town.own(other, "e")["outcome"] == "opted_out"
    assert totals(town.close(issue)) == {"mint": 5}
    assert totals(town.close(other)) == {"mint": 4}
