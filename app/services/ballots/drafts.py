"""Drafting a ballot, and reading ballots in every state."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from app.db.clock import database_now
from app.domain.errors import refuse
from app.domain.lifecycle import (
    BALLOT_LIFECYCLE,
    BallotAction,
    BallotState,
    BallotTimes,
    ballot_state,
)
from app.models.ballots import Ballot, BallotOption
from app.policies.permissions import Actor, Role
from app.services.audit import Action, record
from app.services.ballots.rules import check_rules

_PREPARERS = frozenset({Role.STEWARD, Role.BRAND_OWNER, Role.AUDITOR})

#: Fields of a draft that a member's request may set, besides its options.
DRAFT_FIELDS = (
    "kind",
    "title",
    "description",
    "method",
    "settings",
    "seats",
    "weighting",
    "secrecy",
    "disclosure",
    "vote_change",
    "early_close",
    "tie_rule",
    "quorum",
    "threshold",
    "min_approval",
    "rejection_quorum",
    "opens_at",
    "closes_at",
    "voting_period_seconds",
)


def visible_to(actor: Actor) -> sa.Select[Ballot]:
    """Select the ballots an actor may see: every ballot of their community, drafts only for who prepares them."""
    statement = (
        sa.select(Ballot)
        .where(Ballot.community_id == actor.community_id)
        .options(selectinload(Ballot.options))
    )
    if actor.roles & _PREPARERS:
        return statement
    return statement.where(Ballot.opened_at.is_not(None))


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

    :raises Refusal: ``ballot-not-draft``, ``ballot-not-open`` or ``ballot-not-closed``, with the state.
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
    raise refuse(slug, f"The ballot is {state.value}.", extensions={"state": state.value})


def create(
    session: Session, actor: Actor, facts: Mapping[str, Any], options: Sequence[Mapping[str, Any]]
) -> Ballot:
    """Draft a ballot.

    :param facts: values for :data:`DRAFT_FIELDS`, already valid one by one.
    :param options: ``{"id", "title", "description"}`` in the order in which they are shown; an absent id
        becomes ``o1``, ``o2`` and so on.
    :raises Refusal: ``invalid-question`` where the parts do not fit together.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    now = database_now(session)
    ballot = Ballot(community_id=actor.community_id, created_at=now)
    _apply(ballot, facts, options)
    check_rules(ballot)
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
    """Change a draft; ``options`` replaces all options, None leaves them.

    :raises Refusal: ``ballot-not-draft``, ``invalid-question``.
    """
    now = database_now(session)
    require(BallotAction.UPDATE, ballot, now)
    if options is not None:
        ballot.options.clear()
        session.flush()  # the old options' keys must be gone before equal ones are inserted
    _apply(ballot, facts, options)
    check_rules(ballot)
    # Options live in rows of their own: the version must move although no column of the ballot did.
    sa.orm.attributes.flag_modified(ballot, "title")
    session.flush()
    record(session, actor, Action.BALLOT_UPDATED, ("ballot", ballot.id), _content(ballot), at=now)
    return ballot


def delete(session: Session, actor: Actor, ballot: Ballot) -> None:
    """Delete a draft; a ballot that was ever open stays for ever.

    :raises Refusal: ``ballot-not-draft``.
    """
    now = database_now(session)
    require(BallotAction.DELETE, ballot, now)
    record(session, actor, Action.BALLOT_DELETED, ("ballot", ballot.id), at=now)
    session.delete(ballot)
    session.flush()


def _apply(ballot: Ballot, facts: Mapping[str, Any], options: Sequence[Mapping[str, Any]] | None) -> None:
    for name in DRAFT_FIELDS:
        if name in facts:
            setattr(ballot, name, facts[name])
    if options is not None:
        ballot.options = [
            BallotOption(
                option_id=option.get("id") or f"o{position}",
                position=position,
                title=option["title"],
                description=option.get("description", ""),
            )
            for position, option in enumerate(options, 1)
        ]


def _content(ballot: Ballot) -> dict[str, Any]:
    """Return what an audit entry about a draft commits to."""
    return {
        "kind": ballot.kind,
        "title": ballot.title,
        "description": ballot.description,
        "method": ballot.method,
        "options": [
            {"id": o.option_id, "title": o.title, "description": o.description} for o in ballot.options
        ],
        "version": ballot.version,
    }
