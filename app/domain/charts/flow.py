"""Flow: how votes moved from round to round, option by option.

Each round is a column of bars stacked in the question's order; ribbons join a round to the next. Where a round
moved the votes of one subject, its ribbons go where the result says they went; otherwise each option's ribbon
simply widens or narrows. What counts for nobody any more is grey.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.charts.drawing import GREY, INK, Row, amount, colours, lettering, shown, specification

EXHAUSTED = ""
EXHAUSTED_NAME = "counts no more"
COLUMN = 0.2
"""Half the width of a column of bars, in rounds."""
STEPS = 12
"""Pieces of which a ribbon's curve is made."""
GAP = 0.02
"""Space between stacked bars, as a share of all votes."""
HEIGHT = 420
ROUND_WIDTH = 110


@dataclass(frozen=True, slots=True)
class _Ribbon:
    """Votes moving from an option in one round to an option in the next."""

    source: str
    target: str
    width: float
    target_width: float


def flow_chart(count: Mapping[str, Any], names: Mapping[str, str], title: str) -> dict[str, Any]:
    """Draw the rounds of a count whose votes move.

    :param count: a count as JSON, of at least one round.
    """
    standings = [_standing(counted) for counted in count["rounds"]]
    order = [*count["options"], EXHAUSTED]
    whole = max(sum(standing.values()) for standing in standings) or 1.0
    bases = [_stack(order, standing, GAP * whole) for standing in standings]
    paint = {**colours(count["options"]), EXHAUSTED: GREY}
    named = {option: names.get(option, option) for option in count["options"]} | {EXHAUSTED: EXHAUSTED_NAME}
    rows: list[Row] = []
    for place, (counted, standing) in enumerate(zip(count["rounds"], standings, strict=True)):
        for bar in _bars(place, counted, standing, bases[place]):
            option = bar["option"]
            rows.append(bar | {"option": named[option], "ink": lettering(paint[option])})
    for place in range(len(standings) - 1):
        moved = _ribbons(count["rounds"][place + 1], standings[place], standings[place + 1], order)
        rows += _curves(place, moved, bases[place], bases[place + 1], named)
    scale = {"domain": list(named.values()), "range": [paint[option] for option in named]}
    body = _layers(len(standings), scale)
    return specification(title, rows, body, width=ROUND_WIDTH * len(standings), height=HEIGHT)


def _standing(counted: Mapping[str, Any]) -> dict[str, float]:
    totals = {option: amount(total) for option, total in counted["totals"].items()}
    return totals | {EXHAUSTED: amount(counted["exhausted"])}


def _stack(order: Sequence[str], standing: Mapping[str, float], gap: float) -> dict[str, float]:
    """Return where each option's bar begins; the first option of the question is on top."""
    bases, base = {}, 0.0
    for option in reversed(order):
        bases[option] = base
        if standing[option] > 0:
            base += standing[option] + gap
    return bases


def _bars(
    place: int,
    counted: Mapping[str, Any],
    standing: Mapping[str, float],
    bases: Mapping[str, float],
) -> Iterator[Row]:
    for option, value in standing.items():
        if value <= 0:
            continue
        exact = counted["exhausted"] if option == EXHAUSTED else counted["totals"][option]
        mark = "✓ " if option in counted["elected"] else ""
        yield {
            "kind": "bar",
            "option": option,
            "round": f"Round {counted['number']}",
            "x": place - COLUMN,
            "x2": place + COLUMN,
            "middle": place,
            "y": bases[option],
            "y2": bases[option] + value,
            "centre": bases[option] + value / 2,
            "label": mark + shown(exact),
            "votes": exact,
        }


