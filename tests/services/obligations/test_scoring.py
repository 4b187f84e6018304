"""The facts of the scorecard that no short way over the API leads to."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from app.models.proposals import Proposal, ProposalStep, Veto
from app.services.obligations import scoring

DAY = dt.timedelta(days=1)


def put(session, proposal, people, start, text_number=1):
    """Write a vetoed proposal past the service."""
    community, author = people
    session.add(
        Proposal(
            id=proposal,
            community_id=community,
            author_id=author,
            decision_type="joint_decision",
            title="More mint",
            body="",
            state="vetoed",
            state_since=start,
            created_at=start,
            text_number=text_number,
        )
    )
    session.flush()


def veto(session, proposal, people, ground, at, *, text_number=1):
    """Write a veto of one text past the service."""
    community, author = people
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
            vetoed_at=at,
        )
    )


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
        put(session, proposal, (community, author), start, text_number=2)
        for number, (action, target, day) in enumerate(history, 1):
            at = start + day * DAY
            session.add(
                ProposalStep(proposal_id=proposal, number=number, action=action, target=target, at=at)
            )
        veto(session, proposal, (community, author), "unaffordable", start + DAY)
        veto(session, proposal, (community, author), "unlawful", start + 5 * DAY, text_number=2)
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


def test_an_override_that_fails_leaves_the_veto_standing(portal, units):
    town = portal.town(members=1)
    community = uuid.UUID(town.id)
    author = uuid.UUID(town.members[0].memberships[town.id])
    start = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    proposal = uuid.uuid4()
    with units.write() as session:
        put(session, proposal, (community, author), start)
        session.add(
            ProposalStep(
                proposal_id=proposal, number=1, action="certify_override", target="vetoed", at=start + 2 * DAY
            )
        )
        veto(session, proposal, (community, author), "unaffordable", start + DAY)
    with units.read() as session:
        (told,) = scoring.facts(session, community).vetoes
    assert (told.at, told.overridden_at) == (start + DAY, None)
