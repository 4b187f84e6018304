"""Where ideas stand for whoever asks: what is known beside their rows, and what may be done next."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.boards.phases import PhaseRules, Support
from app.domain.lifecycle import IDEA_LIFECYCLE, IDEA_NEEDS_ITS_TEXT, IdeaAction, IdeaState, Who, idea_state
from app.models.boards import Board
from app.models.ideas import (
    CarriedSupport,
    Idea,
    IdeaAnswer,
    IdeaAuthor,
    IdeaFollower,
    IdeaMerge,
    IdeaOpinion,
    IdeaSupport,
    IdeaTag,
)
from app.models.moderation import ModerationCase
from app.policies.permissions import Actor, Permission, allows
from app.services.boards.finding import running
from app.services.groups.acting import roles_in
from app.services.ideas.lineage import kept
from app.services.ideas.supporting import carried
from app.services.moderation.hiding import hidings, masked


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an idea beside its row, for one caller at one instant.

    :param authors: credited, in the order in which they became so.
    :param actions: what the caller may do now, in the order of the lifecycle table.
    :param carried: what merges carried here of the caller's support, and how long each can be taken back.
    :param hidden: the case that hides its text, if one does.
    :param masked: whether that keeps the text from the caller.
    """

    idea: Idea
    state: IdeaState
    tags: tuple[str, ...]
    authors: tuple[uuid.UUID, ...]
    actions: tuple[IdeaAction, ...]
    answer: IdeaAnswer | None
    support: IdeaSupport | None
    carried: tuple[tuple[CarriedSupport, IdeaMerge], ...]
    opinion: str | None
    follows: bool
    hidden: ModerationCase | None
    masked: bool


@dataclass(frozen=True, slots=True)
class _Beside:
    """Rows about some ideas, read in one go for all of them."""

    boards: Mapping[uuid.UUID, Board]
    kept: frozenset[uuid.UUID]
    tags: Mapping[uuid.UUID, list[str]]
    authors: Mapping[uuid.UUID, list[IdeaAuthor]]
    answers: Mapping[uuid.UUID, IdeaAnswer]
    supports: Mapping[uuid.UUID, IdeaSupport]
    carried: Mapping[uuid.UUID, list[tuple[CarriedSupport, IdeaMerge]]]
    opinions: Mapping[uuid.UUID, str]
    followed: frozenset[uuid.UUID]
    merges: Mapping[uuid.UUID, list[IdeaMerge]]
    #: By group: the caller with the roles they have in it.
    inside: Mapping[uuid.UUID, Actor]
    hidden: Mapping[uuid.UUID, ModerationCase]
    masked: frozenset[uuid.UUID]


def standing(session: Session, actor: Actor, ideas: Sequence[Idea], now: dt.datetime) -> list[Standing]:
    """Return where ideas stand, each seen by the actor.

    :param now: the database's clock.
    """
    beside = _read_beside(session, actor, ideas)
    return [_one(actor, idea, beside, now) for idea in ideas]


def _one(actor: Actor, idea: Idea, beside: _Beside, now: dt.datetime) -> Standing:
    state = idea_state(IdeaState(idea.state), kept=idea.id in beside.kept)
    authors = beside.authors.get(idea.id, [])
    return Standing(
        idea=idea,
        state=state,
        tags=tuple(beside.tags.get(idea.id, ())),
        authors=tuple(each.membership_id for each in authors if each.standing == "credited"),
        actions=tuple(_actions(actor, idea, state, beside, now)),
        answer=beside.answers.get(idea.id),
        support=beside.supports.get(idea.id),
        carried=tuple(beside.carried.get(idea.id, ())),
        opinion=beside.opinions.get(idea.id),
        follows=idea.id in beside.followed,
        hidden=beside.hidden.get(idea.id),
        masked=idea.id in beside.masked,
    )


def _actions(
    actor: Actor, idea: Idea, state: IdeaState, beside: _Beside, now: dt.datetime
) -> list[IdeaAction]:
    """Return what the table, the charter, the phase and the facts let the actor do."""
    board = beside.boards[idea.board_id]
    phase = running(board, now)
    outside = actor
    actor = beside.inside.get(board.group_id, actor) if board.group_id else actor
    hidden = IDEA_NEEDS_ITS_TEXT if idea.id in beside.hidden else frozenset()
    facts = _facts(actor, idea, phase, beside, now)
    found = []
    for row in IDEA_LIFECYCLE:
        if state not in row.sources or row.action in hidden or not facts.get(row.action, True):
            continue
        permission = (
            Permission.IDEA_WRITE
            if row.by is Who.AUTHOR or row.power is None
            else Permission(row.power.value)
        )
        # What is one's own one takes back also from outside the group.
        if allows(permission, actor) or (permission is Permission.IDEA_WRITE and allows(permission, outside)):
            found.append(row.action)
    return found


