"""Delegation in one ballot: the rule frozen with it, the delegations it covers, and what they come to at its close.

A roll of a million takes some hundred bytes a member here and no more: names, weights and choices are read from
the database in order, once, and delegations as they come.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.uuid_text import uuid_text
from app.domain.charter.decision_type import DelegationRule
from app.domain.charter.reading import read_decision_type
from app.domain.delegation import Delegation as Applying
from app.domain.delegation import DelegationScope, Resolution, Roll, as_weights, resolve, weigh_chains
from app.domain.weights import Weighting
from app.models.ballots import Ballot, Cast, RollEntry
from app.models.delegations import Delegation

#: Rows fetched at a time.
CHUNK = 10_000

#: In place of a choice, of whoever did not vote.
NOT_CAST = -1


def rule_of(ballot: Ballot) -> DelegationRule | None:
    """Return how delegation counts in a ballot, as frozen at its opening; None: only direct votes do.

    None for a draft, too, whose rules may still change.
    """
    rules = ballot.charter_rules
    return None if rules is None or rules.get("delegation") is None else read_decision_type(rules).delegation


@dataclass(frozen=True, slots=True)
class Resolved:
    """A closed ballot's votes, and where the weight of everyone on its roll went.

    :param members: by the weight on the roll; of a double majority, by members.
    :param tokens: of a double majority, by tokens: the same chains, under a cap of their own; else None.
    """

    votes: Votes
    members: Resolution
    tokens: Resolution | None


@dataclass(frozen=True, slots=True)
class Votes:
    """An electoral roll with the vote that counts of each who cast one.

    :param roll: under the names of the ballot's log.
    :param choices: the different canonical choices.
    :param chosen: by position on the roll, the place in ``choices``, or ``NOT_CAST``.
    :param tokens: by position on the roll, in a double majority; else all 0.
    """

    roll: Roll
    choices: tuple[str, ...]
    chosen: array[int]
    tokens: array[int]

    def voters(self) -> Iterator[str]:
        """Yield the names of those who cast a vote, in the order of the roll."""
        names = self.roll.names
        return (names[place] for place, choice in enumerate(self.chosen) if choice != NOT_CAST)

    def tally(self, counted: array[int]) -> dict[str, int]:
        """Add weights up by choice.

        :param counted: by position, the weight with which the vote cast there counts.
        """
        totals: Counter[int] = Counter()
        for choice, weight in zip(self.chosen, counted, strict=True):
            if weight:
                totals[choice] += weight
        return {self.choices[choice]: weight for choice, weight in totals.items()}


def read_votes(session: Session, ballot: Ballot) -> Votes:
    """Read a ballot's roll, in the order of its hash, and what each on it chose last."""
    later = aliased(Cast)
    last = sa.and_(
        Cast.ballot_id == RollEntry.ballot_id,
        Cast.membership_id == RollEntry.membership_id,
        ~sa.exists().where(
            later.ballot_id == Cast.ballot_id,
            later.membership_id == Cast.membership_id,
            later.revision == Cast.revision + 1,
        ),
    )
    rows = session.connection().execute(
        sa.select(uuid_text(RollEntry.voter), RollEntry.weight, RollEntry.tokens, Cast.choice)
        .select_from(RollEntry)
        .outerjoin(Cast, last)
        .where(RollEntry.ballot_id == ballot.id)
        .order_by(RollEntry.voter)
        .execution_options(yield_per=CHUNK)
    )
    names: list[str] = []
    weights, tokens, chosen = array("q"), array("q"), array("i")
    places: dict[str, int] = {}

    def place_of(choice: str | None) -> int:
        return NOT_CAST if choice is None else places.setdefault(choice, len(places))

    for chunk in rows.partitions(CHUNK):
        voters, weighs, held, cast = zip(*chunk, strict=True)
        names += voters
        weights.extend(as_weights(weighs))
        tokens.extend(as_weights(held))
        chosen.extend(map(place_of, cast))
    return Votes(Roll(names, weights), tuple(places), chosen, tokens)


def resolve_ballot(session: Session, ballot: Ballot, rule: DelegationRule) -> Resolved:
    """Resolve a closed ballot's delegations, as they were at the last moment before its close."""
    closes_at = _close_of(ballot)
    votes = read_votes(session, ballot)
    applying = applying_to(session, ballot, rule)
    members = resolve(votes.roll, applying, votes.voters(), closes_at, rule.cap)
    tokens = None
    if ballot.weighting == Weighting.DUAL:
        tokens = weigh_chains(Roll(votes.roll.names, votes.tokens), members.chains, closes_at, rule.cap)
    return Resolved(votes, members, tokens)


def applying_to(
    session: Session, ballot: Ballot, rule: DelegationRule, delegators: sa.ColumnElement[bool] | None = None
) -> Iterator[Applying]:
    """Yield the delegations whose scope covers a ballot, given before its close and in force since it opened.

    What ended before the opening has nothing to do with the ballot; what ended while it was open is told.

    :param delegators: a condition on :class:`Delegation`; None: everybody's.
    """
    closes_at = _close_of(ballot)
    giver, receiver = aliased(RollEntry), aliased(RollEntry)
    covering = {
        DelegationScope.BALLOT: Delegation.ballot_id == ballot.id,
        DelegationScope.GROUP: (
            sa.false() if ballot.group_id is None else Delegation.group_id == ballot.group_id
        ),
        DelegationScope.DECISION_TYPE: Delegation.decision_type == ballot.decision_type,
        DelegationScope.COMMUNITY: Delegation.scope == DelegationScope.COMMUNITY.value,
    }
    statement = (
        sa.select(
            uuid_text(Delegation.id),
            uuid_text(giver.voter),
            sa.case(
                (Delegation.delegate_id.is_(None), None),
                else_=sa.func.coalesce(uuid_text(receiver.voter), ""),
            ),
            Delegation.scope,
            Delegation.given_at,
            Delegation.expires_at,
            Delegation.revoked_at,
        )
        .join(giver, sa.and_(giver.ballot_id == ballot.id, giver.membership_id == Delegation.delegator_id))
        .outerjoin(
            receiver,
            sa.and_(receiver.ballot_id == ballot.id, receiver.membership_id == Delegation.delegate_id),
        )
        .where(
            Delegation.community_id == ballot.community_id,
            sa.or_(*(covering[scope] for scope in rule.scopes)),
            Delegation.given_at < closes_at,
            _lasts_until(Delegation.expires_at, ballot.opened_at),
            _lasts_until(Delegation.revoked_at, ballot.opened_at),
        )
        .execution_options(yield_per=CHUNK)
    )
    if delegators is not None:
        statement = statement.where(delegators)
    for chunk in session.connection().execute(statement).partitions(CHUNK):
        yield from map(Applying._make, chunk)


def _lasts_until(
    ends: sa.orm.InstrumentedAttribute[dt.datetime | None], moment: object
) -> sa.ColumnElement[bool]:
    return sa.or_(ends.is_(None), ends >= sa.literal(moment, Delegation.given_at.type))


def _close_of(ballot: Ballot) -> dt.datetime:
    assert ballot.closes_at is not None  # noqa: S101 - fixed at opening
    return ballot.closes_at
