import datetime as dt
import uuid
from enum import StrEnum
from fractions import Fraction

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http import fields
from app.http.problems import faults_of


def load(field, value):
    return field.deserialize(value)


def refuses(field, value):
    with pytest.raises(ma.ValidationError):
        field.deserialize(value)


class TestInteger:
    @pytest.mark.parametrize(("value", "result"), [(0, 0), (9.0, 9), (2**53 - 1, 2**53 - 1)])
    def test_whole_numbers(self, value, result):
        loaded = load(fields.Integer(), value)
        assert (loaded, type(loaded)) == (result, int)

    @pytest.mark.parametrize(
        "value",
        ["3", 3.7, True, False, None, "1_000", "٣", -1, 2**53, 1e300, float("inf"), float("nan"), [1]],
    )
    def test_nothing_else(self, value):
        refuses(fields.Integer(), value)


@pytest.mark.parametrize("value", ["true", "yes", "on", 1, 0, "", None, 1.0])
def test_a_boolean_is_true_or_false(value):
    assert load(fields.Boolean(), True) is True
    assert load(fields.Boolean(), False) is False
    refuses(fields.Boolean(), value)


class TestString:
    @pytest.mark.parametrize("value", ["a\0b", b"a", 1, None, ["a"], "abcdef"])
    def test_only_bounded_text_without_nul(self, value):
        refuses(fields.String(max_length=5), value)

    def test_length_counts_code_points(self):
        assert load(fields.String(max_length=5), "😀" * 5) == "😀" * 5

    @pytest.mark.parametrize("value", ["abc\n", "\nabc", "ABC", ""])
    def test_a_pattern_matches_all_of_it(self, value):
        field = fields.String(max_length=9, pattern="^[a-z]+$")
        assert load(field, "abc") == "abc"
        refuses(field, value)

    def test_a_pattern_must_be_anchored(self):
        with pytest.raises(ValueError, match="anchored"):
            fields.String(max_length=9, pattern="[a-z]+")

    @pytest.mark.parametrize("value", ["", " ", " a", "a ", "a\nb", "a\tb", "\u00a0a", "a\x85", "\x7f"])
    def test_a_line_starts_and_ends_visibly(self, value):
        field = fields.String(max_length=9, pattern=fields.LINE)
        assert load(field, "Ä b") == "Ä b"
        refuses(field, value)


