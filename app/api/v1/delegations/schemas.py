"""What clients send and receive about delegations, delegates, and what becomes of a member's weight."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import marshmallow as ma

from app.api.v1.charter.schemas import CHARTER_ID
from app.domain.delegation import DelegationScope, Outcome
from app.domain.lifecycle import BallotState
from app.http.fields import UUID, Enum, Instant, Integer, List, Ratio, Representation, Strict, String
from app.http.paging import PageQuery
from app.services.delegations.finding import DelegationState, Direction
from app.services.delegations.revoking import Reason
from app.services.delegations.statements import Stance

#: Greatest number of decision types that a delegate can name.
MOST_TOPICS = 100
LONGEST_STATEMENT = 10_000

OutcomeWord = StrEnum("OutcomeWord", {each.name: each.word for each in Outcome})  # type: ignore[misc]


class DelegationGiving(Strict):
    """A delegation about to be given, or an opt-out."""

    scope = Enum(DelegationScope, required=True)
    ballot_id = UUID(load_default=None, metadata={"description": "With the scope ballot, and only there."})
    group_id = UUID(load_default=None, metadata={"description": "With the scope group, and only there."})
    decision_type = String(
        max_length=32,
        min_length=1,
        pattern=CHARTER_ID,
        load_default=None,
        metadata={"description": "With the scope decision_type, and only there."},
    )
    delegate_id = UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The membership of whoever votes for you; null lets nobody, in this scope."},
    )
    expires_at = Instant(
        allow_none=True, load_default=None, metadata={"description": "When it ends by itself."}
    )


class Delegation(Representation):
    """A member lets another vote for them, until the member votes or takes it back."""

    id = UUID(metadata={"description": "The reference by which a ballot's evidence cites it."})
    scope = Enum(DelegationScope)
    ballot_id = UUID(allow_none=True)
    group_id = UUID(allow_none=True)
    decision_type = String(max_length=32, allow_none=True)
    delegator_id = UUID()
    delegate_id = UUID(
        allow_none=True, metadata={"description": "Null: the explicit opt-out from wider ones."}
    )
    given_at = Instant()
    expires_at = Instant(allow_none=True)
    revoked_at = Instant(allow_none=True)
    revoked_because = Enum(Reason, allow_none=True, metadata={"description": "Told to both sides."})
    state = Enum(DelegationState)


class DelegationQuery(PageQuery):
    """Which delegations are listed."""

    direction = Enum(
        Direction,
        load_default=None,
        metadata={
            "description": "Those you gave, or those you received; auditors see all of the community's."
        },
    )
    state = Enum(DelegationState, load_default=None)


class DelegateStating(Strict):
    """What a member says about carrying others' weight."""

    stance = Enum(
        Stance,
        required=True,
        metadata={"description": "accepting: listed. declining: nobody can delegate, and what was is ended."},
    )
    statement = String(
        max_length=LONGEST_STATEMENT,
        load_default="",
        metadata={"description": "Markdown, for everybody in the community."},
    )
    decision_types = List(
        String(max_length=32, min_length=1, pattern=CHARTER_ID),
        max_items=MOST_TOPICS,
        unique=True,
        load_default=list,
        metadata={"description": "Ids of those they offer to vote in; none: in all."},
    )


class DelegateStatement(Representation):
    """What a member says about carrying others' weight."""

    membership_id = UUID()
    stance = Enum(Stance)
    statement = String(max_length=LONGEST_STATEMENT)
    decision_types = ma.fields.List(ma.fields.String())
    stated_at = Instant(allow_none=True)
    version = Integer(metadata={"description": "0 where they said nothing."})


class Delegate(DelegateStatement):
    """A member as a delegate."""

    display_name = String(max_length=200)
    delegations_received = Integer(metadata={"description": "How many to them are in force."})


class DelegationCap(Representation):
    """The most weight that a delegate carries for others: an amount, or a share of the roll's."""

    weight = Integer(metadata={"optional": True})
    ratio = Ratio(metadata={"optional": True})


class DelegationRule(Representation):
    """How delegation counts in a ballot, as its decision type says."""

    scopes = ma.fields.List(Enum(DelegationScope), metadata={"description": "The most specific first."})
    cap = ma.fields.Nested(DelegationCap, allow_none=True)


class DelegationSum(Representation):
    """So many on the roll, and what they weigh together."""

    members = Integer()
    weight = Integer()


class ChainLink(Representation):
    """Somebody along a chain."""

    voter = UUID(metadata={"description": "Their name on the roll, as in log and evidence."})
    membership_id = UUID(allow_none=True, metadata={"description": "Null where it is not told who that is."})
    display_name = String(max_length=200, allow_none=True)


class CarriedWeight(Representation):
    """What somebody carried for others."""

    carried = ma.fields.Nested(DelegationSum)
    returned = ma.fields.Nested(
        DelegationSum, metadata={"description": "Above the cap; it went back to its owners."}
    )
    returned_to = ma.fields.List(
        UUID(), metadata={"description": "The first hundred owners, by their names on the roll."}
    )


class OwnWeight(Representation):
    """What becomes of your weight in a ballot."""

    ballot_id = UUID()
    state = Enum(BallotState)
    rule = ma.fields.Nested(
        DelegationRule,
        allow_none=True,
        metadata={"description": "Null: only direct votes count, and all about delegation is null or empty."},
    )
    voter = UUID(metadata={"description": "Your own name on the roll."})
    weight = Integer()
    tokens = Integer(
        allow_none=True,
        metadata={"description": "In a double majority your weight among tokens; null elsewhere."},
    )
    overflow = Integer(
        allow_none=True,
        metadata={
            "description": "What the cap cut off of your tokens at the opening, and does not count; null where there "
            "is no cap."
        },
    )
    delegation_id = UUID(
        allow_none=True, metadata={"description": "Your delegation or opt-out that holds at the close."}
    )
    outcome = Enum(
        OutcomeWord,
        allow_none=True,
        metadata={
            "description": "What became of your weight; before the close, what would if nothing changed. "
            "Counted: cast, delegated. Not counted: all others."
        },
    )
    chain = ma.fields.List(
        ma.fields.Nested(ChainLink),
        metadata={
            "description": "Whom it runs through, you first; a circle ends with whom it comes back to."
        },
    )
    representative = ma.fields.Nested(
        ChainLink, allow_none=True, metadata={"description": "Whose vote counts with it."}
    )
    explanation = ma.fields.List(ma.fields.String(), metadata={"description": "The same in sentences."})
    carried = ma.fields.Nested(
        CarriedWeight,
        allow_none=True,
        metadata={"description": "What you carried; null before the count, and where no chain led to you."},
    )

    @ma.pre_dump
    def plain(self, own: Any, **_options: Any) -> dict[str, Any]:
        """Write the outcome as its word, and a long list of owners short."""
        carried = own.carried and own.carried | {"returned_to": own.carried["returned_to"][:100]}
        names = ("ballot_id", "state", "voter", "weight", "tokens", "overflow")
        names += ("delegation_id", "chain", "representative")
        return {name: getattr(own, name) for name in (*names, "explanation")} | {
            "rule": own.rule and own.rule.to_json(),
            "outcome": own.outcome and own.outcome.word,
            "carried": carried,
        }
