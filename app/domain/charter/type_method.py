"""Whether a decision type's method, settings, seats and rules of decision fit together.

The counting methods judge questions; a type is a question whose options nobody knows yet. So it is tried on
questions with options enough, and with few enough for the methods that can take only few.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.domain import counting
from app.domain.charter.decision_type import DecisionType
from app.domain.counting.settings import AmountsSetting, OptionSetting, is_required

#: Numbers of options on which a type is tried: the usual ones, very many, and a handful.
_TRIED = (20, 1000, 200, 5)


def method_problems(rule: DecisionType) -> list[tuple[tuple[str | int, ...], str]]:
    """Name what in a type's method, settings, seats, quorum and shares does not fit together."""
    choice = rule.method != "yes_no"
    problems = [*_rules_problems(rule, choice=choice)]
    missing = [*_missing(rule)]
    if missing:
        return problems + missing
    tried = [_tried(rule, options) for options in _TRIED] if choice else [_tried(rule, 0)]
    return problems + ([] if [] in tried else tried[0])


def _rules_problems(rule: DecisionType, *, choice: bool) -> Iterator[tuple[tuple[str | int, ...], str]]:
    problem = rule.rules.problem(choice=choice)
    if problem is None:
        return
    at_fault = [name for name in ("threshold", "min_approval", "rejection_quorum") if getattr(rule, name)]
    if not choice:
        yield ("threshold",), problem
    for name in at_fault if choice else []:
        yield (name,), problem
    if choice and not at_fault:
        yield ("quorum",), problem


def _missing(rule: DecisionType) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Name the settings that every question states, where nobody is left to state them."""
    if "settings" in rule.left_open:
        return
    for setting in counting.METHODS[rule.method].settings:
        if isinstance(setting, AmountsSetting):
            yield (
                ("settings", setting.name),
                "names a ballot's options, which no charter knows; leave settings open",
            )
        elif is_required(setting) and setting.name not in rule.settings:
            yield ("settings", setting.name), "must be stated, or settings left open"


def _tried(rule: DecisionType, number: int) -> list[tuple[tuple[str | int, ...], str]]:
    method = counting.METHODS[rule.method]
    named = [
        rule.settings[setting.name]
        for setting in method.settings
        if isinstance(setting, OptionSetting) and isinstance(rule.settings.get(setting.name), str)
    ]
    others = (f"option_{index}" for index in range(number))
    options = tuple(dict.fromkeys([*named, *others]))[:number]
    question = counting.Question(rule.method, options, rule.seats, _completed(rule, options))
    try:
        counting.check_question(question)
    except counting.InvalidQuestion as invalid:
        return [_placed(pointer, detail) for pointer, detail in invalid.errors]
    return []


def _completed(rule: DecisionType, options: tuple[str, ...]) -> dict[str, Any]:
    """Return the type's settings, with any value for those that every question states by itself."""
    settings = dict(rule.settings)
    for setting in counting.METHODS[rule.method].settings:
        if setting.name in settings or not is_required(setting):
            continue
        least = getattr(setting, "minimum", 1)
        settings[setting.name] = (
            dict.fromkeys(options, least) if isinstance(setting, AmountsSetting) else least
        )
    return settings


def _placed(pointer: str, detail: str) -> tuple[tuple[str | int, ...], str]:
    first, *rest = pointer.removeprefix("/").split("/")
    # The options are made up; what is wrong with them is an option that a setting names.
    return (("settings",), detail) if first == "options" else ((first, *rest), detail)
