"""What happens to support when ideas are merged: it is carried along, with notice, until its giver opts out.

Supporters of the idea merged away support the other one from then on: they follow it, they see in it what was
carried, and for the board's time they may take that back. Whoever supports both counts once. Of dots an idea takes
no more than the board says; what is over goes back into the budget. The rows of the idea merged away stay as they
were and count no more.

However many supporters there are, a merge is a handful of statements.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.errors import refuse
from app.domain.lifecycle import IdeaAction
from app.models.ideas import CarriedSupport, Idea, IdeaFollower, IdeaMerge, IdeaSupport
from app.policies.permissions import Actor
from app.services.ideas.finding import Held
from app.services.ideas.steps import require, take
from app.services.ideas.supporting import count, give_up, spend


def carry(session: Session, held: Held, merge: IdeaMerge, target: Idea) -> None:
    """Carry the support of an idea to the one it was merged into; both are locked.

    :param held: the idea merged away.
    """
    source, now = held.idea, held.now
    room = held.board.dots_per_idea
    theirs, there = aliased(IdeaSupport), aliased(IdeaSupport)
    present = sa.func.coalesce(there.dots, 0)
    taken = sa.case((theirs.dots > room - present, room - present), else_=theirs.dots)
    supported = (
        sa.select(
            sa.literal(merge.id, CarriedSupport.merge_id.type),
            theirs.membership_id,
            sa.and_(theirs.endorsed, sa.not_(sa.func.coalesce(there.endorsed, sa.false()))),
            taken,
        )
        .outerjoin(there, sa.and_(there.idea_id == target.id, there.membership_id == theirs.membership_id))
        .where(theirs.idea_id == source.id)
    )
    over = supported.with_only_columns(theirs.membership_id, theirs.dots - taken).where(theirs.dots > taken)
    given_back = session.execute(over.order_by(theirs.membership_id)).all()
    session.execute(
        sa.insert(CarriedSupport).from_select(["merge_id", "membership_id", "endorsed", "dots"], supported)
    )
    _add(session, merge, target, now)
    for membership_id, dots in given_back:
        spend(session, held.board, membership_id, -dots)
    _follow(session, source, target, now)
    endorsements, dots = session.execute(
        sa.select(
            sa.func.count().filter(CarriedSupport.endorsed),
            sa.func.coalesce(sa.func.sum(CarriedSupport.dots), 0),
        ).where(CarriedSupport.merge_id == merge.id)
    ).one()
    count(target, endorsements=int(endorsements), dots=int(dots))


def opt_out(session: Session, actor: Actor, held: Held, merge: IdeaMerge) -> None:
    """Take back what a merge carried of one's own support, in whatever phase the board is.

    :param held: the idea it was carried to.
    :raises Refusal: ``illegal-idea-step``; ``opt-out-over`` where nothing was carried, or the time is over.
    """
    idea = held.idea
    require(session, IdeaAction.OPT_OUT, idea)
    carried = session.get(CarriedSupport, (merge.id, actor.membership_id), populate_existing=True)
    if carried is None or carried.opted_out_at is not None or not (carried.endorsed or carried.dots):
        raise refuse("opt-out-over", "This merge carried no support of yours that is not your own by now.")
    if merge.opt_out_until is None or held.now >= merge.opt_out_until:
        raise refuse("opt-out-over", "The time to take it back is over.")
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    given = session.get_one(IdeaSupport, (idea.id, actor.membership_id), populate_existing=True)
    give_up(session, given, endorsed=carried.endorsed, dots=carried.dots)
    if carried.dots:
        spend(session, held.board, actor.membership_id, -carried.dots)
    count(idea, endorsements=-1 if carried.endorsed else 0, dots=-carried.dots)
    carried.opted_out_at = held.now
    content = {"merge": str(merge.id), "endorsements": idea.endorsement_count, "dot_count": idea.dot_count}
    take(session, actor, idea, IdeaAction.OPT_OUT, content, at=held.now)


def _add(session: Session, merge: IdeaMerge, target: Idea, now: dt.datetime) -> None:
    """Add what was carried to the support that is there, and make the rows that are not."""
    mine = sa.select(CarriedSupport).where(
        CarriedSupport.merge_id == merge.id, CarriedSupport.membership_id == IdeaSupport.membership_id
    )
    session.execute(
        sa.update(IdeaSupport)
        .where(
            IdeaSupport.idea_id == target.id, mine.with_only_columns(CarriedSupport.membership_id).exists()
        )
        .values(
            endorsed=sa.or_(
                IdeaSupport.endorsed, mine.with_only_columns(CarriedSupport.endorsed).scalar_subquery()
            ),
            dots=IdeaSupport.dots + mine.with_only_columns(CarriedSupport.dots).scalar_subquery(),
        )
        .execution_options(synchronize_session=False)
    )
    there = aliased(IdeaSupport)
    missing = sa.select(
        sa.literal(target.id, IdeaSupport.idea_id.type),
        CarriedSupport.membership_id,
        sa.literal(target.board_id, IdeaSupport.board_id.type),
        CarriedSupport.endorsed,
        CarriedSupport.dots,
        sa.literal(target.text_number),
        sa.literal(now, IdeaSupport.supported_at.type),
    ).where(
        CarriedSupport.merge_id == merge.id,
        ~sa.exists().where(there.idea_id == target.id, there.membership_id == CarriedSupport.membership_id),
    )
    columns = ["idea_id", "membership_id", "board_id", "endorsed", "dots", "text_number", "supported_at"]
    session.execute(sa.insert(IdeaSupport).from_select(columns, missing))


def _follow(session: Session, source: Idea, target: Idea, now: dt.datetime) -> None:
    """Have everyone who followed the one idea, and everyone who supported it, follow the other."""
    there = aliased(IdeaFollower)
    concerned = sa.union(
        sa.select(IdeaFollower.membership_id).where(IdeaFollower.idea_id == source.id),
        sa.select(IdeaSupport.membership_id).where(IdeaSupport.idea_id == source.id),
    ).subquery()
    missing = sa.select(
        sa.literal(target.id, IdeaFollower.idea_id.type),
        concerned.c.membership_id,
        sa.literal(now, IdeaFollower.since.type),
    ).where(~sa.exists().where(there.idea_id == target.id, there.membership_id == concerned.c.membership_id))
    session.execute(sa.insert(IdeaFollower).from_select(["idea_id", "membership_id", "since"], missing))
