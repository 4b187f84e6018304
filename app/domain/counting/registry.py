"""The methods as data, and what is done with any of them: check, canonical, parse, to_choice, count."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from app.domain.counting.borda import BORDA
from app.domain.counting.budgets.equal_shares.method import EQUAL_SHARES
from app.domain.counting.budgets.greedy import GREEDY_BUDGET
from app.domain.counting.committees.pav import PAV
from app.domain.counting.committees.phragmen import SEQUENTIAL_PHRAGMEN
from app.domain.counting.divided.cumulative import CUMULATIVE
from app.domain.counting.divided.quadratic import QUADRATIC
from app.domain.counting.divided.weighted_split import WEIGHTED_SPLIT
from app.domain.counting.irv import IRV
from app.domain.counting.method import Method
from app.domain.counting.most_votes import APPROVAL, PLURALITY
from app.domain.counting.pairwise.copeland import COPELAND
from app.domain.counting.pairwise.ranked_pairs import RANKED_PAIRS
from app.domain.counting.pairwise.schulze import SCHULZE
from app.domain.counting.question import InvalidQuestion, Problem, Question, option_problems
from app.domain.counting.result import CountResult, Statement, Tally, input_digest
from app.domain.counting.scored.majority_judgment import MAJORITY_JUDGMENT
from app.domain.counting.scored.score import SCORE
from app.domain.counting.scored.star import STAR
from app.domain.counting.settings import setting_problems
from app.domain.counting.stv.method import STV
from app.domain.counting.ties import TieOrder
from app.domain.counting.yes_no import YES_NO

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            YES_NO,
            PLURALITY,
            APPROVAL,
            SCORE,
            STAR,
            MAJORITY_JUDGMENT,
            IRV,
            STV,
            BORDA,
            SCHULZE,
            RANKED_PAIRS,
            COPELAND,
            CUMULATIVE,
            WEIGHTED_SPLIT,
            QUADRATIC,
            GREEDY_BUDGET,
            EQUAL_SHARES,
            PAV,
            SEQUENTIAL_PHRAGMEN,
        )
    }
)
"""Every method, by the name the API uses."""


def check_question(question: Question) -> None:
    """Check that a vote can be taken on the question; do so once, before its ballot opens.

    :raises InvalidQuestion: naming every place that is wrong, with pointers such as ``/options/2``.
    """
    method = _method(question)
    problems = setting_problems(method.settings, question.settings)
    if method.seats == "none" and question.options:
        problems.append(("/options", f"{method.name} has fixed answers and takes no options"))
    elif method.seats != "none" and not question.options:
        problems.append(("/options", "at least one option is needed"))
    problems += option_problems(question.options)
    problems += _seat_problems(method, question)
    # Limits are compared with each other and with the options only when each makes sense by itself.
    if not problems:
        complete = method.completed(question)
        problems = method.form.problems(complete) + method.own_problems(complete)
    if problems:
        raise InvalidQuestion(problems)


def canonical(question: Question, choice: object) -> str:
    """Return the one canonical text of a choice as the voter sent it, decoded from JSON.

    :raises InvalidVote: naming every place in the choice that is wrong, with pointers such as ``/2``.
    """
    method = _method(question)
    return method.form.canonical(method.completed(question), choice)


def parse(question: Question, text: str) -> Any:
    """Return the parsed ballot of a canonical text, of the type the method's ballot form states.

    :raises InvalidVote: when :func:`canonical` could not have made the text for this question.
    """
    method = _method(question)
    return method.form.reader(method.completed(question))(text)


def to_choice(question: Question, text: str) -> Any:
    """Return the JSON choice a canonical text stands for.

    :raises InvalidVote: when :func:`canonical` could not have made the text for this question.
    """
    method = _method(question)
    return method.form.to_choice(method.completed(question), text)


def count(question: Question, ballots: Mapping[str, int], *, tie_order: TieOrder) -> CountResult:
    """Count the votes.

    :param question: a question that :func:`check_question` accepts.
    :param ballots: canonical ballot text to the total weight of the votes with that text, each 1 or more and
        as large as need be, in the smallest unit of weight. Its order does not matter.
    :param tie_order: decides ties no count can; must order exactly the question's options.
    :raises InvalidQuestion: for a question no vote can be taken on.
    :raises InvalidVote: for a text that is not canonical for the question; nothing is skipped silently.
    :raises ValueError: for a weight that is not a positive integer, or a tie order of other options.
    """
    check_question(question)
    method = _method(question)
    complete = method.completed(question)
    if sorted(tie_order.order) != sorted(complete.options):
        raise ValueError("the tie order must order exactly the question's options")
    for text, weight in ballots.items():
        if type(weight) is not int or weight < 1:
            raise ValueError(f'the weight of "{text}" must be a positive integer, not {weight!r}')
    if "" in ballots:
        parse(complete, "")  # a blank ballot must be admitted to be counted as one
    expressed = {text: weight for text, weight in ballots.items() if text}
    if expressed or method.seats == "none":
        tally = method.tally(complete, expressed, tie_order)
    else:
        # Nobody chose anything: nobody is elected, by no method and by no lot.
        nothing = dict.fromkeys(complete.options, "0")
        allocation = nothing if method.seats == "budget" else None
        tally = Tally((), nothing, allocation=allocation, summary=(Statement("no_votes"),))
    return CountResult(
        method=method.name,
        version=method.version,
        rule=method.rule(complete),
        options=complete.options,
        seats=complete.seats,
        settings=complete.settings,
        winners=tally.winners,
        allocation=tally.allocation,
        totals=tally.totals,
        valid=str(sum(expressed.values())),
        blank=str(ballots.get("", 0)),
        figures=tally.figures,
        tables=tally.tables,
        rounds=tally.rounds,
        summary=tally.summary,
        tie_order=tie_order,
        input_digest=input_digest(ballots),
    )


def _method(question: Question) -> Method:
    try:
        return METHODS[question.method]
    except KeyError:
        detail = f"no such method; there are {', '.join(METHODS)}"
        raise InvalidQuestion([("/method", detail)]) from None


def _seat_problems(method: Method, question: Question) -> list[Problem]:
    if type(question.seats) is not int or question.seats < 1:
        return [("/seats", "must be an integer of at least 1")]
    if method.seats != "many" and question.seats != 1:
        return [("/seats", f"{method.name} has one outcome; seats must be 1")]
    if method.seats == "many" and question.options and question.seats > len(question.options):
        return [("/seats", f"is {question.seats}, more than the {len(question.options)} options")]
    return []
