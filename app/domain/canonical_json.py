"""One byte form for a JSON value, so that a digest means the same on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Encode a JSON object canonically: UTF-8, keys sorted by code point, no white space.

    Agrees with RFC 8785 (JCS) for the values Althing uses: strings, booleans, null, integers within
    2**53 - 1, arrays and objects whose keys lie in the Basic Multilingual Plane.

    :raises ValueError: for floats that are not finite and for lone surrogates.
    :raises TypeError: for floats and values that are not JSON.
    """
    _refuse_floats(value)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no canonical form here: use a string or an integer")
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
