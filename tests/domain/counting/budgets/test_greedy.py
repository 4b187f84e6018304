"""Greedy budgeting: by votes or votes per cost, skipping or stopping, thresholds, ties, three kinds of ballot."""

import pytest

from app.domain.counting import (
    InvalidVote,
    LotOrder,
    Question,
    StatedOrder,
    canonical,
    count,
    explain,
    to_choice,
)
from app.domain.counting.budgets.purchases import Purchases

OPTIONS = ("mint", "lime", "plum", "cola")
COSTS = {"mint": 40, "lime": 25, "plum": 30, "cola": 10}
BALLOTS = {"mint": 9, "lime": 6, "lime,plum": 2, "plum": 3, "cola": 4}


def counted(ballots=BALLOTS, *, tie_order=None, **settings):
    question = Question("greedy_budget", OPTIONS, settings={"budget": 60, "costs": COSTS} | settings)
    return count(question, ballots, tie_order=tie_order or StatedOrder(OPTIONS))


def test_the_best_supported_are_funded_and_what_does_not_fit_is_passed_over():
    result = counted()
    assert dict(result.totals) == {"mint": "9", "lime": "8", "plum": "5", "cola": "4"}
    assert result.winners == ("mint", "cola")
    assert dict(result.allocation) == {"mint": "40", "lime": "0", "plum": "0", "cola": "10"}
    assert dict(result.figures) == {"budget": "60", "spent": "50", "left": "10"}
    assert [(counted.action, counted.subject) for counted in result.rounds] == [
        ("count", None),
        ("purchase", "mint"),
        ("passed_over", "lime"),
        ("passed_over", "plum"),
        ("purchase", "cola"),
    ]
    assert result.rounds[1].figures == {"votes": "9", "rank": "9", "cost": "40", "left": "20"}


def test_the_rule_can_stop_at_the_first_that_does_not_fit():
    result = counted(unaffordable="stop")
    assert result.winners == ("mint",)
    assert result.rounds[-1].subject == "lime"
    assert "no further option is funded" in result.rule


def test_votes_per_cost_favours_the_cheap():
    # 9/40, 8/25, 5/30, 4/10
    result = counted(order="votes_per_cost")
    assert result.winners == ("cola", "lime")
    assert result.rounds[1].figures["rank"] == "2/5"


@pytest.mark.parametrize(
    ("settings", "short"),
    [
        ({"min_votes": 5}, ("cola",)),
        ({"min_votes": 6}, ("plum", "cola")),
        # 24 ballots: a sixth of them is exactly 4, a fifth more than 4
        ({"min_share": "1/6"}, ()),
        ({"min_share": "0.2"}, ("cola",)),
        ({"min_share": "0.2", "min_votes": 9}, ("lime", "plum", "cola")),
    ],
)
def test_an_option_needs_the_votes_both_thresholds_ask_for(settings, short):
    result = counted(budget=1000, **settings)
    assert result.rounds[0].excluded == short
    assert set(result.winners) == set(OPTIONS) - set(short)


def test_an_option_nobody_supports_is_not_funded_however_much_money_is_left():
    assert counted({"mint": 1}, budget=1000).winners == ("mint",)


def test_the_budget_can_be_spent_to_the_last_unit():
    result = counted(budget=105)
    assert result.winners == ("mint", "lime", "plum", "cola")
    assert result.figures["left"] == "0"


def test_no_caller_can_spend_what_is_not_there():
    settings = {"budget": 30, "costs": COSTS}
    purchases = Purchases(Question("greedy_budget", OPTIONS, settings=settings), StatedOrder(OPTIONS))
    with pytest.raises(ValueError, match="mint costs 40, but only 30 is left"):
        purchases.buy("mint", "budget.funded", {})


def test_points_are_added_up():
    result = counted({"mint:2,lime:8": 3, "cola:9": 2}, ballot="points", budget=40)
    assert dict(result.totals) == {"mint": "6", "lime": "24", "plum": "0", "cola": "18"}
    assert result.winners == ("lime", "cola")


