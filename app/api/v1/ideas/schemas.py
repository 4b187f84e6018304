"""What clients send and receive about ideas."""

from __future__ import annotations

from enum import StrEnum

import marshmallow as ma

from app.api.v1.ideas.fields import (
    LONGEST_BODY,
    LONGEST_QUERY,
    LONGEST_REASON,
    idea_body,
    idea_title,
    links,
    public_reason,
    tags,
)
from app.api.v1.moderation.schemas import Hidden
from app.domain.boards.consensus import Opinion
from app.domain.boards.tags import LONGEST_TAG
from app.domain.charter.roles import Role
from app.domain.lifecycle import ANSWERS, IdeaAction, IdeaState
from app.domain.obligations import ObligationState
from app.http.fields import (
    LINE,
    UUID,
    Boolean,
    Enum,
    Instant,
    Integer,
    Representation,
    Strict,
    String,
)
from app.http.paging import PageQuery, page_schema
from app.services.ideas.listing import Sorting

_LONGEST_URL = 2_000
_MOST_DOTS = 1_000


class Mine(StrEnum):
    """Whose: yours."""

    ME = "me"


class AnswerState(StrEnum):
    """Where an official answer puts an idea."""

    OPEN = "open"
    SHORTLISTED = "shortlisted"
    PLANNED = "planned"
    BUILDING = "building"
    DELIVERED = "delivered"
    DECLINED = "declined"


assert {each.value for each in AnswerState} == {state.value for state in ANSWERS}  # noqa: S101 - one table says both


class AuthorKind(StrEnum):
    """How somebody came to be an author."""

    AUTHOR = "author"
    COAUTHOR = "coauthor"
    MERGED = "merged"


class AuthorStanding(StrEnum):
    """Where an authorship stands."""

    INVITED = "invited"
    CREDITED = "credited"
    DECLINED = "declined"


class MergeVerdict(StrEnum):
    """What became of a proposed merge."""

    ACCEPTED = "accepted"
    DECIDED = "decided"
    REFUSED = "refused"
    RETRACTED = "retracted"


# --- what clients send --------------------------------------------------------------------------------


class IdeaDraft(Strict):
    """An idea about to be drafted."""

    title = idea_title(required=True)
    body = idea_body(load_default="")
    tags = tags(load_default=list)
    links = links(load_default=list)


class IdeaChanges(Strict):
    """A merge patch (RFC 7396) of a draft, or of the next text of a posted idea."""

    title = idea_title()
    body = idea_body()
    tags = tags()
    links = links()


class DotPlacing(Strict):
    """How many of your dots an idea is to hold."""

    dots = Integer(
        maximum=_MOST_DOTS,
        required=True,
        metadata={"description": "In place of those it holds now; 0 takes them back."},
    )


class OpinionGiving(Strict):
    """What somebody thinks of an idea."""

    opinion = Enum(Opinion, required=True)


class OfficialAnswering(Strict):
    """An official answer about to be given."""

    state = Enum(AnswerState, required=True)
    reason = public_reason(required=True)


class AuthorInviting(Strict):
    """Who is asked to be an author, too."""

    membership_id = UUID(required=True)


class AuthorshipDeciding(Strict):
    """Whether somebody wants to be an author."""

    consents = Boolean(required=True, metadata={"description": "false also ends an authorship."})


class MergeProposing(Strict):
    """Into which idea one is to be merged, and why."""

    into = UUID(required=True)
    reason = public_reason(required=True)


class Reasoning(Strict):
    """Why."""

    reason = public_reason(required=True)


