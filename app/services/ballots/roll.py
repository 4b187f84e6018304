"""The electoral roll: weighed and frozen with the ballot by one statement, and hashed.

What the statement computes, :func:`app.domain.weights.weigh` says in plain words.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.arithmetic import integer_root, share_of
from app.domain.charter.document import Charter
from app.domain.charter.powers import Power
from app.domain.charter.words import Exclusion
from app.domain.groups import GroupStanding
from app.domain.weights import WeightCap, Weighting, WeightRules
from app.models.ballots import Ballot, RollEntry
from app.models.communities import Membership, MembershipRole
from app.models.groups import GroupMember
from app.policies.permissions import Role
from app.services.ballots.lines import dialect_of, joined, number_text, sha256_of, uuid_text, written
from app.services.tokens.holdings import held, last_position

Entries = sa.Select[*tuple[Any, ...]]
"""Rows as they stand on a roll, or would: with ``weight``, ``tokens``, ``overflow`` and ``brand_affiliated``."""

_NOTHING = sa.literal(0, sa.BigInteger())
_ONE = sa.literal(1, sa.BigInteger())


@dataclass(frozen=True, slots=True)
class Electorate:
    """Who may vote, and what they hold is worth.

    :param roles: the roles whose holders vote.
    :param verified: whether their account must have been verified.
    :param excluded: the roles whose holders' holdings weigh nothing.
    :param group_id: the group whose members alone vote; None: the whole community's.
    """

    community_id: uuid.UUID
    roles: frozenset[Role]
    verified: bool
    rules: WeightRules
    excluded: frozenset[Role]
    group_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class RollTotals:
    """What a roll comes to.

    :param weight: of all entries; in a double majority as many as there are members.
    :param tokens: of the token tally of a double majority.
    :param overflow: what a cap cut off.
    """

    size: int
    weight: int
    tokens: int
    overflow: int

    def limit(self, rules: WeightRules) -> int | None:
        """Return the cap in minor units, None where there is none: of the total before anything was cut off."""
        return None if rules.cap is None else rules.cap.limit(self.weight + self.overflow)


def electorate_of(ballot: Ballot, charter: Charter, rules: WeightRules) -> Electorate:
    """Return who votes in a ballot under a charter."""
    return Electorate(
        ballot.community_id,
        frozenset(role for role in Role if charter.gives(role, Power.BALLOT_CAST)),
        charter.verified_accounts,
        rules,
        frozenset(Exclusion(each).role for each in ballot.exclude),
        ballot.group_id,
    )


def freeze_roll(session: Session, ballot: Ballot, electorate: Electorate, at: dt.datetime) -> int | None:
    """Write the roll in one statement: who is entitled to vote, with what they hold, as of this instant.

    :return: the position of the ledger's last entry that the roll knows; None where tokens do not weigh.
    """
    dialect = dialect_of(session)
    random = sa.func.lower(sa.func.hex(sa.func.randomblob(16)))
    voter = random if dialect == "sqlite" else sa.func.gen_random_uuid()
    entries = weighed(electorate, dialect, at).add_columns(sa.literal(ballot.id, sa.Uuid()), voter)
    names = ["membership_id", "brand_affiliated", "weight", "tokens", "overflow", "ballot_id", "voter"]
    frozen = sa.insert(RollEntry).from_select(names, entries, include_defaults=False)
    if electorate.rules.weighting is Weighting.ONE_MEMBER_ONE_VOTE:
        session.execute(frozen)
        return None
    last = last_position(electorate.community_id)
    if dialect == "sqlite":  # where nobody else writes meanwhile
        session.execute(frozen)
        return session.execute(last).scalar_one()
    # One statement sees one instant: entries posted while it runs are in neither the roll nor the position.
    return session.execute(last.add_cte(frozen.cte("frozen"))).scalar_one()


def weighed(electorate: Electorate, dialect: str, at: dt.datetime) -> Entries:
    """Select what would stand on a roll.

    :param at: as of when tokens have vested.
    :return: ``membership_id``, ``brand_affiliated``, ``weight`` (above 0), ``tokens`` and ``overflow``.
    """
    if electorate.rules.weighting is Weighting.ONE_MEMBER_ONE_VOTE:
        return sa.select(
            Membership.id.label("membership_id"),
            _holds({Role.BRAND_OWNER}).label("brand_affiliated"),
            _ONE.label("weight"),
            _NOTHING.label("tokens"),
            _NOTHING.label("overflow"),
        ).where(*_entitled(electorate))
    counted = _counted(electorate, dialect, at)
    match electorate.rules.weighting:
        case Weighting.DUAL:
            return _entries(counted, weight=_ONE, tokens=counted.c.held)
        case Weighting.QUADRATIC_TOKEN:
            entries = _entries(counted, weight=integer_root(counted.c.held))
        case Weighting.TOKEN_CAPPED if electorate.rules.cap is not None:
            cap = _cap(counted, electorate.rules.cap)
            above = counted.c.held > cap.c.most
            entries = _entries(
                counted,
                weight=sa.case((above, cap.c.most), else_=counted.c.held),
                overflow=sa.case((above, counted.c.held - cap.c.most), else_=_NOTHING),
            ).join(cap, sa.true())
        case _:
            entries = _entries(counted, weight=counted.c.held)
    return entries.where(counted.c.held > 0)


def _entries(
    counted: sa.CTE,
    *,
    weight: sa.ColumnElement[int],
    tokens: sa.ColumnElement[int] = _NOTHING,
    overflow: sa.ColumnElement[int] = _NOTHING,
) -> Entries:
    return sa.select(
        counted.c.membership_id,
        counted.c.brand_affiliated,
        weight.label("weight"),
        tokens.label("tokens"),
        overflow.label("overflow"),
    ).select_from(counted)


def _counted(electorate: Electorate, dialect: str, at: dt.datetime) -> sa.CTE:
    """Return everyone entitled to vote with the part of their holding that the rules count."""
    holdings = held(dialect, electorate.community_id, at)
    counts: sa.ColumnElement[int] = holdings.c.balance
    if not electorate.rules.count_unvested:
        counts = holdings.c.balance - holdings.c.unvested
    if electorate.excluded:
        counts = sa.case((_holds(electorate.excluded), _NOTHING), else_=counts)
    return (
        sa.select(
            Membership.id.label("membership_id"),
            _holds({Role.BRAND_OWNER}).label("brand_affiliated"),
            sa.func.coalesce(counts, 0).label("held"),
        )
        .join_from(Membership, holdings, holdings.c.membership_id == Membership.id, isouter=True)
        .where(*_entitled(electorate))
        .cte("counted")
        .prefix_with("MATERIALIZED")  # PostgreSQL would look the roles up again wherever a weight is written
    )


def _cap(counted: sa.CTE, cap: WeightCap) -> sa.CTE:
    """Return the most that one entry weighs, in a row of its own: a ratio is of the total before clamping."""
    if cap.ratio is None:
        return sa.select(sa.literal(cap.amount, sa.BigInteger()).label("most")).cte("cap")
    total = sa.select(
        sa.cast(sa.func.coalesce(sa.func.sum(counted.c.held), 0), sa.BigInteger()).label("held")
    ).cte("total")
    share = share_of(total.c.held, cap.ratio)
    return sa.select(sa.case((share < 1, _ONE), else_=share).label("most")).cte("cap")


def _entitled(electorate: Electorate) -> list[sa.ColumnElement[bool]]:
    conditions = [
        Membership.community_id == electorate.community_id,
        Membership.left_at.is_(None),
        _holds(electorate.roles),
    ]
    if electorate.group_id is not None:
        conditions.append(
            sa.exists()
            .where(
                GroupMember.group_id == electorate.group_id,
                GroupMember.membership_id == Membership.id,
                GroupMember.standing == GroupStanding.MEMBER.value,
            )
            .correlate(Membership)
        )
    return [*conditions, Membership.verified_at.is_not(None)] if electorate.verified else conditions


def _holds(roles: Collection[Role]) -> sa.Exists:
    return (
        sa.exists()
        .where(
            MembershipRole.membership_id == Membership.id,
            MembershipRole.role.in_(sorted(role.value for role in roles)),
        )
        .correlate(Membership)
    )


def entries_of(ballot_id: uuid.UUID) -> Entries:
    """Select a frozen roll."""
    columns = (RollEntry.weight, RollEntry.tokens, RollEntry.overflow, RollEntry.brand_affiliated)
    return sa.select(*columns).where(RollEntry.ballot_id == ballot_id)


def totals_of(session: Session, entries: Entries) -> RollTotals:
    """Add entries up."""
    each = entries.subquery()
    sums = [sa.func.coalesce(sa.func.sum(each.c[name]), 0) for name in ("weight", "tokens", "overflow")]
    return RollTotals(*map(int, session.execute(sa.select(sa.func.count(), *sums).select_from(each)).one()))


def roll_lines(dialect: str, separator: str, *, dual: bool) -> tuple[str, str]:
    """Return the expression of a roll's line, and its source: voter and weight, for ``dual`` tokens too."""
    numbers = ("weight", "tokens") if dual else ("weight",)
    cells = [uuid_text(dialect, "voter"), *map(number_text, numbers)]
    return joined(separator, cells), "FROM roll_entries WHERE ballot_id = {ballot} ORDER BY voter"


def hash_roll(session: Session, ballot: Ballot) -> str:
    """Return the SHA-256 over ``voter SP weight LF`` sorted by voter; of a double majority with ``SP tokens``."""
    line, source = roll_lines(dialect_of(session), " ", dual=ballot.weighting == Weighting.DUAL)
    return sha256_of(written(session, line, source, ballot.id))
