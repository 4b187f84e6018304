"""What clients send and receive about boards."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import marshmallow as ma

from app.api.v1.charter.schemas import CHARTER_ID
from app.api.v1.ideas.fields import idea_body, idea_title
from app.api.v1.ideas.schemas import Idea
from app.domain.boards.consensus import Opinion
from app.domain.boards.phases import Phase, Support
from app.domain.charter.roles import Role
from app.domain.groups import Visibility
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
from app.services.boards.promoting import MOST_PROMOTED

_LONGEST_TEXT = 10_000
_MOST_DOTS = 1_000


class PromotionTarget(StrEnum):
    """What ideas are promoted to."""

    BALLOT = "ballot"
    PROPOSAL = "proposal"


class PhaseSetting(Strict):
    """One phase of a board, until the next begins."""

    phase = Enum(Phase, required=True)
    starts_at = Instant(required=True)
    post = List(
        Enum(Role),
        max_items=4,
        unique=True,
        load_default=list,
        metadata={"description": "Roles that may post ideas, if the charter gives them that power."},
    )
    support = Enum(
        Support, load_default=Support.NONE, metadata={"description": "How members support ideas meanwhile."}
    )
    comments = Boolean(load_default=True, metadata={"description": "Whether ideas are discussed."})
    editing = Boolean(
        load_default=True, metadata={"description": "Whether authors may rewrite posted ideas."}
    )


def _title(**options: object) -> String:
    return String(max_length=200, min_length=1, pattern=LINE, **options)


def _description(**options: object) -> String:
    return String(max_length=_LONGEST_TEXT, metadata={"description": "Markdown."}, **options)


def _phases(**options: object) -> List:
    return List(
        ma.fields.Nested(PhaseSetting),
        max_items=len(Phase),
        min_items=1,
        metadata={"description": "In order: each begins after the one before, and none comes twice."},
        **options,
    )


def _dots(description: str, **options: object) -> Integer:
    return Integer(minimum=1, maximum=_MOST_DOTS, metadata={"description": description}, **options)


_BUDGET = "How many dots each member has; fixed once somebody has given some."
_ON_IDEA = "How many of a member's dots one idea takes; fixed likewise."
_WAIT = "How long an author has to answer to a merge before it can be decided without them."
_OPT_OUT = "How long supporters whom a merge carried along can take their support back."


class BoardDraft(Strict):
    """A board about to be made."""

    group_id = UUID(
        load_default=None,
        metadata={
            "description": "The group whose members alone take part; absent: the whole community does."
        },
    )
    visibility = Enum(
        Visibility,
        load_default=Visibility.COMMUNITY,
        metadata={"description": "Who sees it, for good; group: only with a group_id."},
    )
    title = _title(required=True)
    description = _description(load_default="")
    phases = _phases(required=True)
    dots_per_member = _dots(_BUDGET, load_default=10)
    dots_per_idea = _dots(_ON_IDEA, load_default=5)
    merge_wait = Duration(load_default=dt.timedelta(days=7), metadata={"description": _WAIT})
    opt_out_within = Duration(load_default=dt.timedelta(days=7), metadata={"description": _OPT_OUT})


class BoardChanges(Strict):
    """A merge patch (RFC 7396) of a board; phases are replaced as a whole."""

    title = _title()
    description = _description()
    phases = _phases()
    dots_per_member = _dots(_BUDGET)
    dots_per_idea = _dots(_ON_IDEA)
    merge_wait = Duration(metadata={"description": _WAIT})
    opt_out_within = Duration(metadata={"description": _OPT_OUT})


class BoardQuery(PageQuery):
    """Which boards are listed."""

    group_id = UUID(load_default=None, metadata={"description": "A group's."})


class PhaseItem(Representation):
    """One phase of a board."""

    phase = Enum(Phase)
    starts_at = Instant()
    post = ma.fields.List(Enum(Role))
    support = Enum(Support)
    comments = Boolean()
    editing = Boolean()


class Board(Representation):
    """A board at the database's present time."""

    id = UUID()
    community_id = UUID()
    group_id = UUID(
        allow_none=True, metadata={"description": "The group whose members take part; null: everybody does."}
    )
    visibility = Enum(
        Visibility,
        metadata={
            "description": "Who sees it and what is on it: the community; or the group, the community's stewards "
            "and auditors."
        },
    )
    title = String(max_length=200)
    description = String(max_length=_LONGEST_TEXT)
    phases = ma.fields.List(ma.fields.Nested(PhaseItem))
    phase = Enum(Phase, allow_none=True, metadata={"description": "That runs now; null: before the first."})
    next_phase_at = Instant(allow_none=True)
    dots_per_member = Integer()
    dots_per_idea = Integer()
    dots_left = Integer(allow_none=True, metadata={"description": "Of yours; null for those who give none."})
    merge_wait = Duration()
    opt_out_within = Duration()
    created_at = Instant()
    version = Integer()


