"""Which charts a count has, decided by what its result holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.charts.bars import totals_chart
from app.domain.charts.flow import flow_chart
from app.domain.charts.matrix import pairwise_chart
from app.domain.charts.spending import spending_chart

#: Methods whose votes move from option to option.
TRANSFERABLE = frozenset({"irv", "stv"})

Count = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of a count: its name in addresses, its title, and its Vega-Lite specification."""

    name: str
    title: str
    specification: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    title: str
    fits: Callable[[Count], bool]
    draw: Callable[[Count, Mapping[str, str], str], dict[str, Any]]


_KINDS = (
    _Kind("spending", "What the budget pays for", lambda count: "costs" in count["settings"], spending_chart),
    _Kind(
        "flow",
        "How the votes moved, round by round",
        lambda count: count["method"] in TRANSFERABLE and bool(count["rounds"]),
        flow_chart,
    ),
    _Kind(
        "pairwise",
        "How many prefer the one to the other",
        lambda count: "pairwise" in count.get("tables", {}),
        pairwise_chart,
    ),
    _Kind("totals", "Totals", lambda count: bool(count["totals"]), totals_chart),
)


def charts(count: Count, names: Mapping[str, str]) -> tuple[Chart, ...]:
    """Return the charts of a count, the most telling first.

    :param count: a count as JSON: :meth:`app.domain.counting.CountResult.to_json`, or one stored.
    :param names: the options' titles by id.
    """
    return tuple(
        Chart(kind.name, kind.title, kind.draw(count, names, kind.title))
        for kind in _KINDS
        if kind.fits(count)
    )
