"""Base64 as notes and proofs write it: RFC 4648 section 4, padded, and of every value one spelling only."""

from __future__ import annotations

import base64
import binascii


def encode_base64(data: bytes) -> str:
    """Return the padded standard base64 of some bytes."""
    return base64.b64encode(data).decode()


def decode_base64(text: str) -> bytes:
    """Return the bytes that a text stands for.

    :raises ValueError: for any text that :func:`encode_base64` does not write.
    """
    try:
        data = base64.b64decode(text.encode(), validate=True)
    except binascii.Error as error:
        raise ValueError(f"no base64: {error}") from None
    if encode_base64(data) != text:
        raise ValueError("no canonical base64")
    return data
