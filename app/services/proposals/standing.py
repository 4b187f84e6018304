"""Where proposals stand for whoever asks: what is known beside their rows, and what may be done next."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.charter.document import Charter
from app.domain.charter.matters import consents_needed
from app.domain.charter.powers import Power
from app.domain.lifecycle import NEEDS_ITS_TEXT, PROPOSAL_LIFECYCLE, ProposalAction, ProposalState, Who
from app.models.moderation import ModerationCase
from app.models.obligations import Obligation, Precommitment
from app.models.proposals import Consent, Proposal, ProposalSponsor, Veto
from app.policies.permissions import Actor, Permission, allows
from app.services.charters.versions import charter_of
from app.services.groups.acting import roles_in
from app.services.moderation.hiding import hidings, masked
from app.services.proposals.questions import Footing, kind_of
from app.services.proposals.sponsoring import rule_before_the_vote
from app.services.proposals.vetoes import can_be_overridden
from app.services.proposals.voting import opens_from

_BEFORE_THE_VOTE = frozenset(
    {ProposalState.DRAFT.value, ProposalState.SPONSORING.value, ProposalState.DISCUSSION.value}
)


#: What the members of the group do that decides on a proposal, if one does; the rest is the community's.
_THE_GROUPS = frozenset(
    {
        ProposalAction.SUBMIT,
        ProposalAction.SPONSOR,
        ProposalAction.SUGGEST,
        ProposalAction.OPEN_VOTE,
        ProposalAction.CALL_OVERRIDE,
    }
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a proposal beside its row, for one caller at one instant.

    :param actions: what the caller may do now, in the order of the lifecycle table.
    :param sponsors_needed: None for a draft.
    :param vote_opens_from: from when on its vote can be opened, while that lies ahead or waits for somebody.
    :param hidden: the case that hides its text, if one does.
    :param masked: whether that keeps the text from the caller.
    """

    proposal: Proposal
    actions: tuple[ProposalAction, ...]
    sponsors_needed: int | None
    vote_opens_from: dt.datetime | None
    veto: Veto | None
    consents: tuple[Consent, ...]
    obligation_id: uuid.UUID | None
    hidden: ModerationCase | None
    masked: bool


@dataclass(frozen=True, slots=True)
class _Beside:
    """Rows about some proposals, read in one go for all of them."""

    vetoes: Mapping[tuple[uuid.UUID, int], Veto]
    consents: Mapping[tuple[uuid.UUID, int], tuple[Consent, ...]]
    obligations: Mapping[uuid.UUID, uuid.UUID]
    supported: Collection[uuid.UUID]
    precommitted: Collection[uuid.UUID]
    hidden: Mapping[uuid.UUID, ModerationCase]
    masked: Collection[uuid.UUID]


