"""A jury drawn from the roll: the bytes, the strata, and that anyone can draw it again."""

import hashlib
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.counting import InvalidDraw, draw, explain
from app.domain.counting.sortition import MEMBER_PREFIX, STRATUM_PREFIX, lot, roll_digest, seats_in_proportion

ROLL = [f"m{number}" for number in range(1, 21)]
SEED = b"\x00\xff\x10"


def test_a_draw_is_the_hash_of_exactly_the_documented_bytes():
    encoded = (
        b"althing-sortition/1\n"
        b"\x00\x00\x00\x00\x00\x00\x00\x06jury-1"
        b"\x00\x00\x00\x00\x00\x00\x00\x03\x00\xff\x10"
        b"\x00\x00\x00\x00\x00\x00\x00\x02m1"
    )
    assert lot(MEMBER_PREFIX, "jury-1", SEED, "m1") == hashlib.sha256(encoded).digest()
    assert lot(MEMBER_PREFIX, "jury-1", SEED, "m1").hex() == (
        "5da2676fd41f7e91aa2c757d30a33efd3e3cad072651ee96237e6f4b70e8840b"
    )
    assert len(STRATUM_PREFIX) == len("althing-sortition-stratum/") + 2


def test_the_smallest_draws_are_the_jury_and_the_next_its_substitutes():
    jury = draw("jury-1", SEED, ROLL, 3, substitutes=2)
    ranked = sorted(ROLL, key=lambda member: lot(MEMBER_PREFIX, "jury-1", SEED, member))
    assert list(jury.members) == ranked[:3]
    (everyone,) = jury.strata
    assert [person.member for person in everyone.substitutes] == ranked[3:5]
    assert everyone.jury[0].draw == lot(MEMBER_PREFIX, "jury-1", SEED, ranked[0]).hex()


def test_the_order_of_the_roll_changes_nothing():
    assert draw("jury-1", SEED, ROLL, 3) == draw("jury-1", SEED, ROLL[::-1], 3)


def test_another_seed_or_draw_is_another_jury_and_everyone_has_a_chance():
    juries = {draw("jury-1", bytes([seed]), ROLL, 3).members for seed in range(40)}
    juries |= {draw(f"jury-{number}", SEED, ROLL, 3).members for number in range(40)}
    assert len(juries) > 70
    assert {member for jury in juries for member in jury} == set(ROLL)


def test_chances_are_equal():
    drawn = Counter(
        member for seed in range(2000) for member in draw("d", seed.to_bytes(2, "big"), ROLL, 5).members
    )
    # 500 expected each, standard deviation 19.
    assert all(400 < drawn[member] < 600 for member in ROLL)


STRATA = {
    member: ("north" if int(member[1:]) <= 11 else "south" if int(member[1:]) <= 17 else "isles")
    for member in ROLL
}


def test_strata_have_seats_in_proportion_by_largest_remainder():
    # 11, 6 and 3 of 20 people for 7 seats: 3.85, 2.1, 1.05.
    assert seats_in_proportion("d", SEED, {"north": 11, "south": 6, "isles": 3}, 7) == {
        "north": 4,
        "south": 2,
        "isles": 1,
    }
    jury = draw("jury-1", SEED, ROLL, 7, strata=STRATA, substitutes=5)
    assert [(stratum.name, len(stratum.jury), len(stratum.substitutes)) for stratum in jury.strata] == [
        ("isles", 1, 2),
        ("north", 4, 5),
        ("south", 2, 4),
    ]
    assert all(STRATA[person.member] == stratum.name for stratum in jury.strata for person in stratum.jury)


def test_equal_remainders_fall_to_the_lot_of_the_strata():
    first = set()
    for seed in range(12):
        seats = seats_in_proportion("d", bytes([seed]), {"north": 5, "south": 5}, 3)
        favoured = min(seats, key=lambda name: lot(STRATUM_PREFIX, "d", bytes([seed]), name))
        assert seats[favoured] == 2
        first.add(favoured)
    assert first == {"north", "south"}


def test_seats_can_be_stated():
    jury = draw("jury-1", SEED, ROLL, 3, strata=STRATA, seats={"north": 1, "south": 0, "isles": 2})
    assert Counter(STRATA[member] for member in jury.members) == {"north": 1, "isles": 2}


@pytest.mark.parametrize(
    ("roll", "size", "options", "message"),
    [
        (ROLL, 0, {}, "at least 1"),
        (ROLL, True, {}, "at least 1"),
        (ROLL, 21, {}, "21 cannot be drawn from the 20"),
        ([*ROLL, "m1"], 3, {}, '"m1" stands on the roll twice'),
        (["a\nb"], 1, {}, "no line feed"),
        (ROLL, 3, {"strata": {"m1": "north"}}, '"m2" is in no stratum'),
        (ROLL, 3, {"strata": dict.fromkeys(ROLL, "a\tb")}, "no line feed and no tab"),
        (ROLL, 3, {"strata": STRATA, "seats": {"north": 3}}, "exactly the strata"),
        (ROLL, 3, {"strata": STRATA, "seats": {"north": 1, "south": 1, "isles": 2}}, "have 4 seats"),
        (ROLL, 4, {"strata": STRATA, "seats": {"north": 0, "south": 0, "isles": 4}}, "from 0 to its 3"),
    ],
)
def test_a_jury_that_cannot_be_drawn_is_refused(roll, size, options, message):
    with pytest.raises(InvalidDraw, match=message):
        draw("jury-1", SEED, roll, size, **options)


def test_the_record_holds_everything_needed_to_draw_again():
    shown = draw("jury-1", SEED, ROLL, 2, strata=STRATA).to_json()
    assert json.loads(json.dumps(shown)) == shown
    assert (shown["method"], shown["version"], shown["draw_id"], shown["seed"]) == (
        "sortition",
        "1",
        "jury-1",
        "00ff10",
    )
    assert "of each stratum" in shown["rule"]
    assert "stratum" not in draw("jury-1", SEED, ROLL, 2).to_json()["rule"]
    assert shown["roll_digest"] == roll_digest(reversed(ROLL), STRATA)


def test_the_digest_is_over_sorted_lines():
    assert roll_digest(["b", "a"]) == hashlib.sha256(b"a\nb\n").hexdigest()
    assert roll_digest(["b", "a"], {"a": "x", "b": "y"}) == hashlib.sha256(b"a\tx\nb\ty\n").hexdigest()


def test_the_explanation_names_the_jury():
    names = {member: member.upper() for member in ROLL}
    jury = draw("jury-1", SEED, ROLL, 2)
    first, second = (member.upper() for member in jury.members)
    assert explain(jury.to_json(), names) == [f"2 of 20 on the roll are drawn: {first} and {second}."]
    told = explain(
        draw("jury-1", SEED, ROLL, 2, strata=STRATA, seats={"north": 1, "south": 1, "isles": 0}).to_json(),
        names,
    )
    assert [line.partition(":")[0] for line in told] == ["north", "south"]


@given(
    st.sets(st.text(st.characters(codec="utf-8", exclude_characters="\n\t"), min_size=1), min_size=1),
    st.data(),
)
def test_any_roll_is_drawn_without_repeats_and_with_every_seat(roll, data):
    size = data.draw(st.integers(1, len(roll)))
    strata = {member: data.draw(st.sampled_from("xyz")) for member in sorted(roll)}
    jury = draw("d", b"s", roll, size, strata=strata, substitutes=2)
    assert len(set(jury.members)) == size
    assert set(jury.members) <= roll
    for stratum in jury.strata:
        share = stratum.roll * size / len(roll)
        assert abs(len(stratum.jury) - share) < 1
