"""Charts of a counted ballot, as Vega-Lite specifications that a portal can embed.

They are drawn from the result's JSON alone, so that a result fetched years later draws the same. Numbers become
floats here and only here: a chart decides nothing.
"""

from app.domain.charts.registry import Chart, charts

__all__ = ["Chart", "charts"]
