"""How concentrated influence is, against definitions applied to plain lists."""

from fractions import Fraction
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.concentration import Concentration, distribution


def groups(weights):
    return [(weight, len(list(same))) for weight, same in groupby(sorted(weights))]


@pytest.mark.parametrize(
    ("weights", "gini"),
    [
        ([1], Fraction(0)),
        ([5, 5, 5, 5], Fraction(0)),
        ([0, 0, 0, 10], Fraction(3, 4)),
        ([1, 3], Fraction(1, 4)),
        ([1, 2, 3, 4], Fraction(1, 4)),
        ([1, 2, 3, 4, 5], Fraction(4, 15)),
    ],
)
def test_the_gini_coefficient_of_small_rolls(weights, gini):
    assert distribution(groups(weights)).gini == gini


@given(st.lists(st.integers(0, 50) | st.integers(0, 2**45), min_size=1, max_size=30).filter(any))
def test_it_is_half_the_relative_mean_absolute_difference(weights):
    measured = distribution(groups(weights))
    differences = sum(abs(one - other) for one in weights for other in weights)
    assert measured.gini == Fraction(differences, 2 * len(weights) * sum(weights))
    assert 0 <= measured.gini <= Fraction(len(weights) - 1, len(weights))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=40))
def test_the_largest_and_the_ten_largest_are_added_up(weights):
    measured = distribution(groups(weights))
    assert (measured.members, measured.total) == (len(weights), sum(weights))
    assert measured.largest == max(weights)
    assert measured.top_ten == sum(sorted(weights)[-10:])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30).filter(any))
def test_groups_may_be_split(weights):
    assert distribution((weight, 1) for weight in sorted(weights)) == distribution(groups(weights))


def test_a_million_members_are_read_as_a_stream():
    measured = distribution(iter([(1, 999_999), (1_000_001, 1)]))
    assert (measured.total, measured.top_ten) == (2_000_000, 1_000_010)
    assert measured.gini == Fraction(999_999, 2_000_000)


@pytest.mark.parametrize("stream", [[], [(0, 5)], [(2, 1), (1, 1)], [(-1, 1), (5, 1)], [(1, 0)]])
def test_groups_that_are_none_are_refused(stream):
    with pytest.raises(ValueError, match=r"groups|nobody"):
        distribution(stream)


def test_a_result_states_shares_of_the_whole_roll():
    held = distribution([(1, 10), (30, 1)])
    disclosed = Concentration(held, delegated=6, brand_affiliated=30, largest_vote=35).to_json()
    assert disclosed == {
        "largest_holder": "30/40",
        "top_ten": "39/40",
        "gini": "29/44",
        "brand_affiliated": "30/40",
        "delegated": "6/40",
        "largest_vote": "35/40",
    }


@pytest.mark.parametrize("part", [-1, 41, 1.5])
def test_a_part_is_never_more_than_the_roll(part):
    with pytest.raises(ValueError, match="part"):
        Concentration(distribution([(1, 10), (30, 1)]), delegated=part)
