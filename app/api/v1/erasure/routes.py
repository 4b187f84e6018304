"""Having oneself erased: from one community, or altogether."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.api.identity import current_provider
from app.api.v1.erasure.schemas import ErasureRequest
from app.http.blueprint import Blueprint
from app.http.operation import AUTHENTICATED, Context, current_kit
from app.policies.permissions import Actor, Permission
from app.services.erasure import account, membership
from app.services.erasure.account import Asked
from app.services.proposals.settlement import settle

blp = Blueprint(
    "erasure",
    __name__,
    url_prefix="/v1",
    description="Having oneself erased. Votes stay counted under a reference that means nobody any more.",
)

_REQUEST = {"request": {"password": "correct horse battery staple"}}
_ERRORS = {
    401: "The access token is missing or not valid, or the password is wrong.",
    429: "Too many wrong passwords for this account; Retry-After says how long to wait.",
}


def _compare(actor: Actor, arguments: Mapping[str, Any]) -> Asked:
    with current_kit().units.read() as reading:
        return account.ask(
            reading, actor, password=arguments["body"]["password"], provider=current_provider()
        )


def _compare_and_settle(actor: Actor, arguments: Mapping[str, Any]) -> Asked:
    """Compare the password, and take the clock's steps in every community that the account will leave."""
    asked = _compare(actor, arguments)
    units = current_kit().units
    with units.read() as reading:
        due = account.communities_with_steps_due(reading, actor) if asked.proof.matched else []
    for community_id in due:
        settle(units, community_id)
    return asked


@blp.operation(
    "PUT",
    "/accounts/me/erasure",
    operation_id="erase_own_account",
    permission=AUTHENTICATED,
    body=ErasureRequest,
    prepare=_compare_and_settle,
    returns=(204, None),
    errors=_ERRORS | {409: "You are the last brand owner of a community: hand it over first."},
    examples=_REQUEST,
)
def erase_own_account(context: Context, *, body: dict[str, Any], prepared: Asked) -> None:  # noqa: ARG001 - compared by then
    """Have your account erased, with every membership you have or had.

    It cannot be undone. You are signed out everywhere, you leave every community, and your name, address and
    words are taken out of them, but for what was voted on and what you said in an office. Votes stay counted.
    """
    account.erase_own(context.session, context.actor, prepared, current_provider())


@blp.operation(
    "PUT",
    "/communities/<uuid:community_id>/members/me/erasure",
    operation_id="erase_own_membership",
    permission=Permission.MEMBERSHIP_LEAVE,
    body=ErasureRequest,
    prepare=_compare,
    returns=(204, None),
    errors=_ERRORS | {409: "You are the last brand owner."},
    examples=_REQUEST,
)
def erase_own_membership(context: Context, *, body: dict[str, Any], prepared: Asked) -> None:  # noqa: ARG001 - compared by then
    """Leave a community and have erased there what is yours alone.

    It cannot be undone, and your account stays. Your name and your words are taken out of the community, but for
    what was voted on and what you said in an office. Votes stay counted. Should you join again, the log will know
    you by another reference.
    """
    account.require_password(context.session, context.actor, prepared, current_provider())
    membership.erase_own(context.session, context.actor)
