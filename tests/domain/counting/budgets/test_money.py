"""Budget and costs live in the question's settings, and every fault in them is named at its place."""

import pytest

from app.domain.counting import METHODS, InvalidQuestion, Question, StatedOrder, check_question, count

OPTIONS = ("mint", "lime", "plum")
COSTS = {"mint": 40, "lime": 25, "plum": 30}
BUDGETING = ["greedy_budget", "equal_shares"]


def question(method="greedy_budget", **settings):
    return Question(method, OPTIONS, settings={"budget": 60, "costs": COSTS} | settings)


def pointers(asked):
    with pytest.raises(InvalidQuestion) as refused:
        check_question(asked)
    return [pointer for pointer, _ in refused.value.errors]


@pytest.mark.parametrize("method", BUDGETING)
def test_a_budget_and_every_options_cost_must_be_stated(method):
    check_question(question(method))
    assert pointers(Question(method, OPTIONS)) == ["/settings/budget", "/settings/costs"]
    assert pointers(Question(method, OPTIONS, settings={"budget": 60})) == ["/settings/costs"]
    schema = METHODS[method].settings_schema()
    assert schema["required"] == ["budget", "costs"]
    assert "default" not in schema["properties"]["budget"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"budget": None}, ["/settings/budget"]),
        ({"budget": 0}, ["/settings/budget"]),
        ({"budget": "60"}, ["/settings/budget"]),
        ({"budget": 2**53}, ["/settings/budget"]),
        ({"costs": [40, 25, 30]}, ["/settings/costs"]),
        ({"costs": COSTS | {"lime": 0}}, ["/settings/costs/lime"]),
        ({"costs": COSTS | {"lime": 2.5, "plum": True}}, ["/settings/costs/lime", "/settings/costs/plum"]),
        ({"costs": COSTS | {"cola": 5}}, ["/settings/costs/cola"]),
        ({"costs": COSTS | {"a/b~c": "5"}}, ["/settings/costs/a~1b~0c"]),
        ({"costs": {"mint": 40}}, ["/settings/costs", "/settings/costs"]),
        ({"min_votes": 0}, ["/settings/min_votes"]),
        ({"min_share": "11/10"}, ["/settings/min_share"]),
        ({"min_share": 0.1}, ["/settings/min_share"]),
        ({"ties": "coin"}, ["/settings/ties"]),
        ({"order": "luck"}, ["/settings/order"]),
        ({"ballot": "points", "min": 2}, ["/settings/min"]),
        ({"ballot": "points", "max": 2}, ["/settings/max"]),
        ({"ballot": "points", "points": 3, "points_per_option": 4}, ["/settings/points_per_option"]),
        ({"ballot": "ranking", "max": 4}, ["/settings/max"]),
    ],
)
def test_a_fault_is_named_at_its_place(settings, expected):
    assert pointers(question(**settings)) == expected


def test_seats_have_no_say():
    settings = {"budget": 60, "costs": COSTS}
    assert pointers(Question("greedy_budget", OPTIONS, 2, settings)) == ["/seats"]


def test_the_order_in_which_costs_were_stated_changes_nothing():
    backwards = question(costs=dict(reversed(COSTS.items())))
    order = StatedOrder(OPTIONS)
    assert str(count(question(), {"mint": 1}, tie_order=order).to_json()) == str(
        count(backwards, {"mint": 1}, tie_order=order).to_json()
    )


@pytest.mark.parametrize("method", BUDGETING)
def test_without_votes_nothing_is_funded(method):
    result = count(question(method, min=0), {"": 5}, tie_order=StatedOrder(OPTIONS))
    assert result.winners == ()
    assert dict(result.allocation) == dict.fromkeys(OPTIONS, "0")