def _facts(
    actor: Actor, idea: Idea, phase: PhaseRules | None, beside: _Beside, now: dt.datetime
) -> Mapping[IdeaAction, bool]:
    me = actor.membership_id
    mine = {each.membership_id: each for each in beside.authors.get(idea.id, [])}.get(me) if me else None
    drafted = idea.author_id == me
    writes = mine is not None and mine.standing == "credited" and mine.kind in {"author", "coauthor"}
    support = beside.supports.get(idea.id)
    waiting = [merge for merge in beside.merges.get(idea.id, []) if merge.source_id == idea.id]
    carried = beside.carried.get(idea.id, [])
    kind = Support.NONE if phase is None else phase.support
    has_given = support is not None and (
        support.endorsed if kind is Support.ENDORSEMENTS else support.dots > 0
    )
    return {
        IdeaAction.UPDATE: writes,
        IdeaAction.DELETE: drafted,
        IdeaAction.POST: drafted and phase is not None and bool(actor.roles & phase.post),
        IdeaAction.REWRITE: writes and phase is not None and phase.editing,
        IdeaAction.INVITE: drafted,
        IdeaAction.DECIDE_AUTHORSHIP: mine is not None
        and mine.kind != "author"
        and mine.standing in {"invited", "credited"},
        IdeaAction.SUPPORT: kind is not Support.NONE,
        IdeaAction.UNSUPPORT: kind is not Support.NONE and has_given,
        IdeaAction.UNOPINE: idea.id in beside.opinions,
        IdeaAction.RETRACT_MERGE: any(merge.proposer_id == me for merge in waiting),
        IdeaAction.REFUSE_MERGE: drafted and bool(waiting),
        IdeaAction.ACCEPT_MERGE: drafted and bool(waiting),
        IdeaAction.DECIDE_MERGE: any(now >= merge.decidable_from for merge in waiting),
        IdeaAction.OPT_OUT: any(m.opt_out_until is not None and now < m.opt_out_until for _, m in carried),
        IdeaAction.WITHDRAW: drafted,
    }


def _read_beside(session: Session, actor: Actor, ideas: Sequence[Idea]) -> _Beside:
    ids, me = [idea.id for idea in ideas], actor.membership_id
    boards = {
        board.id: board
        for board in session.scalars(sa.select(Board).where(Board.id.in_({idea.board_id for idea in ideas})))
    }
    hidden = hidings(session, ids)
    tags: dict[uuid.UUID, list[str]] = defaultdict(list)
    for tag in session.scalars(sa.select(IdeaTag).where(IdeaTag.idea_id.in_(ids)).order_by(IdeaTag.position)):
        tags[tag.idea_id].append(tag.tag)
    authors: dict[uuid.UUID, list[IdeaAuthor]] = defaultdict(list)
    for author in session.scalars(
        sa.select(IdeaAuthor)
        .where(IdeaAuthor.idea_id.in_(ids))
        .order_by(IdeaAuthor.since, IdeaAuthor.membership_id)
    ):
        authors[author.idea_id].append(author)
    answers = session.scalars(
        sa.select(IdeaAnswer)
        .join(Idea, sa.and_(Idea.id == IdeaAnswer.idea_id, Idea.answer_count == IdeaAnswer.number))
        .where(IdeaAnswer.idea_id.in_(ids))
    )
    carried_here: dict[uuid.UUID, list[tuple[CarriedSupport, IdeaMerge]]] = defaultdict(list)
    for support, merge in session.execute(carried(me).where(IdeaMerge.target_id.in_(ids))):
        carried_here[merge.target_id].append((support, merge))
    merges: dict[uuid.UUID, list[IdeaMerge]] = defaultdict(list)
    for merge in session.scalars(
        sa.select(IdeaMerge).where(IdeaMerge.source_id.in_(ids), IdeaMerge.verdict.is_(None))
    ):
        merges[merge.source_id].append(merge)
    supports = session.scalars(
        sa.select(IdeaSupport).where(IdeaSupport.idea_id.in_(ids), IdeaSupport.membership_id == me)
    )
    opinions = session.execute(
        sa.select(IdeaOpinion.idea_id, IdeaOpinion.opinion).where(
            IdeaOpinion.idea_id.in_(ids), IdeaOpinion.membership_id == me
        )
    )
    followed = session.scalars(
        sa.select(IdeaFollower.idea_id).where(IdeaFollower.idea_id.in_(ids), IdeaFollower.membership_id == me)
    )
    return _Beside(
        boards=boards,
        kept=kept(session, ideas),
        tags=tags,
        authors=authors,
        answers={answer.idea_id: answer for answer in answers},
        supports={support.idea_id: support for support in supports},
        carried=carried_here,
        opinions={row.idea_id: row.opinion for row in opinions},
        followed=frozenset(followed),
        merges=merges,
        inside=roles_in(session, actor, {board.group_id for board in boards.values() if board.group_id}),
        hidden=hidden,
        masked=masked(session, actor, hidden),
    )
