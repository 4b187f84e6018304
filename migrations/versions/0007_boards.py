"""Boards and ideas: support, opinions, merges, promotions, and the words that ideas are found by

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.append_only import guard

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: Append-only tables with the columns whose repetition would make INSERT OR REPLACE delete a row.
APPEND_ONLY = {
    "idea_texts": (("idea_id", "number"),),
    "idea_answers": (("idea_id", "number"),),
    "promotions": (("id",), ("ballot_id",), ("proposal_id",)),
    "promoted_ideas": (("promotion_id", "idea_id"), ("promotion_id", "position")),
}

#: SQLite's index over idea_words. The words are made by the domain, so the tokenizer only splits at spaces: "ascii"
#: takes every character beyond ASCII for a part of a word; "#" begins a board's own word.
FULL_TEXT = (
    "CREATE VIRTUAL TABLE idea_words_index USING fts5(words, content='idea_words', content_rowid='id', "
    "detail=none, prefix='2 3', tokenize=\"ascii tokenchars '#'\")"
)
_FORGET = "INSERT INTO idea_words_index (idea_words_index, rowid, words) VALUES ('delete', OLD.id, OLD.words);"
_LEARN = "INSERT INTO idea_words_index (rowid, words) VALUES (NEW.id, NEW.words);"
FULL_TEXT_TRIGGERS = {"insert": _LEARN, "update": f"{_FORGET} {_LEARN}", "delete": _FORGET}

#: In the order in which they are made.
TABLES = (
    "boards",
    "dot_budgets",
    "ideas",
    "opinion_snapshots",
    "promotions",
    "consensus_scores",
    "idea_answers",
    "idea_authors",
    "idea_followers",
    "idea_merges",
    "idea_opinions",
    "idea_supports",
    "idea_tags",
    "idea_texts",
    "idea_words",
    "promoted_ideas",
    "carried_supports",
)


def upgrade() -> None:
    op.create_table('boards',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('phases', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('dots_per_member', sa.Integer(), nullable=False),
    sa.Column('dots_per_idea', sa.Integer(), nullable=False),
    sa.Column('merge_wait_seconds', sa.BigInteger(), nullable=False),
    sa.Column('opt_out_seconds', sa.BigInteger(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('dots_per_idea BETWEEN 1 AND dots_per_member', name=op.f('ck_boards_dots_fit')),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_boards_community_id')),
    sa.ForeignKeyConstraint(['created_by'], ['memberships.id'], name=op.f('fk_boards_created_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_boards'))
    )
    op.create_index('ix_boards_community_id_id', 'boards', ['community_id', 'id'])

    op.create_table('dot_budgets',
    sa.Column('board_id', sa.Uuid(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('budget', sa.Integer(), nullable=False),
    sa.Column('spent', sa.Integer(), nullable=False),
    sa.CheckConstraint('spent BETWEEN 0 AND budget', name=op.f('ck_dot_budgets_within_budget')),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_dot_budgets_board_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_dot_budgets_membership_id')),
    sa.PrimaryKeyConstraint('board_id', 'membership_id', name=op.f('pk_dot_budgets'))
    )
    op.create_table('ideas',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('board_id', sa.Uuid(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('links', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('text_number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('state_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('merged_into_id', sa.Uuid(), nullable=True),
    sa.Column('answer_count', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('posted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('endorsement_count', sa.BigInteger(), nullable=False),
    sa.Column('dot_count', sa.BigInteger(), nullable=False),
    sa.Column('agree_count', sa.BigInteger(), nullable=False),
    sa.Column('disagree_count', sa.BigInteger(), nullable=False),
    sa.Column('pass_count', sa.BigInteger(), nullable=False),
    sa.Column('rising_key', sa.BigInteger(), nullable=False),
    sa.Column('draw', sa.BigInteger(), nullable=False),
    sa.Column('fair_weight', sa.Integer(), nullable=False),
    sa.Column('fair_weight_before', sa.Integer(), nullable=False),
    sa.Column('fair_day', sa.Integer(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name=op.f('ck_ideas_merged_into_one')),
    sa.CheckConstraint('endorsement_count >= 0 AND dot_count >= 0', name=op.f('ck_ideas_counts_not_negative')),
    sa.CheckConstraint('merged_into_id <> id', name=op.f('ck_ideas_merged_into_another')),
    sa.CheckConstraint("(state = 'draft') = (posted_at IS NULL)", name=op.f('ck_ideas_posted_once')),
    sa.ForeignKeyConstraint(['author_id'], ['memberships.id'], name=op.f('fk_ideas_author_id')),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_ideas_board_id')),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_ideas_community_id')),
    sa.ForeignKeyConstraint(['merged_into_id'], ['ideas.id'], name=op.f('fk_ideas_merged_into_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ideas'))
    )
    op.create_index('ix_ideas_author_id', 'ideas', ['author_id'])
    op.create_index('ix_ideas_board_id_dot_count_endorsement_count_id', 'ideas', ['board_id', 'dot_count', 'endorsement_count', 'id'])
    op.create_index('ix_ideas_board_id_posted_at_id', 'ideas', ['board_id', 'posted_at', 'id'])
    op.create_index('ix_ideas_board_id_rising_key_id', 'ideas', ['board_id', 'rising_key', 'id'])
    op.create_index('ix_ideas_community_id_id', 'ideas', ['community_id', 'id'])
    op.create_index('ix_ideas_merged_into_id', 'ideas', ['merged_into_id'])

    op.create_table('opinion_snapshots',
    sa.Column('board_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('members', sa.BigInteger(), nullable=False),
    sa.Column('opinions', sa.BigInteger(), nullable=False),
    sa.Column('ideas', sa.BigInteger(), nullable=False),
    sa.Column('groups', sa.JSON(none_as_null=True), nullable=False),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_opinion_snapshots_board_id')),
    sa.PrimaryKeyConstraint('board_id', 'number', name=op.f('pk_opinion_snapshots'))
    )
    op.create_table('promotions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('board_id', sa.Uuid(), nullable=False),
    sa.Column('ballot_id', sa.Uuid(), nullable=True),
    sa.Column('proposal_id', sa.Uuid(), nullable=True),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('promoted_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(ballot_id IS NULL) <> (proposal_id IS NULL)', name=op.f('ck_promotions_one_target')),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_promotions_board_id')),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_promotions_community_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_promotions_membership_id')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposals.id'], name=op.f('fk_promotions_proposal_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_promotions')),
    sa.UniqueConstraint('ballot_id', name=op.f('uq_promotions_ballot_id')),
    sa.UniqueConstraint('proposal_id', name=op.f('uq_promotions_proposal_id'))
    )
    op.create_index('ix_promotions_board_id_id', 'promotions', ['board_id', 'id'])

    op.create_table('consensus_scores',
    sa.Column('board_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('idea_id', sa.Uuid(), nullable=False),
    sa.Column('score', sa.BigInteger(), nullable=False),
    sa.Column('seen', sa.JSON(none_as_null=True), nullable=False),
    sa.ForeignKeyConstraint(['board_id', 'number'], ['opinion_snapshots.board_id', 'opinion_snapshots.number'], name=op.f('fk_consensus_scores_board_id_number')),
    sa.ForeignKeyConstraint(['idea_id'], ['ideas.id'], name=op.f('fk_consensus_scores_idea_id')),
    sa.PrimaryKeyConstraint('board_id', 'number', 'idea_id', name=op.f('pk_consensus_scores'))
    )
    op.create_index('ix_consensus_scores_board_id_number_score_idea_id', 'consensus_scores', ['board_id', 'number', 'score', 'idea_id'])

    op.create_table('idea_answers',
    sa.Column('idea_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['idea_id'], ['ideas.id'], name=op.f('fk_idea_answers_idea_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_idea_answers_membership_id')),
    sa.PrimaryKeyConstraint('idea_id', 'number', name=op.f('pk_idea_answers'))
    )
    op.create_table('idea_authors',
    sa.Column('idea_id', sa.Uuid(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('standing', sa.String(length=12), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('merged_idea_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['idea_id'], ['ideas.id'], name=op.f('fk_idea_authors_idea_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_idea_authors_membership_id')),
    sa.ForeignKeyConstraint(['merged_idea_id'], ['ideas.id'], name=op.f('fk_idea_authors_merged_idea_id')),
    sa.PrimaryKeyConstraint('idea_id', 'membership_id', name=op.f('pk_idea_authors'))
    )
    op.create_index('ix_idea_authors_membership_id_idea_id', 'idea_authors', ['membership_id', 'idea_id'])

    op.create_table('idea_followers',
    sa.Column('idea_id', sa.Uuid(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['idea_id'], ['ideas.id'], name=op.f('fk_idea_followers_idea_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_idea_followers_membership_id')),
    sa.PrimaryKeyConstraint('idea_id', 'membership_id', name=op.f('pk_idea_followers'))
    )
    op.create_index('ix_idea_followers_membership_id_idea_id', 'idea_followers', ['membership_id', 'idea_id'])

    op.create_table('idea_merges',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('community_id', sa.Uuid(), nullable=False),
    sa.Column('board_id', sa.Uuid(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('target_id', sa.Uuid(), nullable=False),
    sa.Column('proposer_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decidable_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('verdict', sa.String(length=12), nullable=True),
    sa.Column('verdict_reason', sa.Text(), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opt_out_until', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('source_id <> target_id', name=op.f('ck_idea_merges_two_ideas')),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_idea_merges_board_id')),
    sa.ForeignKeyConstraint(['community_id'], ['communities.id'], name=op.f('fk_idea_merges_community_id')),
    sa.ForeignKeyConstraint(['decided_by'], ['memberships.id'], name=op.f('fk_idea_merges_decided_by')),
    sa.ForeignKeyConstraint(['proposer_id'], ['memberships.id'], name=op.f('fk_idea_merges_proposer_id')),
    sa.ForeignKeyConstraint(['source_id'], ['ideas.id'], name=op.f('fk_idea_merges_source_id')),
    sa.ForeignKeyConstraint(['target_id'], ['ideas.id'], name=op.f('fk_idea_merges_target_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_idea_merges'))
    )
    op.create_index('ix_idea_merges_source_id_id', 'idea_merges', ['source_id', 'id'])
    op.create_index('ix_idea_merges_target_id_id', 'idea_merges', ['target_id', 'id'])

    op.create_table('idea_opinions',
    sa.Column('idea_id', sa.Uuid(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('board_id', sa.Uuid(), nullable=False),
    sa.Column('opinion', sa.String(length=8), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_idea_opinions_board_id')),
    sa.ForeignKeyConstraint(['idea_id'], ['ideas.id'], name=op.f('fk_idea_opinions_idea_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_idea_opinions_membership_id')),
    sa.PrimaryKeyConstraint('idea_id', 'membership_id', name=op.f('pk_idea_opinions'))
    )
    op.create_index('ix_idea_opinions_board_id', 'idea_opinions', ['board_id'])

    op.create_table('idea_supports',
    sa.Column('idea_id', sa.Uuid(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('board_id', sa.Uuid(), nullable=False),
    sa.Column('endorsed', sa.Boolean(), nullable=False),
    sa.Column('dots', sa.Integer(), nullable=False),
    sa.Column('text_number', sa.Integer(), nullable=False),
    sa.Column('supported_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('dots >= 0', name=op.f('ck_idea_supports_dots_not_negative')),
    sa.CheckConstraint('endorsed OR dots > 0', name=op.f('ck_idea_supports_gives_something')),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_idea_supports_board_id')),
    sa.ForeignKeyConstraint(['idea_id'], ['ideas.id'], name=op.f('fk_idea_supports_idea_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_idea_supports_membership_id')),
    sa.PrimaryKeyConstraint('idea_id', 'membership_id', name=op.f('pk_idea_supports'))
    )
    op.create_index('ix_idea_supports_membership_id_board_id', 'idea_supports', ['membership_id', 'board_id'])

    op.create_table('idea_tags',
    sa.Column('idea_id', sa.Uuid(), nullable=False),
    sa.Column('tag', sa.String(length=40), nullable=False),
    sa.Column('board_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['board_id'], ['boards.id'], name=op.f('fk_idea_tags_board_id')),
    sa.ForeignKeyConstraint(['idea_id'], ['ideas.id'], name=op.f('fk_idea_tags_idea_id')),
    sa.PrimaryKeyConstraint('idea_id', 'tag', name=op.f('pk_idea_tags'))
    )
    op.create_index('ix_idea_tags_board_id_tag_idea_id', 'idea_tags', ['board_id', 'tag', 'idea_id'])

    op.create_table('idea_texts',
    sa.Column('idea_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('tags', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('links', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['idea_id'], ['ideas.id'], name=op.f('fk_idea_texts_idea_id')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_idea_texts_membership_id')),
    sa.PrimaryKeyConstraint('idea_id', 'number', name=op.f('pk_idea_texts'))
    )
    op.create_table('idea_words',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('idea_id', sa.Uuid(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['idea_id'], ['ideas.id'], name=op.f('fk_idea_words_idea_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_idea_words')),
    sa.UniqueConstraint('idea_id', name=op.f('uq_idea_words_idea_id'))
    )
    op.create_table('promoted_ideas',
    sa.Column('promotion_id', sa.Uuid(), nullable=False),
    sa.Column('idea_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('option_id', sa.String(length=32), nullable=True),
    sa.ForeignKeyConstraint(['idea_id'], ['ideas.id'], name=op.f('fk_promoted_ideas_idea_id')),
    sa.ForeignKeyConstraint(['promotion_id'], ['promotions.id'], name=op.f('fk_promoted_ideas_promotion_id')),
    sa.PrimaryKeyConstraint('promotion_id', 'idea_id', name=op.f('pk_promoted_ideas')),
    sa.UniqueConstraint('promotion_id', 'position', name=op.f('uq_promoted_ideas_promotion_id_position'))
    )
    op.create_index('ix_promoted_ideas_idea_id', 'promoted_ideas', ['idea_id'])

    op.create_table('carried_supports',
    sa.Column('merge_id', sa.Uuid(), nullable=False),
    sa.Column('membership_id', sa.Uuid(), nullable=False),
    sa.Column('endorsed', sa.Boolean(), nullable=False),
    sa.Column('dots', sa.Integer(), nullable=False),
    sa.Column('opted_out_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('dots >= 0', name=op.f('ck_carried_supports_dots_not_negative')),
    sa.ForeignKeyConstraint(['membership_id'], ['memberships.id'], name=op.f('fk_carried_supports_membership_id')),
    sa.ForeignKeyConstraint(['merge_id'], ['idea_merges.id'], name=op.f('fk_carried_supports_merge_id')),
    sa.PrimaryKeyConstraint('merge_id', 'membership_id', name=op.f('pk_carried_supports'))
    )
    op.create_index('ix_carried_supports_membership_id', 'carried_supports', ['membership_id'])
    _full_text()
    for table, keys in APPEND_ONLY.items():
        guard(table, keys)


def downgrade() -> None:
    if not _postgresql():
        for event in FULL_TEXT_TRIGGERS:
            op.execute(f"DROP TRIGGER idea_words_{event}")
        op.execute("DROP TABLE idea_words_index")
    for table in TABLES[::-1]:
        op.drop_table(table)


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _full_text() -> None:
    """Index the words: on PostgreSQL as they are, without any parser, dictionary or extension."""
    if _postgresql():
        op.execute(
            "CREATE INDEX ix_idea_words_words ON idea_words "
            "USING gin (array_to_tsvector(string_to_array(words, ' ')))"
        )
        return
    op.execute(FULL_TEXT)
    for event, statements in FULL_TEXT_TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER idea_words_{event} AFTER {event.upper()} ON idea_words BEGIN {statements} END"
        )
