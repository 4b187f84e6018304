"""How a cast reaches the one-statement path before any transaction is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import current_app, request

from app.domain.instants import instant
from app.http.encoding import encode_json
from app.http.operation import Encoded, Reply
from app.http.problems import ProblemError
from app.policies.permissions import Actor
from app.services.ballots.casting import Receipt
from app.services.ballots.casting_fast import FastCasting
from app.services.ballots.casting_request import Waited, WaitedInVain

#: Where the application keeps its :class:`FastCasting`, in ``app.extensions``.
EXTENSION = "althing.fast_casting"

#: Where a request's environment says what the fast path waited for in vain (a :class:`Waited`).
WAITED = "althing.cast_waited"


def cast_at_once(actor: Actor, arguments: Mapping[str, Any]) -> Reply | None:
    """Cast by the hot path; None sends the request on to the ordinary view.

    :raises ProblemError: ``database-unavailable``.
    """
    receipt = None if has_waited() else _cast(actor, arguments)
    if request.environ.get(WAITED) is Waited.DATABASE:
        raise ProblemError("database-unavailable")  # the ordinary view would wait for the same again
    return None if receipt is None else Reply(encoded(receipt), status=201)


def has_waited() -> bool:
    """Say whether this request has waited as long as a request may, so that it must not wait again."""
    return WAITED in request.environ


def _cast(actor: Actor, arguments: Mapping[str, Any]) -> Receipt | None:
    casting = cast("FastCasting", current_app.extensions[EXTENSION])
    try:
        return casting.cast(
            actor, arguments["community_id"], arguments["ballot_id"], arguments["body"]["choice"]
        )
    except WaitedInVain as vain:
        request.environ[WAITED] = vain.waited
        return None


def encoded(receipt: Receipt) -> Encoded:
    """Write a receipt as its schema dumps it, for a third of the time."""
    members = {
        "ballot_id": str(receipt.ballot_id),
        "tracker": str(receipt.tracker),
        "revision": receipt.revision,
        "digest": receipt.digest,
        "leaf_hash": receipt.leaf_hash,
        "cast_at": instant(receipt.cast_at),
    }
    return Encoded(encode_json(members))
