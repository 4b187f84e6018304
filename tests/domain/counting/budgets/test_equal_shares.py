"""Equal shares: published examples, each setting, and every tie."""

import pytest

from app.domain.counting import LotOrder, Question, StatedOrder, count, explain


def counted(ballots, costs, budget, *, tie_order=None, **settings):
    options = tuple(costs)
    settings = {"budget": budget, "costs": costs, "completion": "none", "add1_of": "share"} | settings
    question = Question("equal_shares", options, settings=settings)
    return count(question, ballots, tie_order=tie_order or StatedOrder(options))


def purchases(result):
    return [
        (counted.subject, counted.figures["payment"])
        for counted in result.rounds
        if counted.action == "purchase"
    ]


@pytest.mark.parametrize("utility", ["cost", "cardinality"])
def test_the_books_committee_of_twelve_voters(utility):
    # Lackner and Skowron, Multi-Winner Voting with Approval Preferences (2023), Example 2.11, first phase: a
    # budget of 4 among 12 voters, and members that cost 1.
    ballots = {"a,b": 3, "a,c": 3, "a,d": 2, "b,c,f": 1, "e": 1, "f": 1, "g": 1}
    result = counted(ballots, dict.fromkeys("abcdefgh", 1), 4, utility=utility)
    assert result.figures["share"] == "1/3"
    assert purchases(result) == [("a", "1/8")]


@pytest.mark.parametrize("utility", ["cost", "cardinality"])
def test_the_books_committee_of_eight_voters(utility):
    # The same, Example 2.12, first phase: two voters pay all of the 7/40 they have left for the second member.
    ballots = {"c,d": 3, "a,b": 2, "a,c": 2, "b,d": 1}
    result = counted(ballots, dict.fromkeys("abcd", 1), 3, utility=utility)
    assert result.figures["share"] == "3/8"
    assert purchases(result) == [("c", "1/5"), ("a", "13/40")]
    assert result.rounds[-1].figures["paid_all_they_held"] == "2"


def test_the_majority_does_not_take_everything():
    # electowiki.org/wiki/Method_of_Equal_Shares: 51 % for ten red projects, 49 % for ten blue ones, money for
    # ten: knapsack voting funds the red ones alone, equal shares five and (four or) five of each.
    red, blue = [f"red{n}" for n in range(10)], [f"sky{n}" for n in range(10)]
    ballots = {",".join(red): 51, ",".join(blue): 49}
    costs = dict.fromkeys(red + blue, 100)
    result = counted(ballots, costs, 1000, completion="add1")
    assert [option[:3] for option in result.winners] == ["red"] * 5 + ["sky"] * 5
    assert result.figures["spent"] == "1000"
    plain = counted(ballots, costs, 1000)
    assert [option[:3] for option in plain.winners] == ["red"] * 5 + ["sky"] * 4


EXAMPLE = {"mint,lime": 4, "mint": 2, "plum": 3, "lime,plum": 1}
COSTS = {"mint": 30, "lime": 60, "plum": 20}


def test_the_utility_decides_what_is_cheapest():
    # Payments if all supporters share equally: mint 30/6 = 5, lime 60/5 = 12, plum 20/4 = 5.
    by_cost = counted(EXAMPLE, COSTS, 100)
    assert [option for option, _ in purchases(by_cost)] == ["mint", "plum"]
    assert by_cost.rounds[1].figures["rho"] == "1/6"
    assert by_cost.ties == ()
    by_number = counted(EXAMPLE, COSTS, 100, utility="cardinality")
    assert by_number.rounds[1].figures["rho"] == "5"
    assert [tie.options for tie in by_number.ties] == [("mint", "plum")]


def test_a_supporter_with_too_little_pays_all_and_the_others_more():
    # Shares of 10. After mint, at 5 each, four supporters of lime hold 5 and one holds 10: of the 28 the four
    # pay all they hold, and the fifth the other 8.
    result = counted({"mint,lime": 4, "mint": 2, "lime": 1}, {"mint": 30, "lime": 28}, 70)
    assert purchases(result) == [("mint", "5"), ("lime", "8")]
    assert result.rounds[-1].figures["paid_all_they_held"] == "4"
    assert result.rounds[-1].figures["left"] == "12"


def test_supporters_who_hold_exactly_the_cost_can_pay_it():
    result = counted({"mint": 4, "lime": 6}, {"mint": 40, "lime": 61}, 100)
    assert purchases(result) == [("mint", "10")]
    assert result.rounds[-1].figures["paid_all_they_held"] == "4"


def test_nobody_can_be_bought_when_every_group_is_too_poor():
    result = counted({"mint": 1, "lime": 1}, {"mint": 60, "lime": 60}, 100)
    assert result.winners == ()
    assert result.figures["left"] == "100"
    assert [counted.action for counted in result.rounds] == ["share"]


