"""The one form of instants: written, read, and no other read."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.instants import instant, read_instant, to_milliseconds


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_what_is_written_is_read_to_the_millisecond(moment):
    assert read_instant(instant(moment)) == to_milliseconds(moment)


@given(st.datetimes(timezones=st.just(dt.UTC)), st.datetimes(timezones=st.just(dt.UTC)))
def test_texts_sort_as_the_instants_do(one, other):
    one, other = to_milliseconds(one), to_milliseconds(other)
    assert (instant(one) < instant(other)) == (one < other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T08:40:57Z",
        "2026-11-22T08:40:57.123",
        "2026-11-22T08:40:57.123+00:00",
        "2026-11-22T08:40:57.123456Z",
        "2026-11-22 08:40:57.123Z",
        "2026-02-30T08:40:57.123Z",
        "2026-W47-7T08:40:57.123Z",
        "\u0662026-11-22T08:40:57.123Z",
    ],
)
def test_other_forms_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        read_instant(text)
