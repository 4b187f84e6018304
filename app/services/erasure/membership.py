"""Erasing a membership: the person leaves, and nothing here leads back to them or holds their words.

Their votes stay counted under a reference that means nobody any more; should they join again, they get another.
"""

from __future__ import annotations

import dataclasses
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.erasure import ERASED, Erasable, Ground
from app.domain.instants import to_milliseconds
from app.models.communities import Community, Membership, MembershipRole
from app.models.delegations import DelegateStatement
from app.models.erasure import Erasure
from app.models.ideas import IdeaFollower
from app.models.idempotency import IdempotencyRecord
from app.models.ids import random_id
from app.models.tokens import TokenAccount, TokenEntry, TokenLock, TokenPosting
from app.policies.permissions import Actor, Permission, Role
from app.services.audit import SERVICE, Action, record
from app.services.communities.joining import lock_roles, part
from app.services.erasure.contents import erase_contents
from app.services.erasure.texts import Subject, erase_texts

_MOST_WITHIN_ONE_ENTRY = 2
"""Postings of an entry whose reason can be about one member: who gave and who received."""


def erase_own(session: Session, actor: Actor) -> None:
    """Erase the actor's own membership.

    :param actor: inside their community, whose password was proved.
    :raises Refusal: ``last-brand-owner``; ``not-found`` for whoever has left meanwhile.
    """
    actor, _ = lock_roles(session, actor, Permission.MEMBERSHIP_LEAVE)
    membership = session.get_one(Membership, actor.membership_id)
    erase(session, actor, membership, Ground.OWN_REQUEST)
    note(session, Erasable.MEMBERSHIP, membership.id, Ground.OWN_REQUEST)


def as_themselves(session: Session, actor: Actor, membership: Membership) -> Actor:
    """Return whoever erases as the member who is erased, with the roles held now; locks the community's roles.

    :param actor: the account's own, or the service.
    """
    session.execute(sa.select(Community.id).where(Community.id == membership.community_id).with_for_update())
    held = sa.select(MembershipRole.role).where(MembershipRole.membership_id == membership.id)
    return dataclasses.replace(
        actor,
        community_id=membership.community_id,
        membership_id=membership.id,
        reference=membership.reference,
        roles=frozenset(Role(role) for role in session.scalars(held)),
        role_used=None,
    )


def erase(session: Session, actor: Actor, membership: Membership, ground: Ground) -> None:
    """Erase a membership of whoever has one, and of whoever had one.

    :param actor: the member who is erased, as :func:`as_themselves` returns them; their community's roles are locked.
    :raises Refusal: ``last-brand-owner``.
    """
    account_id, now = membership.account_id, to_milliseconds(database_now(session))
    if membership.left_at is None:
        part(session, actor)
    membership.erased_at = now
    membership.account_id = None
    membership.display_name = ERASED
    session.flush()  # the database lets go of the words of those alone who are erased
    subjects = [*erase_texts(session, actor, now), *_tokens(session, membership)]
    for table in (DelegateStatement, IdeaFollower):
        session.execute(sa.delete(table).where(table.membership_id == membership.id))
    session.execute(
        sa.delete(IdempotencyRecord).where(
            IdempotencyRecord.actor == str(account_id),
            IdempotencyRecord.community_id == membership.community_id,
        )
    )
    erase_contents(session, membership.community_id, membership.reference, subjects)
    by = actor if ground is Ground.OWN_REQUEST else _service_in(membership.community_id)
    content = {"ground": ground.value}
    record(session, by, Action.MEMBER_ERASED, ("membership", membership.id), content, at=now)


def note(session: Session, kind: Erasable, subject_id: uuid.UUID, ground: Ground) -> None:
    """Write down whose data was erased, for the day on which a backup is restored."""
    session.add(
        Erasure(
            kind=kind.value,
            subject_id=subject_id,
            ground=ground.value,
            erased_at=database_now(session),
        )
    )
    session.flush()


def _service_in(community_id: uuid.UUID) -> Actor:
    return dataclasses.replace(SERVICE, community_id=community_id)


def _tokens(session: Session, membership: Membership) -> list[Subject]:
    """Give the member's accounts names that say nothing, and erase the reasons of what was moved there and back.

    An entry that moves the tokens of many, as an import does, has a reason that is about none of them.
    """
    accounts = session.scalars(
        sa.select(TokenAccount).where(TokenAccount.membership_id == membership.id).order_by(TokenAccount.id)
    ).all()
    for account in accounts:
        if account.name != membership.reference:
            account.name = str(random_id())
    session.flush()
    ids = [account.id for account in accounts]
    posted, locked = (
        sa.select(table.position).where(
            table.community_id == membership.community_id, table.account_id.in_(ids)
        )
        for table in (TokenPosting, TokenLock)
    )
    postings = (
        sa.select(sa.func.count())
        .select_from(TokenPosting)
        .where(
            TokenPosting.community_id == TokenEntry.community_id, TokenPosting.position == TokenEntry.position
        )
        .scalar_subquery()
    )
    about = session.scalars(
        sa.select(TokenEntry.position).where(
            TokenEntry.community_id == membership.community_id,
            TokenEntry.position.in_(posted.union(locked)),
            postings <= _MOST_WITHIN_ONE_ENTRY,
            TokenEntry.reason.is_not(None),
        )
    ).all()
    session.execute(
        sa.update(TokenEntry)
        .where(TokenEntry.community_id == membership.community_id, TokenEntry.position.in_(about))
        .values(reason=None)
        .execution_options(synchronize_session=False)
    )
    return [("token_entry", str(position)) for position in about]
