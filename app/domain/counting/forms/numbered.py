"""Options with a number each: what ballots that score, grade or divide have in common."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from app.domain.counting.forms.form import BallotForm, not_canonical, option_schema, unknown_option
from app.domain.counting.question import InvalidVote, Question
from app.domain.counting.settings import IntegerSetting

BLANK_SETTING = IntegerSetting("min", "Fewest options a ballot speaks of: 0 permits a blank ballot.", 1, 0, 1)

NumberedOptions = tuple[tuple[str, int], ...]
"""(option, number) in the question's order, for the options that a ballot speaks of."""

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")


class Numbered(BallotForm[NumberedOptions]):
    """``{"mint": 5, "lime": 3}``: a number for an option; the text is ``mint:5,lime:3`` in the question's order.

    What a number means, its bounds and what the ballot as a whole must keep to are the affair of the kinds
    of this form. ``{}`` is blank, where ``min`` is 0.
    """

    what: ClassVar[str]
    """What a number is called in a message, for example ``score``."""

    @abstractmethod
    def bounds(self, question: Question) -> tuple[int, int]:
        """Return the least and the greatest number an option may have."""

    def left_out(self, question: Question) -> int | None:  # noqa: ARG002  not every kind has such a number
        """Return the number that means the same as leaving the option out, if there is one."""
        return None

    def ballot_problem(self, question: Question, numbers: Mapping[str, int]) -> str | None:  # noqa: ARG002  not every kind has a rule for the whole
        """Say what is wrong with a ballot as a whole whose numbers are each within bounds, or None."""
        return None

    def kept(self, question: Question) -> str | None:  # noqa: ARG002  not every kind keeps one
        """Return the option that stands for a ballot of which everything could be left out, if one does."""
        return None

    def normal(self, question: Question, numbers: Mapping[str, int]) -> Mapping[str, int]:
        """Return the one way of writing what these numbers mean."""
        omitted = self.left_out(question)
        normal = {option: number for option, number in numbers.items() if number != omitted}
        kept = self.kept(question)
        if numbers and not normal and omitted is not None and kept is not None:
            return {kept: omitted}
        return normal

    def whole(self, question: Question, numbers: Mapping[str, int]) -> bool:  # noqa: ARG002  not every kind has a rule for the whole
        """Say whether entries that are each as they should be are so together."""
        return True

    def written(self, question: Question, number: int) -> str:  # noqa: ARG002  grades have words for it
        """Write one number in the text."""
        return str(number)

    def understood(self, question: Question, written: str) -> int | None:  # noqa: ARG002  grades have words for it
        """Read what :meth:`written` wrote; None for anything else."""
        return int(written) if _INTEGER.fullmatch(written) else None

    def value_problem(self, question: Question, value: object) -> str | None:
        """Say what is wrong with the value a voter sent for one option, or None."""
        least, greatest = self.bounds(question)
        # JSON true is an int to Python, and no number to anyone else.
        if type(value) is int and least <= value <= greatest:
            return None
        return f"must be a whole number from {least} to {greatest}"

    def number(self, question: Question, value: Any) -> int:  # noqa: ARG002  grades are numbered by the question
        """Return the number of a value without a problem."""
        return int(value)

    def value(self, question: Question, number: int) -> Any:  # noqa: ARG002  grades are named by the question
        """Return the value a voter would send for a number."""
        return number

    def canonical(self, question: Question, choice: object) -> str:
        """Return the options and their numbers in the question's order. See the base class."""
        if not isinstance(choice, dict):
            raise InvalidVote([("", f"must be an object with a {self.what} for each option id")])
        # More entries than options need no list of complaints as long as themselves.
        if len(choice) > len(question.options):
            detail = f"speaks of {len(choice)} options, but there are {len(question.options)}"
            raise InvalidVote([("", detail)])
        options = frozenset(question.options)
        problems = [("", unknown_option(option)) for option in choice if option not in options]
        problems += [
            (f"/{option}", problem)
            for option, value in choice.items()
            if option in options and (problem := self.value_problem(question, value))
        ]
        if problems:
            raise InvalidVote(problems)
        numbers = {option: self.number(question, value) for option, value in choice.items()}
        if problem := self.ballot_problem(question, numbers):
            raise InvalidVote([("", problem)])
        normal = self.normal(question, numbers)
        if not normal and question.settings["min"] > 0:
            raise InvalidVote(
                [("", f"give at least one option a {self.what}; this ballot takes no blank votes")]
            )
        return self._text(question, normal)

    def reader(self, question: Question) -> Callable[[str], NumberedOptions]:
        """Return a parser into (option, number) pairs in the question's order. See the base class."""
        place = {option: index for index, option in enumerate(question.options)}
        least, greatest = self.bounds(question)
        omitted, kept, blank = self.left_out(question), self.kept(question), question.settings["min"] == 0
        # Ballots repeat each other's entries: every distinct one is taken apart once.
        entries: dict[str, tuple[int, tuple[str, int]]] = {}

        def learn(entry: str, text: str) -> tuple[int, tuple[str, int]]:
            option, _, written = entry.partition(":")
            number = self.understood(question, written)
            if option not in place or number is None or not least <= number <= greatest:
                not_canonical(text)
            learnt = place[option], (option, number)
            if number != omitted:
                entries[entry] = learnt
            elif text != entry or option != kept:
                not_canonical(text)
            return learnt

        def read(text: str) -> NumberedOptions:
            pairs: list[tuple[str, int]] = []
            before = -1
            for entry in text.split(",") if text else ():
                at, pair = entries.get(entry) or learn(entry, text)
                if at <= before:
                    not_canonical(text)
                before = at
                pairs.append(pair)
            if not (self.whole(question, dict(pairs)) if pairs else blank):
                not_canonical(text)
            return tuple(pairs)

        return read

    def to_choice(self, question: Question, text: str) -> dict[str, Any]:
        """Return the object the voter could have sent. See the base class."""
        return {option: self.value(question, number) for option, number in self.reader(question)(text)}

    def schema(self, question: Question | None) -> dict[str, Any]:
        """Describe the object. See the base class."""
        schema: dict[str, Any] = {
            "type": "object",
            "propertyNames": option_schema(question),
            "additionalProperties": self.value_schema(question),
        }
        if question is not None and question.settings["min"] > 0:
            schema["minProperties"] = 1
        return schema

    def value_schema(self, question: Question | None) -> dict[str, Any]:
        """Describe one option's value as JSON Schema."""
        if question is None:
            return {"type": "integer"}
        least, greatest = self.bounds(question)
        return {"type": "integer", "minimum": least, "maximum": greatest}

    def _text(self, question: Question, numbers: Mapping[str, int]) -> str:
        return ",".join(
            f"{option}:{self.written(question, numbers[option])}"
            for option in question.options
            if option in numbers
        )
