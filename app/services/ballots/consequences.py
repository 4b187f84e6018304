"""What follows from a standalone ballot by itself: the role that an election grants, and what the brand owes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models.ballots import Ballot
from app.models.communities import Community, MembershipRole
from app.policies.permissions import Actor, Role
from app.services.audit import Action, record
from app.services.ballots.candidates import held_roles
from app.services.obligations import debts

#: Outcomes from which something follows.
_CARRIED = frozenset({"passed", "decided"})


def grant_to_winners(
    session: Session, actor: Actor, ballot: Ballot, winners: Sequence[str], at: dt.datetime
) -> dict[str, Any] | None:
    """Give the winners of an election the role that it grants, where its decision type says so.

    :param actor: in the ballot's community; the entries are the service's.
    :param winners: option ids.
    :param at: from when they hold it: the ballot's close, whenever somebody asks for the result.
    :return: for the certified result: ``role``, ``received`` (option ids) and ``passed_over``: who left meanwhile,
        holds the role already or became an auditor (``option`` and ``reason``). None where none is granted.
    """
    if ballot.grants_role is None:
        return None
    role = Role(ballot.grants_role)
    candidates = {option.option_id: option.membership_id for option in ballot.options}
    # Every change of roles queues behind this row: what is read here still holds when it is acted on.
    session.execute(
        sa.select(Community.id).where(Community.id == ballot.community_id).with_for_update(key_share=True)
    )
    standing = held_roles(session, ballot.community_id, [each for each in candidates.values() if each])
    received: list[str] = []
    passed_over: list[dict[str, str]] = []
    for option_id in winners:
        membership_id = candidates[option_id]
        reason = _obstacle(standing, membership_id, role)
        if reason is not None or membership_id is None:
            passed_over.append({"option": option_id, "reason": reason or "not_a_member"})
            continue
        session.add(MembershipRole(membership_id=membership_id, role=role.value, granted_at=at))
        content = {"role": role.value, "ballot": str(ballot.id)}
        session.flush()
        record(session, _service(actor), Action.ROLE_GRANTED, ("membership", membership_id), content, at=at)
        received.append(option_id)
    return {"role": role.value, "received": received, "passed_over": passed_over}


def _obstacle(
    standing: dict[uuid.UUID, frozenset[Role]], membership_id: uuid.UUID | None, role: Role
) -> str | None:
    if membership_id not in standing:
        return "not_a_member"
    if role in standing[membership_id]:
        return "holds_it_already"
    return "auditor" if Role.AUDITOR in standing[membership_id] else None


def make_owed(session: Session, actor: Actor, ballot: Ballot, outcome: str) -> None:
    """Write down what the brand owes after a standalone ballot; after a proposal's, its lifecycle does that.

    :param actor: in the ballot's community; the entries are the service's.
    """
    if ballot.proposal_id is not None or outcome not in _CARRIED:
        return
    assert ballot.charter_rules is not None  # noqa: S101 - frozen at opening
    assert ballot.closes_at is not None  # noqa: S101 - frozen at opening
    debts.arise(
        session,
        ballot=ballot,
        rules=ballot.charter_rules,
        title=ballot.title,
        closed_at=ballot.closes_at,
        actor=_service(actor),
    )


def _service(actor: Actor) -> Actor:
    """Return the actor as the service acts: nobody decides what follows from a result."""
    return dataclasses.replace(actor, reference=None, role_used=None)
