"""Entries get their places: each once, without gaps, whoever is at it and whoever commits late."""

from __future__ import annotations

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from app.db.units import Units
from app.domain.translog.checkpoints import Checkpoint
from app.domain.translog.frontier import Frontier
from app.domain.translog.hashing import leaf_hash
from app.domain.translog.signed_notes import SignedNote
from app.models.audit import AuditEntry
from app.models.ids import random_id
from app.models.translog import LogEntry, LogKey, LogTree
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.translog.checkpoint_store import CheckpointMoved
from app.services.translog.publishing import SigningRefused, resume, rotate_key
from app.services.translog.sequencing import DamagedEntry, lock_log, sequence
from tests.support import warm
from tests.support.databases import KINDS

postgresql_alone = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def log(app):
    return app.extensions["althing.log"]


@pytest.fixture
def log_id():
    return uuid.uuid4()


def write(units: Units, log_id: uuid.UUID, number: int = 1) -> None:
    with units.write() as session:
        write_in(session, log_id, number)


def write_in(session: Any, log_id: uuid.UUID, number: int = 1) -> None:
    actor = Actor("test", community_id=log_id, reference=str(random_id()))
    for _ in range(number):
        record(session, actor, Action.ROLE_GRANTED, ("membership", random_id()), {"amount": 1})


def entries(units: Units, log_id: uuid.UUID) -> list[LogEntry]:
    with units.read() as session:
        statement = sa.select(LogEntry).where(LogEntry.log_id == log_id).order_by(LogEntry.leaf_index)
        return list(session.scalars(statement))


def waiting(units: Units, log_id: uuid.UUID) -> int:
    with units.read() as session:
        statement = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.log_id == log_id)
        return session.scalars(statement).one()


def tree(units: Units, log_id: uuid.UUID) -> LogTree:
    with units.read() as session:
        found = session.get(LogTree, log_id)
        assert found is not None
        return found


def stated(note: bytes | None) -> Checkpoint:
    assert note is not None
    return Checkpoint.parse(SignedNote.parse(note).text)


def root_of(found: list[LogEntry]) -> bytes:
    frontier = Frontier()
    for entry in found:
        frontier.push(leaf_hash(entry.body))
    return frontier.root()


def assert_sound(units: Units, log_id: uuid.UUID, number: int) -> None:
    """All that was written is in the log, once, without gaps, under the checkpoint."""
    found = entries(units, log_id)
    assert [entry.leaf_index for entry in found] == list(range(number))
    assert len({entry.event_id for entry in found}) == number
    assert waiting(units, log_id) == 0
    kept = tree(units, log_id)
    checkpoint = stated(kept.checkpoint)
    assert (checkpoint.size, checkpoint.root) == (number, root_of(found))
    assert kept.published_size == kept.size == number


def test_entries_move_from_the_outbox_into_the_log_as_they_are(units, log, log_id):
    write(units, log_id, 3)
    with units.read() as session:
        before = session.execute(
            sa.select(AuditEntry.event_id, AuditEntry.body, AuditEntry.leaf_hash).order_by(AuditEntry.id)
        ).all()
    assert log.advance(log_id) == 3
    found = entries(units, log_id)
    assert [(entry.event_id, entry.body, entry.leaf_hash) for entry in found] == [
        tuple(row) for row in before
    ]
    for entry in found:
        said = json.loads(entry.body)
        assert entry.action == said["action"]
        assert (entry.object_type, entry.object_id) == (said["object"]["type"], said["object"]["id"])
        assert entry.actor == said["actor"]
        assert entry.at.isoformat(timespec="milliseconds") == said["at"].replace("Z", "+00:00")
    assert_sound(units, log_id, 3)


def test_nothing_to_do_changes_nothing(units, log, log_id):
    assert log.advance(log_id) == 0
    write(units, log_id)
    log.advance(log_id)
    before = tree(units, log_id).checkpoint
    assert log.advance(log_id) == 0
    assert tree(units, log_id).checkpoint == before


def test_sizes_around_a_full_tile(units, log, log_id):
    write(units, log_id, 254)
    log.advance(log_id)
    for size in (255, 256, 257, 258):
        write(units, log_id)
        log.advance(log_id)
        assert_sound(units, log_id, size)


def test_logs_do_not_touch_each_other(units, log, log_id):
    other = uuid.uuid4()
    write(units, log_id, 2)
    write(units, other, 3)
    log.advance(log_id)
    assert waiting(units, other) == 3
    log.advance(other)
    assert_sound(units, log_id, 2)
    assert_sound(units, other, 3)


