"""Puts a count into words a member understands. Every template stands here, ready for translation.

A template names the values of its statement and how to write them: ``{option:name}`` an option's name,
``{options:names}`` several names, ``{votes:number}`` an exact number, ``{totals:tally}`` names with numbers,
``{round}`` the plain text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from app.domain.counting.result import CountResult

TEMPLATES: Mapping[str, str] = {
    "round": "Round {number}:",
    "no_votes": "Nobody expressed a choice, so nothing is decided.",
    "yes_no.sums": "{for:number} for, {against:number} against, {abstain:number} abstaining.",
    "most_votes.totals": "The votes are {totals:tally}.",
    "most_votes.winner": "{winners:names} has the most votes and wins.",
    "most_votes.winners": "The most votes have {elected:tally}; they are elected.",
    "first_preferences": "Every ballot counts for its first choice: {totals:tally}.",
    "exclusion": "{option:name} has the fewest votes ({votes:number}) and is excluded.",
    "transfers": "Votes passed on to the next choice: {transfers:tally}.",
    "non_transferable": "{votes:number} could not be passed on, because no further choice was left.",
    "irv.majority": "{winner:name} has {votes:number} of the {counting:number} votes still counting, more "
    "than half, and wins.",
    "irv.last_one": "{winner:name} is the only one left, with {votes:number} votes, and wins.",
    "stv.quota": "With {valid:number} valid votes and {seats} to elect, the quota is {quota:number}.",
    "stv.surplus": "{option:name} has {surplus:number} more than the quota; this surplus is passed on.",
    "stv.quota_reached": "{option:name} reaches the quota with {votes:number} and is elected.",
    "stv.last_vacancy": "One seat is left and only {options:names}, who is elected.",
    "stv.last_vacancies": "As many are left as there are seats to fill, so {options:names} are elected.",
    "tie.election": "{options:names} are tied on {value:number}, and not all of them can win.",
    "tie.exclusion": "{options:names} are tied with the fewest votes ({value:number}).",
    "tie.surplus": "{options:names} are tied for the largest surplus, each with {value:number} votes.",
    "tie.order": "{options:names} are elected together with {value:number} each; only the order is open.",
    "tie.earlier_round": "In round {round} they had {values:tally}, which leaves {left:names}.",
    "tie.stated_order": "The order stated before voting picks {chosen:name}.",
    "tie.lot": "The lot picks {chosen:name}.",
}


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

    def write(self, key: str, values: Mapping[str, Any]) -> str:
        """Return the template's text with the values in it."""
        return self.vformat(TEMPLATES[key], (), values)

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one value in the way its template asks for."""
        match format_spec:
            case "name":
                return self.names.get(value, value)
            case "names":
                return _listed([self.names.get(option, option) for option in value])
            case "number":
                return readable(value, self.decimals)
            case "tally":
                pairs = value.items()
                return ", ".join(
                    f"{self.names.get(option, option)} {readable(number, self.decimals)}"
                    for option, number in pairs
                )
            case _:
                return str(value)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def readable(number: str, decimals: int = 0) -> str:
    """Write an exact decimal for people: thousands grouped, no idle zeros after the point.

    :param number: digits, perhaps with a point and decimals, for example ``"1234.50000"``.
    :param decimals: by how many places the point moves to the left.
    """
    whole, _, fraction = number.partition(".")
    if decimals:
        padded = whole.zfill(decimals + 1)
        whole, fraction = padded[:-decimals], padded[-decimals:] + fraction
    fraction = fraction.rstrip("0")
    grouped = f"{int(whole):,}"
    return f"{grouped}.{fraction}" if fraction else grouped
