"""Other people's suggestions for a proposal's text, and what its author says to them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.lifecycle import ProposalAction
from app.models.ids import resource_id
from app.models.proposals import Proposal, Suggestion
from app.policies.permissions import Actor, Permission
from app.services.groups.acting import acting_in
from app.services.moderation.hiding import require_not_hidden
from app.services.proposals import finding, texts
from app.services.proposals.steps import require, require_author, take


def of(session: Session, actor: Actor, proposal_id: uuid.UUID) -> sa.Select[Suggestion]:
    """Select the suggestions for a proposal that the actor may see.

    :raises Refusal: ``not-found``.
    """
    finding.read(session, actor, proposal_id)
    return sa.select(Suggestion).where(Suggestion.proposal_id == proposal_id)


def suggest(
    session: Session, actor: Actor, proposal: Proposal, facts: Mapping[str, Any], now: dt.datetime
) -> Suggestion:
    """Suggest another text for the number that stands now.

    :param facts: ``title``, ``body`` and ``reason``.
    :raises Refusal: ``illegal-step``, ``not-shown``; of a group's ``not-in-group``, ``group-archived``.
    """
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    actor = acting_in(session, actor, proposal.group_id, Permission.PROPOSAL_SUGGEST)
    require(ProposalAction.SUGGEST, proposal)
    require_not_hidden(session, proposal.id)
    made = Suggestion(
        id=resource_id(),
        proposal_id=proposal.id,
        author_id=actor.membership_id,
        text_number=proposal.text_number,
        title=facts["title"],
        body=facts["body"],
        reason=facts["reason"],
        made_at=now,
    )
    session.add(made)
    take(
        session,
        actor,
        proposal,
        ProposalAction.SUGGEST,
        at=now,
        content={
            "suggestion": str(made.id),
            "text_number": made.text_number,
            "title": made.title,
            "body": made.body,
            "suggestion_reason": made.reason,
        },
    )
    return made


def accept(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    suggestion_id: uuid.UUID,
    *,
    reason: str | None,
    now: dt.datetime,
) -> Suggestion:
    """Make a suggestion the proposal's text, under a new number that credits it.

    :raises Refusal: ``not-the-author``, ``not-found``, ``illegal-step``, ``not-shown``, ``suggestion-decided``, and
        ``text-superseded`` where the text has changed since it was suggested.
    """
    require_author(actor, proposal)
    require(ProposalAction.DECIDE_SUGGESTION, proposal)
    require_not_hidden(session, proposal.id)
    suggestion = _undecided(session, proposal, suggestion_id)
    if suggestion.text_number != proposal.text_number:
        raise refuse(
            "text-superseded",
            f"It was made for text {suggestion.text_number}; text {proposal.text_number} stands now.",
            extensions={"text_number": proposal.text_number},
        )
    texts.replace(session, actor, proposal, {"title": suggestion.title, "body": suggestion.body})
    texts.keep(session, proposal, now, suggestion.id)
    _decide(session, actor, proposal, suggestion, verdict="accepted", reason=reason, now=now)
    return suggestion


def turn_down(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    suggestion_id: uuid.UUID,
    *,
    reason: str,
    now: dt.datetime,
) -> Suggestion:
    """Refuse a suggestion with a public reason.

    :raises Refusal: ``not-the-author``, ``not-found``, ``illegal-step``, ``not-shown``, ``suggestion-decided``.
    """
    require_author(actor, proposal)
    require(ProposalAction.DECIDE_SUGGESTION, proposal)
    require_not_hidden(session, proposal.id)
    suggestion = _undecided(session, proposal, suggestion_id)
    _decide(session, actor, proposal, suggestion, verdict="refused", reason=reason, now=now)
    return suggestion


def withdraw(
    session: Session, actor: Actor, proposal: Proposal, suggestion_id: uuid.UUID, now: dt.datetime
) -> Suggestion:
    """Take one's own suggestion back.

    :raises Refusal: ``not-the-author``, ``not-found``, ``illegal-step``, ``suggestion-decided``.
    """
    require(ProposalAction.DECIDE_SUGGESTION, proposal)
    suggestion = _of(session, proposal, suggestion_id)
    if suggestion.author_id != actor.membership_id:
        raise refuse("not-the-author", "Only whoever made a suggestion takes it back.")
    _require_undecided(suggestion)
    _decide(session, actor, proposal, suggestion, verdict="withdrawn", reason=None, now=now)
    return suggestion


def _of(session: Session, proposal: Proposal, suggestion_id: uuid.UUID) -> Suggestion:
    # The proposal's row is locked: whoever decides or withdraws one queues there.
    found = session.scalar(
        sa.select(Suggestion)
        .where(Suggestion.id == suggestion_id, Suggestion.proposal_id == proposal.id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise refuse("not-found")
    return found


def _undecided(session: Session, proposal: Proposal, suggestion_id: uuid.UUID) -> Suggestion:
    suggestion = _of(session, proposal, suggestion_id)
    _require_undecided(suggestion)
    return suggestion


def _require_undecided(suggestion: Suggestion) -> None:
    if suggestion.verdict is not None:
        raise refuse(
            "suggestion-decided",
            f"The suggestion was {suggestion.verdict}.",
            extensions={"verdict": suggestion.verdict},
        )


def _decide(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    suggestion: Suggestion,
    *,
    verdict: str,
    reason: str | None,
    now: dt.datetime,
) -> None:
    suggestion.verdict, suggestion.verdict_reason, suggestion.decided_at = verdict, reason, now
    take(
        session,
        actor,
        proposal,
        ProposalAction.DECIDE_SUGGESTION,
        at=now,
        reason=reason,
        content={
            "suggestion": str(suggestion.id),
            "verdict": verdict,
            "text_number": proposal.text_number,
            "title": proposal.title,
            "body": proposal.body,
        },
    )
