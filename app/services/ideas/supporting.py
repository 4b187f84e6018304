"""Support: one endorsement a member, or a budget of dots to divide, counted exactly.

The idea's row is locked, so its counters are those of its rows; the budget's row is locked after it, so a member's
dots are never exceeded however many ideas they are given to at once, and the database refuses it besides.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.boards.phases import Support
from app.domain.boards.ranking import rising_key
from app.domain.errors import refuse
from app.domain.lifecycle import IdeaAction
from app.models.boards import Board, DotBudget
from app.models.ideas import CarriedSupport, Idea, IdeaMerge, IdeaSupport
from app.policies.permissions import Actor, Permission
from app.services.boards.finding import acting_on, not_open, running
from app.services.ideas.finding import Held
from app.services.ideas.following import add_follower
from app.services.ideas.steps import require, take
from app.services.ideas.upserts import insert_missing
from app.services.moderation.hiding import require_not_hidden


def endorse(session: Session, actor: Actor, held: Held) -> None:
    """Endorse an idea; again, and the endorsement is of the text that stands now. Whoever endorses follows.

    What a merge carried becomes one's own.

    :raises Refusal: ``illegal-idea-step``, ``phase-not-open``, ``not-shown``, ``not-in-group``, ``group-archived``.
    """
    idea = held.idea
    actor = _supporter(session, actor, held)
    require(session, IdeaAction.SUPPORT, idea)
    _require_phase(held, Support.ENDORSEMENTS)
    given = _given(session, idea, actor)
    owned = _make_own(session, idea, actor, "endorsed")
    if given is not None and given.endorsed and given.text_number == idea.text_number and not owned:
        return
    given = given or _new(held, actor)
    added = 0 if given.endorsed else 1
    given.endorsed, given.text_number, given.supported_at = True, idea.text_number, held.now
    session.add(given)
    count(idea, endorsements=added)
    _follow(session, actor, held)
    content = {"text_number": idea.text_number, "endorsements": idea.endorsement_count}
    take(session, actor, idea, IdeaAction.SUPPORT, content, at=held.now)


def withdraw_endorsement(session: Session, actor: Actor, held: Held) -> None:
    """Take one's own endorsement back while the phase allows it; without one, nothing changes.

    :raises Refusal: ``illegal-idea-step``, ``phase-not-open``.
    """
    idea = held.idea
    require(session, IdeaAction.UNSUPPORT, idea)
    _require_phase(held, Support.ENDORSEMENTS)
    given = _given(session, idea, actor)
    if given is None or not given.endorsed:
        return
    _make_own(session, idea, actor, "endorsed")
    _leave(session, given, endorsed=False, dots=given.dots)
    count(idea, endorsements=-1)
    content = {"endorsements": idea.endorsement_count}
    take(session, actor, idea, IdeaAction.UNSUPPORT, content, at=held.now)


def place_dots(session: Session, actor: Actor, held: Held, dots: int) -> None:
    """Have an idea hold so many of one's dots, in place of those it holds now; none takes them back.

    The same again changes nothing unless the text has changed since. What a merge carried becomes one's own.

    :param dots: 0 or more.
    :raises Refusal: ``illegal-idea-step``, ``phase-not-open``, ``dots-exceeded``, ``not-shown``, ``not-in-group``,
        ``group-archived``.
    """
    idea, board = held.idea, held.board
    actor = _supporter(session, actor, held) if dots else actor
    action = IdeaAction.SUPPORT if dots else IdeaAction.UNSUPPORT
    require(session, action, idea)
    _require_phase(held, Support.DOTS)
    given = _given(session, idea, actor)
    before = 0 if given is None else given.dots
    owned = _make_own(session, idea, actor, "dots")
    if given is not None and before == dots and given.text_number == idea.text_number and not owned:
        return
    if not before and not dots:
        return
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    spend(session, board, actor.membership_id, dots - before, on_idea=dots)
    given = given or _new(held, actor)
    if dots:
        given.dots, given.text_number, given.supported_at = dots, idea.text_number, held.now
        session.add(given)
        _follow(session, actor, held)
    else:
        _leave(session, given, endorsed=given.endorsed, dots=0)
    count(idea, dots=dots - before)
    content = {"dots": dots, "text_number": idea.text_number, "dot_count": idea.dot_count}
    take(session, actor, idea, action, content, at=held.now)


def spend(session: Session, board: Board, membership_id: uuid.UUID, dots: int, *, on_idea: int = 0) -> None:
    """Add to what a member has spent of their budget, with its row locked; less than nothing gives dots back.

    :param on_idea: how many one idea will then hold.
    :raises Refusal: ``dots-exceeded``.
    """
    key = {"board_id": board.id, "membership_id": membership_id}
    insert_missing(session, DotBudget, **key, budget=board.dots_per_member, spent=0)
    budget = session.scalars(
        sa.select(DotBudget).filter_by(**key).with_for_update().execution_options(populate_existing=True)
    ).one()
    left = budget.budget - budget.spent
    if dots > left or on_idea > board.dots_per_idea:
        raise refuse(
            "dots-exceeded",
            f"You have {left} dots left, and an idea takes at most {board.dots_per_idea} of yours.",
            extensions={"left": left, "most": board.dots_per_idea},
        )
    budget.spent += dots
    session.flush()


def count(idea: Idea, *, endorsements: int = 0, dots: int = 0) -> None:
    """Move an idea's counters, and the key by which it rises."""
    idea.endorsement_count += endorsements
    idea.dot_count += dots
    assert idea.posted_at is not None  # noqa: S101 - a draft has no support
    idea.rising_key = rising_key(idea.posted_at, idea.endorsement_count + idea.dot_count)
    sa.orm.attributes.flag_modified(idea, "title")  # a new text number alone is a change, too


