"""Founding a community, reading it, and changing what the brand says about it."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.models.communities import Community, Membership
from app.models.ids import resource_id
from app.policies.permissions import Actor, Role
from app.services.audit import Action, record
from app.services.charters import acceptance
from app.services.charters.versions import enter_into_force, founding_charter
from app.services.communities.joining import admit
from app.services.tokens.opening import open_ledger


def visible_to(actor: Actor) -> sa.Select[Community]:
    """Select the communities of which the account is an active member."""
    return (
        sa.select(Community)
        .join(Membership, Membership.community_id == Community.id)
        .where(Membership.account_id == actor.account_id, Membership.left_at.is_(None))
    )


def found(session: Session, actor: Actor, facts: Mapping[str, Any]) -> tuple[Community, Membership]:
    """Found a community; the founder becomes its first brand owner.

    The founder gets no vote by that: ownership and membership are separate powers.

    The charter it is founded with is its version 1, in force at once and accepted by the founder.

    :param facts: ``slug``, ``name``, and optionally ``description``, ``open_joining``, ``allowed_origins``,
        ``public_log``, and ``charter_template`` (the name of one) or ``charter`` (a whole document).
    :raises Refusal: ``slug-taken``, ``invalid-charter``.
    """
    charter = founding_charter(facts.get("charter_template"), facts.get("charter"))
    now = database_now(session)
    community = Community(
        id=resource_id(),
        slug=facts["slug"],
        name=facts["name"],
        description=facts.get("description", ""),
        open_joining=facts.get("open_joining", False),
        allowed_origins=list(facts.get("allowed_origins", [])),
        public_log=facts.get("public_log", False),
        created_at=now,
    )
    if session.scalar(sa.select(Community.id).where(Community.slug == community.slug)) is not None:
        raise refuse("slug-taken")
    session.add(community)
    session.flush()  # a race for the slug ends here, at the unique constraint
    first = enter_into_force(session, community.id, charter, number=1, at=now)
    open_ledger(session, community.id, now)
    membership = admit(session, community.id, actor, Role.BRAND_OWNER, now)
    acceptance.note(session, membership.id, first.number, now)
    inside = dataclasses.replace(
        actor,
        community_id=community.id,
        membership_id=membership.id,
        reference=membership.reference,
        roles=frozenset({Role.BRAND_OWNER}),
        role_used=Role.BRAND_OWNER,
    )
    content = _content(community) | {"charter": {"version": first.number, "digest": first.digest}}
    record(session, inside, Action.COMMUNITY_FOUNDED, ("community", community.id), content, at=now)
    return community, membership


def read(session: Session, community_id: uuid.UUID) -> Community:
    """Return a community the actor has entered.

    :raises Refusal: ``not-found``.
    """
    community = session.get(Community, community_id)
    if community is None:
        raise refuse("not-found")
    return community


def locked(session: Session, community_id: uuid.UUID) -> Community:
    """Return a community with its row locked: changes of roles and settings queue here.

    :raises Refusal: ``not-found``.
    """
    community = session.scalar(
        sa.select(Community)
        .where(Community.id == community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if community is None:
        raise refuse("not-found")
    return community


def update(session: Session, actor: Actor, community: Community, changes: Mapping[str, Any]) -> Community:
    """Change name, description, joining, allowed origins or who may follow the log.

    What is so already writes nothing.
    """
    names = ("name", "description", "open_joining", "allowed_origins", "public_log")
    changed = [name for name in names if name in changes and changes[name] != getattr(community, name)]
    if not changed:
        return community
    for name in changed:
        setattr(community, name, changes[name])
    session.flush()
    record(session, actor, Action.COMMUNITY_UPDATED, ("community", community.id), _content(community))
    return community


def _content(community: Community) -> dict[str, Any]:
    return {
        "slug": community.slug,
        "name": community.name,
        "description": community.description,
        "open_joining": community.open_joining,
        "allowed_origins": list(community.allowed_origins),
        "public_log": community.public_log,
        "version": community.version,
    }
