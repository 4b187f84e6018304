"""The audit log as an auditor receives it: whether each entry is what its hash and its commitment say."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.canonical_json import canonical_json

#: An entry as served: ``body``, ``leaf_hash``, ``content`` and its ``salt``.
Entry = Mapping[str, Any]


def broken(entries: Iterable[Entry]) -> Iterator[str]:
    """Name every entry that does not have its hash, or does not commit to the content that came with it."""
    for shown in entries:
        if hashlib.sha256(b"\0" + shown["body"].encode()).hexdigest() != shown["leaf_hash"]:
            yield f"entry {shown['position']} does not have its hash"
        if shown["content"] is not None and _commitment(shown) != json.loads(shown["body"])["commitment"]:
            yield f"entry {shown['position']} does not commit to its content"


def _commitment(shown: Entry) -> str:
    return hmac.digest(bytes.fromhex(shown["salt"]), canonical_json(shown["content"]), "sha256").hex()
