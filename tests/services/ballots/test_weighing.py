"""The statement that freezes a roll weighs as the domain does: both databases, every weighting, random holders."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import itertools
import random
import uuid

import pytest
import sqlalchemy as sa

from app.db.clock import database_now
from app.domain.charter.roles import Role
from app.domain.concentration import distribution
from app.domain.decision import Ratio
from app.domain.weights import Holder, WeightCap, Weighting, WeightRules, weigh
from app.models.ballots import Ballot, RollEntry
from app.models.communities import Community, Membership, MembershipRole
from app.models.identity import Account
from app.services.ballots import roll
from app.services.ballots.influence import concentration
from app.services.tokens import holdings
from app.services.tokens.opening import open_ledger
from tests.support.tokens import hold

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
VOTERS = frozenset({Role.MEMBER})
TENTH, TWO_THIRDS, ALL = (WeightCap(ratio=Ratio.parse(text)) for text in ("1/10", "2/3", "1"))

RULES = {
    "one_member_one_vote": WeightRules(Weighting.ONE_MEMBER_ONE_VOTE),
    "token": WeightRules(Weighting.TOKEN),
    "token once vested": WeightRules(Weighting.TOKEN, count_unvested=False),
    "capped by amount": WeightRules(Weighting.TOKEN_CAPPED, WeightCap(amount=70)),
    "capped by a tenth": WeightRules(Weighting.TOKEN_CAPPED, TENTH),
    "capped by two thirds, once vested": WeightRules(
        Weighting.TOKEN_CAPPED, TWO_THIRDS, count_unvested=False
    ),
    "capped by all": WeightRules(Weighting.TOKEN_CAPPED, ALL),
    "capped by one": WeightRules(Weighting.TOKEN_CAPPED, WeightCap(amount=1)),
    "quadratic": WeightRules(Weighting.QUADRATIC_TOKEN),
    "quadratic, once vested": WeightRules(Weighting.QUADRATIC_TOKEN, count_unvested=False),
    "dual": WeightRules(Weighting.DUAL),
    "dual, once vested": WeightRules(Weighting.DUAL, count_unvested=False),
}


@dataclasses.dataclass
class Villager:
    """Somebody in a community, on whom a roll may look in many ways."""

    id: uuid.UUID
    roles: frozenset[Role]
    amount: int | None
    left: bool
    verified: bool


def villager(chance: random.Random, most: int) -> Villager:
    roles = frozenset(role for role in Role if chance.random() < (0.8 if role is Role.MEMBER else 0.2))
    amount = chance.choice([None, 0, 1, 2, chance.randint(1, most), chance.randint(1, most)])
    return Villager(uuid.uuid4(), roles, amount, chance.random() < 0.1, chance.random() < 0.7)


class Village:
    """A community made of rows, with another one beside it."""

    def __init__(self, units, chance=None, number=0, most=1_000):
        self.units = units
        self.id = uuid.uuid4()
        self.people = [villager(chance, most) for _ in range(number)]
        neighbours = [villager(chance, most) for _ in range(number and 3)]
        self._write(self.id, self.people)
        self._write(uuid.uuid4(), neighbours)

    def _write(self, community_id, people):
        with self.units.write() as session:
            session.add(Community(id=community_id, slug=community_id.hex, name="Village", created_at=NOW))
            session.flush()
            for each in people:
                session.add(
                    Account(
                        id=each.id,
                        reference=str(each.id),
                        email=f"{each.id}@example.org",
                        display_name="Somebody",
                        password_hash="none",
                        created_at=NOW,
                    )
                )
            session.flush()
            for each in people:
                session.add(
                    Membership(
                        id=each.id,
                        community_id=community_id,
                        account_id=each.id,
                        reference=str(each.id),
                        display_name="Somebody",
                        joined_at=NOW,
                        left_at=NOW if each.left else None,
                        verified_at=NOW if each.verified else None,
                        roles=[MembershipRole(role=role.value, granted_at=NOW) for role in each.roles],
                    )
                )
            session.flush()
            open_ledger(session, community_id, NOW)
            hold(session, community_id, {each.id: each.amount or 0 for each in people}, NOW)

    def electorate(self, rules, *, verified=False, excluded=frozenset()):
        return roll.Electorate(self.id, VOTERS, verified, rules, excluded)

    def weighed(self, electorate):
        """Weigh in plain words."""
        holders = [
            Holder(
                str(each.id),
                each.amount or 0,
                unvested(each.amount or 0),
                bool(each.roles & electorate.excluded),
            )
            for each in self.people
            if not each.left and each.roles & VOTERS and (each.verified or not electorate.verified)
        ]
        return weigh(holders, electorate.rules)

    def ballot(self, session, rules):
        made = Ballot(
            community_id=self.id,
            kind="general",
            title="Weights",
            method="yes_no",
            settings={},
            weighting=rules.weighting.value,
            secrecy="open",
            disclosure="named",
            vote_change=True,
            early_close=False,
            tie_rule="lot",
            decision_type="general",
            created_at=NOW,
        )
        session.add(made)
        session.flush()
        return made


def unvested(amount):
    return amount // 3


@pytest.fixture
def vesting(monkeypatch):
    """Let a third of every holding be unvested."""

    def held(dialect, community_id, at):
        real = holdings.held(dialect, community_id, at).c
        columns = (real.membership_id, real.balance, (real.balance // 3).label("unvested"))
        return sa.select(*columns).subquery("held")

    monkeypatch.setattr(roll, "held", held)


@pytest.mark.usefixtures("vesting")
@pytest.mark.parametrize("seed", range(3))
def test_the_statement_weighs_as_the_domain_does(units, seed):
    chance = random.Random(seed)
    for size, most in ((0, 1), (1, 10), (12, 1_000), (40, 2**47)):
        village = Village(units, chance, size, most)
        for rules, verified, excluded in itertools.product(
            RULES.values(), (False, True), (frozenset(), {Role.BRAND_OWNER}, {Role.BRAND_OWNER, Role.STEWARD})
        ):
            electorate = village.electorate(rules, verified=verified, excluded=frozenset(excluded))
            expected = village.weighed(electorate)
            with units.read() as session:
                dialect = session.get_bind().dialect.name
                statement = roll.weighed(electorate, dialect, database_now(session))
                found = session.execute(statement).all()
                totals = roll.totals_of(session, statement)
            assert {(str(row.membership_id), row.weight, row.tokens, row.overflow) for row in found} == {
                (entry.reference, entry.weight, entry.tokens, entry.overflow) for entry in expected.entries
            }, (rules, verified, excluded)
            owners = {each.id for each in village.people if Role.BRAND_OWNER in each.roles}
            assert {row.membership_id for row in found if row.brand_affiliated} == {
                row.membership_id for row in found
            } & owners
            assert totals == roll.RollTotals(
                len(expected.entries), expected.total, expected.tokens, expected.overflow
            )
            assert totals.limit(rules) == (expected.limit if expected.entries else totals.limit(rules))


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_what_is_frozen_is_what_was_weighed_and_hashed_by_its_lines(units, rules):
    village = Village(units, random.Random(7), 30)
    with units.write() as session:
        ballot = village.ballot(session, rules)
        electorate = village.electorate(rules, excluded=frozenset({Role.BRAND_OWNER}))
        at = database_now(session)
        statement = roll.weighed(electorate, session.get_bind().dialect.name, at)
        weighed = {tuple(row) for row in session.execute(statement)}
        roll.freeze_roll(session, ballot, electorate, at)
        digest = roll.hash_roll(session, ballot)
        entries = session.scalars(sa.select(RollEntry).where(RollEntry.ballot_id == ballot.id)).all()
        frozen = [(e.membership_id, e.brand_affiliated, e.weight, e.tokens, e.overflow) for e in entries]
    assert set(frozen) == weighed
    assert len(frozen) == len(weighed) == len({entry.voter for entry in entries})
    dual = rules.weighting is Weighting.DUAL
    lines = [f"{e.voter} {e.weight}" + (f" {e.tokens}" if dual else "") for e in entries]
    assert digest == hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()


@pytest.mark.parametrize("weights", ["weight", "tokens"])
def test_influence_is_measured_as_the_domain_does(units, weights):
    village = Village(units, random.Random(9), 40, most=30)
    electorate = village.electorate(RULES["dual" if weights == "tokens" else "token"])
    with units.read() as session:
        statement = roll.weighed(electorate, session.get_bind().dialect.name, NOW)
        found = concentration(session, statement, weights, delegated=2, largest_vote=3)
        rows = session.execute(statement).all()
    held = sorted(getattr(row, weights) for row in rows if getattr(row, weights))
    assert found.held == distribution((weight, 1) for weight in held)
    assert found.brand_affiliated == sum(getattr(row, weights) for row in rows if row.brand_affiliated)
    assert (found.delegated, found.largest_vote) == (2, 3)
    assert len(held) < len(rows) or weights == "weight"
