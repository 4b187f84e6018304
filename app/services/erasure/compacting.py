"""Taking what was erased out of the database's own files, where deleted rows leave their bytes behind."""

from __future__ import annotations

import sqlalchemy as sa

from app.services.erasure.treatment import ERASED, KEPT


def compact(engine: sa.Engine) -> None:
    """Rewrite what may hold remains of deleted rows; takes the time of copying it, and SQLite's only write lock.

    What the database's server keeps for its own recovery (a write-ahead log, replicas, backups) passes away with
    its retention: docs/decisions/0040.

    :raises Exception: the database driver's, where it cannot be done now, as while others use the database.
    """
    if engine.dialect.name == "postgresql":
        touched = sorted(set(ERASED) | {table for table, _ in KEPT})
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as alone:
            alone.exec_driver_sql("SET statement_timeout = 0")
            alone.exec_driver_sql(f"VACUUM (FULL) {', '.join(touched)}")
            alone.exec_driver_sql("RESET statement_timeout")
        return
    connection = engine.raw_connection()  # no transaction is begun on it: VACUUM takes its own
    try:
        cursor = connection.cursor()
        # Deleted words stay in the segments of the full-text index until these are merged.
        cursor.execute("INSERT INTO idea_words_index (idea_words_index) VALUES ('optimize')")
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
