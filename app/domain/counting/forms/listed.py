"""What ballots that list options have in common: how many options a ballot must and may list."""

from __future__ import annotations

from app.domain.counting.question import Problem, Question
from app.domain.counting.settings import IntegerSetting, Setting

LIST_SETTINGS: tuple[Setting, ...] = (
    IntegerSetting("min", "Fewest options a ballot lists: 0 permits a blank ballot.", 1, 0),
    IntegerSetting("max", "Most options a ballot lists; null: all of them.", None, 1),
)


def limits(question: Question) -> tuple[int, int]:
    """Return the fewest and the most options a ballot lists."""
    most = question.settings["max"]
    return question.settings["min"], len(question.options) if most is None else most


def limit_problems(question: Question) -> list[Problem]:
    """Name what is wrong with ``min`` and ``max`` taken together with the options."""
    fewest, most = limits(question)
    if most > len(question.options):
        return [("/settings/max", f"is {most}, but there are {len(question.options)} options")]
    if fewest > most:
        return [("/settings/min", f"is {fewest}, more than the {most} a ballot may list")]
    return []


def number_problems(question: Question, listed: int, verb: str) -> list[Problem]:
    """Say that too few or too many options are listed. ``verb`` is what the voter does to them."""
    fewest, most = limits(question)
    if listed < fewest:
        return [("", f"{verb} at least {fewest} options; this ballot has {listed}")]
    if listed > most:
        return [("", f"{verb} at most {most} options; this ballot has {listed}")]
    return []
