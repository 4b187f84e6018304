"""A board's groups of opinion, and its ideas' consensus across them, computed on demand and kept as snapshots."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.boards.consensus import Group, Opinion, consensus, groups_of, judged
from app.domain.errors import refuse
from app.domain.instants import to_milliseconds
from app.models.boards import Board, ConsensusScore, OpinionSnapshot
from app.models.ideas import Idea, IdeaOpinion
from app.policies.permissions import Actor, Permission
from app.services.audit import Action, record
from app.services.boards import finding

#: Snapshots of a board that are kept, so that whoever pages through one is not interrupted by the next.
KEPT = 3
#: Opinions that groups are made from: those on the ideas most talked about, up to about so many. Finding groups
#: takes about a second for them; they are what matters for whether ideas divide people.
MOST_OPINIONS = 50_000

_BILLION = 10**9


def compute(session: Session, actor: Actor, board_id: uuid.UUID) -> OpinionSnapshot:
    """Compute groups and consensus from the opinions there are, and keep them under the next number.

    The board is locked for the writing alone: nobody's support waits while groups are found.

    :raises Refusal: ``not-found``; as :func:`app.services.boards.finding.acting_on`.
    """
    opinions = _opinions(session, finding.read(session, actor, board_id))
    groups = groups_of(opinions)
    seen = judged(opinions, groups)
    board = finding.locked(session, actor, board_id)
    actor = finding.acting_on(session, actor, board, Permission.BOARD_UPDATE)
    now = to_milliseconds(database_now(session))
    newest = sa.select(sa.func.max(OpinionSnapshot.number)).where(OpinionSnapshot.board_id == board.id)
    snapshot = OpinionSnapshot(
        board_id=board.id,
        number=(session.scalar(newest) or 0) + 1,
        computed_at=now,
        members=len(opinions),
        opinions=sum(map(len, opinions.values())),
        ideas=len(seen),
        groups=[_shown(group) for group in groups],
    )
    session.add(snapshot)
    session.flush()
    rows: list[dict[str, Any]] = [
        {
            "board_id": board.id,
            "number": snapshot.number,
            "idea_id": uuid.UUID(idea),
            "score": int(consensus(each) * _BILLION),
            "seen": [[one.agreements, one.opinions] for one in each],
        }
        for idea, each in seen.items()
    ]
    if rows:
        session.execute(sa.insert(ConsensusScore), rows)
    _forget(session, board, snapshot.number - KEPT)
    content = {"number": snapshot.number, "groups": snapshot.groups, "opinions": snapshot.opinions}
    record(session, actor, Action.BOARD_GROUPED, ("board", board.id), content, at=now)
    return snapshot


def read(session: Session, board: Board, number: int | None = None) -> OpinionSnapshot:
    """Return a snapshot of a board; the latest for None.

    :raises Refusal: ``not-found`` where there is none, or it is kept no more.
    """
    statement = sa.select(OpinionSnapshot).where(OpinionSnapshot.board_id == board.id)
    if number is not None:
        statement = statement.where(OpinionSnapshot.number == number)
    found = session.scalar(statement.order_by(OpinionSnapshot.number.desc()).limit(1))
    if found is None:
        raise refuse("not-found")
    return found


def scores(snapshot: OpinionSnapshot) -> sa.Select[Any]:
    """Select a snapshot's ideas with their scores."""
    return (
        sa.select(Idea, ConsensusScore.score, ConsensusScore.idea_id, ConsensusScore.seen)
        .join(ConsensusScore, ConsensusScore.idea_id == Idea.id)
        .where(ConsensusScore.board_id == snapshot.board_id, ConsensusScore.number == snapshot.number)
    )


def _opinions(session: Session, board: Board) -> dict[str, dict[str, Opinion]]:
    """Return the opinions on the ideas in question that have most of them, as many as groups are made from."""
    total = Idea.agree_count + Idea.disagree_count + Idea.pass_count
    ideas = session.execute(
        sa.select(Idea.id, total.label("total"))
        .where(Idea.board_id == board.id, Idea.state.not_in(("merged", "withdrawn")), total > 0)
        .order_by(total.desc(), Idea.id)
        .limit(MOST_OPINIONS)
    )
    wanted: list[uuid.UUID] = []
    number = 0
    for idea in ideas:
        number += idea.total
        if wanted and number > MOST_OPINIONS:
            break
        wanted.append(idea.id)
    found: dict[str, dict[str, Opinion]] = defaultdict(dict)
    for start in range(0, len(wanted), 500):
        rows = session.execute(
            sa.select(IdeaOpinion.membership_id, IdeaOpinion.idea_id, IdeaOpinion.opinion).where(
                IdeaOpinion.idea_id.in_(wanted[start : start + 500])
            )
        )
        for row in rows:
            found[str(row.membership_id)][str(row.idea_id)] = Opinion(row.opinion)
    return dict(found)


def _shown(group: Group) -> dict[str, Any]:
    """Return what is shown of a group: its size and what told it apart; who is in it is nobody's business."""
    path = [{"idea_id": idea, "side": side.value} for idea, side in group.path]
    return {"size": len(group.members), "path": path}


def _forget(session: Session, board: Board, up_to: int) -> None:
    for rows in (ConsensusScore, OpinionSnapshot):
        session.execute(
            sa.delete(rows)
            .where(rows.board_id == board.id, rows.number <= up_to)
            .execution_options(synchronize_session=False)
        )
