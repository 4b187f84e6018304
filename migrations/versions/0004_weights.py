"""Weights: caps, exclusions and double majorities on rolls and ballots; verified accounts

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

#: What 0003 froze on an opened ballot, and what this revision adds to it.
FROZEN_BEFORE = (
    "community_id", "kind", "title", "description", "method", "settings", "seats", "weighting", "secrecy",
    "disclosure", "vote_change", "early_close", "tie_rule", "quorum", "threshold", "min_approval",
    "rejection_quorum", "opens_at", "opened_at", "roll_size", "roll_weight", "roll_hash", "manifest",
    "manifest_hash", "tie_secret", "decision_type", "proposal_id", "matters", "binding_level",
    "answer_within_seconds", "late_quorum_extension_seconds", "grants_role", "charter_number", "charter_rules",
    "precommitment",
)
FROZEN = (
    *FROZEN_BEFORE, "weight_cap", "count_unvested", "exclude", "token_majority", "roll_tokens", "weight_limit",
    "weight_overflow", "ledger_position",
)
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
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.add_column(sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('verified_by', sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_memberships_verified_by'), 'memberships', ['verified_by'], ['id'])

    # Added in place, with defaults that stay: a rebuild on SQLite would lose the guards of an append-only table.
    op.add_column('roll_entries', sa.Column('tokens', sa.BigInteger(), nullable=False, server_default='0'))
    op.add_column('roll_entries', sa.Column('overflow', sa.BigInteger(), nullable=False, server_default='0'))

    _drop_ballot_guards()
    with op.batch_alter_table('ballots', schema=None) as batch_op:
        batch_op.add_column(sa.Column('weight_cap', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('count_unvested', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column('exclude', sa.JSON(none_as_null=True), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('token_majority', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('roll_tokens', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('weight_limit', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('weight_overflow', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('ledger_position', sa.BigInteger(), nullable=True))
    with op.batch_alter_table("ballots", schema=None) as batch_op:  # the defaults were for rows already there
        for name in ("count_unvested", "exclude"):
            batch_op.alter_column(name, server_default=None)
    _guard_ballots(FROZEN)


def downgrade() -> None:
    _drop_ballot_guards()
    with op.batch_alter_table('ballots', schema=None) as batch_op:
        batch_op.drop_column('ledger_position')
        batch_op.drop_column('weight_overflow')
        batch_op.drop_column('weight_limit')
        batch_op.drop_column('roll_tokens')
        batch_op.drop_column('token_majority')
        batch_op.drop_column('exclude')
        batch_op.drop_column('count_unvested')
        batch_op.drop_column('weight_cap')

    _guard_ballots(FROZEN_BEFORE)
    op.drop_column('roll_entries', 'overflow')
    op.drop_column('roll_entries', 'tokens')
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_memberships_verified_by'), type_='foreignkey')
        batch_op.drop_column('verified_by')
        batch_op.drop_column('verified_at')


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _drop_ballot_guards() -> None:
    if _postgresql():
        op.execute("DROP TRIGGER ballots_frozen ON ballots")
        return
    for name in ("ballots_frozen", "ballots_kept", "ballots_no_replace"):
        op.execute(f"DROP TRIGGER {name}")
    for event in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER ballot_options_no_{event}")


def _guard_ballots(frozen: tuple[str, ...]) -> None:
    """Freeze opened ballots; SQLite rebuilds altered tables, so there every trigger on them is made anew."""
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
    op.execute(
        "CREATE TRIGGER ballots_kept BEFORE DELETE ON ballots WHEN OLD.opened_at IS NOT NULL "
        "BEGIN SELECT RAISE(ABORT, 'an opened ballot is kept'); END"
    )
    op.execute(
        "CREATE TRIGGER ballots_no_replace BEFORE INSERT ON ballots "
        "WHEN EXISTS (SELECT 1 FROM ballots WHERE id = NEW.id AND opened_at IS NOT NULL) "
        "BEGIN SELECT RAISE(ABORT, 'an opened ballot is kept'); END"
    )
    rows = {"insert": "NEW.ballot_id", "update": "OLD.ballot_id, NEW.ballot_id", "delete": "OLD.ballot_id"}
    for event, ids in rows.items():
        op.execute(
            f"CREATE TRIGGER ballot_options_no_{event} BEFORE {event.upper()} ON ballot_options "
            f"WHEN EXISTS (SELECT 1 FROM ballots WHERE id IN ({ids}) AND opened_at IS NOT NULL) "
            "BEGIN SELECT RAISE(ABORT, 'the options of an opened ballot are frozen'); END"
        )
