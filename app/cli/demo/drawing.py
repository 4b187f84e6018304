"""A certified result as a person wants to read it: bars, round by round, with what happened in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.cli.demo.terminal import TIMES, Terminal, columns, fitted
from app.domain.counting.explanation import explain, readable

#: What the bars show already, so the words leave it out.
_SHOWN_BY_BARS = frozenset({"first_preferences", "transfers", "non_transferable", "most_votes.totals"})

#: The answers to a question that is voted for or against, in their order, with their colours.
_ANSWERS = {"for": "green", "against": "red", "abstain": None}
#: What came of it, with its sign and colour.
_OUTCOMES = {"passed": ("✔", "green"), "rejected": ("✘", "red"), "inquorate": ("✘", "red")}

_WIDEST_NAME = 28
_NARROWEST_BAR = 8


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a picture: a name, its total, what it gained, what became of it."""

    name: str
    total: str
    change: str = ""
    mark: str = ""
    colour: str | None = None
    bar: bool = True


def draw_result(terminal: Terminal, names: Mapping[str, str], result: Mapping[str, Any]) -> None:
    """Draw a certified result.

    :param names: option id to title.
    :param result: the document the API serves.
    """
    count = result["count"]
    if result["token_count"] is not None:
        _draw_both(terminal, result)
        return
    if count["method"] == "yes_no":
        _draw_answers(terminal, count)
    elif len(count["rounds"]) > 1 or count["method"] in {"irv", "stv"}:
        _draw_rounds(terminal, names, count)
    else:
        _draw_totals(terminal, names, count, result["winners"])
    _draw_outcome(terminal, names, result)


def _draw_answers(terminal: Terminal, count: Mapping[str, Any]) -> None:
    """Draw a vote for or against; the bars say all there is to say."""
    cast = float(count["valid"])
    rows = [
        _Row(answer, total, f"{float(total) / cast:.0%}" if cast else "", colour=colour)
        for answer, colour in _ANSWERS.items()
        if float(total := count["totals"][answer]) or answer != "abstain"
    ]
    _Layout.of(terminal, rows).draw(terminal, rows, scale=cast)


def _draw_both(terminal: Terminal, result: Mapping[str, Any]) -> None:
    """Draw a double majority: what members and tokens each decided, and what follows from both."""
    for side, counted in (("members", "count"), ("tokens", "token_count")):
        decided = result["decision"][side]
        terminal.paragraph(f"By {side}: {decided['outcome']}.")
        _draw_answers(terminal, result[counted])
        for text in _decision(decided):
            terminal.paragraph(text)
    terminal.line()
    sign, colour = _OUTCOMES[result["outcome"]]
    terminal.paragraph(result["outcome"].capitalize(), sign=sign, fg=colour)
    terminal.paragraph(_turnout(result["turnout"]))


def _draw_totals(
    terminal: Terminal, names: Mapping[str, str], count: Mapping[str, Any], winners: Sequence[str]
) -> None:
    totals = sorted(count["totals"].items(), key=lambda item: -float(item[1]))
    valid = float(count["valid"])
    rows = [
        _Row(
            names.get(option, option),
            total,
            f"{float(total) / valid:.0%}" if valid else "",
            "wins" if option in winners else "",
            "green" if option in winners else "cyan",
        )
        for option, total in totals
    ]
    _Layout.of(terminal, rows).draw(terminal, rows, scale=valid)
    for text in _words(names, count):
        terminal.paragraph(text)


def _draw_rounds(terminal: Terminal, names: Mapping[str, str], count: Mapping[str, Any]) -> None:
    """Draw every round with its options in one order: as they were elected, then the last excluded first."""
    rounds = count["rounds"]
    excluded = [option for counted in rounds for option in counted["excluded"]]
    places = [*count["winners"], *(o for o in count["options"] if o not in (*count["winners"], *excluded))]
    places += reversed(excluded)
    scale = max((float(total) for counted in rounds for total in counted["totals"].values()), default=0)
    elected: set[str] = set()
    gone: set[str] = set()
    pictures = []
    for counted in rounds:
        rows = [_option_row(counted, option, names, elected) for option in places if option not in gone]
        if float(counted["exhausted"]):
            change = _gained(counted["non_transferable"])
            rows.append(_Row("no further choice", counted["exhausted"], change, bar=False))
        pictures.append(rows)
        elected |= set(counted["elected"])
        gone |= set(counted["excluded"])
    layout = _Layout.of(terminal, [row for rows in pictures for row in rows])
    words = _words(names, count)
    for counted, rows, text in zip(rounds, pictures, words, strict=False):
        terminal.line()
        terminal.paragraph(f"{text} the first choices." if text.endswith(":") else text)
        layout.draw(terminal, rows, scale=scale, mark=_mark(count, counted))
    for text in words[len(rounds) :]:
        terminal.paragraph(text)


