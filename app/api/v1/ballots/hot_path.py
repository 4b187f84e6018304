"""How a cast reaches the one-statement path before any transaction is opened."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import Any, cast

from flask import current_app, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.config import SettingsError
from app.domain.instants import instant
from app.http.encoding import encode_json
from app.http.operation import Encoded, Reply
from app.http.problems import ProblemError
from app.policies.permissions import Actor
from app.services.ballots.casting_fast import FastCasting
from app.services.ballots.casting_request import Waited, WaitedInVain
from app.services.ballots.voter_receipt import Receipt
from app.services.translog.log import TransparencyLog

logger = logging.getLogger("althing.casting")

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
    if receipt is None:
        return None
    return Reply(encoded(receipt, promised(arguments["community_id"], receipt)), status=201)


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


def promised(community_id: uuid.UUID, receipt: Receipt, *, session: Session | None = None) -> str | None:
    """Return the log's signed promise for a cast; see :func:`promise`.

    :param session: of the transaction that made the cast, where that is not committed yet.
    """
    return promise(
        cast("TransparencyLog", current_app.extensions["althing.log"]), community_id, receipt, session
    )


def promise(
    log: TransparencyLog, community_id: uuid.UUID, receipt: Receipt, session: Session | None = None
) -> str | None:
    """Return the log's signed promise for a cast, or None where its key cannot be had.

    The vote is stored by then: that the promise cannot be made is no reason to say otherwise.
    """
    try:
        if receipt.event is None:
            return log.ballot_receipt(
                community_id, receipt.ballot_id, receipt.tracker, receipt.digest, session=session
            )
        leaf = bytes.fromhex(receipt.leaf_hash)
        return log.receipt(community_id, receipt.event, leaf, receipt.cast_at, session=session)
    except (SettingsError, SQLAlchemyError) as error:
        logger.warning("no receipt signed: %s", type(error).__name__)
        return None


def encoded(receipt: Receipt, note: str | None) -> Encoded:
    """Write a receipt as its schema dumps it, for a third of the time.

    :param note: the log's signed promise.
    """
    members = {
        "ballot_id": str(receipt.ballot_id),
        "tracker": str(receipt.tracker),
        "revision": receipt.revision,
        "digest": receipt.digest,
        "leaf_hash": receipt.leaf_hash,
        "cast_at": None if receipt.cast_at is None else instant(receipt.cast_at),
        "salt": receipt.salt,
        "receipt_note": note,
    }
    return Encoded(encode_json(members))
