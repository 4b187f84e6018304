"""Triggers by which a table only ever grows. What these functions write stays as it is: releases rest on it.

A rule that is to be another gets another function, and a migration that puts it in the place of this one.
"""

from __future__ import annotations

from alembic import op


def guard(table: str, keys: tuple[tuple[str, ...], ...]) -> None:
    """Have the database refuse every change of a row once written; the triggers go with the table.

    :param keys: the columns of each of its keys.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for event in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    forbid_replacing(table, keys)


def forbid_replacing(table: str, keys: tuple[tuple[str, ...], ...]) -> None:
    """Have SQLite refuse INSERT OR REPLACE, which deletes the old row without asking any trigger.

    Each key is sought by itself, so that SQLite finds it by its index whatever it was told of the table's size.
    """
    same = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE " + " AND ".join(f"{c} = NEW.{c}" for c in key) + ")"
        for key in keys
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN {same} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
