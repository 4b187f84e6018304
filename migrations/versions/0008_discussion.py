"""Comments with their texts, mentions and reactions; reports, and what is decided on them

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.append_only import guard

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

#: Append-only tables with the columns whose repetition would make INSERT OR REPLACE delete a row.
APPEND_ONLY = {
    "moderation_reports": (("id",), ("subject_id", "membership_id")),
    "moderation_steps": (("case_id", "number"),),
}

ONE_AT_A_TIME = "state IN ('open', 'hidden', 'appealed', 'upheld')"


def upgrade() -> None:
    op.create_table('comments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('subject_type', sa.String(length=16), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('depth', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('text_number', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reply_count', sa.Integer(), nullable=False),
    sa.Column('reaction_count', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('reply_count >= 0 AND reaction_count >= 0', name=op.f('ck_comments_counts_not_negative')),
    sa.ForeignKeyConstraint(['author_id'], ['memberships.id'], name=op.f('fk_comments_author_id')),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_comments_community_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['comments.id'], name=op.f('fk_comments_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_comments'))
    )
    op.create_index(op.f('ix_comments_author_id'), 'comments', ['author_id'], unique=False)
    op.create_index(op.f('ix_comments_community_id'), 'comments', ['community_id'], unique=False)
    op.create_index('ix_comments_parent_id_id', 'comments', ['parent_id', 'id'], unique=False)
    op.create_index('ix_comments_parent_id_reaction_count_id', 'comments', ['parent_id', 'reaction_count', 'id'], unique=False)
    op.create_index('ix_comments_subject_id_parent_id_id', 'comments', ['subject_id', 'parent_id', 'id'], unique=False)
    op.create_index('ix_comments_subject_id_parent_id_reaction_count_id', 'comments', ['subject_id', 'parent_id', 'reaction_count', 'id'], unique=False)

    op.create_table('comment_texts',
    sa.Column('comment_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('stance', sa.String(length=12), nullable=True),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('html', sa.Text(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_comment_texts_comment_id')),
    sa.PrimaryKeyConstraint('comment_id', 'number', name=op.f('pk_comment_texts'))
    )
    op.create_table('comment_mentions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('comment_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_comment_mentions_comment_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_comment_mentions_membership_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_comment_mentions')),
    sa.UniqueConstraint('comment_id', 'number', 'membership_id', name=op.f('uq_comment_mentions_comment_id_number_membership_id'))
    )
    op.create_index('ix_comment_mentions_membership_id_id', 'comment_mentions', ['membership_id', 'id'], unique=False)

    op.create_table('comment_reactions',
    sa.Column('comment_id', sa.Uuid(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('reacted_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_comment_reactions_comment_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_comment_reactions_membership_id')),
    sa.PrimaryKeyConstraint('comment_id', 'membership_id', name=op.f('pk_comment_reactions'))
    )
    op.create_index(op.f('ix_comment_reactions_membership_id'), 'comment_reactions', ['membership_id'], unique=False)
    op.create_table('moderation_cases',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('subject_type', sa.String(length=16), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('report_count', sa.Integer(), nullable=False),
    sa.Column('text_number', sa.Integer(), nullable=True),
    sa.Column('ground', sa.String(length=32), nullable=True),
    sa.Column('ground_title', sa.String(length=200), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('hidden_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('appeal_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decide_appeal_within_seconds', sa.BigInteger(), nullable=True),
    sa.Column('step_count', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['memberships.id'], name=op.f('fk_moderation_cases_author_id')),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_moderation_cases_community_id')),
    sa.ForeignKeyConstraint(['decided_by'], ['memberships.id'], name=op.f('fk_moderation_cases_decided_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_moderation_cases')),
    sa.UniqueConstraint('subject_id', 'number', name=op.f('uq_moderation_cases_subject_id_number'))
    )
    op.create_index(op.f('ix_moderation_cases_author_id'), 'moderation_cases', ['author_id'], unique=False)
    op.create_index('ix_moderation_cases_community_id_id', 'moderation_cases', ['community_id', 'id'], unique=False)
    op.create_index('ix_moderation_cases_community_id_state_due_at_id', 'moderation_cases', ['community_id', 'state', 'due_at', 'id'], unique=False)
    op.create_index('ix_moderation_cases_one_at_a_time', 'moderation_cases', ['subject_id'], unique=True, sqlite_where=sa.text(ONE_AT_A_TIME), postgresql_where=sa.text(ONE_AT_A_TIME))

    op.create_table('moderation_reports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('ground', sa.String(length=32), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decide_by', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['moderation_cases.id'], name=op.f('fk_moderation_reports_case_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_moderation_reports_membership_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_moderation_reports')),
    sa.UniqueConstraint('subject_id', 'membership_id', name=op.f('uq_moderation_reports_subject_id_membership_id'))
    )
    op.create_index('ix_moderation_reports_case_id_id', 'moderation_reports', ['case_id', 'id'], unique=False)
    op.create_index('ix_moderation_reports_membership_id_id', 'moderation_reports', ['membership_id', 'id'], unique=False)

    op.create_table('moderation_steps',
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('action', sa.String(length=12), nullable=False),
    sa.Column('source', sa.String(length=12), nullable=False),
    sa.Column('target', sa.String(length=12), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=True),
    sa.Column('ground', sa.String(length=32), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['moderation_cases.id'], name=op.f('fk_moderation_steps_case_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_moderation_steps_membership_id')),
    sa.PrimaryKeyConstraint('case_id', 'number', name=op.f('pk_moderation_steps'))
    )
    _guard_texts()
    for table, keys in APPEND_ONLY.items():
        guard(table, keys)


def downgrade() -> None:
    op.drop_table('moderation_steps')
    op.drop_table('moderation_reports')
    op.drop_table('moderation_cases')
    op.drop_table('comment_reactions')
    op.drop_table('comment_mentions')
    op.drop_table('comment_texts')
    op.drop_table('comments')
    if _postgresql():
        op.execute("DROP FUNCTION refuse_text_deletion()")


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _guard_texts() -> None:
    """Have the database refuse every change of a text, and its deletion unless its comment was withdrawn."""
    if _postgresql():
        op.execute(
            """
            CREATE FUNCTION refuse_text_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF EXISTS (SELECT 1 FROM comments WHERE id = OLD.comment_id AND withdrawn_at IS NULL) THEN
                RAISE EXCEPTION 'the text of a comment is kept' USING ERRCODE = 'restrict_violation';
              END IF;
              RETURN OLD;
            END $$
            """
        )
        op.execute(
            "CREATE TRIGGER comment_texts_append_only BEFORE UPDATE ON comment_texts "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER comment_texts_kept BEFORE DELETE ON comment_texts "
            "FOR EACH ROW EXECUTE FUNCTION refuse_text_deletion()"
        )
        op.execute(
            "CREATE TRIGGER comment_texts_no_truncate BEFORE TRUNCATE ON comment_texts "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute(
        "CREATE TRIGGER comment_texts_no_update BEFORE UPDATE ON comment_texts "
        "BEGIN SELECT RAISE(ABORT, 'comment_texts is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER comment_texts_no_delete BEFORE DELETE ON comment_texts "
        "WHEN EXISTS (SELECT 1 FROM comments WHERE id = OLD.comment_id AND withdrawn_at IS NULL) "
        "BEGIN SELECT RAISE(ABORT, 'the text of a comment is kept'); END"
    )
    op.execute(
        "CREATE TRIGGER comment_texts_no_replace BEFORE INSERT ON comment_texts "
        "WHEN EXISTS (SELECT 1 FROM comment_texts WHERE comment_id = NEW.comment_id AND number = NEW.number) "
        "BEGIN SELECT RAISE(ABORT, 'comment_texts is append-only'); END"
    )
