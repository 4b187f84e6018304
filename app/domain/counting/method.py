"""What the registry knows of a method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.domain.counting.forms.form import BallotForm
from app.domain.counting.question import Problem, Question
from app.domain.counting.result import Tally
from app.domain.counting.settings import Setting, complete, is_required
from app.domain.counting.ties import TieOrder

TallyFunction = Callable[[Question, Mapping[str, int], TieOrder], Tally]
"""Counts the non-blank ballots (canonical text to weight) of a checked question with complete settings."""


def _no_problems(_question: Question) -> list[Problem]:
    return []


@dataclass(frozen=True, slots=True)
class BallotMeaning:
    """What becomes of a ballot that is not simply complete, in sentences for voters and auditors."""

    invalid: str
    empty: str
    partial: str


@dataclass(frozen=True, slots=True)
class Method:
    """One counting method, as data.

    :param name: its name in the API and in a decision type.
    :param version: changes whenever the rule's outcome could.
    :param title: a few words for people.
    :param rule: states the rule for a checked question, exactly enough to count by hand.
    :param ballots: what invalid, empty and partial ballots mean.
    :param ties: how ties are broken.
    :param form: the ballot form.
    :param tally: the counting function.
    :param choice_example: a choice a voter might send, for documentation.
    :param own_settings: settings of the rule, beside those of the ballot form.
    :param own_problems: names what is wrong with these settings taken together, or with the options.
    :param seats: whether the method elects ``one`` option, or as many as the question has seats (``many``),
        or funds as many as its ``budget`` pays for, or answers a question without options (``none``).
    :param settings_example: settings a question might carry, for documentation: every required one is there.
    """

    name: str
    version: str
    title: str
    rule: Callable[[Question], str]
    ballots: BallotMeaning
    ties: str
    form: BallotForm[Any]
    tally: TallyFunction
    choice_example: Any
    own_settings: tuple[Setting, ...] = ()
    own_problems: Callable[[Question], list[Problem]] = _no_problems
    seats: Literal["none", "one", "many", "budget"] = "one"
    settings_example: Mapping[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Return every setting a question under this method may carry."""
        return self.form.settings + self.own_settings

    def settings_schema(self) -> dict[str, Any]:
        """Describe the settings as JSON Schema."""
        schema = {
            "type": "object",
            "properties": {setting.name: setting.schema() for setting in self.settings},
            "additionalProperties": False,
        }
        required = [setting.name for setting in self.settings if is_required(setting)]
        return schema | {"required": required} if required else schema

    def choice_schema(self, question: Question | None = None) -> dict[str, Any]:
        """Describe a choice as JSON Schema, for a question or in general; for documentation."""
        if question is None:
            return self.form.schema(None)
        return self.form.schema(self.completed(question))

    def completed(self, question: Question) -> Question:
        """Return the question with every setting the method declares, defaults filled in."""
        return Question(
            question.method,
            question.options,
            question.seats,
            complete(self.settings, question.settings),
        )
