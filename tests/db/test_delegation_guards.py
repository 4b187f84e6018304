"""A delegation is two facts, given and once revoked: the database lets neither be changed, whoever asks."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa

from tests.db.test_guards import changeable, columns, lived, on_postgresql, on_sqlite

__all__ = ["changeable", "lived"]

STANDING = "delegations WHERE revoked_at IS NULL"


def test_nothing_that_was_given_is_changed(lived):
    for column in columns("delegations"):
        lived.refuses("delegations", f"UPDATE delegations SET {column} = {column}")


@pytest.mark.parametrize("where", ["", " WHERE revoked_at IS NULL", " WHERE revoked_at IS NOT NULL"])
def test_no_delegation_is_deleted(lived, where):
    lived.refuses("delegations", f"DELETE FROM delegations{where}")


def test_a_delegation_is_revoked_once_and_nothing_else_with_it(changeable):
    now = "'2998-01-01 00:00:00.000000'"
    revoke = f"UPDATE delegations SET revoked_at = {now}, revoked_because = 'revoked'"
    for column in ("given_at", "expires_at"):
        changeable.refuses("delegations", f"{revoke}, {column} = {now} WHERE revoked_at IS NULL")
    for column in ("delegate_id", "delegator_id"):
        other = "delegate_id" if column == "delegator_id" else "NULL"
        changeable.refuses("delegations", f"{revoke}, {column} = {other} WHERE revoked_at IS NULL")
    assert changeable.run(f"{revoke} WHERE revoked_at IS NULL") == 1
    changeable.refuses("delegations", "UPDATE delegations SET revoked_at = NULL, revoked_because = NULL")
    changeable.refuses("delegations", revoke)


@pytest.mark.parametrize(
    "change",
    [
        "revoked_at = '2999-01-01 00:00:00'",
        "revoked_at = '2999-01-01 00:00:00', revoked_because = NULL",
    ],
)
def test_no_revocation_is_without_a_reason(changeable, change):
    with pytest.raises(sa.exc.IntegrityError, match="revoked_for_a_reason"):
        changeable.run(f"UPDATE delegations SET {change} WHERE revoked_at IS NULL")


def a_copy(**changed: str) -> str:
    """Return the statement that inserts the standing delegation again, some columns otherwise."""
    names = columns("delegations")
    values = ", ".join(changed.get(name, name) for name in names)
    return f"INSERT INTO delegations ({', '.join(names)}) SELECT {values} FROM {STANDING}"


def new_id(lived) -> str:
    return "lower(hex(randomblob(16)))" if lived.is_sqlite else "gen_random_uuid()"


def test_of_one_member_one_stands_for_the_same(changeable):
    with pytest.raises((sa.exc.IntegrityError, sa.exc.DatabaseError)):
        changeable.run(a_copy(id=new_id(changeable)))
    ended = {"revoked_at": "given_at", "revoked_because": "'revoked'"}
    changeable.run(a_copy(id=new_id(changeable), **ended))
    of_a_type = {"scope": "'decision_type'", "decision_type": "'liquid'"}
    changeable.run(a_copy(id=new_id(changeable), **of_a_type))
    changeable.run(a_copy(id=new_id(changeable), delegator_id="delegate_id", delegate_id="NULL"))


@pytest.mark.parametrize(
    "changed",
    [
        {"scope": "'ballot'"},
        {"scope": "'decision_type'"},
        {"decision_type": "'liquid'"},
        {"scope": "'planet'"},
        {"delegate_id": "delegator_id"},
    ],
)
def test_scope_and_target_fit_together_and_nobody_delegates_to_themselves(changeable, changed):
    ended = {"revoked_at": "given_at", "revoked_because": "'revoked'"}
    with pytest.raises(sa.exc.IntegrityError, match=r"target_of_scope|not_to_oneself"):
        changeable.run(a_copy(id=new_id(changeable), **ended, **changed))


@on_postgresql
def test_delegations_are_not_truncated(lived):
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        lived.run("TRUNCATE delegations CASCADE")


@on_sqlite
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE INTO", "REPLACE INTO"])
@pytest.mark.parametrize("other", ["id", "lower(hex(randomblob(16)))"])
def test_no_delegation_is_replaced_by_an_insert(lived, verb, other):
    """Neither by its key nor by standing for the same; as by a hand in the sqlite3 shell, too."""
    statement = a_copy(id=other).replace("INSERT INTO", verb)
    lived.refuses("delegations", statement)
    plain = sqlite3.connect(lived.engine.url.database)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        plain.execute(statement)
    plain.close()