@postgresql_alone
def test_an_entry_that_commits_late_under_a_smaller_id_is_not_lost(units, log, log_id):
    written, commit = threading.Event(), threading.Event()

    def late() -> None:
        with units.write() as session:
            write_in(session, log_id)
            written.set()
            commit.wait(20)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(late)
        assert written.wait(20)
        write(units, log_id, 2)
        assert log.advance(log_id) == 2
        commit.set()
        slow.result()
    assert log.advance(log_id) == 1
    assert_sound(units, log_id, 3)


@postgresql_alone
def test_whoever_finds_another_at_it_leaves_it_to_them(units, log_id):
    write(units, log_id)
    with units.write() as session:
        assert lock_log(session, log_id)
        assert sequence(units, log_id) == 0
        assert waiting(units, log_id) == 1
    assert sequence(units, log_id) == 1


@pytest.mark.parametrize("database_url", KINDS, indirect=True)
def test_sequencers_at_once_and_writers_between_them_lose_and_double_nothing(units, log, log_id):
    writers, each, done = 4, 30, threading.Event()
    seen: list[bytes] = []

    def writing() -> None:
        for _ in range(each):
            write(units, log_id)

    def sequencing() -> None:
        while not done.is_set():
            try:
                log.advance(log_id)
            except CheckpointMoved:
                continue
            with units.read() as session:
                kept = session.get(LogTree, log_id)
                if kept is not None and kept.checkpoint is not None:
                    seen.append(kept.checkpoint)

    with ThreadPoolExecutor(writers + 2) as pool:
        loops = [pool.submit(sequencing) for _ in range(2)]
        for job in [pool.submit(writing) for _ in range(writers)]:
            job.result()
        done.set()
        for loop in loops:
            loop.result()
    log.advance(log_id)
    assert_sound(units, log_id, writers * each)
    found = entries(units, log_id)
    checkpoints = {stated(note).size: stated(note).root for note in seen}
    assert len(checkpoints) > 1
    for size, root in checkpoints.items():
        assert root == root_of(found[:size])


def test_an_entry_whose_bytes_are_not_those_committed_stops_its_log_alone(units, log, log_id):
    other = uuid.uuid4()
    with units.write() as session:
        body = b'{"action":"forged"}'
        session.add(AuditEntry(log_id=log_id, event_id=random_id(), body=body, leaf_hash=b"\0" * 32))
    write(units, other)
    with pytest.raises(DamagedEntry, match=str(log_id)):
        log.advance(log_id)
    assert waiting(units, log_id) == 1
    log.advance(other)
    assert_sound(units, other, 1)


# --- crashes ------------------------------------------------------------------------------------------


class Killed(BaseException):
    """What a test raises where a process would have died."""


@pytest.mark.parametrize("place", ["before the second place", "after the second place"])
def test_killed_between_signing_and_publishing_it_goes_on(units, log, log_id, monkeypatch, place):
    write(units, log_id, 2)
    log.advance(log_id)
    write(units, log_id)
    replace = log.store.replace

    def dying(*facts: Any) -> None:
        if place.startswith("after"):
            replace(*facts)
        raise Killed

    monkeypatch.setattr(log.store, "replace", dying)
    with pytest.raises(Killed):
        log.advance(log_id)
    monkeypatch.undo()
    kept = tree(units, log_id)
    assert (kept.size, kept.published_size) == (3, 2)
    ahead = stated(log.store.read(log_id))
    write(units, log_id)
    log.advance(log_id)
    assert_sound(units, log_id, 4)
    assert ahead.root == root_of(entries(units, log_id)[: ahead.size])


# --- the second place ---------------------------------------------------------------------------------


def test_the_second_place_holds_what_was_published(units, log, log_id):
    write(units, log_id, 2)
    log.advance(log_id)
    assert log.store.read(log_id) == tree(units, log_id).checkpoint


def forget(units: Units, log_id: uuid.UUID, size: int) -> None:
    """Do to a log's tables what restoring a backup does."""
    drop, keep = {
        "postgresql": (
            "ALTER TABLE audit_log DISABLE TRIGGER USER",
            "ALTER TABLE audit_log ENABLE TRIGGER USER",
        ),
        "sqlite": ("DROP TRIGGER audit_log_no_delete", "SELECT 1"),
    }[units.engine.dialect.name]
    found = entries(units, log_id)[:size]
    frontier = b"".join(entry.leaf_hash for entry in found)
    with units.write() as session:
        session.execute(sa.text(drop))
        session.execute(sa.delete(LogEntry).where(LogEntry.log_id == log_id, LogEntry.leaf_index >= size))
        session.execute(sa.text(keep))
        session.execute(
            sa.update(LogTree)
            .where(LogTree.log_id == log_id)
            .values(size=size, published_size=size, edge=frontier)
        )


