"""What votes weigh, under each weighting."""

from math import isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.decision import Ratio
from app.domain.weights import Holder, WeightCap, Weighting, WeightRules, weigh

ADA, BEN, CLEO = Holder("ada", 700, 200), Holder("ben", 250), Holder("cleo")
BRAND = Holder("brand", 9000, excluded=True)


def weights(weighting, *holders, cap=None, count_unvested=True):
    weighed = weigh(holders, WeightRules(weighting, cap, count_unvested))
    return {entry.reference: entry.weight for entry in weighed.entries}


def test_one_member_has_one_vote_whatever_they_hold():
    assert weights(Weighting.ONE_MEMBER_ONE_VOTE, ADA, CLEO, BRAND) == {"ada": 1, "cleo": 1, "brand": 1}


def test_tokens_weigh_what_is_held_and_nothing_held_is_not_on_the_roll():
    assert weights(Weighting.TOKEN, ADA, BEN, CLEO) == {"ada": 700, "ben": 250}


def test_an_excluded_holding_weighs_nothing():
    assert weights(Weighting.TOKEN, ADA, BRAND) == {"ada": 700}


def test_what_has_not_vested_weighs_only_where_the_rules_say_so():
    assert weights(Weighting.TOKEN, ADA, BEN, count_unvested=False) == {"ada": 500, "ben": 250}
    assert weights(Weighting.TOKEN, Holder("dan", 5, 5), count_unvested=False) == {}


def test_a_cap_clamps_and_the_overflow_is_announced():
    weighed = weigh([ADA, BEN, CLEO], WeightRules(Weighting.TOKEN_CAPPED, WeightCap(amount=300)))
    assert [(entry.reference, entry.weight, entry.overflow) for entry in weighed.entries] == [
        ("ada", 300, 400),
        ("ben", 250, 0),
    ]
    assert (weighed.total, weighed.overflow, weighed.limit) == (550, 400, 300)


def test_a_cap_by_ratio_is_of_the_total_before_clamping_without_what_is_excluded():
    cap = WeightCap(ratio=Ratio.parse("1/3"))
    weighed = weigh([ADA, BEN, CLEO, BRAND], WeightRules(Weighting.TOKEN_CAPPED, cap))
    assert weighed.limit == 950 // 3
    assert weighed.total == 316 + 250
    assert cap.to_json() == {"ratio": "1/3"}


def test_a_cap_by_ratio_never_falls_below_one_unit():
    cap = WeightCap(ratio=Ratio.parse("0.01"))
    assert weights(Weighting.TOKEN_CAPPED, Holder("ada", 3), Holder("ben", 1), cap=cap) == {
        "ada": 1,
        "ben": 1,
    }


@pytest.mark.parametrize(
    ("held", "weight"), [(1, 1), (3, 1), (4, 2), (99, 9), (100, 10), (94906265**2 - 1, 94906264)]
)
def test_quadratic_weight_is_the_integer_square_root(held, weight):
    assert weights(Weighting.QUADRATIC_TOKEN, Holder("ada", held)) == {"ada": weight}


def test_one_holder_of_nine_split_into_nine_accounts_weighs_three_times_as_much():
    split = [Holder(f"sock-{number}", 1) for number in range(9)]
    assert sum(weights(Weighting.QUADRATIC_TOKEN, Holder("ada", 9)).values()) == 3
    assert sum(weights(Weighting.QUADRATIC_TOKEN, *split).values()) == 9


def test_a_double_majority_weighs_members_and_tokens_and_leaves_no_member_out():
    weighed = weigh([ADA, BEN, CLEO, BRAND], WeightRules(Weighting.DUAL))
    assert [(entry.reference, entry.weight, entry.tokens) for entry in weighed.entries] == [
        ("ada", 1, 700),
        ("ben", 1, 250),
        ("cleo", 1, 0),
        ("brand", 1, 0),
    ]
    assert (weighed.total, weighed.tokens) == (4, 950)


@pytest.mark.parametrize("weighting", [Weighting.TOKEN, Weighting.DUAL])
def test_a_total_that_json_cannot_carry_exactly_is_refused(weighting):
    most = [Holder("ada", 2**53 - 2), Holder("ben", 1)]
    assert weigh(most, WeightRules(weighting)).entries
    with pytest.raises(ValueError, match="2\\^53 - 1"):
        weigh([*most, Holder("cleo", 1)], WeightRules(weighting))


@pytest.mark.parametrize(
    ("weighting", "cap"), [(Weighting.TOKEN, WeightCap(amount=1)), (Weighting.TOKEN_CAPPED, None)]
)
def test_a_cap_belongs_to_capped_tokens_alone(weighting, cap):
    with pytest.raises(ValueError, match="cap"):
        WeightRules(weighting, cap)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"amount": 0}, {"amount": True}, {"ratio": Ratio(0, 1)}, {"amount": 1, "ratio": Ratio(1, 2)}],
)
def test_a_cap_is_one_amount_or_one_ratio(arguments):
    with pytest.raises(ValueError, match="cap"):
        WeightCap(**arguments)


@pytest.mark.parametrize(("balance", "unvested"), [(-1, 0), (5, 6), (5, -1)])
def test_nobody_holds_less_than_nothing(balance, unvested):
    with pytest.raises(ValueError, match="part"):
        Holder("ada", balance, unvested)


def test_holdings_are_integers():
    with pytest.raises(TypeError):
        Holder("ada", 1.5)


holdings = st.lists(st.integers(0, 2**40), max_size=20)
ratios = st.integers(1, 20).flatmap(
    lambda low: st.integers(1, low).map(lambda high: Ratio.parse(f"{high}/{low}"))
)


@given(holdings, st.integers(1, 2**40) | ratios)
def test_what_a_cap_cuts_off_and_what_it_leaves_is_everything_held(held, cap):
    cap = WeightCap(amount=cap) if isinstance(cap, int) else WeightCap(ratio=cap)
    holders = [Holder(str(number), balance) for number, balance in enumerate(held)]
    weighed = weigh(holders, WeightRules(Weighting.TOKEN_CAPPED, cap))
    assert weighed.total + weighed.overflow == sum(held)
    assert all(0 < entry.weight <= weighed.limit for entry in weighed.entries)
    assert len(weighed.entries) == sum(balance > 0 for balance in held)


@given(st.integers(1, 2**53 - 1))
def test_a_square_root_is_exact_at_any_size(held):
    [weight] = weights(Weighting.QUADRATIC_TOKEN, Holder("ada", held)).values()
    assert weight == isqrt(held)
    assert weight**2 <= held < (weight + 1) ** 2
