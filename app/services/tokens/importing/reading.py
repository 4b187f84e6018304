"""Reading a file of balances before any transaction is open: into rows that a database takes in, and faults.

Both wait in files of their own, so that a million lines are never in memory, and no lock is held while they are
read.
"""

from __future__ import annotations

import tempfile
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from app.domain.ledger.importing import Fault, ImportRules, Row, read_balances
from app.models.ids import resource_id

_NULL = "\\N"
#: Hyphenated.
_UUID_LENGTH = 36
_LINES = 4_096
_BLOCK_BYTES = 1 << 16


class StagedRow(NamedTuple):
    """A row as the database gets it.

    :param key: the account's name where that reads as a UUID.
    :param fresh: the id that the account has if it must be made.
    """

    line: int
    name: str
    amount: int
    key: uuid.UUID | None
    fresh: uuid.UUID


class BalancesFile:
    """What a file of balances says. To be closed.

    ``digest`` is the SHA-256 of the file in hexadecimal, ``rows`` the number of good lines, ``faults`` that of the
    others for each reason.
    """

    def __init__(self, chunks: Iterable[bytes], rules: ImportRules, digest: str) -> None:
        self.digest = digest
        self.rows = 0
        self.faults: Counter[str] = Counter()
        self._rows: IO[str] = _file()
        self._faults: IO[str] = _file()
        try:
            self._read(chunks, rules)
        except BaseException:
            self.close()
            raise

    def _read(self, chunks: Iterable[bytes], rules: ImportRules) -> None:
        # Neighbouring ids, so that a million new accounts extend an index at its end and not all over it.
        first = resource_id().int & ~0xFFFF_FFFF
        for found in read_balances(chunks, rules):
            if isinstance(found, Fault):
                self.faults[found.reason.value] += 1
                self._faults.write(f"{found.line}\t{found.reason.value}\t{found.detail}\n")
            else:
                self.rows += 1
                self._rows.write(_written(found, first + found.line))

    def close(self) -> None:
        """Forget the rows and the faults."""
        self._rows.close()
        self._faults.close()

    def copy_blocks(self) -> Iterator[str]:
        """Yield the rows as PostgreSQL's COPY reads them, in pieces: line, name, amount, key, fresh."""
        self._rows.seek(0)
        while block := self._rows.read(_BLOCK_BYTES):
            yield block

    def staged(self) -> Iterator[StagedRow]:
        """Yield the rows, in the order of the file."""
        self._rows.seek(0)
        for written in self._rows:
            line, name, amount, key, fresh = written.rstrip("\n").split("\t")
            yield StagedRow(
                int(line),
                name.replace("\\\\", "\\"),
                int(amount),
                None if key == _NULL else uuid.UUID(key),
                uuid.UUID(fresh),
            )

    def listed_faults(self) -> Iterator[tuple[int, str, str]]:
        """Yield line, reason and detail of each fault, in the order of the file."""
        self._faults.seek(0)
        for written in self._faults:
            line, reason, detail = written.rstrip("\n").split("\t")
            yield int(line), reason, detail


def _file() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")


def _written(row: Row, fresh: int) -> str:
    # Names are printable: the backslash is the one character that COPY's text format would take for another.
    name = row.account.replace("\\", "\\\\")
    digits = f"{fresh:032x}"
    made = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return f"{row.line}\t{name}\t{row.amount}\t{_key(row.account)}\t{made}\n"


def _key(name: str) -> str:
    """Return the UUID that a name is, in canonical form."""
    if len(name) != _UUID_LENGTH:
        return _NULL
    try:
        found = str(uuid.UUID(name))
    except ValueError:
        return _NULL
    return found if found == name.lower() else _NULL
