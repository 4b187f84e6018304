"""A proposal's text: numbered from the day it is put to the community, and locked when its vote opens."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.domain.lifecycle import ProposalAction
from app.models.proposals import Proposal, ProposalText
from app.policies.permissions import Actor
from app.services.moderation.hiding import require_not_hidden
from app.services.proposals.questions import as_stored, check_form, fit, footing, kind_of, with_ids
from app.services.proposals.steps import require, require_author, take

#: What a rewrite can replace.
TEXT_FIELDS = ("title", "body", "options", "operations")


def rewrite(
    session: Session, actor: Actor, proposal: Proposal, changes: Mapping[str, Any], now: dt.datetime
) -> None:
    """Replace the text by a new number of it, in public; sponsors stay.

    An amendment's operations are judged by the charter in force, and are based on it from here on.

    :param changes: of :data:`TEXT_FIELDS`; what is absent stays.
    :raises Refusal: ``not-the-author``, ``illegal-step``, ``not-shown``, ``unknown-decision-type``,
        ``invalid-question``, ``invalid-amendment``, ``entrenched``.
    """
    require_author(actor, proposal)
    require(ProposalAction.REWRITE, proposal)
    require_not_hidden(session, proposal.id)
    replace(session, actor, proposal, changes)
    keep(session, proposal, now)
    take(session, actor, proposal, ProposalAction.REWRITE, at=now, content=content(proposal))


def replace(session: Session, actor: Actor, proposal: Proposal, changes: Mapping[str, Any]) -> None:
    """Put a new text, under the next number, in the place of a proposal's.

    :raises Refusal: as :func:`rewrite`.
    """
    current = {name: getattr(proposal, name) for name in TEXT_FIELDS} | dict(changes)
    options, operations = with_ids(current["options"]), as_stored(current["operations"])
    kind = kind_of(proposal)
    proposal.title, proposal.body = current["title"], current["body"]
    if "options" in changes or "operations" in changes:
        on = footing(session, actor, proposal.decision_type, kind)
        check_form(on.rule, options, operations)
        proposal.options, proposal.operations = options, operations
        fit(proposal, on)
    proposal.text_number += 1


def keep(
    session: Session, proposal: Proposal, now: dt.datetime, suggestion_id: uuid.UUID | None = None
) -> None:
    """Write the proposal's present text down for good.

    :param suggestion_id: whose wording it is, where that is not the author's own.
    """
    session.add(
        ProposalText(
            proposal_id=proposal.id,
            number=proposal.text_number,
            title=proposal.title,
            body=proposal.body,
            options=proposal.options,
            operations=proposal.operations,
            suggestion_id=suggestion_id,
            written_at=now,
        )
    )


def content(proposal: Proposal) -> dict[str, Any]:
    """Return the text as audit entries commit to it."""
    return {
        "decision_type": proposal.decision_type,
        "group": None if proposal.group_id is None else str(proposal.group_id),
        "matters": list(proposal.matters),
        "text": {
            "number": proposal.text_number,
            "title": proposal.title,
            "body": proposal.body,
            "options": proposal.options,
            "operations": proposal.operations,
        },
    }
