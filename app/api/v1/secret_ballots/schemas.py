"""What clients send and receive about credentials and votes of secret ballots. Binary values are hexadecimal."""

from __future__ import annotations

from typing import Any

from app.api.v1.ballots.fields import sha256
from app.domain.evidence.secret_votes import (
    CREDENTIAL_SIZE,
    GREATEST_SEQ,
    LARGEST_SEALED,
    POINT_SIZE,
    PREFIX_SIZE,
    SIGNATURE_SIZE,
)
from app.http.fields import UUID, Integer, Representation, Strict, String

#: Bytes of a P-256 key as a SubjectPublicKeyInfo: all have the same length.
PUBLIC_KEY_SIZE = 91
#: Bytes that sealing adds: the ephemeral key, and AES-GCM's tag.
_SEALING = POINT_SIZE + 16


class Hexadecimal(String):
    """Bytes in lower-case hexadecimal.

    :param least: bytes; exactly so many where ``most`` is not given.
    """

    def __init__(self, least: int, most: int | None = None, *, description: str, **options: Any) -> None:
        # The pattern says the length as well, so that texts made by it alone have the right one.
        super().__init__(
            min_length=2 * least,
            max_length=2 * (least if most is None else most),
            pattern=f"^[0-9a-f]{{{2 * least}}}$" if most is None else f"^([0-9a-f]{{2}}){{{least},{most}}}$",
            metadata={"description": description},
            **options,
        )


class CredentialRequest(Strict):
    """A blinded message about to be signed."""

    blinded_message = Hexadecimal(
        CREDENTIAL_SIZE,
        description="RFC 9474 Blind, RSABSSA-SHA384-PSS-Randomized, over the message that names ballot and key.",
        required=True,
    )


class BlindSignature(Representation):
    """What the issuer signed blindly; the voter's device alone makes a credential of it (RFC 9474 Finalize)."""

    blind_signature = Hexadecimal(CREDENTIAL_SIZE, description="RFC 9474 BlindSign.")
    issuer_key = String(
        max_length=500,
        metadata={
            "description": "The issuer's SubjectPublicKeyInfo in base64; compare it with the manifest's."
        },
    )


class SecretVoteCasting(Strict):
    """A vote with the credential that gives the right to it."""

    public_key = Hexadecimal(
        PUBLIC_KEY_SIZE, description="The voter's own P-256 key: a SubjectPublicKeyInfo.", required=True
    )
    prefix = Hexadecimal(
        PREFIX_SIZE, description="What RFC 9474 puts in front of the message.", required=True
    )
    credential = Hexadecimal(
        CREDENTIAL_SIZE, description="The issuer's signature over prefix and message.", required=True
    )
    seq = Integer(
        minimum=1,
        maximum=GREATEST_SEQ,
        required=True,
        metadata={"description": "1 for the first vote of a key, more for each that replaces it."},
    )
    sealed_choice = Hexadecimal(
        _SEALING, LARGEST_SEALED, description="The choice, sealed until the close.", required=True
    )
    signature = Hexadecimal(
        SIGNATURE_SIZE,
        description="ECDSA by the voter's key over ballot, seq and sealed choice.",
        required=True,
    )


class SecretReceipt(Representation):
    """What a voter takes away: that the vote is in the box, nothing of what was chosen."""

    ballot_id = UUID()
    tracker = UUID(metadata={"description": "128 random bits; finds the vote in the published log."})
    seq = Integer(attribute="revision")
    digest = sha256("SHA-256 of secret-vote/v1, a line feed and the vote's canonical JSON.")
    leaf_hash = sha256("Hash of the vote's leaf in the ballot box (RFC 6962).")
    receipt_note = String(
        max_length=2_000,
        allow_none=True,
        metadata={
            "description": "A signed note: the promise that the vote will be in the ballot box when the result is "
            "certified; keep it. Null where the log's key is not to be had just now: repeat the request."
        },
    )