class TestInstant:
    @pytest.mark.parametrize(
        ("text", "instant"),
        [
            ("2026-11-22T08:00:00Z", "2026-11-22T08:00:00.000Z"),
            ("2026-11-22t08:00:00.5z", "2026-11-22T08:00:00.500Z"),
            ("2026-11-22T08:00:00.123999999Z", "2026-11-22T08:00:00.123Z"),
            ("2026-11-22T12:00:00+05:00", "2026-11-22T07:00:00.000Z"),
            ("2026-11-22T00:30:00-00:30", "2026-11-22T01:00:00.000Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ],
    )
    def test_rfc_3339_becomes_utc_in_milliseconds(self, text, instant):
        loaded = load(fields.Instant(), text)
        assert loaded.tzinfo is dt.UTC
        assert fields.format_instant(loaded) == instant

    @pytest.mark.parametrize(
        "value",
        [
            "2026-11-22T08:00:00",
            "2026-11-22",
            "2026-11-22 08:00:00Z",
            "2026-11-22T08:00Z",
            "2026-02-30T08:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T08:00:61Z",
            "2026-11-22T08:00:00+0500",
            "2026-11-22T08:00:00+99:00",
            "2026-W47-7T08:00:00Z",
            "٢٠٢٦-11-22T08:00:00Z",
            "0001-01-01T00:00:00+23:00",
            "9999-12-31T23:59:60Z",
            "2026-11-22T08:00:00Z\n",
            1763798400,
            None,
        ],
    )
    def test_everything_else_is_refused(self, value):
        refuses(fields.Instant(), value)

    def test_a_missing_offset_is_named(self):
        with pytest.raises(ma.ValidationError, match="offset"):
            load(fields.Instant(), "2026-11-22T08:00:00")

    def test_a_naive_value_is_not_dumped(self):
        with pytest.raises(ValueError, match="naive"):
            fields.format_instant(dt.datetime(2026, 1, 1))  # noqa: DTZ001 - the point

    @given(st.datetimes(timezones=st.timezones(), min_value=dt.datetime(1900, 1, 1)))  # noqa: DTZ001 - hypothesis wants it naive
    def test_what_is_dumped_loads_again(self, instant):
        text = fields.format_instant(instant)
        assert fields.format_instant(load(fields.Instant(), text)) == text


class TestRatio:
    @pytest.mark.parametrize("value", ["0", "1", "2/3", "0.15", "1/1000000000", "3/2"])
    def test_exact_ratios(self, value):
        assert load(fields.Ratio(), value) == value

    @pytest.mark.parametrize(
        "value", [0.5, 1, "1/0", "2/03", "-1/2", ".5", "1.", "1e3", "1/2/3", " 1", "½", None]
    )
    def test_nothing_else(self, value):
        refuses(fields.Ratio(), value)

    def test_fractions_are_dumped_as_text(self):
        assert fields.Ratio().serialize("r", {"r": Fraction(2, 3)}) == "2/3"


class TestDuration:
    @pytest.mark.parametrize(
        ("text", "seconds", "canonical"),
        [
            ("P2W", 1209600, "P14D"),
            ("P7D", 604800, "P7D"),
            ("PT36H", 129600, "P1DT12H"),
            ("P1DT2H3M4S", 93784, "P1DT2H3M4S"),
            ("PT90M", 5400, "PT1H30M"),
            ("PT0S", 0, "PT0S"),
        ],
    )
    def test_exact_lengths(self, text, seconds, canonical):
        loaded = load(fields.Duration(), text)
        assert loaded == dt.timedelta(seconds=seconds)
        assert fields.format_duration(loaded) == canonical

    @pytest.mark.parametrize(
        "value",
        [
            "P",
            "PT",
            "P1DT",
            "P1Y",
            "P1M",
            "1D",
            "P-1D",
            "P1.5D",
            "p1d",
            "P1W2D",
            "P1DT36H",
            "PT1H90M",
            7,
            None,
        ],
    )
    def test_nothing_else(self, value):
        refuses(fields.Duration(), value)

    @given(st.from_regex(fields.Duration().metadata["pattern"], fullmatch=True))
    def test_what_is_accepted_is_dumped_in_a_form_that_is_accepted(self, text):
        loaded = load(fields.Duration(), text)
        assert load(fields.Duration(), fields.format_duration(loaded)) == loaded


@pytest.mark.parametrize(
    "value", ["{0192f0c1-0000-7000-8000-000000000001}", "urn:uuid:0192f0c1-0000-7000-8000-000000000001",
              "0192f0c100007000800000000000000001", "0192f0c1000070008000000000000001", 1, b"0" * 16, None]
)  # fmt: skip
def test_a_uuid_is_canonical(value):
    text = "0192f0c1-0000-7000-8000-000000000001"
    assert load(fields.UUID(), text) == uuid.UUID(text)
    refuses(fields.UUID(), value)


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize("value", ["RED", "blue", "", None, 1, ["red"], {"red": 1}])
def test_an_enum_is_one_of_its_values(value):
    assert load(fields.Enum(Colour), "red") is Colour.RED
    refuses(fields.Enum(Colour), value)


@pytest.mark.parametrize("value", [[1, 2, 3, 4], [], "12", {"0": 1}, [1, 1], [1, "2"]])
def test_a_list_is_bounded(value):
    field = fields.List(fields.Integer(), min_items=1, max_items=3, unique=True)
    assert load(field, [1, 2]) == [1, 2]
    refuses(field, value)


def test_a_long_list_is_refused_before_its_items_are_looked_at():
    with pytest.raises(ma.ValidationError) as caught:
        load(fields.List(fields.Integer(), max_items=3), ["x"] * 1000)
    assert caught.value.messages == ["Longer than maximum length 3."]


def test_faults_of_a_map_point_at_its_members():
    field = fields.Map(
        keys=fields.String(max_length=3), values=fields.List(fields.Integer(), max_items=2), max_items=3
    )
    with pytest.raises(ma.ValidationError) as caught:
        load(field, {"a": [1, "x"], "long": [1], "b": [2]})
    assert {f.place for f in faults_of(caught.value.messages)} == {"#/a/1", "#/long"}
    refuses(field, {name: [1] for name in "abcd"})


def test_nested_schemas_of_requests_must_be_strict_too():
    class Lenient(ma.Schema):
        class Meta:
            unknown = ma.EXCLUDE

    class Outer(fields.Strict):
        inner = fields.List(fields.Nested(Lenient), max_items=1)

    with pytest.raises(TypeError, match="accepts unknown members"):
        Outer()


def test_unknown_members_are_refused_at_every_depth():
    class Inner(fields.Strict):
        a = fields.Integer()

    class Outer(fields.Strict):
        inner = fields.Nested(Inner)

    with pytest.raises(ma.ValidationError) as caught:
        Outer().load({"inner": {"a": 1, "b": 2}})
    assert [f.place for f in faults_of(caught.value.messages)] == ["#/inner/b"]


def test_a_representation_documents_every_member_as_present():
    class Shown(fields.Representation):
        a = fields.Integer()
        b = fields.Integer(metadata={"optional": True})

    assert {name: field.required for name, field in Shown().fields.items()} == {"a": True, "b": False}


@given(st.text())
def test_query_texts_never_break_a_field(text):
    for field in (fields.Integer(), fields.Boolean(), fields.String(max_length=9)):
        value = fields.parse_query_text(field, text)
        assert isinstance(value, str | int)


def test_a_document_is_an_object_of_few_members():
    plan = {"a": [1], "b": None}
    assert load(fields.Document(max_items=2), plan) == plan
    for other in (plan | {"c": 3}, [1], "text", None):
        refuses(fields.Document(max_items=2), other)
