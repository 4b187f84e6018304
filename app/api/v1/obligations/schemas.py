"""What clients send and receive about pre-commitments, obligations, promises and the scorecard."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import marshmallow as ma

from app.api.v1.ballots.schemas import FrozenPrecommitment, IdeaBehind, RefusalGround
from app.api.v1.charter.schemas import CHARTER_ID
from app.domain.charter.roles import Role
from app.domain.obligations import (
    AnswerVerdict,
    AttestationVerdict,
    BindingLevel,
    MilestoneState,
    ObligationState,
)
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
from app.services.obligations.precommitting import MOST_GROUNDS
from app.services.obligations.promises import MOST_MILESTONES
from app.services.points import MOST_POINTS, POINTS

#: An address that people open in a browser: no user name in it, nothing that a page would have to escape.
_HTTPS = (
    r"^https://[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[1-9][0-9]{0,4})?"
    r"([/?#][A-Za-z0-9._~:/?#@!$&()*+,;=%\[\]-]*)?$"
)
_BODY = 10_000


def _text(**options: object) -> String:
    """Return a text that says something, in Markdown."""
    return String(
        max_length=_BODY, min_length=1, pattern=r"^[^\x00]*[^\x00-\x20\x7f-\xa0][^\x00]*$", **options
    )


class Sort(StrEnum):
    """In which order obligations are listed."""

    DUE_AT = "due_at"
    NEWEST = "newest"


# --- pre-commitments ----------------------------------------------------------------------------------


class GroundStating(Strict):
    """A ground on which the brand could refuse: one of the charter's veto grounds by its id, or its own."""

    id = String(max_length=32, pattern=CHARTER_ID, required=True)
    title = String(
        max_length=200,
        min_length=1,
        pattern=LINE,
        metadata={"description": "Only for a ground of the brand's own."},
    )


class PrecommitmentRecording(Strict):
    """What the brand says will happen if it passes."""

    undertaking = _text(required=True, metadata={"description": "What happens if it passes. Markdown."})
    within = Duration(
        required=True, metadata={"description": "How long after the result it is done; longer than nothing."}
    )
    budget = String(
        max_length=100,
        min_length=1,
        pattern=LINE,
        allow_none=True,
        load_default=None,
        metadata={"description": "As the brand states it; null where money is not the point."},
    )
    refusal_grounds = List(
        ma.fields.Nested(GroundStating),
        max_items=MOST_GROUNDS,
        load_default=list,
        metadata={"description": "On which grounds it could be refused; none for a binding decision."},
    )


class Precommitment(Representation):
    """One version of a pre-commitment; the greatest number is the one that a vote is opened with."""

    id = UUID()
    proposal_id = UUID(allow_none=True)
    ballot_id = UUID(allow_none=True)
    number = Integer()
    undertaking = String(max_length=_BODY)
    within = Duration()
    budget = String(max_length=100, allow_none=True)
    refusal_grounds = ma.fields.List(ma.fields.Nested(RefusalGround))
    membership_id = UUID(metadata={"description": "Who recorded it for the brand."})
    recorded_at = Instant()


# --- answers, promises, deliveries --------------------------------------------------------------------


class MilestonePromising(Strict):
    """A promise about to be made. Its date is never moved: a new date is a new promise."""

    title = String(max_length=200, min_length=1, pattern=LINE, required=True)
    description = String(max_length=_BODY, load_default="", metadata={"description": "Markdown."})
    due_at = Instant(required=True, metadata={"description": "In the future, at most 3660 days away."})


class Answering(Strict):
    """An answer about to be given."""

    verdict = Enum(AnswerVerdict, required=True)
    reason = _text(required=True, metadata={"description": "Public. Markdown."})
    ground = String(
        max_length=32,
        pattern=CHARTER_ID,
        allow_none=True,
        load_default=None,
        metadata={
            "description": "With a refusal, whole or in part: one of the obligation's refusal_grounds."
        },
    )
    milestones = List(
        ma.fields.Nested(MilestonePromising),
        max_items=MOST_MILESTONES,
        load_default=list,
        metadata={"description": "What is promised with it; nothing with a refusal."},
    )


