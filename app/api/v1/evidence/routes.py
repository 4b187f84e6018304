"""Evidence bundles: what anyone needs to count a ballot again without the service."""

from __future__ import annotations

import uuid

from app.http.blueprint import Blueprint
from app.http.exports import Stream
from app.http.operation import Context
from app.policies.permissions import Permission
from app.services.ballots import bundle

blp = Blueprint(
    "evidence",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/ballots/<uuid:ballot_id>/bundle",
    description="Evidence bundles of closed ballots.",
)


@blp.operation(
    "GET",
    "",
    operation_id="get_ballot_bundle",
    permission=Permission.BALLOT_LOG,
    returns=(200, "application/zip"),
    errors={
        403: "You lack the role, or the ballot is pseudonymous and you are no auditor.",
        404: "There is no such ballot, or no checkpoint covers its result yet: see Retry-After.",
        409: "Voting has not ended.",
    },
)
def get_ballot_bundle(context: Context, *, ballot_id: uuid.UUID) -> Stream:
    """Download the evidence bundle of a closed ballot.

    Manifest, charter, roll, casts, result, and the log's entries and tiles that prove them, for
    `althing-verify bundle`.
    """
    made = bundle.export(context.session, context.actor, ballot_id)
    return Stream(made.chunks, made.filename, "application/zip")
