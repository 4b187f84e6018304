"""Results and progress are drawn for the terminal there is."""

from __future__ import annotations

import io
import sys

import pytest

from app.cli.demo.drawing import draw_result
from app.cli.demo.terminal import NARROWEST, Progress, Terminal, columns, fitted, span
from app.domain import counting

OPTIONS = ("mint", "lime", "yuzu")
NAMES = {"mint": "Mint", "lime": "Lime with a very long name that goes on and on", "yuzu": "柚子レモネード"}


class Screen(io.TextIOWrapper):
    """Standard output of some kind."""

    def __init__(self, encoding="utf-8", *, interactive=False):
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self.interactive = interactive

    def isatty(self):
        return self.interactive

    @property
    def text(self):
        return self.buffer.getvalue().decode(self.encoding)


@pytest.fixture
def screen(monkeypatch):
    def show(**options):
        made = Screen(**options)
        monkeypatch.setattr(sys, "stdout", made)
        return made

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return show


def certified(method, ballots, seats=1, settings=None):
    question = counting.Question(method, OPTIONS, seats, settings or {})
    count = counting.count(question, ballots, tie_order=counting.StatedOrder(OPTIONS))
    number = sum(ballots.values())
    return {
        "count": count.to_json(),
        "winners": list(count.winners),
        "outcome": "decided",
        "decision": {"steps": []},
        "turnout": {"voters": number, "roll_size": number + 1},
    }


IRV = certified("irv", {"mint": 4, "lime>yuzu": 3, "yuzu>lime": 2, "yuzu": 1})
STV = certified("stv", {"mint>lime": 700, "lime": 200, "yuzu": 100}, seats=2)
APPROVAL = certified("approval", {"mint,lime": 3, "yuzu": 1})


@pytest.mark.parametrize("result", [IRV, STV, APPROVAL], ids=["irv", "stv", "approval"])
@pytest.mark.parametrize("wide", ["80", "40", "200"])
def test_no_line_is_wider_than_the_terminal(screen, monkeypatch, result, wide):
    monkeypatch.setenv("COLUMNS", wide)
    shown = screen(interactive=True)
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    draw_result(terminal, NAMES, result)
    assert max(columns(line) for line in shown.text.splitlines()) <= max(int(wide) - 1, NARROWEST)


def test_what_is_piped_has_no_colours_and_no_moving_lines(screen):
    shown = screen()
    terminal = Terminal()
    draw_result(terminal, NAMES, IRV)
    terminal.status("soon gone")
    terminal.clear_status()
    assert "\x1b" not in shown.text
    assert "\r" not in shown.text
    assert "█" in shown.text


def test_a_terminal_has_colours_unless_they_are_unwanted(screen, monkeypatch):
    shown = screen(interactive=True)
    draw_result(Terminal(), NAMES, IRV)
    assert "\x1b[32m" in shown.text
    monkeypatch.setenv("NO_COLOR", "1")
    shown = screen(interactive=True)
    draw_result(Terminal(), NAMES, IRV)
    assert "\x1b" not in shown.text


def test_a_terminal_without_unicode_gets_plain_bars(screen):
    shown = screen(encoding="ascii")
    draw_result(Terminal(), NAMES, IRV)
    assert "####" in shown.text


def test_every_round_shows_who_stands_where_and_what_happened(screen):
    shown = screen()
    draw_result(Terminal(), {}, IRV)
    said = " ".join(shown.text.split())
    assert "Round 1: the first choices." in said
    assert "Round 2: lime and yuzu are tied with the fewest votes (3)." in said
    excluded = next(counted["excluded"][0] for counted in IRV["count"]["rounds"] if counted["excluded"])
    assert [line for line in shown.text.splitlines() if excluded in line and line.endswith("excluded")]
    assert "no further choice" in shown.text
    assert "✔ Wins: " in shown.text
    assert "Turnout: 10 of 11" in said


def test_a_ballot_in_which_nobody_chose_anything_is_drawn(screen):
    shown = screen()
    empty = certified("irv", {"": 2}, settings={"min": 0}) | {"outcome": "inquorate"}
    draw_result(Terminal(), NAMES, empty)
    assert "Nobody expressed a choice" in shown.text
    assert "Outcome: inquorate" in shown.text


@pytest.mark.parametrize(
    ("share", "drawn"), [(0, "    "), (1, "████"), (0.5, "██  "), (0.001, "▏   "), (2, "████")]
)
def test_a_bar_is_drawn_to_the_eighth_of_a_cell(screen, share, drawn):
    screen()
    assert Terminal().bar(share, 4) == drawn


def test_a_threshold_is_marked_beyond_the_bar(screen):
    screen()
    terminal = Terminal()
    assert terminal.bar(0.25, 8, mark=0.5) == "██  ╎   "
    assert terminal.bar(0.75, 8, mark=0.5) == "██████  "
    assert terminal.bar(0.25, 8, mark=1) == "██     ╎"


def test_wide_letters_take_two_cells():
    assert columns("柚子") == 4
    assert fitted("柚子レモネード", 8) == "柚子レ… "
    assert fitted("ab", 4, right=True) == "  ab"


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "1 s"), (61, "61 s"), (150, "2 min")])
def test_a_time_is_said_roughly(seconds, said):
    assert span(seconds) == said


def test_progress_is_one_moving_line_on_a_terminal(screen):
    shown = screen(interactive=True)
    with Progress(Terminal(), "Voting", "votes", 1000, beyond=500) as progress:
        progress._shown -= 1
        progress(400)
    assert "\n" not in shown.text
    assert "400 of 1,000 votes" in shown.text
    assert "left in all" in shown.text


def test_progress_is_a_line_now_and_then_where_lines_cannot_move(screen):
    shown = screen()
    with Progress(Terminal(), "Voting", "votes", 1000) as progress:
        progress(100)
        progress._shown -= 11
        progress(200)
        progress(300)
    assert shown.text.count("\n") == 1
