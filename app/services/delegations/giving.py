"""Letting another vote for oneself, in a scope that the charter allows, until one votes or takes it back."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.delegation import DelegationScope
from app.domain.errors import Refusal, refuse
from app.domain.groups import GroupStanding
from app.domain.instants import instant
from app.domain.lifecycle import BallotState
from app.models.ballots import Ballot, RollEntry
from app.models.communities import Membership
from app.models.delegations import TARGETS, DelegateStatement, Delegation
from app.policies.permissions import Actor, Permission, Role
from app.services.audit import Action, record
from app.services.ballots.candidates import held_roles
from app.services.ballots.drafts import read as read_ballot
from app.services.ballots.drafts import standing as standing_of
from app.services.ballots.drafts import state_of
from app.services.charters.versions import in_force
from app.services.communities.joining import share_roles
from app.services.delegations import finding, revoking
from app.services.delegations.dating import dated_now
from app.services.delegations.resolving import rule_of
from app.services.delegations.statements import Stance
from app.services.groups import finding as groups


@dataclass(frozen=True, slots=True)
class Wanted:
    """A delegation that a member wants to give.

    :param delegate_id: to whom; None is the explicit opt-out from every wider delegation.
    :param scope: what for.
    :param ballot_id, group_id, decision_type: which one, where the scope is one of these.
    :param expires_at: when it ends by itself, or None.
    """

    delegate_id: uuid.UUID | None
    scope: DelegationScope
    ballot_id: uuid.UUID | None = None
    group_id: uuid.UUID | None = None
    decision_type: str | None = None
    expires_at: dt.datetime | None = None


def give(session: Session, actor: Actor, wanted: Wanted) -> tuple[Delegation, bool]:
    """Delegate, or opt out, in place of what the actor gave for the same before.

    :return: the delegation, and whether it is new: the same again changes nothing.
    :raises Refusal: ``invalid-delegation`` where scope, target and end do not fit together;
        ``delegation-not-allowed`` where no charter rule lets it count; ``not-a-delegate``; ``not-on-roll``,
        ``ballot-not-open`` and ``not-found`` of a ballot; ``not-found``, ``group-archived`` and
        ``not-a-group-member`` of a group; ``unknown-decision-type``.
    """
    _require_fitting(wanted)
    actor, community_id = share_roles(session, actor, Permission.DELEGATION_GIVE)
    # Two requests of one member are taken one after the other.
    session.execute(
        sa.select(Membership.id).where(Membership.id == actor.membership_id).with_for_update(key_share=True)
    )
    if wanted.group_id is not None:
        _require_group(session, actor, wanted.group_id, wanted.delegate_id)
    now = dated_now(session, community_id)
    _require_allowed(session, actor, wanted, now)
    _require_delegate(session, actor, wanted)
    if wanted.expires_at is not None and wanted.expires_at <= now:
        detail = f"lies in the past: it is {instant(now)}"
        raise refuse("invalid-delegation", errors=[("#/expires_at", detail)])
    standing = _standing(session, actor, wanted)
    if standing is not None:
        if _says_the_same(standing, wanted, now):
            return standing, False
        revoking.end(session, actor, standing, revoking.Reason.REPLACED, now)
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    given = Delegation(
        community_id=community_id,
        delegator_id=actor.membership_id,
        delegate_id=wanted.delegate_id,
        scope=wanted.scope.value,
        ballot_id=wanted.ballot_id,
        group_id=wanted.group_id,
        decision_type=wanted.decision_type,
        given_at=now,
        expires_at=wanted.expires_at,
    )
    session.add(given)
    session.flush()
    content = {
        "scope": given.scope,
        "ballot": None if given.ballot_id is None else str(given.ballot_id),
        "group": None if given.group_id is None else str(given.group_id),
        "decision_type": given.decision_type,
        "delegate": None if given.delegate_id is None else str(given.delegate_id),
        "expires_at": None if given.expires_at is None else instant(given.expires_at),
        "replaces": None if standing is None else str(standing.id),
    }
    record(session, actor, Action.DELEGATION_GIVEN, ("delegation", given.id), content, at=now)
    return given, True


def _require_fitting(wanted: Wanted) -> None:
    """Refuse a scope that lacks what it is for, or comes with what another scope is for."""
    errors = []
    for scope, column in TARGETS.items():
        stated = getattr(wanted, column) is not None
        if stated is not (wanted.scope == scope):
            errors.append((f"#/{column}", f"belongs to the scope {scope}" if stated else "is required"))
    if errors:
        raise refuse("invalid-delegation", errors=errors)


def _require_group(
    session: Session, actor: Actor, group_id: uuid.UUID, delegate_id: uuid.UUID | None
) -> None:
    """Refuse a delegation in a group unless both are its members, and keep them so until it is stored.

    Whoever leaves the group ends what they gave and received there: none may slip past that. So the rows are locked
    here, before the delegation is dated, in the order in which leaving does it.
    """
    groups.locked_active(session, actor, group_id)
    for member_id in sorted({each for each in (actor.membership_id, delegate_id) if each is not None}):
        found = groups.locked_member(session, group_id, member_id, shared=True)
        if found is None or found.standing != GroupStanding.MEMBER.value:
            own = member_id == actor.membership_id
            detail = (
                "You are no member of the group."
                if own
                else "Whoever votes for you is no member of the group."
            )
            raise refuse("not-a-group-member", detail)


def _require_allowed(session: Session, actor: Actor, wanted: Wanted, now: dt.datetime) -> None:
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    if wanted.ballot_id is not None:
        ballot = read_ballot(session, actor, wanted.ballot_id)
        _require_ballot(session, actor, ballot, wanted, now)
        return
    _, charter = in_force(session, actor.community_id)
    rules = charter.decision_types
    if wanted.decision_type is not None:
        rules = tuple(rule for rule in rules if rule.id == wanted.decision_type)
        if not rules:
            known = ", ".join(rule.id for rule in charter.decision_types)
            raise refuse("unknown-decision-type", errors=[("#/decision_type", f"one of: {known}")])
    if wanted.group_id is not None:
        rules = tuple(rule for rule in rules if rule.groups)
    if not any(rule.delegation and wanted.scope in rule.delegation.scopes for rule in rules):
        raise _not_allowed(wanted, "the charter in force")


def _require_ballot(session: Session, actor: Actor, ballot: Ballot, wanted: Wanted, now: dt.datetime) -> None:
    """Refuse a delegation for one ballot that its rules, its time or its roll do not let count."""
    state = state_of(ballot, now)
    if state not in {BallotState.SCHEDULED, BallotState.OPEN}:
        detail = f"The ballot is {state.value}: nothing is delegated for it."
        raise refuse("ballot-not-open", detail, extensions=standing_of(ballot, state))
    rule = rule_of(ballot)
    if rule is None or wanted.scope not in rule.scopes:
        raise _not_allowed(wanted, "the ballot's decision type")
    if session.get(RollEntry, (ballot.id, actor.membership_id)) is None:
        raise refuse("not-on-roll", "The roll was frozen when the ballot opened, and you are not on it.")
    if wanted.delegate_id is not None and session.get(RollEntry, (ballot.id, wanted.delegate_id)) is None:
        raise _no_delegate("is not on this ballot's roll")


def _not_allowed(wanted: Wanted, by: str) -> Refusal:
    detail = f"By {by}, no delegation of the scope {wanted.scope.value} counts here."
    return refuse("delegation-not-allowed", detail, errors=[("#/scope", "counts nowhere")])


def _require_delegate(session: Session, actor: Actor, wanted: Wanted) -> None:
    """Refuse somebody who could not vote for the actor, or does not want to."""
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    if wanted.delegate_id is None:
        return
    if wanted.delegate_id == actor.membership_id:
        raise _no_delegate("is yourself")
    roles = held_roles(session, actor.community_id, [wanted.delegate_id]).get(wanted.delegate_id)
    if roles is None:
        raise _no_delegate("is no active member")
    if Role.MEMBER not in roles or Role.AUDITOR in roles:
        raise _no_delegate("has no vote: lacks the role member")
    statement = session.get(DelegateStatement, wanted.delegate_id)
    if statement is not None and statement.stance == Stance.DECLINING:
        raise _no_delegate("carries nobody's weight")


def _no_delegate(detail: str) -> Refusal:
    return refuse("not-a-delegate", errors=[("#/delegate_id", detail)])


def _standing(session: Session, actor: Actor, wanted: Wanted) -> Delegation | None:
    """Return the one that the actor gave for the same, expired or not, its row locked."""
    statement = sa.select(Delegation).where(
        Delegation.delegator_id == actor.membership_id,
        Delegation.scope == wanted.scope.value,
        Delegation.revoked_at.is_(None),
    )
    for column in TARGETS.values():
        statement = statement.where(getattr(Delegation, column) == getattr(wanted, column))
    return session.scalar(statement.with_for_update().execution_options(populate_existing=True))


def _says_the_same(standing: Delegation, wanted: Wanted, now: dt.datetime) -> bool:
    return (standing.delegate_id, standing.expires_at) == (wanted.delegate_id, wanted.expires_at) and (
        finding.state_of(standing, now) is finding.DelegationState.IN_FORCE
    )