class BoardIdeasQuery(PageQuery):
    """Which of a board's ideas are listed, and in which order."""

    q = String(
        max_length=LONGEST_QUERY,
        load_default=None,
        metadata={
            "description": "Words that an idea must have, or words that begin so, in any script; punctuation "
            "means nothing."
        },
    )
    state = Enum(
        IdeaState,
        load_default=None,
        metadata={"description": "If absent: every state but merged and withdrawn; drafts are never listed."},
    )
    tag = String(max_length=LONGEST_TAG, min_length=1, pattern=LINE, load_default=None)
    sort = Enum(
        Sorting,
        load_default=Sorting.NEWEST,
        metadata={
            "description": "supported: most dots, then most endorsements. rising: support against age. fair: an "
            "order of your own each day in which those with few opinions come first more often; the next day "
            "its cursors fit no more."
        },
    )


class IdeasQuery(PageQuery):
    """Which of the community's ideas are listed, the newest first."""

    author = Enum(
        Mine, load_default=None, metadata={"description": "me: those you drafted, drafts included."}
    )
    followed_by = Enum(Mine, load_default=None)
    supported_by = Enum(Mine, load_default=None)
    ballot_id = UUID(load_default=None, metadata={"description": "Those that led to this ballot."})
    proposal_id = UUID(load_default=None, metadata={"description": "Those that led to this proposal."})
    obligation_id = UUID(load_default=None, metadata={"description": "Those that led to this obligation."})


class ComparisonQuery(Strict):
    """From which text on."""

    since = Integer(
        minimum=1,
        maximum=2**31 - 1,
        load_default=None,
        metadata={"description": "The older text; the one before, if not said."},
    )


# --- what clients receive -----------------------------------------------------------------------------


class Link(Representation):
    """Something elsewhere that belongs to an idea."""

    url = String(max_length=_LONGEST_URL)
    title = String(max_length=200)


class OfficialAnswer(Representation):
    """An official answer."""

    number = Integer()
    state = Enum(AnswerState)
    reason = String(max_length=LONGEST_REASON)
    role = Enum(Role)
    membership_id = UUID()
    answered_at = Instant()


class Carried(Representation):
    """What a merge carried here of your support."""

    merge_id = UUID()
    from_idea_id = UUID()
    endorsed = Boolean()
    dots = Integer()
    opt_out_until = Instant()


class OwnSupport(Representation):
    """What you give an idea."""

    endorsed = Boolean()
    dots = Integer()
    text_number = Integer(allow_none=True, metadata={"description": "The text that you supported last."})
    carried = ma.fields.List(
        ma.fields.Nested(Carried),
        metadata={"description": "Of it, what came by merges and can be taken back."},
    )


class Idea(Representation):
    """An idea as it stands at the database's present time, for you."""

    id = UUID()
    community_id = UUID()
    board_id = UUID()
    author_id = UUID(metadata={"description": "The membership of whoever drafted it."})
    author_ids = ma.fields.List(
        UUID(), metadata={"description": "Everyone credited: co-authors and authors of merged ideas, too."}
    )
    title = String(max_length=200)
    body = String(max_length=LONGEST_BODY)
    tags = ma.fields.List(ma.fields.String())
    links = ma.fields.List(ma.fields.Nested(Link))
    text_number = Integer(metadata={"description": "Counts the texts since it was posted."})
    state = Enum(IdeaState)
    since = Instant(metadata={"description": "When it came into the state that is stored."})
    merged_into_id = UUID(allow_none=True)
    actions = ma.fields.List(
        Enum(IdeaAction), metadata={"description": "What you may do now, with your roles, in this phase."}
    )
    answer = ma.fields.Nested(OfficialAnswer, allow_none=True, metadata={"description": "The last one."})
    endorsement_count = Integer()
    dot_count = Integer()
    agree_count = Integer()
    disagree_count = Integer()
    pass_count = Integer()
    my_support = ma.fields.Nested(OwnSupport)
    my_opinion = Enum(Opinion, allow_none=True)
    i_follow = Boolean()
    hidden = ma.fields.Nested(
        Hidden,
        allow_none=True,
        metadata={
            "description": "Why its text is hidden. Unless you may still read it, the ground's title stands for its "
            "title, the reason for its body, and nothing for tags and links."
        },
    )
    created_at = Instant()
    posted_at = Instant(allow_none=True)
    version = Integer()


