"""Scottish rules: real wards to the last published digit, and ties that real wards do not have."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.counting import LotOrder, Question, StatedOrder, count, explain
from app.domain.interchange.blt import read_blt

# Official declarations lie beside the repository, never in it.
DATA = Path(__file__).parents[4] / "shared" / "data" / "scottish-2017"
WARDS = sorted(DATA.glob("*.json"))


def stv(ballots, options, seats, tie_order=None):
    return count(Question("stv", options, seats), ballots, tie_order=tie_order or StatedOrder(options))


# The declarations lie beside the repository, which holds no election's data but its own sample.
@pytest.mark.skipif(not WARDS, reason="the official declarations are not on this machine")
@pytest.mark.parametrize("declaration", WARDS, ids=lambda path: path.stem)
def test_a_ward_elects_its_councillors_at_their_stages_with_the_declared_totals(declaration):
    official = json.loads(declaration.read_text())
    election = read_blt(declaration.with_suffix(".blt").read_text())
    assert list(election.names) == official["candidates"]
    options = tuple(f"c{number}" for number in range(1, len(election.names) + 1))
    result = stv(election.canonical_ballots(options), options, election.seats)
    assert (result.figures["quota"], result.valid) == (str(official["quota"]), str(official["valid"]))

    elected = {(option, counted.number) for counted in result.rounds for option in counted.elected}
    assert elected == {(f"c{one['candidate']}", one["stage"]) for one in official["elected"]}

    exact = official["stage_totals_published_to_five_decimals"]
    tolerance = Decimal(0) if exact else Decimal("0.01")
    assert len(result.rounds) == len(official["stages"])
    for counted, published in zip(result.rounds, official["stages"], strict=True):
        for option, total in zip(options, published, strict=True):
            assert abs(Decimal(counted.totals[option]) - Decimal(total)) <= tolerance, (
                counted.number,
                option,
            )
    assert len(explain(result, dict(zip(options, election.names, strict=True)))) == len(result.rounds)


def test_wikipedias_twenty_voters_choose_chocolate_orange_and_strawberry():
    options = ("orange", "pear", "chocolate", "strawberry", "sweets")
    ballots = {
        "orange": 4,
        "pear>orange": 2,
        "chocolate>strawberry": 8,
        "chocolate>sweets": 4,
        "strawberry": 1,
        "sweets": 1,
    }
    result = stv(ballots, options, 3)
    assert sorted(result.winners) == ["chocolate", "orange", "strawberry"]
    assert result.figures["quota"] == "6"


def test_a_transfer_value_is_cut_off_after_five_decimals_and_the_loss_is_reported():
    # 8 votes, 2 seats: quota 3, surplus 4 of 7: 4/7 = 0.571428...
    result = stv({"mint>lime": 7, "plum": 1}, ("mint", "lime", "plum"), 2)
    transfer = result.rounds[1]
    assert transfer.transfer_values[0].passed_on_at == "0.57142"
    assert dict(transfer.transfers) == {"lime": "3.99994"}
    assert transfer.rounding_loss == "0.00006"
    assert result.winners == ("mint", "lime")


def test_the_largest_surplus_is_transferred_first_whenever_it_arose():
    # Quota 21. Round 1 leaves mint 39 over and lime 7; mint's surplus then lifts plum to 23 over.
    ballots = {"mint>plum": 60, "lime>cola": 28, "plum>fig": 2, "cola": 7, "fig": 3}
    result = stv(ballots, ("fig", "cola", "plum", "lime", "mint"), 4)
    assert [(counted.action, counted.subject) for counted in result.rounds[:4]] == [
        ("first_preferences", None),
        ("surplus", "mint"),
        ("surplus", "plum"),
        ("surplus", "lime"),
    ]


def test_equal_surpluses_without_a_past_fall_to_the_tie_order():
    ballots = {"mint>plum": 5, "lime>cola": 5, "plum": 1, "cola": 1}
    options = ("plum", "cola", "lime", "mint")
    result = stv(ballots, options, 3)
    tie = next(tie for tie in result.ties if tie.purpose == "surplus")
    assert (tie.options, tie.value, tie.chosen) == (("lime", "mint"), "5.00000", "lime")
    assert result.rounds[1].subject == "lime"
    # The same tie stood between them when they were elected; there it was only about the order.
    assert result.rounds[0].ties[0].purpose == "order"
    assert result.winners[:2] == ("lime", "mint")


def test_equal_surpluses_with_a_past_fall_to_the_latest_stage_that_tells_them_apart():
    # Quota 20. mint passes on half of 40 votes, which lifts plum from 4 to the 24 lime had from the start.
    ballots = {"mint>plum": 40, "lime>cola": 24, "plum": 4, "cola": 16, "fig": 15}
    result = stv(ballots, ("plum", "lime", "mint", "cola", "fig"), 4)
    tie = next(tie for tie in result.ties if tie.purpose == "surplus")
    assert (tie.round, tie.options, tie.value) == (2, ("plum", "lime"), "24.00000")
    assert (tie.chosen, tie.decided_by, tie.steps[0].round) == ("lime", "earlier_round", 1)


def test_a_tied_exclusion_looks_back_before_the_lot():
    ballots = {"mint": 40, "lime": 12, "plum": 11, "fig>plum": 1, "cola": 20}
    options = ("mint", "lime", "plum", "cola", "fig")
    result = stv(ballots, options, 2)
    tie = next(tie for tie in result.ties if tie.purpose == "exclusion")
    assert (tie.options, tie.chosen, tie.decided_by) == (("lime", "plum"), "plum", "earlier_round")


def test_a_tied_exclusion_without_a_past_falls_to_the_lot():
    options = ("mint", "lime", "plum")
    chosen = set()
    for seed in range(10):
        lot = LotOrder("b7", bytes([seed]), options)
        result = stv({"mint": 5, "lime": 2, "plum": 2}, options, 2, lot)
        tie = next(tie for tie in result.ties if tie.purpose == "exclusion")
        assert tie.decided_by == "lot"
        assert tie.chosen == [option for option in lot.order if option != "mint"][-1]
        chosen.add(tie.chosen)
    assert chosen == {"lime", "plum"}


def test_the_last_vacancies_are_filled_without_further_transfers():
    result = stv({"mint": 10, "lime": 2, "plum": 1}, ("mint", "lime", "plum"), 3)
    assert result.winners == ("mint", "lime", "plum")
    assert len(result.rounds) == 1


def test_quotas_are_exact_for_weights_beyond_64_bits():
    token = 10**18
    result = stv({"mint>lime": 7 * token, "plum": token}, ("mint", "lime", "plum"), 2)
    assert result.figures["quota"] == str(8 * token // 3 + 1)
