"""What one member weighs in a ballot, and what becomes of it: foreseen while it is open, told once it is counted.

A member sees whom their weight runs through, since it is theirs: the delegate they chose, and whoever that one
delegated to. Who is meant is told by name only where the ballot's log names its voters; else the delegate alone,
whom the member knows, and everybody further along by their name on the roll, as in the evidence.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.charter.decision_type import DelegationRule
from app.domain.delegation import (
    Delegation as Applying,
)
from app.domain.delegation import (
    DelegationCap,
    Outcome,
    Resolution,
    Roll,
    explain,
    foresee,
    resolve,
    select,
)
from app.domain.delegation.selection import NOT_DELEGATED
from app.domain.errors import refuse
from app.domain.lifecycle import BallotState
from app.models.ballots import Ballot, Cast, RollEntry
from app.models.communities import Membership
from app.models.delegations import Delegation
from app.policies.permissions import Actor
from app.services.ballots import closing
from app.services.ballots.drafts import read as read_ballot
from app.services.ballots.drafts import standing, state_of
from app.services.delegations import evidence
from app.services.delegations.resolving import applying_to, rule_of

#: Links of a chain that are followed; the evidence has longer ones whole.
MOST_LINKS = 200


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody along a chain; who that is, is None where the ballot does not tell."""

    voter: str
    membership_id: uuid.UUID | None = None
    display_name: str | None = None


@dataclass(frozen=True, slots=True)
class OwnWeight:
    """What becomes of the actor's weight, and what they carry of others'.

    :param rule: how weight can be delegated; None: only direct votes count, so that there is no more to tell than
        what the actor weighs.
    :param voter, weight: the actor's name and weight on the roll.
    :param tokens: in a double majority, their weight among tokens; else None.
    :param overflow: what the cap cut off of theirs at opening; None where there is no cap.
    :param delegation_id: the delegation that holds, or opts them out, or None.
    :param outcome: what became of the weight; while the ballot is open, what would if nothing changed.
    :param chain: whom it runs through, the actor first.
    :param representative: who carries it: who voted at the end of the chain; the actor, if they voted.
    :param carried: ``carried`` and ``returned`` as ``{"members", "weight"}`` and ``returned_to``, names on the
        roll; None until the ballot is counted, and for whom no chain led to.
    """

    ballot_id: uuid.UUID
    state: BallotState
    rule: DelegationRule | None
    voter: str
    weight: int
    tokens: int | None
    overflow: int | None
    delegation_id: uuid.UUID | None = None
    outcome: Outcome | None = None
    chain: Sequence[Person] = ()
    representative: Person | None = None
    explanation: Sequence[str] = ()
    carried: dict[str, Any] | None = None


def own_weight(session: Session, actor: Actor, ballot_id: uuid.UUID) -> OwnWeight:
    """Return what the actor weighs in an opened ballot, and what becomes of it.

    :param session: a session that may write: a closed ballot is counted now if nobody has asked before.
    :raises Refusal: ``not-found``; ``ballot-not-open`` for a draft; ``not-on-roll``.
    """
    ballot = read_ballot(session, actor, ballot_id)
    state = state_of(ballot, database_now(session))
    rule = _opened(ballot, state)
    if rule is not None and state is BallotState.CLOSED:
        closing.result(session, actor, ballot_id)
    entry = session.get(RollEntry, (ballot.id, actor.membership_id))
    if entry is None:
        raise refuse("not-on-roll", "The roll was frozen when the ballot opened, and you are not on it.")
    facts: dict[str, Any] = {
        "ballot_id": ballot.id,
        "state": state,
        "rule": rule,
        "weight": entry.weight,
        "tokens": None if ballot.roll_tokens is None else entry.tokens,
        "overflow": None if ballot.weight_limit is None else entry.overflow,
    }
    if rule is None:
        return OwnWeight(**facts, voter=str(entry.voter))
    closed = state is BallotState.CLOSED
    path = list(_walk(session, ballot, rule, entry, everybody=closed or ballot.secrecy == "open"))
    link = evidence.line_of(session, ballot.id, "links", entry.voter) if closed else None
    carried = evidence.line_of(session, ballot.id, "delegates", entry.voter) if closed else None
    if len(path) > MOST_LINKS:
        path = _cut(session, path, link)
    resolution = _resolved(ballot, rule, path)
    if closed:
        _certify(resolution, str(entry.voter), link, carried)
    people = _people(session, ballot, path)
    return OwnWeight(**facts, carried=carried, **_told(resolution, str(entry.voter), people, closed=closed))


def delegable(ballot: Ballot, state: BallotState) -> DelegationRule:
    """Return the rule by which an opened ballot's weight can be delegated.

    :raises Refusal: ``ballot-not-open`` for a draft; ``delegation-not-allowed`` where only direct votes count.
    """
    rule = _opened(ballot, state)
    if rule is None:
        raise refuse("delegation-not-allowed", "In this ballot only direct votes count.")
    return rule


def _opened(ballot: Ballot, state: BallotState) -> DelegationRule | None:
    """Return the rule of an opened ballot's delegations, None where only direct votes count.

    :raises Refusal: ``ballot-not-open`` for a draft.
    """
    if ballot.opened_at is None:
        raise refuse("ballot-not-open", "The ballot is draft.", extensions=standing(ballot, state))
    return rule_of(ballot)


