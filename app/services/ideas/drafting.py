"""Drafting an idea, posting it, writing further texts of it, and taking it back."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.boards.ranking import draw_of, fair_weight, rising_key
from app.domain.boards.tags import normalised_tags
from app.domain.charter.powers import Power
from app.domain.instants import to_milliseconds
from app.domain.lifecycle import IdeaAction, IdeaState
from app.models.boards import Board
from app.models.ideas import Idea, IdeaAuthor, IdeaFollower, IdeaTag, IdeaText
from app.models.ids import resource_id
from app.policies.permissions import Actor, Permission, Role
from app.services.audit import Action, record
from app.services.boards.finding import acting_on, not_open, running
from app.services.ideas.finding import Held
from app.services.ideas.following import add_follower
from app.services.ideas.searching import learn
from app.services.ideas.steps import require, require_author, require_writer, take
from app.services.moderation.hiding import require_not_hidden

#: What an author writes; tags in the form of app.domain.boards.tags.
TEXT_FIELDS = ("title", "body", "links")


def create(session: Session, actor: Actor, board: Board, facts: Mapping[str, Any]) -> Idea:
    """Draft an idea, for its authors' eyes alone.

    :param facts: :data:`TEXT_FIELDS` and ``tags``.
    :raises Refusal: ``not-in-group``, ``group-archived``.
    """
    actor = acting_on(session, actor, board, Permission.IDEA_POST)
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    now, idea_id = to_milliseconds(database_now(session)), resource_id()
    weight = fair_weight(0)
    idea = Idea(
        id=idea_id,
        community_id=board.community_id,
        board_id=board.id,
        audience_id=board.audience_id,
        author_id=actor.membership_id,
        text_number=1,
        state=IdeaState.DRAFT.value,
        state_since=now,
        created_at=now,
        draw=draw_of(str(idea_id)),
        fair_weight=weight,
        fair_weight_before=weight,
        **{name: facts[name] for name in TEXT_FIELDS},
    )
    session.add(idea)
    session.flush()
    session.add(
        IdeaAuthor(
            idea_id=idea.id, membership_id=actor.membership_id, kind="author", standing="credited", since=now
        )
    )
    _set_tags(session, idea, normalised_tags(facts["tags"]))
    record(session, actor, Action.IDEA_CREATED, ("idea", idea.id), _content(session, idea), at=now)
    return idea


def update(session: Session, actor: Actor, held: Held, changes: Mapping[str, Any]) -> None:
    """Change a draft, or replace a posted idea's text by a new number of it. What is so already writes nothing.

    Supporters stay, with the number of the text that they supported.

    :param changes: of :data:`TEXT_FIELDS` and ``tags``; what is absent stays.
    :raises Refusal: ``not-the-author``, ``illegal-idea-step``, ``phase-not-open``, ``not-shown``, ``not-in-group``,
        ``group-archived``.
    """
    idea = held.idea
    require_writer(session, actor, idea)
    posted = idea.posted_at is not None
    action = IdeaAction.REWRITE if posted else IdeaAction.UPDATE
    require(session, action, idea)
    phase = running(held.board, held.now)
    if posted and (phase is None or not phase.editing):
        raise not_open(phase, "rewrite ideas")
    if posted:
        actor = acting_on(session, actor, held.board, Permission.IDEA_POST)
        require_not_hidden(session, idea.id)
    before = _content(session, idea)
    for name in TEXT_FIELDS:
        if name in changes and getattr(idea, name) != changes[name]:
            setattr(idea, name, changes[name])
    if "tags" in changes:
        _set_tags(session, idea, normalised_tags(changes["tags"]))
    if _content(session, idea) == before:
        return
    # Tags live in rows of their own: the version must move although no column of the idea did.
    sa.orm.attributes.flag_modified(idea, "title")
    idea.text_number += posted
    take(session, actor, idea, action, _content(session, idea), at=held.now)
    if posted:
        _keep(session, actor, held)


def delete(session: Session, actor: Actor, held: Held) -> None:
    """Delete a draft; what was ever posted stays.

    :raises Refusal: ``not-the-author``, ``illegal-idea-step``.
    """
    require_author(actor, held.idea)
    remove(session, actor, held)


def remove(session: Session, actor: Actor, held: Held) -> None:
    """Delete a draft, whoever decides that.

    :raises Refusal: ``illegal-idea-step``.
    """
    take(session, actor, held.idea, IdeaAction.DELETE, {}, at=held.now)
    for rows in (IdeaAuthor, IdeaTag, IdeaFollower):
        session.execute(sa.delete(rows).where(rows.idea_id == held.idea.id))
    session.delete(held.idea)
    session.flush()


def post(session: Session, actor: Actor, held: Held) -> None:
    """Put a draft on its board; its author follows it from then on.

    :raises Refusal: ``not-the-author``, ``illegal-idea-step``, ``phase-not-open``, ``not-in-group``,
        ``group-archived``.
    """
    idea = held.idea
    require_author(actor, idea)
    require(session, IdeaAction.POST, idea)
    actor = _poster(acting_on(session, actor, held.board, Permission.IDEA_POST), held)
    content = _content(session, idea)
    idea.posted_at = held.now
    idea.rising_key = rising_key(held.now, 0)
    take(session, actor, idea, IdeaAction.POST, content, at=held.now)
    _keep(session, actor, held)
    add_follower(session, idea, idea.author_id, held.now)


def withdraw(session: Session, actor: Actor, held: Held) -> None:
    """Take a posted idea back, while nothing has come of it.

    :raises Refusal: ``not-the-author``, ``illegal-idea-step``.
    """
    require_author(actor, held.idea)
    take(session, actor, held.idea, IdeaAction.WITHDRAW, {}, at=held.now)


def tags_of(session: Session, idea_id: uuid.UUID) -> list[str]:
    """Return an idea's tags in their order."""
    rows = sa.select(IdeaTag.tag).where(IdeaTag.idea_id == idea_id).order_by(IdeaTag.position)
    return list(session.scalars(rows))


