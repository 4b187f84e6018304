"""What each option gets from a ballot that asks for money: by approval, in points, or by rank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from app.domain.counting.forms.approvals import Approvals
from app.domain.counting.forms.form import BallotForm
from app.domain.counting.forms.listed import LIST_SETTINGS, limits
from app.domain.counting.forms.numbered import NumberedOptions
from app.domain.counting.forms.portions import Points
from app.domain.counting.forms.rankings import StrictRanking
from app.domain.counting.question import Problem, Question
from app.domain.counting.settings import ChoiceSetting, Setting

BALLOT = ChoiceSetting(
    "ballot",
    "What a ballot says.",
    "approvals",
    {
        "approvals": "a list of options, each of which gets one vote",
        "points": "an object of options and points",
        "ranking": "a list of options in order of preference: the first gets as many points as options can "
        "be listed (max), each further one a point less",
    },
)

_FORMS: Mapping[str, BallotForm[Any]] = {
    "approvals": Approvals(),
    "points": Points(),
    "ranking": StrictRanking(),
}


class Support(BallotForm[NumberedOptions]):
    """Approvals, points or a ranking, as the question's setting ``ballot`` says; each with its own text."""

    settings: ClassVar[tuple[Setting, ...]] = (
        BALLOT,
        *LIST_SETTINGS,
        *(setting for setting in Points.settings if setting.name != "min"),
    )

    def problems(self, question: Question) -> list[Problem]:
        """Name limits that contradict each other or the kind of ballot. See the base class."""
        if question.settings["ballot"] != "points":
            return _form(question).problems(question)
        fewest, most = question.settings["min"], question.settings["max"]
        problems = _form(question).problems(question)
        if fewest > 1:
            problems.append(("/settings/min", f"is {fewest}; a ballot of points has 0 or 1"))
        if most is not None:
            problems.append(("/settings/max", "a ballot of points lists any number of options"))
        return problems

    def canonical(self, question: Question, choice: object) -> str:
        """Return the text of the kind of ballot the question asks for. See the base class."""
        return _form(question).canonical(question, choice)

    def reader(self, question: Question) -> Callable[[str], NumberedOptions]:
        """Return a parser into (option, what it gets). See the base class."""
        kind = question.settings["ballot"]
        read = _form(question).reader(question)
        if kind == "points":
            return read
        if kind == "approvals":
            return lambda text: tuple((option, 1) for option in read(text))
        first = limits(question)[1]
        return lambda text: tuple((option, first - place) for place, option in enumerate(read(text)))

    def to_choice(self, question: Question, text: str) -> Any:
        """Return the JSON choice of the kind the question asks for. See the base class."""
        return _form(question).to_choice(question, text)

    def schema(self, question: Question | None) -> dict[str, Any]:
        """Describe the choice, of any kind if there is no question. See the base class."""
        if question is None:
            return {"oneOf": [form.schema(None) for form in (_FORMS["approvals"], _FORMS["points"])]}
        return _form(question).schema(question)


def _form(question: Question) -> BallotForm[Any]:
    return _FORMS[question.settings["ballot"]]
