"""What holds of every budget count, on random elections, against slow counts written another way."""

import json
from fractions import Fraction
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.counting import LotOrder, Question, StatedOrder, count, explain

OPTIONS = ("mint", "lime", "plum", "cola", "fig", "pear")

small = st.integers(1, 4)
approvals = st.sets(st.sampled_from(OPTIONS), min_size=1).map(
    lambda chosen: ",".join(option for option in OPTIONS if option in chosen)
)
costs = st.fixed_dictionaries(dict.fromkeys(OPTIONS, st.integers(1, 8) | st.integers(1, 10_000)))
variants = st.one_of(
    st.fixed_dictionaries(
        {
            "method": st.just("greedy_budget"),
            "order": st.sampled_from(["votes", "votes_per_cost"]),
            "unaffordable": st.sampled_from(["skip", "stop"]),
            "ties": st.sampled_from(["tie_order", "lower_cost"]),
            "min_votes": st.integers(1, 3),
        }
    ),
    st.fixed_dictionaries(
        {
            "method": st.just("equal_shares"),
            "utility": st.sampled_from(["cost", "cardinality"]),
            "completion": st.sampled_from(["none", "add1", "greedy", "add1_greedy"]),
            "comparison": st.sampled_from(["none", "options", "represented"]),
            "add1_of": st.sampled_from(["share", "budget"]),
            "add1_until": st.sampled_from(["over_budget", "exhausted"]),
            "ties": st.sampled_from(["tie_order", "lower_cost"]),
        }
    ),
)


