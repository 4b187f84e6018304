"""Merging ideas: proposed by members, done with the author's consent or after a waiting time, with credit."""

from __future__ import annotations

import uuid
from typing import Any

from app.api.v1.ideas.presentation import idea_tag, shown
from app.api.v1.ideas.schemas import Idea, Merge, MergeProposing, Reasoning
from app.http.blueprint import Blueprint
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.ideas import IdeaMerge
from app.policies.permissions import Permission
from app.services.ideas import carrying, finding, merging

blp = Blueprint(
    "merges",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/ideas/<uuid:idea_id>/merges",
    description="Merging ideas with consent; credit, lineage and support survive.",
)

_MERGE = "/<uuid:merge_id>"
_DECIDED = "It is decided, or one of the ideas is in no state for it."


@blp.operation(
    "POST",
    "",
    operation_id="propose_merge",
    permission=Permission.IDEA_MERGE,
    body=MergeProposing,
    returns=(201, Merge),
    idempotent=True,
    errors={409: "One of the ideas is in no state for it, or it is proposed already."},
    examples={
        "request": {"into": "0192f0c1-7c1e-7abc-8def-0123456789ab", "reason": "Both want a deposit on glass."}
    },
)
def propose_merge(context: Context, *, idea_id: uuid.UUID, body: dict[str, Any]) -> IdeaMerge:
    """Propose that this idea be merged into another of its board.

    Its author consents or refuses; where you are the author, it is done at once. Authors are credited and
    supporters carried along, who can opt out for a time.
    """
    return merging.propose(context.session, context.actor, idea_id, body["into"], body["reason"])


@blp.operation(
    "GET",
    "",
    operation_id="list_merges",
    permission=Permission.BOARD_READ,
    query=PageQuery,
    returns=(200, page_schema(Merge)),
)
def list_merges(context: Context, *, idea_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List the merges, proposed and done, of this idea into others and of others into it, the latest first."""
    found = merging.of(finding.read(context.session, context.actor, idea_id))
    return context.page(found, [(IdeaMerge.id, uuid.UUID)], query, descending=True)


@blp.operation(
    "POST",
    f"{_MERGE}/accept",
    operation_id="accept_merge",
    permission=Permission.IDEA_WRITE,
    returns=(200, Merge),
    idempotent=True,
    errors={403: "You did not draft the idea.", 409: _DECIDED},
)
def accept_merge(context: Context, *, idea_id: uuid.UUID, merge_id: uuid.UUID) -> IdeaMerge:
    """Consent to have your idea merged."""
    proposed = merging.locked(context.session, context.actor, idea_id, merge_id)
    merging.accept(context.session, context.actor, proposed)
    return proposed.merge


@blp.operation(
    "POST",
    f"{_MERGE}/refuse",
    operation_id="refuse_merge",
    permission=Permission.IDEA_WRITE,
    body=Reasoning,
    returns=(200, Merge),
    idempotent=True,
    errors={403: "You did not draft the idea.", 409: _DECIDED},
    examples={"request": {"reason": "Mine works without a deposit."}},
)
def refuse_merge(
    context: Context, *, idea_id: uuid.UUID, merge_id: uuid.UUID, body: dict[str, Any]
) -> IdeaMerge:
    """Refuse to have your idea merged, with a public reason."""
    proposed = merging.locked(context.session, context.actor, idea_id, merge_id)
    merging.turn_down(context.session, context.actor, proposed, reason=body["reason"])
    return proposed.merge


@blp.operation(
    "POST",
    f"{_MERGE}/retract",
    operation_id="retract_merge",
    permission=Permission.IDEA_WRITE,
    returns=(200, Merge),
    idempotent=True,
    errors={403: "You did not propose it.", 409: _DECIDED},
)
def retract_merge(context: Context, *, idea_id: uuid.UUID, merge_id: uuid.UUID) -> IdeaMerge:
    """Take your proposal to merge back."""
    proposed = merging.locked(context.session, context.actor, idea_id, merge_id)
    merging.retract(context.session, context.actor, proposed)
    return proposed.merge


@blp.operation(
    "POST",
    f"{_MERGE}/decide",
    operation_id="decide_merge",
    permission=Permission.IDEA_DECIDE_MERGE,
    body=Reasoning,
    returns=(200, Merge),
    idempotent=True,
    errors={409: f"The author still has time to answer. {_DECIDED}"},
    examples={"request": {"reason": "The author has not answered in a week, and both ask for the same."}},
)
def decide_merge(
    context: Context, *, idea_id: uuid.UUID, merge_id: uuid.UUID, body: dict[str, Any]
) -> IdeaMerge:
    """Merge an idea whose author has let the board's waiting time pass, with a public reason."""
    proposed = merging.locked(context.session, context.actor, idea_id, merge_id)
    merging.decide(context.session, context.actor, proposed, reason=body["reason"])
    return proposed.merge


@blp.operation(
    "POST",
    f"{_MERGE}/opt-out",
    operation_id="opt_out_of_merge",
    permission=Permission.IDEA_WRITE,
    returns=(200, Idea),
    idempotent=True,
    etag=idea_tag,
    errors={409: "It carried no support of yours, or the time is over."},
)
def opt_out_of_merge(context: Context, *, idea_id: uuid.UUID, merge_id: uuid.UUID) -> dict[str, Any]:
    """Take back the support that a merge carried from this idea; the answer is the idea it was carried to."""
    merge = merging.read(context.session, context.actor, idea_id, merge_id)
    held = finding.locked(context.session, context.actor, merge.target_id)
    carrying.opt_out(context.session, context.actor, held, merge)
    return shown(context, held.idea, held.now)
