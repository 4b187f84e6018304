"""Secret ballots: credentials for members, and votes by nobody known."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from app.api.v1.ballots.hot_path import promised
from app.api.v1.secret_ballots import examples
from app.api.v1.secret_ballots.schemas import (
    BlindSignature,
    CredentialRequest,
    SecretReceipt,
    SecretVoteCasting,
)
from app.domain.evidence.secret_votes import SecretVote
from app.domain.translog.base64_text import encode_base64
from app.http.blueprint import Blueprint
from app.http.operation import PUBLIC, Context, Reply
from app.policies.permissions import Permission
from app.services.ballots import credentials, secret_casting

blp = Blueprint(
    "secret-ballots",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/ballots/<uuid:ballot_id>",
    description="Secret ballots: blind-signed credentials (RFC 9474), and votes cast with them. See "
    "docs/secret-ballots.md for the client's part.",
)


@blp.operation(
    "POST",
    "/credentials",
    operation_id="issue_credential",
    permission=Permission.BALLOT_CAST,
    body=CredentialRequest,
    returns=[(201, BlindSignature), (200, BlindSignature)],
    errors={
        403: "You lack the role member, are not on this ballot's roll, or what you sent is no blinded message.",
        409: "The ballot is not open, suspended or not secret, or you were given a credential for another message.",
    },
    examples={"request": {"blinded_message": examples.BLINDED_MESSAGE}},
)
def issue_credential(context: Context, *, ballot_id: uuid.UUID, body: dict[str, Any]) -> Reply:
    """Have a credential signed, blindly.

    One for each on the roll, until the close. The same blinded message again gets the same answer: it is the
    key of the request. Nobody is given a second one: a lost device is a lost vote.
    """
    blinded = bytes.fromhex(body["blinded_message"])
    issued = credentials.issue(context.session, context.actor, ballot_id, blinded)
    shown = {
        "blind_signature": issued.blind_signature.hex(),
        "issuer_key": encode_base64(issued.issuer_key),
    }
    return Reply(shown, status=201 if issued.created else 200)


@blp.operation(
    "PUT",
    "/secret-votes/<fingerprint>",
    operation_id="cast_secret_vote",
    permission=PUBLIC,
    anonymous=True,
    body=SecretVoteCasting,
    returns=[(201, SecretReceipt), (200, SecretReceipt)],
    errors={
        400: "The request cannot be read, or tells who sends it: send neither Authorization nor Cookie.",
        403: "Credential, key and signature do not show the right to vote.",
        404: "There is no such secret ballot.",
        409: "The ballot is not open or suspended, or the key has voted with as high a seq or cannot vote again.",
    },
    examples={"request": examples.VOTE},
)
def cast_secret_vote(
    context: Context, *, community_id: uuid.UUID, ballot_id: uuid.UUID, fingerprint: str, body: dict[str, Any]
) -> Reply:
    """Cast a vote in a secret ballot, without saying who you are.

    The address names the voter's key by the SHA-256 of its SubjectPublicKeyInfo. The same vote again returns the
    same receipt; one with a higher seq replaces it where the ballot allows that. Neither time nor address is kept.
    """
    vote = SecretVote(**body)
    receipt = secret_casting.cast(context.session, community_id, ballot_id, fingerprint, vote)
    note = promised(community_id, receipt, session=context.session)
    return Reply(dataclasses.asdict(receipt) | {"receipt_note": note}, status=201 if receipt.created else 200)