def test_a_ranking_gives_as_many_points_as_can_be_listed_to_the_first_and_one_less_to_the_next():
    result = counted({"plum>cola": 1, "cola": 1}, ballot="ranking", max=3)
    assert dict(result.totals) == {"mint": "0", "lime": "0", "plum": "3", "cola": "5"}


@pytest.mark.parametrize(
    ("ballot", "choice", "text"),
    [
        ("approvals", ["lime", "mint"], "mint,lime"),
        ("points", {"lime": 3, "mint": 2}, "mint:2,lime:3"),
        ("ranking", ["lime", "mint"], "lime>mint"),
    ],
)
def test_each_kind_of_ballot_has_its_own_text(ballot, choice, text):
    settings = {"budget": 60, "costs": COSTS, "ballot": ballot}
    question = Question("greedy_budget", OPTIONS, settings=settings)
    assert canonical(question, choice) == text
    assert canonical(question, to_choice(question, text)) == text
    with pytest.raises(InvalidVote):
        canonical(question, {"cola": 11})
    with pytest.raises(InvalidVote):
        count(question, {"lime,mint": 1}, tie_order=StatedOrder(OPTIONS))


TIED = {"mint": 5, "lime": 5, "plum": 5}


def test_a_tie_the_money_does_not_reach_for_falls_to_the_tie_order():
    for seed in range(6):
        lot = LotOrder("b7", bytes([seed]), OPTIONS)
        result = counted(TIED, tie_order=lot, budget=40)
        favoured = next(option for option in lot.order if option != "cola")
        assert result.winners == (favoured,)
        (tie,) = result.ties
        assert (tie.round, tie.purpose, tie.decided_by, tie.chosen) == (2, "election", "lot", favoured)


def test_a_tie_the_money_reaches_for_is_about_the_order_alone():
    result = counted(TIED, budget=95)
    assert [tie.purpose for tie in result.ties] == ["order", "order"]
    assert result.winners == ("mint", "lime", "plum")


def test_tied_options_that_cannot_be_paid_are_passed_over_before_the_tie_is_broken():
    result = counted(TIED, budget=35)
    assert result.rounds[1].excluded == ("mint",)
    assert [tie.options for tie in result.ties] == [("lime", "plum")]
    assert result.winners == ("lime",)


def test_when_the_rule_stops_the_tie_is_broken_first():
    result = counted(TIED, budget=35, unaffordable="stop")
    assert result.ties[0].options == ("mint", "lime", "plum")
    assert result.winners == ()
    assert result.rounds[-1].subject == "mint"
    reverse = counted(TIED, budget=35, unaffordable="stop", tie_order=StatedOrder(OPTIONS[::-1]))
    assert reverse.winners == ("plum",)


def test_the_cheaper_can_go_first():
    result = counted(TIED, budget=40, ties="lower_cost")
    (tie,) = result.ties
    assert (tie.decided_by, tie.chosen) == ("lower_cost", "lime")
    assert dict(tie.steps[0].values) == {"mint": "0", "lime": "15", "plum": "10"}


def test_the_cheaper_leaves_equally_cheap_ones_to_the_tie_order():
    costs = COSTS | {"plum": 25}
    result = counted(TIED, budget=40, ties="lower_cost", costs=costs)
    assert [(step.rule, step.left) for step in result.ties[0].steps] == [
        ("lower_cost", ("lime", "plum")),
        ("stated_order", ("lime",)),
    ]


def test_the_explanation_reads_like_one():
    result = counted(ties="lower_cost", min_votes=5, budget=45)
    assert explain(result, {"mint": "Mint", "lime": "Lime", "plum": "Plum", "cola": "Cola"}) == [
        (
            "Round 1: The options have these votes: Mint 9, Lime 8, Plum 5, Cola 4. Cola cannot be funded: that "
            "takes at least 5 votes."
        ),
        "Round 2: Mint is next with 9 votes and costs 40: it is funded, which leaves 5.",
        "Round 3: Lime is next with 8 votes, but costs 25, and only 5 is left: it is passed over.",
        "Round 4: Plum is next with 5 votes, but costs 30, and only 5 is left: it is passed over.",
        "Of 45, 40 is spent and 5 is left.",
    ]
