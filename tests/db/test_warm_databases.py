"""Tests that use a PostgreSQL database after others find in it what a new one holds."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import create_app
from app.db.units import Units
from tests.support import journal, warm
from tests.support.portal import Portal
from tests.support.settings import settings_for


@pytest.fixture
def given_back(templates, tmp_path):
    """A database in which a town was founded, given back."""
    url = templates.borrow("postgresql", tmp_path, clocked=False)
    new = journal.everything(Units.of(url))
    Portal(create_app(settings_for(url))).town(members=1)
    assert journal.everything(Units.of(url)) != new
    templates.take_back(url)
    again = templates.borrow("postgresql", tmp_path, clocked=False)
    assert again == url
    assert journal.everything(Units.of(url)) == new
    yield url
    templates.take_back(url)


@pytest.mark.parametrize(
    "left",
    [
        "DROP TRIGGER casts_append_only ON casts",
        "CREATE TABLE left_behind (id integer)",
        "ANALYZE communities",
        "UPDATE pg_class SET reltuples = 1 WHERE relname = 'communities'",  # as VACUUM does, in no transaction
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 1024', current_database()); END $$",
    ],
)
def test_one_that_is_otherwise_than_new_is_used_by_nobody(templates, given_back, left):
    portal = Portal(create_app(settings_for(given_back)))
    portal.town()
    with Units.of(given_back).write() as session:
        session.execute(sa.text(left))
    templates.take_back(given_back)
    assert not warm.warm(given_back)


def test_numbers_begin_again(given_back):
    Portal(create_app(settings_for(given_back))).person()
    with Units.of(given_back).read() as session:
        assert session.execute(sa.text("SELECT min(id) FROM audit_outbox")).scalar_one() == 1
