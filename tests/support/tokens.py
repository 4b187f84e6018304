"""A community's tokens: who has how many, and what people do with them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.domain.ledger import EntryKind
from app.domain.ledger.accounts import AccountOwner
from app.models.tokens import TokenAccount, TokenEntry, TokenPosting
from app.services.tokens.turns import look
from tests.support.portal import Person, Portal, Town


def give(town: Town, *amounts: tuple[Person, int]) -> None:
    """Issue tokens to members; nothing to whoever is to hold none."""
    for person, amount in amounts:
        if not amount:
            continue
        issue(town, member(town, person), amount)


def issue(town: Town, to: str, amount: int, **facts: Any) -> dict[str, Any]:
    """Issue tokens to an account."""
    return town.owner.ok("POST", f"{town.path}/tokens/issues", {"to": to, "amount": amount} | facts)


def hold(
    session: Session, community_id: uuid.UUID, amounts: Mapping[uuid.UUID, int], at: dt.datetime
) -> None:
    """Issue tokens to memberships, by the first entry of a community's ledger that has been opened."""
    held = {member: amount for member, amount in amounts.items() if amount}
    if not held:
        return
    facts = {"position": 1, "community_id": community_id}
    total = sum(held.values())
    supply = look(session, community_id).supply
    session.add(TokenPosting(account_id=supply.id, amount=-total, **facts))
    for member, amount in held.items():
        account = TokenAccount(
            id=uuid.uuid4(),
            community_id=community_id,
            name=str(member),
            owner=AccountOwner.MEMBER.value,
            membership_id=member,
            created_at=at,
        )
        session.add(account)
        session.flush()
        session.add(TokenPosting(account_id=account.id, amount=amount, **facts))
    session.flush()
    session.add(TokenEntry(kind=EntryKind.ISSUE.value, amount=total, at=at, **facts))
    session.flush()


def treasury(town: Town, amount: int = 0, name: str = "treasury") -> str:
    """Make an account of the treasury's with something in it, and return its path."""
    made = town.owner.ok("POST", f"{town.path}/tokens/accounts", {"name": name})
    if amount:
        issue(town, name, amount)
    return f"{town.path}/tokens/accounts/{made['id']}"


def member(town: Town, person: Person) -> str:
    """Return the id of somebody's membership, by which their main account may be called."""
    return person.memberships[town.id]


def balance(town: Town, person: Person) -> int:
    """Return what somebody holds."""
    return person.ok("GET", f"{town.path}/tokens/me")["balance"]


def token_town(portal: Portal, members: int = 2) -> Town:
    """Found a community whose members may pass their tokens on."""
    return portal.town(members=members, charter_template="token_community", open_joining=True)


def fill_ledger(town: Town) -> None:
    """Have something of everything in a community's ledger: each kind of entry, and an import."""
    owner, first = town.owner, town.members[0]
    tokens = f"{town.path}/tokens"
    treasury(town, 100)
    give(town, (first, 3))
    mine = member(town, first)
    owner.ok("POST", f"{tokens}/transfers", {"from": "treasury", "to": mine, "amount": 4})
    owner.ok("POST", f"{tokens}/locks", {"account": "treasury", "amount": 5, "until": "2999-01-01T00:00:00Z"})
    vesting = {"to": mine, "amount": 6, "starts_at": "2026-01-01T00:00:00Z", "duration": "P9999D"}
    owner.ok("POST", f"{tokens}/vestings", vesting | {"from": "treasury", "reason": "Thanks"})
    owner.ok("POST", f"{tokens}/burns", {"from": mine, "amount": 1, "reason": "Issued by mistake"})
    owner.ok("POST", f"{tokens}/imports?create_accounts=true", f"account,amount\nLOYAL-1,7\n{mine},8\n")
