"""The two orders that decide ties, and the record of how a tie was decided."""

import hashlib

import pytest

from app.domain.counting import LotOrder, StatedOrder, lot_draw
from app.domain.counting.ties import break_tie

OPTIONS = ("mint", "lime", "plum", "cola")


def test_the_lot_is_the_hash_of_exactly_the_documented_bytes():
    encoded = (
        b"althing-tie-lot/1\n"
        b"\x00\x00\x00\x00\x00\x00\x00\x02b7"
        b"\x00\x00\x00\x00\x00\x00\x00\x03\x00\xff\x10"
        b"\x00\x00\x00\x00\x00\x00\x00\x04mint"
    )
    assert lot_draw("b7", b"\x00\xff\x10", "mint") == hashlib.sha256(encoded).digest()
    assert lot_draw("b7", b"\x00\xff\x10", "mint").hex() == (
        "51a3f054f61b5fc36fe57a369fdbe155b5aa1ef3563d16ccfbe6ab0117d06e6b"
    )


def test_the_encoding_keeps_neighbouring_fields_apart():
    draws = {lot_draw("ab", b"c", "d"), lot_draw("a", b"bc", "d"), lot_draw("ab", b"", "cd")}
    assert len(draws) == 3


def test_the_lot_orders_by_draw_whatever_order_the_options_come_in():
    lot = LotOrder("b7", b"seed", OPTIONS)
    assert lot.order == LotOrder("b7", b"seed", OPTIONS[::-1]).order
    assert list(lot.order) == sorted(OPTIONS, key=lambda option: lot_draw("b7", b"seed", option))


def test_another_seed_or_ballot_draws_another_lot():
    orders = {LotOrder("b7", bytes([seed]), OPTIONS).order for seed in range(50)}
    orders |= {LotOrder(f"b{ballot}", b"", OPTIONS).order for ballot in range(50)}
    assert len(orders) > 15


def test_everything_needed_to_draw_again_is_in_the_record():
    lot = LotOrder("b7", b"\x01", OPTIONS)
    assert lot.to_json() == {"rule": "lot", "ballot_id": "b7", "seed": "01", "order": list(lot.order)}
    assert StatedOrder(OPTIONS).to_json() == {"rule": "stated_order", "order": list(OPTIONS)}


def broken(tied, purpose, earlier=()):
    return break_tie(
        StatedOrder(OPTIONS),
        tied,
        round_number=len(earlier) + 1,
        purpose=purpose,
        value="7",
        earlier=earlier,
    )


@pytest.mark.parametrize(
    ("purpose", "chosen"),
    [("election", "mint"), ("surplus", "mint"), ("order", "mint"), ("exclusion", "cola")],
)
def test_the_most_favoured_is_elected_first_and_excluded_last(purpose, chosen):
    tie = broken(["mint", "plum", "cola"], purpose)
    assert tie.chosen == chosen
    assert tie.decided_by == "stated_order"
    assert tie.steps[0].values == {"mint": "1", "plum": "3", "cola": "4"}


def test_the_latest_earlier_round_that_tells_them_apart_decides():
    rounds = [{"mint": 1, "lime": 9}, {"mint": 5, "lime": 4}, {"mint": 6, "lime": 6}]
    tie = broken(["mint", "lime"], "exclusion", rounds)
    assert (tie.chosen, tie.decided_by) == ("lime", "earlier_round")
    assert [(step.round, step.values) for step in tie.steps] == [(2, {"mint": "5", "lime": "4"})]
    assert broken(["mint", "lime"], "surplus", rounds).chosen == "mint"


def test_rounds_narrow_a_tie_of_three_step_by_step_and_the_order_settles_the_rest():
    rounds = [{"mint": 2, "lime": 1, "plum": 2}, {"mint": 3, "lime": 4, "plum": 3}]
    tie = broken(["mint", "lime", "plum"], "exclusion", rounds)
    assert [(step.rule, step.round, step.left) for step in tie.steps] == [
        ("earlier_round", 2, ("mint", "plum")),
        ("stated_order", None, ("plum",)),
    ]
    assert broken(["mint", "lime", "plum"], "election", rounds).chosen == "lime"


def test_a_lot_is_recorded_with_the_draws_it_compared():
    lot = LotOrder("b7", b"seed", OPTIONS)
    tie = break_tie(lot, ["mint", "plum"], round_number=1, purpose="election", value="3")
    assert tie.to_json()["steps"] == [
        {
            "rule": "lot",
            "round": None,
            "values": {option: lot_draw("b7", b"seed", option).hex() for option in ("mint", "plum")},
            "left": [tie.chosen],
        }
    ]