LEAN = {"mint": 3, "lime": 4, "plum": 3}
LEAN_COSTS = {"mint": 39, "lime": 45, "plum": 40}


def test_add1_raises_by_a_hundredth_unless_told_otherwise():
    result = counted(LEAN, LEAN_COSTS, 100_000, completion="add1", add1_of="budget")
    assert result.figures["step"] == "1000"
    by_share = counted(LEAN, LEAN_COSTS, 100_000, completion="add1")
    assert by_share.figures["step"] == "100"
    small = counted(LEAN, LEAN_COSTS, 95, completion="add1")
    assert small.figures["step"] == "1"
    assert "a hundredth of the real share" in small.rule


def test_add1_raises_the_shares_until_the_budget_would_be_exceeded():
    result = counted(LEAN, LEAN_COSTS, 100, completion="add1")
    # Shares of 10 buy nothing; of 12 lime for 45; of 13 mint too: 84. With 14 plum would make it 124.
    assert result.winners == ("lime", "mint")
    assert (result.figures["share"], result.figures["raises"]) == ("13", "3")
    assert result.figures["raises_ended_by"] == "over_budget"


def test_add1_takes_whole_multiples_of_its_step():
    result = counted(LEAN, LEAN_COSTS, 95, completion="add1", add1_step=4)
    # 95/10 = 9.5, then 12, then 16, with which all three would be bought.
    assert (result.winners, result.figures["share"]) == (("lime",), "12")
    assert result.figures["raises"] == "1"


def test_add1_can_raise_the_budget_instead():
    result = counted(LEAN, LEAN_COSTS, 95, completion="add1", add1_of="budget", add1_step=7)
    # 95 + 5 * 7 = 130 gives 13 each; 137 gives 13.7, where plum can be paid as well.
    assert (result.winners, result.figures["share"]) == (("lime", "mint"), "13")
    assert result.figures["raises"] == "5"


def test_add1_ends_at_its_cap():
    result = counted(LEAN, LEAN_COSTS, 100, completion="add1", add1_cap=2)
    assert (result.winners, result.figures["raises_ended_by"]) == (("lime",), "cap")


def test_add1_can_end_once_nothing_more_fits():
    # The shares could be raised up to 14, but nothing fits into the 16 left from 13 on.
    costs = LEAN_COSTS | {"plum": 43}
    late = counted(LEAN, costs, 100, completion="add1")
    early = counted(LEAN, costs, 100, completion="add1", add1_until="exhausted")
    assert (late.figures["share"], late.figures["raises_ended_by"]) == ("14", "over_budget")
    assert (early.figures["share"], early.figures["raises_ended_by"]) == ("13", "exhausted")


def test_add1_ends_when_everything_is_funded():
    result = counted({"mint": 1, "lime": 9}, {"mint": 20, "lime": 40}, 100, completion="add1")
    assert result.winners == ("lime", "mint")
    assert result.figures["raises_ended_by"] == "everything_funded"
    assert result.figures["share"] == "20"


def test_greedy_completion_goes_by_votes_and_skips():
    result = counted(LEAN, LEAN_COSTS | {"plum": 60}, 100, completion="greedy")
    assert [(counted.action, counted.subject) for counted in result.rounds[1:]] == [
        ("purchase", "lime"),
        ("passed_over", "plum"),
        ("purchase", "mint"),
    ]


def test_add1_and_greedy_completion_follow_each_other():
    result = counted(LEAN, LEAN_COSTS | {"mint": 100, "plum": 52}, 97, completion="add1_greedy")
    assert result.winners == ("lime", "plum")
    assert result.figures["raises_ended_by"] == "over_budget"


def test_a_threshold_keeps_options_out_but_their_voters_keep_their_shares():
    result = counted(EXAMPLE, COSTS, 100, min_votes=5)
    assert result.rounds[0].excluded == ("plum",)
    assert result.figures["share"] == "10"
    assert result.winners == ("mint",)


# Five groups of one voter each want something small; six others want the stadium.
CITY = {"pond": 1, "park": 1, "pool": 1, "path": 1, "arena": 6}
CITY_COSTS = {"pond": 100, "park": 100, "pool": 100, "path": 100, "arena": 610}


def test_the_comparison_keeps_equal_shares_unless_more_prefer_spending_by_votes():
    alone = counted(CITY, CITY_COSTS, 1000)
    assert set(alone.winners) == {"pond", "park", "pool", "path"}
    compared = counted(CITY, CITY_COSTS, 1000, comparison="options")
    # Six prefer the arena; two of the four others lose nothing with it, as 390 is left.
    assert compared.winners == ("arena", "pond", "park", "pool")
    assert compared.figures["prefer_most_votes"] == "6"
    assert compared.figures["prefer_equal_shares"] == "1"
    assert compared.rounds[0].action == "comparison"
    assert [option for counted in compared.rounds for option in counted.elected] == list(compared.winners)


