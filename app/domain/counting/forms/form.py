"""What every ballot form can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Generic, NoReturn, TypeVar

from app.domain.counting.question import OPTION_ID, InvalidVote, Problem, Question
from app.domain.counting.settings import Setting

P = TypeVar("P")


class BallotForm(ABC, Generic[P]):
    """One way of expressing a choice: JSON in, one canonical text for storage, a parsed ballot for counting.

    The canonical text holds only ``[a-z0-9_:,=>-]``; the empty text is a blank ballot. Two choices mean the
    same if and only if their texts are equal, so votes can be grouped by text before anything is parsed.
    Questions arrive here checked and with complete settings.
    """

    settings: ClassVar[tuple[Setting, ...]] = ()

    def problems(self, question: Question) -> list[Problem]:  # noqa: ARG002  a form without own rules has none
        """Name what is wrong with the question's settings taken together."""
        return []

    @abstractmethod
    def canonical(self, question: Question, choice: object) -> str:
        """Return the canonical text of a choice as the voter sent it.

        :raises InvalidVote: naming every place that is wrong.
        """

    @abstractmethod
    def reader(self, question: Question) -> Callable[[str], P]:
        """Return a function that parses canonical texts; it raises InvalidVote for any other text."""

    @abstractmethod
    def to_choice(self, question: Question, text: str) -> Any:
        """Return the JSON choice a canonical text stands for."""

    @abstractmethod
    def schema(self, question: Question | None) -> dict[str, Any]:
        """Describe the choice as JSON Schema; without a question, whatever the options are."""


def not_canonical(text: str) -> NoReturn:
    """Refuse a text that :meth:`BallotForm.canonical` could not have made for this question."""
    shown = text if len(text) <= 80 else f"{text[:80]}..."  # noqa: PLR2004  enough to find it in a file
    raise InvalidVote([("", f'"{shown}" is not a canonical ballot text of this question')])


def option_schema(question: Question | None) -> dict[str, Any]:
    """Describe one option id as JSON Schema."""
    if question is None:
        return {"type": "string", "pattern": f"^{OPTION_ID.pattern}$"}
    return {"type": "string", "enum": list(question.options)}


def unknown_option(choice: object) -> str:
    """Say that something is not an option of the ballot."""
    if isinstance(choice, str):
        # What a voter typed may be long; an option id is not.
        return f'"{choice[:40]}" is not an option of this ballot'
    return "must be an option id (a string)"
