"""How SQLite goes about a statement, and how much it does: counted, so that no clock is needed."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

#: Virtual machine instructions between two calls of the counter.
_EVERY = 1_000

_TRIGGERED = re.compile(r"\b(?:NEW|OLD)\.(\w+)")


def take_for_tiny(engine: sa.Engine) -> None:
    """Have SQLite believe, as after an ANALYZE in a community's first minute, that each table holds one row."""
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("ANALYZE")
        run("DELETE FROM sqlite_stat1")
        for (table,) in run("SELECT name FROM sqlite_schema WHERE type = 'table'").all():
            if table.startswith("sqlite_"):
                continue
            for _, index, *_ in run(f"PRAGMA index_list('{table}')").all():
                columns = len(run(f"PRAGMA index_info('{index}')").all())
                ones = " ".join(["1"] * (columns + 1))
                run(f"INSERT INTO sqlite_stat1 VALUES ('{table}', '{index}', '{ones}')")
    engine.dispose()  # figures are read as a connection is made


@contextlib.contextmanager
def steps(engine: sa.Engine) -> Iterator[list[int]]:
    """Count the instructions that SQLite carries out on an engine's new connections; the sum is the only item."""
    counted = [0]

    def step() -> int:
        counted[0] += _EVERY
        return 0

    def watch(driver: Any, _record: object) -> None:
        driver.set_progress_handler(step, _EVERY)

    event.listen(engine, "connect", watch)
    engine.dispose()
    try:
        yield counted
    finally:
        event.remove(engine, "connect", watch)
        engine.dispose()


@contextlib.contextmanager
def scans_for_each_row(engine: sa.Engine, table: str) -> Iterator[dict[str, list[str]]]:
    """Collect the statements that look through a whole table for each row of another, with the plan's lines.

    :param table: only statements that read one of the tables whose names begin so.
    """
    found: dict[str, list[str]] = {}

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_others: object) -> None:
        if not re.search(rf"(FROM|JOIN) {table}", statement):
            return
        rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters or ()).fetchall()
        if lines := inner_scans(rows):
            found[statement] = lines

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def trigger_scans(engine: sa.Engine) -> dict[str, list[str]]:
    """Return the triggers that look through a whole table, or all of a community's part of it, whenever they fire."""
    found = {}
    with engine.connect() as connection:
        triggers = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).all()
        for name, sql in triggers:
            for statement in _statements(sql):
                names = dict.fromkeys(_TRIGGERED.findall(statement))
                asked = sa.text("EXPLAIN QUERY PLAN " + _TRIGGERED.sub(r":\1", statement))
                rows = connection.execute(asked, names).all()
                lines = [line for *_, line in rows]
                own = {line.split()[1] for line in lines if line.startswith(("CO-ROUTINE", "MATERIALIZE"))}
                if through := [each for each in lines if _looks_through(each) and each.split()[1] not in own]:
                    found.setdefault(name, []).extend(through)
    return found


def _statements(sql: str) -> Iterator[str]:
    """Yield the condition of a trigger as a query, and the statements of its body without what they refuse with."""
    head, _, body = sql.partition("BEGIN")
    if " WHEN " in head:
        yield "SELECT " + head.partition(" WHEN ")[2]
    body = re.sub(r"RAISE\(ABORT, '[^']*'\)", "1", body.rpartition("END")[0])
    yield from (part.strip() for part in body.split(";") if part.strip())


def inner_scans(rows: list[Any]) -> list[str]:
    """Return the lines of a plan that look through a table again for each row of another.

    :param rows: of EXPLAIN QUERY PLAN: id, parent, nothing, line.
    """
    repeated: set[int] = set()
    begun: set[int] = set()
    found = []
    for number, parent, _, line in rows:
        inner = parent in repeated or parent in begun
        if line.startswith(("SCAN", "SEARCH")):
            if inner and _looks_through(line):
                found.append(line)
            begun.add(parent)
        elif parent in repeated or line.startswith("CORRELATED"):
            repeated.add(number)
    return found


def _looks_through(line: str) -> bool:
    whole = line.startswith("SCAN") and "CONSTANT ROW" not in line
    return whole or line.endswith("(community_id=?)")
