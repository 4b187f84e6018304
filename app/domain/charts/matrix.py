"""The pairwise matrix: how many votes prefer each option to each other one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.charts.drawing import GREY, INK, PALETTE, amount, shown, specification

CELL = 64


def pairwise_chart(count: Mapping[str, Any], names: Mapping[str, str], title: str) -> dict[str, Any]:
    """Draw the matrix; a cell is coloured where its row beats its column.

    :param count: a count as JSON with a table ``pairwise``.
    """
    table = count["tables"]["pairwise"]
    rows = [
        {
            "preferred": names.get(row, row),
            "to": names.get(column, column),
            "votes": amount(votes),
            "label": shown(votes),
            "outcome": _outcome(amount(votes), amount(table[column][row])),
        }
        for row, columns in table.items()
        for column, votes in columns.items()
        if row != column
    ]
    order = [names.get(option, option) for option in table]
    axis = {"type": "nominal", "sort": order, "axis": {"labelLimit": 120, "ticks": False, "domain": False}}
    outcome = {
        "field": "outcome",
        "type": "nominal",
        "title": None,
        "scale": {"domain": ["wins", "ties", "loses"], "range": [PALETTE[2], PALETTE[1], GREY]},
    }
    body = {
        "encoding": {
            "y": {"field": "preferred", "title": "preferred", **axis},
            "x": {
                "field": "to",
                "title": "to",
                **axis,
                "axis": {"orient": "top", "labelAngle": -40, "ticks": False, "domain": False},
            },
        },
        "layer": [
            {"mark": {"type": "rect", "opacity": 0.45, "stroke": "white"}, "encoding": {"color": outcome}},
            {"mark": {"type": "text", "color": INK}, "encoding": {"text": {"field": "label"}}},
        ],
    }
    return specification(title, rows, body, width={"step": CELL}, height={"step": CELL // 2})


def _outcome(votes: float, against: float) -> str:
    if votes == against:
        return "ties"
    return "wins" if votes > against else "loses"