class Answer(Representation):
    """One answer; the greatest number holds."""

    obligation_id = UUID()
    number = Integer()
    verdict = Enum(AnswerVerdict)
    reason = String(max_length=_BODY)
    ground = String(max_length=32, allow_none=True)
    membership_id = UUID(metadata={"description": "Who answered for the brand."})
    answered_at = Instant()


class EvidenceGiving(Strict):
    """What shows that a promise was kept."""

    note = _text(required=True, metadata={"description": "Markdown."})
    url = String(
        max_length=2_000,
        pattern=_HTTPS,
        allow_none=True,
        load_default=None,
        metadata={"description": "Where it can be seen; https only. This service never opens it."},
    )


class Evidence(Representation):
    """Evidence for a promise; each begins a round of attestations."""

    milestone_id = UUID()
    round = Integer()
    note = String(max_length=_BODY)
    url = String(max_length=2_000, allow_none=True)
    membership_id = UUID(metadata={"description": "Who gave it for the brand."})
    submitted_at = Instant()


class Milestone(Representation):
    """A promise with a date, and where it stands at the database's present time."""

    id = UUID()
    obligation_id = UUID()
    position = Integer()
    title = String(max_length=200)
    description = String(max_length=_BODY)
    promised_at = Instant()
    due_at = Instant()
    state = Enum(MilestoneState)
    overdue = Boolean(metadata={"description": "Its date is over, and nothing that stands delivers it."})
    confirmed = Integer(metadata={"description": "Members whose last word in this round confirms it."})
    disputed = Integer(metadata={"description": "Members whose last word in this round disputes it."})
    delivered_at = Instant(
        allow_none=True,
        metadata={"description": "When the evidence that stands was given; null while disputed, too."},
    )
    on_time = Boolean(allow_none=True)
    evidence = ma.fields.Nested(
        Evidence, allow_none=True, metadata={"description": "The last; its round is the present one."}
    )


class Delivery(Representation):
    """When members' disputes reopen a promise, as frozen with the ballot."""

    dispute_threshold = Ratio(metadata={"description": "Share of the attestations of a round."})
    least_attestations = Integer()


class Links(Representation):
    """Where what belongs to an obligation is found."""

    ballot = String(max_length=200, metadata={"format": "uri-reference"})
    proposal = String(max_length=200, allow_none=True, metadata={"format": "uri-reference"})
    answers = String(max_length=200, metadata={"format": "uri-reference"})
    milestones = String(max_length=200, metadata={"format": "uri-reference"})


class Obligation(Representation):
    """What the brand owes after a decision, as it stands at the database's present time."""

    id = UUID()
    community_id = UUID()
    title = String(max_length=200)
    ballot_id = UUID()
    proposal_id = UUID(allow_none=True)
    ideas = ma.fields.List(
        ma.fields.Nested(IdeaBehind),
        metadata={"description": "The ideas that it came from, as far as you may see them."},
    )
    owner_role = Enum(Role)
    binding_level = Enum(BindingLevel)
    created_at = Instant()
    due_at = Instant(metadata={"description": "An answer at this very instant is in time."})
    state = Enum(ObligationState)
    answered_at = Instant(allow_none=True, metadata={"description": "When it was first answered."})
    late = Boolean(metadata={"description": "Whether the first answer came after the date."})
    concluded_at = Instant(allow_none=True, metadata={"description": "Since when nothing is left to do."})
    answer = ma.fields.Nested(Answer, allow_none=True, metadata={"description": "The last one: it holds."})
    answer_count = Integer()
    milestones = ma.fields.List(ma.fields.Nested(Milestone))
    refusal_grounds = ma.fields.List(
        ma.fields.Nested(RefusalGround),
        metadata={"description": "Stated before the vote, or in the decision type."},
    )
    precommitment = ma.fields.Nested(
        FrozenPrecommitment,
        allow_none=True,
        metadata={"description": "As frozen with the ballot; null where there was none."},
    )
    delivery = ma.fields.Nested(Delivery)
    links = ma.fields.Nested(Links)
    version = Integer()