#: Made once: two lists of ideas are one schema in the documentation.
IdeaPage = page_schema(Idea)


class IdeaText(Representation):
    """One text of an idea."""

    number = Integer()
    title = String(max_length=200)
    body = String(max_length=LONGEST_BODY)
    tags = ma.fields.List(ma.fields.String())
    links = ma.fields.List(ma.fields.Nested(Link))
    membership_id = UUID(metadata={"description": "Who wrote it."})
    written_at = Instant()


class LineOp(StrEnum):
    """What became of a line."""

    KEEP = "keep"
    ADD = "add"
    REMOVE = "remove"


class Line(Representation):
    """One line of two texts that are compared."""

    op = Enum(LineOp)
    text = String(max_length=LONGEST_BODY)


class TextComparison(Representation):
    """What changed from one text of an idea to another, line by line; removed lines before those in their place."""

    from_number = Integer()
    to_number = Integer()
    title = ma.fields.List(ma.fields.Nested(Line))
    body = ma.fields.List(ma.fields.Nested(Line))
    tags = ma.fields.List(ma.fields.Nested(Line))
    links = ma.fields.List(ma.fields.Nested(Line), metadata={"description": "Their addresses."})


class Author(Representation):
    """An author of an idea, or a member invited to be one."""

    membership_id = UUID()
    kind = Enum(AuthorKind)
    standing = Enum(AuthorStanding)
    merged_idea_id = UUID(allow_none=True, metadata={"description": "The merged idea that they wrote."})
    since = Instant()


class Supporter(Representation):
    """A member who supports an idea."""

    membership_id = UUID()
    endorsed = Boolean()
    dots = Integer()
    text_number = Integer(metadata={"description": "The text that they supported last."})
    supported_at = Instant()


class Merge(Representation):
    """A merge of an idea into another, proposed or done."""

    id = UUID()
    source_id = UUID()
    target_id = UUID()
    proposer_id = UUID()
    reason = String(max_length=LONGEST_REASON)
    proposed_at = Instant()
    decidable_from = Instant(metadata={"description": "From when on it can be decided without the author."})
    verdict = Enum(MergeVerdict, allow_none=True)
    verdict_reason = String(max_length=LONGEST_REASON, allow_none=True)
    decided_by = UUID(allow_none=True)
    decided_at = Instant(allow_none=True)
    opt_out_until = Instant(allow_none=True)


class DescentObligation(Representation):
    """What the brand owes because of an idea."""

    id = UUID()
    state = Enum(ObligationState)
    due_at = Instant()
    concluded_at = Instant(allow_none=True)
    kept = Boolean(metadata={"description": "Accepted, and every promise confirmed."})


class Descent(Representation):
    """What an idea was promoted to, and what became of it."""

    promotion_id = UUID()
    promoted_at = Instant()
    proposal_id = UUID(allow_none=True)
    ballot_id = UUID(allow_none=True)
    option_id = String(max_length=32, allow_none=True)
    outcome = String(max_length=20, allow_none=True, metadata={"description": "Of the vote."})
    won = Boolean(
        allow_none=True, metadata={"description": "Whether it went for this idea; null: not known yet."}
    )
    obligation = ma.fields.Nested(DescentObligation, allow_none=True)


class Lineage(Representation):
    """Where an idea came from, and where it led to."""

    idea_id = UUID()
    state = Enum(IdeaState)
    merged_from = ma.fields.List(UUID(), metadata={"description": "Ideas merged into it."})
    merged_into = ma.fields.List(
        UUID(), metadata={"description": "Where it went, and where that went, to the idea that stands."}
    )
    promotions = ma.fields.List(ma.fields.Nested(Descent))
    author_ids = ma.fields.List(UUID(), metadata={"description": "Everyone credited."})
