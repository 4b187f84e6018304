"""A person can be erased: no account behind a membership, markers for words, a list; a log's key names the next

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None



class Words(NamedTuple):
    """An append-only table whose words may be replaced by a marker once their author was erased, and nothing else.

    :param kept: its other columns.
    :param marked: each column of words with the SQL of what may stand there instead.
    :param author: a condition on OLD that ends where the author's membership ``m`` is demanded to be erased.
    """

    kept: tuple[str, ...]
    marked: dict[str, str]
    author: str


_MARK = "'[erased]'"
TABLES = {
    "proposal_texts": Words(
        ("proposal_id", "number", "suggestion_id", "written_at"),
        {"title": _MARK, "body": _MARK, "options": "NULL", "operations": "NULL"},
        "FROM memberships m WHERE m.id = (SELECT author_id FROM proposals WHERE id = OLD.proposal_id)",
    ),
    "idea_texts": Words(
        ("idea_id", "number", "membership_id", "written_at"),
        {"title": _MARK, "body": _MARK, "tags": "'[]'", "links": "'[]'"},
        "FROM memberships m WHERE m.id = (SELECT author_id FROM ideas WHERE id = OLD.idea_id)",
    ),
    "attestations": Words(
        ("milestone_id", "round", "membership_id", "revision", "verdict", "attested_at"),
        {"comment": _MARK},
        "FROM memberships m WHERE m.id = OLD.membership_id",
    ),
    "moderation_reports": Words(
        ("id", "case_id", "subject_id", "membership_id", "ground", "made_at", "decide_by"),
        {"note": _MARK},
        "FROM memberships m WHERE m.id = OLD.membership_id",
    ),
    "moderation_steps": Words(
        ("case_id", "number", "action", "source", "target", "membership_id", "role", "ground", "due_at", "at"),
        {"reason": _MARK},
        "FROM memberships m WHERE m.id = OLD.membership_id",
    ),
}


def upgrade() -> None:
    op.create_table('erasures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('ground', sa.String(length=16), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('listed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasures'))
    )
    op.create_index('ix_erasures_subject_id', 'erasures', ['subject_id'], unique=False)
    op.create_index('ix_erasures_listed_at', 'erasures', ['listed_at'], unique=False)
    op.add_column('log_keys', sa.Column('succession', sa.LargeBinary(), nullable=True))
    _rebuilding_a_table_that_triggers_name()
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.add_column(sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column('account_id', existing_type=sa.Uuid(), nullable=True)
    _rebuilt()
    for table, words in TABLES.items():
        _let_words_go(table, words)


def downgrade() -> None:
    for table in TABLES:
        _keep_words(table)
    _accounts_for_nobody()
    _rebuilding_a_table_that_triggers_name()
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.alter_column('account_id', existing_type=sa.Uuid(), nullable=False)
        batch_op.drop_column('erased_at')
    _rebuilt()
    op.drop_column('log_keys', 'succession')
    op.drop_table('erasures')


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _rebuilding_a_table_that_triggers_name() -> None:
    """Have SQLite rename tables without reading triggers elsewhere, which name the one that is being rebuilt."""
    if not _postgresql():
        op.execute("PRAGMA legacy_alter_table=ON")


def _rebuilt() -> None:
    if not _postgresql():
        op.execute("PRAGMA legacy_alter_table=OFF")


def _accounts_for_nobody() -> None:
    """Put an account that nobody can sign in to behind each membership that has none."""
    new = "gen_random_uuid()" if _postgresql() else "lower(hex(randomblob(16)))"
    text = "::text" if _postgresql() else ""
    op.execute(
        "INSERT INTO accounts (id, reference, email, display_name, password_hash, created_at, version) "
        f"SELECT {new}, m.reference, 'erased ' || m.id{text}, m.display_name, '', m.joined_at, 1 "
        "FROM memberships m WHERE m.account_id IS NULL"
    )
    op.execute(
        "UPDATE memberships SET account_id = "
        "(SELECT a.id FROM accounts a WHERE a.reference = memberships.reference) WHERE account_id IS NULL"
    )


def _let_words_go(table: str, words: Words) -> None:
    """Replace the guard against every change by one that lets an erased author's words become markers."""
    allowed = " AND ".join(
        [*(_same(column) for column in words.kept)]
        + [
            f"({_same(column)} OR NEW.{column} IS NULL)"
            if marker == "NULL"
            else f"({_same(column)} OR {_text(f'NEW.{column}')} = {marker})"
            for column, marker in words.marked.items()
        ]
        + [f"EXISTS (SELECT 1 {words.author} AND m.erased_at IS NOT NULL)"]
    )
    if _postgresql():
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(
            f"""
            CREATE FUNCTION refuse_change_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF TG_OP = 'UPDATE' THEN
                IF {allowed} THEN
                  RETURN NEW;
                END IF;
              END IF;
              RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation';
            END $$
            """
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change_of_{table}()"
        )
        return
    op.execute(f"DROP TRIGGER {table}_no_update")
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NOT ({allowed}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _keep_words(table: str) -> None:
    """Put back the guard against every change."""
    if _postgresql():
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(f"DROP FUNCTION refuse_change_of_{table}()")
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute(f"DROP TRIGGER {table}_no_update")
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _text(column: str) -> str:
    """Return what compares a column as text: PostgreSQL knows no equality of JSON."""
    return f"{column}::text" if _postgresql() else column


def _same(column: str) -> str:
    unlike = "IS NOT DISTINCT FROM" if _postgresql() else "IS"
    return f"{_text(f'OLD.{column}')} {unlike} {_text(f'NEW.{column}')}"
