"""A proposal as it is shown: its stored facts, and what follows from them for the caller at a moment."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

from app.api.v1.moderation.presentation import shown_hidden
from app.http.operation import Context
from app.models.proposals import Proposal
from app.services.ideas.behind import led_to_proposals
from app.services.proposals.questions import kind_of
from app.services.proposals.standing import Standing, standing

_SHOWN = (
    "id",
    "community_id",
    "author_id",
    "group_id",
    "decision_type",
    "title",
    "body",
    "options",
    "operations",
    "matters",
    "text_number",
    "state",
    "due_at",
    "sponsor_count",
    "created_at",
    "submitted_at",
    "discussion_ends_at",
    "ballot_id",
    "outcome",
    "decided_at",
    "passed_at",
    "veto_ends_at",
    "override_ballot_id",
    "overridden_at",
    "enacted_at",
    "version",
)


def shown(context: Context, proposal: Proposal, now: dt.datetime | None = None) -> dict[str, Any]:
    """Return a proposal as its schema dumps it, after whatever was done to it.

    :param now: the database's clock; read where it is None.
    """
    return all_shown(context, [proposal], now)[0]


def all_shown(
    context: Context, proposals: Sequence[Proposal], now: dt.datetime | None = None
) -> list[dict[str, Any]]:
    """Return some proposals as their schema dumps them."""
    context.session.flush()
    moment = context.now() if now is None else now
    led = led_to_proposals(context.session, context.actor, proposals)
    known = standing(context.session, context.actor, proposals, moment)
    return [_shown(each) | {"ideas": led.get(each.proposal.id, ())} for each in known]


def proposal_tag(document: dict[str, Any]) -> tuple[object, ...]:
    """Return what the entity tag of a shown proposal is made of.

    Besides its version, what is shown depends on the caller's powers, the clock, and rows of others.
    """
    moving = [
        document["due_at"],
        document["vote_opens_from"],
        document["obligation_id"],
        document["hidden"],
        document["title"],
        len(document["ideas"]),
        *document["actions"],
    ]
    code = hashlib.sha256("\n".join(map(str, moving)).encode()).hexdigest()[:12]
    return ("proposal", document["id"], document["version"], code)


def _shown(known: Standing) -> dict[str, Any]:
    proposal = known.proposal
    stale = {"reason": proposal.stale_reason, "detail": proposal.stale_detail}
    document = {name: getattr(proposal, name) for name in _SHOWN} | {
        "kind": kind_of(proposal).value,
        "since": proposal.state_since,
        "base_version": proposal.base_number,
        "charter_version": proposal.charter_number,
        "enacted_version": proposal.enacted_number,
        "stale": None if proposal.stale_reason is None else stale,
        "actions": [action.value for action in known.actions],
        "sponsors_needed": known.sponsors_needed,
        "vote_opens_from": known.vote_opens_from,
        "veto": known.veto,
        "consents": known.consents,
        "obligation_id": known.obligation_id,
        "hidden": shown_hidden(known.hidden),
    }
    if known.masked and known.hidden is not None:
        instead = {"title": known.hidden.ground_title, "body": known.hidden.reason}
        document |= instead | {"options": None, "operations": None}
    return document
