"""Writing comments and replies, editing them in public, and taking them back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.discussion import GREATEST_DEPTH, MOST_MENTIONS
from app.domain.errors import refuse
from app.domain.instants import to_milliseconds
from app.models.communities import Membership
from app.models.discussion import Comment, CommentMention, CommentText
from app.models.ids import resource_id
from app.policies.permissions import Actor
from app.services import markdown
from app.services.audit import Action, record
from app.services.discussion import finding
from app.services.discussion.shown import require_shown
from app.services.discussion.subjects import Subject, require_discussed
from app.services.moderation import steps as moderation


def comment(
    session: Session, actor: Actor, subject: Subject, subject_id: uuid.UUID, facts: Mapping[str, Any]
) -> Comment:
    """Comment on a thing.

    :param facts: ``body`` in Markdown, ``stance`` or None.
    :raises Refusal: ``not-found``, ``discussion-closed``, ``too-many-mentions``.
    """
    held = require_discussed(session, actor, subject.type, subject_id)
    made = Comment(
        subject_type=subject.type,
        subject_id=subject_id,
        audience_id=held.audience_id,
        parent_id=None,
        depth=0,
    )
    return _write(session, actor, made, facts, held.now)


def reply(session: Session, actor: Actor, comment_id: uuid.UUID, facts: Mapping[str, Any]) -> Comment:
    """Reply to a comment.

    :param facts: as for :func:`comment`.
    :raises Refusal: ``not-found``, ``discussion-closed``, ``not-shown``, ``thread-too-deep``,
        ``too-many-mentions``.
    """
    found = finding.read(session, actor, comment_id)
    now = require_discussed(session, actor, found.subject_type, found.subject_id).now
    parent = finding.locked(session, actor, comment_id)
    require_shown(session, parent)
    if parent.depth >= GREATEST_DEPTH:
        raise refuse("thread-too-deep", f"It is a reply at depth {parent.depth}, the greatest there is.")
    parent.reply_count += 1
    made = Comment(
        subject_type=parent.subject_type,
        subject_id=parent.subject_id,
        audience_id=parent.audience_id,
        parent_id=parent.id,
        depth=parent.depth + 1,
    )
    return _write(session, actor, made, facts, now)


def held(session: Session, actor: Actor, comment_id: uuid.UUID) -> tuple[Comment, dt.datetime]:
    """Return a comment under discussion, its row locked, and the database's time since then.

    :raises Refusal: ``not-found``, ``discussion-closed``.
    """
    found = finding.read(session, actor, comment_id)
    now = require_discussed(session, actor, found.subject_type, found.subject_id).now
    return finding.locked(session, actor, comment_id), now


def edit(
    session: Session, actor: Actor, found: Comment, changes: Mapping[str, Any], now: dt.datetime
) -> None:
    """Replace what one's comment says by a new version of it, in public; the same again changes nothing.

    :param found: as :func:`held` returned it.
    :param changes: ``body`` or ``stance``; what is absent stays.
    :raises Refusal: ``not-the-author``, ``not-shown``, ``too-many-mentions``.
    """
    require_author(actor, found)
    require_shown(session, found)
    text = session.get_one(CommentText, (found.id, found.text_number))
    before = {"body": text.body, "stance": text.stance}
    facts = before | dict(changes)
    if facts == before:
        return
    found.text_number += 1
    found.edited_at = now
    mentioned = _keep_text(session, found, facts, now)
    record(
        session,
        actor,
        Action.COMMENT_EDITED,
        ("comment", found.id),
        {"text": _content(found, facts, mentioned)},
        at=now,
    )


def withdraw(session: Session, actor: Actor, comment_id: uuid.UUID) -> Comment:
    """Take one's comment back: every version of its text is deleted, its place in the thread stays.

    That can be done at any time, also while a case about it is open, which is closed by it; what was decided on
    it stays counted. What the audit log committed to is not touched.

    :raises Refusal: ``not-found``, ``not-the-author``, ``not-shown`` where that was done before.
    """
    found = finding.locked(session, actor, comment_id)
    require_author(actor, found)
    if found.withdrawn_at is not None:
        raise refuse("not-shown", "You have withdrawn it before.")
    now = to_milliseconds(database_now(session))
    found.withdrawn_at = now
    session.flush()  # the database lets go of the texts of withdrawn comments alone
    for table in (CommentMention, CommentText):
        session.execute(sa.delete(table).where(table.comment_id == found.id))
    moderation.withdraw(session, actor, found.id, now)
    content = {"texts": found.text_number}
    record(session, actor, Action.COMMENT_WITHDRAWN, ("comment", found.id), content, at=now)
    return found


def require_author(actor: Actor, found: Comment) -> None:
    """Ask that the actor wrote the comment.

    :raises Refusal: ``not-the-author``.
    """
    if actor.membership_id != found.author_id:
        raise refuse("not-the-author")


def _write(
    session: Session, actor: Actor, made: Comment, facts: Mapping[str, Any], now: dt.datetime
) -> Comment:
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    made.id = resource_id()
    made.community_id, made.author_id = actor.community_id, actor.membership_id
    made.created_at, made.text_number = now, 1
    made.reply_count = made.reaction_count = 0
    session.add(made)
    session.flush()
    mentioned = _keep_text(session, made, facts, now)
    content = {
        "subject": {"type": made.subject_type, "id": str(made.subject_id)},
        "parent_id": None if made.parent_id is None else str(made.parent_id),
        "text": _content(made, facts, mentioned),
    }
    record(session, actor, Action.COMMENT_WRITTEN, ("comment", made.id), content, at=now)
    return made


def _content(made: Comment, facts: Mapping[str, Any], mentioned: Mapping[str, uuid.UUID]) -> dict[str, Any]:
    """Return a text as audit entries commit to it."""
    return {
        "number": made.text_number,
        "stance": facts["stance"],
        "body": facts["body"],
        "mentions": list(mentioned),
    }


def _keep_text(
    session: Session, made: Comment, facts: Mapping[str, Any], now: dt.datetime
) -> Mapping[str, uuid.UUID]:
    """Write the present text down for good, with the members it mentions; return those by their references."""
    mentioned = _mentioned(session, made.community_id, facts["body"])
    session.add(
        CommentText(
            comment_id=made.id,
            number=made.text_number,
            stance=facts["stance"],
            body=facts["body"],
            html=markdown.rendered(facts["body"], mentioned),
            written_at=now,
        )
    )
    session.add_all(
        CommentMention(comment_id=made.id, number=made.text_number, membership_id=membership_id)
        for membership_id in mentioned.values()
    )
    session.flush()
    return mentioned


def _mentioned(session: Session, community_id: uuid.UUID, body: str) -> Mapping[str, uuid.UUID]:
    """Return the members whom a text mentions, by reference, in its order.

    What is no reference of a member is text like any other: so nobody learns of whom there is elsewhere.

    :raises Refusal: ``too-many-mentions``.
    """
    references = markdown.mentions(body)
    if len(references) > MOST_MENTIONS:
        raise refuse("too-many-mentions", f"It mentions {len(references)}; {MOST_MENTIONS} are possible.")
    if not references:
        return {}
    found = session.execute(
        sa.select(Membership.reference, Membership.id).where(
            Membership.community_id == community_id,
            Membership.reference.in_(references),
            Membership.left_at.is_(None),
        )
    )
    members = dict(found.all())
    return {each: members[each] for each in references if each in members}
