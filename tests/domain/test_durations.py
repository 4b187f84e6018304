"""Durations of exact length, read and written one way everywhere."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.durations import DURATION_PATTERN, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds", "written"),
    [
        ("P2W", 1_209_600, "P14D"),
        ("P7D", 604_800, "P7D"),
        ("PT36H", 129_600, "P1DT12H"),
        ("P1DT2H3M4S", 93_784, "P1DT2H3M4S"),
        ("PT90M", 5_400, "PT1H30M"),
        ("PT0S", 0, "PT0S"),
        ("P0D", 0, "PT0S"),
        ("P99999D", 8_639_913_600, "P99999D"),
    ],
)
def test_a_duration_has_one_length_and_one_spelling(text, seconds, written):
    assert parse_duration(text) == dt.timedelta(seconds=seconds)
    assert format_duration(parse_duration(text)) == written


@pytest.mark.parametrize(
    "value",
    ["P", "PT", "P1DT", "P1Y", "P1M", "1D", "P-1D", "P1.5D", "p1d", "P1W2D", "P1DT36H", "P7D\n", " P7D",
     "P\u0667D", 7, None, []],
)  # fmt: skip
def test_nothing_else_is_a_duration(value):
    with pytest.raises(ValueError, match="a duration is a text"):
        parse_duration(value)


@given(st.from_regex(DURATION_PATTERN, fullmatch=True).filter(str.isascii))
def test_what_is_written_reads_as_what_was_read(text):
    length = parse_duration(text)
    assert parse_duration(format_duration(length)) == length
