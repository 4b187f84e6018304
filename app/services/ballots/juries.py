"""A jury drawn by lot from a closed ballot's roll.

The seed is the one under which the ballot's ties fell: half of it was committed to at opening, the other half
are the counted votes. Each ballot therefore has one order of its roll, which anyone can draw again from the
roll and the result; a larger jury is a smaller one continued, so no size can be picked for its outcome.
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.counting import explain, sortition
from app.domain.errors import refuse
from app.models.ballots import RollEntry
from app.policies.permissions import Actor
from app.services.ballots import closing

#: Jurors where nobody says how many.
USUAL_SIZE = 12


def draw_jury(
    session: Session, actor: Actor, ballot_id: uuid.UUID, *, size: int | None, substitutes: int
) -> dict[str, Any]:
    """Draw a jury from the roll of a closed ballot.

    :param session: a session that may write: the result is certified if nobody has asked for it yet.
    :param size: how many jurors, at least 1; None for the usual twelve, or the whole of a smaller roll.
    :param substitutes: how many more stand by.
    :return: the draw with its evidence, in sentences too; ``yours`` is the actor's own name on the roll.
    :raises Refusal: ``not-found``, ``ballot-not-closed``; ``conflict`` where the roll is too small or the
        ballot's ties fell in a stated order, so that it has no seed.
    """
    document = closing.as_document(closing.result(session, actor, ballot_id))
    if document["tie_seed"] is None:
        raise refuse("conflict", "This ballot's ties fall in a stated order: it has no seed to draw from.")
    rows = session.execute(
        sa.select(RollEntry.voter, RollEntry.membership_id).where(RollEntry.ballot_id == ballot_id)
    ).all()
    try:
        jury = sortition.draw(
            f"jury/{ballot_id}",
            bytes.fromhex(document["tie_seed"]["seed"]),
            [str(row.voter) for row in rows],
            min(USUAL_SIZE, len(rows)) if size is None else size,
            substitutes=substitutes,
        )
    except sortition.InvalidDraw as error:
        raise refuse("conflict", f"{error}.") from None
    yours = next((str(row.voter) for row in rows if row.membership_id == actor.membership_id), None)
    evidence = jury.to_json()
    return {"draw": evidence, "explanation": explain(evidence, {}), "yours": yours}
