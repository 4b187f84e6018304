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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any
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


def figure_lines(
    points: Sequence[Mapping[str, Any]], *, open_member: str, leave_out: Collection[str] = ()
) -> Iterator[bytes]:
    """Yield figures at several instants as CSV: one line each, nested members as columns of their own.

    No cell can start a spreadsheet formula: a cell is an instant, a number, an exact fraction or empty, and the
    names of the columns are words of the service and ids of the charter.

    :param open_member: name of the member whose own members differ from point to point; what a point does not
        have there is 0.
    :param leave_out: names of members that say nothing of their own.
    """
    seen = {key: dict.fromkeys(figures, 0) for point in points for key, figures in point[open_member].items()}
    for place, point in enumerate(points):
        full = dict(sorted((seen | point[open_member]).items()))
        row = dict(_flat({**point, open_member: full}, leave_out))
        if place == 0:
            yield (",".join(row) + "\r\n").encode()
        yield (",".join(row.values()) + "\r\n").encode()


def _flat(
    figures: Mapping[str, Any], leave_out: Collection[str], under: str = ""
) -> Iterator[tuple[str, str]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flat(value, leave_out, f"{under}{name}_")
        elif name not in leave_out:
            yield f"{under}{name}", "" if value is None else str(value)


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