def _ribbons(
    counted: Mapping[str, Any],
    before: Mapping[str, float],
    after: Mapping[str, float],
    order: Sequence[str],
) -> list[_Ribbon]:
    """Say what moved where, in an order in which ribbons do not cross more than they must."""
    subject = counted["subject"]
    moved: dict[tuple[str, str], tuple[float, float]] = {}
    for option in order:
        if option != subject:
            kept = min(before[option], after[option]) if subject else before[option]
            moved[option, option] = (kept, kept if subject else after[option])
    if subject:
        moved[subject, subject] = (after[subject], after[subject])
        for target, text in counted["transfers"].items():
            moved[subject, target] = (amount(text), amount(text))
        lost = amount(counted["non_transferable"])
        moved[subject, EXHAUSTED] = (lost, lost)
    rank = {option: place for place, option in enumerate(reversed(order))}
    return [
        _Ribbon(source, target, *moved[source, target])
        for source, target in sorted(moved, key=lambda pair: (rank[pair[0]], rank[pair[1]]))
        if moved[source, target][0] > 0
    ]


def _curves(
    place: int,
    ribbons: Sequence[_Ribbon],
    starts: Mapping[str, float],
    ends: Mapping[str, float],
    named: Mapping[str, str],
) -> Iterator[Row]:
    leaving, arriving = dict(starts), dict(ends)
    from_y: dict[int, float] = {}
    for number, ribbon in enumerate(ribbons):
        from_y[number] = leaving[ribbon.source]
        leaving[ribbon.source] += ribbon.width
    # Arrivals stack in the order of where they come from, as departures do in the order of where they go.
    for number, ribbon in enumerate(ribbons):
        to_y = arriving[ribbon.target]
        arriving[ribbon.target] += ribbon.target_width
        for step in range(STEPS + 1):
            along = step / STEPS
            eased = along * along * (3 - 2 * along)
            low = from_y[number] + (to_y - from_y[number]) * eased
            width = ribbon.width + (ribbon.target_width - ribbon.width) * eased
            yield {
                "kind": "ribbon",
                "flow": f"{place}-{number}",
                "option": named[ribbon.source],
                "x": place + COLUMN + along * (1 - 2 * COLUMN),
                "y": low,
                "y2": low + width,
            }


def _layers(rounds: int, scale: Mapping[str, Any]) -> dict[str, Any]:
    colour = {
        "field": "option",
        "type": "nominal",
        "title": None,
        "scale": scale,
        "legend": {"symbolOpacity": 1, "symbolType": "square"},
    }
    across = {"type": "quantitative", "axis": None, "scale": {"domain": [-0.5, rounds - 0.5], "nice": False}}
    up = {"type": "quantitative", "axis": None}
    return {
        "layer": [
            {
                "transform": [{"filter": "datum.kind === 'ribbon'"}],
                "mark": {"type": "area", "opacity": 0.35},
                "encoding": {
                    "x": {"field": "x", **across},
                    "y": {"field": "y", **up},
                    "y2": {"field": "y2"},
                    "color": colour,
                    "detail": {"field": "flow"},
                },
            },
            {
                "transform": [{"filter": "datum.kind === 'bar'"}],
                "mark": {"type": "rect", "cornerRadius": 2},
                "encoding": {
                    "x": {"field": "x", **across},
                    "x2": {"field": "x2"},
                    "y": {"field": "y", **up},
                    "y2": {"field": "y2"},
                    "color": colour,
                    "tooltip": [{"field": "round"}, {"field": "option"}, {"field": "votes"}],
                },
            },
            {
                "transform": [{"filter": "datum.kind === 'bar'"}],
                "mark": {"type": "text", "fontSize": 10},
                "encoding": {
                    "color": {"field": "ink", "type": "nominal", "scale": None},
                    "x": {"field": "middle", **across},
                    "y": {"field": "centre", **up},
                    "text": {"field": "label"},
                },
            },
            {
                "transform": [
                    {"filter": "datum.kind === 'bar'"},
                    {
                        "aggregate": [{"op": "max", "field": "y2", "as": "top"}],
                        "groupby": ["round", "middle"],
                    },
                ],
                "mark": {"type": "text", "dy": -10, "fontWeight": "bold", "color": INK},
                "encoding": {
                    "x": {"field": "middle", **across},
                    "y": {"field": "top", **up},
                    "text": {"field": "round"},
                },
            },
        ]
    }
