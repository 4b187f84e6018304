"""What clients send and receive about suggestions."""

from __future__ import annotations

from enum import StrEnum

from app.api.v1.proposals.schemas import (
    LONGEST_BODY,
    LONGEST_REASON,
    markdown_field,
    reason_field,
    title_field,
)
from app.http.fields import UUID, Enum, Instant, Integer, Representation, Strict, String


class SuggestionVerdict(StrEnum):
    """What became of a suggestion."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class SuggestionMaking(Strict):
    """Another text for a proposal."""

    title = title_field(required=True)
    body = markdown_field(required=True)
    reason = reason_field(required=True)


class SuggestionAccepting(Strict):
    """What an author says to a suggestion they take over."""

    reason = reason_field()


class SuggestionRefusing(Strict):
    """Why an author does not take a suggestion over."""

    reason = reason_field(required=True)


class Suggestion(Representation):
    """Another text that somebody suggested, and what its author said to it."""

    id = UUID()
    proposal_id = UUID()
    author_id = UUID()
    text_number = Integer(metadata={"description": "The text it was made for."})
    title = String(max_length=200)
    body = String(max_length=LONGEST_BODY)
    reason = String(max_length=LONGEST_REASON)
    made_at = Instant()
    verdict = Enum(SuggestionVerdict, allow_none=True)
    verdict_reason = String(max_length=LONGEST_REASON, allow_none=True)
    decided_at = Instant(allow_none=True)
