"""The database refuses to alter what must never change: audit entries, rolls, casts, results, opened ballots

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

from migrations.append_only import guard

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: Append-only tables with the columns whose repetition would make INSERT OR REPLACE delete a row.
APPEND_ONLY = {
    "audit_outbox": (("id",), ("event_id",)),
    "roll_entries": (("ballot_id", "membership_id"), ("ballot_id", "voter")),
    "casts": (("tracker",), ("ballot_id", "membership_id", "revision")),
    "ballot_results": (("ballot_id",),),
}

#: What an opened ballot keeps for ever. Beside it, closes_at moves only earlier, and only where the
#: ballot's rules allow an early close.
FROZEN = (
    "community_id",
    "kind",
    "title",
    "description",
    "method",
    "settings",
    "seats",
    "weighting",
    "secrecy",
    "disclosure",
    "vote_change",
    "early_close",
    "tie_rule",
    "quorum",
    "threshold",
    "min_approval",
    "rejection_quorum",
    "opens_at",
    "opened_at",
    "roll_size",
    "roll_weight",
    "roll_hash",
    "manifest",
    "manifest_hash",
    "tie_secret",
)
JSON_COLUMNS = {"settings", "quorum", "threshold"}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _upgrade_postgresql()
    else:
        _upgrade_sqlite()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        op.execute("DROP TRIGGER ballots_frozen ON ballots")
        op.execute("DROP TRIGGER ballots_kept ON ballots")
        op.execute("DROP TRIGGER ballot_options_frozen ON ballot_options")
        op.execute("DROP TRIGGER ballot_options_no_truncate ON ballot_options")
        op.execute("DROP FUNCTION refuse_option_change()")
        op.execute("DROP FUNCTION refuse_change()")
        return
    for table in APPEND_ONLY:
        for suffix in ("no_update", "no_delete", "no_replace"):
            op.execute(f"DROP TRIGGER {table}_{suffix}")
    op.execute("DROP TRIGGER ballots_frozen")
    op.execute("DROP TRIGGER ballots_kept")
    op.execute("DROP TRIGGER ballots_no_replace")
    for event in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER ballot_options_no_{event}")


def _upgrade_postgresql() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    old = ", ".join(f"OLD.{c}::text" if c in JSON_COLUMNS else f"OLD.{c}" for c in FROZEN)
    new = ", ".join(f"NEW.{c}::text" if c in JSON_COLUMNS else f"NEW.{c}" for c in FROZEN)
    op.execute(
        "CREATE TRIGGER ballots_frozen BEFORE UPDATE ON ballots FOR EACH ROW "
        f"WHEN (OLD.opened_at IS NOT NULL AND (({old}) IS DISTINCT FROM ({new}) "
        "OR OLD.finalised_at IS NOT NULL OR (NEW.closes_at IS DISTINCT FROM OLD.closes_at "
        "AND NOT coalesce(OLD.early_close AND NEW.closes_at < OLD.closes_at, false)))) EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER ballots_kept BEFORE DELETE ON ballots FOR EACH ROW "
        "WHEN (OLD.opened_at IS NOT NULL) EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        """
        CREATE FUNCTION refuse_option_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT 1 FROM ballots WHERE opened_at IS NOT NULL
                     AND id IN (OLD.ballot_id, NEW.ballot_id)) THEN
            RAISE EXCEPTION 'the options of an opened ballot are frozen' USING ERRCODE = 'restrict_violation';
          END IF;
          RETURN COALESCE(NEW, OLD);
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER ballot_options_frozen BEFORE INSERT OR UPDATE OR DELETE ON ballot_options "
        "FOR EACH ROW EXECUTE FUNCTION refuse_option_change()"
    )
    op.execute(
        "CREATE TRIGGER ballot_options_no_truncate BEFORE TRUNCATE ON ballot_options "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _upgrade_sqlite() -> None:
    for table, keys in APPEND_ONLY.items():
        guard(table, keys)
    changed = " OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in FROZEN)
    op.execute(
        "CREATE TRIGGER ballots_frozen BEFORE UPDATE ON ballots "
        f"WHEN OLD.opened_at IS NOT NULL AND ({changed} OR OLD.finalised_at IS NOT NULL "
        "OR (NEW.closes_at IS NOT OLD.closes_at AND NOT coalesce(OLD.early_close AND NEW.closes_at < OLD.closes_at, 0))) "
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
