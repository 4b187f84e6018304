"""Delegations, delegates' statements, and the evidence of each ballot's chains

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.append_only import forbid_replacing

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: Of each scope, the columns that beside the delegator say what a delegation is for.
SCOPES = {"ballot": ["ballot_id"], "decision_type": ["decision_type"], "community": []}

#: What a delegation keeps for ever; beside it, that it was revoked is added once.
GIVEN = (
    "id", "community_id", "delegator_id", "delegate_id", "scope", "ballot_id", "decision_type", "given_at",
    "expires_at",
)
#: Columns whose repetition would make INSERT OR REPLACE delete a row.
EVIDENCE_KEYS = (("ballot_id", "part", "number"), ("ballot_id", "part", "first_voter"))


def upgrade() -> None:
    op.create_table('delegations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('delegator_id', sa.Uuid(), nullable=False),
    sa.Column('delegate_id', sa.Uuid(), nullable=True),
    sa.Column('scope', sa.String(length=16), nullable=False),
    sa.Column('ballot_id', sa.Uuid(), nullable=True),
    sa.Column('decision_type', sa.String(length=32), nullable=True),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_because', sa.String(length=16), nullable=True),
    sa.CheckConstraint('delegate_id <> delegator_id', name=op.f('ck_delegations_not_to_oneself')),
    sa.CheckConstraint("scope IN ('ballot', 'decision_type', 'community') AND (scope = 'ballot') = (ballot_id IS NOT NULL) AND (scope = 'decision_type') = (decision_type IS NOT NULL)", name=op.f('ck_delegations_target_of_scope')),
    sa.CheckConstraint('(revoked_at IS NULL) = (revoked_because IS NULL)', name=op.f('ck_delegations_revoked_for_a_reason')),
    sa.ForeignKeyConstraint(['ballot_id'], ['ballots.id'], name=op.f('fk_delegations_ballot_id')),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_delegations_community_id')),
    sa.ForeignKeyConstraint(['delegate_id'], ['memberships.id'], name=op.f('fk_delegations_delegate_id')),
    sa.ForeignKeyConstraint(['delegator_id'], ['memberships.id'], name=op.f('fk_delegations_delegator_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegations'))
    )
    op.create_index(op.f('ix_delegations_ballot_id'), 'delegations', ['ballot_id'], unique=False)
    op.create_index('ix_delegations_community_id_given_at', 'delegations', ['community_id', 'given_at'], unique=False)
    op.create_index('ix_delegations_delegate_id_id', 'delegations', ['delegate_id', 'id'], unique=False)
    op.create_index('ix_delegations_delegator_id_id', 'delegations', ['delegator_id', 'id'], unique=False)
    for scope, columns in SCOPES.items():
        standing = sa.text(f"scope = '{scope}' AND revoked_at IS NULL")
        op.create_index(
            f'uq_delegations_one_for_{scope}', 'delegations', ['delegator_id', *columns], unique=True,
            postgresql_where=standing, sqlite_where=standing,
        )

    op.create_table('delegate_statements',
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('stance', sa.String(length=12), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('decision_types', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('stated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_delegate_statements_community_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_delegate_statements_membership_id')),
    sa.PrimaryKeyConstraint('membership_id', name=op.f('pk_delegate_statements'))
    )
    op.create_index('ix_delegate_statements_community_id_stance', 'delegate_statements', ['community_id', 'stance', 'membership_id'], unique=False)

    op.create_table('delegation_evidence',
    sa.Column('ballot_id', sa.Uuid(), nullable=False),
    sa.Column('part', sa.String(length=10), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('first_voter', sa.Uuid(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['ballot_id'], ['ballots.id'], name=op.f('fk_delegation_evidence_ballot_id')),
    sa.PrimaryKeyConstraint('ballot_id', 'part', 'number', name=op.f('pk_delegation_evidence')),
    sa.UniqueConstraint('ballot_id', 'part', 'first_voter', name=op.f('uq_delegation_evidence_ballot_id_part_first_voter'))
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    op.drop_table('delegation_evidence')
    op.drop_table('delegate_statements')
    op.drop_table('delegations')


def _guard_postgresql() -> None:
    """Have the database refuse every change but the one revocation; the triggers go with the tables."""
    old, new = (", ".join(f"{row}.{column}" for column in GIVEN) for row in ("OLD", "NEW"))
    op.execute(
        "CREATE TRIGGER delegations_revoked_once BEFORE UPDATE ON delegations FOR EACH ROW "
        f"WHEN (OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL OR ({old}) IS DISTINCT FROM ({new})) "
        "EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER delegations_kept BEFORE DELETE ON delegations "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER delegation_evidence_append_only BEFORE UPDATE OR DELETE ON delegation_evidence "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for table in ("delegations", "delegation_evidence"):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _guard_sqlite() -> None:
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in GIVEN)
    op.execute(
        "CREATE TRIGGER delegations_revoked_once BEFORE UPDATE ON delegations "
        f"WHEN OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL OR {changed} "
        "BEGIN SELECT RAISE(ABORT, 'delegations is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER delegations_no_delete BEFORE DELETE ON delegations "
        "BEGIN SELECT RAISE(ABORT, 'delegations is append-only'); END"
    )
    # INSERT OR REPLACE would delete the old row without asking the triggers above.
    # Each key by itself and by its index, whatever SQLite was told of the table's size.
    same = " OR ".join(
        f"(NEW.scope = '{scope}' AND NEW.revoked_at IS NULL AND EXISTS (SELECT 1 FROM delegations "
        f"INDEXED BY uq_delegations_one_for_{scope} WHERE scope = '{scope}' AND revoked_at IS NULL AND "
        + " AND ".join(f"{column} = NEW.{column}" for column in ("delegator_id", *columns))
        + "))"
        for scope, columns in SCOPES.items()
    )
    op.execute(
        "CREATE TRIGGER delegations_no_replace BEFORE INSERT ON delegations "
        f"WHEN EXISTS (SELECT 1 FROM delegations WHERE id = NEW.id) OR {same} "
        "BEGIN SELECT RAISE(ABORT, 'delegations is append-only'); END"
    )
    for event in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER delegation_evidence_no_{event} BEFORE {event.upper()} ON delegation_evidence "
            "BEGIN SELECT RAISE(ABORT, 'delegation_evidence is append-only'); END"
        )
    forbid_replacing("delegation_evidence", EVIDENCE_KEYS)
