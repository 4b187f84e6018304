"""Suggestions: other texts for a proposal, and what its author says to them."""

from __future__ import annotations

import uuid
from typing import Any

from app.api.v1.proposals import examples
from app.api.v1.suggestions.schemas import (
    Suggestion,
    SuggestionAccepting,
    SuggestionMaking,
    SuggestionRefusing,
)
from app.http.blueprint import Blueprint
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.proposals import Suggestion as SuggestionRow
from app.policies.permissions import Permission
from app.services.proposals import finding, suggestions

blp = Blueprint(
    "suggestions",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/proposals/<uuid:proposal_id>/suggestions",
    description="Other texts that members suggest for a proposal, and what its author says to them.",
)

_ILLEGAL = "The proposal is in no state in which this can be done."


@blp.operation(
    "POST",
    "",
    operation_id="make_suggestion",
    permission=Permission.PROPOSAL_SUGGEST,
    body=SuggestionMaking,
    returns=(201, Suggestion),
    idempotent=True,
    errors={409: _ILLEGAL},
    examples={"request": examples.SUGGESTION},
)
def make_suggestion(context: Context, *, proposal_id: uuid.UUID, body: dict[str, Any]) -> SuggestionRow:
    """Suggest another text to a proposal's author, for the number that stands now."""
    proposal, now = finding.locked(context.session, context.actor, proposal_id)
    return suggestions.suggest(context.session, context.actor, proposal, body, now)


@blp.operation(
    "GET",
    "",
    operation_id="list_suggestions",
    permission=Permission.PROPOSAL_READ,
    query=PageQuery,
    returns=(200, page_schema(Suggestion)),
)
def list_suggestions(context: Context, *, proposal_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List the suggestions for a proposal, the newest first, with what its author said to each."""
    found = suggestions.of(context.session, context.actor, proposal_id)
    return context.page(found, [(SuggestionRow.id, uuid.UUID)], query, descending=True)


@blp.operation(
    "POST",
    "/<uuid:suggestion_id>/accept",
    operation_id="accept_suggestion",
    permission=Permission.PROPOSAL_WRITE,
    body=SuggestionAccepting,
    returns=(200, Suggestion),
    idempotent=True,
    errors={
        403: "You did not write the proposal.",
        409: "It is decided, the text has changed since, or the text is locked.",
    },
    examples={"request": {"reason": "You are right about the town."}},
)
def accept_suggestion(
    context: Context, *, proposal_id: uuid.UUID, suggestion_id: uuid.UUID, body: dict[str, Any]
) -> SuggestionRow:
    """Make a suggestion your proposal's text, under the next number, which credits it."""
    proposal, now = finding.locked(context.session, context.actor, proposal_id)
    return suggestions.accept(
        context.session, context.actor, proposal, suggestion_id, reason=body.get("reason"), now=now
    )


@blp.operation(
    "POST",
    "/<uuid:suggestion_id>/refuse",
    operation_id="refuse_suggestion",
    permission=Permission.PROPOSAL_WRITE,
    body=SuggestionRefusing,
    returns=(200, Suggestion),
    idempotent=True,
    errors={403: "You did not write the proposal.", 409: "It is decided, or the text is locked."},
    examples={"request": {"reason": "One station first; the second when the first one runs."}},
)
def refuse_suggestion(
    context: Context, *, proposal_id: uuid.UUID, suggestion_id: uuid.UUID, body: dict[str, Any]
) -> SuggestionRow:
    """Refuse a suggestion for your proposal, with a public reason."""
    proposal, now = finding.locked(context.session, context.actor, proposal_id)
    return suggestions.turn_down(
        context.session, context.actor, proposal, suggestion_id, reason=body["reason"], now=now
    )


@blp.operation(
    "POST",
    "/<uuid:suggestion_id>/withdraw",
    operation_id="withdraw_suggestion",
    permission=Permission.PROPOSAL_WRITE,
    returns=(200, Suggestion),
    idempotent=True,
    errors={403: "You did not make it.", 409: "It is decided, or the text is locked."},
)
def withdraw_suggestion(
    context: Context, *, proposal_id: uuid.UUID, suggestion_id: uuid.UUID
) -> SuggestionRow:
    """Take your suggestion back."""
    proposal, now = finding.locked(context.session, context.actor, proposal_id)
    return suggestions.withdraw(context.session, context.actor, proposal, suggestion_id, now)
