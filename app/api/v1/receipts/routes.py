"""Public look-up of receipts."""

from __future__ import annotations

import uuid
from typing import cast

from flask import current_app

from app.api.v1.ballots.schemas import ReceiptLookup
from app.http.blueprint import Blueprint
from app.http.operation import PUBLIC, Context
from app.services.ballots import receipts
from app.services.translog.log import TransparencyLog

blp = Blueprint(
    "receipts", __name__, url_prefix="/v1/receipts", description="Public look-up of receipts by tracker."
)


@blp.operation(
    "GET",
    "/<uuid:tracker>",
    operation_id="look_up_receipt",
    permission=PUBLIC,
    returns=(200, ReceiptLookup),
    errors={404: "No vote was recorded under this tracker."},
)
def look_up_receipt(context: Context, *, tracker: uuid.UUID) -> receipts.Lookup:
    """Look up a receipt.

    Anyone may; neither voter, choice nor time is told.
    """
    return receipts.look_up(context.session, tracker)


@blp.operation(
    "GET",
    "/<uuid:tracker>/proof",
    operation_id="prove_receipt",
    permission=PUBLIC,
    returns=(200, "text/plain"),
    errors={404: "No vote was recorded under this tracker, or no checkpoint covers it yet: see Retry-After."},
)
def prove_receipt(context: Context, *, tracker: uuid.UUID) -> bytes:
    """Prove that a vote is in the log, or in the ballot box of a certified confidential or secret ballot.

    Inclusion proof and checkpoint in one file (C2SP tlog-proof), as `althing-verify receipt` takes it.
    """
    log = cast("TransparencyLog", current_app.extensions["althing.log"])
    return receipts.prove(context.session, tracker, log.box_checkpoint)
