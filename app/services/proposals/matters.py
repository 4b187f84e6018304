"""Reserved matters: which a proposal touches, and the consent that some of them ask for."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.charter.document import Charter
from app.domain.charter.matters import consents_needed
from app.domain.charter.powers import Power
from app.domain.errors import refuse
from app.domain.lifecycle import ProposalAction
from app.models.proposals import Consent, Proposal
from app.policies.permissions import Actor, Role
from app.services.charters.versions import in_force
from app.services.proposals.questions import check_matters
from app.services.proposals.steps import require, take


def classify(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    matters: Sequence[str],
    *,
    reason: str,
    now: dt.datetime,
) -> None:
    """Say in public which reserved matters a proposal touches, in place of what was said before.

    :raises Refusal: ``illegal-step``, ``reserved-matter`` for one that the charter in force does not have.
    """
    require(ProposalAction.CLASSIFY, proposal)
    _, charter = in_force(session, proposal.community_id)
    check_matters(charter, matters)
    before = list(proposal.matters)
    proposal.matters = list(matters)
    content = {"matters": {"before": before, "after": list(matters)}}
    take(session, actor, proposal, ProposalAction.CLASSIFY, at=now, reason=reason, content=content)


def consent(
    session: Session, actor: Actor, proposal: Proposal, matter: str, *, reason: str, now: dt.datetime
) -> Consent:
    """Give the consent that a reserved matter asks for, once and for good; again changes nothing.

    :raises Refusal: ``illegal-step``; ``reserved-matter`` where none is asked for; ``forbidden`` to another role
        than the one whose consent it is.
    """
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    require(ProposalAction.CONSENT, proposal)
    if matter not in proposal.matters:
        raise refuse(
            "reserved-matter", "The proposal does not touch this matter, as far as anybody has said."
        )
    given = session.get(Consent, (proposal.id, proposal.text_number, matter))
    if given is not None:
        return given
    number, charter = in_force(session, proposal.community_id)
    role = dict(consents_needed(charter, proposal.matters)).get(matter)
    if role is None:
        raise refuse("reserved-matter", f'No consent is asked for about "{matter}" in this proposal.')
    if role not in actor.roles or not charter.gives(role, Power.PROPOSAL_CONSENT):
        raise refuse("forbidden", f"This consent is that of a {role.value}.")
    given = Consent(
        proposal_id=proposal.id,
        text_number=proposal.text_number,
        matter=matter,
        role=role.value,
        membership_id=actor.membership_id,
        reason=reason,
        given_at=now,
    )
    session.add(given)
    as_role = dataclasses.replace(actor, role_used=role)
    content = {"matter": matter, "role": role.value, "charter_version": number}
    take(session, as_role, proposal, ProposalAction.CONSENT, at=now, reason=reason, content=content)
    return given


def consents(session: Session, proposal: Proposal) -> Sequence[Consent]:
    """Return the consents given to a proposal's present text."""
    return session.scalars(
        sa.select(Consent)
        .where(Consent.proposal_id == proposal.id, Consent.text_number == proposal.text_number)
        .order_by(Consent.matter)
    ).all()


def consents_missing(session: Session, proposal: Proposal, charter: Charter) -> list[tuple[str, Role]]:
    """Return the consents without which a proposal takes no effect: (matter, role)."""
    given = {(each.matter, each.role) for each in consents(session, proposal)}
    return [
        (matter, role)
        for matter, role in consents_needed(charter, proposal.matters)
        if (matter, role.value) not in given
    ]
