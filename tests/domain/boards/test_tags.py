# ruff: noqa: RUF001 - texts in many scripts are what these tests are about
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.boards.tags import LONGEST_TAG, normalised_tag, normalised_tags


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("#Glass Bottles!", "glass-bottles"),
        ("  glass   bottles ", "glass-bottles"),
        ("ЭКО/Упаковка", "эко-упаковка"),
        ("بسته\u200cبندی", "بسته\u200cبندی"),
        ("\u202eابت\u202c", "ابت"),
        ("हिन्दी", "हिन्दी"),
        ("ＣＯ２", "co2"),
        ("=1+1", "1-1"),
        ("<b>", "b"),
        ("--", None),
        ("🍋", None),
        ("", None),
    ],
)
def test_a_tag_has_one_written_form(written, tag):
    assert normalised_tag(written) == tag


def test_equal_tags_are_one_and_keep_their_order():
    assert normalised_tags(["Glas", "#glas", "!", "dose", "GLAS "]) == ["glas", "dose"]


@given(st.text())
def test_a_tag_written_again_is_the_same_tag(text):
    tag = normalised_tag(text)
    assert tag is None or (normalised_tag(tag) == tag and 0 < len(tag) <= LONGEST_TAG)
