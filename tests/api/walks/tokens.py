"""Issuing, moving, burning, vesting and locking tokens; accounts; imports of balances."""

from __future__ import annotations

from typing import Any

from tests.api.walks.canary import CANARY, town_of
from tests.api.walks.walk import Call, Walk, answered, walk_for, walk_in, walk_of_owner
from tests.support.portal import UNKNOWN, Portal, Town
from tests.support.tokens import issue, member

REASON = f"{CANARY} reason"
OWN, OTHER = f"{CANARY} own", f"{CANARY} other"
#: Nobody has as much as this.
TOO_MUCH = {"amount": 1_000_000}


def tokens(town: Town, what: str) -> str:
    return f"{town.path}/tokens/{what}"


def account(town: Town, owner: str = "treasury", amount: int = 0) -> str:
    """Make an account whose name is the canary's, and return its path."""
    made = town.owner.ok("POST", tokens(town, "accounts"), {"name": CANARY, "owner": owner})
    if amount:
        issue(town, CANARY, amount)
    return tokens(town, f"accounts/{made['id']}")


def entry(answer: Any) -> tuple[str, str]:
    """Return the subject of an entry: its position in the ledger."""
    return "token_entry", str(answer["position"])


def walk_of_power(
    portal: Portal, what: str, body: dict[str, Any], action: str, wrong: dict[str, Any]
) -> Walk:
    """Return the walk of an entry that only the brand makes, of an account that has something in it."""
    town = town_of(portal)
    account(town, amount=100)
    town.owner.ok("POST", tokens(town, "accounts"), {"name": OTHER})
    call = Call(town.owner, "POST", tokens(town, what), body)
    refused = [
        Call(town.owner, "POST", call.path, body | each, status=409)
        for each in ({"amount": 2**53 - 1}, wrong)
    ]
    return walk_of_owner(town, call, action, entry, refused_before=refused)


def walk_of_own(portal: Portal, what: str, body: dict[str, Any], action: str, **wrong: Any) -> Walk:
    """Return the walk of an entry that members make of their own tokens, in an account of the canary's name."""
    town = town_of(portal)
    first, auditor = town.members[0], portal.join(town, "auditor")
    account(town)
    facts = {"name": OWN, "owner": "member", "membership_id": member(town, first)}
    town.owner.ok("POST", tokens(town, "accounts"), facts)
    issue(town, OWN, 100)
    call = Call(first, "POST", tokens(town, what), body)
    refused = [Call(first, "POST", call.path, body | each, status=409) for each in (TOO_MUCH, wrong) if each]
    return walk_in(town, call, action, entry, role="member", forbidden=auditor, refused_before=refused)


@walk_for
def create_token_account(portal: Portal) -> Walk:
    town = town_of(portal)
    body = {"name": CANARY, "owner": "member", "membership_id": member(town, town.members[0])}
    call = Call(town.owner, "POST", tokens(town, "accounts"), body)
    return walk_of_owner(
        town,
        call,
        "token.account_created",
        answered("token_account"),
        refused_before=[
            Call(town.owner, "POST", call.path, {"name": "supply"}, status=409),
            Call(town.owner, "POST", call.path, body | {"owner": "treasury"}, status=409),
            Call(town.owner, "POST", call.path, body | {"membership_id": UNKNOWN}, status=404),
        ],
        refused_after=[Call(town.owner, "POST", call.path, body, status=409)],
    )


@walk_for
def assign_token_account(portal: Portal) -> Walk:
    town = town_of(portal)
    path = f"{account(town, 'nobody', 5)}/assignment"
    call = Call(town.owner, "POST", path, {"membership_id": member(town, town.members[0])}, status=409)
    return walk_of_owner(
        town,
        call,
        "token.account_assigned",
        answered("token_account"),
        refused_before=[Call(town.owner, "POST", path, {"membership_id": UNKNOWN}, status=404)],
        refused_after=[call],
    )


@walk_for
def issue_tokens(portal: Portal) -> Walk:
    body = {"to": CANARY, "amount": 5, "reason": REASON}
    return walk_of_power(portal, "issues", body, "token.issued", {"to": "supply"})


@walk_for
def vest_tokens(portal: Portal) -> Walk:
    body = {"from": CANARY, "to": OTHER, "amount": 5, "reason": REASON}
    body |= {"starts_at": "2027-01-01T00:00:00Z", "duration": "P9D"}
    return walk_of_power(portal, "vestings", body, "token.vested", {"cliff": "P10D"})


@walk_for
def burn_tokens(portal: Portal) -> Walk:
    body = {"from": CANARY, "amount": 5, "reason": REASON}
    return walk_of_power(portal, "burns", body, "token.burned", {"from": "nobody"})


@walk_for
def transfer_tokens(portal: Portal) -> Walk:
    body = {"from": OWN, "to": CANARY, "amount": 5, "reason": REASON}
    return walk_of_own(portal, "transfers", body, "token.transferred", to="nobody")


@walk_for
def lock_tokens(portal: Portal) -> Walk:
    body = {"account": OWN, "amount": 5, "until": "2999-01-01T00:00:00Z", "reason": REASON}
    return walk_of_own(portal, "locks", body, "token.locked", until="2001-01-01T00:00:00Z")


@walk_for
def burn_own_tokens(portal: Portal) -> Walk:
    body = {"from": OWN, "amount": 5, "reason": REASON}
    return walk_of_own(portal, "me/burns", body, "token.burned")


@walk_for
def import_token_balances(portal: Portal) -> Walk:
    town = town_of(portal)
    text = f"account,amount\n{CANARY} 1,5\n{member(town, town.members[0])},7\n"
    path = f"{tokens(town, 'imports')}?create_accounts=true&reason={CANARY}"
    call = Call(town.owner, "POST", path, text, status=409)
    return walk_of_owner(
        town,
        call,
        "token.imported",
        answered("token_import"),
        refused_before=[Call(town.owner, "POST", path, text + f"{CANARY} 2,none\n", status=409)],
        refused_after=[call],
    )
