"""What changed between two charters, said so that either can be had from the other."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.charter.amendments import apply, read_operations
from app.domain.charter.difference import difference, line_difference
from app.domain.charter.reading import read_charter
from app.domain.charter.templates import TEMPLATES

from . import charters

SMALL = read_charter(TEMPLATES["small_brand"].document)


def after(*operations):
    return difference(SMALL, apply(SMALL, read_operations(list(operations))))


@given(charters.documents(), charters.documents())
def test_a_difference_is_empty_for_equal_charters_only(one, other):
    one, other = read_charter(one), read_charter(other)
    assert difference(one, one) == {}
    assert (difference(one, other) == {}) == (one == other)


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_do_not_differ_from_themselves(name):
    charter = read_charter(TEMPLATES[name].document)
    assert difference(charter, read_charter(charter.to_json())) == {}


def test_an_article_that_is_added_moves_no_other():
    article = {"id": "new", "title": "New", "body": "Text", "entrenched_by": None}
    assert after({"op": "add_article", "article": article, "after": None}) == {
        "articles": {"added": [article]}
    }


def test_an_article_that_moves_is_the_one_that_moved():
    order = list(SMALL.articles)
    order.insert(5, order.pop(1))
    assert difference(SMALL, replace(SMALL, articles=tuple(order))) == {
        "articles": {"moved": [{"id": "membership", "from": 2, "to": 6}]}
    }


def test_a_changed_article_shows_its_lines():
    article = SMALL.article("veto").to_json()
    changed = article | {"title": "Veto", "body": article["body"] + "More.\n"}
    (found,) = after({"op": "replace_article", "article": changed})["articles"]["changed"]
    assert found["title"] == {"from": "Veto and override", "to": "Veto"}
    assert "entrenched_by" not in found
    assert [line for line in found["body"] if line["op"] != "keep"] == [{"op": "add", "text": "More."}]


def test_a_changed_type_shows_its_fields():
    rule = SMALL.decision_type("general").to_json() | {"voting_period": "P3D", "title": "Small poll"}
    assert after({"op": "set_decision_type", "decision_type": rule}) == {
        "decision_types": {
            "changed": [
                {
                    "id": "general",
                    "fields": {
                        "title": {"from": "Poll", "to": "Small poll"},
                        "voting_period": {"from": "P7D", "to": "P3D"},
                    },
                }
            ]
        }
    }


def test_powers_are_given_and_taken():
    held = [power.value for power in SMALL.role_powers["steward"] if power.value != "ballot.suspend"]
    change = {"op": "set_role_powers", "role": "steward", "powers": [*held, "community.update"]}
    assert after(change) == {
        "role_powers": {"steward": {"given": ["community.update"], "taken": ["ballot.suspend"]}}
    }


def test_what_there_is_one_of_shows_both():
    changes = after(
        {"op": "set_emergency_stop", "emergency_stop": None}, {"op": "set_title", "title": "Ours"}
    )
    assert changes["title"] == {"from": "Community charter", "to": "Ours"}
    assert changes["emergency_stop"]["to"] is None


def test_removed_items_are_shown_whole():
    matter = SMALL.reserved_matters[0].to_json()
    change = after({"op": "remove_reserved_matter", "id": matter["id"]})
    assert change == {"reserved_matters": {"removed": [matter]}}


texts = st.lists(st.sampled_from(["a", "b", "c", "", "d "]), max_size=12).map("\n".join)


@given(texts, texts)
def test_lines_of_a_difference_give_back_both_texts(old, new):
    lines = line_difference(old, new)
    assert "\n".join(line["text"] for line in lines if line["op"] != "add") == old
    assert "\n".join(line["text"] for line in lines if line["op"] != "remove") == new
    assert old != new or all(line["op"] == "keep" for line in lines)


def test_a_line_that_stays_is_kept():
    assert line_difference("a\nb\nc", "a\nx\nc") == [
        {"op": "keep", "text": "a"},
        {"op": "remove", "text": "b"},
        {"op": "add", "text": "x"},
        {"op": "keep", "text": "c"},
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n" * 19_999 + "a", "b" + "\n" * 19_999),
        ("a\n" + "\nx" * 9_000, "b\n" + "x\n" * 9_000),
        (
            "\n".join("ab"[index % 2] for index in range(440)) + "!",
            "?" + "\n".join("ba"[index % 2] for index in range(440)),
        ),
    ],
)
def test_no_text_of_an_article_takes_long(old, new):
    began = time.perf_counter()
    lines = line_difference(old, new)
    assert "\n".join(line["text"] for line in lines if line["op"] != "add") == old
    assert time.perf_counter() - began < 5
