"""Charters, proposals and obligations; ballots are held under a charter's decision type

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid

import sqlalchemy as sa
from alembic import op

from migrations.append_only import guard

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: Append-only tables with the columns whose repetition would make INSERT OR REPLACE delete a row.
APPEND_ONLY = {
    "charter_versions": (("id",), ("community_id", "number"), ("proposal_id",)),
    "charter_acceptances": (("membership_id", "number"),),
    "proposal_texts": (("proposal_id", "number"),),
    "proposal_steps": (("proposal_id", "number"),),
    "proposal_consents": (("proposal_id", "text_number", "matter"),),
    "vetoes": (("proposal_id", "text_number"),),
    "precommitments": (("id",), ("proposal_id", "number"), ("ballot_id", "number")),
    "obligation_answers": (("obligation_id", "number"),),
    "milestones": (("id",), ("obligation_id", "position")),
    "milestone_evidence": (("milestone_id", "round"),),
    "attestations": (("milestone_id", "round", "membership_id", "revision"),),
}

#: What 0002 froze on an opened ballot, and what this revision adds to it.
FROZEN_BEFORE = (
    "community_id", "kind", "title", "description", "method", "settings", "seats", "weighting", "secrecy",
    "disclosure", "vote_change", "early_close", "tie_rule", "quorum", "threshold", "min_approval",
    "rejection_quorum", "opens_at", "opened_at", "roll_size", "roll_weight", "roll_hash", "manifest",
    "manifest_hash", "tie_secret",
)
FROZEN = (
    *FROZEN_BEFORE, "decision_type", "proposal_id", "matters", "binding_level", "answer_within_seconds",
    "late_quorum_extension_seconds", "grants_role", "charter_number", "charter_rules", "precommitment",
)
JSON_COLUMNS = {"settings", "quorum", "threshold", "matters", "charter_rules", "precommitment"}

_EARLIER = "coalesce(OLD.early_close AND NEW.closes_at < OLD.closes_at, {false})"
#: closes_at moves earlier only where the rules allow an early close; later only with the one extension for a
#: late quorum, or with a suspension, which gives back the time it takes.
MOVES_BEFORE = _EARLIER
MOVES = (
    f"({_EARLIER} OR coalesce(OLD.extended_at IS NULL AND NEW.extended_at IS NOT NULL "
    "AND NEW.closes_at > OLD.closes_at, {false}) OR coalesce(OLD.suspended_from IS NULL "
    "AND NEW.suspended_from IS NOT NULL AND NEW.closes_at > OLD.closes_at, {false}) "
    "OR coalesce(NEW.suspended_until < OLD.suspended_until AND NEW.closes_at < OLD.closes_at, {false}))"
)
#: An extension is made once, a suspension begun once and then at most shortened.
ONCE = (
    "(OLD.extended_at IS NOT NULL AND {extended}) OR (OLD.suspended_from IS NOT NULL AND ({suspended} "
    "OR NEW.suspended_until IS NULL OR NEW.suspended_until > OLD.suspended_until))"
)


def upgrade() -> None:
    op.create_table('charter_versions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('proposal_id', sa.Uuid(), nullable=True),
    sa.Column('in_force_from', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_charter_versions_community_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_charter_versions')),
    sa.UniqueConstraint('community_id', 'number', name=op.f('uq_charter_versions_community_id_number')),
    sa.UniqueConstraint('proposal_id', name=op.f('uq_charter_versions_proposal_id'))
    )
    op.create_table('charter_acceptances',
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_charter_acceptances_membership_id')),
    sa.PrimaryKeyConstraint('membership_id', 'number', name=op.f('pk_charter_acceptances'))
    )
    op.create_table('proposals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('decision_type', sa.String(length=32), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('options', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('operations', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('basis', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('base_number', sa.Integer(), nullable=True),
    sa.Column('matters', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('text_number', sa.Integer(), nullable=False),
    sa.Column('sponsor_count', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('state_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('history_count', sa.Integer(), nullable=False),
    sa.Column('stale_reason', sa.String(length=20), nullable=True),
    sa.Column('stale_detail', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('discussion_ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ballot_id', sa.Uuid(), nullable=True),
    sa.Column('charter_number', sa.Integer(), nullable=True),
    sa.Column('rules', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('outcome', sa.String(length=20), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('passed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('veto_ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('override_ballot_id', sa.Uuid(), nullable=True),
    sa.Column('overridden_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('enacted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('enacted_number', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['memberships.id'], name=op.f('fk_proposals_author_id')),
    sa.ForeignKeyConstraint(['ballot_id'], ['ballots.id'], name=op.f('fk_proposals_ballot_id')),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_proposals_community_id')),
    sa.ForeignKeyConstraint(['override_ballot_id'], ['ballots.id'], name=op.f('fk_proposals_override_ballot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposals'))
    )
    op.create_index(op.f('ix_proposals_author_id'), 'proposals', ['author_id'], unique=False)
    op.create_index(op.f('ix_proposals_ballot_id'), 'proposals', ['ballot_id'], unique=False)
    op.create_index('ix_proposals_community_id_due_at', 'proposals', ['community_id', 'due_at'], unique=False)
    op.create_index('ix_proposals_community_id_id', 'proposals', ['community_id', 'id'], unique=False)
    op.create_index('ix_proposals_community_id_state_id', 'proposals', ['community_id', 'state', 'id'], unique=False)
    op.create_index('ix_proposals_due_at', 'proposals', ['due_at'], unique=False)
    op.create_index(op.f('ix_proposals_override_ballot_id'), 'proposals', ['override_ballot_id'], unique=False)

    op.create_table('obligations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('ballot_id', sa.Uuid(), nullable=False),
    sa.Column('proposal_id', sa.Uuid(), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('owner_role', sa.String(length=20), nullable=False),
    sa.Column('binding_level', sa.String(length=20), nullable=False),
    sa.Column('rules', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('concluded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['ballot_id'], ['ballots.id'], name=op.f('fk_obligations_ballot_id')),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_obligations_community_id')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_obligations_proposal_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_obligations')),
    sa.UniqueConstraint('ballot_id', name=op.f('uq_obligations_ballot_id')),
    sa.UniqueConstraint('proposal_id', name=op.f('uq_obligations_proposal_id'))
    )
    op.create_index('ix_obligations_community_id_due_at_id', 'obligations', ['community_id', 'due_at', 'id'], unique=False)
    op.create_index('ix_obligations_community_id_id', 'obligations', ['community_id', 'id'], unique=False)

    op.create_table('precommitments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('proposal_id', sa.Uuid(), nullable=True),
    sa.Column('ballot_id', sa.Uuid(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('undertaking', sa.Text(), nullable=False),
    sa.Column('within_seconds', sa.BigInteger(), nullable=False),
    sa.Column('budget', sa.String(length=100), nullable=True),
    sa.Column('refusal_grounds', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(proposal_id IS NULL) <> (ballot_id IS NULL)', name=op.f('ck_precommitments_one_subject')),
    sa.ForeignKeyConstraint(['ballot_id'], ['ballots.id'], name=op.f('fk_precommitments_ballot_id')),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_precommitments_community_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_precommitments_membership_id')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_precommitments_proposal_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_precommitments')),
    sa.UniqueConstraint('ballot_id', 'number', name=op.f('uq_precommitments_ballot_id_number')),
    sa.UniqueConstraint('proposal_id', 'number', name=op.f('uq_precommitments_proposal_id_number'))
    )
    op.create_table('proposal_consents',
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('text_number', sa.Integer(), nullable=False),
    sa.Column('matter', sa.String(length=32), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_proposal_consents_membership_id')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_proposal_consents_proposal_id')),
    sa.PrimaryKeyConstraint('proposal_id', 'text_number', 'matter', name=op.f('pk_proposal_consents'))
    )
    op.create_table('proposal_sponsors',
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('sponsored_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_proposal_sponsors_membership_id')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_proposal_sponsors_proposal_id')),
    sa.PrimaryKeyConstraint('proposal_id', 'membership_id', name=op.f('pk_proposal_sponsors'))
    )
    op.create_table('proposal_steps',
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('action', sa.String(length=32), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=True),
    sa.Column('target', sa.String(length=20), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_proposal_steps_proposal_id')),
    sa.PrimaryKeyConstraint('proposal_id', 'number', name=op.f('pk_proposal_steps'))
    )
    op.create_table('proposal_suggestions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('text_number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('verdict', sa.String(length=12), nullable=True),
    sa.Column('verdict_reason', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['author_id'], ['memberships.id'], name=op.f('fk_proposal_suggestions_author_id')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_proposal_suggestions_proposal_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal_suggestions'))
    )
    op.create_index('ix_proposal_suggestions_proposal_id_id', 'proposal_suggestions', ['proposal_id', 'id'], unique=False)

    op.create_table('proposal_texts',
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('options', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('operations', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('suggestion_id', sa.Uuid(), nullable=True),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_proposal_texts_proposal_id')),
    sa.PrimaryKeyConstraint('proposal_id', 'number', name=op.f('pk_proposal_texts'))
    )
    op.create_table('vetoes',
    sa.Column('proposal_id', sa.Uuid(), nullable=False),
    sa.Column('text_number', sa.Integer(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('decision_type', sa.String(length=32), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('ground', sa.String(length=32), nullable=False),
    sa.Column('absolute', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('vetoed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('override_from', sa.DateTime(timezone=True), nullable=True),
    sa.Column('override_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_vetoes_community_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_vetoes_membership_id')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_vetoes_proposal_id')),
    sa.PrimaryKeyConstraint('proposal_id', 'text_number', name=op.f('pk_vetoes'))
    )
    op.create_index('ix_vetoes_community_id_decision_type_vetoed_at', 'vetoes', ['community_id', 'decision_type', 'vetoed_at'], unique=False)

    op.create_table('milestones',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('obligation_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('promised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_milestones_community_id')),
    sa.ForeignKeyConstraint(['obligation_id'], ['obligations.id'], name=op.f('fk_milestones_obligation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_milestones')),
    sa.UniqueConstraint('obligation_id', 'position', name=op.f('uq_milestones_obligation_id_position'))
    )
    op.create_index(op.f('ix_milestones_community_id'), 'milestones', ['community_id'], unique=False)

    op.create_table('obligation_answers',
    sa.Column('obligation_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('ground', sa.String(length=32), nullable=True),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_obligation_answers_membership_id')),
    sa.ForeignKeyConstraint(['obligation_id'], ['obligations.id'], name=op.f('fk_obligation_answers_obligation_id')),
    sa.PrimaryKeyConstraint('obligation_id', 'number', name=op.f('pk_obligation_answers'))
    )
    op.create_table('milestone_evidence',
    sa.Column('milestone_id', sa.Uuid(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_milestone_evidence_membership_id')),
    sa.ForeignKeyConstraint(['milestone_id'], ['milestones.id'], name=op.f('fk_milestone_evidence_milestone_id')),
    sa.PrimaryKeyConstraint('milestone_id', 'round', name=op.f('pk_milestone_evidence'))
    )
    op.create_table('attestations',
    sa.Column('milestone_id', sa.Uuid(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(length=12), nullable=False),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('attested_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_attestations_membership_id')),
    sa.ForeignKeyConstraint(['milestone_id', 'round'], ['milestone_evidence.milestone_id', 'milestone_evidence.round'], name=op.f('fk_attestations_milestone_id_round')),
    sa.PrimaryKeyConstraint('milestone_id', 'round', 'membership_id', 'revision', name=op.f('pk_attestations'))
    )
    _drop_ballot_guards()
    with op.batch_alter_table('ballot_options', schema=None) as batch_op:
        batch_op.add_column(sa.Column('membership_id', sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_ballot_options_membership_id'), 'memberships', ['membership_id'], ['id'])

    with op.batch_alter_table('ballots', schema=None) as batch_op:
        batch_op.add_column(sa.Column('decision_type', sa.String(length=32), nullable=False, server_default='general'))
        batch_op.add_column(sa.Column('proposal_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('matters', sa.JSON(none_as_null=True), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('binding_level', sa.String(length=16), nullable=False, server_default='advisory'))
        batch_op.add_column(sa.Column('answer_within_seconds', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('late_quorum_extension_seconds', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('grants_role', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('charter_number', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('charter_rules', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('precommitment', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('extended_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('suspended_from', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('suspended_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('suspension', sa.JSON(none_as_null=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_ballots_proposal_id'), ['proposal_id'], unique=False)
    with op.batch_alter_table("ballots", schema=None) as batch_op:  # the defaults were for rows already there
        for name in ("decision_type", "matters", "binding_level"):
            batch_op.alter_column(name, server_default=None)
    _guard_ballots(FROZEN, MOVES, ONCE)
    for table, keys in APPEND_ONLY.items():
        guard(table, keys)
    _charter_for_communities_already_there()


def downgrade() -> None:
    _drop_ballot_guards()
    with op.batch_alter_table('ballots', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ballots_proposal_id'))
        batch_op.drop_column('suspension')
        batch_op.drop_column('suspended_until')
        batch_op.drop_column('suspended_from')
        batch_op.drop_column('extended_at')
        batch_op.drop_column('precommitment')
        batch_op.drop_column('charter_rules')
        batch_op.drop_column('charter_number')
        batch_op.drop_column('grants_role')
        batch_op.drop_column('late_quorum_extension_seconds')
        batch_op.drop_column('answer_within_seconds')
        batch_op.drop_column('binding_level')
        batch_op.drop_column('matters')
        batch_op.drop_column('proposal_id')
        batch_op.drop_column('decision_type')

    with op.batch_alter_table('ballot_options', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_ballot_options_membership_id'), type_='foreignkey')
        batch_op.drop_column('membership_id')

    _guard_ballots(FROZEN_BEFORE, MOVES_BEFORE, None)
    op.drop_table('attestations')
    op.drop_table('milestone_evidence')
    op.drop_table('obligation_answers')
    op.drop_table('milestones')
    op.drop_table('vetoes')
    op.drop_table('proposal_texts')
    op.drop_table('proposal_suggestions')
    op.drop_table('proposal_steps')
    op.drop_table('proposal_sponsors')
    op.drop_table('proposal_consents')
    op.drop_table('precommitments')
    op.drop_table('obligations')
    op.drop_table('proposals')
    op.drop_table('charter_acceptances')
    op.drop_table('charter_versions')


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


def _guard_ballots(frozen: tuple[str, ...], moves: str, once: str | None) -> None:
    """Freeze opened ballots; SQLite rebuilds altered tables, so there every trigger on them is made anew."""
    if _postgresql():
        old = ", ".join(f"OLD.{c}::text" if c in JSON_COLUMNS else f"OLD.{c}" for c in frozen)
        new = ", ".join(f"NEW.{c}::text" if c in JSON_COLUMNS else f"NEW.{c}" for c in frozen)
        again = "" if once is None else " OR " + once.format(
            extended="NEW.extended_at IS DISTINCT FROM OLD.extended_at",
            suspended="(NEW.suspended_from, NEW.suspension::text) IS DISTINCT FROM "
            "(OLD.suspended_from, OLD.suspension::text)",
        )
        op.execute(
            "CREATE TRIGGER ballots_frozen BEFORE UPDATE ON ballots FOR EACH ROW "
            f"WHEN (OLD.opened_at IS NOT NULL AND (({old}) IS DISTINCT FROM ({new}) "
            "OR OLD.finalised_at IS NOT NULL OR (NEW.closes_at IS DISTINCT FROM OLD.closes_at "
            f"AND NOT {moves.format(false='false')}){again})) EXECUTE FUNCTION refuse_change()"
        )
        return
    changed = " OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in frozen)
    again = "" if once is None else " OR " + once.format(
        extended="NEW.extended_at IS NOT OLD.extended_at",
        suspended="(NEW.suspended_from IS NOT OLD.suspended_from OR NEW.suspension IS NOT OLD.suspension)",
    )
    op.execute(
        "CREATE TRIGGER ballots_frozen BEFORE UPDATE ON ballots "
        f"WHEN OLD.opened_at IS NOT NULL AND ({changed} OR OLD.finalised_at IS NOT NULL "
        f"OR (NEW.closes_at IS NOT OLD.closes_at AND NOT {moves.format(false='0')}){again}) "
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


def _charter_for_communities_already_there() -> None:
    """Give every community founded before charters the one that a small brand starts with today."""
    communities = sa.table("communities", sa.column("id", sa.Uuid()))
    ids = op.get_bind().execute(sa.select(communities.c.id)).scalars().all()
    if not ids:
        return
    from app.domain.charter.reading import read_charter  # noqa: PLC0415 - only where there is something to do
    from app.domain.charter.templates import TEMPLATES  # noqa: PLC0415

    charter = read_charter(TEMPLATES["small_brand"].document).to_json()
    body = json.dumps(charter, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    versions = sa.table(
        "charter_versions",
        sa.column("id", sa.Uuid()),
        sa.column("community_id", sa.Uuid()),
        sa.column("number", sa.Integer()),
        sa.column("body", sa.Text()),
        sa.column("digest", sa.String()),
        sa.column("in_force_from", sa.DateTime(timezone=True)),
    )
    now = dt.datetime.now(dt.UTC)
    op.bulk_insert(
        versions,
        [
            {
                "id": uuid.uuid4(),
                "community_id": community_id,
                "number": 1,
                "body": body,
                "digest": hashlib.sha256(body.encode()).hexdigest(),
                "in_force_from": now,
            }
            for community_id in ids
        ],
    )
