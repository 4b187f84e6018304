"""Alembic's environment: one connection, foreign keys off on SQLite, one migrator at a time on PostgreSQL."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import context

from app.config import Settings
from app.db.engine import make_engine
from app.db.types import UTCDateTime
from app.models import Base

#: Two processes that start at once must not migrate at once.
MIGRATION_LOCK = 4711


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write the column types of the models as SQLAlchemy's own: a migration does not import the application."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UTCDateTime) else False


#: SQLite's full-text index is a virtual table with tables of its own, PostgreSQL's an index over an expression: no
#: model says either, and none needs to.
BESIDE_THE_MODELS = ("idea_words_index", "ix_idea_words_words")


def include_name(name: str | None, _kind: str, _parents: object) -> bool:
    """Leave out of comparisons with the models what only a database's own engine knows."""
    return name is None or not name.startswith(BESIDE_THE_MODELS)


def migrate() -> None:
    """Run the migrations on the database of ``-x url=...``, of the caller's attributes, or of the settings."""
    url = (
        context.config.attributes.get("url")
        or context.get_x_argument(as_dictionary=True).get("url")
        or Settings.from_environment().database_url
    )
    engine = make_engine(url, migrating=True)
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if not sqlite:
            connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=sqlite,
            transactional_ddl=True,
            transaction_per_migration=True,
            compare_type=True,
            render_item=render_item,
            include_name=include_name,
        )
        with context.begin_transaction():
            context.run_migrations()
        if sqlite and (dangling := connection.execute(sa.text("PRAGMA foreign_key_check")).all()):
            raise RuntimeError(f"dangling foreign keys: {dangling}")
    engine.dispose()


migrate()
