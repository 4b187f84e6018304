"""Co-authors: invited by the author, and authors once they consent."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.lifecycle import IdeaAction
from app.models.communities import Membership
from app.models.ideas import Idea, IdeaAuthor
from app.policies.permissions import Actor, Permission
from app.services.boards.finding import acting_on
from app.services.groups.finding import require_member
from app.services.ideas.finding import Held
from app.services.ideas.following import add_follower
from app.services.ideas.steps import require, require_author, take

#: Names under one idea; more is a crowd, and a crowd endorses.
MOST_COAUTHORS = 20


def of(idea: Idea) -> sa.Select[IdeaAuthor]:
    """Select an idea's authors: whoever drafted it, was invited, or came with an idea that was merged into it."""
    return sa.select(IdeaAuthor).where(IdeaAuthor.idea_id == idea.id)


def invite(session: Session, actor: Actor, held: Held, membership_id: uuid.UUID) -> IdeaAuthor:
    """Invite a member to be an author, too; whoever declined may be asked again.

    :raises Refusal: ``not-the-author``, ``illegal-idea-step``, ``not-found`` where there is no such member,
        ``author-exists``, ``conflict`` for too many; ``not-a-group-member`` on a group's board, ``not-in-group``,
        ``group-archived``.
    """
    idea = held.idea
    require_author(actor, idea)
    require(session, IdeaAction.INVITE, idea)
    actor = acting_on(session, actor, held.board, Permission.IDEA_POST)
    _require_member(session, held, membership_id)
    found = session.get(IdeaAuthor, (idea.id, membership_id))
    if found is not None and found.standing != "declined":
        raise refuse("author-exists", f"The member is {found.standing}.")
    number = session.scalar(sa.select(sa.func.count()).select_from(of(idea).subquery()))
    if found is None and (number or 0) > MOST_COAUTHORS:
        raise refuse("conflict", f"An idea has at most {MOST_COAUTHORS} authors besides its own.")
    if found is None:
        found = IdeaAuthor(idea_id=idea.id, membership_id=membership_id, kind="coauthor")
        session.add(found)
    found.kind, found.standing, found.since = "coauthor", "invited", held.now
    sa.orm.attributes.flag_modified(idea, "title")
    take(session, actor, idea, IdeaAction.INVITE, {"member": str(membership_id)}, at=held.now)
    return found


def decide(session: Session, actor: Actor, held: Held, *, consents: bool) -> IdeaAuthor:
    """Consent to be an author, decline, or stop being one; saying the same again changes nothing.

    :raises Refusal: ``not-found`` without an invitation; ``conflict`` for whoever drafted it; ``illegal-idea-step``.
    """
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    found = session.get(IdeaAuthor, (held.idea.id, actor.membership_id))
    if found is None:
        raise refuse("not-found")
    if found.kind == "author":
        raise refuse("conflict", "Whoever drafted an idea is its author; withdraw the idea instead.")
    standing = "credited" if consents else "declined"
    if found.standing == standing:
        return found
    if found.standing == "declined":
        raise refuse("conflict", "You declined; the author can ask you again.")
    require(session, IdeaAction.DECIDE_AUTHORSHIP, held.idea)
    found.standing, found.since = standing, held.now
    if consents and held.idea.posted_at is not None:
        add_follower(session, held.idea, actor.membership_id, held.now)
    sa.orm.attributes.flag_modified(held.idea, "title")
    take(session, actor, held.idea, IdeaAction.DECIDE_AUTHORSHIP, {"standing": standing}, at=held.now)
    return found


def _require_member(session: Session, held: Held, membership_id: uuid.UUID) -> None:
    known = sa.select(Membership.id).where(
        Membership.id == membership_id,
        Membership.community_id == held.idea.community_id,
        Membership.left_at.is_(None),
    )
    if session.scalar(known) is None:
        raise refuse("not-found")
    if held.board.group_id is not None:
        require_member(session, held.board.group_id, membership_id)