def test_the_comparison_leaves_a_tie_to_equal_shares():
    ballots = {"pond": 1, "park": 1, "arena": 2}
    costs = {"pond": 250, "park": 250, "arena": 900}
    result = counted(ballots, costs, 1000, comparison="options")
    assert result.winners == ("pond", "park")
    assert result.rounds[-1].action == "comparison"
    assert result.figures["prefer_equal_shares"] == result.figures["prefer_most_votes"] == "2"


def test_the_measure_of_the_comparison_decides():
    # Equal shares funds the pond and both parks: more for six voters, but nothing for the other five.
    ballots = {"pond,east": 3, "pond,west": 3, "arena": 5}
    costs = {"pond": 300, "east": 150, "west": 150, "arena": 700}
    assert counted(ballots, costs, 1100).winners == ("pond", "east", "west")
    by_number = counted(ballots, costs, 1100, comparison="options")
    assert by_number.winners == ("pond", "east", "west")
    assert (by_number.figures["prefer_equal_shares"], by_number.figures["prefer_most_votes"]) == ("6", "5")
    by_anything = counted(ballots, costs, 1100, comparison="represented")
    assert by_anything.winners == ("pond", "arena")
    assert by_anything.figures["prefer_equal_shares"] == "0"


PAIR = {"mint": 5, "lime": 5, "plum": 1}
PAIR_COSTS = {"mint": 40, "lime": 20, "plum": 9}


def test_equal_prices_fall_to_the_lot():
    chosen = set()
    for seed in range(8):
        lot = LotOrder("b7", bytes([seed]), tuple(PAIR_COSTS))
        result = counted(PAIR, PAIR_COSTS, 110, tie_order=lot)
        (tie,) = result.ties
        assert (tie.round, tie.options, tie.value, tie.decided_by) == (2, ("mint", "lime"), "1/5", "lot")
        assert result.winners[0] == tie.chosen
        chosen.add(tie.chosen)
    assert chosen == {"mint", "lime"}


def test_equal_prices_can_go_to_the_cheaper():
    result = counted(PAIR, PAIR_COSTS, 110, ties="lower_cost")
    assert (result.ties[0].decided_by, result.winners[0]) == ("lower_cost", "lime")


def test_a_tie_in_a_later_round_names_that_round():
    ballots = {"plum": 9, "mint": 5, "lime": 5}
    result = counted(ballots, {"plum": 10, "mint": 40, "lime": 20}, 190)
    assert [(tie.round, tie.options) for tie in result.ties] == [(3, ("mint", "lime"))]
    assert result.rounds[2].ties == result.ties


def test_a_tie_in_the_greedy_completion_is_recorded_too():
    result = counted({"mint": 1, "lime": 1}, {"mint": 60, "lime": 60}, 100, completion="greedy")
    assert [(tie.purpose, tie.chosen) for tie in result.ties] == [("election", "mint")]
    assert result.winners == ("mint",)


def test_weights_beyond_64_bits_buy_exactly():
    unit = 10**24
    ballots = {"mint": 4 * unit + 1, "lime": 6 * unit}
    # The supporters of mint hold 40 and a trifle of 100; those of lime as much less than 60.
    result = counted(ballots, {"mint": 40, "lime": 60}, 100)
    assert result.winners == ("mint",)


def test_the_explanation_reads_like_one():
    result = counted(LEAN, LEAN_COSTS, 95, completion="add1_greedy", comparison="options")
    assert explain(result, {"mint": "Mint", "lime": "Lime", "plum": "Plum"}) == [
        (
            "Round 1: The options have these votes: Mint 3, Lime 4, Plum 3. The 10 votes share the budget of 95: "
            "each has 9.5 to spend. So that more of the budget is used, the shares are raised 4 times, to 13 each."
        ),
        (
            "Round 2: Lime, supported by 4 votes, now costs its supporters least for what it gives them: at most "
            "11.25 each. It is funded for 45, which leaves 50."
        ),
        (
            "Round 3: Mint, supported by 3 votes, now costs its supporters least for what it gives them: at most "
            "13 each. It is funded for 39, which leaves 11."
        ),
        "Round 4: Plum is next with 3 votes, but costs 40, and only 11 is left: it is passed over.",
        (
            "Round 5: 0 votes prefer this outcome to the one of spending by votes alone, 0 prefer that one: this "
            "outcome stands. The other outcome would fund Lime and Mint."
        ),
        "Of 95, 84 is spent and 11 is left.",
    ]
