"""Fills the templates in: names for options, numbers for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from string import Formatter
from typing import Any

from app.domain.counting.explanation.templates import TEMPLATES
from app.domain.counting.result import CountResult

Format = Callable[[str], str]

SHOWN_DECIMALS = 6
"""Decimals of a number that has no end, before it is cut off with an ellipsis."""


def explain(
    result: CountResult | Mapping[str, Any], names: Mapping[str, str], *, decimals: int = 0
) -> list[str]:
    """Explain a count: one text a round, then one for each thing said of the whole.

    :param result: the result, or what its ``to_json`` returned.
    :param names: option id to the name members know; an option without a name is called by its id.
    :param decimals: weights were counted in units of 10**-decimals, for example 18 for many tokens.
    """
    facts = result.to_json() if isinstance(result, CountResult) else result
    writer = _Writer(names, decimals)
    texts = [
        " ".join(
            [writer.write("round", {"number": str(counted["number"])})]
            + [writer.write(said["key"], said["values"]) for said in counted["statements"]]
        )
        for counted in facts["rounds"]
    ]
    return texts + [writer.write(said["key"], said["values"]) for said in facts["summary"]]


class _Writer(Formatter):
    """Fills templates in."""

    def __init__(self, names: Mapping[str, str], decimals: int) -> None:
        self.names = names
        self.decimals = decimals
        self.formats: Mapping[str, Callable[[Any], str]] = {
            "name": self._name,
            "names": lambda options: _listed([self._name(option) for option in options]),
            "number": self._amount,
            "figure": readable,
            "word": _in_words,
            "tally": lambda value: self._pairs(value, self._name, self._amount),
            "figures": lambda value: self._pairs(value, self._name, readable),
            "words": lambda value: self._pairs(value, _in_words, self._amount),
            "duel": self._duel,
            "duels": lambda value: ", ".join(
                f"{self._name(one)} {self._duel(duel)}" for one, duel in value.items()
            ),
            "pairs": lambda value: ", ".join(self._pair(pair) for pair in value),
            "graded": lambda value: self._pairs(value, self._name, _in_words),
        }

    def write(self, key: str, values: Mapping[str, Any]) -> str:
        """Return the template's text with the values in it."""
        return self.vformat(TEMPLATES[key], (), values)

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one value in the way its template asks for."""
        write = self.formats.get(format_spec)
        return str(value) if write is None else write(value)

    def _name(self, option: str) -> str:
        return self.names.get(option, option)

    def _amount(self, weight: str) -> str:
        return readable(weight, self.decimals)

    def _duel(self, duel: str) -> str:
        """Write ``"28:17"``, or a margin by itself."""
        votes, _, against = duel.partition(":")
        return self.write("duel", {"for": votes, "against": against}) if against else self._amount(votes)

    def _pair(self, pair: str) -> str:
        """Write ``"mint>lime"``."""
        winner, _, loser = pair.partition(">")
        return self.write("pair", {"winner": winner, "loser": loser})

    def _pairs(self, value: Mapping[str, str], left: Format, right: Format) -> str:
        return ", ".join(f"{left(one)} {right(other)}" for one, other in value.items())


def _in_words(word: str) -> str:
    return word.replace("_", " ")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def readable(number: str, decimals: int = 0) -> str:
    """Write an exact number for people: thousands grouped, no idle zeros after the point.

    A fraction becomes a decimal; one without an end is cut off after six decimals, with an ellipsis.

    :param number: digits, perhaps with a sign, a point and decimals, or a fraction: ``"1234.50000"``, ``"-7/3"``.
    :param decimals: by how many places the point moves to the left.
    """
    if number.startswith("-"):
        return f"-{readable(number[1:], decimals)}"
    ellipsis = ""
    if "/" in number:
        numerator, denominator = map(int, number.split("/"))
        places = decimals + SHOWN_DECIMALS
        digits, rest = divmod(numerator * 10**SHOWN_DECIMALS, denominator)
        ellipsis = "…" if rest else ""
        shown = str(digits).zfill(places + 1)
        whole, fraction = shown[:-places], shown[-places:]
    else:
        whole, _, fraction = number.partition(".")
        if decimals:
            padded = whole.zfill(decimals + 1)
            whole, fraction = padded[:-decimals], padded[-decimals:] + fraction
    if not ellipsis:
        fraction = fraction.rstrip("0")
    grouped = f"{int(whole):,}"
    return f"{grouped}.{fraction}{ellipsis}" if fraction else grouped