class ObligationQuery(PageQuery):
    """Which obligations are listed, and in which order."""

    state = Enum(ObligationState, load_default=None)
    binding_level = Enum(BindingLevel, load_default=None)
    ballot_id = UUID(load_default=None, metadata={"description": "What this ballot made the brand owe."})
    proposal_id = UUID(load_default=None, metadata={"description": "What this proposal made the brand owe."})
    sort = Enum(
        Sort,
        load_default=Sort.NEWEST,
        metadata={"description": "due_at: what falls due first comes first."},
    )


class Attesting(Strict):
    """What a member is about to say of a delivery."""

    verdict = Enum(AttestationVerdict, required=True)
    comment = String(max_length=2_000, load_default="")
    round = Integer(
        minimum=1,
        maximum=2**31 - 1,
        allow_none=True,
        load_default=None,
        metadata={
            "description": "The evidence you looked at; refused where further evidence has come since."
        },
    )


class Attestation(Representation):
    """What a member said of a delivery."""

    milestone_id = UUID()
    round = Integer()
    membership_id = UUID()
    revision = Integer(metadata={"description": "1 for their first word in this round; the last one counts."})
    verdict = Enum(AttestationVerdict)
    comment = String(max_length=2_000)
    attested_at = Instant()


class AttestationItem(Attestation):
    """What a member said of a delivery, and whether it counts."""

    counts = Boolean(metadata={"description": "Whether it is the member's last word in its round."})


class AttestationQuery(PageQuery):
    """Which attestations are listed."""

    round = Integer(minimum=1, maximum=2**31 - 1, load_default=None)


# --- scorecard ----------------------------------------------------------------------------------------


class ScorecardQuery(Strict):
    """When."""

    at = Instant(load_default=None, metadata={"description": "Now if not said; never in the future."})


class SeriesQuery(Strict):
    """When, how long, and how often."""

    since = Instant(
        data_key="from",
        load_default=None,
        metadata={"description": f"The first point; such that there are {POINTS}, if not said."},
    )
    until = Instant(
        data_key="to", load_default=None, metadata={"description": "No later point; now if not said."}
    )
    every = Duration(
        load_default=dt.timedelta(days=7),
        metadata={"description": f"The time between points, of which there are at most {MOST_POINTS}."},
    )


class Share(Representation):
    """A part of a whole."""

    count = Integer()
    of = Integer()
    ratio = String(
        max_length=40, allow_none=True, metadata={"description": "As counted, such as 3/4; null of nothing."}
    )


class Verdicts(Representation):
    """The answered obligations by their last answer."""

    accepted = Integer()
    accepted_in_part = Integer()
    refused = Integer()


class VetoFigures(Representation):
    """The vetoes on one ground."""

    vetoed = Integer()
    overridden = Integer(metadata={"description": "How many of them the members overrode."})


class Scorecard(Representation):
    """How the brand keeps its word, at one instant. What happens later never changes it."""

    at = Instant()
    obligations = Integer(metadata={"description": "How many answers had been asked for."})
    answered = ma.fields.Nested(
        Share, metadata={"description": "Of the answers that had fallen due or been given."}
    )
    answered_late = Integer()
    overdue = Integer(metadata={"description": "Answers missing after their date."})
    median_seconds_to_answer = String(
        max_length=40,
        allow_none=True,
        metadata={"description": "Exact, such as 86400 or 3/2; null where nothing was answered."},
    )
    verdicts = ma.fields.Nested(Verdicts)
    promised = Integer(metadata={"description": "Milestones promised."})
    delivered_on_time = ma.fields.Nested(
        Share, metadata={"description": "Of the milestones that had fallen due or been delivered."}
    )
    promises_overdue = Integer(metadata={"description": "Undelivered or disputed after their date."})
    promises_disputed = Integer(
        metadata={"description": "Of which members dispute some round, also one that was begun anew."}
    )
    vetoes = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Nested(VetoFigures),
        metadata={"description": "By ground."},
    )
    precommitments_missing = Integer(
        metadata={"description": "Votes opened without the pre-commitment they asked for."}
    )


class ScorecardSeries(Representation):
    """The scorecard at several instants."""

    items = ma.fields.List(ma.fields.Nested(Scorecard), metadata={"description": "The earliest first."})
