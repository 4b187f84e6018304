# ruff: noqa: RUF001 - texts in many scripts are what these tests are about
from __future__ import annotations

import unicodedata
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.boards.search_text import (
    LONGEST_WORD,
    MOST_QUERY_WORDS,
    index_words,
    query_stems,
    similarity,
    telling_stems,
)


def finds(query: str, *texts: str) -> bool:
    """Say what either database says of these words: each stem begins one of them."""
    words = index_words(*texts).split()
    stems = query_stems(query)
    return bool(stems) and all(any(word.startswith(stem) for word in words) for stem in stems)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        # Persian: keyboards write yeh and kaf in Arabic; a joiner, a space or nothing stands between parts.
        ("بطري شيشه‌ای", "یک بطری شیشه\u200cای می\u200cخواهم"),
        ("كاغذي", "بسته\u200cبندی کاغذی"),
        ("میخواهم", "می\u200cخواهم"),
        ("می خواهم", "می\u200cخواهم"),
        ("می\u200cخواهم", "میخواهم"),
        ("بسته بندی", "بسته\u200cبندی\u200cها"),
        ("۱۵ سنت", "15 سنت"),
        # Arabic: vowel signs, hamzas, teh marbuta, the article, a stretched word.
        ("زجاجة", "الزُّجاجَةُ الجديدة"),
        ("الزجاجه", "زجاجة"),
        ("اعاده", "إعادة التدوير"),
        ("تدوير", "إعادة التـــدويرِ"),
        ("القراءة", "قراءه"),
        ("زجاجة", "للزجاجة والكرتون"),
        ("كرتون", "للزجاجة والكرتون"),
        ("بالكرتون", "كرتون"),
        # Russian: six cases, and yo written as ye.
        ("упаковка", "упаковки из стекла"),
        ("стеклянная бутылка", "Стеклянные бутылки"),
        ("ЗЕЛЕНЫЙ", "зелёная крышка"),
        ("мой", "мой лимонад"),
        # Others.
        ("Größe", "GRÖSSEN"),
        ("istanbul", "İSTANBUL'da"),
        ("cafe", "Cafés"),
        ("don't", "dont"),
        ("瓶", "新しい瓶のラベル"),
        ("ラベル", "新しい瓶のラベル"),
        ("ขวด", "ขวดน้ำแก้ว"),
        ("भाषा", "हिन्दी भाषा"),
        ("재활용 병", "재활용병 재활용 병을"),
        ("ＰＥＴ", "pet bottle"),
        ("bottl", "Bottles"),
    ],
)
def test_another_spelling_or_form_of_a_word_finds_it(query, text):
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("bottle can", "a bottle"),
        ("мои", "мой лимонад"),
        ("16", "15 cents"),
        ("115", "15 cents"),
        ("瓶子", "瓶の"),
        ("", "anything"),
        ("?!", "anything"),
        ("\u200c\u200f\u0301", "anything"),
    ],
)
def test_what_is_another_word_is_not_found(query, text):
    assert not finds(query, text)


@pytest.mark.parametrize(
    "hostile",
    [
        'a" OR "b',
        "NEAR(a b, 3)",
        "words : a",
        "^a - b",
        "a* AND NOT b",
        "'; DROP TABLE ideas --",
        "a & !b | (c <-> d):*",
        "\\' '' :A",
        "#0123456789abcdef0123456789abcdef",
        "{a b}",
        "x" * 100_000,
        "\u0000\ufffe\U0001f4a9",
        "a " * 5_000,
        " ".join(f"w{n}" for n in range(1_000)),
    ],
)
def test_no_query_is_anything_but_words(hostile):
    stems = query_stems(hostile)
    assert len(stems) <= MOST_QUERY_WORDS
    for stem in stems:
        assert 0 < len(stem) <= LONGEST_WORD
        assert all(unicodedata.category(character)[0] in "LMN" for character in stem)


@given(st.text(max_size=300))
def test_every_text_is_found_by_its_own_words(text):
    if query_stems(text):
        assert finds(text, text)


@given(st.text(max_size=300))
def test_words_are_letters_marks_and_digits_each_once_in_order(text):
    words = index_words(text).split(" ") if index_words(text) else []
    assert words == sorted(set(words))
    for word in words:
        assert all(unicodedata.category(character)[0] in "LMN" for character in word)
        assert len(word.encode()) < 2_046


@given(st.text(max_size=200), st.text(max_size=200))
def test_similarity_is_symmetric_and_one_for_a_text_and_itself(one, other):
    assert similarity(one, other) == similarity(other, one)
    assert 0 <= similarity(one, other) <= 1
    assert similarity(one, one) == (1 if query_stems(one) else 0)


def test_similarity_is_dice_s_coefficient_of_stems():
    assert similarity("Glass bottles with deposit", "deposit on a glass bottle") == Fraction(2 * 3, 4 + 5)
    assert similarity("стеклянная бутылка", "бутылка из стекла") == Fraction(2, 5)
    assert similarity("mint", "lime") == 0


def test_the_longest_words_tell_most():
    assert telling_stems(["a glass bottle", "with a returnable deposit"], 2) == ["returnab", "bottl"]
