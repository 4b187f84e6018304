"""The words a charter's rules are made of. What this service cannot do yet is no word of its charters."""

from __future__ import annotations

from enum import StrEnum

from app.domain.charter.roles import Role


class DecisionKind(StrEnum):
    """What a decision type decides: a proposal, an amendment of the charter, or a ballot opened directly."""

    PROPOSAL = "proposal"
    AMENDMENT = "amendment"
    PRODUCT_VOTE = "product_vote"
    CHARITY_VOTE = "charity_vote"
    ELECTION = "election"
    GENERAL = "general"


#: Kinds that are put to the vote without a proposal before them.
STANDALONE = frozenset(
    {DecisionKind.PRODUCT_VOTE, DecisionKind.CHARITY_VOTE, DecisionKind.ELECTION, DecisionKind.GENERAL}
)


class Scope(StrEnum):
    """A part of the charter that an amendment type may change; the title belongs to the articles."""

    ARTICLES = "articles"
    DECISION_TYPES = "decision_types"
    RESERVED_MATTERS = "reserved_matters"
    VETO_GROUNDS = "veto_grounds"
    MODERATION_GROUNDS = "moderation_grounds"
    EMERGENCY_STOP = "emergency_stop"
    DELIVERY = "delivery"
    ROLE_POWERS = "role_powers"


class BindingLevel(StrEnum):
    """What the brand owes a decision, from listening to carrying it out."""

    ADVISORY = "advisory"
    MUST_ANSWER = "must_answer"
    CO_DECISION = "co_decision"
    BINDING = "binding"

    @property
    def owes_answer(self) -> bool:
        """Whether a decision that passes makes the brand owe an answer."""
        return self is not BindingLevel.ADVISORY


class Exclusion(StrEnum):
    """Whose holdings weigh nothing where tokens weigh; the people themselves are never excluded."""

    BRAND_HOLDINGS = "brand_holdings"
    STEWARD_HOLDINGS = "steward_holdings"

    @property
    def role(self) -> Role:
        """Return the role whose holders' holdings it excludes."""
        return Role.BRAND_OWNER if self is Exclusion.BRAND_HOLDINGS else Role.STEWARD


class Secrecy(StrEnum):
    """Who sees what of a vote, and when; each hides more than the one before."""

    OPEN = "open"
    SEALED = "sealed"
    CONFIDENTIAL = "confidential"
    SECRET = "secret"  # noqa: S105 - the name of a level

    @property
    def keeps_votes_apart(self) -> bool:
        """Whether votes are kept and shown apart from those who cast them, for ever."""
        return self in {Secrecy.CONFIDENTIAL, Secrecy.SECRET}


class Disclosure(StrEnum):
    """Whether the published log names members by their reference or by a random name per ballot.

    Where votes are kept apart it names nobody at all: there a type has to say ``pseudonymous``.
    """

    NAMED = "named"
    PSEUDONYMOUS = "pseudonymous"


class TieRule(StrEnum):
    """What decides a tie that the method itself leaves."""

    LOT = "lot"
    STATED_ORDER = "stated_order"


class DecidedBy(StrEnum):
    """Who decides on a reserved matter."""

    BRAND_OWNER = "brand_owner"
    COMMUNITY = "community"


#: Fields that a standalone type may leave to whoever drafts the ballot.
CAN_BE_LEFT_OPEN = (
    "method",
    "settings",
    "seats",
    "weighting",
    "secrecy",
    "disclosure",
    "vote_change",
    "early_close",
    "tie_rule",
    "quorum",
    "threshold",
    "min_approval",
    "rejection_quorum",
    "voting_period",
)
