"""Migrations lead from nothing to the models and back, once, whoever runs them and however many at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from app import create_app
from app.config import Settings
from app.db.engine import make_engine
from app.db.migrations import ROOT, configuration
from app.models.base import Base
from app.models.translog import LogTree
from app.services.translog.log import TransparencyLog
from app.services.translog.sequencing import waiting_logs
from tests.support import journal, warm
from tests.support.portal import Person
from tests.support.settings import settings_for
from tests.support.tokens import issue, member

BASE_SETTINGS = {
    "ALTHING_ENV": "test",
    "ALTHING_SECRET_KEY": "a-secret-for-tests-0123456789-abcdef",
    "ALTHING_WORKER": "off",
    "ALTHING_LOG_LEVEL": "error",
}


def revisions() -> list[str]:
    """Return every revision from the first to the newest."""
    walked = ScriptDirectory.from_config(configuration()).walk_revisions()
    return [script.revision for script in walked][::-1]


def engine_of(url: str) -> sa.Engine:
    return make_engine(url, migrating=True)


def schema(url: str) -> dict[str, Any]:
    """Return all that a schema consists of: tables, columns, constraints, indexes, triggers, functions."""
    engine = engine_of(url)
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        found: dict[str, Any] = {}
        for table in inspector.get_table_names():
            found |= {
                f"columns {table}": repr(inspector.get_columns(table)),
                f"key {table}": repr(inspector.get_pk_constraint(table)),
                f"unique {table}": sorted(map(repr, inspector.get_unique_constraints(table))),
                f"foreign {table}": sorted(map(repr, inspector.get_foreign_keys(table))),
                f"checks {table}": sorted(map(repr, inspector.get_check_constraints(table))),
                f"indexes {table}": sorted(map(_in_words, inspector.get_indexes(table))),
            }
        if (
            engine.dialect.name == "sqlite"
        ):  # a table that was rebuilt is written differently and says the same
            triggers = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            return found | {f"code {name}": text for name, text in connection.execute(triggers)}
        triggers = sa.text(
            "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal "
            "UNION ALL SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )
        return found | {f"code {name}": text for name, text in connection.execute(triggers)}


def _in_words(index: Any) -> str:
    """Write an index down; SQLite's condition of a partial one is an object without a name of its own."""
    return repr(index | {"dialect_options": {k: str(v) for k, v in index["dialect_options"].items()}})


def tables(url: str) -> set[str]:
    engine = engine_of(url)
    with engine.connect() as connection:
        return set(sa.inspect(connection).get_table_names())


def revision_of(url: str) -> str | None:
    engine = engine_of(url)
    with engine.connect() as connection:
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def execute(url: str, *statements: str | sa.TextClause) -> None:
    engine = engine_of(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement) if isinstance(statement, str) else statement)


def stored(url: str) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table but alembic's own, as the database has them."""
    engine = engine_of(url)
    found = {}
    with engine.connect() as connection:
        for table in sorted(sa.inspect(connection).get_table_names()):
            rows = connection.execute(sa.text(f"SELECT * FROM {table}")).mappings()
            found[table] = sorted((dict(row) for row in rows), key=repr)
    found.pop("alembic_version")
    return found


@pytest.fixture
def empty_url(database_url):
    """A database with nothing in it."""
    if database_url.startswith("sqlite"):
        return database_url.replace(".db", "-empty.db")
    command.downgrade(configuration(database_url), "base")
    execute(database_url, "DROP TABLE alembic_version")
    return database_url


def test_the_revisions_form_one_line():
    script = ScriptDirectory.from_config(configuration())
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
    assert not any(step.is_branch_point or step.is_merge_point for step in script.walk_revisions())


def test_up_down_and_up_again_is_the_same_schema(database_url):
    first = schema(database_url)
    command.downgrade(configuration(database_url), "base")
    assert tables(database_url) == {"alembic_version"}
    leftover = {name for name in schema(database_url) if name.startswith(("code", "trigger"))}
    assert leftover == set()
    command.upgrade(configuration(database_url), "head")
    assert schema(database_url) == first


def test_each_step_is_undone_exactly(empty_url):
    steps = revisions()
    seen = []
    for revision in steps:
        command.upgrade(configuration(empty_url), revision)
        seen.append(schema(empty_url))
        assert revision_of(empty_url) == revision
    for revision, expected in zip(steps[-2::-1], seen[-2::-1], strict=True):
        command.downgrade(configuration(empty_url), revision)
        assert schema(empty_url) == expected


def test_the_models_say_nothing_that_no_migration_does(database_url):
    command.check(configuration(database_url))


