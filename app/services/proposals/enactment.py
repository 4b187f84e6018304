"""A decision takes effect: the charter is amended, debts arise, or it turns out to be overtaken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from app.domain.charter.amendments import AmendmentConflict, Entrenched, InvalidCharter, check, conflicts
from app.domain.charter.document import Charter
from app.domain.charter.matters import admission
from app.domain.instants import instant
from app.domain.lifecycle import ProposalState, Stage
from app.models.ballots import Ballot
from app.models.charters import CharterVersion
from app.models.proposals import Proposal
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.charters.versions import enter_into_force, in_force
from app.services.obligations import debts
from app.services.proposals.frozen import rule_of
from app.services.proposals.matters import consents_missing
from app.services.proposals.questions import operations_of


class StaleReason(StrEnum):
    """Why a decision cannot take effect as it was voted on."""

    CONFLICT = "conflict"
    RESERVED_MATTER = "reserved_matter"
    CONSENT_MISSING = "consent_missing"
    ENTRENCHED = "entrenched"


class Overtaken(Exception):
    """What a decision met in the charter in force that it cannot pass."""

    def __init__(self, reason: StaleReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def take_effect(
    session: Session, actor: Actor, proposal: Proposal, at: dt.datetime, recorded_at: dt.datetime
) -> tuple[Stage, dict[str, Any]]:
    """Carry a decision out as of an instant, and return where that leaves the proposal.

    The caller holds the community's row, behind which every other enactment and every opening of a vote waits,
    and the proposal's; it takes the step that this belongs to.

    :param actor: the service.
    :param at: when it takes effect.
    :return: the stage after it, and what the step's audit entry says of it.
    """
    number, charter = in_force(session, proposal.community_id)
    try:
        amended = _judged(session, proposal, charter)
    except Overtaken as overtaken:
        proposal.stale_reason, proposal.stale_detail = overtaken.reason.value, overtaken.detail
        stale = {"reason": overtaken.reason.value, "detail": overtaken.detail, "charter_version": number}
        return Stage(ProposalState.STALE, at, None), {"stale": stale}
    proposal.enacted_at = at
    content: dict[str, Any] = {"enacted_at": instant(at), "charter_version": number}
    if amended is not None:
        made = _put_in_force(
            session, actor, proposal, amended, number=number + 1, at=at, recorded_at=recorded_at
        )
        content |= {"enacted": {"version": made.number, "digest": made.digest}}
    ballot = session.get_one(Ballot, proposal.ballot_id)
    owed = debts.arise(
        session,
        ballot=ballot,
        rules=proposal.rules or {},
        title=proposal.title,
        closed_at=at,
        actor=actor,
        proposal=proposal,
    )
    if owed is None:
        return Stage(ProposalState.CLOSED, at, None), content
    return Stage(ProposalState.OBLIGATIONS, at, None), content | {"obligation": str(owed.id)}


def _judged(session: Session, proposal: Proposal, charter: Charter) -> Charter | None:
    """Judge a decision by the charter in force; return the charter it makes of that, None if it amends nothing.

    :raises Overtaken: where it cannot take effect.
    """
    if reasons := admission(charter, proposal.matters):
        raise Overtaken(StaleReason.RESERVED_MATTER, "\n".join(reason for _, reason in reasons))
    if missing := consents_missing(session, proposal, charter):
        told = "\n".join(
            f"{matter}: the consent of a {role.value} was not given." for matter, role in missing
        )
        raise Overtaken(StaleReason.CONSENT_MISSING, told)
    if proposal.operations is None:
        return None
    operations = operations_of(proposal)
    if changed := conflicts(charter, operations, proposal.basis or {}):
        raise Overtaken(StaleReason.CONFLICT, _told(changed))
    try:
        return check(charter, operations, rule_of(proposal))
    except Entrenched as entrenched:
        raise Overtaken(StaleReason.ENTRENCHED, _told(entrenched.errors)) from None
    except (AmendmentConflict, InvalidCharter) as conflict:
        raise Overtaken(StaleReason.CONFLICT, _told(conflict.errors)) from None


def _put_in_force(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    amended: Charter,
    *,
    number: int,
    at: dt.datetime,
    recorded_at: dt.datetime,
) -> CharterVersion:
    made = enter_into_force(
        session, proposal.community_id, amended, number=number, at=at, proposal_id=proposal.id
    )
    proposal.enacted_number = made.number
    content = {
        "version": made.number,
        "digest": made.digest,
        "proposal": str(proposal.id),
        "text_number": proposal.text_number,
        "in_force_from": instant(at),
    }
    subject = ("community", proposal.community_id)
    record(session, actor, Action.CHARTER_ENACTED, subject, content, at=recorded_at)
    return made


def _told(problems: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{pointer}: {detail}" for pointer, detail in problems)
