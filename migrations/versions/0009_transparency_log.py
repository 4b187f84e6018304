"""The transparency log: entries get their places, trees, tiles and keys; the outbox is what its name says

Nothing is sequenced here: the first run of the sequencer does that, batch by batch, while the service runs.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.append_only import guard

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: Append-only tables with the columns whose repetition would make INSERT OR REPLACE delete a row.
APPEND_ONLY = {
    "audit_log": (("log_id", "leaf_index"), ("event_id",)),
    "log_tiles": (("log_id", "level", "tile_index"),),
}

#: Sought by the one column that names a single entry, and compared with what is found: a plan made while the log was
#: empty, and kept, would otherwise read a whole log for each row that leaves.
_IN_THE_LOG = (
    "EXISTS (SELECT 1 FROM (SELECT log_id, leaf_hash, body FROM audit_log WHERE event_id = OLD.event_id {fence}) l "
    "WHERE l.log_id = OLD.log_id AND l.leaf_hash = OLD.leaf_hash AND l.body = OLD.body)"
)


def upgrade() -> None:
    op.create_table('audit_log',
    sa.Column('log_id', sa.Uuid(), nullable=False),
    sa.Column('leaf_index', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('leaf_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('object_type', sa.String(length=64), nullable=False),
    sa.Column('object_id', sa.String(length=200), nullable=False),
    sa.Column('actor', sa.String(length=36), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('log_id', 'leaf_index', name=op.f('pk_audit_log')),
    sa.UniqueConstraint('event_id', name=op.f('uq_audit_log_event_id'))
    )
    op.create_index('ix_audit_log_log_id_leaf_hash', 'audit_log', ['log_id', 'leaf_hash'], unique=False)
    op.create_index('ix_audit_log_log_id_action_leaf_index', 'audit_log', ['log_id', 'action', 'leaf_index'], unique=False)
    op.create_index('ix_audit_log_log_id_object_id_leaf_index', 'audit_log', ['log_id', 'object_id', 'leaf_index'], unique=False)
    op.create_index('ix_audit_log_log_id_actor_leaf_index', 'audit_log', ['log_id', 'actor', 'leaf_index'], unique=False)
    op.create_index('ix_audit_log_log_id_at', 'audit_log', ['log_id', 'at'], unique=False)
    op.create_table('log_trees',
    sa.Column('log_id', sa.Uuid(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('edge', sa.LargeBinary(), nullable=False),
    sa.Column('published_size', sa.BigInteger(), nullable=False),
    sa.Column('checkpoint', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint('published_size BETWEEN 0 AND size', name=op.f('ck_log_trees_published_is_part')),
    sa.PrimaryKeyConstraint('log_id', name=op.f('pk_log_trees'))
    )
    op.create_table('log_tiles',
    sa.Column('log_id', sa.Uuid(), nullable=False),
    sa.Column('level', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('tile_index', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('data', sa.LargeBinary(length=8192), nullable=False),
    sa.PrimaryKeyConstraint('log_id', 'level', 'tile_index', name=op.f('pk_log_tiles'))
    )
    op.create_table('log_keys',
    sa.Column('log_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('origin', sa.String(length=300), nullable=False),
    sa.Column('public_key', sa.LargeBinary(length=32), nullable=False),
    sa.Column('private_sealed', sa.LargeBinary(length=128), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_size', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('log_id', 'number', name=op.f('pk_log_keys'))
    )
    # The entry of a content is in the outbox first and in the log for ever after: no one table has its key.
    with op.batch_alter_table('audit_contents', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_audit_contents_event_id'), type_='foreignkey')
    with op.batch_alter_table('communities', schema=None) as batch_op:
        batch_op.add_column(sa.Column('public_log', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('communities', schema=None) as batch_op:  # the default was for rows already there
        batch_op.alter_column('public_log', server_default=None)
    for table, keys in APPEND_ONLY.items():
        guard(table, keys)
    _let_the_sequenced_leave()


def downgrade() -> None:
    _keep_whatever_is_there()
    # Back in front of what waits there, in the order of each log, so that it gets the same places again.
    op.execute(
        "INSERT INTO audit_outbox (id, log_id, event_id, body, leaf_hash) "
        "SELECT (SELECT coalesce(min(id), 1) FROM audit_outbox) - count(*) OVER () - 1 "
        "+ row_number() OVER (ORDER BY log_id, leaf_index), log_id, event_id, body, leaf_hash FROM audit_log"
    )
    with op.batch_alter_table('communities', schema=None) as batch_op:
        batch_op.drop_column('public_log')
    with op.batch_alter_table('audit_contents', schema=None) as batch_op:
        batch_op.create_foreign_key(batch_op.f('fk_audit_contents_event_id'), 'audit_outbox', ['event_id'], ['event_id'])
    op.drop_table('log_keys')
    op.drop_table('log_tiles')
    op.drop_table('log_trees')
    op.drop_table('audit_log')


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _let_the_sequenced_leave() -> None:
    """Let a row of the outbox be deleted if the log holds the same entry; never let one be altered."""
    if _postgresql():
        op.execute("DROP TRIGGER audit_outbox_append_only ON audit_outbox")
        op.execute(
            f"""
            CREATE FUNCTION refuse_loss_of_entry() RETURNS trigger LANGUAGE plpgsql
            SET enable_seqscan = off AS $$
            BEGIN
              IF NOT {_IN_THE_LOG.format(fence="OFFSET 0")} THEN
                RAISE EXCEPTION 'audit_outbox is append-only until the log holds the same'
                  USING ERRCODE = 'restrict_violation';
              END IF;
              RETURN OLD;
            END $$
            """
        )
        op.execute(
            "CREATE TRIGGER audit_outbox_no_update BEFORE UPDATE ON audit_outbox "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER audit_outbox_no_loss BEFORE DELETE ON audit_outbox "
            "FOR EACH ROW EXECUTE FUNCTION refuse_loss_of_entry()"
        )
        return
    op.execute("DROP TRIGGER audit_outbox_no_delete")
    op.execute(
        f"CREATE TRIGGER audit_outbox_no_loss BEFORE DELETE ON audit_outbox WHEN NOT {_IN_THE_LOG.format(fence='')} "
        "BEGIN SELECT RAISE(ABORT, 'audit_outbox is append-only until the log holds the same'); END"
    )


def _keep_whatever_is_there() -> None:
    """Put back the guard that lets nothing leave the outbox."""
    if _postgresql():
        op.execute("DROP TRIGGER audit_outbox_no_loss ON audit_outbox")
        op.execute("DROP TRIGGER audit_outbox_no_update ON audit_outbox")
        op.execute("DROP FUNCTION refuse_loss_of_entry()")
        op.execute(
            "CREATE TRIGGER audit_outbox_append_only BEFORE UPDATE OR DELETE ON audit_outbox "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute("DROP TRIGGER audit_outbox_no_loss")
    op.execute(
        "CREATE TRIGGER audit_outbox_no_delete BEFORE DELETE ON audit_outbox "
        "BEGIN SELECT RAISE(ABORT, 'audit_outbox is append-only'); END"
    )
