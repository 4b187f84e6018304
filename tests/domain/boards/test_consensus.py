from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.boards.consensus import (
    LEAST_SIDE,
    MOST_GROUPS,
    Judged,
    Opinion,
    consensus,
    groups_of,
    judged,
)

A, D, P = Opinion.AGREE, Opinion.DISAGREE, Opinion.PASS


def town(*camps: tuple[int, dict[str, Opinion]]) -> dict[str, dict[str, Opinion]]:
    """Return opinions of camps of a size, whose members all say the same."""
    return {
        f"{letter}{n}": dict(said)
        for letter, (size, said) in zip("abcdef", camps, strict=False)
        for n in range(size)
    }


GLASS = {"glass": A, "can": D, "water": A}
CANS = {"glass": D, "can": A, "water": A}


def sizes(opinions) -> list[int]:
    return [len(group.members) for group in groups_of(opinions)]


def test_nobody_makes_no_group_and_agreement_makes_one():
    assert groups_of({}) == []
    assert groups_of({"a": {}}) == []
    assert sizes(town((7, GLASS))) == [7]


def test_two_camps_are_two_groups_told_apart_by_what_divides_them():
    groups = groups_of(town((6, GLASS), (4, CANS)))
    assert [group.members for group in groups] == [
        tuple(f"a{n}" for n in range(6)),
        tuple(f"b{n}" for n in range(4)),
    ]
    assert [group.path for group in groups] == [(("can", D),), (("can", A),)]


def test_whoever_had_no_opinion_on_the_division_joins_those_they_are_like():
    opinions = town((5, GLASS | {"lid": A}), (5, CANS | {"lid": D})) | {"z1": {"lid": A}, "z2": {"lid": D}}
    groups = {member: n for n, group in enumerate(groups_of(opinions)) for member in group.members}
    assert groups["z1"] == groups["a0"] != groups["b0"] == groups["z2"]


def test_three_camps_are_three_groups():
    opinions = town(
        (6, {"x": A, "y": A, "z": D}), (5, {"x": D, "y": A, "z": A}), (4, {"x": D, "y": D, "z": D})
    )
    assert sizes(opinions) == [6, 5, 4]


def test_who_has_seen_an_idea_decides_whether_it_divides_and_not_who_has_not():
    """Of many ideas each is seen by few: a fifth of everybody would never be on any side."""
    seen = town((3, {"x": A, "y": D}), (3, {"x": D, "y": A}))
    others = {f"z{n:02}": {f"i{n}": A} for n in range(40)}
    groups = {member: n for n, group in enumerate(groups_of(seen | others)) for member in group.members}
    assert groups["a0"] != groups["b0"]


def test_a_lone_dissenter_and_a_small_minority_split_nobody():
    assert sizes(town((9, GLASS), (1, CANS))) == [10]
    assert sizes(town((40, GLASS), (7, CANS))) == [47]
    assert sizes(town((40, GLASS), (10, CANS))) == [40, 10]


def test_the_consensus_of_polis_outweighs_a_majority():
    """What everybody likes well comes before what one large group adores and another cannot stand."""
    opinions = town((80, GLASS), (20, CANS))
    seen = judged(opinions, groups_of(opinions))
    assert seen["glass"] == [Judged(80, 80), Judged(0, 20)]
    assert consensus(seen["glass"]) == Fraction(81, 82) * Fraction(1, 22)
    assert consensus(seen["water"]) == Fraction(81, 82) * Fraction(21, 22)
    assert consensus(seen["water"]) > consensus(seen["glass"]) > consensus(seen["can"])


@pytest.mark.parametrize(
    ("seen", "share"), [(Judged(0, 0), "1/2"), (Judged(1, 1), "2/3"), (Judged(2, 4), "1/2")]
)
def test_one_voice_is_no_certainty(seen, share):
    assert seen.share == Fraction(share)


members = st.dictionaries(
    st.sampled_from([f"m{n:02}" for n in range(30)]),
    st.dictionaries(st.sampled_from("pqrstu"), st.sampled_from(Opinion), max_size=6),
    max_size=30,
)


@given(members)
def test_everyone_with_an_opinion_is_in_one_group_and_nobody_else(opinions):
    groups = groups_of(opinions)
    placed = [member for group in groups for member in group.members]
    assert sorted(placed) == sorted(member for member, said in opinions.items() if said)
    assert len(groups) <= MOST_GROUPS
    if len(groups) > 1:
        assert all(len(group.members) >= LEAST_SIDE for group in groups)


@given(members, st.randoms())
def test_the_order_in_which_opinions_came_changes_nothing(opinions, random):
    shuffled = list(opinions.items())
    random.shuffle(shuffled)
    again = {}
    for member, said in shuffled:
        items = list(said.items())
        random.shuffle(items)
        again[member] = dict(items)
    groups = groups_of(opinions)
    assert groups_of(again) == groups
    assert judged(again, groups) == judged(opinions, groups)


@given(members)
def test_no_opinion_is_lost_or_counted_twice(opinions):
    seen = judged(opinions, groups_of(opinions))
    for idea, each in seen.items():
        said = [opinions[member][idea] for member in opinions if idea in opinions[member]]
        assert sum(one.opinions for one in each) == len(said)
        assert sum(one.agreements for one in each) == said.count(A)
        assert 0 < consensus(each) < 1
