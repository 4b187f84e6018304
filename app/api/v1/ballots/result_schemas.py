"""What clients receive about electorates and results: figures, charts and juries."""

from __future__ import annotations

import marshmallow as ma

from app.api.v1.ballots.fields import sha256
from app.domain.charter.roles import Role
from app.http.fields import UUID, Enum, Integer, Representation, Strict, String


class TallyTurnout(Representation):
    """How many of those who weigh in a tally voted, in people and in weight."""

    voters = Integer()
    weight = String(max_length=40)
    roll_size = Integer()
    roll_weight = String(max_length=40)


class ResultTurnout(TallyTurnout):
    """How many of the roll voted; in a double majority, among members and among tokens."""

    tokens = ma.fields.Nested(TallyTurnout, allow_none=True)


class Spread(Representation):
    """How weight is spread over those who hold it, as exact shares of all of it."""

    largest_holder = String(max_length=40)
    top_ten = String(max_length=40, metadata={"description": "The ten largest together."})
    gini = String(max_length=80, metadata={"description": "The Gini coefficient: 0 where all hold the same."})
    brand_affiliated = String(max_length=40, metadata={"description": "Those with the role brand_owner."})


class TallyConcentration(Spread):
    """How concentrated the weight in a tally is: on the roll, and in the votes."""

    delegated = String(max_length=40, metadata={"description": "What delegates carry for others."})
    largest_vote = String(max_length=40, metadata={"description": "The single vote that counts most."})


class Concentration(TallyConcentration):
    """How concentrated the weight on the roll is; in a double majority, that of members and that of tokens."""

    tokens = ma.fields.Nested(TallyConcentration, allow_none=True)


class Electorate(Representation):
    """What a draft's roll would come to if it were opened now."""

    roll_size = Integer()
    roll_weight = Integer()
    roll_tokens = Integer(
        allow_none=True, metadata={"description": "In a double majority, the weight of the token tally."}
    )
    weight_limit = Integer(
        allow_none=True,
        metadata={"description": "Where tokens are capped, the most that anyone's would weigh."},
    )
    weight_overflow = Integer(
        allow_none=True, metadata={"description": "Where tokens are capped, what that would cut off in all."}
    )
    concentration = ma.fields.Nested(Spread, allow_none=True)
    token_concentration = ma.fields.Nested(Spread, allow_none=True)


class PassedOver(Representation):
    """A winner who did not receive the role: not_a_member, holds_it_already or auditor."""

    option = String(max_length=32)
    reason = String(max_length=20)


class Granted(Representation):
    """The role that an election gave, by the options' ids."""

    role = Enum(Role)
    received = ma.fields.List(ma.fields.String())
    passed_over = ma.fields.List(ma.fields.Nested(PassedOver))


class DelegationSums(Representation):
    """Where the weight of everyone on the roll went, in one tally."""

    cap = ma.fields.Dict(allow_none=True, metadata={"description": "As the decision type states it."})
    roll = ma.fields.Dict(metadata={"description": "Members and weight of the whole roll."})
    counted_weight = Integer(metadata={"description": "Of all votes, delegated weight included."})
    outcomes = ma.fields.Dict(
        metadata={
            "description": "Members and weight by what became of them; cast and delegated are counted. Together "
            "they are the roll."
        }
    )
    delegates_over_cap = Integer(metadata={"description": "Delegates who had weight returned."})


class DelegationResult(DelegationSums):
    """What delegation came to; of a double majority by members, and by tokens."""

    tokens = ma.fields.Nested(DelegationSums, allow_none=True)
    links = Integer(metadata={"description": "Lines of the evidence after its first."})
    evidence_digest = sha256("SHA-256 over the evidence, as it is downloaded.")


class BallotBox(Representation):
    """What was in the ballot box of a confidential or secret ballot."""

    casts = Integer(metadata={"description": "All of them, those that were replaced included."})
    voted = Integer(metadata={"description": "How many members, or keys, they are from."})
    root = sha256("Root of the Merkle tree over all casts in the order of their trackers.")
    issued = Integer(allow_none=True, metadata={"description": "Credentials, in a secret ballot."})
    invalid = ma.fields.Dict(
        metadata={"description": "In a secret ballot, last votes that do not count, by reason."}
    )
    sealing_key = String(
        max_length=400,
        allow_none=True,
        metadata={
            "description": "In a secret ballot, the private key (PKCS #8, base64) that opens its votes."
        },
    )


class Result(Representation):
    """The certified result of a ballot, with every figure behind it. Amounts are exact text."""

    v = Integer(metadata={"description": "Version of this document's form."})
    ballot = UUID()
    manifest_hash = sha256("SHA-256 of the manifest's bytes.")
    closed_at = String(max_length=30, metadata={"format": "date-time"})
    certified_at = String(max_length=30, metadata={"format": "date-time"})
    outcome = String(
        max_length=20, metadata={"description": "passed, rejected, inquorate, or decided between options."}
    )
    winners = ma.fields.List(ma.fields.String(), metadata={"description": "Option ids in order of election."})
    granted = ma.fields.Nested(Granted, allow_none=True)
    decision = ma.fields.Dict(
        metadata={
            "description": "Each comparison of quorum and threshold, exactly; of a double majority under members "
            "and tokens."
        }
    )
    count = ma.fields.Dict(
        metadata={"description": "The count, round by round; of a double majority by members, one vote each."}
    )
    token_count = ma.fields.Dict(
        allow_none=True, metadata={"description": "Of a double majority, the count by tokens."}
    )
    explanation = ma.fields.List(ma.fields.String(), metadata={"description": "The count in sentences."})
    turnout = ma.fields.Nested(ResultTurnout)
    votes_digest = sha256(
        "SHA-256 over the counted votes' lines by tracker: tracker, weight, choice; of a double majority with "
        "tokens after the weight."
    )
    tie_seed = ma.fields.Dict(
        allow_none=True,
        metadata={"description": "The secret committed to at opening and the seed made with votes_digest."},
    )
    delegation = ma.fields.Nested(
        DelegationResult, allow_none=True, metadata={"description": "Null where only direct votes count."}
    )
    concentration = ma.fields.Nested(Concentration)
    ballot_box = ma.fields.Nested(
        BallotBox, metadata={"optional": True, "description": "Only of a confidential or secret ballot."}
    )
    digest = sha256("SHA-256 of this document without it, as canonical JSON.")


class ChartItem(Representation):
    """A chart of a result."""

    name = String(max_length=20)
    title = String(max_length=200)
    specification = ma.fields.Dict(metadata={"description": "A Vega-Lite specification with its data."})


class Charts(Representation):
    """The charts of a result, the most telling first."""

    items = ma.fields.List(ma.fields.Nested(ChartItem))


class JuryQuery(Strict):
    """How many are drawn."""

    size = Integer(
        minimum=1,
        maximum=1_000,
        load_default=None,
        metadata={"description": "How many jurors; 12, or the whole roll where it is smaller, if not said."},
    )
    substitutes = Integer(minimum=0, maximum=1_000, load_default=0)


class Jury(Representation):
    """A jury drawn by lot, with everything needed to draw it again."""

    draw = ma.fields.Dict(metadata={"description": "Rule, seed, digest of the roll, and everyone drawn."})
    explanation = ma.fields.List(ma.fields.String(), metadata={"description": "The draw in sentences."})
    yours = UUID(allow_none=True, metadata={"description": "Your own random name on this ballot's roll."})