@dataclass(frozen=True, slots=True)
class _Step:
    """Somebody on the roll along the chain, with the delegations that cover the ballot, and whether they voted."""

    entry: RollEntry
    applying: Sequence[Applying]
    voted: bool


def _walk(
    session: Session, ballot: Ballot, rule: DelegationRule, start: RollEntry, *, everybody: bool
) -> Iterator[_Step]:
    """Follow a chain from its start to whoever voted, or to where it ends.

    :param everybody: whether it may be told who has voted; else that is known of the start alone.
    """
    entry: RollEntry | None = start
    seen: set[uuid.UUID] = set()
    while entry is not None and entry.voter not in seen and len(seen) <= MOST_LINKS:
        seen.add(entry.voter)
        voted = (everybody or entry is start) and _has_voted(session, entry)
        applying = list(applying_to(session, ballot, rule, Delegation.delegator_id == entry.membership_id))
        yield _Step(entry, applying, voted)
        entry = None if voted else _next(session, ballot, entry, applying)


def _has_voted(session: Session, entry: RollEntry) -> bool:
    cast = sa.select(Cast.tracker).where(
        Cast.ballot_id == entry.ballot_id, Cast.membership_id == entry.membership_id, Cast.revision == 1
    )
    return session.scalar(cast) is not None


def _next(
    session: Session, ballot: Ballot, entry: RollEntry, applying: Sequence[Applying]
) -> RollEntry | None:
    """Return the roll entry of the delegate whose delegation holds, or None."""
    assert ballot.closes_at is not None  # noqa: S101 - fixed at opening
    voter = str(entry.voter)
    named = {each.delegate for each in applying if each.delegate} | {voter}
    roll = Roll.of((name, 1) for name in named)
    place = select(roll, applying, ballot.closes_at).delegate[roll.positions[voter]]
    if place < 0:
        return None
    return session.scalar(
        sa.select(RollEntry).where(
            RollEntry.ballot_id == ballot.id, RollEntry.voter == uuid.UUID(roll.names[place])
        )
    )


def _cut(session: Session, path: list[_Step], link: dict[str, Any] | None) -> list[_Step]:
    """End a path after as many links as are followed, and go on with whoever carries the weight, if that is known.

    :param link: the evidence of the first one's weight.
    """
    cut = [*path[:-1], dataclasses.replace(path[-1], applying=())]
    if link is None or link["representative"] is None:
        return cut
    entry = path[0].entry
    representative = session.scalars(
        sa.select(RollEntry).where(
            RollEntry.ballot_id == entry.ballot_id, RollEntry.voter == uuid.UUID(link["representative"])
        )
    ).one()
    return [*cut, _Step(representative, (), voted=True)]


def _resolved(ballot: Ballot, rule: DelegationRule, path: Sequence[_Step]) -> Resolution:
    """Resolve the excerpt of the roll that a chain runs through, with the cap of the whole."""
    assert ballot.closes_at is not None  # noqa: S101 - fixed at opening
    assert ballot.roll_weight is not None  # noqa: S101 - frozen at opening
    roll = Roll.of((str(step.entry.voter), step.entry.weight) for step in path)
    applying = [each for step in path for each in step.applying]
    voted = [str(step.entry.voter) for step in path if step.voted]
    limit = None if rule.cap is None else DelegationCap(weight=rule.cap.limit(ballot.roll_weight))
    return dataclasses.replace(resolve(roll, applying, voted, ballot.closes_at), cap=limit)


def _certify(
    excerpt: Resolution, voter: str, link: dict[str, Any] | None, carried: dict[str, Any] | None
) -> None:
    """Put into an excerpt what only the whole count knows: whether a cap had room, and what was carried."""
    roll, position = excerpt.roll, excerpt.roll.positions[voter]
    if carried is not None:
        excerpt.counted[position] += carried["carried"]["weight"]
    if link is not None:
        excerpt.outcome[position] = Outcome[link["outcome"].upper()]
        excerpt.chains.hops[position] = link["hops"]
        if link["representative"] is not None:
            excerpt.chains.representative[position] = roll.positions[link["representative"]]


def _told(
    resolution: Resolution, voter: str, people: Mapping[str, Person], *, closed: bool
) -> dict[str, Any]:
    names = {name: person.display_name for name, person in people.items() if person.display_name}
    selection, position = resolution.chains.selection, resolution.roll.positions[voter]
    holds = selection.delegate[position] != NOT_DELEGATED
    representative = resolution.representative_of(voter)
    return {
        "voter": voter,
        "delegation_id": uuid.UUID(selection.reference[position]) if holds else None,
        "outcome": resolution.outcome_of(voter),
        "chain": [people[name] for name in resolution.chain_of(voter)],
        "representative": None if representative is None else people[representative],
        "explanation": (explain if closed else foresee)(resolution, voter, names),
    }


def _people(session: Session, ballot: Ballot, path: Sequence[_Step]) -> dict[str, Person]:
    """Return who is along a chain, by name on the roll, as far as the actor may know it."""
    known = path if ballot.disclosure == "named" else path[:2]
    ids = [step.entry.membership_id for step in known]
    names = {
        member.id: member.display_name
        for member in session.scalars(sa.select(Membership).where(Membership.id.in_(ids)))
    }
    people = {}
    for step in path:
        voter, member = str(step.entry.voter), step.entry.membership_id
        people[voter] = Person(voter, member, names[member]) if member in names else Person(voter)
    return people
