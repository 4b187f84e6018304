"""Recording pre-commitments: for a proposal until its vote opens, for a standalone ballot while it is a draft.

Recording locks the row of the proposal or of the draft, as opening does, so that a version is either frozen with
the ballot or refused.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.charter.document import Charter
from app.domain.errors import refuse
from app.domain.instants import to_milliseconds
from app.domain.lifecycle import BallotAction, ProposalAction
from app.domain.obligations import BindingLevel
from app.models.obligations import Precommitment
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.ballots import drafts
from app.services.charters.versions import in_force
from app.services.obligations import precommitments
from app.services.proposals import finding, steps

#: How many grounds of refusal a pre-commitment can name.
MOST_GROUNDS = 20


def of_proposal(session: Session, actor: Actor, proposal_id: uuid.UUID) -> sa.Select[Precommitment]:
    """Select the pre-commitments of a proposal that the actor may see.

    :raises Refusal: ``not-found``.
    """
    finding.read(session, actor, proposal_id)
    return precommitments.versions(proposal_id=proposal_id)


def of_ballot(session: Session, actor: Actor, ballot_id: uuid.UUID) -> sa.Select[Precommitment]:
    """Select the pre-commitments of a standalone ballot that the actor may see.

    :raises Refusal: ``not-found``.
    """
    drafts.read(session, actor, ballot_id)
    return precommitments.versions(ballot_id=ballot_id)


def record_for_proposal(
    session: Session, actor: Actor, proposal_id: uuid.UUID, facts: Mapping[str, Any]
) -> Precommitment:
    """Record a further version for a proposal whose vote is not open yet.

    :param facts: ``undertaking``, ``within`` (timedelta), ``budget`` or None, and ``refusal_grounds``: each
        ``{"id"}`` names one of the charter's veto grounds, ``{"id", "title"}`` is the brand's own.
    :raises Refusal: ``not-found``; ``illegal-step`` once the vote is open; ``unknown-decision-type``;
        ``conflict`` for an advisory decision; ``ground-not-listed``; ``refusal-not-allowed``.
    """
    proposal, now = finding.locked(session, actor, proposal_id)
    steps.require(ProposalAction.PRECOMMIT, proposal)
    made = _make(session, actor, facts, proposal.decision_type, now, proposal_id=proposal.id)
    content = precommitments.as_frozen(made)
    steps.take(session, actor, proposal, ProposalAction.PRECOMMIT, at=now, content=content)
    return made


def record_for_ballot(
    session: Session, actor: Actor, ballot_id: uuid.UUID, facts: Mapping[str, Any]
) -> Precommitment:
    """Record a further version for the draft of a standalone ballot.

    :param facts: as for a proposal.
    :raises Refusal: as for a proposal, but ``ballot-not-draft`` once it is opened.
    """
    ballot = drafts.locked(session, actor, ballot_id)
    now = to_milliseconds(database_now(session))
    drafts.require(BallotAction.UPDATE, ballot, now)
    made = _make(session, actor, facts, ballot.decision_type, now, ballot_id=ballot.id)
    content = precommitments.as_frozen(made)
    record(session, actor, Action.BALLOT_PRECOMMITTED, ("ballot", ballot.id), content, at=now)
    return made


def _make(
    session: Session,
    actor: Actor,
    facts: Mapping[str, Any],
    decision_type: str,
    now: dt.datetime,
    **subject: uuid.UUID,
) -> Precommitment:
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    within: dt.timedelta = facts["within"]
    if not within:
        raise refuse(
            "conflict",
            "Nothing is done at the very instant of the result: say how long it takes.",
            errors=[("#/within", "longer than nothing")],
        )
    _, charter = in_force(session, actor.community_id)
    grounds = _grounds(charter, _level(charter, decision_type), facts["refusal_grounds"])
    before = session.scalar(
        precommitments.versions(**subject).with_only_columns(sa.func.max(Precommitment.number))
    )
    made = Precommitment(
        community_id=actor.community_id,
        number=(before or 0) + 1,
        undertaking=facts["undertaking"],
        within_seconds=int(within.total_seconds()),
        budget=facts["budget"],
        refusal_grounds=grounds,
        membership_id=actor.membership_id,
        recorded_at=now,
        **subject,
    )
    session.add(made)
    session.flush()
    return made


def _level(charter: Charter, decision_type: str) -> BindingLevel:
    """Return the binding level that the charter in force gives a decision.

    :raises Refusal: ``unknown-decision-type``; ``conflict`` where nothing would follow from a pre-commitment.
    """
    found = charter.decision_type(decision_type)
    if found is None:
        raise refuse("unknown-decision-type", f'The charter in force no longer has "{decision_type}".')
    if not found.owes_answer:
        raise refuse("conflict", "This decision makes the brand owe nothing: nobody could hold it to this.")
    return found.binding_level


def _grounds(
    charter: Charter, level: BindingLevel, stated: Sequence[Mapping[str, str]]
) -> list[dict[str, str]]:
    """Return the grounds of refusal as they are kept: the charter's under its titles, and the brand's own."""
    if stated and level is BindingLevel.BINDING:
        raise refuse(
            "refusal-not-allowed",
            "A binding decision is not refused: a pre-commitment to it states no grounds of refusal.",
            errors=[("#/refusal_grounds", "none for a binding decision")],
        )
    kept: dict[str, dict[str, str]] = {}
    for place, ground in enumerate(stated):
        pointer, identifier = f"#/refusal_grounds/{place}", ground["id"]
        listed = charter.veto_ground(identifier)
        title = ground.get("title")
        if identifier in kept:
            raise refuse("conflict", errors=[(f"{pointer}/id", "stated twice")])
        if title is None and listed is None:
            raise refuse(
                "ground-not-listed",
                f'The charter has no veto ground "{identifier}"; an own ground states its title.',
                errors=[(f"{pointer}/id", "not among the charter's veto grounds")],
            )
        if title is not None and listed is not None:
            raise refuse(
                "conflict",
                f'The charter has a veto ground "{identifier}": name it without a title, or choose another id.',
                errors=[(f"{pointer}/title", "the charter's own title holds")],
            )
        kept[identifier] = {"id": identifier, "title": title if listed is None else listed.title}  # type: ignore[dict-item]
    return list(kept.values())
