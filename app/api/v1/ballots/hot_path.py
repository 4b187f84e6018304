"""How a cast reaches the one-statement path before any transaction is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import current_app

from app.http.operation import Reply
from app.policies.permissions import Actor
from app.services.ballots.casting_fast import FastCasting

#: Where the application keeps its :class:`FastCasting`, in ``app.extensions``.
EXTENSION = "althing.fast_casting"


def cast_at_once(actor: Actor, arguments: Mapping[str, Any]) -> Reply | None:
    """Cast by the hot path; None sends the request on to the ordinary view."""
    casting = cast("FastCasting", current_app.extensions[EXTENSION])
    receipt = casting.cast(
        actor, arguments["community_id"], arguments["ballot_id"], arguments["body"]["choice"]
    )
    return None if receipt is None else Reply(receipt, status=201)