def carried(membership_id: uuid.UUID | None) -> sa.Select[CarriedSupport, IdeaMerge]:
    """Select what merges carried along of a member's support, as far as it is neither their own by now nor gone."""
    return (
        sa.select(CarriedSupport, IdeaMerge)
        .join(IdeaMerge, IdeaMerge.id == CarriedSupport.merge_id)
        .where(
            CarriedSupport.membership_id == membership_id,
            CarriedSupport.opted_out_at.is_(None),
            sa.or_(CarriedSupport.endorsed, CarriedSupport.dots > 0),
        )
        .order_by(IdeaMerge.id)
    )


def supporters(idea: Idea) -> sa.Select[IdeaSupport]:
    """Select an idea's supporters, each with what they give."""
    return sa.select(IdeaSupport).where(IdeaSupport.idea_id == idea.id)


def give_up(session: Session, given: IdeaSupport, *, endorsed: bool, dots: int) -> None:
    """Take from what a member gives an idea; its counters and the budget are the caller's business."""
    _leave(session, given, endorsed=given.endorsed and not endorsed, dots=given.dots - dots)


def _supporter(session: Session, actor: Actor, held: Held) -> Actor:
    """Return the actor as a supporter of an idea that people can read.

    :raises Refusal: ``not-in-group``, ``group-archived``, ``not-shown``.
    """
    require_not_hidden(session, held.idea.id)
    return acting_on(session, actor, held.board, Permission.IDEA_SUPPORT)


def _require_phase(held: Held, kind: Support) -> None:
    phase = running(held.board, held.now)
    if phase is None or phase.support is not kind:
        what = {Support.ENDORSEMENTS: "endorse ideas", Support.DOTS: "place dots"}[kind]
        raise not_open(phase, f"{what} or take that back")


def _given(session: Session, idea: Idea, actor: Actor) -> IdeaSupport | None:
    return session.get(IdeaSupport, (idea.id, actor.membership_id), populate_existing=True)


def _new(held: Held, actor: Actor) -> IdeaSupport:
    return IdeaSupport(
        idea_id=held.idea.id,
        membership_id=actor.membership_id,
        board_id=held.board.id,
        endorsed=False,
        dots=0,
    )


def _leave(session: Session, given: IdeaSupport, *, endorsed: bool, dots: int) -> None:
    """Leave so much of a member's support; where nothing is left, the row goes."""
    if endorsed or dots:
        given.endorsed, given.dots = endorsed, dots
    else:
        session.delete(given)
    session.flush()


def _make_own(session: Session, idea: Idea, actor: Actor, part: str) -> bool:
    """Have what merges carried of one's support no longer be carried; say whether there was any."""
    here = carried(actor.membership_id).where(IdeaMerge.target_id == idea.id)
    found = [each for each, _ in session.execute(here) if getattr(each, part)]
    for each in found:
        setattr(each, part, False if part == "endorsed" else 0)
    return bool(found)


def _follow(session: Session, actor: Actor, held: Held) -> None:
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    add_follower(session, held.idea, actor.membership_id, held.now)
