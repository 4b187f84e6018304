"""A scorecard as a person wants to read it: before and after side by side, and over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from app.cli.demo.terminal import Terminal, columns, fitted, span

_Card = Mapping[str, Any]

_HEIGHTS = "▁▂▃▄▅▆▇█"


def _share(share: _Card) -> str:
    return f"{share['count']} of {share['of']}"


def _vetoes(card: _Card) -> str:
    vetoed = sum(figures["vetoed"] for figures in card["vetoes"].values())
    overridden = sum(figures["overridden"] for figures in card["vetoes"].values())
    return f"{vetoed} ({overridden} overridden)" if vetoed else "0"


def _median(card: _Card) -> str:
    text = card["median_seconds_to_answer"]
    return "-" if text is None else f"{float(Fraction(text)):.1f} s"


#: What a scorecard is shown with, in this order.
_ROWS: Sequence[tuple[str, Callable[[_Card], str]]] = (
    ("answers given, of those due or given", lambda card: _share(card["answered"])),
    ("answers overdue", lambda card: str(card["overdue"])),
    ("answers that came late", lambda card: str(card["answered_late"])),
    ("median time to answer", _median),
    (
        "refused, whole or in part",
        lambda c: str(c["verdicts"]["refused"] + c["verdicts"]["accepted_in_part"]),
    ),
    ("promises made", lambda card: str(card["promised"])),
    ("kept on time, of those due or kept", lambda card: _share(card["delivered_on_time"])),
    ("promises disputed", lambda card: str(card["promises_disputed"])),
    ("vetoes", _vetoes),
    ("votes without a pre-commitment", lambda card: str(card["precommitments_missing"])),
)

#: What is drawn over time.
_LINES: Sequence[tuple[str, Callable[[_Card], int]]] = (
    ("vetoes", lambda card: sum(figures["vetoed"] for figures in card["vetoes"].values())),
    ("answers owed", lambda card: card["obligations"] - card["answered"]["count"]),
    ("of these overdue", lambda card: card["overdue"]),
    ("answered", lambda card: card["answered"]["count"]),
    ("promises made", lambda card: card["promised"]),
    ("kept on time", lambda card: card["delivered_on_time"]["count"]),
)


def draw_scorecards(terminal: Terminal, cards: Sequence[tuple[str, _Card]]) -> None:
    """Draw scorecards side by side, each under its title; what changed from the first to the last stands out."""
    rows = [(name, [read(card) for _, card in cards]) for name, read in _ROWS]
    label = max(columns(name) for name, _ in rows)
    cells = [
        max(columns(title), *(columns(row[place]) for _, row in rows))
        for place, (title, _) in enumerate(cards)
    ]
    titles = [title for title, _ in cards]
    terminal.line(terminal.style(_line(" " * label, titles, cells), dim=True))
    for name, values in rows:
        changed = values[0] != values[-1]
        terminal.line(terminal.style(_line(fitted(name, label), values, cells), bold=changed))


def _line(label: str, values: Sequence[str], cells: Sequence[int]) -> str:
    return f"    {label}  " + "  ".join(fitted(v, n, right=True) for v, n in zip(values, cells, strict=True))


def draw_series(terminal: Terminal, cards: Sequence[_Card]) -> None:
    """Draw some figures over time, one column an instant, each on the scale of its own greatest."""
    label = max(columns(name) for name, _ in _LINES)
    for name, read in _LINES:
        values = [read(card) for card in cards]
        drawn = terminal.style(sparkline(values), fg="cyan")
        terminal.line(f"    {fitted(name, label)}  {drawn}  {values[-1]}, at most {max(values)}")
    first, last = (dt.datetime.fromisoformat(card["at"]) for card in (cards[0], cards[-1]))
    ago = f"{span((last - first).total_seconds())} ago"
    text = ago + " " * max(len(cards) - len(ago) - len("now"), 1) + "now"
    terminal.line(terminal.style(f"    {' ' * label}  {text}", dim=True))


def sparkline(values: Sequence[int]) -> str:
    """Return a row of bars, one a value; zero is the lowest, the greatest value the highest."""
    greatest = max(values, default=0)
    top = len(_HEIGHTS) - 1
    return "".join(_HEIGHTS[round(value / greatest * top) if greatest else 0] for value in values)
