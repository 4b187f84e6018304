"""What clients send and receive about the log's proofs and keys."""

from __future__ import annotations

import marshmallow as ma

from app.http.fields import Instant, Integer, Representation, Strict, String

_BASE64_HASH = {"description": "32 bytes in base64."}


class InclusionQuery(Strict):
    """Which entry, in the tree of which size."""

    index = Integer(load_default=None, metadata={"description": "The entry's place; or leaf_hash."})
    leaf_hash = String(
        max_length=64,
        pattern=r"^[0-9a-f]{64}$",
        load_default=None,
        metadata={"description": "The entry's leaf hash in hexadecimal, as a receipt has it; or index."},
    )
    size = Integer(
        minimum=1,
        load_default=None,
        metadata={"description": "Leaves of the tree; all published if not said."},
    )


class InclusionProof(Representation):
    """That a leaf stands in the tree (RFC 9162 section 2.1.3)."""

    index = Integer()
    size = Integer()
    leaf_hash = String(max_length=44, metadata=_BASE64_HASH)
    root_hash = String(max_length=44, metadata=_BASE64_HASH)
    hashes = ma.fields.List(
        ma.fields.String(), metadata={"description": "The proof from the leaf upwards, each in base64."}
    )


class ConsistencyQuery(Strict):
    """Which two sizes."""

    old = Integer(required=True, metadata={"description": "Leaves of the earlier tree."})
    new = Integer(
        load_default=None, metadata={"description": "Leaves of the later tree; all published if not said."}
    )


class ConsistencyProof(Representation):
    """That one tree begins with another (RFC 9162 section 2.1.4)."""

    old_size = Integer()
    new_size = Integer()
    old_root = String(max_length=44, metadata=_BASE64_HASH)
    new_root = String(max_length=44, metadata=_BASE64_HASH)
    hashes = ma.fields.List(ma.fields.String(), metadata={"description": "The proof, each hash in base64."})


class LogKey(Representation):
    """A key that signs the log's checkpoints and receipts, or did."""

    number = Integer(metadata={"description": "From 1; the greatest signs now."})
    checkpoint_key = String(
        max_length=500, metadata={"description": "The verifier key of checkpoints (C2SP signed-note)."}
    )
    receipt_key = String(max_length=500, metadata={"description": "The verifier key of receipts."})
    created_at = Instant()
    retired_at = Instant(allow_none=True, metadata={"description": "Null for the one that signs."})
    last_size = Integer(
        allow_none=True,
        metadata={
            "description": "The largest checkpoint it signed: believe it for none above. Null while it signs."
        },
    )
    succession = String(
        max_length=2000,
        allow_none=True,
        metadata={
            "description": "The signed note by which it vouches for the next key: whoever trusts this one goes on "
            "with that. Null while it signs, and where the log was broken off."
        },
    )


class LogKeySet(Representation):
    """Every key that the log ever had, the newest first."""

    origin = String(max_length=300, metadata={"description": "The log's name in checkpoints."})
    keys = ma.fields.List(ma.fields.Nested(LogKey))
