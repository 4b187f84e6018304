"""What the large operations are measured against: one SQL statement each, by the bare driver, in its own process.

``python -m benchmarks.bare OPERATION`` with ``BARE_DATABASE_URL``, ``BARE_COMMUNITY`` and ``BARE_BALLOT`` in the
environment (and ``BARE_FILE`` where there is a file to load) does one of :data:`OPERATIONS` and prints seconds, rows,
and memory before and at most, as JSON.
"""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

from benchmarks.memory import forget_peak, peak_mib

#: The roll without the keys that refer to other tables and the triggers that guard it.
ROLL_TABLE = {
    "postgresql": (
        "CREATE TABLE IF NOT EXISTS floor_roll (ballot_id uuid, membership_id uuid, voter uuid NOT NULL, "
        "weight bigint NOT NULL, brand_affiliated boolean NOT NULL, PRIMARY KEY (ballot_id, membership_id), "
        "UNIQUE (ballot_id, voter))"
    ),
    "sqlite": (
        "CREATE TABLE IF NOT EXISTS floor_roll (ballot_id text, membership_id text, voter text NOT NULL, "
        "weight integer NOT NULL, brand_affiliated integer NOT NULL, PRIMARY KEY (ballot_id, membership_id), "
        "UNIQUE (ballot_id, voter))"
    ),
}

_ROLL = """
INSERT INTO floor_roll
SELECT {ballot}, m.id, {random}, 1, false
FROM memberships m JOIN membership_roles r ON r.membership_id = m.id AND r.role = 'member'
WHERE m.community_id = {community} AND m.left_at IS NULL
"""
_COUNT = "SELECT choice, count(*) FROM casts WHERE ballot_id = {ballot} GROUP BY choice"
_CASTS = (
    "SELECT tracker, membership_id, revision, choice, cast_at, digest FROM casts WHERE ballot_id = {ballot}"
)
_CAST_OBJECTS = (
    "SELECT json_object('tracker', tracker, 'member', membership_id, 'revision', revision, 'choice', choice, "
    "'cast_at', cast_at, 'digest', digest) FROM casts WHERE ballot_id = {ballot}"
)


class _PostgreSQL:
    def __init__(self, url: str, community: uuid.UUID, ballot: uuid.UUID) -> None:
        import psycopg  # noqa: PLC0415 - SQLite does without it

        self._connection = psycopg.connect(url, autocommit=True)
        self._words = {
            "ballot": f"'{ballot}'::uuid",
            "community": f"'{community}'::uuid",
            "random": "gen_random_uuid()",
        }

    def open(self) -> int:
        return self._connection.execute(_ROLL.format(**self._words)).rowcount

    def count(self) -> int:
        return sum(number for _, number in self._connection.execute(_COUNT.format(**self._words)))

    def csv(self) -> int:
        return self._copy(f"COPY ({_CASTS.format(**self._words)}) TO STDOUT (FORMAT csv)")

    def jsonl(self) -> int:
        return self._copy(f"COPY (SELECT row_to_json(c) FROM ({_CASTS.format(**self._words)}) c) TO STDOUT")

    def load(self) -> int:
        """Put a file of balances into a table that knows nothing but their names."""
        with (
            open(os.environ["BARE_FILE"], "rb") as file,  # noqa: PTH123 - read in blocks
            self._connection.transaction(),
            self._connection.cursor() as cursor,
        ):
            cursor.execute("CREATE TABLE floor_balances (account text PRIMARY KEY, amount bigint NOT NULL)")
            with cursor.copy("COPY floor_balances FROM STDIN (FORMAT csv, HEADER)") as copy:
                while block := file.read(1 << 16):
                    copy.write(block)
            rows = cursor.rowcount
        self._connection.execute("DROP TABLE floor_balances")
        return rows

    def _copy(self, statement: str) -> int:
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            return sum(1 for _ in copy)


class _SQLite:
    def __init__(self, url: str, community: uuid.UUID, ballot: uuid.UUID) -> None:
        self._connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30, isolation_level=None)
        self._connection.execute("PRAGMA synchronous=FULL")
        self._words = {
            "ballot": f"'{ballot.hex}'",
            "community": f"'{community.hex}'",
            "random": "lower(hex(randomblob(16)))",
        }

    def load(self) -> int:
        """Put a file of balances into a table that knows nothing but their names."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE floor_balances (account text PRIMARY KEY, amount integer NOT NULL)")
        with open(os.environ["BARE_FILE"], newline="") as file:  # noqa: PTH123 - read line by line
            rows = csv.reader(file)
            next(rows)
            loaded = connection.executemany("INSERT INTO floor_balances VALUES (?, ?)", rows).rowcount
        connection.execute("COMMIT")
        connection.execute("DROP TABLE floor_balances")
        return loaded

    def open(self) -> int:
        return self._connection.execute(_ROLL.format(**self._words)).rowcount

    def count(self) -> int:
        return sum(number for _, number in self._connection.execute(_COUNT.format(**self._words)))

    def csv(self) -> int:
        with open(os.devnull, "w", newline="") as sink:  # noqa: PTH123 - a device, not a path of ours
            writer, rows = csv.writer(sink), 0
            for row in self._connection.execute(_CASTS.format(**self._words)):
                writer.writerow(row)
                rows += 1
        return rows

    def jsonl(self) -> int:
        with open(os.devnull, "w") as sink:  # noqa: PTH123 - a device, not a path of ours
            rows = 0
            for (text,) in self._connection.execute(_CAST_OBJECTS.format(**self._words)):
                sink.write(text + "\n")
                rows += 1
        return rows


OPERATIONS = ("open", "count", "csv", "jsonl", "load")


def main() -> None:
    """Do one operation and print what it took."""
    url = os.environ["BARE_DATABASE_URL"]
    kind = _PostgreSQL if url.startswith("postgres") else _SQLite
    database: Any = kind(url, uuid.UUID(os.environ["BARE_COMMUNITY"]), uuid.UUID(os.environ["BARE_BALLOT"]))
    operation: Callable[[], int] = getattr(database, sys.argv[1])
    forget_peak()
    idle, started = peak_mib(), time.perf_counter()
    rows = operation()
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "rows": rows, "idle": idle, "peak": peak_mib()}))


if __name__ == "__main__":
    main()