def _poster(actor: Actor, held: Held) -> Actor:
    """Return the actor in the role in which the phase and the charter let them post.

    :raises Refusal: ``phase-not-open``.
    """
    phase = running(held.board, held.now)
    for role in Role:
        given = Power.IDEA_POST in actor.powers.get(role, frozenset())
        if phase is not None and role in phase.post and role in actor.roles and given:
            return dataclasses.replace(actor, role_used=role)
    raise not_open(phase, "post ideas with your roles")


def _keep(session: Session, actor: Actor, held: Held) -> None:
    """Write a posted idea's present text down for good, and the words it is found by."""
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    idea, tags = held.idea, tags_of(session, held.idea.id)
    session.add(
        IdeaText(
            idea_id=idea.id,
            number=idea.text_number,
            title=idea.title,
            body=idea.body,
            tags=tags,
            links=idea.links,
            membership_id=actor.membership_id,
            written_at=held.now,
        )
    )
    learn(session, idea, tags)


def _set_tags(session: Session, idea: Idea, tags: Sequence[str]) -> None:
    if tags == tags_of(session, idea.id):
        return
    session.execute(sa.delete(IdeaTag).where(IdeaTag.idea_id == idea.id))
    session.add_all(
        IdeaTag(idea_id=idea.id, board_id=idea.board_id, tag=tag, position=position)
        for position, tag in enumerate(tags, 1)
    )
    session.flush()


def _content(session: Session, idea: Idea) -> dict[str, Any]:
    """Return what an audit entry about an idea's text commits to."""
    return {
        "board": str(idea.board_id),
        "text": {
            "number": idea.text_number,
            "title": idea.title,
            "body": idea.body,
            "tags": tags_of(session, idea.id),
            "links": idea.links,
        },
    }
