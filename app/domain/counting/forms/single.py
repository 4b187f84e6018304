"""One answer: for, against or abstain, or one of the options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from app.domain.counting.forms.form import BallotForm, not_canonical, option_schema, unknown_option
from app.domain.counting.question import InvalidVote, Question
from app.domain.counting.settings import IntegerSetting, Setting

YES_NO_ANSWERS = ("for", "against", "abstain")


class YesNoAnswer(BallotForm[str]):
    """``"for"``, ``"against"`` or ``"abstain"``; the canonical text is the answer itself. Never blank."""

    def canonical(self, question: Question, choice: object) -> str:  # noqa: ARG002  the answers are fixed
        """Return the answer. See the base class."""
        if isinstance(choice, str) and choice in YES_NO_ANSWERS:
            return choice
        raise InvalidVote([("", 'must be "for", "against" or "abstain"')])

    def reader(self, question: Question) -> Callable[[str], str]:  # noqa: ARG002  the answers are fixed
        """Return a parser of answers. See the base class."""

        def read(text: str) -> str:
            return text if text in YES_NO_ANSWERS else not_canonical(text)

        return read

    def to_choice(self, question: Question, text: str) -> str:
        """Return the answer. See the base class."""
        return self.reader(question)(text)

    def schema(self, question: Question | None) -> dict[str, Any]:  # noqa: ARG002  the answers are fixed
        """Describe the answer. See the base class."""
        return {"type": "string", "enum": list(YES_NO_ANSWERS)}


class OneOption(BallotForm[str]):
    """One option id, or null (or ``""``) for a blank ballot where ``min`` is 0; the text is the id."""

    settings: ClassVar[tuple[Setting, ...]] = (
        IntegerSetting("min", "Fewest options a ballot names: 0 permits a blank ballot.", 1, 0, 1),
    )

    def canonical(self, question: Question, choice: object) -> str:
        """Return the id, or the empty text. See the base class."""
        if choice is None or choice == "":
            if question.settings["min"] == 0:
                return ""
            raise InvalidVote([("", "choose one option; this ballot takes no blank votes")])
        if isinstance(choice, str) and choice in question.options:
            return choice
        raise InvalidVote([("", unknown_option(choice))])

    def reader(self, question: Question) -> Callable[[str], str]:
        """Return a parser of ids; a blank ballot is the empty text. See the base class."""
        admitted = frozenset(question.options)
        if question.settings["min"] == 0:
            admitted |= {""}

        def read(text: str) -> str:
            return text if text in admitted else not_canonical(text)

        return read

    def to_choice(self, question: Question, text: str) -> str | None:
        """Return the id, or None for a blank ballot. See the base class."""
        return self.reader(question)(text) or None

    def schema(self, question: Question | None) -> dict[str, Any]:
        """Describe the choice. See the base class."""
        if question is not None and question.settings["min"] == 1:
            return option_schema(question)
        return {"oneOf": [option_schema(question), {"type": "null"}, {"const": ""}]}
