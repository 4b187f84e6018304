"""What clients send and receive about ballots, votes, receipts and results."""

from __future__ import annotations

from enum import StrEnum

import marshmallow as ma

from app.api.v1.ballots.fields import MOST_OPTIONS, OPTION_ID, ChoiceField, settings_of_method, sha256
from app.api.v1.charter.schemas import CHARTER_ID
from app.domain.charter.reading import MOST_MATTERS
from app.domain.charter.roles import Role
from app.domain.charter.words import BindingLevel, Disclosure, Exclusion, Secrecy, TieRule
from app.domain.counting import METHODS
from app.domain.lifecycle import BallotState
from app.domain.weights import Weighting
from app.http.fields import (
    LINE,
    UUID,
    Boolean,
    Duration,
    Enum,
    Instant,
    Integer,
    List,
    Ratio,
    Representation,
    Strict,
    String,
)
from app.http.paging import PageQuery
from app.services.ballots.logs import LogFormat

Method = StrEnum("Method", {name.upper(): name for name in METHODS})  # type: ignore[misc]


class StandaloneKind(StrEnum):
    """What a ballot that is opened directly is about."""

    PRODUCT_VOTE = "product_vote"
    CHARITY_VOTE = "charity_vote"
    ELECTION = "election"
    GENERAL = "general"


class Kind(StrEnum):
    """What a ballot is about; the first three are a proposal's."""

    PROPOSAL = "proposal"
    AMENDMENT = "amendment"
    OVERRIDE = "override"
    PRODUCT_VOTE = "product_vote"
    CHARITY_VOTE = "charity_vote"
    ELECTION = "election"
    GENERAL = "general"


class QuorumBase(StrEnum):
    """What a quorum counts."""

    PARTICIPANTS = "participants"
    FOR_PLUS_ABSTAIN = "for_plus_abstain"
    WEIGHT = "weight"


class ThresholdBase(StrEnum):
    """What a threshold is a share of."""

    FOR_PLUS_AGAINST = "for_plus_against"
    CAST = "cast"
    ELECTORATE = "electorate"


class OptionDraft(Strict):
    """An option about to be put to the vote."""

    id = String(
        max_length=32,
        min_length=1,
        pattern=OPTION_ID,
        metadata={"description": "Short name for votes and logs; o1, o2 and so on where absent."},
    )
    title = String(max_length=200, min_length=1, pattern=LINE, required=True)
    description = String(max_length=10_000)


class CandidateDraft(OptionDraft):
    """An option about to be put to the vote; in an election it may be, or has to be, a member."""

    membership_id = UUID(
        allow_none=True,
        metadata={"description": "The member who stands; required where the election grants a role."},
    )


class Option(Representation):
    """An option of a ballot."""

    id = String(max_length=32, attribute="option_id")
    title = String(max_length=200)
    description = String(max_length=10_000)
    membership_id = UUID(allow_none=True, metadata={"description": "In an election, the candidate."})


class QuorumDraft(Strict):
    """How much must take part: a ratio or a count, one of the two."""

    base = Enum(QuorumBase, required=True)
    ratio = Ratio()
    count = Integer(minimum=1)


class ThresholdDraft(Strict):
    """What share must be for; exact, compared without floats."""

    ratio = Ratio(required=True)
    strict = Boolean()
    of = Enum(ThresholdBase)


