"""Where a log is read from: a folder in the layout of C2SP tlog-tiles, or the address under which it is served."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Protocol

from app.domain.translog.entries import LONGEST_ENTRY
from app.domain.translog.hashing import HASH_SIZE
from app.domain.translog.tiles import TILE_SIZE, TILE_WIDTH, InvalidTile, Tile

CHECKPOINT: Final = "checkpoint"
KEYS: Final = "keys"
LARGEST_CHECKPOINT: Final = 64 * 1024
LARGEST_KEYS: Final = 4 * 1024 * 1024
LARGEST_BUNDLE: Final = TILE_WIDTH * (LONGEST_ENTRY + 2)

SECONDS: Final = 30
"""How long a server may be silent."""


class Missing(Exception):
    """A file that the log does not have."""


class Unreachable(Exception):
    """A log that cannot be read now; nothing is said of what it holds."""


class LogSource(Protocol):
    """Reads the files of a log by their paths."""

    def read(self, path: str, most: int) -> bytes:
        """Return a file's bytes; of a larger one, some more than ``most``.

        :raises Missing: where the log does not have it.
        :raises Unreachable: where that cannot be known.
        """


def open_source(location: str, bearer: str | None = None) -> LogSource:
    """Return the source at a URL, or in a folder.

    :param bearer: a token to send along, for the log of a private community.
    """
    if location.startswith(("https://", "http://")):
        return HttpSource(location, bearer)
    return FolderSource(Path(location))


class FolderSource:
    """A log in a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str, most: int) -> bytes:
        """Return a file's bytes."""
        try:
            with (self._root / path).open("rb") as stream:
                return stream.read(most + 1)
        except (FileNotFoundError, NotADirectoryError):
            if not self._root.is_dir():
                raise Unreachable(f"there is no folder {self._root}") from None
            raise Missing(path) from None
        except OSError as error:
            raise Unreachable(f"{path} cannot be read: {error}") from None


class HttpSource:
    """A log behind an address. Redirects are not followed: the token is for this server alone."""

    def __init__(self, address: str, bearer: str | None = None) -> None:
        self._address = address.rstrip("/")
        self._headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        self._opener = urllib.request.build_opener(_NoRedirect)

    def read(self, path: str, most: int) -> bytes:
        """Return a file's bytes."""
        # open_source() passes on http and https alone.
        request = urllib.request.Request(f"{self._address}/{path}", headers=self._headers)  # noqa: S310
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                data: bytes = answer.read(most + 1)
                return data
        except urllib.error.HTTPError as refusal:
            with refusal:
                if refusal.code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                    raise Missing(path) from None
                raise Unreachable(f"the server answers {refusal.code} for {path}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(f"{path} cannot be read: {error}") from None


def fetch_tile(source: LogSource, tile: Tile) -> bytes:
    """Return a tile's bytes; a partial one that is gone is cut from the full one that took its place.

    :raises InvalidTile: where there is neither, or what is there is longer.
    """
    try:
        data = source.read(tile.path, TILE_SIZE)
    except Missing:
        data = _read_full(source, tile)
    if len(data) > TILE_SIZE:
        raise InvalidTile(f"{tile.path} is longer than a tile")
    return data


def _read_full(source: LogSource, tile: Tile) -> bytes:
    if tile != tile.full:
        try:
            return source.read(tile.full.path, TILE_SIZE)[: tile.width * HASH_SIZE]
        except Missing:
            pass
    raise InvalidTile(f"{tile.path} is missing")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Return no request: the redirect is answered as the error it is here."""
