import base64
import random

import pytest
import sqlalchemy as sa

from app.http import paging
from app.http.problems import ProblemError
from tests.http.toy import ELSEWHERE

KEY = b"k" * 32


@pytest.fixture
def notes(call):
    titles = [f"Note {i:02}" for i in range(10)]
    for title in random.Random(1).sample(titles, 10):
        assert call.create(title).status_code == 201
    return titles


def walk(call, **query):
    """Follow next_cursor to the end."""
    while True:
        response = call("GET", query_string=query)
        assert response.status_code == 200
        yield response
        if response.json["next_cursor"] is None:
            return
        query["cursor"] = response.json["next_cursor"]


@pytest.mark.parametrize("limit", [1, 3, 5, 9, 10, 11])
def test_every_item_comes_once_and_in_order(call, notes, limit):
    pages = list(walk(call, limit=limit))
    assert [n["title"] for p in pages for n in p.json["items"]] == notes
    assert len(pages) == -(-10 // limit)
    assert [set(p.json) for p in pages] == [{"items", "next_cursor"}] * len(pages)


def test_what_was_there_before_the_walk_comes_once_while_others_are_inserted(call, notes):
    seen = []
    for number, page in enumerate(walk(call, limit=2)):
        seen += [n["title"] for n in page.json["items"]]
        if number < 5:
            call.create(f"Note {number:02} and a half")
            call.create(f"A note before all others {number}")
    assert [t for t in seen if t in notes] == notes
    assert len(seen) == len(set(seen))


def test_the_next_page_is_linked_with_every_filter_until_the_last(call, notes):
    first = call("GET", query_string="limit=6&published=false")
    link = first.headers["Link"]
    assert link.startswith("<http://localhost/v1/communities/")
    assert link.endswith('>; rel="next"')
    assert "limit=6&published=false&cursor=" in link
    second = call("GET", link[1 : link.index(">")].removeprefix("http://localhost"))
    assert [n["title"] for n in second.json["items"]] == notes[6:]
    assert "Link" not in second.headers
    assert second.json["next_cursor"] is None


class TestCursor:
    @pytest.mark.parametrize("change", ["truncate", "flip", "append", "reorder", "junk"])
    def test_a_forged_cursor_is_400(self, call, notes, change):
        cursor = call("GET", query_string="limit=2").json["next_cursor"]
        forged = {
            "truncate": cursor[:-1],
            "flip": ("B" if cursor[0] == "A" else "A") + cursor[1:],
            "append": cursor + "A",
            "reorder": cursor[::-1],
            "junk": "AAAA",
        }[change]
        response = call("GET", query_string={"limit": 2, "cursor": forged})
        assert response.status_code == 400
        assert response.json["type"] == "/problems/invalid-cursor"
        assert notes

    def test_a_cursor_fits_only_the_list_the_actor_and_the_filters_it_came_from(self, call, call_as, notes):
        cursor = call("GET", query_string="limit=2").json["next_cursor"]
        query = {"limit": 2, "cursor": cursor}
        assert call("GET", query_string=query).status_code == 200
        assert call("GET", query_string=query | {"limit": 3}).status_code == 200
        assert call("GET", query_string=query | {"published": "false"}).status_code == 400
        assert call_as("dora")("GET", query_string=query).status_code == 400
        elsewhere = f"/v1/communities/{ELSEWHERE}/notes"
        assert call_as("bob")("GET", elsewhere, query_string=query).status_code == 400
        assert notes

    def test_a_cursor_round_trips(self):
        cursor = paging.encode_cursor(KEY, "list", ["ü", "2"])
        assert paging.decode_cursor(KEY, "list", cursor) == ["ü", "2"]

    @pytest.mark.parametrize("cursor", ["", "é", "=", "A", "*" * 40, base64.b64encode(b"x" * 40).decode()])
    def test_no_text_breaks_the_decoder(self, cursor):
        with pytest.raises(ProblemError):
            paging.decode_cursor(KEY, "list", cursor)


def test_descending_order_and_columns(engine):
    metadata = sa.MetaData()
    table = sa.Table("toy_numbers", metadata, sa.Column("a", sa.Integer), sa.Column("b", sa.Integer))
    metadata.create_all(engine)
    with sa.orm.Session(engine) as session:
        rows = [(a, b) for a in range(3) for b in range(3)]
        session.execute(sa.insert(table), [{"a": a, "b": b} for a, b in rows])
        order = [(table.c.a, int), (table.c.b, int)]
        cursor, seen = None, []
        while True:
            page = paging.page(
                session,
                sa.select(table.c.a, table.c.b),
                order,
                limit=2,
                cursor=cursor,
                key=KEY,
                scope="numbers",
                descending=True,
            )
            seen += [tuple(row) for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == rows[::-1]