@st.composite
def elections(draw, variant=variants, weight=small):
    """Draw a question and single votes as (text, weight) pairs."""
    chosen = dict(draw(variant))
    method = chosen.pop("method")
    cost = draw(costs)
    budget = draw(st.integers(1, sum(cost.values())))
    votes = draw(st.lists(st.tuples(approvals, weight), min_size=1, max_size=12))
    money = {"budget": budget, "costs": cost}
    if method == "equal_shares":
        chosen |= {"add1_cap": 20, "add1_step": max(1, budget // 50)}
    return Question(method, OPTIONS, settings=money | chosen), votes


def grouped(votes):
    ballots = {}
    for text, weight in votes:
        ballots[text] = ballots.get(text, 0) + weight
    return ballots


LOT = LotOrder("b7", b"seed", OPTIONS)


@given(elections(weight=small | st.integers(1, 10**24)))
def test_the_budget_is_never_exceeded_and_every_amount_adds_up(election):
    question, votes = election
    result = count(question, grouped(votes), tie_order=LOT)
    allocation = {option: int(amount) for option, amount in result.allocation.items()}
    budget = question.settings["budget"]
    assert sum(allocation.values()) == int(result.figures["spent"]) <= budget
    assert int(result.figures["left"]) == budget - sum(allocation.values())
    left = budget
    for counted in result.rounds:
        if counted.action == "purchase":
            left -= question.settings["costs"][counted.subject]
            assert int(counted.figures["left"]) == left >= 0
    assert {option for option, amount in allocation.items() if amount} == set(result.winners)
    assert all(allocation[option] == question.settings["costs"][option] for option in result.winners)
    assert [option for counted in result.rounds for option in counted.elected] == list(result.winners)
    assert all(int(result.totals[option]) > 0 for option in result.winners)


@given(elections(weight=small | st.integers(1, 10**24)), st.randoms(use_true_random=False))
def test_neither_the_order_of_the_votes_nor_their_grouping_changes_a_byte(election, shuffler):
    question, votes = election
    split = [(text, part) for text, weight in votes for part in (1, weight - 1) if part]
    shuffler.shuffle(split)
    one = count(question, grouped(votes), tie_order=LOT)
    other = count(question, grouped(split), tie_order=LOT)
    assert json.dumps(one.to_json()) == json.dumps(other.to_json())


@given(elections())
def test_every_count_explains_itself(election):
    question, votes = election
    result = count(question, grouped(votes), tie_order=LOT)
    lines = explain(json.loads(json.dumps(result.to_json())), {"mint": "Mint & Co."})
    assert len(lines) == len(result.rounds) + len(result.summary)
    assert all(line and "{" not in line for line in lines)
    assert [counted.number for counted in result.rounds] == list(range(1, len(result.rounds) + 1))
    assert all(tie.round == counted.number for counted in result.rounds for tie in counted.ties)


@given(elections())
def test_every_use_of_the_tie_order_is_recorded(election):
    question, votes = election
    result = count(question, grouped(votes), tie_order=LOT)
    if question.settings.get("completion") in {None, "none"} and not result.ties:
        backwards = StatedOrder(LOT.order[::-1])
        assert count(question, grouped(votes), tie_order=backwards).winners == result.winners


def slow_equal_shares(question, votes, share, order):
    """Count single votes by the words of the rule, each with its own purse in fractions."""
    cost = question.settings["costs"]
    purses = [(set(text.split(",")), [share]) for text, weight in votes for _ in range(weight)]
    bought = []
    while True:
        offers = []
        for option in OPTIONS:
            held = sorted(purse[0] for options, purse in purses if option in options)
            if option in bought or not held or sum(held) < cost[option]:
                continue
            # The payment is the amount at which capped purses add up to the cost.
            owed, others = Fraction(cost[option]), len(held)
            while owed > held[len(held) - others] * others:
                owed -= held[len(held) - others]
                others -= 1
            payment = owed / others
            price = payment / cost[option] if question.settings["utility"] == "cost" else payment
            offers.append((price, order.index(option), option, payment))
        if not offers:
            return bought
        _, _, option, payment = min(offers)
        bought.append(option)
        for options, purse in purses:
            if option in options:
                purse[0] -= min(purse[0], payment)


plain_equal_shares = st.fixed_dictionaries(
    {
        "method": st.just("equal_shares"),
        "utility": st.sampled_from(["cost", "cardinality"]),
        "completion": st.just("none"),
    }
)


@given(elections(plain_equal_shares))
@settings(max_examples=300)
def test_equal_shares_agrees_with_a_count_of_single_purses(election):
    question, votes = election
    result = count(question, grouped(votes), tie_order=LOT)
    voters = sum(weight for _, weight in votes)
    share = Fraction(question.settings["budget"], voters)
    assert list(result.winners) == slow_equal_shares(question, votes, share, LOT.order)


@given(elections(plain_equal_shares))
@settings(max_examples=150)
def test_equal_shares_gives_extended_justified_representation_up_to_one_project(election):
    # D. Peters, G. Pierczynski and P. Skowron, "Proportional Participatory Budgeting with Additive Utilities"
    # (2021): where a group that all support T deserves its cost, not all of its members are still worse off
    # than with T when they are given one more project of it.
    question, votes = election
    result = count(question, grouped(votes), tie_order=LOT)
    cost, budget = question.settings["costs"], question.settings["budget"]
    worth = cost if question.settings["utility"] == "cost" else dict.fromkeys(OPTIONS, 1)
    voters = [set(text.split(",")) for text, weight in votes for _ in range(weight)]
    funded = set(result.winners)
    for size in (1, 2, 3):
        for together in combinations(OPTIONS, size):
            deserved = sum(worth[option] for option in together)
            deprived = 0
            for options in voters:
                if options.issuperset(together):
                    has = sum(worth[option] for option in options & funded)
                    more = max((worth[option] for option in set(together) - funded), default=0)
                    deprived += has < deserved and has + more <= deserved
            price = sum(cost[option] for option in together)
            assert not deprived or deprived * budget < price * len(voters)


def slow_greedy(question, votes, order):
    """Go down the list once."""
    setting = question.settings
    totals = dict.fromkeys(OPTIONS, 0)
    for text, weight in votes:
        for option in text.split(","):
            totals[option] += weight

    def rank(option):
        per = setting["costs"][option] if setting["order"] == "votes_per_cost" else 1
        cheap = setting["costs"][option] if setting["ties"] == "lower_cost" else 0
        return (Fraction(-totals[option], per), cheap, order.index(option))

    funded, left = [], setting["budget"]
    for option in sorted(OPTIONS, key=rank):
        if totals[option] >= setting["min_votes"]:
            if setting["costs"][option] <= left:
                funded.append(option)
                left -= setting["costs"][option]
            elif setting["unaffordable"] == "stop":
                break
    return funded


greedy = variants.filter(lambda chosen: chosen["method"] == "greedy_budget")


@given(elections(greedy))
def test_greedy_agrees_with_one_walk_down_the_list(election):
    question, votes = election
    result = count(question, grouped(votes), tie_order=LOT)
    assert list(result.winners) == slow_greedy(question, votes, LOT.order)
