"""The database itself refuses to change what must never change, whoever asks and by whatever statement."""

from __future__ import annotations

import sqlite3
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from app.db.engine import make_engine
from app.db.units import Units
from app.domain.translog.tiles import TILE_WIDTH
from app.models.base import Base
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.translog.log import TransparencyLog
from app.services.translog.sequencing import waiting_logs
from tests.support.databases import KINDS
from tests.support.settings import settings_for

LEDGER = (
    "token_postings",
    "token_entries",
    "token_openings",
    "token_schedules",
    "token_locks",
    "token_imports",
)
#: A log with enough in it.
LOG = uuid.UUID(int=7)

APPEND_ONLY = (
    "audit_outbox",
    "audit_log",
    "log_tiles",
    "casts",
    "roll_entries",
    "ballot_results",
    "ballot_keys",
    "confidential_casts",
    "credential_issuances",
    "secret_casts",
    "opened_votes",
    "delegation_evidence",
    *LEDGER,
    "idea_texts",
    "idea_answers",
    "promotions",
    "promoted_ideas",
)

#: What may still change in a ballot once it is open: the facts of its closing, and what no manifest states.
#: ``closes_at`` moves when a ballot closes early; see the tests of its guard below.
MOVABLE = {"version", "closes_at", "finalised_at", "created_at", "voting_period_seconds"}
#: Added once while it is open: an extension and a suspension; see the tests of these.
ADDED = {"extended_at", "suspended_from", "suspended_until", "suspension"}


class Lived:
    """A database that people have used, and statements put to it past the application."""

    def __init__(self, engine: sa.Engine, ballots: dict[str, str]) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.ballots = {
            name: uuid.UUID(text).hex if self.is_sqlite else text for name, text in ballots.items()
        }

    def rows(self, table: str) -> list[str]:
        with self.engine.connect() as connection:
            return sorted(map(repr, connection.execute(sa.select(Base.metadata.tables[table]))))

    def run(self, statement: str, **values: Any) -> int:
        with self.engine.begin() as connection:
            return connection.execute(sa.text(statement), values).rowcount

    def refuses(self, table: str, statement: str, **values: Any) -> None:
        before = self.rows(table)
        assert before, f"{table} is empty: nothing could be refused"
        with pytest.raises((sa.exc.IntegrityError, sa.exc.DatabaseError)) as refused:
            self.run(statement, **values)
        words = str(refused.value.orig)
        assert any(w in words for w in ("append-only", "frozen", "is kept")), words
        assert self.rows(table) == before


def make(kind: str, templates: Any, directory: Any, live_in: Any) -> Lived:
    url = templates.database(kind, directory)
    ballots = live_in(url)
    fill_log(url)
    return Lived(make_engine(url), ballots)


def fill_log(url: str) -> None:
    """Give every entry a place, fill a tile, and leave one entry waiting."""
    units = Units.of(url)
    log = TransparencyLog.build(settings_for(url), units)
    actor = Actor("test", community_id=LOG)
    with units.write() as session:
        for _ in range(TILE_WIDTH):
            record(session, actor, Action.ROLE_GRANTED, ("membership", LOG))
        logs = waiting_logs(session)
    for log_id in logs:
        while log.advance(log_id):
            pass
    with units.write() as session:
        record(session, actor, Action.ROLE_GRANTED, ("membership", LOG))
    units.dispose()


@pytest.fixture(scope="module", params=KINDS)
def lived(request, templates, tmp_path_factory, live_in):
    """A database with a draft, an open and a certified ballot; tests on it leave it as it was."""
    made = make(request.param, templates, tmp_path_factory.mktemp("lived"), live_in)
    yield made
    made.engine.dispose()


@pytest.fixture(params=KINDS)
def changeable(request, templates, tmp_path, live_in):
    """The like for a test that changes it."""
    made = make(request.param, templates, tmp_path, live_in)
    yield made
    made.engine.dispose()


