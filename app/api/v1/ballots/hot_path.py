"""How a cast reaches the one-statement path before any transaction is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import current_app

from app.domain.instants import instant
from app.http.encoding import encode_json
from app.http.operation import Encoded, Reply
from app.policies.permissions import Actor
from app.services.ballots.casting import Receipt
from app.services.ballots.casting_fast import FastCasting

#: Where the application keeps its :class:`FastCasting`, in ``app.extensions``.
EXTENSION = "althing.fast_casting"


def cast_at_once(actor: Actor, arguments: Mapping[str, Any]) -> Reply | None:
    """Cast by the hot path; None sends the request on to the ordinary view."""
    casting = cast("FastCasting", current_app.extensions[EXTENSION])
    receipt = casting.cast(
        actor, arguments["community_id"], arguments["ballot_id"], arguments["body"]["choice"]
    )
    return None if receipt is None else Reply(encoded(receipt), status=201)


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
