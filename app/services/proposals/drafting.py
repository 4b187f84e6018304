"""Drafting a proposal, putting it to the community, and taking it back before any vote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.charter.decision_type import DecisionType
from app.domain.instants import instant, to_milliseconds
from app.domain.lifecycle import ProposalAction, ProposalState, Stage
from app.models.proposals import Proposal
from app.policies.permissions import Actor
from app.services.proposals import texts
from app.services.proposals.questions import (
    as_stored,
    check_admission,
    check_form,
    check_matters,
    fit,
    footing,
    kind_of,
    opener_in_group,
    with_ids,
)
from app.services.proposals.steps import begin, require, require_author, take


def create(session: Session, actor: Actor, facts: Mapping[str, Any]) -> Proposal:
    """Draft a proposal, for its author's eyes alone.

    :param facts: ``decision_type``, ``title``, ``body``; ``options`` of a choice or ``operations`` of an
        amendment; ``matters``, the ids of the reserved matters it touches; ``group_id`` of the group that is to
        decide on it, or None.
    :raises Refusal: ``unknown-decision-type``, ``forbidden``, ``invalid-question``, ``invalid-amendment``,
        ``reserved-matter``; of a group ``not-found``, ``not-in-group``, ``group-archived``, ``not-for-groups``.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    now = to_milliseconds(database_now(session))
    proposal = Proposal(
        community_id=actor.community_id,
        author_id=actor.membership_id,
        group_id=facts.get("group_id"),
        state=ProposalState.DRAFT.value,
        state_since=now,
        created_at=now,
        text_number=1,
        sponsor_count=0,
        history_count=0,
    )
    actor = _apply(
        session, actor, proposal, {"options": None, "operations": None, "matters": []} | dict(facts)
    )
    session.add(proposal)
    session.flush()
    begin(session, actor, proposal, texts.content(proposal))
    return proposal


def update(
    session: Session, actor: Actor, proposal: Proposal, changes: Mapping[str, Any], now: dt.datetime
) -> None:
    """Change a draft.

    :param proposal: locked by the caller, as in every use case from here on.
    :raises Refusal: ``not-the-author``, ``illegal-step``, and as :func:`create`.
    """
    require_author(actor, proposal)
    require(ProposalAction.UPDATE, proposal)
    current = {
        name: getattr(proposal, name)
        for name in ("decision_type", "title", "body", "options", "operations", "matters")
    }
    actor = _apply(session, actor, proposal, current | dict(changes))
    take(session, actor, proposal, ProposalAction.UPDATE, at=now, content=texts.content(proposal))


def submit(session: Session, actor: Actor, proposal: Proposal, now: dt.datetime) -> None:
    """Put a draft to the community: to its sponsors, or to discussion where none are needed.

    Everything is judged by the charter in force now; the draft may be older than that.

    :raises Refusal: ``not-the-author``, ``illegal-step``, ``entrenched``, and as :func:`create`.
    """
    require_author(actor, proposal)
    require(ProposalAction.SUBMIT, proposal)
    on = footing(session, actor, proposal.decision_type, kind_of(proposal))
    actor = opener_in_group(session, actor, proposal.group_id, on.rule)
    check_form(on.rule, proposal.options, proposal.operations)
    fit(proposal, on)
    check_admission(on.charter, proposal.matters)
    proposal.submitted_at = now
    texts.keep(session, proposal, now)
    take(
        session,
        actor,
        proposal,
        ProposalAction.SUBMIT,
        at=now,
        stage=put_forward(proposal, on.rule, now),
        content=texts.content(proposal)
        | {"charter_version": on.number, "basis": proposal.basis, "discussion_ends_at": ends(proposal)},
    )


def withdraw(session: Session, actor: Actor, proposal: Proposal, now: dt.datetime) -> None:
    """Take a proposal back before any vote.

    :raises Refusal: ``not-the-author``, ``illegal-step``.
    """
    require_author(actor, proposal)
    stage = Stage(ProposalState.WITHDRAWN, now, None)
    take(session, actor, proposal, ProposalAction.WITHDRAW, at=now, stage=stage)


def put_forward(proposal: Proposal, rule: DecisionType, now: dt.datetime) -> Stage:
    """Return where a proposal begins its way under a decision type: with its sponsors or in discussion."""
    if proposal.sponsor_count < rule.sponsors:
        proposal.discussion_ends_at = None
        return Stage(ProposalState.SPONSORING, now, now + rule.sponsoring_period)
    return discussed(proposal, rule, now)


def discussed(proposal: Proposal, rule: DecisionType, now: dt.datetime) -> Stage:
    """Begin a proposal's discussion; nothing falls due at its end, a vote can be opened from then on."""
    proposal.discussion_ends_at = now + rule.discussion_period
    return Stage(ProposalState.DISCUSSION, now, None)


def ends(proposal: Proposal) -> str | None:
    """Return the end of a proposal's discussion as documents write it."""
    return None if proposal.discussion_ends_at is None else instant(proposal.discussion_ends_at)


def _apply(session: Session, actor: Actor, proposal: Proposal, facts: Mapping[str, Any]) -> Actor:
    """Write a draft's facts, and return the actor as whoever raises it."""
    on = footing(session, actor, facts["decision_type"])
    actor = opener_in_group(session, actor, proposal.group_id, on.rule)
    options, operations = with_ids(facts["options"]), as_stored(facts["operations"])
    check_form(on.rule, options, operations)
    check_matters(on.charter, facts["matters"])
    proposal.decision_type = on.rule.id
    proposal.title, proposal.body = facts["title"], facts["body"]
    proposal.options, proposal.operations = options, operations
    proposal.matters = list(facts["matters"])
    return actor
