"""SQLite's triggers fire for each of a million rows: none of them looks through a table."""

from __future__ import annotations

from app.db.engine import make_engine
from tests.support.sqlite_plans import take_for_tiny, trigger_scans

#: They fire for the few options of a draft, one by one.
FEW = {"ballot_options_no_update"}


def test_no_trigger_looks_through_a_table_whatever_the_planner_was_told(templates, tmp_path):
    engine = make_engine(templates.database("sqlite", tmp_path))
    take_for_tiny(engine)
    assert trigger_scans(engine).keys() <= FEW
    engine.dispose()
