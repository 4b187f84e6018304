"""The way back: the ideas behind a ballot, a proposal and what the brand owes, in as many queries as for one.

Where ideas lead to, :mod:`app.services.ideas.lineage` says.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models.ballots import Ballot
from app.models.boards import PromotedIdea, Promotion
from app.models.ideas import Idea
from app.models.obligations import Obligation
from app.models.proposals import Proposal
from app.policies.permissions import Actor
from app.services.ideas.finding import visible_to


@dataclass(frozen=True, slots=True)
class IdeaBehind:
    """An idea that led to something, and the option it became; None: it alone was put to the vote."""

    idea_id: uuid.UUID
    board_id: uuid.UUID
    option_id: str | None


Behind = Mapping[uuid.UUID, Sequence[IdeaBehind]]


def led_to_proposals(session: Session, actor: Actor, proposals: Sequence[Proposal]) -> Behind:
    """Return the ideas behind some proposals, by the proposal's id, as far as the actor may see them."""
    return _promoted(session, actor, Promotion.proposal_id, {each.id for each in proposals})


def led_to_ballots(session: Session, actor: Actor, ballots: Sequence[Ballot]) -> Behind:
    """Return the ideas behind some ballots, by the ballot's id: made its options, or the proposal that it is of."""
    of_proposals = {each.id: each.proposal_id for each in ballots if each.proposal_id is not None}
    direct = {each.id for each in ballots if each.proposal_id is None}
    through = _promoted(session, actor, Promotion.proposal_id, set(of_proposals.values()))
    return dict(_promoted(session, actor, Promotion.ballot_id, direct)) | {
        ballot: through[proposal] for ballot, proposal in of_proposals.items() if proposal in through
    }


def led_to_obligations(session: Session, actor: Actor, obligations: Sequence[Obligation]) -> Behind:
    """Return the ideas behind what the brand owes, by the obligation's id."""
    of_proposals = {each.proposal_id for each in obligations if each.proposal_id is not None}
    of_ballots = {each.ballot_id for each in obligations if each.proposal_id is None}
    through = _promoted(session, actor, Promotion.proposal_id, of_proposals)
    direct = _promoted(session, actor, Promotion.ballot_id, of_ballots)
    return {
        each.id: direct.get(each.ballot_id, ())
        if each.proposal_id is None
        else through.get(each.proposal_id, ())
        for each in obligations
    }


def _promoted(
    session: Session,
    actor: Actor,
    end: sa.orm.InstrumentedAttribute[uuid.UUID | None],
    ids: Collection[uuid.UUID],
) -> Behind:
    """Return the ideas promoted to some ends, in the order in which they were promoted.

    :param end: the column of the promotion that names its end.
    """
    if not ids:
        return {}
    seen = visible_to(actor).with_only_columns(Idea.id).correlate(None)
    rows = session.execute(
        sa.select(end.label("end"), PromotedIdea.idea_id, Promotion.board_id, PromotedIdea.option_id)
        .join(PromotedIdea, PromotedIdea.promotion_id == Promotion.id)
        .where(end.in_(ids), PromotedIdea.idea_id.in_(seen))
        .order_by(end, PromotedIdea.position)
    )
    found: dict[uuid.UUID, list[IdeaBehind]] = defaultdict(list)
    for row in rows:
        found[row.end].append(IdeaBehind(row.idea_id, row.board_id, row.option_id))
    return dict(found)
