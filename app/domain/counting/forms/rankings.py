"""Options in order of preference, with or without equal ranks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, ClassVar, TypeVar

from app.domain.counting.forms.form import BallotForm, not_canonical, option_schema, unknown_option
from app.domain.counting.forms.listed import LIST_SETTINGS, limit_problems, limits, number_problems
from app.domain.counting.question import InvalidVote, Problem, Question
from app.domain.counting.settings import Setting

R = TypeVar("R")

MOST_GROUPS = 100_000
"""Most distinct groups of equal options a reader remembers."""


class _Ranked(BallotForm[R]):
    """What both kinds of ranking share: the text, and reading what the voter sent."""

    settings: ClassVar[tuple[Setting, ...]] = LIST_SETTINGS
    equal_ranks: ClassVar[bool]

    def problems(self, question: Question) -> list[Problem]:
        """Name contradictory limits. See the base class."""
        return limit_problems(question)

    def canonical(self, question: Question, choice: object) -> str:
        """Return the ranks joined by ``>``, equal options by ``=`` in the question's order."""
        if not isinstance(choice, list):
            raise InvalidVote([("", "must be a list of option ids, the most preferred first")])
        ranks = [rank if isinstance(rank, list) else [rank] for rank in choice]
        # More entries than options need no list of complaints as long as themselves.
        if problems := number_problems(question, sum(len(rank) for rank in ranks), "rank"):
            raise InvalidVote(problems)
        first_seen: dict[str, int] = {}
        for index, rank in enumerate(ranks):
            problems += self._rank_problems(question, index, rank, nested=isinstance(choice[index], list))
            for option in rank:
                if isinstance(option, str) and first_seen.setdefault(option, index) != index:
                    detail = f'"{option[:40]}" already has rank {first_seen[option] + 1}'
                    problems.append((f"/{index}", detail))
        if problems:
            raise InvalidVote(problems)
        place = {option: index for index, option in enumerate(question.options)}
        return ">".join("=".join(sorted(rank, key=place.__getitem__)) for rank in ranks)

    def _rank_problems(
        self, question: Question, index: int, rank: list[object], *, nested: bool
    ) -> list[Problem]:
        problems: list[Problem] = []
        if not rank:
            problems.append((f"/{index}", f"rank {index + 1} is empty; leave it out"))
        if len(rank) > 1 and not self.equal_ranks:
            detail = f"rank {index + 1} holds {len(rank)} options; this method takes one option a rank"
            problems.append((f"/{index}", detail))
        for place, option in enumerate(rank):
            pointer = f"/{index}/{place}" if nested else f"/{index}"
            if not isinstance(option, str) or option not in question.options:
                problems.append((pointer, unknown_option(option)))
            elif rank.index(option) != place:
                problems.append((pointer, f'"{option}" stands twice in rank {index + 1}'))
        return problems


class StrictRanking(_Ranked[tuple[str, ...]]):
    """``["mint", "lime"]``: the most preferred first, one option a rank; the text is ``mint>lime``.

    Options left out are ranked by nobody: a ballot counts for none of them. ``[]`` is blank, where ``min``
    is 0. A rank cannot be skipped, because a rank is a place in the list.
    """

    equal_ranks: ClassVar[bool] = False

    def reader(self, question: Question) -> Callable[[str], tuple[str, ...]]:
        """Return a parser into option ids, the most preferred first. See the base class."""
        options = frozenset(question.options)
        fewest, most = limits(question)

        def read(text: str) -> tuple[str, ...]:
            ranking = tuple(text.split(">")) if text else ()
            named = frozenset(ranking)
            if len(named) != len(ranking) or not named <= options or not fewest <= len(ranking) <= most:
                not_canonical(text)
            return ranking

        return read

    def to_choice(self, question: Question, text: str) -> list[str]:
        """Return the option ids, the most preferred first. See the base class."""
        return list(self.reader(question)(text))

    def schema(self, question: Question | None) -> dict[str, Any]:
        """Describe the ranking. See the base class."""
        schema: dict[str, Any] = {"type": "array", "items": option_schema(question), "uniqueItems": True}
        if question is not None:
            fewest, most = limits(question)
            schema |= {"minItems": fewest, "maxItems": most}
        return schema


class WeakRanking(_Ranked[tuple[tuple[str, ...], ...]]):
    """``["mint", ["lime", "plum"]]``: equal ranks as a nested list; the text is ``mint>lime=plum``.

    Options left out rank equal, below all that are listed. ``[]`` is blank, where ``min`` is 0.
    """

    equal_ranks: ClassVar[bool] = True

    def reader(self, question: Question) -> Callable[[str], tuple[tuple[str, ...], ...]]:
        """Return a parser into groups of equal options, the most preferred first. See the base class."""
        bit = {option: 1 << index for index, option in enumerate(question.options)}
        fewest, most = limits(question)
        # Ballots repeat each other's groups: a group is taken apart once, into its options and their bits.
        groups: dict[str, tuple[tuple[str, ...], int]] = {}

        def learn(written: str, text: str) -> tuple[tuple[str, ...], int]:
            group = tuple(written.split("="))
            bits = [bit.get(option, 0) for option in group]
            if not all(bits) or any(a >= b for a, b in pairwise(bits)):
                not_canonical(text)
            learnt = group, sum(bits)
            if len(groups) < MOST_GROUPS:
                groups[written] = learnt
            return learnt

        def read(text: str) -> tuple[tuple[str, ...], ...]:
            ranking: list[tuple[str, ...]] = []
            ranked = 0
            for written in text.split(">") if text else ():
                group, bits = groups.get(written) or learn(written, text)
                if ranked & bits:
                    not_canonical(text)
                ranked |= bits
                ranking.append(group)
            if not fewest <= ranked.bit_count() <= most:
                not_canonical(text)
            return tuple(ranking)

        return read

    def to_choice(self, question: Question, text: str) -> list[str | list[str]]:
        """Return the ranks, the most preferred first; a rank of one option is its id. See the base class."""
        groups = self.reader(question)(text)
        return [group[0] if len(group) == 1 else list(group) for group in groups]

    def schema(self, question: Question | None) -> dict[str, Any]:
        """Describe the ranking. See the base class."""
        option = option_schema(question)
        equal = {"type": "array", "items": option, "minItems": 1, "uniqueItems": True}
        schema: dict[str, Any] = {"type": "array", "items": {"oneOf": [option, equal]}}
        if question is not None:
            schema["maxItems"] = limits(question)[1]
        return schema