def test_every_constraint_of_the_models_stands_in_the_database_under_its_name(database_url):
    """alembic's check overlooks changed and missing CHECKs."""
    engine = engine_of(database_url)
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        for table in Base.metadata.sorted_tables:
            checks = {c["name"]: c["sqltext"] for c in inspector.get_check_constraints(table.name)}
            wanted = {c for c in table.constraints if isinstance(c, sa.CheckConstraint)}
            assert set(checks) == {c.name for c in wanted}
            named = [
                *(c["name"] for c in inspector.get_unique_constraints(table.name)),
                *(c["name"] for c in inspector.get_foreign_keys(table.name)),
                inspector.get_pk_constraint(table.name)["name"],
            ]
            keys = [c.name for c in table.constraints if not isinstance(c, sa.CheckConstraint)]
            assert sorted(named) == sorted(map(str, keys))


def test_an_upgrade_at_the_newest_revision_changes_nothing(database_url, live_in, units):
    live_in(database_url)
    rows, before = journal.everything(units), schema(database_url)
    command.upgrade(configuration(database_url), "head")
    assert journal.everything(units) == rows
    assert schema(database_url) == before


def test_a_populated_database_survives_every_step_but_the_first(database_url, live_in, units):
    """Down to the first revision and up again, step by step: nothing lost that the first revision knows.

    What later revisions add goes with them; every guard is back in its place, and no community is without a
    charter.
    """
    live_in(database_url)
    before = schema(database_url)
    units.dispose()
    steps = revisions()
    everything = stored(database_url)
    for revision in steps[-2::-1]:
        command.downgrade(configuration(database_url), revision)
    known = stored(database_url)
    recorded = {row["membership_id"]: row["amount"] for row in known.pop("holdings")}
    assert recorded == held_in(everything)
    assert all(known[name] for name in ("casts", "ballot_results", "audit_outbox", "roll_entries"))
    for table, rows in known.items():
        columns = rows[0].keys() if rows else ()
        assert rows == sorted(({name: row[name] for name in columns} for row in everything[table]), key=repr)
    for revision in steps[1:]:
        command.upgrade(configuration(database_url), revision)
    after = stored(database_url)
    for table, rows in known.items():
        columns = rows[0].keys() if rows else ()
        assert rows == sorted(({name: row[name] for name in columns} for row in after[table]), key=repr)
    assert {row["community_id"] for row in after["charter_versions"]} == {
        row["id"] for row in after["communities"]
    }
    assert held_in(after) == recorded
    assert schema(database_url) == before
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        execute(database_url, "DELETE FROM casts")


def held_in(rows: dict[str, list[dict[str, Any]]]) -> dict[Any, int]:
    """Return what each member holds by the ledger."""
    held: dict[Any, int] = {}
    for account in rows["token_accounts"]:
        if account["owner"] == "member":
            held[account["membership_id"]] = held.get(account["membership_id"], 0) + account["balance"]
    return held


def test_holdings_become_one_issue_of_each_community(database_url, portal, units):
    """Those of members who have left, and of nothing, included; a community without any has a ledger all the same."""
    full, empty = portal.town(members=3), portal.town()
    memberships = [uuid.UUID(person.memberships[full.id]) for person in full.members]
    full.members[1].ok("DELETE", f"{full.path}/members/me")
    command.downgrade(configuration(database_url), "0003")
    for membership, amount in zip(memberships, (5, 2**53 - 6, 0), strict=True):
        held = {"membership": membership, "community": uuid.UUID(full.id), "amount": amount}
        execute(
            database_url,
            sa.text(
                "INSERT INTO holdings (membership_id, community_id, amount, updated_at, version) "
                "VALUES (:membership, :community, :amount, '2026-01-01 00:00:00', 1)"
            ).bindparams(
                sa.bindparam("membership", held["membership"], sa.Uuid()),
                sa.bindparam("community", held["community"], sa.Uuid()),
                amount=amount,
            ),
        )
    units.dispose()
    command.upgrade(configuration(database_url), "head")
    assert full.owner.ok("GET", f"{full.path}/tokens") | {"holders": 2} == {
        "position": 1,
        "supply": 2**53 - 1,
        "issued": 2**53 - 1,
        "burned": 0,
        "members": 2**53 - 1,
        "treasury": 0,
        "unassigned": 0,
        "holders": 2,
    }
    entry = full.owner.ok("GET", f"{full.path}/tokens/entries/1")
    assert (entry["kind"], entry["posting_count"], entry["membership_id"]) == ("issue", 3, None)
    own = full.members[0].ok("GET", f"{full.path}/tokens/me")
    reference = full.members[0].ok("GET", f"{full.path}/members/me")["reference"]
    assert [(account["name"], account["balance"]) for account in own["accounts"]] == [(reference, 5)]
    assert empty.owner.ok("GET", f"{empty.path}/tokens")["position"] == 0
    issue(empty, member(empty, portal.join(empty)), 1)


