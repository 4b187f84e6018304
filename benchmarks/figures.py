"""Figures of several rounds, and the tables they are printed in."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Sequence


def middle(values: Sequence[float], form: str = "{:,.0f}") -> str:
    """Write the median of some values with the least and the greatest of them."""
    median, least, greatest = (form.format(f(values)) for f in (statistics.median, min, max))
    return median if len(values) == 1 else f"{median} ({least} to {greatest})"


def ratios(values: Sequence[float], floors: Sequence[float]) -> str:
    """Write values ÷ floors, each round by itself."""
    return middle([value / floor for value, floor in zip(values, floors, strict=True)], "{:.2f}")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def print_table(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()
) -> None:
    """Print a table in Markdown, which reads well in a terminal too."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    print(f"\n## {title}\n")
    for row in [header, ["-" * width for width in widths], *rows]:
        cells = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print(f"| {' | '.join(cells)} |")
    for note in notes:
        print(f"\n{note}")
    print(flush=True)


def progress(done: str) -> None:
    """Tell whoever waits what was done, on standard error: tables come when they are complete."""
    print(f"{time.strftime('%H:%M:%S')} {done}", file=sys.stderr, flush=True)


def load_average() -> str:
    """Say how many programs wanted the machine's processors in the last minute."""
    return f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
