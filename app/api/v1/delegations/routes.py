"""Delegations: giving and taking back, delegates' statements, and what it comes to in a ballot."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from app.api.v1.delegations.schemas import (
    Delegate,
    DelegateStatement,
    DelegateStating,
    Delegation,
    DelegationGiving,
    DelegationQuery,
    OwnWeight,
)
from app.http.blueprint import Blueprint
from app.http.exports import Stream
from app.http.operation import Context, Reply
from app.http.paging import Page, PageQuery, page_schema
from app.models.delegations import DelegateStatement as StatementRow
from app.models.delegations import Delegation as DelegationRow
from app.policies.permissions import Permission
from app.services.delegations import exporting, finding, giving, own_weight, revoking, statements

blp = Blueprint(
    "delegations",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>",
    description="Delegation: letting another member vote, and what became of everybody's weight.",
)

_JSON_LINES = "application/jsonl"
_NO_DELEGATION = "The ballot is a draft, or in it only direct votes count."


def _shown(row: DelegationRow, now: dt.datetime) -> dict[str, Any]:
    names = ("id", "scope", "ballot_id", "group_id", "decision_type", "delegator_id", "delegate_id")
    instants = ("given_at", "expires_at", "revoked_at", "revoked_because")
    return {name: getattr(row, name) for name in (*names, *instants)} | {"state": finding.state_of(row, now)}


def delegation_tag(delegation: dict[str, Any]) -> tuple[object, ...]:
    """Return what the entity tag of a shown delegation is made of: nothing else about it ever changes."""
    revoked = delegation["revoked_at"] is not None
    return ("delegation", delegation["id"], delegation["state"].value, revoked)


def _shown_delegate(delegate: statements.Delegate) -> dict[str, Any]:
    said = delegate.statement
    return {
        "membership_id": delegate.membership.id,
        "display_name": delegate.membership.display_name,
        "stance": statements.Stance.SILENT if said is None else said.stance,
        "statement": "" if said is None else said.statement,
        "decision_types": [] if said is None else said.decision_types,
        "stated_at": None if said is None else said.stated_at,
        "delegations_received": delegate.received,
        "version": delegate.version,
    }


def statement_tag(statement: dict[str, Any]) -> tuple[object, ...]:
    """Return what the entity tag of a delegate's statement is made of."""
    return ("delegate", statement["membership_id"], statement["version"])


@blp.operation(
    "POST",
    "/delegations",
    operation_id="give_delegation",
    permission=Permission.DELEGATION_GIVE,
    body=DelegationGiving,
    returns=[(201, Delegation), (200, Delegation)],
    idempotent=True,
    etag=delegation_tag,
    location=lambda given: f"/v1/communities/{given['community_id']}/delegations/{given['id']}",
    errors={
        403: "You lack the role member, or are not on the ballot's roll.",
        404: "No such community, ballot or group.",
        409: "The rules let no such delegation count, the ballot is not open, the member cannot vote for you, one of "
        "you is no member of the group or it is archived, or scope, target and end do not fit together.",
    },
    examples={
        "requests": {
            "for the whole community": {
                "scope": "community",
                "delegate_id": "018f7b1e-0000-7000-8000-000000000000",
                "expires_at": "2031-01-01T00:00:00Z",
            },
            "for a kind of decision": {
                "scope": "decision_type",
                "decision_type": "product_vote",
                "delegate_id": "018f7b1e-0000-7000-8000-000000000000",
            },
            "in a group": {
                "scope": "group",
                "group_id": "018f7b1e-0000-7000-8000-000000000002",
                "delegate_id": "018f7b1e-0000-7000-8000-000000000000",
            },
            "nobody, for a ballot": {
                "scope": "ballot",
                "ballot_id": "018f7b1e-0000-7000-8000-000000000001",
                "delegate_id": None,
            },
            "nobody, where nothing narrower holds": {"scope": "community", "delegate_id": None},
        }
    },
)
def give_delegation(context: Context, *, community_id: uuid.UUID, body: dict[str, Any]) -> Reply:
    """Let another member vote for you, or say that nobody does.

    It counts in ballots whose decision type allows the scope: the most specific one in force holds, and none wider
    steps in where it leads to nobody. A vote of your own takes your weight back at any time before the close. What
    you gave for the same before is replaced; the same again changes nothing.
    """
    given, new = giving.give(context.session, context.actor, giving.Wanted(**body))
    shown = _shown(given, context.now()) | {"community_id": community_id}
    return Reply(shown, status=201 if new else 200)


@blp.operation(
    "GET",
    "/delegations",
    operation_id="list_delegations",
    permission=Permission.DELEGATION_READ,
    query=DelegationQuery,
    returns=(200, page_schema(Delegation)),
)
def list_delegations(context: Context, *, query: dict[str, Any]) -> Page:
    """List delegations that you gave or received, the newest first, ended ones with the reason.

    Who delegates to whom is seen by the two of them, and by auditors.
    """
    now = context.now()
    found = finding.listed(context.actor, now, direction=query["direction"], state=query["state"])
    page = context.page(found, [(DelegationRow.id, uuid.UUID)], query, descending=True)
    return Page([_shown(row, now) for row in page.items], page.next_cursor)


