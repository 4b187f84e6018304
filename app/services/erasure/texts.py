"""The words a member wrote, as far as they are theirs alone: taken out of every row that holds them.

What stays is no longer only theirs: what was put to a vote, what others took over as their own, and what was said in
an office. docs/decisions/0040 says why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.erasure import ERASED
from app.domain.lifecycle import IdeaAction, IdeaState, ProposalAction, ProposalState, transition
from app.domain.moderation.lifecycle import CaseAction
from app.models.communities import Membership
from app.models.discussion import Comment, CommentMention, CommentText
from app.models.ideas import Idea, IdeaAuthor, IdeaMerge, IdeaTag, IdeaText, IdeaWords
from app.models.moderation import ModerationCase, ModerationReport, ModerationStep
from app.models.obligations import Attestation
from app.models.proposals import Proposal, ProposalText, Suggestion
from app.policies.permissions import Actor
from app.services.ideas import drafting as ideas
from app.services.ideas import finding as finding_ideas
from app.services.ideas import steps as idea_steps
from app.services.moderation import steps as moderation
from app.services.proposals import drafting as proposals

#: A subject as entries of the log name it: type and id.
Subject = tuple[str, str]


def erase_texts(session: Session, actor: Actor, now: dt.datetime) -> list[Subject]:
    """Erase what the actor wrote.

    :param actor: inside their community, their membership marked as erased; its roles are locked.
    :return: what entries of the log speak of with the same words.
    """
    touched = _proposals(session, actor, now)
    touched += _ideas(session, actor)
    touched += _comments(session, actor, now)
    _close_cases(session, actor, touched, now)
    _words_to_others(session, actor)
    return touched


def _proposals(session: Session, actor: Actor, now: dt.datetime) -> list[Subject]:
    """Withdraw proposals that were not put to a vote and erase their texts; of others, all but what was."""
    found = session.scalars(
        sa.select(Proposal)
        .where(Proposal.author_id == actor.membership_id)
        .order_by(Proposal.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for proposal in found:
        if transition(ProposalAction.WITHDRAW, ProposalState(proposal.state)) is not None:
            proposals.withdraw(session, actor, proposal, now)
        kept = proposal.text_number if proposal.ballot_id is not None else None
        session.execute(
            sa.update(ProposalText)
            .where(ProposalText.proposal_id == proposal.id, ProposalText.number.is_distinct_from(kept))
            .values(title=ERASED, body=ERASED, options=None, operations=None)
            .execution_options(synchronize_session=False)
        )
        if kept is None:
            proposal.title = proposal.body = ERASED
            proposal.options = proposal.operations = proposal.basis = proposal.stale_detail = None
        session.execute(
            sa.update(Suggestion)
            .where(Suggestion.proposal_id == proposal.id, Suggestion.verdict_reason.is_not(None))
            .values(verdict_reason=ERASED)
            .execution_options(synchronize_session=False)
        )
    session.flush()
    return [("proposal", str(each.id)) for each in found if each.ballot_id is None]


def _ideas(session: Session, actor: Actor) -> list[Subject]:
    """Erase ideas that nobody else is an author of any more; a draft goes, and one that is open is withdrawn."""
    writes = sa.and_(IdeaAuthor.kind.in_(("author", "coauthor")), IdeaAuthor.standing == "credited")
    others = (
        sa.exists()
        .where(IdeaAuthor.idea_id == Idea.id, IdeaAuthor.membership_id != actor.membership_id, writes)
        .where(Membership.id == IdeaAuthor.membership_id, Membership.erased_at.is_(None))
    )
    mine = sa.exists().where(
        IdeaAuthor.idea_id == Idea.id, IdeaAuthor.membership_id == actor.membership_id, writes
    )
    own = session.scalars(sa.select(Idea.id).where(mine, ~others).order_by(Idea.board_id, Idea.id)).all()
    for idea_id in own:
        held = finding_ideas.locked(session, actor, idea_id)
        if held.idea.state == IdeaState.DRAFT:
            ideas.remove(session, actor, held)
            continue
        if idea_steps.state_of(session, held.idea) is IdeaState.OPEN:
            idea_steps.take(session, actor, held.idea, IdeaAction.WITHDRAW, {}, at=held.now)
        held.idea.title = held.idea.body = ERASED
        held.idea.links = []
        session.execute(
            sa.update(IdeaText)
            .where(IdeaText.idea_id == idea_id)
            .values(title=ERASED, body=ERASED, tags=[], links=[])
            .execution_options(synchronize_session=False)
        )
        for rows in (IdeaTag, IdeaWords):
            session.execute(sa.delete(rows).where(rows.idea_id == idea_id))
        session.flush()
    return [("idea", str(each)) for each in own]


def _comments(session: Session, actor: Actor, now: dt.datetime) -> list[Subject]:
    """Withdraw every comment: its texts are deleted, its place in the thread stays."""
    mine = sa.select(Comment.id).where(Comment.author_id == actor.membership_id)
    said = session.scalars(mine.order_by(Comment.id).with_for_update()).all()
    session.execute(
        sa.update(Comment)
        .where(Comment.author_id == actor.membership_id, Comment.withdrawn_at.is_(None))
        .values(withdrawn_at=now, version=Comment.version + 1)
        .execution_options(synchronize_session=False)
    )
    for table in (CommentMention, CommentText):
        session.execute(sa.delete(table).where(table.comment_id.in_(mine)))
    return [("comment", str(each)) for each in said]


def _close_cases(session: Session, actor: Actor, touched: Sequence[Subject], now: dt.datetime) -> None:
    """Close the cases that wait for a decision on words that are not there any more."""
    gone = {identifier for _, identifier in touched}
    about = sa.select(ModerationCase.subject_id).where(ModerationCase.author_id == actor.membership_id)
    for subject_id in session.scalars(about.distinct()).all():
        if str(subject_id) in gone:
            moderation.withdraw(session, actor, subject_id, now)


def _words_to_others(session: Session, actor: Actor) -> None:
    """Erase what the actor said to what others wrote, where they said it as a member."""
    me = actor.membership_id
    statements: Sequence[sa.Update] = [
        sa.update(Suggestion)
        .where(Suggestion.author_id == me)
        .values(title=ERASED, body=ERASED, reason=ERASED),
        sa.update(IdeaMerge).where(IdeaMerge.proposer_id == me).values(reason=ERASED),
        sa.update(IdeaMerge)
        .where(
            IdeaMerge.decided_by == me, IdeaMerge.verdict != "decided", IdeaMerge.verdict_reason.is_not(None)
        )
        .values(verdict_reason=ERASED),
        sa.update(Attestation).where(Attestation.membership_id == me).values(comment=ERASED),
        sa.update(ModerationReport).where(ModerationReport.membership_id == me).values(note=ERASED),
        sa.update(ModerationStep)
        .where(
            ModerationStep.membership_id == me,
            ModerationStep.action == CaseAction.APPEAL.value,
            ModerationStep.reason.is_not(None),
        )
        .values(reason=ERASED),
    ]
    for statement in statements:
        session.execute(statement.execution_options(synchronize_session=False))
