"""Drafting a ballot, and reading ballots in every state."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from app.db.clock import database_now
from app.domain.charter.decision_type import DecisionType
from app.domain.charter.document import Charter
from app.domain.charter.matters import admission
from app.domain.charter.powers import Power
from app.domain.errors import refuse
from app.domain.instants import instant, to_milliseconds
from app.domain.lifecycle import (
    BALLOT_LIFECYCLE,
    BallotAction,
    BallotState,
    BallotTimes,
    ballot_state,
)
from app.models.ballots import Ballot, BallotOption
from app.policies.permissions import Actor, Permission, Role
from app.services.audit import Action, record
from app.services.ballots.candidates import check_candidates
from app.services.ballots.decision_types import (
    NOT_LEFT_OPEN,
    RULED,
    WEIGHING,
    acting_in,
    check_secrecy,
    check_weighting,
    choose,
    require_for_groups,
    ruled_facts,
)
from app.services.ballots.rules import check_rules
from app.services.charters.versions import in_force
from app.services.groups.acting import acting_in as acting_in_group
from app.services.groups.finding import groups_of
from app.services.obligations import precommitments

_PREPARERS = frozenset({Role.STEWARD, Role.BRAND_OWNER, Role.AUDITOR})
_PREPARING = frozenset({Power.BALLOT_CREATE, Power.BALLOT_UPDATE, Power.BALLOT_DELETE, Power.BALLOT_OPEN})

#: Facts of a draft that a request may state and no charter rules.
FREE_FIELDS = ("title", "description", "opens_at", "closes_at")

#: Columns in which the facts of a draft stand.
STORED_FIELDS = (*FREE_FIELDS, "matters", *RULED, *WEIGHING, *NOT_LEFT_OPEN)


def visible_to(actor: Actor) -> sa.Select[Ballot]:
    """Select the ballots an actor may see: every ballot of their community, drafts only for who prepares them.

    Those are stewards, brand owners and auditors, and whomever the charter gives a power over drafts; of a group's
    its own stewards, too.
    """
    statement = (
        sa.select(Ballot)
        .where(Ballot.community_id == actor.community_id)
        .options(selectinload(Ballot.options))
    )
    if actor.roles & _PREPARERS or any(
        _PREPARING & actor.powers.get(role, frozenset()) for role in actor.roles
    ):
        return statement
    of_own_groups = Ballot.group_id.in_(groups_of(actor, stewarded=True))
    return statement.where(sa.or_(Ballot.opened_at.is_not(None), of_own_groups))


def listed(
    actor: Actor,
    now: dt.datetime,
    *,
    state: BallotState | None = None,
    kind: str | None = None,
    decision_type: str | None = None,
    proposal_id: uuid.UUID | None = None,
    group_id: uuid.UUID | None = None,
) -> sa.Select[Ballot]:
    """Select, of the ballots an actor may see, those in a state at ``now`` and of a sort; None: any."""
    statement = visible_to(actor)
    for column, wanted in (
        (Ballot.kind, kind),
        (Ballot.decision_type, decision_type),
        (Ballot.proposal_id, proposal_id),
        (Ballot.group_id, group_id),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    return statement if state is None else statement.where(_in_state(state, now))


def _in_state(state: BallotState, now: dt.datetime) -> sa.ColumnElement[bool]:
    """Say in SQL what :func:`state_of` says of one ballot."""
    at = sa.literal(now, Ballot.opens_at.type)
    conditions: Mapping[BallotState, sa.ColumnElement[bool]] = {
        BallotState.DRAFT: Ballot.opened_at.is_(None),
        BallotState.SCHEDULED: sa.and_(Ballot.opened_at.is_not(None), at < Ballot.opens_at),
        BallotState.OPEN: sa.and_(
            Ballot.opened_at.is_not(None),
            Ballot.finalised_at.is_(None),
            at >= Ballot.opens_at,
            at < Ballot.closes_at,
        ),
        BallotState.CLOSED: sa.or_(
            Ballot.finalised_at.is_not(None),
            sa.and_(Ballot.opened_at.is_not(None), at >= Ballot.closes_at),
        ),
    }
    return conditions[state]


def state_of(ballot: Ballot, now: dt.datetime) -> BallotState:
    """Return a ballot's state at ``now`` (the database's clock)."""
    if ballot.finalised_at is not None:
        return BallotState.CLOSED
    return ballot_state(BallotTimes(ballot.opened_at, ballot.opens_at, ballot.closes_at), now)


def read(session: Session, actor: Actor, ballot_id: uuid.UUID) -> Ballot:
    """Return one ballot with its options.

    :raises Refusal: ``not-found`` where the actor may see no such ballot.
    """
    ballot = session.scalar(visible_to(actor).where(Ballot.id == ballot_id))
    if ballot is None:
        raise refuse("not-found")
    return ballot


def locked(session: Session, actor: Actor, ballot_id: uuid.UUID) -> Ballot:
    """Return one ballot with its row locked against every other change and cast.

    :raises Refusal: ``not-found`` where the actor may see no such ballot.
    """
    ballot = session.scalar(
        visible_to(actor)
        .where(Ballot.id == ballot_id)
        .with_for_update(of=Ballot)
        .execution_options(populate_existing=True)
    )
    if ballot is None:
        raise refuse("not-found")
    return ballot


def require(action: BallotAction, ballot: Ballot, now: dt.datetime) -> None:
    """Refuse an action that the lifecycle table does not allow in the ballot's state.

    :raises Refusal: ``ballot-not-draft``, ``ballot-not-open`` or ``ballot-not-closed``, with the members that
        the catalogue lists.
    """
    state = state_of(ballot, now)
    allowed = BALLOT_LIFECYCLE[action]
    if state in allowed:
        return
    slug = {
        BallotState.DRAFT: "ballot-not-draft",
        BallotState.OPEN: "ballot-not-open",
        BallotState.CLOSED: "ballot-not-closed",
    }[min(allowed, key=list(BallotState).index)]
    raise refuse(slug, f"The ballot is {state.value}.", extensions=standing(ballot, state))


def standing(ballot: Ballot, state: BallotState) -> dict[str, str | None]:
    """Return where a ballot stands and its period, as the members of a problem object (null: not fixed yet)."""
    opens_at, closes_at = (None if at is None else instant(at) for at in (ballot.opens_at, ballot.closes_at))
    return {"state": state.value, "opens_at": opens_at, "closes_at": closes_at}


def create(
    session: Session, actor: Actor, facts: Mapping[str, Any], options: Sequence[Mapping[str, Any]]
) -> Ballot:
    """Draft a standalone ballot under a decision type of the charter in force.

    :param facts: ``title``, ``decision_type`` or ``kind``, and optionally the other :data:`FREE_FIELDS`,
        ``matters``, ``group_id`` of the group that is to vote, and whatever the decision type leaves open; already
        valid one by one.
    :param options: ``{"id", "title", "description", "membership_id"}`` in the order in which they are shown; an
        absent id becomes ``o1``, ``o2`` and so on.
    :raises Refusal: ``unknown-decision-type``; ``forbidden`` to whom it is not open; ``fixed-by-charter``;
        ``reserved-matter``; ``not-a-candidate``; ``invalid-question`` where the parts do not fit together; of a group
        ``not-found``, ``not-in-group``, ``group-archived`` and ``not-for-groups``.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    now = to_milliseconds(database_now(session))
    _, charter = in_force(session, actor.community_id)
    group_id = facts.get("group_id")
    actor = acting_in_group(session, actor, group_id, Permission.BALLOT_CREATE)
    rule = choose(charter, facts.get("decision_type"), facts.get("kind"))
    actor = acting_in(rule, charter, actor, Power.BALLOT_CREATE)
    ballot = Ballot(community_id=actor.community_id, group_id=group_id, created_at=now, matters=[])
    _apply(ballot, {"description": ""} | dict(facts) | ruled_facts(rule, facts), options)
    _check(session, ballot, charter, rule)
    session.add(ballot)
    session.flush()
    record(session, actor, Action.BALLOT_CREATED, ("ballot", ballot.id), _content(ballot), at=now)
    return ballot


