"""Bars: the final or deciding total of every option or answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.charts.drawing import BAR_STEP, GREY, INK, PALETTE, amount, shown, specification

WON, OTHERS = "elected", "not elected"


def totals_chart(count: Mapping[str, Any], names: Mapping[str, str], title: str) -> dict[str, Any]:
    """Draw a bar for each total, the largest first, winners in colour.

    :param count: a count as JSON.
    :param names: the options' titles by id; an answer without one stands for itself.
    """
    rows = [
        {
            "name": names.get(option, option),
            "total": amount(total),
            "label": shown(total),
            "standing": WON if option in count["winners"] else OTHERS,
        }
        for option, total in count["totals"].items()
    ]
    colour: dict[str, Any] = {"value": PALETTE[0]}
    if count["winners"]:
        colour = {
            "field": "standing",
            "type": "nominal",
            "title": None,
            "scale": {"domain": [WON, OTHERS], "range": [PALETTE[0], GREY]},
        }
    order = [row["name"] for row in sorted(rows, key=lambda row: -row["total"])]
    name = {
        "field": "name",
        "type": "nominal",
        "title": None,
        "sort": order,
        "axis": {"labelLimit": 200, "ticks": False, "domain": False},
    }
    total = {"field": "total", "type": "quantitative", "title": None, "axis": None}
    layers = [
        {"mark": {"type": "bar", "cornerRadiusEnd": 3, "tooltip": True}, "encoding": {"color": colour}},
        {
            "mark": {"type": "text", "align": "left", "dx": 5, "color": INK},
            "encoding": {"text": {"field": "label"}},
        },
    ]
    body = {"encoding": {"y": name, "x": total}, "layer": layers}
    return specification(title, rows, body, height={"step": BAR_STEP})
