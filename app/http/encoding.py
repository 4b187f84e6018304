"""JSON as this service writes it: UTF-8, compact, no NaN."""

from __future__ import annotations

import json
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode_json(value: Any) -> bytes:
    """Encode a value of dicts, lists, strings, integers, booleans and None.

    :raises ValueError: for NaN and infinities.
    :raises TypeError: for a type JSON does not have: a field's defect.
    """
    return _ENCODER.encode(value).encode()
