"""Votes kept apart from their voters: keys of ballots, confidential casts, credentials, secret casts, opened votes

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.append_only import guard

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: Append-only tables with the columns whose repetition would make INSERT OR REPLACE delete a row.
APPEND_ONLY = {
    "ballot_keys": (("ballot_id", "purpose"),),
    "confidential_casts": (("ballot_id", "handle", "revision"), ("tracker",)),
    "credential_issuances": (("ballot_id", "membership_id"),),
    "secret_casts": (("tracker",), ("ballot_id", "fingerprint", "seq")),
    "opened_votes": (("tracker",),),
}


def upgrade() -> None:
    # Without rowids the rows stand in the order of their random keys: the file tells nobody who came when.
    op.create_table('ballot_keys',
    sa.Column('ballot_id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.String(length=16), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=True),
    sa.Column('private_sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['ballot_id'], ['ballots.id'], name=op.f('fk_ballot_keys_ballot_id')),
    sa.PrimaryKeyConstraint('ballot_id', 'purpose', name=op.f('pk_ballot_keys'))
    )
    op.create_table('confidential_casts',
    sa.Column('ballot_id', sa.Uuid(), nullable=False),
    sa.Column('handle', sa.LargeBinary(length=32), nullable=False),
    sa.Column('revision', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('tracker', sa.Uuid(), nullable=False),
    sa.Column('choice', sa.Text(), nullable=False),
    sa.Column('salt', sa.String(length=64), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['ballot_id'], ['ballots.id'], name=op.f('fk_confidential_casts_ballot_id')),
    sa.PrimaryKeyConstraint('ballot_id', 'handle', 'revision', name=op.f('pk_confidential_casts')),
    sa.UniqueConstraint('tracker', name=op.f('uq_confidential_casts_tracker')),
    sqlite_with_rowid=False
    )
    op.create_table('credential_issuances',
    sa.Column('ballot_id', sa.Uuid(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('blinded_message', sa.LargeBinary(length=256), nullable=False),
    sa.Column('blind_signature', sa.LargeBinary(length=256), nullable=False),
    sa.ForeignKeyConstraint(['ballot_id', 'membership_id'], ['roll_entries.ballot_id', 'roll_entries.membership_id'], name=op.f('fk_credential_issuances_ballot_id_membership_id')),
    sa.PrimaryKeyConstraint('ballot_id', 'membership_id', name=op.f('pk_credential_issuances')),
    sqlite_with_rowid=False
    )
    op.create_table('secret_casts',
    sa.Column('tracker', sa.Uuid(), nullable=False),
    sa.Column('ballot_id', sa.Uuid(), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('public_key', sa.String(length=182), nullable=False),
    sa.Column('prefix', sa.String(length=64), nullable=False),
    sa.Column('credential', sa.String(length=512), nullable=False),
    sa.Column('sealed_choice', sa.Text(), nullable=False),
    sa.Column('signature', sa.String(length=128), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['ballot_id'], ['ballots.id'], name=op.f('fk_secret_casts_ballot_id')),
    sa.PrimaryKeyConstraint('tracker', name=op.f('pk_secret_casts')),
    sa.UniqueConstraint('ballot_id', 'fingerprint', 'seq', name=op.f('uq_secret_casts_ballot_id_fingerprint_seq')),
    sqlite_with_rowid=False
    )
    op.create_table('opened_votes',
    sa.Column('tracker', sa.Uuid(), nullable=False),
    sa.Column('ballot_id', sa.Uuid(), nullable=False),
    sa.Column('choice', sa.Text(), nullable=True),
    sa.Column('invalid', sa.String(length=32), nullable=True),
    sa.CheckConstraint('(choice IS NULL) <> (invalid IS NULL)', name=op.f('ck_opened_votes_choice_or_reason')),
    sa.ForeignKeyConstraint(['ballot_id'], ['ballots.id'], name=op.f('fk_opened_votes_ballot_id')),
    sa.ForeignKeyConstraint(['tracker'], ['secret_casts.tracker'], name=op.f('fk_opened_votes_tracker')),
    sa.PrimaryKeyConstraint('tracker', name=op.f('pk_opened_votes')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_opened_votes_ballot_id'), 'opened_votes', ['ballot_id'], unique=False)
    for table, keys in APPEND_ONLY.items():
        guard(table, keys)


def downgrade() -> None:
    for table in ("opened_votes", "secret_casts", "credential_issuances", "confidential_casts", "ballot_keys"):
        op.drop_table(table)
