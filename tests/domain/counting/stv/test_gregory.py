"""Weighted inclusive Gregory in exact fractions: nothing is rounded, nothing is lost."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.counting import LotOrder, StatedOrder
from tests.domain.counting.elections import OPTIONS, counted, elections, grouped


def gregory(ballots, options=OPTIONS, seats=1, tie_order=None):
    return counted("stv", ballots, options, seats=seats, tie_order=tie_order, rules="gregory")


def test_wikipedias_twenty_voters_choose_chocolate_orange_and_strawberry():
    # https://en.wikipedia.org/wiki/Single_transferable_vote, the example of 2010 to 2023: quota 6.
    options = ("orange", "pear", "chocolate", "strawberry", "sweets")
    ballots = {
        "orange": 4,
        "pear>orange": 2,
        "chocolate>strawberry": 8,
        "chocolate>sweets": 4,
        "strawberry": 1,
        "sweets": 1,
    }
    result = gregory(ballots, options, 3)
    assert sorted(result.winners) == ["chocolate", "orange", "strawberry"]
    surplus = next(counted for counted in result.rounds if counted.action == "surplus")
    # Chocolate has 12, a surplus of 6: each of its votes passes on one half.
    assert surplus.transfer_values[0].passed_on_at == "1/2"
    assert dict(surplus.transfers) == {"strawberry": "4", "sweets": "2"}


def test_a_transfer_value_is_an_exact_fraction():
    # 8 votes, 2 seats: quota 3, surplus 4 of 7.
    result = gregory({"mint>lime": 7, "plum": 1}, ("mint", "lime", "plum"), 2)
    transfer = result.rounds[1]
    assert transfer.transfer_values[0].passed_on_at == "4/7"
    assert dict(transfer.transfers) == {"lime": "4"}
    assert (transfer.rounding_loss, result.winners) == ("0", ("mint", "lime"))


def test_a_second_transfer_multiplies_the_fractions():
    ballots = {"mint>lime>plum": 60, "lime>cola": 10, "plum": 5, "cola": 5, "fig": 4}
    result = gregory(ballots, seats=3)
    second = [counted for counted in result.rounds if counted.action == "surplus"][1]
    # Quota 22. Mint passes on 38/60; lime then has 48 and passes on 26/48 of that.
    assert second.subject == "lime"
    assert [value.passed_on_at for value in second.transfer_values] == [
        "13/24",
        str(Fraction(38, 60) * Fraction(26, 48)),
    ]


def test_equal_surpluses_and_exclusions_fall_to_the_lot():
    for seed in range(6):
        lot = LotOrder("b7", bytes([seed]), OPTIONS)
        result = gregory({"mint>plum": 5, "lime>cola": 5, "plum": 1, "cola": 1}, seats=3, tie_order=lot)
        tie = next(tie for tie in result.ties if tie.purpose == "surplus")
        assert (tie.value, tie.decided_by) == ("5", "lot")


def slow_gregory(votes, seats, order):  # noqa: C901  the whole rule on one page
    """Count single papers, each with its own value as a fraction."""
    papers = [[text.split(">"), Fraction(1), None] for text, weight in votes for _ in range(weight)]
    quota = len(papers) // (seats + 1) + 1
    standing, elected, done, stages = list(OPTIONS), [], [], []
    kept = dict.fromkeys(OPTIONS, Fraction(0))

    def give(paper):
        paper[2] = next((option for option in paper[0] if option in standing), None)

    for paper in papers:
        give(paper)
    while True:
        totals = {
            option: kept[option] + sum(value for _, value, holder in papers if holder == option)
            for option in OPTIONS
        }
        stages.insert(0, totals)

        def past(option):
            return [then[option] for then in stages] + [-order.index(option)]

        for option in sorted(standing, key=past, reverse=True):
            if totals[option] >= quota:
                elected.append(option)
                standing.remove(option)
        if len(elected) + len(standing) == seats:
            elected += sorted(standing, key=past, reverse=True)
        if len(elected) == seats:
            return elected, [{o: str(t) for o, t in s.items()} for s in stages[::-1]]
        over = [option for option in elected if totals[option] > quota and option not in done]
        if over:
            mover = max(over, key=past)
            done.append(mover)
            kept[mover] = Fraction(quota)
        else:
            mover = min(standing, key=past)
            standing.remove(mover)
        for paper in papers:
            if paper[2] == mover:
                if over:
                    paper[1] = paper[1] * (totals[mover] - quota) / totals[mover]
                give(paper)


@given(elections(methods=("stv",), weight=st.integers(1, 5), min_votes=1))
@settings(max_examples=100, deadline=None)
def test_the_count_agrees_paper_by_paper_with_a_count_by_the_words_of_the_rule(election):
    _, votes = election
    for seats in (1, 2, 3):
        result = gregory(grouped(votes), seats=seats, tie_order=StatedOrder(OPTIONS[::-1]))
        elected, stages = slow_gregory(votes, seats, OPTIONS[::-1])
        assert [dict(counted.totals) for counted in result.rounds] == stages
        assert list(result.winners) == elected
