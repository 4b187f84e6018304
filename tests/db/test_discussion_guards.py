"""The database itself keeps what was said, until its author takes it back, and what was decided on it for good."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa

from app import create_app
from app.db.engine import make_engine
from app.models.base import Base
from tests.support.databases import KINDS
from tests.support.moderation import Court
from tests.support.portal import Portal
from tests.support.settings import settings_for

FOR_GOOD = ("moderation_reports", "moderation_steps")
KEPT = ("comment_texts", *FOR_GOOD)


@pytest.fixture(scope="module", params=KINDS)
def engine(request, templates, tmp_path_factory):
    """A database with a comment in two versions, hidden and appealed; tests on it leave it as it was."""
    url = templates.database(request.param, tmp_path_factory.mktemp("said"))
    app = create_app(settings_for(url))
    court = Court(Portal(app))
    path = court.commented()
    court.appealed(path)
    court.author.ok("PATCH", court.commented(), {"body": "Two."}, if_match="*")
    app.extensions["althing.units"].dispose()
    made = make_engine(url)
    yield made
    made.dispose()


def rows(engine, table):
    with engine.connect() as connection:
        return sorted(map(repr, connection.execute(sa.select(Base.metadata.tables[table]))))


def columns(table):
    return list(Base.metadata.tables[table].columns.keys())


def refuses(engine, table, statement):
    before = rows(engine, table)
    assert before, f"{table} is empty: nothing could be refused"
    with pytest.raises(sa.exc.IntegrityError) as refused, engine.begin() as connection:
        connection.execute(sa.text(statement))
    assert any(word in str(refused.value.orig) for word in ("append-only", "is kept"))
    assert rows(engine, table) == before


@pytest.mark.parametrize("table", KEPT)
def test_no_row_is_changed(table, engine):
    for column in columns(table):
        refuses(engine, table, f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize("table", KEPT)
def test_no_row_is_deleted(table, engine):
    refuses(engine, table, f"DELETE FROM {table}")


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_no_table_is_truncated(table, engine):
    refuses(engine, table, f"TRUNCATE {table}")


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_no_row_is_replaced_by_a_hand_in_the_shell(table, engine):
    names = ", ".join(columns(table))
    before = rows(engine, table)
    plain = sqlite3.connect(engine.url.database)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        plain.execute(f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM {table}")
    plain.close()
    assert rows(engine, table) == before


def test_no_second_case_about_a_thing_is_open_or_hides_it_beside_the_first(engine):
    names = columns("moderation_cases")
    fresh = "lower(hex(randomblob(16)))" if engine.dialect.name == "sqlite" else "gen_random_uuid()"
    for state in ("open", "hidden", "upheld"):
        put = {"id": fresh, "number": "number + 1", "state": f"'{state}'"}
        values = ", ".join(put.get(name, name) for name in names)
        statement = f"INSERT INTO moderation_cases ({', '.join(names)}) SELECT {values} FROM moderation_cases"
        before = rows(engine, "moderation_cases")
        with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
            connection.execute(sa.text(statement))
        assert rows(engine, "moderation_cases") == before
