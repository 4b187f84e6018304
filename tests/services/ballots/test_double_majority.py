"""60:40 of 150 members and 400:600 of 1000 tokens: rejected, with both figures."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid

from app.models.ballots import Cast
from app.models.communities import Membership, MembershipRole
from app.models.identity import Account
from app.services.ballots.casting import cast_digest
from tests.support.tokens import hold

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
#: People, how they vote, and what they hold together in equal parts; half of the silent hold nothing.
CAMPS = ((60, "for", 400), (40, "against", 600), (50, None, 0))


def settle(units, community_id):
    """Bring 150 members with 1,000 tokens into a community; return how each of them votes."""
    choices, amounts = {}, {}
    with units.write() as session:
        for people, choice, tokens in CAMPS:
            for number in range(people):
                member = uuid.uuid4()
                names = {"reference": str(member), "display_name": "Somebody"}
                email = f"{member}@example.org"
                session.add(Account(id=member, email=email, password_hash="none", created_at=NOW, **names))
                session.flush()
                roles = [MembershipRole(role="member", granted_at=NOW)]
                facts = {"id": member, "account_id": member, "community_id": community_id, "joined_at": NOW}
                session.add(Membership(**facts, **names, roles=roles))
                session.flush()
                amount = tokens // people + (number < tokens % people)
                amounts[member] = amount
                choices[member] = choice
        hold(session, community_id, amounts, NOW)
    return choices


def cast_all(units, ballot_id, choices):
    with units.write() as session:
        for member, choice in choices.items():
            if choice is not None:
                tracker = uuid.uuid4()
                session.add(
                    Cast(
                        tracker=tracker,
                        ballot_id=ballot_id,
                        membership_id=member,
                        revision=1,
                        choice=choice,
                        digest=cast_digest(ballot_id, tracker, choice),
                        leaf_hash=secrets.token_bytes(32),
                        cast_at=NOW,
                    )
                )


def test_a_majority_of_members_without_one_of_tokens_is_rejected_with_both_figures(portal, units, clock):
    town = portal.town()
    choices = settle(units, uuid.UUID(town.id))
    path = portal.ballot(town, method="yes_no", weighting="dual", voting_period="PT1H")
    shown = town.owner.ok("GET", path)
    assert (shown["roll_size"], shown["roll_weight"], shown["roll_tokens"]) == (150, 150, 1000)
    cast_all(units, uuid.UUID(shown["id"]), choices)
    clock.advance(dt.timedelta(hours=2))
    result = town.owner.ok("GET", f"{path}/result")
    assert result["outcome"] == "rejected"
    assert result["decision"]["members"]["outcome"] == "passed"
    assert result["decision"]["tokens"]["outcome"] == "rejected"
    assert result["count"]["totals"] == {"for": "60", "against": "40", "abstain": "0"}
    assert result["token_count"]["totals"] == {"for": "400", "against": "600", "abstain": "0"}
    assert result["turnout"]["roll_size"] == 150
    assert result["turnout"]["tokens"] == {
        "voters": 100,
        "weight": "1000",
        "roll_size": 100,
        "roll_weight": "1000",
    }
    assert result["concentration"]["tokens"]["largest_vote"] == "15/1000"
    assert result["explanation"][-1].startswith(
        "60 for and 40 against of 150 members: passed; 400 for and 600 against of 1,000 tokens: rejected."
    )
