"""Writing for people: at the width of their terminal, with colours and moving lines only where these work."""

from __future__ import annotations

import os
import shutil
import sys
import time
import unicodedata
from types import TracebackType
from typing import Self

import click

#: A picture needs some room; a narrower terminal wraps its lines.
NARROWEST, WIDEST, USUAL = 60, 100, 80

#: Eighths of a cell, from the left.
_EIGHTHS = " ▏▎▍▌▋▊▉█"
#: Of a multiplication; it looks like a letter where it stands in code.
TIMES = "\N{MULTIPLICATION SIGN}"
_PLAIN = str.maketrans(
    {"✔": "+", "✘": "x", "…": "~", "╎": "|", "·": "-", TIMES: "x", "≥": ">="}
    | dict(zip("▁▂▃▄▅▆▇█", "_.:-=+*#", strict=True))
)

#: A moving line is drawn this often; without one, a line is written this often.
_MOVING_SECONDS = 0.1
_SPARSE_SECONDS = 10.0


class Terminal:
    """Standard output as it is found."""

    def __init__(self) -> None:
        self.moves = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self.coloured = self.moves and not os.environ.get("NO_COLOR")
        columns = shutil.get_terminal_size((USUAL, 24)).columns if self.moves else USUAL
        self.width = min(max(columns - 1, NARROWEST), WIDEST)
        self._one_line = min(columns - 1, WIDEST)
        self.encoding = sys.stdout.encoding or "ascii"
        self.draws_blocks = _can_write(_EIGHTHS, self.encoding)

    def line(self, text: str = "") -> None:
        """Write a line as it is."""
        self._write(text, newline=True)

    def paragraph(self, text: str, *, sign: str = "", fg: str | None = None) -> None:
        """Write a text, wrapped and indented; a coloured sign stands before its first line."""
        start = f"  {sign} " if sign else "  "
        for place, row in enumerate(wrapped(text, self.width - columns(start))):
            self.line((" " * columns(start) if place else self.style(start, fg=fg)) + row)

    def heading(self, text: str) -> None:
        """Write a heading with a blank line before it."""
        self.line()
        self.line(self.style(text, bold=True))

    def style(self, text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False) -> str:
        """Colour a text, where there are colours."""
        if not self.coloured or not (fg or bold or dim):
            return text
        return click.style(text, fg=fg, bold=bold or None, dim=dim or None)

    def status(self, text: str) -> None:
        """Show a line that the next one replaces; nothing where lines cannot be replaced."""
        if self.moves:
            self._write("\r" + fitted(text, self._one_line), newline=False)

    def clear_status(self) -> None:
        """Take the replaceable line away."""
        if self.moves:
            self._write("\r" + " " * self._one_line + "\r", newline=False)

    def bar(self, share: float, cells: int, *, mark: float | None = None) -> str:
        """Draw a horizontal bar.

        :param share: of the cells, 0 to 1.
        :param mark: where to show a threshold beyond the bar's end, 0 to 1.
        """
        eighths = round(min(max(share, 0), 1) * cells * 8)
        if share > 0 and eighths == 0:
            eighths = 1
        whole, rest = divmod(eighths, 8)
        if self.draws_blocks:
            drawn = "█" * whole + (_EIGHTHS[rest] if rest else "")
        else:
            drawn = "#" * max(whole, 1 if rest else 0)
        track = list(drawn.ljust(cells))
        if mark is not None and len(drawn) <= (place := min(int(mark * cells), cells - 1)):
            track[place] = "╎"
        return "".join(track)

    def _write(self, text: str, *, newline: bool) -> None:
        if not self.draws_blocks:
            text = text.translate(_PLAIN).encode(self.encoding, "replace").decode(self.encoding)
        click.echo(text, nl=newline, color=self.coloured)


class Progress:
    """Says how far some work has come and how long the rest will take.

    :param each: what is counted, as in "312 of 600 {each}".
    :param beyond: further requests of the same kind that follow this work, for the time left in all.
    """

    def __init__(self, terminal: Terminal, doing: str, each: str, total: int, *, beyond: int = 0) -> None:
        self._terminal = terminal
        self._doing = doing
        self._each = each
        self._total = total
        self._beyond = beyond
        self._shown = self._started = time.monotonic()

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        return self

    def __call__(self, done: int) -> None:
        """Tell that ``done`` of the total are done."""
        now = time.monotonic()
        pause = _MOVING_SECONDS if self._terminal.moves else _SPARSE_SECONDS
        if not done or done >= self._total or now - self._shown < pause:
            return
        self._shown = now
        rate = done / (now - self._started)
        rest = f"{span((self._total - done + self._beyond) / rate)} left in all"
        text = f"  {self._doing}: {done:,} of {self._total:,} {self._each}, {rate:,.0f} a second, {rest}"
        if not self._terminal.moves:
            self._terminal.line(text)
            return
        room = self._terminal.width - columns(text) - 2
        if room >= 8:  # noqa: PLR2004 - shorter, it would say nothing
            text += "  " + self._terminal.bar(done / self._total, min(room, 24))
        self._terminal.status(text)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._terminal.clear_status()

    @property
    def seconds(self) -> float:
        """Return how long the work has taken so far."""
        return time.monotonic() - self._started


def span(seconds: float) -> str:
    """Say how long something takes, roughly."""
    if seconds < 90:  # noqa: PLR2004 - beyond, minutes are easier to grasp
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min"


def columns(text: str) -> int:
    """Return how many cells of a terminal a text takes: two for wide letters, none for combining marks."""
    return sum(
        0
        if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf"
        else 2
        if unicodedata.east_asian_width(letter) in "WF"
        else 1
        for letter in text
    )


def wrapped(text: str, cells: int) -> list[str]:
    """Return the text's words in lines of at most so many cells; a longer word has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        if lines and columns(lines[-1]) + 1 + columns(word) <= cells:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def fitted(text: str, cells: int, *, right: bool = False) -> str:
    """Return the text in exactly so many cells, cut where it is longer."""
    if columns(text) > cells:
        while text and columns(text) >= cells:
            text = text[:-1]
        text += "…" if cells > 0 else ""
    room = " " * (cells - columns(text))
    return room + text if right else text + room


def _can_write(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
