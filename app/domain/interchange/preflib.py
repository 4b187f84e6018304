"""PrefLib, the format of preference data (.soc, .soi, .toc, .toi for rankings, .cat for approvals).

Source: N. Mattei and T. Walsh, "PrefLib: A Library for Preferences" (2013), and the format's page on
preflib.org. Header lines are ``# KEY: value``; a ballot line is ``count: 1,{4,3},2``, where alternatives are
numbers from 1 and braces hold equals. In a .cat file the places are categories, for example ``2: {1,3},2``.

Reading is lenient: a byte order mark, blank lines, spaces, header lines in any order or missing. Writing is
strict, with the strictest of the extensions that fits. A count is an integer of any size.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

DataType = Literal["soc", "soi", "toc", "toi", "cat"]

_HEADER = re.compile(r"#\s*([A-Za-z ]+?)\s*([0-9]+)?\s*:\s?(.*)")
_BALLOT = re.compile(r"([0-9]{1,100}):(.*)", re.ASCII)
_PLACE = re.compile(r"\{((?:[0-9]{1,9}(?:,[0-9]{1,9})*)?)\}|([0-9]{1,9})", re.ASCII)

Places = tuple[tuple[int, ...], ...]
"""Numbers of alternatives by place: the most preferred first, or one place a category."""


class InvalidPreflib(ValueError):
    """A text that cannot be read as PrefLib; the message names the line."""


@dataclass(frozen=True, slots=True)
class PreflibElection:
    """An election as a PrefLib file holds it.

    :param names: of the alternatives, whose numbers are their places, from 1.
    :param ballots: (count, places), each count 1 or more.
    :param categories: the names of the categories of a .cat file; none for rankings.
    """

    names: tuple[str, ...]
    ballots: tuple[tuple[int, Places], ...]
    title: str = ""
    categories: tuple[str, ...] = ()

    @property
    def data_type(self) -> DataType:
        """Return the strictest extension: complete or incomplete, strict or with ties, or categories."""
        if self.categories:
            return "cat"
        places = [places for _, places in self.ballots]
        complete = all(sum(map(len, each)) == len(self.names) for each in places)
        strict = all(len(place) == 1 for each in places for place in each)
        if strict:
            return "soc" if complete else "soi"
        return "toc" if complete else "toi"

    def canonical_ballots(self, options: Sequence[str]) -> dict[str, int]:
        """Return the ballots as canonical texts with their total count: rankings, or approvals of a .cat file.

        The first category is the approved one.

        :param options: the option id of every alternative, in the order of the names.
        :raises ValueError: when there are not as many options as alternatives.
        """
        if len(options) != len(self.names):
            raise ValueError(f"{len(options)} option ids for {len(self.names)} alternatives")
        texts: Counter[str] = Counter()
        for count, places in self.ballots:
            if self.categories:
                text = ",".join(options[number - 1] for number in sorted(places[0] if places else ()))
            else:
                ranks = ("=".join(options[number - 1] for number in sorted(place)) for place in places)
                text = ">".join(ranks)
            texts[text] += count
        return dict(texts)


def from_rankings(
    options: Sequence[str], ballots: Mapping[str, int], *, names: Mapping[str, str], title: str
) -> PreflibElection:
    """Make an election of canonical ranking texts and their weights. Blank ballots are left out.

    :param names: option id to name; an option without a name is called by its id.
    """
    number = {option: index for index, option in enumerate(options, start=1)}
    return PreflibElection(
        names=tuple(names.get(option, option) for option in options),
        ballots=tuple(
            (
                ballots[text],
                tuple(tuple(number[option] for option in rank.split("=")) for rank in text.split(">")),
            )
            for text in sorted(ballots)
            if text
        ),
        title=title,
    )


def from_approvals(
    options: Sequence[str], ballots: Mapping[str, int], *, names: Mapping[str, str], title: str
) -> PreflibElection:
    """Make an election of canonical approval texts and their weights; a blank ballot approves of none."""
    number = {option: index for index, option in enumerate(options, start=1)}
    lines: list[tuple[int, Places]] = []
    for text in sorted(ballots):
        approved = tuple(number[option] for option in text.split(",")) if text else ()
        rest = tuple(other for other in number.values() if other not in approved)
        lines.append((ballots[text], (approved, rest)))
    return PreflibElection(
        names=tuple(names.get(option, option) for option in options),
        ballots=tuple(lines),
        title=title,
        categories=("Approved", "Not approved"),
    )


def read_preflib(text: str) -> PreflibElection:
    """Read a PrefLib file.

    :raises InvalidPreflib: naming the line, when the text is not PrefLib even with good will.
    """
    facts: dict[str, str] = {}
    names: dict[int, str] = {}
    categories: dict[int, str] = {}
    ballots: list[tuple[int, int, Places]] = []
    for line, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if raw.lstrip().startswith("#"):
            if match := _HEADER.fullmatch(raw.strip()):
                key, number, value = match[1].upper(), match[2], match[3].strip()
                if number and key == "ALTERNATIVE NAME":
                    names[int(number)] = value
                elif number and key == "CATEGORY NAME":
                    categories[int(number)] = value
                elif not number:
                    facts[key] = value
        elif squeezed := "".join(raw.split()):
            ballots.append((line, *_ballot(line, squeezed)))
    declared = facts.get("NUMBER ALTERNATIVES", "")
    many = int(declared) if declared.isdecimal() and len(declared) < 7 else max(names, default=0)  # noqa: PLR2004  a million and more are none
    for line, _, places in ballots:
        _check(line, places, many)
    return PreflibElection(
        names=tuple(names.get(number, str(number)) for number in range(1, many + 1)),
        ballots=tuple((count, places) for _, count, places in ballots),
        title=facts.get("TITLE", ""),
        categories=tuple(categories[number] for number in sorted(categories)),
    )


def write_preflib(election: PreflibElection, *, file_name: str = "", published: str = "") -> str:
    """Write a PrefLib file, strictly; the extension that fits is ``election.data_type``.

    The format has one line a name: a control character in it becomes a space. Equal ballots are added up, the
    most frequent first.

    :param file_name: for the header, with its extension.
    :param published: date of publication, ``yyyy-mm-dd``.
    :raises ValueError: for ballots of count 0 or less, or that are none of this election's.
    """
    counts: Counter[Places] = Counter()
    for count, places in election.ballots:
        try:
            _check(0, places, len(election.names))
        except InvalidPreflib as invalid:
            raise ValueError(f"not a ballot of this election: {invalid}") from None
        if count < 1 or (election.categories and len(places) > len(election.categories)):
            raise ValueError(f"not a ballot of this election: {count}: {places}")
        counts[places] += count
    unique = "PREFERENCES" if election.categories else "ORDERS"
    header = [
        ("FILE NAME", file_name),
        ("TITLE", election.title),
        ("DESCRIPTION", ""),
        ("DATA TYPE", election.data_type),
        ("MODIFICATION TYPE", "original"),
        ("RELATES TO", ""),
        ("RELATED FILES", ""),
        ("PUBLICATION DATE", published),
        ("MODIFICATION DATE", published),
        ("NUMBER ALTERNATIVES", str(len(election.names))),
        ("NUMBER VOTERS", str(sum(counts.values()))),
        (f"NUMBER UNIQUE {unique}", str(len(counts))),
    ]
    if election.categories:
        header.append(("NUMBER CATEGORIES", str(len(election.categories))))
    header += [(f"CATEGORY NAME {index}", name) for index, name in enumerate(election.categories, start=1)]
    header += [(f"ALTERNATIVE NAME {index}", name) for index, name in enumerate(election.names, start=1)]
    lines = [f"# {key}: {_one_line(value)}".rstrip() for key, value in header]
    lines += [
        f"{counts[places]}: {','.join(map(_place, places))}"
        for places in sorted(counts, key=lambda places: (-counts[places], places))
    ]
    return "\n".join(lines) + "\n"


def _ballot(line: int, squeezed: str) -> tuple[int, Places]:
    match = _BALLOT.fullmatch(squeezed)
    if not match or not int(match[1]):
        raise InvalidPreflib(f'line {line}: "{squeezed[:40]}" does not begin with a count and a colon')
    places: list[tuple[int, ...]] = []
    rest = match[2].rstrip(",")
    at = 0
    while at < len(rest):
        place = _PLACE.match(rest, at)
        if not place or (place.end() < len(rest) and rest[place.end()] != ","):
            raise InvalidPreflib(f'line {line}: "{rest[at : at + 40]}" is not a place in a ballot')
        members = place[2] or place[1]
        places.append(tuple(int(number) for number in members.split(",") if number))
        at = place.end() + 1
    return int(match[1]), tuple(places)


def _check(line: int, places: Places, many: int) -> None:
    numbers = [number for place in places for number in place]
    for number in numbers:
        if not 1 <= number <= many:
            raise InvalidPreflib(f"line {line}: there is no alternative {number}")
    if len(frozenset(numbers)) < len(numbers):
        raise InvalidPreflib(f"line {line}: an alternative stands twice in the ballot")


def _place(place: tuple[int, ...]) -> str:
    return str(place[0]) if len(place) == 1 else "{" + ",".join(map(str, place)) + "}"


def _one_line(value: str) -> str:
    return "".join(character if character.isprintable() else " " for character in value).strip()