@blp.operation(
    "GET",
    "/delegations/<uuid:delegation_id>",
    operation_id="get_delegation",
    permission=Permission.DELEGATION_READ,
    returns=(200, Delegation),
    etag=delegation_tag,
)
def get_delegation(context: Context, *, delegation_id: uuid.UUID) -> dict[str, Any]:
    """Read a delegation that you gave or received."""
    return _shown(finding.read(context.session, context.actor, delegation_id), context.now())


@blp.operation(
    "DELETE",
    "/delegations/<uuid:delegation_id>",
    operation_id="revoke_delegation",
    permission=Permission.DELEGATION_REVOKE,
    returns=(200, Delegation),
    etag=delegation_tag,
)
def revoke_delegation(context: Context, *, delegation_id: uuid.UUID) -> dict[str, Any]:
    """Take a delegation back that you gave, or hand one back that you received.

    It counts in no ballot that closes later. One that has ended stays as it is; all of them are kept.
    """
    revoked = revoking.revoke(context.session, context.actor, delegation_id)
    return _shown(revoked, context.now())


@blp.operation(
    "GET",
    "/delegates",
    operation_id="list_delegates",
    permission=Permission.DELEGATE_READ,
    query=PageQuery,
    returns=(200, page_schema(Delegate)),
)
def list_delegates(context: Context, *, query: dict[str, Any]) -> Page:
    """List the members who offer to vote for others, with what they say and how many delegated to them."""
    order = [(StatementRow.membership_id, uuid.UUID)]
    page = context.page(statements.delegates(context.actor), order, query)
    found = statements.described(context.session, context.actor, page.items, context.now())
    return Page([_shown_delegate(each) for each in found], page.next_cursor)


@blp.operation(
    "GET",
    "/delegates/me",
    operation_id="get_own_delegate_statement",
    permission=Permission.DELEGATE_READ,
    returns=(200, DelegateStatement),
    etag=statement_tag,
)
def get_own_delegate_statement(context: Context) -> dict[str, Any]:
    """Read what you said about carrying others' weight; silent, until you say something."""
    return _shown_delegate(statements.read(context.session, context.actor, None, context.now()))


@blp.operation(
    "GET",
    "/delegates/<uuid:membership_id>",
    operation_id="get_delegate",
    permission=Permission.DELEGATE_READ,
    returns=(200, Delegate),
)
def get_delegate(context: Context, *, membership_id: uuid.UUID) -> dict[str, Any]:
    """Read a member as a delegate, with how many delegated to them."""
    return _shown_delegate(statements.read(context.session, context.actor, membership_id, context.now()))


@blp.operation(
    "PUT",
    "/delegates/me",
    operation_id="state_as_delegate",
    permission=Permission.DELEGATION_GIVE,
    body=DelegateStating,
    returns=(200, DelegateStatement),
    if_match=True,
    etag=statement_tag,
    errors={409: "The charter in force has no such decision type."},
    examples={
        "request": {
            "stance": "accepting",
            "statement": "I have brewed for ten years, and say before each vote what I will vote for and why.",
            "decision_types": ["product_vote"],
        }
    },
)
def state_as_delegate(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Say whether you carry others' weight.

    Accepting, you are listed with your statement. Declining, nobody can delegate to you, and every delegation to
    you ends at once; whoever gave it sees why. Silent, you are not listed, and can be chosen all the same.
    """
    delegate, now = statements.locked(context.session, context.actor)
    context.check_etag(statement_tag(_shown_delegate(delegate)))
    return _shown_delegate(statements.state(context.session, context.actor, delegate, body, now))


@blp.operation(
    "GET",
    "/ballots/<uuid:ballot_id>/delegations/me",
    operation_id="get_own_weight",
    permission=Permission.BALLOT_OWN_VOTE,
    returns=(200, OwnWeight),
    writes=True,
    errors={403: "You are not on this ballot's roll.", 409: "The ballot is a draft."},
)
def get_own_weight(context: Context, *, ballot_id: uuid.UUID) -> own_weight.OwnWeight:
    """Read what you weigh in a ballot, and what becomes of it.

    With what a cap cut off of your tokens. Where weight can be delegated, before the close: the delegation that
    holds, whom it leads to, and what happens if nobody along the chain votes. After it: what became of your weight
    and why, and what you carried for others. In a sealed ballot nobody learns before the close who has voted.
    """
    return own_weight.own_weight(context.session, context.actor, ballot_id)


@blp.operation(
    "GET",
    "/ballots/<uuid:ballot_id>/delegations",
    operation_id="download_delegations",
    permission=Permission.BALLOT_LOG,
    returns=(200, _JSON_LINES),
    writes=True,
    errors={409: f"Voting has not ended. {_NO_DELEGATION}"},
)
def download_delegations(context: Context, *, ballot_id: uuid.UUID) -> Stream:
    """Download the chains of delegations of a closed ballot, as evidence.

    JSON Lines: first the sums, then one line for each on the roll who did not vote and whose delegation held, under
    the random names of roll and log. SHA-256 over all bytes is the result's evidence_digest; with roll and log the
    lines suffice to resolve the delegations again.
    """
    found = exporting.export(context.session, context.actor, ballot_id)
    return Stream(found.chunks, found.filename, _JSON_LINES)
