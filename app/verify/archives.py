"""Bundles on disk, as folders or ZIP archives, opened as if an adversary had packed them.

Refused before anything is read: names that lead out of the bundle or are given twice, links, devices, encrypted
or strangely packed files, and more bytes than an archive of its size can honestly hold.
"""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, Final

from app.domain.evidence.faults import DamagedFile
from app.domain.evidence.files import EvidenceFiles

MOST_FILES: Final = 100_000
LARGEST_BUNDLE: Final = 16 * 2**30
"""Bytes of all files of a bundle together; a ballot of ten million casts stays below it."""

MOST_EXPANSION: Final = 50
"""How many times its own size an archive may unpack to, the allowance aside. Rolls and casts, being largely random,
come to five times."""
EXPANSION_ALLOWANCE: Final = 64 * 2**20

_NAME = re.compile(r"(?:[a-z0-9][a-z0-9._-]*/)*[a-z0-9][a-z0-9._-]*", re.ASCII)
_LONGEST_NAME = 200
_ENCRYPTED = 0x1
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class RefusedBundle(Exception):
    """A folder or archive that no honest server packs; the message says why. Nothing of it was read."""


def open_bundle(path: Path) -> EvidenceFiles:
    """Open a bundle.

    :raises RefusedBundle: for what is neither a folder nor a ZIP archive, and for a hostile one.
    :raises OSError: for what cannot be read at all.
    """
    if path.is_dir():
        return FolderFiles(path)
    try:
        return ArchiveFiles(zipfile.ZipFile(path), path.stat().st_size)
    # zipfile answers NotImplementedError to an archive in parts, or one that asks for what no Python reads.
    except (zipfile.BadZipFile, NotImplementedError, UnicodeError, ValueError) as broken:
        raise RefusedBundle(f"no ZIP archive that can be read: {broken}") from None


class FolderFiles:
    """A bundle that has been unpacked, or never was packed.

    :raises RefusedBundle: for a hostile one.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: set[str] = set()
        total = self._walk(root, "")
        _refuse_sizes(len(self._names), total, LARGEST_BUNDLE)

    def names(self) -> Collection[str]:
        """Return the names of all files."""
        return self._names

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open a file for reading; a link put in its place meanwhile is not followed."""
        if name not in self._names:
            raise KeyError(name)
        return _guarded(open(self._root / name, "rb", opener=_open_no_link))

    def _walk(self, folder: Path, prefix: str) -> int:
        total = 0
        with os.scandir(folder) as found:
            for each in found:
                name = prefix + each.name
                _refuse_name(name)
                status = each.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    total += self._walk(folder / each.name, f"{name}/")
                elif stat.S_ISREG(status.st_mode):
                    self._names.add(name)
                    total += status.st_size
                else:
                    raise RefusedBundle(f"{name} is a link or a device, not a file")
                if len(self._names) > MOST_FILES:
                    raise RefusedBundle(f"there are more than {MOST_FILES:,} files")
        return total


class ArchiveFiles:
    """A bundle as a ZIP archive.

    :param size: of the archive, in bytes.
    :raises RefusedBundle: for a hostile one.
    """

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        self._members: dict[str, zipfile.ZipInfo] = {}
        infos = archive.infolist()
        most = min(LARGEST_BUNDLE, EXPANSION_ALLOWANCE + MOST_EXPANSION * size)
        _refuse_sizes(len(infos), sum(info.file_size for info in infos), most)
        for info in infos:
            name = info.filename.removesuffix("/")
            _refuse_name(name)
            _refuse_packing(info)
            if name in self._members:
                raise RefusedBundle(f"{name} is there twice")
            self._members[name] = info
        self._members = {name: info for name, info in self._members.items() if not info.is_dir()}

    def names(self) -> Collection[str]:
        """Return the names of all files."""
        return self._members.keys()

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open a file for reading; never more bytes come of it than the archive's directory says."""
        info = self._members[name]
        try:
            return _guarded(self._archive.open(info))
        # NotImplementedError is zipfile's answer to a compression or an encryption that it cannot undo.
        except (zipfile.BadZipFile, NotImplementedError, UnicodeError, OSError) as broken:
            raise DamagedFile(f"it cannot be unpacked: {broken}") from None


def _refuse_name(name: str) -> None:
    if len(name) > _LONGEST_NAME or _NAME.fullmatch(name) is None:
        raise RefusedBundle(f"no name of a file in a bundle: {name[:_LONGEST_NAME]!r}")


def _refuse_sizes(number: int, total: int, most: int) -> None:
    if number > MOST_FILES:
        raise RefusedBundle(f"there are more than {MOST_FILES:,} files")
    if total > most:
        raise RefusedBundle(f"it would unpack to {total:,} bytes, more than {most:,}")


def _refuse_packing(info: zipfile.ZipInfo) -> None:
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise RefusedBundle(f"{info.filename} is a link or a device, not a file")
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _PACKINGS:
        raise RefusedBundle(f"{info.filename} is encrypted, or packed otherwise than by deflate")
    if info.is_dir() and info.file_size:
        raise RefusedBundle(f"{info.filename} is a folder with content")


def _open_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))


def _guarded(stream: IO[bytes]) -> AbstractContextManager[IO[bytes]]:
    return io.BufferedReader(_Guarded(stream))


class _Guarded(io.RawIOBase):
    """Reads a stream, and says of whatever goes wrong that the file is damaged."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes.

        :raises DamagedFile: where they cannot be.
        """
        try:
            data = self._stream.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as broken:
            raise DamagedFile(f"it cannot be read to its end: {broken}") from None
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()
        super().close()