on_sqlite = pytest.mark.parametrize("lived", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("lived", ["postgresql"], indirect=True)


def columns(table: str) -> list[str]:
    return [column.name for column in Base.metadata.tables[table].columns]


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_column_of_an_append_only_table_is_updated(lived, table):
    for column in columns(table):
        lived.refuses(table, f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_of_an_append_only_table_is_deleted(lived, table):
    lived.refuses(table, f"DELETE FROM {table}")
    first = next(iter(Base.metadata.tables[table].primary_key)).name if lived.is_sqlite else "ctid"
    lived.refuses(table, f"DELETE FROM {table} WHERE {first} = (SELECT min({first}) FROM {table})")


@on_postgresql
@pytest.mark.parametrize("table", [*APPEND_ONLY, "ballots", "memberships", "communities"])
def test_no_append_only_table_is_truncated_directly_or_by_cascade(lived, table):
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        lived.run(f"TRUNCATE {table} CASCADE")
    for guarded in APPEND_ONLY:
        assert lived.rows(guarded)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_is_replaced_by_an_upsert(lived, table):
    names = ", ".join(columns(table))
    key = ", ".join(column.name for column in Base.metadata.tables[table].primary_key)
    changed = columns(table)[-1]
    lived.refuses(
        table,
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE true "
        f"ON CONFLICT ({key}) DO UPDATE SET {changed} = excluded.{changed}",
    )


@on_sqlite
@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE INTO", "REPLACE INTO"])
def test_no_row_is_replaced_by_an_insert(lived, table, verb):
    names = ", ".join(columns(table))
    statement = f"{verb} {table} ({names}) SELECT {names} FROM {table}"
    lived.refuses(table, statement)
    before = lived.rows(table)
    # As by a hand in the sqlite3 shell, which turns neither foreign keys nor recursive triggers on.
    plain = sqlite3.connect(lived.engine.url.database)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        plain.execute(statement)
    for keys in unique_keys(table):
        others = [name if name in keys else fresh(table, name) for name in columns(table)]
        stated = " AND ".join(f"{key} IS NOT NULL" for key in keys)  # what is not stated replaces nothing
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            plain.execute(
                f"{verb} {table} ({names}) SELECT {', '.join(others)} FROM {table} WHERE {stated} LIMIT 1"
            )
    plain.close()
    assert lived.rows(table) == before


def unique_keys(table: str) -> list[set[str]]:
    described = Base.metadata.tables[table]
    uniques = [c for c in described.constraints if isinstance(c, sa.UniqueConstraint)]
    return [{column.name for column in key.columns} for key in (described.primary_key, *uniques)]


def fresh(table: str, name: str) -> str:
    """Return an expression for another value of a column."""
    column = Base.metadata.tables[table].columns[name]
    if isinstance(column.type, sa.Uuid):
        return "lower(hex(randomblob(16)))"
    return f"{name} + 1000" if isinstance(column.type, sa.Integer) else name


def test_new_rows_are_still_taken(changeable):
    """The guards refuse changes, not growth: otherwise every test here would pass on a dead table."""
    for table in APPEND_ONLY:
        assert changeable.rows(table)
    entries = len(changeable.rows("audit_outbox"))
    blob = "x'00'" if changeable.is_sqlite else r"'\x00'::bytea"
    event = "lower(hex(randomblob(16)))" if changeable.is_sqlite else "gen_random_uuid()"
    changeable.run(
        f"INSERT INTO audit_outbox (log_id, event_id, body, leaf_hash) "
        f"SELECT log_id, {event}, {blob}, leaf_hash FROM audit_outbox LIMIT 1"
    )
    assert len(changeable.rows("audit_outbox")) == entries + 1


# --- the outbox ---------------------------------------------------------------------------------------

_MOVED = (
    "INSERT INTO audit_log (log_id, leaf_index, event_id, leaf_hash, body, action, object_type, object_id, at) "
    "SELECT log_id, 1000, event_id, {leaf_hash}, {body}, 'x', 'x', 'x', '2026-01-01 00:00:00.000000' "
    "FROM audit_outbox"
)


def test_an_entry_leaves_the_outbox_once_the_log_holds_the_same(changeable):
    changeable.run(_MOVED.format(leaf_hash="leaf_hash", body="body"))
    assert changeable.run("DELETE FROM audit_outbox") == 1


@pytest.mark.parametrize("altered", ["leaf_hash", "body"])
def test_an_entry_stays_in_the_outbox_while_the_log_holds_something_else(changeable, altered):
    other = "x'00'" if changeable.is_sqlite else r"'\x00'::bytea"
    changeable.run(_MOVED.format(**{"leaf_hash": "leaf_hash", "body": "body"} | {altered: other}))
    changeable.refuses("audit_outbox", "DELETE FROM audit_outbox")


def test_an_entry_that_has_its_place_cannot_wait_for_another_one_unnoticed(changeable):
    """The log takes each event once: the same entry again is refused, and nothing of its batch is moved."""
    with pytest.raises(sa.exc.IntegrityError):
        changeable.run(
            "INSERT INTO audit_log (log_id, leaf_index, event_id, leaf_hash, body, action, object_type, "
            "object_id, at) SELECT log_id, leaf_index + 5000, event_id, leaf_hash, body, action, object_type, "
            "object_id, at FROM audit_log"
        )


# --- ballots ------------------------------------------------------------------------------------------


def another(lived: Lived, column: sa.Column[Any]) -> str:
    """Return an expression for a value that the column does not hold now."""
    name = column.name
    if name in {"proposal_id", "group_id"}:
        return "(SELECT id FROM accounts LIMIT 1)"
    if name == "community_id":
        return f"(SELECT id FROM accounts WHERE id <> ballots.{name} LIMIT 1)"
    forms = {
        sa.Boolean: f"NOT {name}",
        sa.LargeBinary: "x'00'" if lived.is_sqlite else r"'\x00'::bytea",
        sa.JSON: """'["other"]'""",
        sa.Integer: f"coalesce({name}, 0) + 1",
        sa.String: "'x'",
    }
    return next(
        (form for kind, form in forms.items() if isinstance(column.type, kind)),
        "'2001-01-01 00:00:00.000000'",
    )


@pytest.mark.parametrize("state", ["opened", "closed"])
def test_what_an_opened_ballot_has_stated_is_frozen(lived, state):
    table = Base.metadata.tables["ballots"]
    frozen = [c for c in table.columns if c.name not in MOVABLE | ADDED | {"id"}]
    assert len(frozen) > 20
    for column in frozen:
        lived.refuses(
            "ballots",
            f"UPDATE ballots SET {column.name} = {another(lived, column)} WHERE id = :id",
            id=lived.ballots[state],
        )


def test_an_opened_ballot_keeps_its_identifier(lived):
    before = lived.rows("ballots")
    other = "lower(hex(randomblob(16)))" if lived.is_sqlite else "gen_random_uuid()"
    with pytest.raises(sa.exc.IntegrityError):
        lived.run(f"UPDATE ballots SET id = {other} WHERE id = :id", id=lived.ballots["opened"])
    assert lived.rows("ballots") == before


def test_a_certified_ballot_changes_in_nothing(lived):
    for name in columns("ballots"):
        if name != "id":
            lived.refuses(
                "ballots", f"UPDATE ballots SET {name} = {name} WHERE id = :id", id=lived.ballots["closed"]
            )


@pytest.mark.parametrize("state", ["opened", "closed"])
def test_an_opened_ballot_is_not_deleted(lived, state):
    lived.refuses("ballots", "DELETE FROM ballots WHERE id = :id", id=lived.ballots[state])


@pytest.mark.parametrize("state", ["opened", "closed"])
def test_the_options_of_an_opened_ballot_are_frozen(lived, state):
    ballot = {"id": lived.ballots[state]}
    for name in columns("ballot_options"):
        lived.refuses(
            "ballot_options", f"UPDATE ballot_options SET {name} = {name} WHERE ballot_id = :id", **ballot
        )
    lived.refuses("ballot_options", "DELETE FROM ballot_options WHERE ballot_id = :id", **ballot)
    lived.refuses(
        "ballot_options",
        "INSERT INTO ballot_options (ballot_id, option_id, position, title, description) "
        "VALUES (:id, 'more', 99, 'More', '')",
        **ballot,
    )


def move_an_option(lived: Lived) -> None:
    lived.refuses(
        "ballot_options",
        "UPDATE ballot_options SET ballot_id = :opened, option_id = 'smuggled', position = 98 "
        "WHERE ballot_id = :draft AND option_id = 'mint'",
        opened=lived.ballots["opened"],
        draft=lived.ballots["draft"],
    )


@on_postgresql
def test_no_option_moves_into_an_opened_ballot(lived):
    move_an_option(lived)


def test_a_draft_is_free_to_change(changeable):
    draft = {"id": changeable.ballots["draft"]}
    assert changeable.run("UPDATE ballots SET title = 'Other', seats = 2 WHERE id = :id", **draft) == 1
    assert changeable.run("UPDATE ballot_options SET title = 'Other' WHERE ballot_id = :id", **draft) == 3
    assert changeable.run("DELETE FROM ballot_options WHERE ballot_id = :id", **draft) == 3
    assert changeable.run("DELETE FROM ballots WHERE id = :id", **draft) == 1


# --- what a hand in the shell might try on a ballot under way -------------------------------------------


def test_voting_is_not_prolonged_by_moving_the_close(changeable):
    changeable.refuses(
        "ballots",
        "UPDATE ballots SET closes_at = '2999-01-01 00:00:00.000000' WHERE id = :id",
        id=changeable.ballots["opened"],
    )


def test_voting_is_not_cut_short_where_the_rules_do_not_say_so(changeable):
    changeable.refuses(
        "ballots",
        "UPDATE ballots SET closes_at = '2026-01-01 00:00:00.000000' WHERE id = :id",
        id=changeable.ballots["opened"],
    )


@pytest.mark.parametrize("changeable", ["postgresql"], indirect=True)
def test_the_options_of_opened_ballots_are_not_truncated(changeable):
    with pytest.raises(sa.exc.IntegrityError):
        changeable.run("TRUNCATE ballot_options")


@pytest.mark.parametrize("changeable", ["sqlite"], indirect=True)
def test_no_option_moves_into_an_opened_ballot_on_sqlite(changeable):
    move_an_option(changeable)


@pytest.mark.parametrize("changeable", ["sqlite"], indirect=True)
def test_an_opened_ballot_is_not_replaced_by_a_hand_in_the_shell(changeable):
    names = columns("ballots")
    changed = ["'Forged'" if name == "title" else name for name in names]
    plain = sqlite3.connect(changeable.engine.url.database, isolation_level=None)
    try:
        with pytest.raises(sqlite3.IntegrityError):
            plain.execute(
                f"INSERT OR REPLACE INTO ballots ({', '.join(names)}) "
                f"SELECT {', '.join(changed)} FROM ballots WHERE id = ?",
                (changeable.ballots["opened"],),
            )
    finally:
        plain.close()


def test_an_opened_ballot_that_may_close_early_keeps_its_close(changeable):
    """Without one it would be taken for a draft."""
    early = changeable.ballots["opened_early"]
    changeable.refuses("ballots", "UPDATE ballots SET closes_at = NULL WHERE id = :id", id=early)
