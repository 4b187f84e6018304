"""What clients send and receive about proposals."""

from __future__ import annotations

from enum import StrEnum

import marshmallow as ma

from app.api.v1.ballots.fields import MOST_OPTIONS, OPTION_ID
from app.api.v1.ballots.schemas import IdeaBehind
from app.api.v1.charter.schemas import CHARTER_ID
from app.api.v1.moderation.schemas import Hidden
from app.domain.charter.operations import MOST_OPERATIONS
from app.domain.charter.reading import MOST_MATTERS
from app.domain.charter.roles import Role
from app.domain.lifecycle import ProposalAction, ProposalState
from app.http.fields import (
    LINE,
    UUID,
    Boolean,
    Document,
    Enum,
    Instant,
    Integer,
    List,
    Representation,
    Strict,
    String,
)
from app.http.paging import PageQuery
from app.services.proposals.enactment import StaleReason

LONGEST_BODY = 50_000
LONGEST_REASON = 10_000


class ProposalKind(StrEnum):
    """What a proposal is about."""

    PROPOSAL = "proposal"
    AMENDMENT = "amendment"


class Outcome(StrEnum):
    """What its vote came to."""

    PASSED = "passed"
    REJECTED = "rejected"
    INQUORATE = "inquorate"


class Author(StrEnum):
    """Whose proposals are listed."""

    ME = "me"


class Sorting(StrEnum):
    """In which order proposals are listed."""

    NEWEST = "newest"
    DUE = "due"


def title_field(**options: object) -> String:
    """Describe the title of a proposal, or of another text for it."""
    return String(max_length=200, min_length=1, pattern=LINE, **options)


def markdown_field(**options: object) -> String:
    """Describe the text of a proposal, or another for it."""
    return String(max_length=LONGEST_BODY, metadata={"description": "Markdown."}, **options)


def reason_field(**options: object) -> String:
    """Describe a reason that everybody reads."""
    return String(
        max_length=LONGEST_REASON,
        min_length=1,
        metadata={"description": "Public, and kept for good."},
        **options,
    )


def _operations(**options: object) -> List:
    return List(
        Document(max_items=10),
        max_items=MOST_OPERATIONS,
        min_items=1,
        metadata={"description": "What an amendment does to the charter, one after the other."},
        **options,
    )


def _matters(**options: object) -> List:
    return List(
        String(max_length=32, min_length=1, pattern=CHARTER_ID),
        max_items=MOST_MATTERS,
        unique=True,
        metadata={"description": "Ids of the charter's reserved matters that it touches."},
        **options,
    )


class ProposedOptionDraft(Strict):
    """An option of a choice about to be proposed."""

    id = String(
        max_length=32,
        min_length=1,
        pattern=OPTION_ID,
        metadata={"description": "o1, o2 and so on where absent; status_quo stands for no change."},
    )
    title = title_field(required=True)
    description = String(max_length=10_000)


def _options(**options: object) -> List:
    return List(
        ma.fields.Nested(ProposedOptionDraft),
        max_items=MOST_OPTIONS,
        metadata={"description": "Of a choice; none for a vote for or against."},
        **options,
    )


class ProposalDraft(Strict):
    """A proposal about to be drafted."""

    decision_type = String(max_length=32, min_length=1, pattern=CHARTER_ID, required=True)
    title = title_field(required=True)
    body = markdown_field(load_default="")
    options = _options(allow_none=True, load_default=None)
    operations = _operations(allow_none=True, load_default=None)
    matters = _matters(load_default=list)
    group_id = UUID(
        load_default=None,
        metadata={
            "description": "The group that is to decide on it, where the decision type is open to groups; "
            "absent: the whole community does."
        },
    )


class ProposalChanges(Strict):
    """A merge patch (RFC 7396) of a draft, or of the text alone once it has been put to the community."""

    decision_type = String(max_length=32, min_length=1, pattern=CHARTER_ID)
    title = title_field()
    body = markdown_field()
    options = _options(allow_none=True)
    operations = _operations(allow_none=True)
    matters = _matters()


class Rebasing(Strict):
    """A stale proposal's text, fitted to the charter in force; what is absent stays."""

    title = title_field()
    body = markdown_field()
    options = _options(allow_none=True)
    operations = _operations()


class Classification(Strict):
    """Which reserved matters a proposal touches, and why one thinks so."""

    matters = _matters(required=True)
    reason = reason_field(required=True)


class ConsentGiving(Strict):
    """Why a consent is given."""

    reason = reason_field(required=True)


class Vetoing(Strict):
    """A veto about to be made."""

    ground = String(
        max_length=32,
        min_length=1,
        pattern=CHARTER_ID,
        required=True,
        metadata={"description": "One of the grounds that the decision type lists."},
    )
    reason = reason_field(required=True)


class ProposalQuery(PageQuery):
    """Which proposals are listed."""

    state = Enum(ProposalState, load_default=None)
    decision_type = String(max_length=32, min_length=1, pattern=CHARTER_ID, load_default=None)
    kind = Enum(ProposalKind, load_default=None)
    group_id = UUID(load_default=None, metadata={"description": "Those on which this group decides."})
    author = Enum(Author, load_default=None, metadata={"description": "me: your own, drafts included."})
    sort = Enum(
        Sorting,
        load_default=Sorting.NEWEST,
        metadata={"description": "due: only those in which the clock takes a next step, the soonest first."},
    )


