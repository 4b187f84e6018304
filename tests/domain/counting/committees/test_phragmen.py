"""Phragmén's sequential rule: published examples, ties, and a slow count written another way."""

from fractions import Fraction

import pytest

from app.domain.counting import LotOrder, Question, StatedOrder, count, explain


def counted(ballots, options, seats, tie_order=None):
    question = Question("sequential_phragmen", tuple(options), seats)
    return count(question, ballots, tie_order=tie_order or StatedOrder(tuple(options)))


def loads(result):
    return [(counted.subject, counted.figures["load"]) for counted in result.rounds]


# Lackner and Skowron, Multi-Winner Voting with Approval Preferences (2023), Example 2.1.
TWELVE = {"a,b": 3, "a,c": 3, "a,d": 2, "b,c,f": 1, "e": 1, "f": 1, "g": 1}


def test_the_books_committee_of_twelve_voters():
    # Example 2.9 there; b and c are tied for the second seat.
    result = counted(TWELVE, "abcdefgh", 4)
    assert loads(result) == [("a", "1/8"), ("b", "11/32"), ("c", "55/128"), ("d", "5/8")]
    assert [(tie.round, tie.options, tie.value) for tie in result.ties] == [(2, ("b", "c"), "11/32")]


def test_the_books_committee_of_eight_voters():
    # Example 2.12 there: 1/5, 1/3, 29/60.
    result = counted({"c,d": 3, "a,b": 2, "a,c": 2, "b,d": 1}, "abcd", 3)
    assert loads(result) == [("c", "1/5"), ("b", "1/3"), ("d", "29/60")]


def test_overlapping_lists_checked_by_hand():
    # a: 1/1171 (1034 + 90 + 47). Then q: (1 + 137/1171)/656 = 1308/768176, less than p: (1 + 47/1171)/566. Then
    # b: its 1034 bear 1/1171 each, its other 90 what q took, in all (1 + 1034/1171 + 90 * 1308/768176)/1124.
    ballots = {"a,b,c": 1034, "p,q,r": 519, "a,b,q": 90, "a,p,q": 47}
    result = counted(ballots, "abcpqr", 3)
    third = (1 + Fraction(1034, 1171) + 90 * Fraction(1308, 768_176)) / 1124
    assert loads(result) == [("a", "1/1171"), ("q", str(Fraction(1308, 768_176))), ("b", str(third))]


@pytest.mark.parametrize("method", ["sequential_phragmen", "pav"])
def test_where_voters_keep_to_lists_the_seats_are_those_of_dhondt(method):
    # S. Janson, "Phragmen's and Thiele's election methods" (2016): both then reduce to D'Hondt's method.
    votes = {"a": 416, "b": 338, "c": 246}
    options = tuple(f"{party}{number}" for party in votes for number in range(8))
    lists = {party: ",".join(option for option in options if option[0] == party) for party in votes}
    question = Question(method, options, 8)
    ballots = {lists[party]: number for party, number in votes.items()}
    result = count(question, ballots, tie_order=StatedOrder(options))
    quotients = sorted(
        ((Fraction(number, divisor), party) for party, number in votes.items() for divisor in range(1, 9)),
        reverse=True,
    )
    assert [option[0] for option in result.winners] == [party for _, party in quotients[:8]]


def test_equal_loads_fall_to_the_lot():
    chosen = set()
    for seed in range(8):
        lot = LotOrder("b7", bytes([seed]), ("mint", "lime", "plum"))
        result = counted({"mint": 2, "lime": 2, "plum": 1}, ("mint", "lime", "plum"), 1, lot)
        (tie,) = result.ties
        assert (tie.purpose, tie.options, tie.value, tie.decided_by) == (
            "election",
            ("mint", "lime"),
            "1/2",
            "lot",
        )
        chosen.add(tie.chosen)
        assert result.winners == (tie.chosen,)
    assert chosen == {"mint", "lime"}


def test_a_seat_nobody_has_support_for_stays_empty():
    assert counted({"mint": 5}, ("mint", "lime"), 2).winners == ("mint",)


def test_weights_beyond_64_bits_decide_by_one():
    assert counted({"mint": 10**24, "lime": 10**24 + 1}, ("mint", "lime"), 1).winners == ("lime",)


def test_the_explanation_reads_like_one():
    lines = explain(counted(TWELVE, "abcdefgh", 2), {"a": "Ada", "b": "Bo", "c": "Cy"})
    assert lines == [
        (
            "Round 1: Ada, supported by 8 votes, is the first whose supporters can bear its cost, each with a load "
            "of 0.125 in all, and is elected."
        ),
        (
            "Round 2: Bo and Cy are tied for the next seat. The order stated before voting picks Bo. Bo, supported "
            "by 4 votes, is the first whose supporters can bear its cost, each with a load of 0.34375 in all, and is "
            "elected."
        ),
    ]


@pytest.mark.parametrize("seats", [1, 3, 6])
@pytest.mark.parametrize("salt", range(12))
def test_it_agrees_with_money_earned_over_time(salt, seats):
    # The rule told otherwise: all earn money at one rate, and what its supporters can pay is bought.
    options = "abcdefg"
    ballots = {}
    for voter in range(14):
        number = (voter + 1) * (salt + 3) * 2_654_435_761 % 2**32
        chosen = [option for place, option in enumerate(options) if number >> (3 * place) & 7 > 4]
        if chosen:
            ballots[",".join(chosen)] = 1 + voter % 3
    money = {text: Fraction(0) for text in ballots}
    elected, order = [], StatedOrder(tuple(options[::-1]))
    while len(elected) < seats:
        waits = []
        for option in options:
            supporters = [text for text in ballots if option in text.split(",")]
            if option not in elected and supporters:
                held = sum(money[text] * ballots[text] for text in supporters)
                wait = (1 - held) / sum(ballots[text] for text in supporters)
                waits.append((wait, order.order.index(option), option))
        if not waits:
            break
        wait, _, option = min(waits)
        elected.append(option)
        money = {
            text: Fraction(0) if option in text.split(",") else held + wait for text, held in money.items()
        }
    assert list(counted(ballots, options, seats, order).winners) == elected