def test_entries_that_have_a_place_go_back_to_the_outbox_in_their_order(database_url, live_in, units):
    """And get the same places again: a log that was followed before is followed on."""
    live_in(database_url)
    log = TransparencyLog.build(settings_for(database_url), units)
    with units.read() as session:
        logs = waiting_logs(session)
    for log_id in logs:
        log.advance(log_id)
    before = {each.event: each for each in journal.entries(units)}
    with units.read() as session:
        # The tree of a ballot box has no entries in the outbox: it goes with the votes that it is over.
        of_logs = sa.select(LogTree).where(LogTree.log_id.in_(logs))
        trees = {each.log_id: (each.size, each.edge) for each in session.scalars(of_logs)}
    units.dispose()
    command.downgrade(configuration(database_url), "0003")
    command.upgrade(configuration(database_url), "head")
    assert {each.event: each for each in journal.entries(units)} == before
    for log_id in logs:
        log.advance(log_id)
    assert {each.event: each for each in journal.entries(units)} == before
    with units.read() as session:
        assert {each.log_id: (each.size, each.edge) for each in session.scalars(of_logs)} == trees


def test_a_step_that_fails_leaves_nothing_behind(empty_url):
    """Tables without their guards would be worse than no tables."""
    command.upgrade(configuration(empty_url), revisions()[0])
    before = schema(empty_url)
    execute(empty_url, "ALTER TABLE casts RENAME TO casts_elsewhere")
    with pytest.raises(sa.exc.DatabaseError):
        command.upgrade(configuration(empty_url), "head")
    execute(empty_url, "ALTER TABLE casts_elsewhere RENAME TO casts")
    assert revision_of(empty_url) == revisions()[0]
    code = {name for name in schema(empty_url) if name.startswith(("code", "trigger"))}
    assert code == {name for name in before if name.startswith(("code", "trigger"))} == set()
    command.upgrade(configuration(empty_url), "head")
    assert revision_of(empty_url) == revisions()[-1]


@pytest.mark.parametrize("processes", [3])
def test_processes_that_start_at_once_migrate_once(empty_url, processes):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ALTHING_")},
        **BASE_SETTINGS,
        "ALTHING_DATABASE_URL": empty_url,
        "FLASK_SKIP_DOTENV": "1",
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(processes)
    ]
    told = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0] * processes, told
    assert revision_of(empty_url) == revisions()[-1]
    assert set(Base.metadata.tables) < tables(empty_url)


# --- readiness ----------------------------------------------------------------------------------------


@pytest.fixture
def probe():
    """Asks an application on a database whether it is ready."""
    made = []

    def ask(url: str) -> Any:
        app = create_app(Settings.from_environment(BASE_SETTINGS | {"ALTHING_DATABASE_URL": url}))
        made.append(app)
        return Person(app, "").call("GET", "/readyz")

    yield ask
    for app in made:
        app.extensions["althing.units"].dispose()


def assert_not_ready(answer: Any, *words: str) -> None:
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.content_type == "application/problem+json"
    for word in words:
        assert word in answer.get_json()["detail"]


def test_a_migrated_database_is_ready(database_url, probe):
    answer = probe(database_url)
    assert answer.status_code == 200
    assert answer.get_json() == {"status": "ready"}


def test_a_database_behind_this_release_is_not_ready(database_url, probe):
    command.downgrade(configuration(database_url), revisions()[-2])
    assert_not_ready(probe(database_url), revisions()[-2], revisions()[-1])


def test_a_database_ahead_of_this_release_is_not_ready(database_url, probe):
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    assert_not_ready(probe(database_url), "9999")


def test_an_empty_database_is_not_ready(empty_url, probe):
    assert_not_ready(probe(empty_url), revisions()[-1])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_is_gone_is_not_ready(database_url, probe):
    missing = sa.make_url(database_url).set(database=f"althing_{uuid.uuid4().hex}")
    assert_not_ready(probe(missing.render_as_string(hide_password=False)), "does not answer")
    assert_not_ready(probe("postgresql://nobody@127.0.0.1:1/nothing"), "does not answer")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_cannot_be_opened_is_not_ready(database_url, probe, tmp_path):
    assert database_url
    assert_not_ready(probe(f"sqlite:///{tmp_path}/nowhere/althing.db"), "does not answer")
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"no database at all" * 100)
    assert_not_ready(probe(f"sqlite:///{damaged}"), "does not answer")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_may_forget_a_vote_is_not_ready(database_url, probe):
    name = sa.make_url(database_url).database
    warm.forget(database_url)  # its connections have the settings that they began with
    execute(database_url, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    assert_not_ready(probe(database_url), "synchronous_commit")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_may_forget_a_vote_is_not_ready(database_url, probe, monkeypatch):
    import app.db.engine as engines  # noqa: PLC0415 - the name app is a fixture elsewhere in these tests

    lax = [p.replace("FULL", "NORMAL") for p in engines.SQLITE_PRAGMAS]
    monkeypatch.setattr(engines, "SQLITE_PRAGMAS", lax)
    assert_not_ready(probe(database_url), "synchronous")
