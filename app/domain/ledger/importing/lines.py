"""Lines out of an upload, whatever pieces it arrives in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LONGEST_LINE = 4096
"""Bytes. A longer line is no row of balances, and is never held in memory."""


def lines_of(chunks: Iterable[bytes], longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes | None]]:
    r"""Yield the number of each line, from 1, and its bytes without the line end; None for one too long.

    A line ends with ``\n`` or ``\r\n``; the last one may end with the upload. Takes memory for one chunk and one
    line.

    :param chunks: pieces of any size, cut anywhere.
    """
    number = 0
    begun = b""
    too_long = False
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            number += 1
            line = (begun + piece).removesuffix(b"\r")
            yield number, None if too_long or len(line) > longest else line
            begun, too_long = b"", False
        begun += rest
        if len(begun) > longest + 1:
            begun, too_long = b"", True
    if begun or too_long:
        number += 1
        yield number, None if too_long or len(begun) > longest else begun.removesuffix(b"\r")
