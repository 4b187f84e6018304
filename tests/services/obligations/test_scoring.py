"""The facts of the scorecard that no short way over the API leads to."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from app.models.proposals import Proposal, ProposalStep, Veto
from app.services.obligations import scoring

DAY = dt.timedelta(days=1)


@pytest.fixture
def vetoed_twice(portal, units):
    """A proposal vetoed, overridden, overtaken, put to the community again and vetoed once more."""
    town = portal.town(members=1)
    community = uuid.UUID(town.id)
    author = uuid.UUID(town.members[0].memberships[town.id])
    start = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    proposal = uuid.uuid4()
    history = [("certify_override", "overridden", 2), ("enact", "stale", 3), ("veto", "vetoed", 5)]
    with units.write() as session:
        session.add(
            Proposal(
                id=proposal,
                community_id=community,
                author_id=author,
                decision_type="joint_decision",
                title="More mint",
                body="",
                state="vetoed",
                state_since=start + 5 * DAY,
                created_at=start,
                text_number=2,
            )
        )
        session.flush()
        for number, (action, target, day) in enumerate(history, 1):
            at = start + day * DAY
            session.add(
                ProposalStep(proposal_id=proposal, number=number, action=action, target=target, at=at)
            )
        for text_number, ground, day in ((1, "unaffordable", 1), (2, "unlawful", 5)):
            session.add(
                Veto(
                    proposal_id=proposal,
                    text_number=text_number,
                    community_id=community,
                    decision_type="joint_decision",
                    membership_id=author,
                    ground=ground,
                    absolute=False,
                    reason="No.",
                    vetoed_at=start + day * DAY,
                )
            )
    return community, start


def test_an_override_is_remembered_after_the_proposal_forgets_it_and_counts_for_its_own_veto(
    vetoed_twice, units
):
    community, start = vetoed_twice
    with units.read() as session:
        vetoes = scoring.facts(session, community).vetoes
    told = {(veto.ground, veto.at, veto.overridden_at) for veto in vetoes}
    assert told == {
        ("unaffordable", start + DAY, start + 2 * DAY),
        ("unlawful", start + 5 * DAY, None),
    }