class ProposedOption(Representation):
    """An option of a choice."""

    id = String(max_length=32)
    title = String(max_length=200)
    description = String(max_length=10_000)


class VetoFacts(Representation):
    """The brand's veto."""

    ground = String(max_length=32)
    absolute = Boolean(metadata={"description": "Whether no override reaches it."})
    reason = String(max_length=LONGEST_REASON)
    membership_id = UUID()
    vetoed_at = Instant()
    override_from = Instant(allow_none=True)
    override_until = Instant(allow_none=True)


class ConsentFacts(Representation):
    """A consent that a reserved matter asked for."""

    matter = String(max_length=32)
    role = Enum(Role)
    reason = String(max_length=LONGEST_REASON)
    membership_id = UUID()
    given_at = Instant()


class Staleness(Representation):
    """Why a decision could not take effect as it was voted on."""

    reason = Enum(StaleReason)
    detail = ma.fields.String(metadata={"description": "One line for each thing in its way."})


class Proposal(Representation):
    """A proposal as it stands at the database's present time, for you."""

    id = UUID()
    community_id = UUID()
    author_id = UUID(metadata={"description": "The author's membership."})
    group_id = UUID(
        allow_none=True,
        metadata={"description": "The group whose members sponsor and decide; null: the whole community."},
    )
    ideas = ma.fields.List(
        ma.fields.Nested(IdeaBehind),
        metadata={"description": "The ideas it was made from, as far as you may see them."},
    )
    kind = Enum(ProposalKind)
    decision_type = String(max_length=32)
    title = String(max_length=200)
    body = String(max_length=LONGEST_BODY)
    options = ma.fields.List(ma.fields.Nested(ProposedOption), allow_none=True)
    operations = ma.fields.List(ma.fields.Dict(), allow_none=True)
    matters = ma.fields.List(ma.fields.String())
    text_number = Integer(metadata={"description": "Counts the texts since it was put to the community."})
    base_version = Integer(
        allow_none=True,
        metadata={"description": "The charter version it was last judged by before its vote; null: a draft."},
    )
    state = Enum(ProposalState)
    since = Instant(metadata={"description": "When it came into this state."})
    due_at = Instant(
        allow_none=True, metadata={"description": "When the clock takes the next step; null: none is due."}
    )
    actions = ma.fields.List(
        Enum(ProposalAction), metadata={"description": "What you may do now, with your roles."}
    )
    sponsor_count = Integer()
    sponsors_needed = Integer(allow_none=True)
    created_at = Instant()
    submitted_at = Instant(allow_none=True)
    discussion_ends_at = Instant(allow_none=True)
    vote_opens_from = Instant(
        allow_none=True,
        metadata={"description": "In discussion: from when on the vote can be opened, as things stand."},
    )
    ballot_id = UUID(allow_none=True)
    charter_version = Integer(
        allow_none=True, metadata={"description": "The version whose rules the vote was opened under."}
    )
    outcome = Enum(Outcome, allow_none=True)
    decided_at = Instant(allow_none=True, metadata={"description": "When the voting ended."})
    passed_at = Instant(allow_none=True)
    veto_ends_at = Instant(allow_none=True, metadata={"description": "Until when it can be vetoed."})
    veto = ma.fields.Nested(VetoFacts, allow_none=True)
    override_ballot_id = UUID(allow_none=True)
    overridden_at = Instant(allow_none=True)
    consents = ma.fields.List(ma.fields.Nested(ConsentFacts))
    stale = ma.fields.Nested(Staleness, allow_none=True)
    enacted_at = Instant(allow_none=True, metadata={"description": "When it took effect."})
    enacted_version = Integer(
        allow_none=True, metadata={"description": "The charter version that this amendment made."}
    )
    obligation_id = UUID(allow_none=True, metadata={"description": "What the brand owes because of it."})
    hidden = ma.fields.Nested(
        Hidden,
        allow_none=True,
        metadata={
            "description": "Why its text is hidden. Unless you may still read it, the ground's title stands for its "
            "title, the reason for its body, and nothing for options and operations."
        },
    )
    version = Integer()


class ProposalReading(Proposal):
    """A proposal as it stands, with its body as HTML."""

    body_html = ma.fields.String(
        metadata={
            "description": "The body as HTML to be shown as it is: no scripts, styles, images or ids; every link "
            'has rel="nofollow ugc noopener", every outermost block dir="auto".'
        }
    )


class ProposalTextItem(Representation):
    """One text of a proposal."""

    number = Integer()
    title = String(max_length=200)
    body = String(max_length=LONGEST_BODY)
    options = ma.fields.List(ma.fields.Nested(ProposedOption), allow_none=True)
    operations = ma.fields.List(ma.fields.Dict(), allow_none=True)
    suggestion_id = UUID(allow_none=True, metadata={"description": "The suggestion whose wording it is."})
    written_at = Instant()


class HistoryStep(Representation):
    """One step in a proposal's history."""

    number = Integer()
    action = String(max_length=32, metadata={"description": "create, or an action of the lifecycle."})
    source = Enum(ProposalState, allow_none=True)
    target = Enum(ProposalState)
    role = Enum(Role, allow_none=True, metadata={"description": "As which it was taken; null: the clock."})
    at = Instant(metadata={"description": "When it took effect."})
    reason = String(max_length=LONGEST_REASON, allow_none=True)


class Sponsor(Representation):
    """A member who supports a proposal."""

    membership_id = UUID()
    sponsored_at = Instant()