def test_a_database_older_than_the_log_signs_nothing_and_takes_entries(units, log, log_id):
    write(units, log_id, 5)
    log.advance(log_id)
    forget(units, log_id, 3)
    before = tree(units, log_id).checkpoint
    write(units, log_id)
    with pytest.raises(SigningRefused, match="5 entries was signed, and the database has 4") as refused:
        log.advance(log_id)
    assert f"flask log resume {log_id}" in str(refused.value)
    assert tree(units, log_id).checkpoint == before
    write(units, log_id, 3)  # past the size that was signed: still another history
    with pytest.raises(SigningRefused, match="not those that were signed"):
        log.advance(log_id)
    assert tree(units, log_id).checkpoint == before


def test_a_second_place_that_is_gone_stops_signing(units, log, log_id):
    write(units, log_id)
    log.advance(log_id)
    log.store.path(log_id).unlink()
    write(units, log_id)
    with pytest.raises(SigningRefused, match="ALTHING_CHECKPOINT_STORE"):
        log.advance(log_id)


def test_a_second_place_that_cannot_be_read_stops_signing(units, log, log_id):
    write(units, log_id)
    log.advance(log_id)
    log.store.path(log_id).write_bytes(b"nothing\n")
    write(units, log_id)
    with pytest.raises(SigningRefused, match="can be read"):
        log.advance(log_id)


def test_a_deliberate_resumption_signs_with_another_key(units, log, log_id):
    write(units, log_id, 5)
    log.advance(log_id)
    forget(units, log_id, 3)
    old = log.store.read(log_id)
    vkey = resume(units, log.keys, log.store, log_id)
    log.advance(log_id)
    kept = tree(units, log_id)
    assert log.store.read(log_id) == kept.checkpoint != old
    assert stated(kept.checkpoint).size == kept.size >= 3
    with units.read() as session:
        numbers = session.execute(
            sa.select(LogKey.number, LogKey.last_size, LogKey.private_sealed.is_(None)).order_by(
                LogKey.number
            )
        ).all()
    assert [tuple(row) for row in numbers] == [(1, 3, True), (2, None, False)]
    assert vkey.startswith(stated(kept.checkpoint).origin)
    write(units, log_id)
    log.advance(log_id)
    assert tree(units, log_id).published_size == kept.size + 1


def test_the_store_replaces_only_what_was_expected(log, log_id):
    log.store.replace(log_id, None, b"one")
    with pytest.raises(CheckpointMoved):
        log.store.replace(log_id, None, b"two")
    with pytest.raises(CheckpointMoved):
        log.store.replace(log_id, b"other", b"two")
    assert log.store.read(log_id) == b"one"
    log.store.replace(log_id, b"one", b"two")
    assert log.store.read(log_id) == b"two"


# --- keys ---------------------------------------------------------------------------------------------


def test_a_rotated_key_signs_the_same_tree_at_once(units, log, log_id):
    write(units, log_id, 2)
    log.advance(log_id)
    old = tree(units, log_id).checkpoint
    rotate_key(units, log.keys, log.store, log_id)
    new = tree(units, log_id).checkpoint
    assert stated(new) == stated(old)
    assert SignedNote.parse(new).signatures != SignedNote.parse(old).signatures
    log.advance(log_id)
    found = entries(units, log_id)
    assert found[-1].action == "log.key_rotated"
    assert_sound(units, log_id, 3)


def test_another_secret_opens_no_key(units, log, log_id, settings):
    from app.config import SettingsError  # noqa: PLC0415 - the name app is a fixture here
    from app.services.translog.keys import LogKeys  # noqa: PLC0415

    write(units, log_id)
    log.advance(log_id)
    other = LogKeys("another-secret-for-tests-0123456789-abc", settings.public_url)
    with units.read() as session, pytest.raises(SettingsError, match="flask log resume"):
        other.signer(session, log_id)


@postgresql_alone
def test_what_leaves_the_outbox_costs_no_reading_of_the_log(database_url, units, log_id):
    """Not even for a connection that planned its statements when there was no log yet."""
    warm.forget(database_url)
    with units.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE audit_log")
    number, read = 400, []
    units.engine.dispose()  # one connection from here on, as a worker has

    def look(connection: sa.Connection) -> None:
        told = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'audit_log'"
        read.append(connection.exec_driver_sql(told).scalar_one())

    for _ in range(10):
        write(units, log_id)
        assert sequence(units, log_id) == 1
    write(units, log_id, number)
    sa.event.listen(units.engine, "commit", look)
    assert sequence(units, log_id) == number
    assert 0 < read[-1] < 5 * number  # where each looks through the log it is eighty thousand
