"""Spending: what each project costs, which were funded, and how the budget was used up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.charts.drawing import BAR_STEP, GREY, INK, PALETTE, amount, shown, specification

FUNDED, NOT_FUNDED = "funded", "not funded"


def spending_chart(count: Mapping[str, Any], names: Mapping[str, str], title: str) -> dict[str, Any]:
    """Draw each project's cost beside the budget: funded ones follow one another up to the budget's line.

    :param count: a count as JSON whose settings hold ``budget`` and ``costs``.
    """
    costs, budget = count["settings"]["costs"], count["settings"]["budget"]
    funded = [option for option in count["winners"] if option in costs]
    rest = [option for option in count["options"] if option not in funded]
    rows, spent = [], 0.0
    for option in [*funded, *rest]:
        cost = float(costs[option])
        start = spent if option in funded else 0.0
        rows.append(
            {
                "name": names.get(option, option),
                "start": start,
                "end": start + cost,
                "label": f"{costs[option]} · {shown(count['totals'][option])} votes"
                if option in count["totals"]
                else str(costs[option]),
                "standing": FUNDED if option in funded else NOT_FUNDED,
            }
        )
        spent = start + cost if option in funded else spent
    order = [row["name"] for row in rows]
    name = {
        "field": "name",
        "type": "nominal",
        "title": None,
        "sort": order,
        "axis": {"labelLimit": 220, "ticks": False, "domain": False},
    }
    standing = {
        "field": "standing",
        "type": "nominal",
        "title": None,
        "scale": {"domain": [FUNDED, NOT_FUNDED], "range": [PALETTE[2], GREY]},
    }
    across = {"type": "quantitative", "title": f"budget {budget}", "axis": {"format": "~s"}}
    body = {
        "layer": [
            {
                "mark": {"type": "bar", "tooltip": True},
                "encoding": {
                    "y": name,
                    "x": {"field": "start", **across},
                    "x2": {"field": "end"},
                    "color": standing,
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 10, "color": INK},
                "encoding": {"y": name, "x": {"field": "end", **across}, "text": {"field": "label"}},
            },
            {
                "data": {"values": [{"budget": amount(str(budget))}]},
                "mark": {"type": "rule", "strokeDash": [5, 4], "color": INK},
                "encoding": {"x": {"field": "budget", **across}},
            },
        ]
    }
    return specification(title, rows, body, height={"step": BAR_STEP})
