"""Groups: their members and stewards, and the boards, proposals, ballots and delegations that are a group's

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

#: Of each scope, the columns that beside the delegator say what a delegation is for.
SCOPES_BEFORE = {"ballot": ["ballot_id"], "decision_type": ["decision_type"], "community": []}
SCOPES = {"ballot": ["ballot_id"], "group": ["group_id"], "decision_type": ["decision_type"], "community": []}

#: What a delegation keeps for ever; beside it, that it was revoked is added once.
GIVEN_BEFORE = (
    "id", "community_id", "delegator_id", "delegate_id", "scope", "ballot_id", "decision_type", "given_at",
    "expires_at",
)
GIVEN = (*GIVEN_BEFORE, "group_id")

#: What 0004 froze on an opened ballot, and what this revision adds to it.
FROZEN_BEFORE = (
    "community_id", "kind", "title", "description", "method", "settings", "seats", "weighting", "secrecy",
    "disclosure", "vote_change", "early_close", "tie_rule", "quorum", "threshold", "min_approval",
    "rejection_quorum", "opens_at", "opened_at", "roll_size", "roll_weight", "roll_hash", "manifest",
    "manifest_hash", "tie_secret", "decision_type", "proposal_id", "matters", "binding_level",
    "answer_within_seconds", "late_quorum_extension_seconds", "grants_role", "charter_number", "charter_rules",
    "precommitment", "weight_cap", "count_unvested", "exclude", "token_majority", "roll_tokens", "weight_limit",
    "weight_overflow", "ledger_position",
)
FROZEN = (*FROZEN_BEFORE, "group_id")
JSON_COLUMNS = {
    "settings", "quorum", "threshold", "matters", "charter_rules", "precommitment", "weight_cap", "exclude",
    "token_majority",
}
#: When closes_at may move, and what is added once, are as in 0003.
MOVES = (
    "(coalesce(OLD.early_close AND NEW.closes_at < OLD.closes_at, {false}) "
    "OR coalesce(OLD.extended_at IS NULL AND NEW.extended_at IS NOT NULL "
    "AND NEW.closes_at > OLD.closes_at, {false}) OR coalesce(OLD.suspended_from IS NULL "
    "AND NEW.suspended_from IS NOT NULL AND NEW.closes_at > OLD.closes_at, {false}) "
    "OR coalesce(NEW.suspended_until < OLD.suspended_until AND NEW.closes_at < OLD.closes_at, {false}))"
)
ONCE = (
    "(OLD.extended_at IS NOT NULL AND {extended}) OR (OLD.suspended_from IS NOT NULL AND ({suspended} "
    "OR NEW.suspended_until IS NULL OR NEW.suspended_until > OLD.suspended_until))"
)


def upgrade() -> None:
    op.create_table('groups',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('joining', sa.String(length=12), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('archived_because', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_groups_community_id')),
    sa.ForeignKeyConstraint(['created_by'], ['memberships.id'], name=op.f('fk_groups_created_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_groups'))
    )
    op.create_index('ix_groups_community_id_id', 'groups', ['community_id', 'id'], unique=False)
    op.create_table('group_members',
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('standing', sa.String(length=12), nullable=False),
    sa.Column('steward', sa.Boolean(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("NOT steward OR standing = 'member'", name=op.f('ck_group_members_stewards_are_members')),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_group_members_group_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_group_members_membership_id')),
    sa.PrimaryKeyConstraint('group_id', 'membership_id', name=op.f('pk_group_members'))
    )
    op.create_index('ix_group_members_membership_id_group_id', 'group_members', ['membership_id', 'group_id'], unique=False)

    with op.batch_alter_table('boards', schema=None) as batch_op:
        batch_op.add_column(sa.Column('group_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('audience_id', sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_boards_group_id'), 'groups', ['group_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_boards_audience_id'), 'groups', ['audience_id'], ['id'])
        batch_op.create_check_constraint(
            batch_op.f('ck_boards_audience_is_its_group'), 'audience_id IS NULL OR audience_id = group_id'
        )
        batch_op.create_index('ix_boards_group_id_id', ['group_id', 'id'], unique=False)
    # Added in place: a rebuild of so many rows would take its time, and lose the guards that refer to them.
    op.add_column('ideas', sa.Column('audience_id', sa.Uuid(), nullable=True))
    op.add_column('comments', sa.Column('audience_id', sa.Uuid(), nullable=True))
    with op.batch_alter_table('proposals', schema=None) as batch_op:
        batch_op.add_column(sa.Column('group_id', sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_proposals_group_id'), 'groups', ['group_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_proposals_group_id'), ['group_id'], unique=False)

    _drop_ballot_guard()
    op.add_column('ballots', sa.Column('group_id', sa.Uuid(), nullable=True))
    op.create_index(op.f('ix_ballots_group_id'), 'ballots', ['group_id'], unique=False)
    _guard_ballots(FROZEN)

    _drop_delegation_guards()
    with op.batch_alter_table('delegations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('group_id', sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_delegations_group_id'), 'groups', ['group_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_delegations_group_id'), ['group_id'], unique=False)
        batch_op.drop_constraint(batch_op.f('ck_delegations_target_of_scope'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_delegations_target_of_scope'), _targets(SCOPES))
    standing = sa.text("scope = 'group' AND revoked_at IS NULL")
    op.create_index(
        'uq_delegations_one_for_group', 'delegations', ['delegator_id', 'group_id'], unique=True,
        postgresql_where=standing, sqlite_where=standing,
    )
    _guard_delegations(GIVEN, SCOPES)


def downgrade() -> None:
    _drop_delegation_guards()
    op.drop_index('uq_delegations_one_for_group', table_name='delegations')
    op.execute("DELETE FROM delegations WHERE scope = 'group'")
    with op.batch_alter_table('delegations', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_delegations_target_of_scope'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_delegations_target_of_scope'), _targets(SCOPES_BEFORE))
        batch_op.drop_index(batch_op.f('ix_delegations_group_id'))
        batch_op.drop_constraint(batch_op.f('fk_delegations_group_id'), type_='foreignkey')
        batch_op.drop_column('group_id')
    _guard_delegations(GIVEN_BEFORE, SCOPES_BEFORE)

    _drop_ballot_guard()
    op.drop_index(op.f('ix_ballots_group_id'), table_name='ballots')
    op.drop_column('ballots', 'group_id')
    _guard_ballots(FROZEN_BEFORE)

    with op.batch_alter_table('proposals', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_proposals_group_id'))
        batch_op.drop_constraint(batch_op.f('fk_proposals_group_id'), type_='foreignkey')
        batch_op.drop_column('group_id')
    op.drop_column('comments', 'audience_id')
    op.drop_column('ideas', 'audience_id')
    with op.batch_alter_table('boards', schema=None) as batch_op:
        batch_op.drop_index('ix_boards_group_id_id')
        batch_op.drop_constraint(batch_op.f('ck_boards_audience_is_its_group'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_boards_audience_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_boards_group_id'), type_='foreignkey')
        batch_op.drop_column('audience_id')
        batch_op.drop_column('group_id')
    op.drop_table('group_members')
    op.drop_table('groups')


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _targets(scopes: dict[str, list[str]]) -> str:
    """Say that a delegation names what its scope is for, and nothing else."""
    named = ", ".join(f"'{scope}'" for scope in scopes)
    fitting = " AND ".join(
        f"(scope = '{scope}') = ({column} IS NOT NULL)" for scope, columns in scopes.items() for column in columns
    )
    return f"scope IN ({named}) AND {fitting}"


def _drop_ballot_guard() -> None:
    op.execute("DROP TRIGGER ballots_frozen ON ballots" if _postgresql() else "DROP TRIGGER ballots_frozen")


def _guard_ballots(frozen: tuple[str, ...]) -> None:
    """Freeze opened ballots; the guards beside this one stay, because the column is added in place."""
    if _postgresql():
        old = ", ".join(f"OLD.{c}::text" if c in JSON_COLUMNS else f"OLD.{c}" for c in frozen)
        new = ", ".join(f"NEW.{c}::text" if c in JSON_COLUMNS else f"NEW.{c}" for c in frozen)
        again = " OR " + ONCE.format(
            extended="NEW.extended_at IS DISTINCT FROM OLD.extended_at",
            suspended="(NEW.suspended_from, NEW.suspension::text) IS DISTINCT FROM "
            "(OLD.suspended_from, OLD.suspension::text)",
        )
        op.execute(
            "CREATE TRIGGER ballots_frozen BEFORE UPDATE ON ballots FOR EACH ROW "
            f"WHEN (OLD.opened_at IS NOT NULL AND (({old}) IS DISTINCT FROM ({new}) "
            "OR OLD.finalised_at IS NOT NULL OR (NEW.closes_at IS DISTINCT FROM OLD.closes_at "
            f"AND NOT {MOVES.format(false='false')}){again})) EXECUTE FUNCTION refuse_change()"
        )
        return
    changed = " OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in frozen)
    again = " OR " + ONCE.format(
        extended="NEW.extended_at IS NOT OLD.extended_at",
        suspended="(NEW.suspended_from IS NOT OLD.suspended_from OR NEW.suspension IS NOT OLD.suspension)",
    )
    op.execute(
        "CREATE TRIGGER ballots_frozen BEFORE UPDATE ON ballots "
        f"WHEN OLD.opened_at IS NOT NULL AND ({changed} OR OLD.finalised_at IS NOT NULL "
        f"OR (NEW.closes_at IS NOT OLD.closes_at AND NOT {MOVES.format(false='0')}){again}) "
        "BEGIN SELECT RAISE(ABORT, 'an opened ballot is frozen'); END"
    )


def _drop_delegation_guards() -> None:
    if _postgresql():
        for name in ("revoked_once", "kept", "no_truncate"):
            op.execute(f"DROP TRIGGER delegations_{name} ON delegations")
        return
    for name in ("revoked_once", "no_delete", "no_replace"):
        op.execute(f"DROP TRIGGER delegations_{name}")


def _guard_delegations(given: tuple[str, ...], scopes: dict[str, list[str]]) -> None:
    """Have the database refuse every change but the one revocation, as in 0006."""
    if _postgresql():
        old, new = (", ".join(f"{row}.{column}" for column in given) for row in ("OLD", "NEW"))
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
            "CREATE TRIGGER delegations_no_truncate BEFORE TRUNCATE ON delegations "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in given)
    op.execute(
        "CREATE TRIGGER delegations_revoked_once BEFORE UPDATE ON delegations "
        f"WHEN OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL OR {changed} "
        "BEGIN SELECT RAISE(ABORT, 'delegations is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER delegations_no_delete BEFORE DELETE ON delegations "
        "BEGIN SELECT RAISE(ABORT, 'delegations is append-only'); END"
    )
    # Each key by itself and by its index, whatever SQLite was told of the table's size.
    same = " OR ".join(
        f"(NEW.scope = '{scope}' AND NEW.revoked_at IS NULL AND EXISTS (SELECT 1 FROM delegations "
        f"INDEXED BY uq_delegations_one_for_{scope} WHERE scope = '{scope}' AND revoked_at IS NULL AND "
        + " AND ".join(f"{column} = NEW.{column}" for column in ("delegator_id", *columns))
        + "))"
        for scope, columns in scopes.items()
    )
    op.execute(
        "CREATE TRIGGER delegations_no_replace BEFORE INSERT ON delegations "
        f"WHEN EXISTS (SELECT 1 FROM delegations WHERE id = NEW.id) OR {same} "
        "BEGIN SELECT RAISE(ABORT, 'delegations is append-only'); END"
    )
