"""Large bodies: kept in a file while they arrive, never in memory as a whole."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from typing import IO

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from app.http.parsing import require_media_type
from app.http.problems import ProblemError

_MEMORY_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 16


class Upload:
    """A body as it arrived, to be read as often as needed.

    ``digest`` is its SHA-256, ``size`` its length in bytes.
    """

    def __init__(self, file: IO[bytes], digest: bytes, size: int) -> None:
        self._file = file
        self.digest = digest
        self.size = size

    def chunks(self) -> Iterator[bytes]:
        """Yield the body from its beginning, in pieces."""
        self._file.seek(0)
        while block := self._file.read(_BLOCK_BYTES):
            yield block

    def close(self) -> None:
        """Forget the body."""
        self._file.close()


def require_acceptable(request: Request, media_type: str, most_bytes: int) -> None:
    """Judge a body by its headers, before anything of it is read.

    :raises ProblemError: 413 or 415.
    """
    require_media_type(request, (media_type,))
    if (request.content_length or 0) > most_bytes:
        raise _too_large(most_bytes)


def receive(request: Request, most_bytes: int) -> Upload:
    """Take in a body.

    :raises ProblemError: 413.
    """
    request.max_content_length = most_bytes + 1  # a chunked body is cut off there without a word
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115 - closed by the pipeline
    digest, size = hashlib.sha256(), 0
    try:
        while block := request.stream.read(_BLOCK_BYTES):
            file.write(block)
            digest.update(block)
            size += len(block)
    except RequestEntityTooLarge:
        size = most_bytes + 1
    except BaseException:
        file.close()
        raise
    if size > most_bytes:
        file.close()
        raise _too_large(most_bytes)
    return Upload(file, digest.digest(), size)


def _too_large(most_bytes: int) -> ProblemError:
    return ProblemError("body-too-large", f"A body may have {most_bytes} bytes here.")
