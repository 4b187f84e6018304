"""Results and progress are drawn for the terminal there is."""

from __future__ import annotations

import datetime as dt
import io
import sys

import pytest

from app.cli.demo.differences import draw_changes, summary
from app.cli.demo.drawing import draw_result
from app.cli.demo.figures import sparkline
from app.cli.demo.terminal import NARROWEST, Progress, Terminal, columns, fitted, span
from app.cli.demo.words import lasting, off
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
        "token_count": None,
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
    assert "✘ Inquorate" in shown.text


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


def voted(votes, required, comparison=">="):
    whole = votes.get("for", 0) + votes.get("against", 0)
    step = {
        "rule": "threshold",
        "of": "for_plus_against",
        "part": str(votes.get("for", 0)),
        "whole": str(whole),
        "required": required,
        "comparison": comparison,
        "met": True,
    }
    question = counting.Question("yes_no", (), 1, {})
    count = counting.count(question, votes, tie_order=counting.StatedOrder(()))
    return {
        "count": count.to_json(),
        "token_count": None,
        "winners": [],
        "outcome": "passed",
        "decision": {"steps": [step]},
        "turnout": {"voters": whole, "roll_size": whole},
    }


@pytest.mark.parametrize(
    ("votes", "required", "compared"),
    [
        ({"for": 38, "against": 16}, "2/3", "38 x 3 = 114 > 108 = 54 x 2"),
        ({"for": 2, "against": 1}, "2/3", "2 x 3 = 6 = 6 = 3 x 2"),
        ({"for": 3, "against": 1}, "0.75", "3 x 4 = 12 = 12 = 4 x 3"),
        ({"for": 1, "against": 2}, "1/2", "1 x 2 = 2 < 3 = 3 x 1"),
    ],
)
def test_a_vote_for_or_against_shows_its_threshold_exactly(screen, votes, required, compared):
    shown = screen(encoding="ascii")
    draw_result(Terminal(), {}, voted(votes, required))
    assert compared in " ".join(shown.text.split())
    assert "+ Passed" in shown.text
    assert "abstain" not in shown.text


def test_a_series_is_drawn_with_zero_lowest_and_the_greatest_highest():
    assert sparkline([0, 1, 2, 7]) == "▁▂▃█"
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([]) == ""


CHANGES = {
    "articles": {
        "added": [{"id": "seasons", "title": "Seasons", "body": "Ripe\n\nfruit.", "entrenched_by": None}],
        "changed": [{"id": "change", "body": [{"op": "add", "text": "x"}]}],
    },
    "decision_types": {
        "changed": [
            {
                "id": "poll",
                "fields": {
                    "quorum": {"from": None, "to": {"base": "participants", "ratio": "1/5"}},
                    "left_open": {"from": ["quorum", "seats"], "to": ["seats", "method"]},
                    "sponsors": {"from": 2, "to": 3},
                },
            }
        ],
        "removed": [{"id": "old", "title": "Old"}],
        "moved": [{"id": "poll", "from": 3, "to": 1}],
    },
    "delivery": {"from": {}, "to": {}},
}


def test_the_changes_of_a_charter_are_drawn_part_by_part(screen):
    shown = screen()
    draw_changes(Terminal(), CHANGES)
    told = " ".join(shown.text.split())
    assert '+ article seasons, "Seasons": Ripe fruit.' in told
    assert "~ article change: body reworded" in told
    assert "quorum 1/5 of participants, was none" in told
    assert "left open no longer: quorum, now also: method" in told
    assert "sponsors 3, was 2" in told
    assert '- decision type old, "Old"' in told
    assert "~ decision type poll moves from 3 to 1" in told
    assert "~ delivery changed" in told
    assert summary(CHANGES).startswith(
        "1 article added, 1 article changed, 1 decision type changed, 1 decision"
    )
    assert summary(CHANGES).endswith("another delivery")
    assert summary({}) == "no difference"


def test_durations_and_instants_are_said_in_words():
    now = dt.datetime.now(dt.UTC)
    assert (lasting("PT3S"), lasting("P120D"), lasting("P1D")) == ("3 s", "120 days", "1440 min")
    assert off((now + dt.timedelta(days=14)).isoformat()) == "in 14 days"
    assert off((now - dt.timedelta(seconds=5)).isoformat()) == "5 s ago"


@pytest.mark.parametrize(("cells", "text"), [(0, ""), (1, "…"), (2, "a…"), (4, "abc ")])
def test_a_text_is_cut_to_any_width(cells, text):
    assert fitted("abc", cells) == text


def test_of_a_double_majority_both_sides_are_drawn_each_with_its_decision(screen):
    members, tokens = (voted(votes, "1/2") for votes in ({"for": 6, "against": 2}, {"for": 3, "against": 7}))
    missed = {"steps": [step | {"met": False} for step in tokens["decision"]["steps"]]}
    result = members | {
        "token_count": tokens["count"],
        "outcome": "rejected",
        "decision": {
            "members": members["decision"] | {"outcome": "passed"},
            "tokens": missed | {"outcome": "rejected"},
        },
    }
    shown = screen()
    draw_result(Terminal(), {}, result)
    told = " ".join(shown.text.split())
    assert "By members: passed." in told
    assert "Threshold met: 6 of 8" in told
    assert "By tokens: rejected." in told
    assert "Threshold missed: 3 of 10" in told
    assert "Rejected Turnout: 8 of 8" in told
