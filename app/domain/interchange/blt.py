"""BLT, the format of ranked elections that most counting programs read.

Source: I. D. Hill, B. A. Wichmann and D. R. Woodall, "Algorithm 123: Single transferable vote by Meek's
method", The Computer Journal 30 (1987), with ``=`` for equal ranks and ``-`` for a skipped rank as OpaVote
and droop read them. Option ids do not occur: candidates are numbers from 1 in the order of the names.

Reading is lenient, because files in the wild are untidy: comments (``#`` to the end of the line), a byte
order mark, ballots across lines, names doubly quoted or quoted inside, and names or titles without quotes all
pass. Writing is strict: one line a ballot, one a name, and no quote inside quotes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_NUMBER = re.compile(r"[0-9]{1,100}", re.ASCII)
_WITHDRAWN = re.compile(r"-[1-9][0-9]{0,8}", re.ASCII)
_RANK = re.compile(r"(?:-|[1-9][0-9]{0,8})(?:=(?:-|[1-9][0-9]{0,8}))*", re.ASCII)
_QUOTED = r'"(?:[^"]|"")*"'
_SEVERAL = re.compile(rf"({_QUOTED}(?:\s+{_QUOTED})+)\s*(?:#.*)?")
_ONE = re.compile(r'(".*")\s*#[^"]*')

Word = tuple[int, str]
"""The number of a line, from 1, and a word on it."""


class InvalidBlt(ValueError):
    """A text that cannot be read as BLT; the message names the line."""


@dataclass(frozen=True, slots=True)
class BltBallot:
    """One line of ballots.

    :param weight: 1 or more.
    :param ranks: groups of candidate numbers of equal rank, the most preferred first; an empty group is a
        skipped rank. No ranks at all is a blank ballot. A candidate may stand on it twice, as real voters
        have it.
    """

    weight: int
    ranks: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class BltElection:
    """An election as a BLT file holds it.

    :param names: of the candidates, whose numbers are their places, from 1.
    :param seats: 1 or more.
    :param ballots: as they stand in the file.
    :param title: may be empty.
    :param withdrawn: numbers of the candidates that withdrew; ballots may still name them.
    """

    names: tuple[str, ...]
    seats: int
    ballots: tuple[BltBallot, ...]
    title: str = ""
    withdrawn: tuple[int, ...] = ()

    def canonical_ballots(self, options: Sequence[str]) -> dict[str, int]:
        """Return the ballots as canonical ranking texts with their total weight.

        Withdrawn candidates, skipped ranks and candidates already ranked higher on the ballot are passed
        over: the next preference moves up.

        :param options: the option id of every candidate, in the order of the names.
        :raises ValueError: when there are not as many options as candidates.
        """
        if len(options) != len(self.names):
            raise ValueError(f"{len(options)} option ids for {len(self.names)} candidates")
        texts: Counter[str] = Counter()
        for ballot in self.ballots:
            passed_over = set(self.withdrawn)
            ranks: list[str] = []
            for rank in ballot.ranks:
                standing = sorted(set(rank) - passed_over)
                passed_over.update(rank)
                if standing:
                    ranks.append("=".join(options[number - 1] for number in standing))
            texts[">".join(ranks)] += ballot.weight
        return dict(texts)


def from_canonical(
    options: Sequence[str], ballots: Mapping[str, int], *, names: Mapping[str, str], seats: int, title: str
) -> BltElection:
    """Make an election of canonical ranking texts and their weights, lines in the order of the texts.

    :param names: option id to name; an option without a name is called by its id.
    """
    number = {option: index for index, option in enumerate(options, start=1)}
    return BltElection(
        names=tuple(names.get(option, option) for option in options),
        seats=seats,
        ballots=tuple(
            BltBallot(
                ballots[text],
                tuple(
                    tuple(number[option] for option in rank.split("=")) for rank in text.split(">") if rank
                ),
            )
            for text in sorted(ballots)
        ),
        title=title,
    )


def read_blt(text: str) -> BltElection:
    """Read a BLT file.

    :raises InvalidBlt: naming the line, when the text is not BLT even with good will.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    words = _words(lines)
    candidates = _number(words, "the number of candidates")
    seats = _number(words, "the number of seats")
    withdrawn: list[int] = []
    ballots: list[BltBallot] = []
    while True:
        line, word = _next(words, "a ballot or the closing 0")
        if word == "0":
            break
        if not ballots and _WITHDRAWN.fullmatch(word):
            withdrawn.append(_candidate(line, word[1:], candidates))
        elif _NUMBER.fullmatch(word) and int(word):
            ballots.append(BltBallot(int(word), _ranks(words, candidates)))
        else:
            raise InvalidBlt(f'line {line}: "{word[:40]}" is not the weight of a ballot')
    texts = [named for raw in lines[line:] for named in _names(raw)]
    if len(texts) < candidates:
        raise InvalidBlt(f"line {len(lines)}: {len(texts)} names for {candidates} candidates")
    title = texts[candidates] if len(texts) > candidates else ""
    return BltElection(tuple(texts[:candidates]), seats, tuple(ballots), title, tuple(withdrawn))


