"""Every column that can hold text says what becomes of it when a person is erased."""

from __future__ import annotations

import sqlalchemy as sa

from app.models.base import Base
from app.services.audit import Action
from app.services.erasure.contents import KEPT as KEPT_CONTENTS
from app.services.erasure.treatment import ERASED, KEPT, NO_WORDS

TEXTUAL = (sa.String, sa.LargeBinary, sa.JSON)


def test_every_column_that_can_hold_text_says_what_becomes_of_it():
    there = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, TEXTUAL)
    }
    told = [(table, column) for known in (NO_WORDS, ERASED) for table in known for column in known[table]]
    told += KEPT
    assert sorted(there - set(told)) == [], "say in app/services/erasure/treatment.py what becomes of these"
    assert sorted(set(told) - there) == []
    assert len(told) == len(set(told))


def test_only_actions_that_there_are_keep_their_contents():
    assert set(Action) >= KEPT_CONTENTS
