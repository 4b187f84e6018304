"""Where ideas led to: promotions, their ballots and proposals, what the brand owes for them, and keeps."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.lifecycle import IDEA_FACTS
from app.domain.obligations import AnswerVerdict
from app.models.ballots import Ballot, BallotResult
from app.models.boards import PromotedIdea, Promotion
from app.models.ideas import Idea
from app.models.obligations import Answer, Obligation
from app.models.proposals import Proposal

#: Stored states that a kept obligation moves on.
MOVED_BY_FACTS = frozenset(fact.source.value for fact in IDEA_FACTS)


@dataclass(frozen=True, slots=True)
class Descent:
    """One promotion of an idea, and what became of it.

    :param ballot_id: of the vote, also that of the proposal; None while a proposal's has not been opened, and
        where a draft was deleted.
    :param won: whether the vote went for this idea; None before its result.
    :param outcome: of the vote, as its result or the proposal says.
    :param kept: whether the brand accepted what it owed for it, and every promise was confirmed.
    """

    promotion: Promotion
    option_id: str | None
    ballot_id: uuid.UUID | None
    proposal: Proposal | None
    outcome: str | None
    won: bool | None
    obligation: Obligation | None
    kept: bool


@dataclass(frozen=True, slots=True)
class _Debt:
    obligation: Obligation
    kept: bool


def descents(session: Session, idea_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, list[Descent]]:
    """Return what some ideas were promoted to, the earliest first, in as many queries as for one."""
    rows = session.execute(
        sa.select(PromotedIdea, Promotion, Proposal)
        .join(Promotion, Promotion.id == PromotedIdea.promotion_id)
        .outerjoin(Proposal, Proposal.id == Promotion.proposal_id)
        .where(PromotedIdea.idea_id.in_(idea_ids))
        .order_by(Promotion.id)
    ).all()
    if not rows:
        return {}
    direct = {row.Promotion.ballot_id for row in rows} | {
        row.Proposal.ballot_id for row in rows if row.Proposal is not None
    }
    ballots = set(session.scalars(sa.select(Ballot.id).where(Ballot.id.in_(direct - {None}))))
    results = {
        result.ballot_id: json.loads(result.body)
        for result in session.scalars(sa.select(BallotResult).where(BallotResult.ballot_id.in_(ballots)))
    }
    owed = _owed(session, ballots, {row.Promotion.proposal_id for row in rows} - {None})
    found: dict[uuid.UUID, list[Descent]] = {}
    for promoted, promotion, proposal in rows:
        ballot_id = promotion.ballot_id if promotion.proposal_id is None else proposal.ballot_id
        result = None if ballot_id is None else results.get(ballot_id)
        debt = owed.get(promotion.ballot_id or promotion.proposal_id)
        won = _won(promoted.option_id, proposal, result)
        found.setdefault(promoted.idea_id, []).append(
            Descent(
                promotion=promotion,
                option_id=promoted.option_id,
                ballot_id=ballot_id if ballot_id in ballots else None,
                proposal=proposal,
                outcome=_outcome(proposal, result),
                won=won,
                obligation=None if debt is None else debt.obligation,
                kept=won is True and debt is not None and debt.kept,
            )
        )
    return found


def kept(session: Session, ideas: Sequence[Idea]) -> frozenset[uuid.UUID]:
    """Return which of some ideas led to an obligation that is kept, of those whose state that moves."""
    ids = [idea.id for idea in ideas if idea.state in MOVED_BY_FACTS]
    found = descents(session, ids) if ids else {}
    return frozenset(idea for idea, ways in found.items() if any(way.kept for way in ways))


def kept_on(session: Session, board_id: uuid.UUID) -> frozenset[uuid.UUID]:
    """Return which ideas of a board led to an obligation that is kept: among the few that were promoted."""
    ids = sa.select(PromotedIdea.idea_id).join(Promotion).where(Promotion.board_id == board_id).distinct()
    found = descents(session, session.scalars(ids).all())
    return frozenset(idea for idea, ways in found.items() if any(way.kept for way in ways))


def led_to(
    *,
    ballot_id: uuid.UUID | None = None,
    proposal_id: uuid.UUID | None = None,
    obligation_id: uuid.UUID | None = None,
) -> sa.ColumnElement[bool]:
    """Return the condition that an idea led to a ballot, a proposal and an obligation, as far as they are named."""
    of_proposal = sa.select(Proposal.id).where(
        sa.or_(Proposal.ballot_id == ballot_id, Proposal.override_ballot_id == ballot_id)
    )
    owing = (
        sa.select(Obligation.ballot_id, Obligation.proposal_id)
        .where(Obligation.id == obligation_id)
        .subquery()
    )
    conditions = []
    if ballot_id is not None:
        conditions.append(sa.or_(Promotion.ballot_id == ballot_id, Promotion.proposal_id.in_(of_proposal)))
    if proposal_id is not None:
        conditions.append(Promotion.proposal_id == proposal_id)
    if obligation_id is not None:
        conditions.append(
            sa.or_(
                Promotion.ballot_id.in_(sa.select(owing.c.ballot_id)),
                Promotion.proposal_id.in_(sa.select(owing.c.proposal_id)),
            )
        )
    ideas = sa.select(PromotedIdea.idea_id).join(Promotion, Promotion.id == PromotedIdea.promotion_id)
    return Idea.id.in_(ideas.where(*conditions))


def _owed(
    session: Session, ballots: Collection[uuid.UUID], proposals: Collection[uuid.UUID]
) -> Mapping[uuid.UUID | None, _Debt]:
    """Return the obligations of ballots and of proposals, by either's id, and whether each is kept.

    It is where the last answer accepts, in whole or in part, and nothing is left to do.
    """
    obligations = session.scalars(
        sa.select(Obligation).where(
            sa.or_(
                sa.and_(Obligation.ballot_id.in_(ballots), Obligation.proposal_id.is_(None)),
                Obligation.proposal_id.in_(proposals),
            )
        )
    ).all()
    answers = session.scalars(
        sa.select(Answer)
        .where(Answer.obligation_id.in_([each.id for each in obligations]))
        .order_by(Answer.number)
    )
    last = {answer.obligation_id: answer.verdict for answer in answers}
    return {
        each.proposal_id or each.ballot_id: _Debt(
            each, each.concluded_at is not None and last.get(each.id) != AnswerVerdict.REFUSED.value
        )
        for each in obligations
    }


def _outcome(proposal: Proposal | None, result: Mapping[str, Any] | None) -> str | None:
    if proposal is not None:
        return proposal.outcome
    return None if result is None else str(result["outcome"])


def _won(option_id: str | None, proposal: Proposal | None, result: Mapping[str, Any] | None) -> bool | None:
    """Say whether a vote went for an idea: its option won, or what it alone was put to the vote as has passed."""
    outcome = _outcome(proposal, result)
    if outcome is None or result is None:
        return None
    if option_id is None:
        return outcome == "passed"
    return outcome in {"passed", "decided"} and option_id in result["winners"]