def _option_row(counted: Mapping[str, Any], option: str, names: Mapping[str, str], elected: set[str]) -> _Row:
    name, total = names.get(option, option), counted["totals"][option]
    change = _gained(counted["transfers"].get(option, "0"))
    if option in counted["elected"]:
        return _Row(name, total, change, "elected", "green")
    if option in counted["excluded"]:
        return _Row(name, total, change, "excluded", "red")
    if option in elected:
        passed_on = counted["figures"].get("surplus", "0") if option == counted["subject"] else "0"
        return _Row(name, total, f"-{readable(passed_on)}" if float(passed_on) else "", "✔", "green")
    return _Row(name, total, change, "", "cyan")


def _mark(count: Mapping[str, Any], counted: Mapping[str, Any]) -> float:
    """Return the total that elects: the quota, or half of the votes still counting."""
    if "quota" in count["figures"]:
        return float(count["figures"]["quota"])
    return sum(float(total) for total in counted["totals"].values()) / 2


def _words(names: Mapping[str, str], count: Mapping[str, Any]) -> list[str]:
    """Say what happened, without the numbers that the bars show."""
    rounds = [
        counted | {"statements": [s for s in counted["statements"] if s["key"] not in _SHOWN_BY_BARS]}
        for counted in count["rounds"]
    ]
    return explain({"rounds": rounds, "summary": count["summary"]}, names)


def _gained(amount: str) -> str:
    return f"+{readable(amount)}" if float(amount) else ""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How many cells each column takes, the same in every round."""

    name: int
    bar: int
    total: int
    change: int

    @classmethod
    def of(cls, terminal: Terminal, rows: Sequence[_Row]) -> _Layout:
        total = max((columns(readable(row.total)) for row in rows), default=0)
        change = max((columns(row.change) for row in rows), default=0)
        mark = max((columns(row.mark) for row in rows), default=0)
        taken = 4 + 2 + 2 + total + sum(2 + width for width in (change, mark) if width)
        room = terminal.width - taken - _NARROWEST_BAR
        longest = max((columns(row.name) for row in rows), default=0)
        name = max(min(longest, _WIDEST_NAME, room), _NARROWEST_BAR)
        return cls(name, max(terminal.width - taken - name, _NARROWEST_BAR), total, change)

    def draw(
        self, terminal: Terminal, rows: Sequence[_Row], *, scale: float, mark: float | None = None
    ) -> None:
        """Draw rows under each other: name, bar, total, change, mark.

        :param scale: the total of a full bar.
        :param mark: the total that elects, shown beyond the bars that do not reach it.
        """
        for row in rows:
            bar = " " * self.bar
            if row.bar and scale:
                place = None if mark is None else mark / scale
                drawn = terminal.bar(float(row.total) / scale, self.bar, mark=place)
                bar = terminal.style(drawn, fg=row.colour)
            parts = [fitted(row.name, self.name), bar, fitted(readable(row.total), self.total, right=True)]
            if self.change:
                parts.append(fitted(row.change, self.change, right=True))
            parts.append(terminal.style(row.mark, fg=row.colour) if row.mark else "")
            terminal.line("    " + "  ".join(parts).rstrip())


def _draw_outcome(terminal: Terminal, names: Mapping[str, str], result: Mapping[str, Any]) -> None:
    terminal.line()
    winners = [names.get(option, option) for option in result["winners"]]
    if winners:
        what = "Elected" if result["count"]["method"] == "stv" else "Wins"
        terminal.paragraph(f"{what}: {', '.join(winners)}", sign="✔", fg="green")
    else:
        sign, colour = _OUTCOMES.get(result["outcome"], ("-", None))
        terminal.paragraph(result["outcome"].capitalize(), sign=sign, fg=colour)
    for text in (*_decision(result["decision"]), _turnout(result["turnout"])):
        terminal.paragraph(text)


def _decision(decision: Mapping[str, Any]) -> Iterator[str]:
    """Say each rule that was asked, with its figures."""
    for step in decision["steps"]:
        if step["rule"] == "some_support" and step["met"]:
            continue
        verdict = "met" if step["met"] else "missed"
        yield (
            f"{step['rule'].replace('_', ' ').capitalize()} {verdict}: {readable(step['part'])} of "
            f"{readable(step['whole'])} ({step['of'].replace('_', ' ')}), "
            f"{'more than' if step['comparison'] == '>' else 'at least'} {step['required']} needed"
            f"{_multiplied(step) if step['rule'] == 'threshold' else ''}."
        )


def _multiplied(step: Mapping[str, Any]) -> str:
    """Say how a share was compared: both sides multiplied, so that nothing is rounded."""
    required = Fraction(step["required"])
    part, whole = int(step["part"]), int(step["whole"])
    ours, theirs = part * required.denominator, whole * required.numerator
    sign = "=" if ours == theirs else ">" if ours > theirs else "<"
    return (
        f", and {part:,} {TIMES} {required.denominator} = {ours:,} {sign} {theirs:,} = "
        f"{whole:,} {TIMES} {required.numerator}"
    )


def _turnout(turnout: Mapping[str, Any]) -> str:
    share = turnout["voters"] / turnout["roll_size"]
    return f"Turnout: {turnout['voters']:,} of {turnout['roll_size']:,} on the electoral roll ({share:.0%})."
