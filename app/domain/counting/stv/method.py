"""Single transferable vote as the registry knows it: the ballots, and the choice between sets of rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.domain.counting.forms.rankings import StrictRanking
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Problem, Question
from app.domain.counting.result import Tally
from app.domain.counting.settings import ChoiceSetting
from app.domain.counting.stv import gregory, meek, scottish
from app.domain.counting.ties import TieOrder

FORM = StrictRanking()

Rules = Callable[[Question, Sequence[tuple[tuple[str, ...], int]], TieOrder], Tally]

RULES: Mapping[str, tuple[Rules, Callable[[Question], str], str]] = {
    "scottish": (
        scottish.tally_scottish,
        lambda _question: scottish.RULE,
        "weighted inclusive Gregory transfers to five decimals",
    ),
    "gregory": (
        gregory.tally_gregory,
        lambda _question: gregory.RULE,
        "the same in exact fractions",
    ),
    "meek": (
        meek.tally_meek,
        meek.meek_rule,
        "every vote is shared anew in each round, to the precision stated",
    ),
}
"""Name of a set of rules: the counting function, the rule's text for a question, and a few words on it."""

SETTING = ChoiceSetting(
    "rules",
    "The rules of the count.",
    "scottish",
    {name: words for name, (_, _, words) in RULES.items()},
)


def tally_stv(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Count by the rules the question's settings name. ``ballots`` is not empty."""
    read = FORM.reader(question)
    tally, _, _ = RULES[question.settings["rules"]]
    return tally(question, [(read(text), weight) for text, weight in ballots.items()], tie_order)


def _problems(question: Question) -> list[Problem]:
    """Refuse a precision where the rules have their own."""
    rules, precision = question.settings["rules"], question.settings["precision"]
    if rules != "meek" and precision is not None:
        return [("/settings/precision", f"has no meaning under the {rules} rules")]
    return []


STV = Method(
    name="stv",
    version="1",
    title="Single transferable vote: ranked choices, several winners in proportion",
    rule=lambda question: RULES[question.settings["rules"]][1](question),
    ballots=BallotMeaning(
        invalid="Unknown or repeated options, equal ranks, fewer than min or more than max, are refused when "
        "cast.",
        empty="An empty list is a blank ballot: admitted where min is 0; it takes part, counts for none and "
        "does not raise the quota.",
        partial="A ballot counts for the options it ranks and for no others; what its last option passes on "
        "is exhausted.",
    ),
    ties="The latest earlier stage at which the tied options stood apart decides, then the ballot's tie "
    "order.",
    form=FORM,
    tally=tally_stv,
    choice_example=["mint", "lime", "plum"],
    own_settings=(SETTING, meek.PRECISION),
    own_problems=_problems,
    seats="many",
)
