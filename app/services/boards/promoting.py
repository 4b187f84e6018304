"""Promoting a board's ideas: to the options of a ballot, or to a proposal, in one step or not at all."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.domain.instants import to_milliseconds
from app.domain.lifecycle import IdeaAction, IdeaState
from app.models.boards import Board, PromotedIdea, Promotion
from app.models.ideas import Idea
from app.policies.permissions import Actor, Permission, allows
from app.services.audit import Action, record
from app.services.ballots import drafts
from app.services.boards import finding
from app.services.ideas.finding import visible_to
from app.services.ideas.steps import require, take
from app.services.moderation.hiding import require_not_hidden
from app.services.proposals import drafting as proposals

#: Options of one ballot that come from ideas, and what of an idea's text an option carries.
MOST_PROMOTED = 100
_LONGEST_DESCRIPTION = 10_000

_IN_QUESTION = (IdeaState.OPEN.value, IdeaState.SHORTLISTED.value)


def of(board: Board) -> sa.Select[Promotion]:
    """Select a board's promotions."""
    return sa.select(Promotion).where(Promotion.board_id == board.id)


def ideas_of(session: Session, promotions: Sequence[Promotion]) -> Mapping[uuid.UUID, list[PromotedIdea]]:
    """Return the ideas of some promotions, in their order."""
    rows = session.scalars(
        sa.select(PromotedIdea)
        .where(PromotedIdea.promotion_id.in_([each.id for each in promotions]))
        .order_by(PromotedIdea.promotion_id, PromotedIdea.position)
    )
    found: dict[uuid.UUID, list[PromotedIdea]] = {each.id: [] for each in promotions}
    for row in rows:
        found[row.promotion_id].append(row)
    return found


def promote(session: Session, actor: Actor, board_id: uuid.UUID, facts: Mapping[str, Any]) -> Promotion:
    """Draft a ballot or a proposal from ideas; it is opened, or submitted, like any other.

    What comes from a group's board is the group's to decide.

    :param facts: ``idea_ids`` in the order of the options, or ``top``, how many of the most supported; ``to``,
        ballot or proposal; ``decision_type``, ``title``, ``description``.
    :raises Refusal: ``not-found``, ``not-promotable``, ``illegal-idea-step``, ``not-shown``, and whatever drafting
        the ballot or the proposal refuses; then nothing has happened at all.
    """
    board = finding.locked(session, actor, board_id, shared=True)
    asking, actor = actor, finding.acting_on(session, actor, board, Permission.IDEA_PROMOTE)
    ideas = _chosen(session, actor, board, facts.get("idea_ids"), facts.get("top"))
    for idea in ideas:
        require(session, IdeaAction.PROMOTE, idea)
        require_not_hidden(session, idea.id)
    options = _options(ideas)
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    now = to_milliseconds(database_now(session))
    promotion = Promotion(
        community_id=board.community_id, board_id=board.id, membership_id=actor.membership_id, promoted_at=now
    )
    if facts["to"] == "ballot":
        promotion.ballot_id = _draft_ballot(session, asking, board, facts, options)
    else:
        draft = dict(facts) | {"group_id": board.group_id}
        promotion.proposal_id = _draft_proposal(session, asking, ideas, draft, options)
    session.add(promotion)
    session.flush()
    named = facts["to"] == "ballot" or len(ideas) > 1
    for position, (idea, option) in enumerate(zip(ideas, options, strict=True), 1):
        session.add(
            PromotedIdea(
                promotion_id=promotion.id,
                idea_id=idea.id,
                position=position,
                option_id=option["id"] if named else None,
            )
        )
        content = {"promotion": str(promotion.id), "option": option["id"] if named else None}
        take(session, actor, idea, IdeaAction.PROMOTE, content, at=now)
    record(
        session,
        actor,
        Action.BOARD_PROMOTED,
        ("board", board.id),
        {
            "promotion": str(promotion.id),
            "ballot": None if promotion.ballot_id is None else str(promotion.ballot_id),
            "proposal": None if promotion.proposal_id is None else str(promotion.proposal_id),
            "ideas": [str(idea.id) for idea in ideas],
        },
        at=now,
    )
    return promotion


def _chosen(
    session: Session, actor: Actor, board: Board, idea_ids: Sequence[uuid.UUID] | None, top: int | None
) -> list[Idea]:
    """Return the ideas that are named, or the most supported ones in question; their rows locked.

    :raises Refusal: ``not-found``, ``not-promotable``.
    """
    if (idea_ids is None) == (top is None):
        raise refuse("not-promotable", "Name the ideas, or say how many of the most supported ones.")
    here = visible_to(actor).where(Idea.board_id == board.id, Idea.posted_at.is_not(None))
    if idea_ids is None:
        best = (
            here.with_only_columns(Idea.id)
            .where(Idea.state.in_(_IN_QUESTION))
            .order_by(Idea.dot_count.desc(), Idea.endorsement_count.desc(), Idea.id.desc())
            .limit(top)
        )
        idea_ids = session.scalars(best).all()
    rows = session.scalars(
        here.where(Idea.id.in_(idea_ids))
        .order_by(Idea.id)
        .with_for_update(of=Idea)
        .execution_options(populate_existing=True)
    )
    found = {idea.id: idea for idea in rows}
    if set(found) != set(idea_ids):
        raise refuse("not-found")
    if not found:
        raise refuse("not-promotable", "No idea of the board is in question.")
    return [found[each] for each in idea_ids]


def _options(ideas: Sequence[Idea]) -> list[dict[str, Any]]:
    return [
        {"id": f"o{position}", "title": idea.title, "description": idea.body[:_LONGEST_DESCRIPTION]}
        for position, idea in enumerate(ideas, 1)
    ]


def _draft_ballot(
    session: Session,
    actor: Actor,
    board: Board,
    facts: Mapping[str, Any],
    options: Sequence[Mapping[str, Any]],
) -> uuid.UUID:
    draft = {
        "decision_type": facts["decision_type"],
        "group_id": board.group_id,
        "title": facts.get("title") or board.title,
        "description": facts.get("description") or "",
    }
    return drafts.create(session, actor, draft, options).id


def _draft_proposal(
    session: Session,
    actor: Actor,
    ideas: Sequence[Idea],
    facts: Mapping[str, Any],
    options: Sequence[Mapping[str, Any]],
) -> uuid.UUID:
    """Draft a proposal for one idea, or for a choice between several."""
    if not allows(Permission.PROPOSAL_RAISE, actor):
        raise refuse("forbidden", f"This needs the permission {Permission.PROPOSAL_RAISE.value}, too.")
    actor = dataclasses.replace(
        actor, confined=False
    )  # that they raise proposals is theirs outside of groups, too
    draft: dict[str, Any] = {
        "decision_type": facts["decision_type"],
        "group_id": facts["group_id"],
        "title": facts.get("title") or ideas[0].title,
        "body": facts.get("description") or ideas[0].body,
        "options": options if len(ideas) > 1 else None,
    }
    return proposals.create(session, actor, draft).id
