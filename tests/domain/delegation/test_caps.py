"""A cap on what a delegate receives: filled in a stated order, with owners taken whole."""

import pytest

from app.domain.decision import Ratio
from app.domain.delegation import DelegationCap, Outcome, Roll, resolve
from tests.domain.delegation.graphs import CLOSE, gives


def capped(weights, delegations, cast, weight):
    return resolve(Roll.of(weights.items()), delegations, cast, CLOSE, DelegationCap(weight=weight))


def test_a_cap_of_two_returns_the_third_owners_weight():
    resolution = capped(dict.fromkeys("abcd", 1), [gives(one, "d") for one in "abc"], "d", 2)
    assert dict(resolution.votes()) == {"d": 3}
    assert list(resolution.returned()) == [("d", 1, ("c",))]
    assert resolution.outcome_of("c") is Outcome.OVER_CAP
    assert resolution.representative_of("c") is None
    assert resolution.counted_weight == 3


ORDERS = {
    "the shorter chain first": (
        [gives("a", "b", given=-9), gives("b", "d", given=-5), gives("c", "d", given=-1)],
        2,
        "a",
    ),
    "then the older delegation": (
        [gives("a", "d", given=-1), gives("b", "d", given=-9), gives("c", "d", given=-2)],
        2,
        "a",
    ),
    "then the smaller reference": (
        [gives("a", "d", reference="r3"), gives("b", "d", reference="r1"), gives("c", "d", reference="r2")],
        2,
        "a",
    ),
}


@pytest.mark.parametrize(("delegations", "weight", "returned"), ORDERS.values(), ids=ORDERS)
def test_a_cap_is_filled_in_the_stated_order(delegations, weight, returned):
    resolution = capped(dict.fromkeys("abcd", 1), delegations, "d", weight)
    assert list(resolution.returned()) == [("d", 1, (returned,))]


def test_owners_are_taken_whole_and_a_lighter_one_may_still_fit():
    delegations = [gives("a", "d", given=-9), gives("b", "d", given=-8), gives("c", "d", given=-7)]
    resolution = capped({"a": 6, "b": 5, "c": 4, "d": 1}, delegations, "d", 10)
    assert dict(resolution.votes()) == {"d": 11}
    assert list(resolution.returned()) == [("d", 5, ("b",))]


def test_whoever_stands_behind_someone_passed_over_is_considered_all_the_same():
    resolution = capped({"a": 1, "b": 9, "d": 1}, [gives("a", "b"), gives("b", "d")], "d", 5)
    assert dict(resolution.votes()) == {"d": 2}
    assert resolution.chain_of("a") == ("a", "b", "d")


def test_a_delegates_own_weight_is_not_capped():
    assert dict(capped({"a": 1, "d": 50}, [gives("a", "d")], "d", 0).votes()) == {"d": 50}


def test_a_ratio_is_of_the_whole_roll_and_rounded_down():
    cap = DelegationCap(ratio=Ratio.parse("1/3"))
    assert cap.limit(8) == 2
    roll = Roll.of([("a", 1), ("b", 1), ("c", 1), ("d", 5)])
    resolution = resolve(roll, [gives(one, "d") for one in "abc"], "d", CLOSE, cap)
    assert dict(resolution.votes()) == {"d": 7}
    assert cap.to_json() == {"ratio": "1/3"}


@pytest.mark.parametrize("arguments", [{}, {"weight": 1, "ratio": Ratio.parse("1/2")}, {"weight": -1}])
def test_a_cap_is_one_amount_or_one_ratio(arguments):
    with pytest.raises(ValueError, match="cap"):
        DelegationCap(**arguments)
