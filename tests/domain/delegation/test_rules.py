"""The rules of delegation, case by case: the product's table, LiquidFeedback's scopes, time, the edges."""

import itertools

import pytest

from app.domain.delegation import DelegationScope, Outcome, Roll, as_weights, resolve, weigh_chains
from tests.domain.delegation.graphs import CLOSE, at, gives


def resolved(members, delegations, cast, cap=None):
    roll = (
        Roll.of((member, 1) for member in members) if isinstance(members, str) else Roll.of(members.items())
    )
    return resolve(roll, delegations, cast, CLOSE, cap)


TABLE = {
    "a chain carries everyone along it": ("abc", [gives("a", "b"), gives("b", "c")], "c", {"c": 3}),
    "whoever votes takes their weight back": (
        "abc",
        [gives("a", "b"), gives("b", "c")],
        "bc",
        {"b": 2, "c": 1},
    ),
    "a cycle in which nobody votes counts nothing": ("ab", [gives("a", "b"), gives("b", "a")], "", {}),
    "a cycle in which one votes counts both once": (
        "ab",
        [gives("a", "b"), gives("b", "a")],
        "a",
        {"a": 2},
    ),
    "the most specific scope wins": (
        "abc",
        [gives("a", "b", "community"), gives("a", "c", "ballot")],
        "bc",
        {"b": 1, "c": 2},
    ),
    "an opt-out stops a wider delegation": (
        "ab",
        [gives("a", "b", "community"), gives("a", None, "ballot")],
        "b",
        {"b": 1},
    ),
    "there is no fallback to a wider scope": (
        "abc",
        [gives("a", "c", "ballot"), gives("a", "b", "community")],
        "b",
        {"b": 1},
    ),
    "a delegation to oneself counts nothing": ("ab", [gives("a", "a")], "b", {"b": 1}),
    "a delegation to oneself does no harm to one's own vote": (
        "ab",
        [gives("a", "a")],
        "ab",
        {"a": 1, "b": 1},
    ),
    "a delegate off the roll counts nothing": ("ab", [gives("a", "stranger")], "b", {"b": 1}),
    "a delegate off the roll brings no wider one back": (
        "ab",
        [gives("a", "stranger", "ballot"), gives("a", "b")],
        "b",
        {"b": 1},
    ),
    "people off the roll delegate nothing": ("ab", [gives("stranger", "a")], "a", {"a": 1}),
}


@pytest.mark.parametrize(("members", "delegations", "cast", "counted"), TABLE.values(), ids=TABLE)
def test_the_table_of_rules(members, delegations, cast, counted):
    resolution = resolved(members, delegations, cast)
    assert dict(resolution.votes()) == counted
    assert resolution.counted_weight == sum(counted.values())


OUTCOMES = {
    "voted": ([], "a", Outcome.CAST),
    "delegated to someone who voted": ([gives("a", "b")], "b", Outcome.DELEGATED),
    "did nothing": ([], "b", Outcome.NO_VOTE),
    "opted out": ([gives("a", None)], "b", Outcome.OPTED_OUT),
    "had revoked": ([gives("a", "b", revoked=-1)], "b", Outcome.REVOKED),
    "let it expire": ([gives("a", "b", expires=-1)], "b", Outcome.EXPIRED),
    "let it expire after revoking": ([gives("a", "b", expires=-1, revoked=-2)], "b", Outcome.REVOKED),
    "revoked what had expired": ([gives("a", "b", expires=-2, revoked=-1)], "b", Outcome.EXPIRED),
    "delegated into silence": ([gives("a", "b"), gives("b", "c")], "", Outcome.NOBODY_VOTED),
    "delegated to someone who opted out": ([gives("a", "b"), gives("b", None)], "c", Outcome.NOBODY_VOTED),
    "delegated to oneself": ([gives("a", "a")], "b", Outcome.CYCLE),
    "stands in a circle": ([gives("a", "b"), gives("b", "a")], "c", Outcome.CYCLE),
    "stands before a circle": ([gives("a", "b"), gives("b", "c"), gives("c", "b")], "", Outcome.CYCLE),
    "delegated off the roll": ([gives("a", "stranger")], "b", Outcome.OFF_ROLL),
    "stands before someone who did": ([gives("a", "b"), gives("b", "stranger")], "c", Outcome.OFF_ROLL),
}


@pytest.mark.parametrize(("delegations", "cast", "outcome"), OUTCOMES.values(), ids=OUTCOMES)
def test_every_weight_that_is_not_counted_has_its_reason(delegations, cast, outcome):
    resolution = resolved("abc", delegations, cast)
    assert resolution.outcome_of("a") is outcome
    assert (resolution.representative_of("a") is not None) == (outcome in {Outcome.CAST, Outcome.DELEGATED})


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("ballot", "group"),
        ("group", "decision_type"),
        ("decision_type", "community"),
        ("ballot", "community"),
        # LiquidFeedback: issue before area before unit.
        ("ballot", "decision_type"),
        ("group", "community"),
    ],
)
@pytest.mark.parametrize("narrow_is_older", [True, False])
def test_a_narrower_scope_wins_whichever_was_given_first(narrow, wide, narrow_is_older):
    narrow_given, wide_given = (-9, -1) if narrow_is_older else (-1, -9)
    delegations = [gives("a", "b", wide, given=wide_given), gives("a", "c", narrow, given=narrow_given)]
    assert resolved("abc", delegations, "bc").representative_of("a") == "c"


