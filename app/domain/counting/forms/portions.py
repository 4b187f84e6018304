"""Something divided among the options: points, shares of one's weight, or credits that buy votes."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, isqrt
from typing import ClassVar

from app.domain.counting.forms.numbered import BLANK_SETTING, Numbered
from app.domain.counting.question import Problem, Question
from app.domain.counting.settings import ChoiceSetting, IntegerSetting, Setting

MOST_POINTS = 1_000_000
MOST_PARTS = 1000


class _Portions(Numbered):
    """What all three share: whole numbers from 0, where 0 is the same as leaving the option out."""

    def left_out(self, question: Question) -> int | None:  # noqa: ARG002  always nothing
        """Return 0. See the base class."""
        return 0

    def whole(self, question: Question, numbers: Mapping[str, int]) -> bool:
        """Say whether the ballot keeps to its rule and is in its normal form. See the base class."""
        return self.ballot_problem(question, numbers) is None and self.normal(question, numbers) == numbers


class Points(_Portions):
    """``{"mint": 7, "lime": 3}``: ``points`` divided among the options in whole points."""

    what: ClassVar[str] = "number of points"
    settings: ClassVar[tuple[Setting, ...]] = (
        BLANK_SETTING,
        IntegerSetting("points", "The points a ballot divides.", 10, 1, MOST_POINTS),
        IntegerSetting(
            "points_per_option", "Most points a ballot gives one option; null: all.", None, 1, MOST_POINTS
        ),
        ChoiceSetting(
            "spend",
            "Whether a ballot must use its points up.",
            "up_to",
            {"up_to": "it may keep points back, which then count for none", "all": "it gives exactly all"},
        ),
    )

    def problems(self, question: Question) -> list[Problem]:
        """Name limits that contradict each other. See the base class."""
        points, most = question.settings["points"], self.bounds(question)[1]
        if most > points:
            return [("/settings/points_per_option", f"is {most}, more than the {points} points of a ballot")]
        if question.settings["spend"] == "all" and most * len(question.options) < points:
            detail = f"{len(question.options)} options with at most {most} points each cannot use {points}"
            return [("/settings/points_per_option", detail)]
        return []

    def bounds(self, question: Question) -> tuple[int, int]:
        """Return 0 and the most points one option may have. See the base class."""
        most = question.settings["points_per_option"]
        return 0, question.settings["points"] if most is None else most

    def ballot_problem(self, question: Question, numbers: Mapping[str, int]) -> str | None:
        """Say that too many or too few points are given. See the base class."""
        points, given = question.settings["points"], sum(numbers.values())
        if given > points:
            return f"gives {given} points; there are {points}"
        if 0 < given < points and question.settings["spend"] == "all":
            return f"gives {given} points; all {points} must be given"
        return None


class Shares(_Portions):
    """``{"mint": 2, "lime": 1}``: the ballot's weight in that proportion; here two thirds and one third.

    Only the proportion counts, so the text holds the shares in lowest terms.
    """

    what: ClassVar[str] = "share"
    settings: ClassVar[tuple[Setting, ...]] = (
        BLANK_SETTING,
        IntegerSetting(
            "parts",
            "Most parts a ballot divides its weight into: the greatest sum of its shares.",
            100,
            1,
            MOST_PARTS,
        ),
    )

    def bounds(self, question: Question) -> tuple[int, int]:
        """Return 0 and the number of parts. See the base class."""
        return 0, question.settings["parts"]

    def ballot_problem(self, question: Question, numbers: Mapping[str, int]) -> str | None:
        """Say that the ballot divides its weight too finely. See the base class."""
        parts, given = question.settings["parts"], sum(numbers.values())
        return f"the shares add up to {given}; at most {parts} is possible" if given > parts else None

    def normal(self, question: Question, numbers: Mapping[str, int]) -> Mapping[str, int]:
        """Return the shares in lowest terms. See the base class."""
        kept = super().normal(question, numbers)
        divisor = gcd(*kept.values())
        return {option: share // divisor for option, share in kept.items()}


class BoughtVotes(_Portions):
    """``{"mint": 7, "lime": 7}``: votes for options; v votes for one option cost v times v credits."""

    what: ClassVar[str] = "number of votes"
    settings: ClassVar[tuple[Setting, ...]] = (
        BLANK_SETTING,
        IntegerSetting("credits", "The credits a ballot spends at most.", 100, 1, MOST_POINTS),
    )

    def bounds(self, question: Question) -> tuple[int, int]:
        """Return 0 and the most votes the credits buy for one option. See the base class."""
        return 0, isqrt(question.settings["credits"])

    def ballot_problem(self, question: Question, numbers: Mapping[str, int]) -> str | None:
        """Say that the votes cost more than there is. See the base class."""
        budget, cost = question.settings["credits"], sum(votes * votes for votes in numbers.values())
        return f"costs {cost} credits; there are {budget}" if cost > budget else None
