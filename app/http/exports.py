"""Downloads of any size in bounded memory.

The whole export is written to a spool (memory first, then a temporary file) inside the read transaction, so
that it shows one instant, its digest and length are known before the first byte, an error is still an honest
5xx, and a slow client does not hold the snapshot.
"""

from __future__ import annotations

import base64
import hashlib
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import quote

from flask import Response

_MEMORY_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Stream:
    """What a download operation returns.

    :param chunks: the bytes, produced lazily; consumed inside the operation's transaction.
    :param filename: offered to the person who saves it.
    :param content_type: such as "text/csv; charset=utf-8; header=present".
    """

    chunks: Iterable[bytes]
    filename: str
    content_type: str


def stream_response(stream: Stream, status: int = 200) -> Response:
    """Spool a stream and answer with it.

    :return: a response with Content-Length, Content-Disposition and Repr-Digest (RFC 9530), never cached.
    """
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115 - closed with the response
    digest, length = hashlib.sha256(), 0
    try:
        for chunk in stream.chunks:
            spool.write(chunk)
            digest.update(chunk)
            length += len(chunk)
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    response = Response(_blocks(spool), status=status, content_type=stream.content_type)
    response.call_on_close(spool.close)  # a client may leave, or ask for the headers alone
    response.content_length = length
    response.headers["Content-Disposition"] = _disposition(stream.filename)
    response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    response.headers["Cache-Control"] = "no-store"
    return response


def _disposition(filename: str) -> str:
    """Offer a file name (RFC 6266): plain ASCII, and in full where that is not enough."""
    plain = re.sub(r"[^A-Za-z0-9 ._-]", "_", filename)
    full = "" if plain == filename else f"; filename*=UTF-8''{quote(filename, safe='')}"
    return f'attachment; filename="{plain}"{full}'


def _blocks(spool: IO[bytes]) -> Iterator[bytes]:
    with spool:
        while block := spool.read(_BLOCK_BYTES):
            yield block
