"""A list of approved options, in no order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from app.domain.counting.forms.form import BallotForm, not_canonical, option_schema, unknown_option
from app.domain.counting.forms.listed import LIST_SETTINGS, limit_problems, limits, number_problems
from app.domain.counting.question import InvalidVote, Problem, Question
from app.domain.counting.settings import Setting


class Approvals(BallotForm[tuple[str, ...]]):
    """``["mint", "lime"]``: options approved, each once, in any order.

    The canonical text joins their ids by ``,`` in the question's order; ``[]`` is blank, where ``min`` is 0.
    """

    settings: ClassVar[tuple[Setting, ...]] = LIST_SETTINGS

    def problems(self, question: Question) -> list[Problem]:
        """Name contradictory limits. See the base class."""
        return limit_problems(question)

    def canonical(self, question: Question, choice: object) -> str:
        """Return the approved ids in the question's order. See the base class."""
        if not isinstance(choice, list):
            raise InvalidVote([("", "must be a list of option ids")])
        # More entries than options need no list of complaints as long as themselves.
        if problems := number_problems(question, len(choice), "approve"):
            raise InvalidVote(problems)
        first_seen: dict[str, int] = {}
        for index, option in enumerate(choice):
            if not isinstance(option, str) or option not in question.options:
                problems.append((f"/{index}", unknown_option(option)))
            elif option in first_seen:
                problems.append((f"/{index}", f'"{option}" is already at place {first_seen[option] + 1}'))
            else:
                first_seen[option] = index
        if problems:
            raise InvalidVote(problems)
        return ",".join(option for option in question.options if option in first_seen)

    def reader(self, question: Question) -> Callable[[str], tuple[str, ...]]:
        """Return a parser into approved ids in the question's order. See the base class."""
        place = {option: index for index, option in enumerate(question.options)}
        fewest, most = limits(question)

        def read(text: str) -> tuple[str, ...]:
            approved = tuple(text.split(",")) if text else ()
            places = [place.get(option, -1) for option in approved]
            ascending = all(a < b for a, b in zip([-1, *places], places, strict=False))
            if not ascending or not fewest <= len(approved) <= most:
                not_canonical(text)
            return approved

        return read

    def to_choice(self, question: Question, text: str) -> list[str]:
        """Return the approved ids. See the base class."""
        return list(self.reader(question)(text))

    def schema(self, question: Question | None) -> dict[str, Any]:
        """Describe the list. See the base class."""
        schema: dict[str, Any] = {"type": "array", "items": option_schema(question), "uniqueItems": True}
        if question is not None:
            fewest, most = limits(question)
            schema |= {"minItems": fewest, "maxItems": most}
        return schema