def standing(
    session: Session, actor: Actor, proposals: Sequence[Proposal], now: dt.datetime
) -> list[Standing]:
    """Return where proposals stand, each seen by the actor.

    :param now: the database's clock.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    assert actor.charter_number is not None  # noqa: S101 - as above
    charter = charter_of(session, actor.community_id, actor.charter_number)
    beside = _read_beside(session, actor, [proposal.id for proposal in proposals])
    inside = roles_in(session, actor, {each.group_id for each in proposals if each.group_id})
    return [
        _one(
            session,
            actor,
            proposal,
            charter,
            beside,
            now=now,
            inside=inside[proposal.group_id] if proposal.group_id else actor,
        )
        for proposal in proposals
    ]


def _one(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    charter: Charter,
    beside: _Beside,
    *,
    now: dt.datetime,
    inside: Actor,
) -> Standing:
    """Return where one proposal stands.

    :param inside: the actor with the roles they have in the group that decides on it, if one does.
    """
    on = _footing(actor, proposal, charter)
    key = (proposal.id, proposal.text_number)
    vetoed, consents = beside.vetoes.get(key), beside.consents.get(key, ())
    opens_at = None
    if on is not None and proposal.state == ProposalState.DISCUSSION:
        opens_at = opens_from(proposal, on, precommitted=proposal.id in beside.precommitted)
    facts: Mapping[ProposalAction, bool] = {
        ProposalAction.SPONSOR: actor.membership_id != proposal.author_id
        and proposal.id not in beside.supported,
        ProposalAction.UNSPONSOR: proposal.id in beside.supported,
        ProposalAction.PRECOMMIT: on is not None and on.rule.owes_answer,
        ProposalAction.OPEN_VOTE: opens_at is not None and now >= opens_at,
        ProposalAction.CONSENT: _has_consent_to_give(actor, proposal, charter, consents),
        ProposalAction.VETO: proposal.veto_ends_at is not None and now < proposal.veto_ends_at,
        ProposalAction.CALL_OVERRIDE: can_be_overridden(proposal, vetoed, now),
    }
    hidden = beside.hidden.get(proposal.id)
    closed = NEEDS_ITS_TEXT if hidden else frozenset()
    return Standing(
        proposal=proposal,
        actions=tuple(
            each for each in _open_to(actor, inside, proposal) if facts.get(each, True) and each not in closed
        ),
        sponsors_needed=(
            None if proposal.base_number is None else rule_before_the_vote(session, proposal).sponsors
        ),
        vote_opens_from=opens_at,
        veto=vetoed,
        consents=consents,
        obligation_id=beside.obligations.get(proposal.id),
        hidden=hidden,
        masked=proposal.id in beside.masked,
    )


def _open_to(actor: Actor, inside: Actor, proposal: Proposal) -> list[ProposalAction]:
    """Return what the table allows the actor in the proposal's state, whatever else it depends on."""
    state, is_author = ProposalState(proposal.state), actor.membership_id == proposal.author_id
    found = []
    for row in PROPOSAL_LIFECYCLE:
        if state not in row.sources or row.by is Who.CLOCK:
            continue
        if row.power is not None:
            who = inside if row.action in _THE_GROUPS else actor
            mine = allows(Permission(row.power.value), who)
        else:
            mine = (is_author or row.action is ProposalAction.UNSPONSOR) and allows(
                Permission.PROPOSAL_WRITE, actor
            )
        if mine:
            found.append(row.action)
    return found


def _footing(actor: Actor, proposal: Proposal, charter: Charter) -> Footing | None:
    """Return the decision type as the charter in force states it, for what is still judged by that."""
    rule = charter.decision_type(proposal.decision_type)
    if proposal.state not in _BEFORE_THE_VOTE or rule is None or rule.kind is not kind_of(proposal):
        return None
    return Footing(actor.charter_number or 0, charter, rule)


def _has_consent_to_give(
    actor: Actor, proposal: Proposal, charter: Charter, given: Sequence[Consent]
) -> bool:
    known = {each.matter for each in given}
    return any(
        role in actor.roles and charter.gives(role, Power.PROPOSAL_CONSENT) and matter not in known
        for matter, role in consents_needed(charter, proposal.matters)
    )


def _read_beside(session: Session, actor: Actor, ids: Sequence[uuid.UUID]) -> _Beside:
    vetoes = session.scalars(sa.select(Veto).where(Veto.proposal_id.in_(ids)))
    consents: dict[tuple[uuid.UUID, int], tuple[Consent, ...]] = {}
    for given in session.scalars(
        sa.select(Consent).where(Consent.proposal_id.in_(ids)).order_by(Consent.matter)
    ):
        key = (given.proposal_id, given.text_number)
        consents[key] = (*consents.get(key, ()), given)
    owed = session.execute(
        sa.select(Obligation.proposal_id, Obligation.id).where(Obligation.proposal_id.in_(ids))
    )
    supported = session.scalars(
        sa.select(ProposalSponsor.proposal_id).where(
            ProposalSponsor.proposal_id.in_(ids), ProposalSponsor.membership_id == actor.membership_id
        )
    )
    precommitted = session.scalars(
        sa.select(Precommitment.proposal_id).where(Precommitment.proposal_id.in_(ids)).distinct()
    )
    hidden = hidings(session, ids)
    return _Beside(
        vetoes={(each.proposal_id, each.text_number): each for each in vetoes},
        consents=consents,
        obligations={row.proposal_id: row.id for row in owed if row.proposal_id is not None},
        supported=set(supported),
        precommitted={each for each in precommitted if each is not None},
        hidden=hidden,
        masked=masked(session, actor, hidden),
    )
