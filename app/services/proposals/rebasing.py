"""Putting a stale proposal to the community again, fitted to the charter in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.domain.lifecycle import ProposalAction
from app.models.proposals import Proposal
from app.policies.permissions import Actor
from app.services.proposals import texts
from app.services.proposals.drafting import ends, put_forward
from app.services.proposals.questions import (
    as_stored,
    check_admission,
    check_form,
    fit,
    footing,
    kind_of,
    require_opener,
    with_ids,
)
from app.services.proposals.steps import require, require_author, take


def rebase(
    session: Session, actor: Actor, proposal: Proposal, changes: Mapping[str, Any], now: dt.datetime
) -> None:
    """Begin a stale proposal's way again: with its sponsors, who stay, and a discussion of its new text.

    What was voted before stays in its history; consents and vetoes were of the text before.

    :param changes: of the text; an amendment's operations are judged by the charter in force.
    :raises Refusal: ``not-the-author``, ``illegal-step``, ``unknown-decision-type``, ``forbidden``,
        ``invalid-question``, ``invalid-amendment``, ``entrenched``, ``reserved-matter``.
    """
    require_author(actor, proposal)
    require(ProposalAction.REBASE, proposal)
    on = footing(session, actor, proposal.decision_type, kind_of(proposal))
    require_opener(actor, on.rule)
    current = {name: getattr(proposal, name) for name in texts.TEXT_FIELDS} | dict(changes)
    options, operations = with_ids(current["options"]), as_stored(current["operations"])
    check_form(on.rule, options, operations)
    before = _forget_the_vote(proposal)
    proposal.title, proposal.body = current["title"], current["body"]
    proposal.options, proposal.operations = options, operations
    fit(proposal, on)
    check_admission(on.charter, proposal.matters)
    proposal.text_number += 1
    texts.keep(session, proposal, now)
    take(
        session,
        actor,
        proposal,
        ProposalAction.REBASE,
        at=now,
        stage=put_forward(proposal, on.rule, now),
        content=texts.content(proposal)
        | {
            "charter_version": on.number,
            "basis": proposal.basis,
            "discussion_ends_at": ends(proposal),
            "ballots_before": before,
        },
    )


def _forget_the_vote(proposal: Proposal) -> list[str]:
    """Clear what the vote left on the proposal and return its ballots; they and the history remain."""
    before = [str(each) for each in (proposal.ballot_id, proposal.override_ballot_id) if each is not None]
    proposal.stale_reason = proposal.stale_detail = None
    proposal.ballot_id = proposal.override_ballot_id = None
    proposal.charter_number = proposal.rules = proposal.outcome = None
    proposal.decided_at = proposal.passed_at = proposal.veto_ends_at = proposal.overridden_at = None
    return before