def write_blt(election: BltElection) -> str:
    """Write a BLT file, strictly.

    The format has no way to write a quote inside a name: it becomes an apostrophe, and a control character
    a space.

    :raises ValueError: for ballots of weight 0 or less, or that name candidates there are not.
    """
    lines = [f"{len(election.names)} {election.seats}"]
    if election.withdrawn:
        lines.append(" ".join(f"-{number}" for number in election.withdrawn))
    for ballot in election.ballots:
        numbers = [number for rank in ballot.ranks for number in rank]
        if ballot.weight < 1 or not all(1 <= number <= len(election.names) for number in numbers):
            raise ValueError(f"not a ballot of this election: {ballot}")
        ranks = ("=".join(map(str, rank)) if rank else "-" for rank in ballot.ranks)
        lines.append(" ".join([str(ballot.weight), *ranks, "0"]))
    lines.append("0")
    lines += [_quoted(name) for name in (*election.names, election.title)]
    return "\n".join(lines) + "\n"


def _words(lines: Sequence[str]) -> Iterator[Word]:
    for number, line in enumerate(lines, start=1):
        for word in line.partition("#")[0].split():
            yield number, word


def _next(words: Iterator[Word], wanted: str) -> Word:
    word = next(words, None)
    if word is None:
        raise InvalidBlt(f"the text ends where {wanted} should stand")
    return word


def _number(words: Iterator[Word], wanted: str) -> int:
    line, word = _next(words, wanted)
    if not _NUMBER.fullmatch(word) or not int(word):
        raise InvalidBlt(f'line {line}: "{word[:40]}" is not {wanted}')
    return int(word)


def _candidate(line: int, digits: str, candidates: int) -> int:
    if int(digits) > candidates:
        raise InvalidBlt(f"line {line}: there is no candidate {digits}")
    return int(digits)


def _ranks(words: Iterator[Word], candidates: int) -> tuple[tuple[int, ...], ...]:
    ranks: list[tuple[int, ...]] = []
    while True:
        line, word = _next(words, "the 0 that ends a ballot")
        if word == "0":
            return tuple(ranks)
        if not _RANK.fullmatch(word):
            raise InvalidBlt(f'line {line}: "{word[:40]}" is not a candidate')
        numbers = (digits for digits in word.split("=") if digits != "-")
        ranks.append(tuple(_candidate(line, digits, candidates) for digits in numbers))


def _names(raw: str) -> list[str]:
    """Return the names on one line after the closing 0: several only if each is quoted."""
    line = raw.strip()
    if not line or line.startswith("#"):
        return []
    if match := _SEVERAL.fullmatch(line):
        return [_unquoted(item) for item in re.findall(_QUOTED, match[1])]
    if match := _ONE.fullmatch(line):
        line = match[1]
    return [_unquoted(line)]


def _unquoted(item: str) -> str:
    text = item
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('""', '"')
    # Some programs quote a name that is already quoted.
    if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        text = text[1:-1]
    return text.strip()


def _quoted(name: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in name)
    return '"' + printable.strip().replace('"', "'") + '"'