def test_liquid_feedbacks_opt_out_in_an_area_stops_the_units_and_not_the_issues_delegation():
    unit, area = gives("a", "b", "community"), gives("a", None, "decision_type")
    assert resolved("abc", [unit, area], "bc").outcome_of("a") is Outcome.OPTED_OUT
    issue = gives("a", "c", "ballot")
    assert resolved("abc", [unit, area, issue], "bc").representative_of("a") == "c"


def test_of_two_in_one_scope_the_later_holds_and_then_the_greater_reference():
    older, newer = gives("a", "b", given=-5), gives("a", "c", given=-4)
    assert resolved("abc", [newer, older], "bc").representative_of("a") == "c"
    one, two = gives("a", "b", reference="r2"), gives("a", "c", reference="r1")
    assert resolved("abc", [one, two], "bc").representative_of("a") == "b"


@pytest.mark.parametrize("backwards", [False, True])
def test_of_several_that_ended_the_last_to_end_is_told(backwards):
    ended = [gives("a", "b", expires=-3), gives("a", "b", "ballot", revoked=-1), gives("a", "c", expires=-2)]
    delegations = ended[::-1] if backwards else ended
    assert resolved("abc", delegations, "b").outcome_of("a") is Outcome.REVOKED
    late = gives("a", "b", given=1, expires=-0.5)
    assert resolved("abc", [*delegations, late], "b").outcome_of("a") is Outcome.REVOKED


def test_what_ended_lets_the_wider_delegation_hold_again():
    delegations = [gives("a", "b", "community"), gives("a", "c", "ballot", revoked=-1)]
    assert resolved("abc", delegations, "bc").representative_of("a") == "b"


@pytest.mark.parametrize(
    ("delegation", "holds"),
    [
        (gives("a", "b", given=-0.001), True),
        (gives("a", "b", given=0), False),
        (gives("a", "b", expires=0), True),
        (gives("a", "b", expires=-0.001), False),
        (gives("a", "b", revoked=0), True),
        (gives("a", "b", revoked=-0.001), False),
        (gives("a", "b", given=-3, revoked=5), True),
    ],
)
def test_what_counts_is_the_last_moment_before_the_close(delegation, holds):
    assert (resolved("ab", [delegation], "b").representative_of("a") == "b") is holds


def test_everything_delegated_to_someone_who_votes_ends_with_them():
    delegations = [gives("a", "b"), gives("b", "c"), gives("c", "d")]
    resolution = resolved({"a": 5, "b": 7, "c": 11, "d": 13}, delegations, "bd")
    assert dict(resolution.votes()) == {"b": 12, "d": 24}
    assert resolution.delegated_weight == 16
    assert resolution.chain_of("a") == ("a", "b")
    assert resolution.chain_of("c") == ("c", "d")


def test_the_chain_of_a_circle_ends_where_it_came_back_to():
    resolution = resolved("abc", [gives("a", "b"), gives("b", "c"), gives("c", "b")], "")
    assert resolution.chain_of("a") == ("a", "b", "c", "b")


def test_five_thousand_hops_need_no_recursion():
    names = [f"{number:05}" for number in range(5001)]
    chain = [gives(one, other) for one, other in itertools.pairwise(names)]
    resolution = resolve(Roll.of((name, 1) for name in names), chain, [names[-1]], CLOSE)
    assert dict(resolution.votes()) == {names[-1]: 5001}
    assert len(resolution.chain_of(names[0])) == 5001
    circle = [*chain, gives(names[-1], names[0])]
    assert resolve(Roll.of((name, 1) for name in names), circle, [], CLOSE).counted_weight == 0


def test_the_tallies_of_a_double_majority_follow_the_same_chains():
    members = Roll.of((name, 1) for name in "abc")
    resolution = resolve(members, [gives("a", "b")], "b", CLOSE)
    tokens = Roll(members.names, as_weights([500, 20, 0]))
    in_tokens = weigh_chains(tokens, resolution.chains, CLOSE)
    assert (dict(resolution.votes()), dict(in_tokens.votes())) == ({"b": 2}, {"b": 520})
    assert in_tokens.sums[Outcome.NO_VOTE].to_json() == {"members": 1, "weight": 0}


def test_only_people_on_the_roll_can_have_voted():
    with pytest.raises(ValueError, match="stranger"):
        resolved("ab", [], ["stranger"])


def test_a_scope_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="planet"):
        resolved("ab", [gives("a", "b", "planet")], "b")


@pytest.mark.parametrize(
    ("entries", "error"),
    [
        ([("a", 1), ("a", 2)], ValueError),
        ([("a", -1)], ValueError),
        ([("a", 2**53)], ValueError),
        ([("a", 2**70)], ValueError),
        ([("a", 2**53 - 1), ("b", 1)], ValueError),
        ([("a", 1.5)], TypeError),
    ],
)
def test_a_roll_that_is_none_is_refused(entries, error):
    with pytest.raises(error):
        Roll.of(entries)


@pytest.mark.parametrize(
    ("names", "weights"), [(["b", "a"], [1, 1]), (["a", "a"], [1, 1]), (["a", "b"], [1]), (["a"], [1, 1])]
)
def test_a_roll_out_of_order_is_refused(names, weights):
    with pytest.raises(ValueError, match="in ascending order"):
        Roll(names, as_weights(weights))


def test_a_roll_and_delegations_read_the_words_of_a_database():
    assert Roll.of([("b", 2), ("a", 2**53 - 3)]).total == 2**53 - 1
    one, other = gives("a", "b", "ballot"), gives("a", "b", DelegationScope.BALLOT)
    assert one == other
    assert one.in_force(at(-50))
