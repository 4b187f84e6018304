"""What clients send and receive about comments."""

from __future__ import annotations

from enum import StrEnum

import marshmallow as ma

from app.api.v1.moderation.schemas import Hidden
from app.domain.discussion import CommentState, Reaction, Stance
from app.http.fields import UUID, Enum, Instant, Integer, Representation, Strict, String
from app.http.paging import PageQuery
from app.services.discussion.subjects import SUBJECTS

LONGEST_COMMENT = 10_000

#: Something to be seen in it somewhere.
_SAYS_SOMETHING = r"^[^\x00]*[^\x00-\x20\x7f-\xa0][^\x00]*$"
_MENTIONS = "`@` and a member's `reference`, standing by itself, mentions them."
_ANYTIME = "As counts move, a comment may come twice in a walk, or not at all."

SubjectType = StrEnum("SubjectType", [(kind.type.upper(), kind.type) for kind in SUBJECTS.values()])
SubjectType.__doc__ = "What can be discussed."


class Sorting(StrEnum):
    """In which order comments are listed."""

    NEWEST = "newest"
    OLDEST = "oldest"
    MOST_REACTIONS = "most_reactions"


def _body(**options: object) -> String:
    return String(
        max_length=LONGEST_COMMENT,
        min_length=1,
        pattern=_SAYS_SOMETHING,
        metadata={"description": f"Markdown, kept as it is written. {_MENTIONS}"},
        **options,
    )


class CommentWriting(Strict):
    """A comment or a reply about to be written."""

    body = _body(required=True)
    stance = Enum(Stance, allow_none=True, load_default=None)


class CommentChanges(Strict):
    """A merge patch (RFC 7396) of what one's comment says."""

    body = _body()
    stance = Enum(Stance, allow_none=True)


class Reacting(Strict):
    """A reaction about to be given."""

    kind = Enum(Reaction, required=True)


class ReplyQuery(PageQuery):
    """In which order comments are listed."""

    sort = Enum(Sorting, load_default=Sorting.NEWEST, metadata={"description": f"most_reactions: {_ANYTIME}"})


class CommentQuery(ReplyQuery):
    """Which comments are listed, and in which order."""

    stance = Enum(Stance, load_default=None)


class MentionedMember(Representation):
    """A member whom a comment mentions."""

    membership_id = UUID()
    reference = String(max_length=36)
    display_name = String(max_length=200)


class Reactions(Representation):
    """How many members reacted in which way."""

    agree = Integer()
    disagree = Integer()
    thanks = Integer()
    insightful = Integer()
    unclear = Integer()


class Comment(Representation):
    """A comment as you see it."""

    id = UUID()
    community_id = UUID()
    subject_type = Enum(SubjectType)
    subject_id = UUID(metadata={"description": "What is discussed."})
    parent_id = UUID(
        allow_none=True, metadata={"description": "What it replies to; null: it is on the thing itself."}
    )
    depth = Integer()
    author_id = UUID(metadata={"description": "The author's membership."})
    state = Enum(CommentState)
    stance = Enum(Stance, allow_none=True)
    body = String(
        max_length=LONGEST_COMMENT,
        allow_none=True,
        metadata={"description": "Markdown, as it was written; null where it is not shown to you."},
    )
    body_html = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "The body as HTML to be shown as it is: no scripts, styles, images or ids; every link "
            'has rel="nofollow ugc noopener", every outermost block dir="auto".'
        },
    )
    mentions = ma.fields.List(ma.fields.Nested(MentionedMember))
    text_number = Integer(metadata={"description": "Counts the versions of its text."})
    created_at = Instant()
    edited_at = Instant(allow_none=True)
    withdrawn_at = Instant(allow_none=True)
    hidden = ma.fields.Nested(
        Hidden, allow_none=True, metadata={"description": "What stands in the place of a hidden text."}
    )
    reply_count = Integer(metadata={"description": "Direct replies."})
    reactions = ma.fields.Nested(Reactions)
    own_reaction = Enum(Reaction, allow_none=True)
    version = Integer()


class CommentTextItem(Representation):
    """One version of what a comment says."""

    number = Integer()
    stance = Enum(Stance, allow_none=True)
    body = String(max_length=LONGEST_COMMENT)
    written_at = Instant()


class ReactionItem(Representation):
    """A member's reaction."""

    membership_id = UUID()
    kind = Enum(Reaction)
    reacted_at = Instant()