def update(
    session: Session,
    actor: Actor,
    ballot: Ballot,
    facts: Mapping[str, Any],
    options: Sequence[Mapping[str, Any]] | None,
) -> Ballot:
    """Change a draft; ``options`` replaces all options, None leaves them. What is so already writes nothing.

    Any change brings the draft up to date with the charter in force: what its decision type fixes there.

    :raises Refusal: ``ballot-not-draft``, and as :func:`create`.
    """
    now = database_now(session)
    actor = acting_in_group(session, actor, ballot.group_id, Permission.BALLOT_UPDATE)
    require(BallotAction.UPDATE, ballot, now)
    _, charter = in_force(session, ballot.community_id)
    kind = facts.get("kind", None if "decision_type" in facts else ballot.kind)
    other = "decision_type" in facts or ("kind" in facts and facts["kind"] != ballot.kind)
    rule = choose(charter, facts.get("decision_type") if other else ballot.decision_type, kind)
    if rule.id != ballot.decision_type:
        actor = acting_in(rule, charter, actor, Power.BALLOT_CREATE)
    said = dict(facts) | ruled_facts(rule, facts, {name: getattr(ballot, name) for name in RULED})
    if _says_already(ballot, said, options):
        return ballot
    if options is not None:
        ballot.options.clear()
        session.flush()  # the old options' keys must be gone before equal ones are inserted
    with session.no_autoflush:
        _apply(ballot, said, options)
        _check(session, ballot, charter, rule)
    # Options live in rows of their own: the version must move although no column of the ballot did.
    sa.orm.attributes.flag_modified(ballot, "title")
    session.flush()
    record(session, actor, Action.BALLOT_UPDATED, ("ballot", ballot.id), _content(ballot), at=now)
    return ballot