class _BallotFacts(Strict):
    """What a draft and a change of it have in common."""

    decision_type = String(
        max_length=32,
        min_length=1,
        pattern=CHARTER_ID,
        metadata={
            "description": "Id of a decision type of the charter in force; absent: the only one of the kind. "
            "It rules everything below that it does not leave open.",
            "examples": ["product_vote"],
        },
    )
    kind = Enum(StandaloneKind)
    method = Enum(Method)
    matters = List(
        String(max_length=32, min_length=1, pattern=CHARTER_ID),
        max_items=MOST_MATTERS,
        metadata={"description": "Ids of the charter's reserved matters that it touches."},
    )
    description = String(max_length=50_000, metadata={"description": "Markdown."})
    settings = settings_of_method()
    seats = Integer(minimum=1, maximum=100, metadata={"description": "How many options are elected."})
    weighting = Enum(Weighting)
    secrecy = Enum(Secrecy)
    disclosure = Enum(Disclosure)
    vote_change = Boolean(metadata={"description": "Whether a vote can be replaced until the close."})
    early_close = Boolean(
        metadata={"description": "Whether it may close once everyone on the roll has voted (no vote_change)."}
    )
    tie_rule = Enum(TieRule)
    quorum = ma.fields.Nested(QuorumDraft, allow_none=True)
    threshold = ma.fields.Nested(
        ThresholdDraft, allow_none=True, metadata={"description": "yes_no only, and required there."}
    )
    min_approval = Ratio(allow_none=True)
    rejection_quorum = Ratio(allow_none=True)
    opens_at = Instant(allow_none=True, metadata={"description": "When voting begins; null: at opening."})
    closes_at = Instant(allow_none=True, metadata={"description": "When voting ends; or voting_period."})
    voting_period = Duration(allow_none=True, metadata={"description": "How long voting runs; or closes_at."})
    options = List(ma.fields.Nested(CandidateDraft), max_items=MOST_OPTIONS)


class BallotDraft(_BallotFacts):
    """A ballot about to be drafted. What it does not state is as its decision type says."""

    title = String(max_length=200, min_length=1, pattern=LINE, required=True)
    group_id = UUID(
        load_default=None,
        metadata={
            "description": "The group whose members alone vote, where the decision type is open to groups; "
            "absent: the whole community votes."
        },
    )


class BallotQuery(PageQuery):
    """Which ballots are listed."""

    state = Enum(BallotState, load_default=None)
    kind = Enum(Kind, load_default=None)
    decision_type = String(max_length=32, pattern=CHARTER_ID, load_default=None)
    proposal_id = UUID(
        load_default=None, metadata={"description": "A proposal's: its vote, and the vote over its veto."}
    )
    group_id = UUID(load_default=None, metadata={"description": "A group's."})


class BallotChanges(_BallotFacts):
    """A merge patch (RFC 7396) of a draft. ``options`` replaces them all."""

    title = String(max_length=200, min_length=1, pattern=LINE)


class BallotSuspension(Strict):
    """Why voting is suspended; both are public."""

    ground = String(
        max_length=32,
        min_length=1,
        pattern=CHARTER_ID,
        required=True,
        metadata={"description": "Id of a ground that the charter in force lists.", "examples": ["defect"]},
    )
    reason = String(max_length=2_000, min_length=1, required=True)


class Quorum(Representation):
    """How much must take part."""

    base = Enum(QuorumBase)
    ratio = Ratio(metadata={"optional": True})
    count = Integer(metadata={"optional": True})


class Threshold(Representation):
    """What share must be for."""

    ratio = Ratio()
    strict = Boolean(metadata={"optional": True})
    of = Enum(ThresholdBase, metadata={"optional": True})


class WeightCap(Representation):
    """The most that one voter's tokens weigh: an amount in minor units, or a share of all that would weigh."""

    amount = Integer(metadata={"optional": True})
    ratio = Ratio(metadata={"optional": True})


class TokenMajority(Representation):
    """What the token tally of a double majority takes."""

    threshold = ma.fields.Nested(Threshold)
    quorum = ma.fields.Nested(Quorum, allow_none=True)
    min_approval = Ratio(allow_none=True)
    rejection_quorum = Ratio(allow_none=True)


class RefusalGround(Representation):
    """A ground on which the brand might refuse what it undertook."""

    id = String(max_length=32)
    title = String(max_length=200)


class FrozenPrecommitment(Representation):
    """What the brand said before the vote will follow from it."""

    number = Integer()
    undertaking = String(max_length=10_000)
    within = String(max_length=40, metadata={"description": "ISO 8601, counted from the result."})
    budget = String(max_length=100, allow_none=True)
    refusal_grounds = ma.fields.List(ma.fields.Nested(RefusalGround))
    recorded_at = String(max_length=30, metadata={"format": "date-time"})


