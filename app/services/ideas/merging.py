"""Merging ideas: with the author's consent, or by a reasoned decision once the author had time to answer.

Nothing is destroyed. The idea merged away keeps its texts, authors and support for everyone to read; the other one
credits its authors and is supported by its supporters (app.services.ideas.carrying).
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.instants import instant
from app.domain.lifecycle import IdeaAction, idea_transition
from app.models.ideas import Idea, IdeaAuthor, IdeaMerge
from app.policies.permissions import Actor, Permission
from app.services.boards.finding import acting_on
from app.services.ideas.carrying import carry
from app.services.ideas.finding import Held, locked_together, visible_to
from app.services.ideas.steps import require, require_author, state_of, take
from app.services.moderation.hiding import require_not_hidden


@dataclass(frozen=True, slots=True)
class Proposed:
    """A merge with both its ideas locked: ``held`` is the one that is to go."""

    held: Held
    merge: IdeaMerge
    target: Idea


def of(idea: Idea) -> sa.Select[IdeaMerge]:
    """Select the merges, proposed and done, of an idea into others and of others into it."""
    return sa.select(IdeaMerge).where(sa.or_(IdeaMerge.source_id == idea.id, IdeaMerge.target_id == idea.id))


def read(session: Session, actor: Actor, idea_id: uuid.UUID, merge_id: uuid.UUID) -> IdeaMerge:
    """Return one merge, proposed or done, of an idea into another.

    :raises Refusal: ``not-found``.
    """
    visible = visible_to(actor).where(Idea.id == idea_id).with_only_columns(Idea.id)
    merge = session.scalar(
        sa.select(IdeaMerge).where(IdeaMerge.id == merge_id, IdeaMerge.source_id.in_(visible))
    )
    if merge is None:
        raise refuse("not-found")
    return merge


def locked(session: Session, actor: Actor, idea_id: uuid.UUID, merge_id: uuid.UUID) -> Proposed:
    """Return a proposed merge of an idea; whoever decides it queues here.

    :raises Refusal: ``not-found``.
    """
    merge = read(session, actor, idea_id, merge_id)
    held, (target,) = locked_together(session, actor, idea_id, merge.target_id)
    session.refresh(merge)
    return Proposed(held, merge, target)


def propose(
    session: Session, actor: Actor, idea_id: uuid.UUID, target_id: uuid.UUID, reason: str
) -> IdeaMerge:
    """Propose that an idea be merged into another of its board; by its author, that is done at once.

    :raises Refusal: ``not-found``, ``illegal-idea-step``, ``merge-not-possible``, ``not-shown``, ``not-in-group``,
        ``group-archived``.
    """
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    if idea_id == target_id:
        raise refuse("merge-not-possible", "An idea is not merged into itself.")
    held, (target,) = locked_together(session, actor, idea_id, target_id)
    idea, now = held.idea, held.now
    actor = acting_on(session, actor, held.board, Permission.IDEA_MERGE)
    require(session, IdeaAction.PROPOSE_MERGE, idea)
    for each in (idea, target):
        require_not_hidden(session, each.id)
    _require_takes_in(session, target)
    waiting = sa.exists().where(
        IdeaMerge.source_id == idea.id, IdeaMerge.target_id == target.id, IdeaMerge.verdict.is_(None)
    )
    if session.scalar(sa.select(waiting)):
        raise refuse("merge-not-possible", "This merge is proposed already.")
    merge = IdeaMerge(
        community_id=idea.community_id,
        board_id=idea.board_id,
        source_id=idea.id,
        target_id=target.id,
        proposer_id=actor.membership_id,
        reason=reason,
        proposed_at=now,
        decidable_from=now + dt.timedelta(seconds=held.board.merge_wait_seconds),
    )
    session.add(merge)
    session.flush()
    content = _content(merge) | {"reason": reason, "decidable_from": instant(merge.decidable_from)}
    take(session, actor, idea, IdeaAction.PROPOSE_MERGE, content, at=now)
    if actor.membership_id == idea.author_id:
        accept(session, actor, Proposed(held, merge, target))
    return merge


def accept(session: Session, actor: Actor, proposed: Proposed) -> None:
    """Consent to have one's idea merged, which is done by that.

    :raises Refusal: ``not-the-author``, ``merge-decided``, ``illegal-idea-step``, ``merge-not-possible``.
    """
    require_author(actor, proposed.held.idea)
    _require_waiting(proposed.merge)
    _merge(session, actor, proposed, IdeaAction.ACCEPT_MERGE, verdict="accepted", reason=None)


def decide(session: Session, actor: Actor, proposed: Proposed, *, reason: str) -> None:
    """Merge an idea whose author has let the waiting time pass, with a public reason.

    :raises Refusal: ``merge-decided``, ``merge-not-due``, ``illegal-idea-step``, ``merge-not-possible``,
        ``not-in-group``, ``group-archived``; ``forbidden``.
    """
    actor = acting_on(session, actor, proposed.held.board, Permission.IDEA_DECIDE_MERGE)
    _require_waiting(proposed.merge)
    if proposed.held.now < proposed.merge.decidable_from:
        at = instant(proposed.merge.decidable_from)
        raise refuse(
            "merge-not-due",
            f"The author has until {at} to consent or refuse.",
            extensions={"decidable_from": at},
        )
    _merge(session, actor, proposed, IdeaAction.DECIDE_MERGE, verdict="decided", reason=reason)


def turn_down(session: Session, actor: Actor, proposed: Proposed, *, reason: str) -> None:
    """Refuse to have one's idea merged, with a public reason; that is the end of this proposal.

    :raises Refusal: ``not-the-author``, ``merge-decided``, ``illegal-idea-step``.
    """
    held, merge = proposed.held, proposed.merge
    require_author(actor, held.idea)
    _require_waiting(merge)
    _close(actor, held, merge, "refused", reason)
    content = _content(merge) | {"reason": reason}
    take(session, actor, held.idea, IdeaAction.REFUSE_MERGE, content, at=held.now)


def retract(session: Session, actor: Actor, proposed: Proposed) -> None:
    """Take one's own proposal to merge back.

    :raises Refusal: ``not-the-author``, ``merge-decided``, ``illegal-idea-step``.
    """
    held, merge = proposed.held, proposed.merge
    if actor.membership_id != merge.proposer_id:
        raise refuse("not-the-author", "Only whoever proposed a merge takes it back.")
    _require_waiting(merge)
    _close(actor, held, merge, "retracted", None)
    take(session, actor, held.idea, IdeaAction.RETRACT_MERGE, _content(merge), at=held.now)


def _merge(
    session: Session,
    actor: Actor,
    proposed: Proposed,
    action: IdeaAction,
    *,
    verdict: str,
    reason: str | None,
) -> None:
    """Merge two locked ideas.

    An idea that was merged takes nothing in, so no chain of merges comes back to where it began.
    """
    held, merge, target = proposed.held, proposed.merge, proposed.target
    require(session, action, held.idea)
    _require_takes_in(session, target)
    _close(actor, held, merge, verdict, reason)
    until = held.now + dt.timedelta(seconds=held.board.opt_out_seconds)
    merge.opt_out_until = until
    with session.no_autoflush:  # where it went and its state are one fact
        held.idea.merged_into_id = target.id
        content = _content(merge) | {"reason": reason, "opt_out_until": instant(until)}
        take(session, actor, held.idea, action, content, at=held.now)
    _credit(session, held.idea, target, held.now)
    carry(session, held, merge, target)
    session.flush()


def _credit(session: Session, idea: Idea, target: Idea, now: dt.datetime) -> None:
    """Credit the authors of an idea with the one it was merged into, as far as they are not credited already."""
    credited = sa.select(IdeaAuthor.membership_id).where(
        IdeaAuthor.idea_id == idea.id, IdeaAuthor.standing == "credited"
    )
    for membership_id in session.scalars(credited.order_by(IdeaAuthor.membership_id)).all():
        found = session.get(IdeaAuthor, (target.id, membership_id))
        if found is not None and found.standing == "credited":
            continue
        if found is None:
            found = IdeaAuthor(idea_id=target.id, membership_id=membership_id)
            session.add(found)
        found.kind, found.standing, found.since = "merged", "credited", now
        found.merged_idea_id = idea.id


def _close(actor: Actor, held: Held, merge: IdeaMerge, verdict: str, reason: str | None) -> None:
    merge.verdict, merge.verdict_reason = verdict, reason
    merge.decided_by, merge.decided_at = actor.membership_id, held.now


def _require_waiting(merge: IdeaMerge) -> None:
    if merge.verdict is not None:
        raise refuse(
            "merge-decided", f"The merge was {merge.verdict}.", extensions={"verdict": merge.verdict}
        )


def _require_takes_in(session: Session, target: Idea) -> None:
    """Ask that an idea can take another in: it is itself one that could be merged."""
    state = state_of(session, target)
    if idea_transition(IdeaAction.PROPOSE_MERGE, state) is None:
        raise refuse("merge-not-possible", f"The idea to merge into is in state {state.value}.")


def _content(merge: IdeaMerge) -> dict[str, Any]:
    return {"merge": str(merge.id), "into": str(merge.target_id)}
