"""Options scored within a range, or graded in words."""

from __future__ import annotations

from typing import Any, ClassVar

from app.domain.counting.forms.numbered import BLANK_SETTING, Numbered
from app.domain.counting.question import Problem, Question
from app.domain.counting.settings import ChoiceSetting, IntegerSetting, Setting, WordsSetting

FURTHEST = 1000
"""How far a score may lie from 0."""

RANGE_SETTINGS: tuple[Setting, ...] = (
    IntegerSetting("lowest_score", "The lowest score.", 0, -FURTHEST, FURTHEST),
    IntegerSetting("highest_score", "The highest score.", 5, -FURTHEST, FURTHEST),
)

MISSING = ChoiceSetting(
    "missing_score",
    "What an option left without a score gets from a ballot.",
    "lowest",
    {"lowest": "the lowest score", "nothing": "nothing: neither its sum nor its mean knows of the ballot"},
)


class _Rated(Numbered):
    """What scores and grades share: the least may be left out, and a ballot may consist of nothing else."""

    def kept(self, question: Question) -> str | None:
        """Return the first option: a voter who finds every option equally bad has spoken. See the base class."""
        return question.options[0]


class Scores(_Rated):
    """``{"mint": 5, "lime": 3}``: a score for an option, from ``lowest_score`` to ``highest_score``.

    Options left out get the lowest score.
    """

    what: ClassVar[str] = "score"
    settings: ClassVar[tuple[Setting, ...]] = (BLANK_SETTING, *RANGE_SETTINGS)

    def problems(self, question: Question) -> list[Problem]:
        """Name a range without room for a difference. See the base class."""
        least, greatest = self.bounds(question)
        if least >= greatest:
            return [("/settings/highest_score", f"must be above the lowest score, {least}")]
        return []

    def bounds(self, question: Question) -> tuple[int, int]:
        """Return the range of the question. See the base class."""
        return question.settings["lowest_score"], question.settings["highest_score"]

    def left_out(self, question: Question) -> int | None:
        """Return the lowest score. See the base class."""
        return self.bounds(question)[0]


class ScoresOrNothing(Scores):
    """Scores, where the question says what an option left out gets: the lowest score, or nothing."""

    settings: ClassVar[tuple[Setting, ...]] = (*Scores.settings, MISSING)

    def left_out(self, question: Question) -> int | None:
        """Return the lowest score, unless a missing score is no score. See the base class."""
        return super().left_out(question) if question.settings["missing_score"] == "lowest" else None


class Grades(_Rated):
    """``{"mint": "good", "lime": "poor"}``: one of the question's ``grades`` for an option.

    The text is ``mint:good,lime:poor``; a grade's number is its distance from the worst. Options left out
    get the worst grade.
    """

    what: ClassVar[str] = "grade"
    settings: ClassVar[tuple[Setting, ...]] = (
        BLANK_SETTING,
        WordsSetting(
            "grades",
            "The grades in words, the best first.",
            ["excellent", "very_good", "good", "acceptable", "poor", "reject"],
            2,
            20,
        ),
    )

    def bounds(self, question: Question) -> tuple[int, int]:
        """Return 0 and the number of the best grade. See the base class."""
        return 0, len(question.settings["grades"]) - 1

    def left_out(self, question: Question) -> int | None:  # noqa: ARG002  the worst grade is always 0
        """Return the worst grade. See the base class."""
        return 0

    def written(self, question: Question, number: int) -> str:
        """Write a grade as its word. See the base class."""
        grades = question.settings["grades"]
        return str(grades[len(grades) - 1 - number])

    def understood(self, question: Question, written: str) -> int | None:
        """Read a word. See the base class."""
        grades = question.settings["grades"]
        return len(grades) - 1 - grades.index(written) if written in grades else None

    def value_problem(self, question: Question, value: object) -> str | None:
        """Say that a value is none of the words. See the base class."""
        if isinstance(value, str) and value in question.settings["grades"]:
            return None
        return f"must be one of {', '.join(question.settings['grades'])}"

    def number(self, question: Question, value: Any) -> int:
        """Return a word's distance from the worst. See the base class."""
        grades = question.settings["grades"]
        return len(grades) - 1 - int(grades.index(value))

    def value(self, question: Question, number: int) -> str:
        """Return the word. See the base class."""
        return self.written(question, number)

    def value_schema(self, question: Question | None) -> dict[str, Any]:
        """Describe a grade. See the base class."""
        return {"type": "string"} if question is None else {"enum": list(question.settings["grades"])}