def delete(session: Session, actor: Actor, ballot: Ballot) -> None:
    """Delete a draft; a ballot that was ever open stays for ever, and so does what the brand said of a draft.

    :raises Refusal: ``ballot-not-draft``; ``conflict`` for a draft with a pre-commitment.
    """
    now = database_now(session)
    actor = acting_in_group(session, actor, ballot.group_id, Permission.BALLOT_DELETE, archived=True)
    require(BallotAction.DELETE, ballot, now)
    if precommitments.latest(session, ballot_id=ballot.id) is not None:
        raise refuse("conflict", "The brand has recorded a pre-commitment for this draft, and that is kept.")
    record(session, actor, Action.BALLOT_DELETED, ("ballot", ballot.id), at=now)
    session.delete(ballot)
    session.flush()


def check_matters(charter: Charter, matters: Sequence[Any]) -> None:
    """Refuse a ballot on matters that are not put to the community, or that the charter does not know.

    :raises Refusal: ``reserved-matter``, with a pointer to each.
    """
    forbidden = admission(charter, matters)
    if forbidden:
        errors = [(f"#/matters/{list(matters).index(matter)}", reason) for matter, reason in forbidden]
        raise refuse("reserved-matter", " ".join(reason for _, reason in forbidden), errors=errors)


def put_options(ballot: Ballot, options: Sequence[Mapping[str, Any]]) -> None:
    """Give a ballot its options, in order."""
    ballot.options = [
        BallotOption(position=position, **stored) for position, stored in enumerate(_stored(options), 1)
    ]


def _apply(ballot: Ballot, facts: Mapping[str, Any], options: Sequence[Mapping[str, Any]] | None) -> None:
    for name in STORED_FIELDS:
        if name in facts:
            setattr(ballot, name, facts[name])
    if options is not None:
        put_options(ballot, options)


def _check(session: Session, ballot: Ballot, charter: Charter, rule: DecisionType) -> None:
    require_for_groups(rule, ballot.group_id)
    check_rules(ballot)
    check_weighting(charter, ballot)
    check_secrecy(rule, ballot)
    check_matters(charter, ballot.matters)
    check_candidates(session, ballot, rule)


def _stored(options: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return options as they are stored, but for their places."""
    return [
        {
            "option_id": option.get("id") or f"o{position}",
            "title": option["title"],
            "description": option.get("description", ""),
            "membership_id": option.get("membership_id"),
        }
        for position, option in enumerate(options, 1)
    ]


def _says_already(
    ballot: Ballot, facts: Mapping[str, Any], options: Sequence[Mapping[str, Any]] | None
) -> bool:
    if options is not None:
        kept = [(o.option_id, o.title, o.description, o.membership_id) for o in ballot.options]
        if [tuple(stored.values()) for stored in _stored(options)] != kept:
            return False
    return all(_same(getattr(ballot, name), facts[name]) for name in STORED_FIELDS if name in facts)


def _same(kept: object, said: object) -> bool:
    # To Python 1, 1.0 and True are equal; in settings they are three things.
    if isinstance(kept, dict) and isinstance(said, dict):
        return json.dumps(kept, sort_keys=True) == json.dumps(said, sort_keys=True)
    return kept == said


def _content(ballot: Ballot) -> dict[str, Any]:
    """Return what an audit entry about a draft commits to."""
    return {
        "kind": ballot.kind,
        "decision_type": ballot.decision_type,
        "group": None if ballot.group_id is None else str(ballot.group_id),
        "matters": ballot.matters,
        "title": ballot.title,
        "description": ballot.description,
        "method": ballot.method,
        "options": [
            {
                "id": o.option_id,
                "title": o.title,
                "description": o.description,
                "candidate": None if o.membership_id is None else str(o.membership_id),
            }
            for o in ballot.options
        ],
        "version": ballot.version,
    }
