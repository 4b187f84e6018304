"""The transparency log as stock tools read it (C2SP tlog-tiles), and its proofs as JSON."""

from __future__ import annotations

import uuid
from typing import Any

from app.api.v1.log.schemas import (
    ConsistencyProof,
    ConsistencyQuery,
    InclusionProof,
    InclusionQuery,
    LogKeySet,
)
from app.domain.translog.base64_text import encode_base64
from app.http.blueprint import Blueprint
from app.http.operation import Context
from app.policies.permissions import Permission
from app.services.translog.keys import all_keys, checkpoint_key, receipt_key
from app.services.translog.trees import leaf_at, not_yet, parse_tile, place_of, published_tree

blp = Blueprint(
    "log",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/log",
    description="The community's transparency log: an RFC 6962 Merkle tree in the forms of C2SP, for tools "
    "that verify it. This path is the log's prefix. Members follow the tree, everyone does where the community "
    "publishes it; auditors read the entries, too.",
)

OCTETS = "application/octet-stream"
#: A tile never changes once a checkpoint covers it; only who may read it can.
FOR_EVER = "private, max-age=31536000, immutable"
FOR_SECONDS = "private, max-age=2"


@blp.operation(
    "GET",
    "/checkpoint",
    operation_id="get_log_checkpoint",
    permission=Permission.LOG_READ,
    visitors=True,
    returns=(200, "text/plain"),
    cache_control=FOR_SECONDS,
    errors={404: "There is no such log, it is not yours to see, or it has no checkpoint yet."},
)
def get_log_checkpoint(context: Context, *, community_id: uuid.UUID) -> bytes:
    """Read the newest checkpoint.

    A signed note that states the log's origin, size and root (C2SP tlog-checkpoint).
    """
    return published_tree(context.session, community_id).checkpoint


@blp.operation(
    "GET",
    "/tile/<level>/<path:place>",
    operation_id="get_log_tile",
    permission=Permission.LOG_READ,
    visitors=True,
    returns=(200, OCTETS),
    cache_control=FOR_EVER,
)
def get_log_tile(context: Context, *, community_id: uuid.UUID, level: str, place: str) -> bytes:
    """Read a tile of hashes.

    The path is that of C2SP tlog-tiles, for example `tile/0/x001/234` or `tile/1/000.p/17`. Partial tiles are
    served for every size that was ever published.
    """
    return published_tree(context.session, community_id).tile(parse_tile(level, place))


@blp.operation(
    "GET",
    "/tile/entries/<path:place>",
    operation_id="get_log_entries",
    permission=Permission.AUDIT_READ,
    returns=(200, OCTETS),
    cache_control=FOR_EVER,
)
def get_log_entries(context: Context, *, community_id: uuid.UUID, place: str) -> bytes:
    """Read the entries behind a tile of level 0: each with its length before it, two bytes big-endian.

    For auditors alone: an entry names its actor's reference, and that of a cast could be joined with a
    pseudonymous ballot's log.
    """
    return published_tree(context.session, community_id).entries(context.session, parse_tile("0", place))


@blp.operation(
    "GET",
    "/proofs/inclusion",
    operation_id="prove_log_inclusion",
    permission=Permission.LOG_READ,
    visitors=True,
    query=InclusionQuery,
    returns=(200, InclusionProof),
)
def prove_log_inclusion(
    context: Context, *, community_id: uuid.UUID, query: dict[str, Any]
) -> dict[str, Any]:
    """Prove that an entry is in the tree.

    The entry is named by its place or by its leaf hash; by both, it must be the same.
    """
    tree = published_tree(context.session, community_id)
    index = place_of(context.session, tree, query["index"], query["leaf_hash"])
    size = tree.size if query["size"] is None else query["size"]
    hashes = tree.inclusion(index, size)
    return {
        "index": index,
        "size": size,
        "leaf_hash": encode_base64(leaf_at(context.session, community_id, index)),
        "root_hash": encode_base64(tree.root(size)),
        "hashes": list(map(encode_base64, hashes)),
    }


@blp.operation(
    "GET",
    "/proofs/consistency",
    operation_id="prove_log_consistency",
    permission=Permission.LOG_READ,
    visitors=True,
    query=ConsistencyQuery,
    returns=(200, ConsistencyProof),
)
def prove_log_consistency(
    context: Context, *, community_id: uuid.UUID, query: dict[str, Any]
) -> dict[str, Any]:
    """Prove that a later tree begins with an earlier one: that nothing was rewritten."""
    tree = published_tree(context.session, community_id)
    old, new = query["old"], tree.size if query["new"] is None else query["new"]
    hashes = tree.consistency(old, new)
    return {
        "old_size": old,
        "new_size": new,
        "old_root": encode_base64(tree.root(old)),
        "new_root": encode_base64(tree.root(new)),
        "hashes": list(map(encode_base64, hashes)),
    }


@blp.operation(
    "GET",
    "/keys",
    operation_id="list_log_keys",
    permission=Permission.LOG_READ,
    visitors=True,
    returns=(200, LogKeySet),
)
def list_log_keys(context: Context, *, community_id: uuid.UUID) -> dict[str, Any]:
    """Read the keys that signed the log.

    Learn them from somewhere else, too: a server that is not trusted is no source of the key that judges it.
    """
    found = all_keys(context.session, community_id)
    if not found:
        raise not_yet("The log has no key yet.")
    return {
        "origin": found[0].origin,
        "keys": [
            {
                "number": key.number,
                "checkpoint_key": checkpoint_key(key).vkey,
                "receipt_key": receipt_key(key).vkey,
                "created_at": key.created_at,
                "retired_at": key.retired_at,
                "last_size": key.last_size,
                "succession": None if key.succession is None else key.succession.decode(),
            }
            for key in found
        ],
    }