class Suspension(Representation):
    """An emergency stop: voting is suspended from its instant until it lapses or is ended."""

    ground = String(max_length=32)
    title = String(max_length=200, metadata={"description": "The ground's, in the charter."})
    reason = String(max_length=2_000)
    role = Enum(Role, allow_none=True, metadata={"description": "In which role somebody suspended it."})
    suspended_at = Instant()
    until_at = Instant()


class IdeaBehind(Representation):
    """An idea that led here, and the option that it became."""

    idea_id = UUID()
    board_id = UUID()
    option_id = String(
        max_length=32, allow_none=True, metadata={"description": "Null: it alone was put to the vote."}
    )


class Ballot(Representation):
    """A ballot as it stands at the database's present time."""

    id = UUID()
    community_id = UUID()
    state = Enum(BallotState)
    decision_type = String(
        max_length=32, metadata={"description": "The charter's rule set it is held under."}
    )
    kind = Enum(Kind)
    proposal_id = UUID(allow_none=True, metadata={"description": "The proposal whose vote it is."})
    group_id = UUID(
        allow_none=True, metadata={"description": "The group that votes; null: the whole community."}
    )
    ideas = ma.fields.List(
        ma.fields.Nested(IdeaBehind),
        metadata={
            "description": "The ideas it came from, also through its proposal, as far as you may see them."
        },
    )
    title = String(max_length=200)
    description = String(max_length=50_000)
    method = Enum(Method)
    settings = ma.fields.Dict()
    seats = Integer()
    options = ma.fields.List(ma.fields.Nested(Option))
    matters = ma.fields.List(ma.fields.String(), metadata={"description": "Reserved matters it touches."})
    binding_level = Enum(BindingLevel)
    answer_within = Duration(
        allow_none=True, metadata={"description": "When the brand's answer falls due, after the result."}
    )
    precommitment = ma.fields.Nested(
        FrozenPrecommitment,
        allow_none=True,
        metadata={"description": "What the brand said will follow, as frozen at opening."},
    )
    grants_role = Enum(Role, allow_none=True, metadata={"description": "What whoever is elected receives."})
    charter_version = Integer(
        allow_none=True, metadata={"description": "Version of the charter in force when it opened."}
    )
    weighting = Enum(Weighting)
    weight_cap = ma.fields.Nested(
        WeightCap, allow_none=True, metadata={"description": "Where votes are weighted by token_capped."}
    )
    count_unvested = Boolean(metadata={"description": "Whether tokens that have not vested weigh as well."})
    exclude = ma.fields.List(
        Enum(Exclusion), metadata={"description": "Whose holdings weigh nothing, where tokens weigh."}
    )
    secrecy = Enum(Secrecy)
    disclosure = Enum(Disclosure)
    vote_change = Boolean()
    early_close = Boolean()
    tie_rule = Enum(TieRule)
    quorum = ma.fields.Nested(Quorum, allow_none=True)
    threshold = ma.fields.Nested(Threshold, allow_none=True)
    min_approval = Ratio(allow_none=True)
    rejection_quorum = Ratio(allow_none=True)
    token_majority = ma.fields.Nested(
        TokenMajority,
        allow_none=True,
        metadata={"description": "In a double majority; the four rules before are then the members'."},
    )
    opens_at = Instant(allow_none=True)
    closes_at = Instant(allow_none=True)
    voting_period = Duration(allow_none=True)
    late_quorum_extension = Duration(
        allow_none=True,
        metadata={"description": "How long voting goes on at least once the quorum is reached."},
    )
    delegation = ma.fields.Dict(
        allow_none=True,
        metadata={"description": "How others may vote for a member, frozen at opening; null: they may not."},
    )
    extended_at = Instant(
        allow_none=True, metadata={"description": "When a late quorum moved closes_at; it does so once."}
    )
    suspended = Boolean(metadata={"description": "Whether voting is suspended at present."})
    suspension = ma.fields.Nested(
        Suspension, allow_none=True, metadata={"description": "The one suspension it has had."}
    )
    created_at = Instant()
    opened_at = Instant(allow_none=True)
    certified_at = Instant(allow_none=True, metadata={"description": "When the result was certified."})
    roll_size = Integer(allow_none=True)
    roll_weight = Integer(allow_none=True)
    roll_tokens = Integer(
        allow_none=True, metadata={"description": "In a double majority, the weight of the token tally."}
    )
    weight_limit = Integer(
        allow_none=True,
        metadata={"description": "Where tokens are capped, the most that anyone's weigh, in minor units."},
    )
    weight_overflow = Integer(
        allow_none=True, metadata={"description": "Where tokens are capped, what that cut off in all."}
    )
    ledger_position = Integer(
        allow_none=True,
        metadata={"description": "Position of the token ledger as of which holdings were weighed."},
    )
    roll_hash = sha256(
        "SHA-256 over the roll's lines (voter, space, weight, line feed) by voter; in a double majority with "
        "space and tokens after the weight.",
        allow_none=True,
    )
    manifest_hash = sha256("SHA-256 of the manifest's bytes.", allow_none=True)
    version = Integer()