# --- similar ideas ------------------------------------------------------------------------------------


class IdeaSketch(Strict):
    """What somebody is about to post."""

    title = idea_title(required=True)
    body = idea_body(load_default="")


class SimilarIdea(Representation):
    """An idea that resembles a text."""

    idea = ma.fields.Nested(Idea)
    similarity = Ratio(
        metadata={"description": "Dice's coefficient of the words of both, from 1/10 to 1; exact."}
    )


class SimilarIdeas(Representation):
    """The ideas that resemble a text most."""

    items = ma.fields.List(ma.fields.Nested(SimilarIdea))


# --- promotion ----------------------------------------------------------------------------------------


class PromotionRequest(Strict):
    """Which ideas are promoted, and to what: by name, or so many of the most supported."""

    idea_ids = List(
        UUID(),
        max_items=MOST_PROMOTED,
        min_items=1,
        unique=True,
        metadata={"description": "In the order of the options."},
    )
    top = Integer(
        minimum=1,
        maximum=MOST_PROMOTED,
        metadata={"description": "So many of the most supported ideas in question; instead of idea_ids."},
    )
    to = Enum(PromotionTarget, required=True)
    decision_type = String(max_length=32, min_length=1, pattern=CHARTER_ID, required=True)
    title = _title(metadata={"description": "The board's title, or the first idea's, where absent."})
    description = _description()


class PromotedIdea(Representation):
    """An idea that was promoted."""

    idea_id = UUID()
    option_id = String(
        max_length=32, allow_none=True, metadata={"description": "Null: it alone was put to the vote."}
    )


class Promotion(Representation):
    """Ideas that became a ballot's options or a proposal."""

    id = UUID()
    board_id = UUID()
    ballot_id = UUID(allow_none=True)
    proposal_id = UUID(allow_none=True)
    ideas = ma.fields.List(ma.fields.Nested(PromotedIdea))
    membership_id = UUID(metadata={"description": "Who promoted them."})
    promoted_at = Instant()


# --- consensus ----------------------------------------------------------------------------------------


class Division(Representation):
    """An idea over which a group parted from the others, and the side of it that the group is on."""

    idea_id = UUID()
    side = Enum(Opinion)


class OpinionGroup(Representation):
    """Members who think alike; who they are is nobody's business."""

    size = Integer()
    path = ma.fields.List(
        ma.fields.Nested(Division), metadata={"description": "From the first division to the last."}
    )


class Consensus(Representation):
    """A board's groups of opinion, as they were computed once."""

    board_id = UUID()
    number = Integer()
    computed_at = Instant()
    members = Integer(metadata={"description": "Members with an opinion."})
    opinions = Integer()
    ideas = Integer(metadata={"description": "Ideas that somebody has an opinion on."})
    groups = ma.fields.List(ma.fields.Nested(OpinionGroup), metadata={"description": "The largest first."})


class GroupView(Representation):
    """An idea as one group sees it."""

    agreements = Integer()
    opinions = Integer()


class ConsensusIdea(Representation):
    """An idea with its consensus across groups."""

    idea = ma.fields.Nested(Idea)
    billionths = Integer(
        metadata={"description": "The product over groups of (agreements + 1) / (opinions + 2), times 10^9."}
    )
    groups = ma.fields.List(
        ma.fields.Nested(GroupView), metadata={"description": "In the order of the groups."}
    )
