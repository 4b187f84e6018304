from __future__ import annotations

import json
from fractions import Fraction

import pytest

from app.domain import counting
from app.domain.charts import charts

OPTIONS = ("mint", "lime", "plum", "yuzu")
NAMES = {option: option.title() for option in OPTIONS}


def count(method, ballots, *, seats=1, **settings):
    options = () if method == "yes_no" else OPTIONS
    question = counting.Question(method, options, seats, settings)
    tally = {counting.canonical(question, choice): weight for choice, weight in ballots}
    return counting.count(question, tally, tie_order=counting.StatedOrder(options)).to_json()


RANKED = [(["mint", "lime"], 60), (["lime", "plum"], 20), (["plum", "yuzu"], 25), (["yuzu"], 12)]
COSTS = {"mint": 30, "lime": 20, "plum": 40, "yuzu": 90}
COUNTS = {
    "irv": (count("irv", RANKED), ["flow", "totals"]),
    "stv": (count("stv", RANKED, seats=2), ["flow", "totals"]),
    "meek": (count("stv", RANKED, seats=2, rules="meek"), ["flow", "totals"]),
    "schulze": (count("schulze", RANKED), ["pairwise", "totals"]),
    "approval": (count("approval", [(["mint", "plum"], 3)]), ["totals"]),
    "yes_no": (count("yes_no", [("for", 3), ("against", 1)]), ["totals"]),
    "budget": (
        count("greedy_budget", [(["mint", "plum"], 3), (["lime"], 2)], budget=80, costs=COSTS),
        ["spending", "totals"],
    ),
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_has_the_charts_that_fit_it(name):
    result, expected = COUNTS[name]
    assert [chart.name for chart in charts(result, NAMES)] == expected


@pytest.mark.parametrize("name", COUNTS)
def test_every_chart_can_be_drawn(name):
    converter = pytest.importorskip("vl_convert")
    for chart in charts(COUNTS[name][0], NAMES):
        svg = converter.vegalite_to_svg(json.dumps(chart.specification), allowed_base_urls=[])
        assert chart.title in svg
        assert "NaN" not in svg


def test_the_flow_leaves_no_vote_behind():
    result = COUNTS["stv"][0]
    (flow, _) = charts(result, NAMES)
    rows = flow.specification["data"]["values"]
    for place, counted in enumerate(result["rounds"]):
        drawn = sum(row["y2"] - row["y"] for row in rows if row["kind"] == "bar" and row["middle"] == place)
        whole = sum(map(Fraction, counted["totals"].values())) + Fraction(counted["exhausted"])
        assert drawn == pytest.approx(float(whole))
    arrivals = [row for row in rows if row["kind"] == "ribbon" and row["flow"].startswith("0-")]
    thickness = {row["flow"]: row["y2"] - row["y"] for row in arrivals}
    loss = float(Fraction(result["rounds"][1]["rounding_loss"]))
    assert sum(thickness.values()) == pytest.approx(117 - loss, abs=1e-3)


def test_a_name_with_markup_stays_text():
    converter = pytest.importorskip("vl_convert")
    names = NAMES | {"mint": "<script>alert(1)</script>"}
    (chart,) = charts(COUNTS["approval"][0], names)
    assert "<script" not in converter.vegalite_to_svg(json.dumps(chart.specification))
