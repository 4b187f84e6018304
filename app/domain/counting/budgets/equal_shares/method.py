"""Equal shares as the registry knows it: the settings and the rule in words."""

from __future__ import annotations

from app.domain.counting.budgets.equal_shares.tally import FORM, tally_equal_shares
from app.domain.counting.budgets.money import (
    MONEY_EXAMPLE,
    MONEY_SETTINGS,
    MOST,
    cost_problems,
    threshold_rule,
    tie_rule,
)
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Question
from app.domain.counting.settings import ChoiceSetting, IntegerSetting

UTILITY = ChoiceSetting(
    "utility",
    "What a funded option is worth to a voter who supports it.",
    "cost",
    {"cost": "its cost", "cardinality": "one, whatever it costs"},
)
COMPLETION = ChoiceSetting(
    "completion",
    "What becomes of money that no option's supporters can spend.",
    "add1_greedy",
    {
        "none": "it is left",
        "add1": "the shares are raised step by step and the count repeated, and the last outcome within the "
        "budget stands",
        "greedy": "further options are funded by votes, those that cost more than is left being passed over",
        "add1_greedy": "add1, then greedy",
    },
)
ADD1_STEP = IntegerSetting(
    "add1_step",
    "By how much add1 raises at a time, in the currency's smallest unit; null: by a hundredth of what is raised, "
    "rounded down, but at least by 1.",
    None,
    1,
    MOST,
)
ADD1_OF = ChoiceSetting(
    "add1_of",
    "What add1 raises.",
    "budget",
    {
        "budget": "the budget that is shared out, whatever the unit of weight",
        "share": "the share of each vote (unit of weight), to whole multiples of the step",
    },
)
ADD1_CAP = IntegerSetting("add1_cap", "How often add1 raises at most.", 1000, 1, 100_000)
ADD1_UNTIL = ChoiceSetting(
    "add1_until",
    "When add1 ends.",
    "over_budget",
    {
        "over_budget": "before the first raise with which the budget would be exceeded",
        "exhausted": "the same, or earlier: once no option that is left fits into the money that is left",
    },
)
COMPARISON = ChoiceSetting(
    "comparison",
    "Whether the outcome is compared with spending by votes, which stands if more votes prefer it.",
    "none",
    {
        "none": "no comparison",
        "options": "a vote prefers the outcome with more funded options that it supports",
        "represented": "a vote prefers the outcome with a funded option that it supports over one without",
    },
)


def _rule(question: Question) -> str:
    settings = question.settings
    price = "the payment divided by its cost" if settings["utility"] == "cost" else "the payment"
    return (
        "The budget is divided equally among the votes that express a choice: that is each vote's share (a "
        "vote of weight w counts as w votes). An option can be bought if the votes that support it hold its "
        "cost together. All of them then pay the same, or all they hold if that is less; what those pay who "
        f"pay the same is the payment, and the option's price is {price}. The option with the lowest price is "
        "bought, its supporters pay, and so on until no option can be bought. "
        f"{threshold_rule(question)} A tie: {tie_rule(question)}. {_completion(question)}{_comparison(question)}"
    )


def _completion(question: Question) -> str:
    settings = question.settings
    rule = ""
    if settings["completion"] in {"add1", "add1_greedy"}:
        step, cap = settings["add1_step"], settings["add1_cap"]
        hundredth = f"a hundredth of the real {settings['add1_of']}, rounded down, but at least 1"
        raised = (
            f"the share raised to the next multiple of {step or hundredth}"
            if settings["add1_of"] == "share"
            else f"the budget shared out raised by {step or hundredth}"
        )
        early = (
            " or no option that is left fits into the money that is left"
            if settings["add1_until"] == "exhausted"
            else ""
        )
        rule = (
            f"The whole count is repeated with {raised}, as long as what it buys costs no more than the real "
            f"budget; the last such count stands. It also ends after {cap} raises, or when every option "
            f"with votes enough is bought{early}. "
        )
    if settings["completion"] in {"greedy", "add1_greedy"}:
        rule += (
            "Then further options are funded in order of their votes, the most first; one that costs more "
            "than is left is passed over. "
        )
    return f"{rule}Money left over is not spent."


def _comparison(question: Question) -> str:
    if question.settings["comparison"] == "none":
        return ""
    return (
        " In the end the outcome is compared with the one of funding options in order of their votes, passing "
        f"over those that cost more than is left: {COMPARISON.choices[question.settings['comparison']]}. If "
        "more votes prefer that outcome, it stands instead."
    )


EQUAL_SHARES = Method(
    name="equal_shares",
    version="1",
    title="Method of Equal Shares: a budget in proportion",
    rule=_rule,
    ballots=BallotMeaning(
        invalid="Unknown or repeated options, fewer than min or more than max, are refused when cast.",
        empty="An empty list is a blank ballot: admitted where min is 0; it takes part, supports none and has "
        "no share of the budget.",
        partial="A ballot pays only for options it supports; what it does not use completes the budget as the "
        "question says.",
    ),
    ties="Options with equal prices are taken in the ballot's tie order, the cheaper first if the question "
    "says so (setting: ties).",
    form=FORM,
    tally=tally_equal_shares,
    choice_example=["mint", "lime"],
    own_settings=(
        *MONEY_SETTINGS,
        UTILITY,
        COMPLETION,
        ADD1_STEP,
        ADD1_OF,
        ADD1_CAP,
        ADD1_UNTIL,
        COMPARISON,
    ),
    own_problems=cost_problems,
    seats="budget",
    settings_example=MONEY_EXAMPLE,
)
