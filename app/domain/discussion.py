"""What can be said in a discussion, and how far it may go."""

from __future__ import annotations

from enum import StrEnum

#: Replies to replies to a comment on the thing itself, which is at depth 0: what is deeper nobody can follow.
GREATEST_DEPTH = 5
#: Members that one comment can call.
MOST_MENTIONS = 20


class Stance(StrEnum):
    """Where a comment stands towards what is discussed."""

    FOR = "for"
    AGAINST = "against"
    QUESTION = "question"


class Reaction(StrEnum):
    """What a member has to say to a comment without words: one reaction a member."""

    AGREE = "agree"
    DISAGREE = "disagree"
    THANKS = "thanks"
    INSIGHTFUL = "insightful"
    UNCLEAR = "unclear"


class CommentState(StrEnum):
    """Whether a comment's text is there to read; its place and its author always are."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    WITHDRAWN = "withdrawn"
