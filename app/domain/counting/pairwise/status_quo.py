"""The status quo as an option: whoever is to replace it must beat it by the majority asked for.

Sources: LiquidFeedback Core 3, direct majority (``direct_majority_num`` and its siblings); Debian Constitution
A.6.3 (2003): options that do not defeat the default option as required are dropped before the count.
"""

from __future__ import annotations

from app.domain.counting.pairwise.comparison import Comparison
from app.domain.counting.question import Problem, Question
from app.domain.counting.result import Round, Statement
from app.domain.counting.settings import ChoiceSetting, IntegerSetting, OptionSetting, RatioSetting, Setting
from app.domain.decision import Ratio

_CONDITIONS: tuple[ChoiceSetting | IntegerSetting | RatioSetting, ...] = (
    RatioSetting(
        "majority",
        "The share an option needs of the weight that prefers it to the status quo or the status quo to it.",
        "1/2",
    ),
    ChoiceSetting(
        "majority_test",
        "Whether that share must be exceeded.",
        "more_than",
        {"more_than": "more than the share is needed", "at_least": "the share itself is enough"},
    ),
    IntegerSetting(
        "positive_floor", "The weight that must at least prefer an option to the status quo.", 0, 0
    ),
    IntegerSetting(
        "non_negative_floor",
        "The weight that must at least not prefer the status quo to an option.",
        0,
        0,
    ),
)

SETTINGS: tuple[Setting, ...] = (
    OptionSetting("status_quo", "The option that stands for no change; null: there is none."),
    *_CONDITIONS,
)


def status_quo_problems(question: Question) -> list[Problem]:
    """Name a status quo that is no option, and conditions that would have nothing to be compared with."""
    status_quo = question.settings["status_quo"]
    if status_quo is None:
        return [
            (f"/settings/{setting.name}", "has no meaning without a status quo")
            for setting in _CONDITIONS
            if question.settings[setting.name] != setting.default
        ]
    if status_quo not in question.options:
        return [("/settings/status_quo", f'"{status_quo[:40]}" is not an option of this ballot')]
    return []


def beats_status_quo(question: Question, comparison: Comparison, option: str) -> bool:
    """Say whether an option has the majority over the status quo that the settings ask for."""
    settings = question.settings
    positive = comparison.preferring[option][settings["status_quo"]]
    negative = comparison.preferring[settings["status_quo"]][option]
    strict = settings["majority_test"] == "more_than"
    return (
        Ratio.parse(settings["majority"]).reached_by(positive, positive + negative, strict=strict)
        and positive >= int(settings["positive_floor"])
        and comparison.valid - negative >= int(settings["non_negative_floor"])
    )


def set_aside(question: Question, comparison: Comparison, wins: dict[str, str]) -> Round:
    """Hold the test of all options, as round 2; ``excluded`` are those that fail it.

    :param wins: each option's total to be shown.
    """
    status_quo = question.settings["status_quo"]
    challengers = [option for option in question.options if option != status_quo]
    failing = tuple(option for option in challengers if not beats_status_quo(question, comparison, option))
    statements = [
        Statement(
            "status_quo.fails" if option in failing else "status_quo.passes",
            {
                "option": option,
                "status_quo": status_quo,
                "for": str(comparison.preferring[option][status_quo]),
                "against": str(comparison.preferring[status_quo][option]),
            },
        )
        for option in challengers
    ]
    return Round(2, "majority_test", wins, excluded=failing, statements=tuple(statements))


def status_quo_rule(question: Question) -> str:
    """State the test in words; nothing where there is no status quo."""
    settings = question.settings
    if settings["status_quo"] is None:
        return ""
    share = Ratio.parse(settings["majority"])
    needed = "more than" if settings["majority_test"] == "more_than" else "at least"
    floors = ""
    if settings["positive_floor"]:
        floors += f", if at least {settings['positive_floor']} prefers it to {settings['status_quo']}"
    if settings["non_negative_floor"]:
        floors += (
            f", if at least {settings['non_negative_floor']} of the valid weight does not prefer "
            f"{settings['status_quo']} to it"
        )
    return (
        f" {settings['status_quo']} is the status quo. Before anything else is decided, every option is set aside "
        f"unless, of the weight that prefers it to {settings['status_quo']} or {settings['status_quo']} to it, "
        f"{needed} {share} prefers it{floors}. If the rule then leaves the status quo first or tied for first, "
        "nothing changes."
    )
