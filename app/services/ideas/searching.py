"""Full text on either database, behind one interface: words in, a condition on ideas out.

The words are the domain's (app.domain.boards.search_text), so neither database parses, stems or ranks anything: each
only has an index over words that are there. Every document has its board's own word too, by which a search stays
among the board's ideas from the first step on, however many others there are.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from fractions import Fraction

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from app.domain.boards.search_text import index_words, query_stems, similarity, telling_stems
from app.models.ideas import Idea, IdeaWords
from app.services.moderation.hiding import is_shown

#: Similar ideas that are shown, the words of a text by which they are looked for, and how many of the newest with
#: each word are looked at: what everybody writes tells nothing, and must cost nothing either.
MOST_SIMILAR = 10
_TELLING_WORDS = 8
_NEWEST_OF_EACH = 500
_LOOKED_AT = 100
#: Texts that have less than this in common are not similar.
LEAST_SIMILARITY = Fraction(1, 10)

#: As the index of migration 0007 has it: written with parameters it would be another expression.
_VECTOR = "array_to_tsvector(string_to_array(idea_words.words, ' '))"


def learn(session: Session, idea: Idea, tags: Sequence[str]) -> None:
    """Write down the words by which a posted idea is found, in place of those it was found by before."""
    words = f"{_word_of(idea.board_id)} {index_words(idea.title, idea.body, *tags)}"
    known = session.scalar(sa.select(IdeaWords).where(IdeaWords.idea_id == idea.id))
    if known is None:
        session.add(IdeaWords(idea_id=idea.id, words=words))
    else:
        known.words = words
    session.flush()


def matching(session: Session, board_id: uuid.UUID, query: str) -> sa.ColumnElement[bool]:
    """Return the condition that an idea of a board has every word of a query, or a word that begins so.

    A query without a word in it finds nothing, and nothing finds what is hidden: nobody learns its words by asking.
    """
    stems = query_stems(query)
    if not stems:
        return sa.false()
    found = Idea.id.in_(sa.select(IdeaWords.idea_id).where(_has(session, board_id, stems)))
    return sa.and_(found, is_shown(Idea.id))


def similar(session: Session, board_id: uuid.UUID, title: str, body: str) -> list[tuple[Idea, Fraction]]:
    """Return ideas of a board that a text resembles, the most similar first, the newer of equals.

    :param title: counts by itself too, because a short draft has little else.
    """
    stems = telling_stems([title, body], _TELLING_WORDS)
    if not stems:
        return []
    found = sa.union_all(*(_newest_with(session, board_id, stem) for stem in stems)).subquery()
    common = (
        sa.select(found.c.idea_id)
        .group_by(found.c.idea_id)
        .order_by(sa.func.count().desc(), found.c.idea_id.desc())
        .limit(_LOOKED_AT)
    )
    ideas = session.scalars(
        sa.select(Idea).where(
            Idea.id.in_(session.scalars(common).all()),
            Idea.state.not_in(("merged", "withdrawn")),
            is_shown(Idea.id),
        )
    )
    judged = [
        (idea, max(similarity(title, idea.title), similarity(f"{title} {body}", f"{idea.title} {idea.body}")))
        for idea in ideas
    ]
    near = [(idea, share) for idea, share in judged if share >= LEAST_SIMILARITY]
    near.sort(key=lambda each: each[0].id, reverse=True)
    return sorted(near, key=lambda each: each[1], reverse=True)[:MOST_SIMILAR]


def _newest_with(session: Session, board_id: uuid.UUID, stem: str) -> sa.Select[tuple[uuid.UUID]]:
    newest = (
        sa.select(IdeaWords.idea_id)
        .where(_has(session, board_id, [stem]))
        .order_by(IdeaWords.id.desc())
        .limit(_NEWEST_OF_EACH)
        .subquery()
    )
    return sa.select(newest.c.idea_id)


def _has(session: Session, board_id: uuid.UUID, stems: Sequence[str]) -> sa.ColumnElement[bool]:
    board = _word_of(board_id)
    if session.get_bind().dialect.name == "postgresql":
        query = " & ".join([f"'{board}'", *(f"'{stem}':*" for stem in stems)])
        return sa.literal_column(_VECTOR).op("@@")(sa.cast(query, TSQUERY))
    query = " AND ".join([f'"{board}"', *(f'"{stem}" *' for stem in stems)])
    rows = sa.text("SELECT rowid FROM idea_words_index WHERE idea_words_index MATCH :words")
    return IdeaWords.id.in_(
        rows.bindparams(sa.bindparam("words", query, unique=True)).columns(sa.column("rowid"))
    )


def _word_of(board_id: uuid.UUID) -> str:
    """Return the word that all ideas of a board have and nobody's text: no text's word begins with a number sign."""
    return f"#{board_id.hex}"
