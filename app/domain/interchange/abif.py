"""ABIF, the aggregated ballot information format: one line for all equal ballots, for people to read.

Source: electowiki.org/wiki/ABIF and the grammar of electorama/abif (version 0.31). A file is UTF-8 text::

    {"title": "Flavours"}
    =mint:[Mint & Co.]
    42: mint>lime=plum
    27: mint/5,lime/2     # scores

Approvals are a ranking of one rank: ``3: mint=lime``. Reading is lenient: comments, spaces, tokens bare, quoted
or in brackets, declared or not, scores in any order. Writing is strict. A count is an integer of any size.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

_WORD = r'(?:\[[^\]]*\]|"[^"]*"|[^\s\[\]"=>,/*:#{}]+)'
_CANDIDATE = re.compile(rf"=?\s*({_WORD})\s*:\s*({_WORD})\s*")
_BALLOT = re.compile(r"([0-9]{1,100})\s*:(.*)", re.ASCII)
_ENTRY = re.compile(rf"\s*({_WORD})\s*(?:[/*]\s*(-?[0-9]{{1,18}}))?\s*([>=,]|$)", re.ASCII)
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_COMMENT = re.compile(r'((?:\[[^\]]*\]|"[^"]*"|[^#\["])*)#.*')


class InvalidAbif(ValueError):
    """A text that cannot be read as ABIF; the message names the line."""


@dataclass(frozen=True, slots=True)
class AbifBallot:
    """All ballots of one line.

    :param count: 1 or more.
    :param ranks: groups of tokens of equal rank, the most preferred first.
    :param scores: (token, score) for the tokens that have one, in the order of the line.
    """

    count: int
    ranks: tuple[tuple[str, ...], ...]
    scores: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class AbifElection:
    """An election as an ABIF file holds it.

    :param names: token to the candidate's name, in the order of the file.
    """

    names: Mapping[str, str]
    ballots: tuple[AbifBallot, ...]
    title: str = ""

    def canonical_rankings(self, options: Mapping[str, str]) -> dict[str, int]:
        """Return the ballots as canonical ranking texts with their total count.

        :param options: token to option id for every token, in the question's order.
        """
        place = {option: index for index, option in enumerate(options.values())}
        texts: Counter[str] = Counter()
        for ballot in self.ballots:
            ranks = (
                sorted((options[token] for token in rank), key=place.__getitem__) for rank in ballot.ranks
            )
            texts[">".join("=".join(rank) for rank in ranks)] += ballot.count
        return dict(texts)

    def canonical_approvals(self, options: Mapping[str, str]) -> dict[str, int]:
        """Return the ballots as canonical approval texts: every option a line names is approved.

        :param options: token to option id for every token, in the question's order.
        """
        texts: Counter[str] = Counter()
        for ballot in self.ballots:
            named = {token for rank in ballot.ranks for token in rank}
            texts[",".join(option for token, option in options.items() if token in named)] += ballot.count
        return dict(texts)

    def canonical_scores(self, options: Mapping[str, str], *, left_out: int = 0) -> dict[str, int]:
        """Return the ballots as canonical texts of scores, without those that mean the same as none.

        :param options: token to option id for every token, in the question's order.
        """
        texts: Counter[str] = Counter()
        for ballot in self.ballots:
            scores = dict(ballot.scores)
            texts[
                ",".join(
                    f"{option}:{scores[token]}"
                    for token, option in options.items()
                    if scores.get(token, left_out) != left_out
                )
            ] += ballot.count
        return dict(texts)


def from_canonical(
    options: Sequence[str], ballots: Mapping[str, int], *, names: Mapping[str, str], title: str
) -> AbifElection:
    """Make an election of canonical texts: rankings, approvals or scores. Blank ballots are left out.

    :param names: option id to name; an option without a name is called by its id.
    """
    lines: list[AbifBallot] = []
    for text in sorted(text for text in ballots if text):
        if ":" in text:
            pairs = [entry.split(":") for entry in text.split(",")]
            scores = tuple((option, int(score)) for option, score in pairs)
            lines.append(AbifBallot(ballots[text], _by_score(scores), scores))
        else:
            ranks = tuple(tuple(rank.split("=")) for rank in text.replace(",", "=").split(">"))
            lines.append(AbifBallot(ballots[text], ranks))
    return AbifElection({option: names.get(option, option) for option in options}, tuple(lines), title)


def read_abif(text: str) -> AbifElection:
    """Read an ABIF file.

    :raises InvalidAbif: naming the line, when the text is not ABIF even with good will.
    """
    names: dict[str, str] = {}
    ballots: list[AbifBallot] = []
    title = ""
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        line = raw.strip()
        if line.startswith("{"):
            title = _title(line) or title
            continue
        if match := _COMMENT.fullmatch(line):
            line = match[1].strip()
        if not line:
            continue
        if match := _BALLOT.fullmatch(line):
            ballot = _read_ballot(number, int(match[1]), match[2])
            ballots.append(ballot)
            for rank in ballot.ranks:
                for token in rank:
                    names.setdefault(token, token)
        elif match := _CANDIDATE.fullmatch(line):
            names[_plain(match[1])] = _plain(match[2])
        else:
            raise InvalidAbif(f'line {number}: "{line[:40]}" is neither a candidate nor a ballot')
    return AbifElection(names, tuple(ballots), title)


def write_abif(election: AbifElection) -> str:
    """Write an ABIF file, strictly.

    The format has no way to write a bracket inside a name: it becomes a parenthesis, and a control character a
    space.

    :raises ValueError: for ballots of count 0 or less, or that name nobody, or candidates there are not.
    """
    title = _one_line(election.title)
    lines = [json.dumps({"title": title}, ensure_ascii=False)] if title else []
    lines += [f"={_token(token)}:[{_bracketed(name)}]" for token, name in election.names.items()]
    for ballot in election.ballots:
        tokens = [token for rank in ballot.ranks for token in rank]
        known = all(token in election.names for token in tokens)
        if ballot.count < 1 or not tokens or not known or len(frozenset(tokens)) < len(tokens):
            raise ValueError(f"not a ballot of this election: {ballot}")
        if ballot.scores:
            written = ",".join(f"{_token(token)}/{score}" for token, score in ballot.scores)
        else:
            written = ">".join("=".join(map(_token, rank)) for rank in ballot.ranks)
        lines.append(f"{ballot.count}:{written}")
    return "\n".join(lines) + "\n"


def _read_ballot(number: int, count: int, text: str) -> AbifBallot:
    if not count:
        raise InvalidAbif(f"line {number}: a line stands for at least one ballot")
    ranks: list[list[str]] = [[]]
    scores: list[tuple[str, int]] = []
    separators: set[str] = set()
    at, end = 0, ","
    while end:
        match = _ENTRY.match(text, at)
        if not match:
            raise InvalidAbif(f'line {number}: "{text[at : at + 40].strip()}" is not a candidate')
        token, score, end = _plain(match[1]), match[2], match[3]
        if any(token in rank for rank in ranks):
            raise InvalidAbif(f'line {number}: "{token[:40]}" stands twice in the ballot')
        ranks[-1].append(token)
        if score is not None:
            scores.append((token, int(score)))
        if end == ">":
            ranks.append([])
        separators.add(end)
        at = match.end()
    order = tuple(tuple(rank) for rank in ranks)
    # Scores between commas say the order themselves.
    if not separators & {">", "="} and len(scores) == len(order[0]):
        order = _by_score(scores)
    return AbifBallot(count, order, tuple(scores))


def _by_score(scores: Sequence[tuple[str, int]]) -> tuple[tuple[str, ...], ...]:
    ranked = sorted(scores, key=lambda pair: -pair[1])
    return tuple(tuple(token for token, _ in group) for _, group in groupby(ranked, key=lambda pair: pair[1]))


def _title(line: str) -> str:
    """Return the title from a line of metadata, if it has one that can be read."""
    try:
        facts = json.loads(line)
    except ValueError:
        return ""
    title = facts.get("title") if isinstance(facts, dict) else None
    return title if isinstance(title, str) else ""


def _plain(token: str) -> str:
    return token[1:-1].strip() if token[0] in '["' else token


def _token(token: str) -> str:
    return token if _BARE.fullmatch(token) else '"' + token.replace('"', "'") + '"'


def _bracketed(name: str) -> str:
    return _one_line(name).replace("]", ")").replace("[", "(")


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text).strip()
