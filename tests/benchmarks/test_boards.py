"""What is measured on a crowded board is what the service would serve."""

from __future__ import annotations

import secrets

import pytest

from app.db.engine import make_engine
from benchmarks.boards import CrowdedBoard, measure
from benchmarks.databases import Database
from benchmarks.electorate import Electorate


@pytest.fixture
def electorate(database_url):
    engine = make_engine(database_url, migrating=True)
    made = Electorate(Database(database_url, engine, "a test's"), secrets.token_hex(32))
    yield made
    made.close()
    engine.dispose()


def test_a_crowded_board_is_searched_and_listed_like_any_other(electorate):
    board = CrowdedBoard(electorate, electorate.found(1), ideas=60)
    for sort in ("newest", "supported", "rising", "fair"):
        assert len(board.get(f"{board.path}/ideas", sort=sort, limit=100)["items"]) == 60
    idea = board.get(f"{board.path}/ideas", limit=1)["items"][0]
    found = board.get(f"{board.path}/ideas", q=idea["title"], limit=100)["items"]
    assert idea["id"] in {each["id"] for each in found}


def test_the_table_has_a_line_for_every_order_and_search(electorate, capsys):
    measure(electorate, electorate.found(1), ideas=400, rounds=1)
    printed = capsys.readouterr().out
    for line in ("newest", "supported", "rising", "fair", "search: two words", "similar ideas"):
        assert f"| {line} " in printed
