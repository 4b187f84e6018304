"""Databases that do not answer: locked, not there, or lost in between."""

from __future__ import annotations

import dataclasses
import re
import sqlite3

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

import app.db.engine
from app import create_app
from tests.api.calls import assert_problem, one_database, path_of, send
from tests.support.portal import Person, Portal


def assert_unavailable(answer: TestResponse) -> None:
    assert_problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert not re.search(r"sqlite|postgres|psycopg|sqlalchemy|connection to", answer.text, re.IGNORECASE)


@one_database
def test_a_locked_database_answers_readers_and_asks_writers_to_come_again(settings, monkeypatch):
    hasty = [*(p for p in app.db.engine.SQLITE_PRAGMAS if "busy" not in p), "busy_timeout=100"]
    monkeypatch.setattr(app.db.engine, "SQLITE_PRAGMAS", hasty)
    portal = Portal(create_app(settings))
    operations = portal.app.extensions["althing.api"].operations
    town = portal.town(members=1)
    path = portal.ballot(town)
    known = {
        "community_id": town.id,
        "ballot_id": path.rsplit("/", 1)[1],
        "membership_id": town.members[0].memberships[town.id],
    }
    locked = sqlite3.connect(settings.database_url.removeprefix("sqlite:///"), isolation_level=None)
    locked.execute("BEGIN IMMEDIATE")
    try:
        for operation in operations.values():
            caller = town.members[0] if operation.operation_id == "cast_vote" else town.owner
            answer = send(operation, caller, path=path_of(operation, **known))
            if operation.reads:
                assert answer.status_code in {200, 403, 404, 409, 422}, (operation.operation_id, answer.text)
            else:
                assert_unavailable(answer)
    finally:
        locked.execute("ROLLBACK")
        locked.close()
    answer = town.members[0].call("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    assert answer.status_code == 201
    portal.app.extensions["althing.units"].dispose()


@pytest.fixture
def homeless(settings):
    """An application whose PostgreSQL does not exist: nothing listens at its address."""
    pytest.importorskip("psycopg")
    made = create_app(dataclasses.replace(settings, database_url="postgresql://nobody@127.0.0.1:1/nothing"))
    yield made
    made.extensions["althing.units"].dispose()


@one_database
def test_without_its_database_every_operation_asks_to_come_again(homeless, portal):
    """The token is good; no more can be known of it without the keys."""
    token = portal.person().token
    for operation in homeless.extensions["althing.api"].operations.values():
        answer = send(operation, Person(homeless, "", token=token))
        if operation.operation_id == "list_methods":
            assert answer.status_code in {200, 503}
        else:
            assert_unavailable(answer)


@one_database
def test_without_its_database_the_process_is_alive_and_not_ready(homeless):
    nobody = Person(homeless, "")
    assert nobody.ok("GET", "/livez") == {"status": "alive"}
    assert nobody.call("GET", "/livez", headers={"Origin": "https://portal.example"}).status_code == 200
    assert nobody.call("GET", "/openapi.json").status_code == 200
    answer = nobody.call("GET", "/readyz")
    assert_unavailable(answer)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_lost_connection_costs_one_answer_and_no_vote(portal, settings):
    town = portal.town(members=1)
    path = portal.ballot(town)
    (voter,) = town.members
    admin = sa.create_engine(
        sa.make_url(settings.database_url).set(drivername="postgresql+psycopg", database="postgres"),
        isolation_level="AUTOCOMMIT",
    )
    name = sa.make_url(settings.database_url).database
    made, revisions = 0, []
    for number in range(6):
        with admin.connect() as connection:
            connection.execute(
                sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
                {"name": name},
            )
        for _attempt in range(4):
            choice = [("mint", "lime")[number % 2]]
            answer = voter.call("PUT", f"{path}/votes/me", {"choice": choice})
            if answer.status_code < 300:
                revisions.append(answer.get_json()["revision"])
                made += 1
                break
            assert_unavailable(answer)
    admin.dispose()
    assert made == 6
    assert revisions == [1, 2, 3, 4, 5, 6]
