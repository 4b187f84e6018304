"""What every chart shares: the frame of a Vega-Lite specification, colours, numbers and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"

#: Colours that people with any colour vision tell apart: M. Okabe and K. Ito, Color Universal Design (2008),
#: without black; repeated where there are more options.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A800")
GREY = "#9A9A9A"
INK = "#333333"
PAPER = "#FFFFFF"

#: Colours too dark for dark lettering.
_DARK = frozenset({"#0072B2", "#009E73", "#D55E00"})

WIDTH = 560
BAR_STEP = 30

Row = dict[str, Any]


def amount(text: str) -> float:
    """Turn an exact amount ("12", "12.50000" or "25/2") into a number to draw."""
    return float(Fraction(text))


def shown(text: str) -> str:
    """Write an exact amount for a label: whole numbers as they are, others to two decimals."""
    value = Fraction(text)
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.2f}"


def colours(options: Sequence[str]) -> dict[str, str]:
    """Give each option its colour, by its place in the question."""
    return {option: PALETTE[place % len(PALETTE)] for place, option in enumerate(options)}


def lettering(colour: str) -> str:
    """Return the colour of letters that can be read on ``colour``."""
    return PAPER if colour in _DARK else INK


def specification(title: str, rows: Sequence[Row], body: Mapping[str, Any], **size: Any) -> dict[str, Any]:
    """Return a complete Vega-Lite specification over ``rows``."""
    return {
        "$schema": SCHEMA,
        "title": {"text": title, "anchor": "start", "fontSize": 15, "color": INK},
        "background": "white",
        "padding": 12,
        "data": {"values": list(rows)},
        "config": {
            "view": {"stroke": None},
            "font": "sans-serif",
            "axis": {"labelColor": INK, "grid": False},
        },
        **({"width": WIDTH} | size),
        **body,
    }
