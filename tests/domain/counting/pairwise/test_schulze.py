"""The Schulze method: published examples, and a count by its definition."""

from itertools import pairwise, permutations

from hypothesis import given

from app.domain.counting import LotOrder, StatedOrder, parse
from tests.domain.counting.elections import (
    CITIES,
    CYCLE,
    OPTIONS,
    SCHULZE,
    TENNESSEE,
    counted,
    elections,
    grouped,
)

A_TO_E = tuple("abcde")


def test_schulzes_45_voters_prefer_e_a_c_b_d():
    result = counted("schulze", SCHULZE, A_TO_E)
    assert result.winners == ("e",)
    assert result.figures["ranking"] == "e>a>c>b>d"
    assert dict(result.totals) == {"a": "3", "b": "1", "c": "2", "d": "0", "e": "4"}


def test_schulzes_45_voters_have_the_published_matrix_and_path_strengths():
    # https://en.wikipedia.org/wiki/Schulze_method: d[*,*] and p[*,*].
    result = counted("schulze", SCHULZE, A_TO_E)
    rows = result.tables["pairwise"]
    assert [[rows[one].get(other) for other in A_TO_E] for one in A_TO_E] == [
        [None, "20", "26", "30", "22"],
        ["25", None, "16", "33", "18"],
        ["19", "29", None, "17", "24"],
        ["15", "12", "28", None, "14"],
        ["23", "27", "21", "31", None],
    ]
    paths = result.tables["paths"]
    votes = [[paths[one].get(other, "").partition(":")[0] for other in A_TO_E] for one in A_TO_E]
    assert votes == [
        ["", "28", "28", "30", "24"],
        ["25", "", "28", "33", "24"],
        ["25", "29", "", "29", "24"],
        ["25", "28", "28", "", "24"],
        ["25", "28", "28", "31", ""],
    ]


def test_tennessee_chooses_nashville_who_beats_every_other_city():
    result = counted("schulze", TENNESSEE, CITIES)
    assert result.figures["ranking"] == "nashville>chattanooga>knoxville>memphis"
    assert result.rounds[0].statements[-1].key == "pairwise.condorcet_winner"


def test_a_cycle_is_resolved_by_the_strongest_paths():
    # A beats B 6:3, B beats C 7:2, C beats A 5:4: paths A-B 6, A-C 6, B-C 7, and 5 backwards.
    result = counted("schulze", CYCLE, ("a", "b", "c"))
    assert result.figures["ranking"] == "a>b>c"
    assert {one: dict(row) for one, row in result.tables["paths"].items()} == {
        "a": {"b": "6:3", "c": "6:3"},
        "b": {"a": "5:4", "c": "7:2"},
        "c": {"a": "5:4", "b": "5:4"},
    }


def test_winning_votes_and_margins_can_elect_different_options():
    # C beats B 6:3, B beats A 5:4, A beats C 4:2: the weakest victory has 4 votes, or a margin of 1.
    ballots = {"c>b>a": 2, "b": 3, "a>c": 4}
    assert counted("schulze", ballots, ("a", "b", "c")).winners == ("c",)
    by_margins = counted("schulze", ballots, ("a", "b", "c"), strength="margins")
    assert by_margins.winners == ("a",)
    assert by_margins.tables["paths"]["a"] == {"b": "2", "c": "2"}


def test_equal_votes_are_told_apart_by_the_opposition():
    # A beats B 5:3, B beats C 5:2, C beats A 5:4: the last is the weakest, because most oppose it.
    ballots = {"c>a": 1, "b=c": 2, "b>c": 1, "a>b": 4, "c": 1}
    result = counted("schulze", ballots, ("a", "b", "c"))
    assert result.winners == ("a",)
    assert result.ties == ()


def test_several_unbeaten_options_fall_to_the_tie_order():
    ballots = {"a>b": 1, "b>a": 1, "c": 1}
    for order in permutations("abc"):
        result = counted("schulze", ballots, ("a", "b", "c"), tie_order=StatedOrder(order))
        (tie,) = result.ties
        assert (tie.purpose, tie.decided_by) == ("election", "stated_order")
        assert set(tie.options) >= {"a", "b"}
        assert result.winners == (next(option for option in order if option in tie.options),)


def test_the_lot_chooses_among_several_unbeaten_options():
    chosen = set()
    for seed in range(12):
        lot = LotOrder("b7", bytes([seed]), ("a", "b"))
        result = counted("schulze", {"a": 1, "b": 1}, ("a", "b"), tie_order=lot)
        assert result.winners == lot.order[:1]
        assert result.ties[0].decided_by == "lot"
        chosen |= {*result.winners}
    assert chosen == {"a", "b"}


def slow_strengths(question, votes):
    """Compare by looking at every ballot for every pair."""
    preferring = dict.fromkeys(permutations(OPTIONS, 2), 0)
    for text, weight in votes:
        groups = parse(question, text)
        rank = {option: place for place, group in enumerate(groups) for option in group}
        for one, other in preferring:
            if rank.get(one, len(OPTIONS)) < rank.get(other, len(OPTIONS)):
                preferring[one, other] += weight
    strengths = {}
    for (one, other), votes_for in preferring.items():
        against = preferring[other, one]
        if votes_for > against:
            margins = question.settings.get("strength") == "margins"
            strengths[one, other] = (votes_for - against,) if margins else (votes_for, -against)
    return strengths


def slow_schulze(question, votes):
    """Return whoever has, by trying every path, none with a stronger path to them than theirs back."""
    strengths = slow_strengths(question, votes)
    best = {}
    for length in range(2, len(OPTIONS) + 1):
        for path in permutations(OPTIONS, length):
            links = list(pairwise(path))
            if all(link in strengths for link in links):
                ends = (path[0], path[-1])
                weakest = min(strengths[link] for link in links)
                best[ends] = max(best.get(ends, weakest), weakest)
    nothing = (-1, 0)
    return [
        one
        for one in OPTIONS
        if all(best.get((one, o), nothing) >= best.get((o, one), nothing) for o in OPTIONS if o != one)
    ]


@given(
    elections(methods=("schulze",), min_votes=1).filter(
        lambda election: "status_quo" not in election[0].settings
    )
)
def test_schulze_agrees_with_a_search_of_every_path(election):
    question, votes = election
    result = counted("schulze", grouped(votes), **question.settings)
    unbeaten = slow_schulze(question, votes)
    assert result.winners == (unbeaten[0],)
    assert [set(tie.options) for tie in result.ties] == ([set(unbeaten)] if len(unbeaten) > 1 else [])
    assert result.figures["ranking"].split(">")[0].split("=") == unbeaten