class Turnout(Representation):
    """How many have voted so far."""

    voters = Integer()
    roll_size = Integer()
    credentials = Integer(
        allow_none=True, metadata={"description": "In a secret ballot, how many credentials were issued."}
    )


class VoteCasting(Strict):
    """A vote about to be cast."""

    choice = ChoiceField(required=True)


_CAST_DIGEST = (
    "SHA-256 of althing-cast/v1, ballot, tracker and canonical choice, one a line; in a confidential ballot of "
    "althing-vote/v1 with the salt before the choice; in a secret one of the vote as it was sent."
)
_CAST_LEAF = (
    "Hash of an RFC 6962 leaf: of the audit entry, or in a confidential or secret ballot of the ballot box."
)


class Receipt(Representation):
    """What a voter takes away; keep the tracker to find your vote in the published log."""

    ballot_id = UUID()
    tracker = UUID(metadata={"description": "128 random bits; reveals neither voter nor time."})
    revision = Integer(metadata={"description": "1 for your first vote, more for each that replaced it."})
    digest = sha256(_CAST_DIGEST)
    leaf_hash = sha256(_CAST_LEAF)
    cast_at = Instant(
        allow_none=True,
        metadata={"description": "Null in a confidential ballot, which keeps no time of a vote."},
    )
    salt = sha256(
        "In a confidential ballot, what the digest is made with: your proof of what you chose. Else null.",
        allow_none=True,
    )


class SignedReceipt(Receipt):
    """A receipt with the log's promise."""

    receipt_note = String(
        max_length=2_000,
        allow_none=True,
        metadata={
            "description": "A signed note: the log's promise that the entry of this leaf hash will be included "
            "within 60 seconds, or that the vote will be in the ballot box when a confidential or secret ballot "
            "is certified; keep it. Null where the log's key is not to be had just now: repeat the request."
        },
    )


class OwnVote(Receipt):
    """Your own vote that counts, with its receipt."""

    choice = ChoiceField()


class ReceiptLookup(Representation):
    """What anyone learns from a tracker: that the vote is recorded."""

    ballot_id = UUID()
    tracker = UUID()
    digest = sha256(_CAST_DIGEST)
    leaf_hash = sha256(_CAST_LEAF)
    superseded = Boolean(metadata={"description": "Whether the voter has replaced it."})
    certified = Boolean(metadata={"description": "Whether the ballot's result is certified."})


class LogQuery(Strict):
    """In which form a log is downloaded."""

    format = Enum(LogFormat, load_default=LogFormat.CSV)


class SampleVote(Strict):
    """A vote of a sample."""

    choice = ChoiceField(required=True)
    weight = Integer(minimum=1, maximum=10**9, load_default=1)


class CountPreview(Strict):
    """A question and a sample of votes."""

    method = Enum(Method, required=True)
    settings = settings_of_method(load_default=dict)
    seats = Integer(minimum=1, maximum=100, load_default=1)
    options = List(ma.fields.Nested(OptionDraft), max_items=MOST_OPTIONS, load_default=list)
    tie_rule = Enum(TieRule, load_default=TieRule.LOT)
    votes = List(ma.fields.Nested(SampleVote), max_items=1_000, required=True)


class PreviewedCount(Representation):
    """How the sample would be counted."""

    count = ma.fields.Dict(metadata={"description": "The count, round by round."})
    explanation = ma.fields.List(ma.fields.String(), metadata={"description": "The count in sentences."})
