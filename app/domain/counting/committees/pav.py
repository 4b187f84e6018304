"""Proportional approval voting: the committee that gives voters most, each further member counting less.

Source: T. N. Thiele, "Om Flerfoldsvalg" (1895), as in M. Lackner and P. Skowron, "Multi-Winner Voting with
Approval Preferences" (2023), section 2.2 (PAV) and 2.3 (sequential PAV).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import combinations
from math import lcm

from app.domain.counting.committees.approved import BALLOTS, FORM, UNSUPPORTED, Approved, read_approved
from app.domain.counting.figures import fraction_text
from app.domain.counting.method import Method
from app.domain.counting.question import Problem, Question
from app.domain.counting.result import Round, Statement, Tally, tie_statements
from app.domain.counting.settings import ChoiceSetting
from app.domain.counting.ties import Tie, TieOrder, break_tie

MOST_OPTIONS_EXACT = 16
"""Most options of an exact count: it scores every set of them, and there are 2**16."""

COMPUTATION = ChoiceSetting(
    "computation",
    "How the committee is found.",
    "sequential",
    {
        "sequential": "one member after the other, each time the one that adds most to the score: sequential "
        "PAV, which can miss the best committee",
        "exact": f"every committee is scored; at most {MOST_OPTIONS_EXACT} options",
    },
)


def pav_problems(question: Question) -> list[Problem]:
    """Say that there are too many options to score every committee."""
    options = len(question.options)
    if question.settings["computation"] == "exact" and options > MOST_OPTIONS_EXACT:
        detail = f"exact takes at most {MOST_OPTIONS_EXACT} options; there are {options}"
        return [("/settings/computation", detail)]
    return []


def tally_pav(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Elect by the computation the question's settings name. ``ballots`` is not empty."""
    approved = read_approved(question, ballots)
    count = _exact if question.settings["computation"] == "exact" else _sequential
    return count(question, approved, tie_order)


def _sequential(question: Question, approved: Approved, tie_order: TieOrder) -> Tally:
    """Elect one option a round. Gains are kept in units of 1 / lcm(1, ..., seats)."""
    unit = lcm(*range(1, question.seats + 1))
    gains = {option: approved.votes[option] * unit for option in approved.supporters}
    elected_on = [0] * len(approved.ballots)
    winners: list[str] = []
    rounds: list[Round] = []
    score = Fraction(0)
    while gains and len(winners) < question.seats:
        most = max(gains.values())
        gain = Fraction(most, unit)
        tied = [option for option, amount in gains.items() if amount == most]
        option, ties = _choose(tied, tie_order, len(rounds) + 1, gain)
        del gains[option]
        winners.append(option)
        score += gain
        for index in approved.supporters[option]:
            elected_on[index] += 1
            seen, weight = elected_on[index], approved.weights[index]
            # From 1/seen to 1/(seen + 1); after the last seat nobody asks any more.
            less = weight * (unit // seen - unit // (seen + 1)) if seen < question.seats else 0
            for other in approved.ballots[index]:
                if other in gains:
                    gains[other] -= less
        figures = {"gain": fraction_text(gain), "score": fraction_text(score)}
        statements = [said for tie in ties for said in tie_statements(tie)]
        statements.append(Statement("pav.next", {"option": option, **figures}))
        rounds.append(
            Round(
                number=len(rounds) + 1,
                action="election",
                totals=approved.totals,
                subject=option,
                figures=figures,
                elected=(option,),
                ties=ties,
                statements=tuple(statements),
            )
        )
    return Tally(tuple(winners), approved.totals, tuple(rounds), {"score": fraction_text(score)})


def _exact(question: Question, approved: Approved, tie_order: TieOrder) -> Tally:
    """Score every committee of as many supported options as there are seats."""
    options = list(approved.supporters)
    size = min(question.seats, len(options))
    unit = lcm(*range(1, size + 1))
    scores = _scores(options, approved, unit)
    masks = [sum(1 << place for place in places) for places in combinations(range(len(options)), size)]
    highest = max(scores[mask] for mask in masks)
    score = Fraction(highest, unit)
    best = [
        frozenset(option for place, option in enumerate(options) if mask >> place & 1)
        for mask in masks
        if scores[mask] == highest
    ]
    committee, ties = _choose_committee(options, best, tie_order, score)
    winners = tuple(option for option in options if option in committee)
    figures = {"score": fraction_text(score), "committees": str(len(masks)), "highest": str(len(best))}
    said: list[Statement] = []
    if len(best) > 1:
        tied = {"committees": str(len(best)), "score": fraction_text(score)}
        said.append(Statement("pav.tied", tied))
    said += [line for tie in ties for line in tie_statements(tie)]
    said.append(Statement("pav.best", {"size": str(size), "winners": winners, "score": fraction_text(score)}))
    counted = Round(
        1, "election", approved.totals, figures=figures, elected=winners, ties=ties, statements=tuple(said)
    )
    return Tally(winners, approved.totals, (counted,), {"score": fraction_text(score)})


def _scores(options: list[str], approved: Approved, unit: int) -> list[int]:
    """Return the score of every set of options, in units; bit p of a set's number stands for option p.

    With N(T) the weight of the ballots that approve all of T, the score of a set S is the sum over its
    non-empty subsets T of (-1)**(|T| + 1) * N(T) / |T|, because 1 + 1/2 + ... + 1/n is the sum over k of
    (-1)**(k + 1) * C(n, k) / k. Both sums take one pass an option, however many ballots there are. Only sets
    of up to as many members as ``unit`` divides by are right; larger ones are not asked for.
    """
    place = {option: index for index, option in enumerate(options)}
    table = [0] * (1 << len(options))
    for ballot, weight in zip(approved.ballots, approved.weights, strict=True):
        table[sum(1 << place[option] for option in ballot)] += weight
    _add_up(table, len(options), supersets=True)
    table[0] = 0
    for number in range(1, len(table)):
        members = number.bit_count()
        part = table[number] * unit // members
        table[number] = part if members % 2 else -part
    _add_up(table, len(options), supersets=False)
    return table


def _add_up(table: list[int], size: int, *, supersets: bool) -> None:
    """Replace the entry of every set by the sum of the entries of its supersets, or of its subsets."""
    for place in range(size):
        bit = 1 << place
        for number in range(len(table)):
            if number & bit:
                if supersets:
                    table[number ^ bit] += table[number]
                else:
                    table[number] += table[number ^ bit]


def _choose(
    tied: list[str], tie_order: TieOrder, number: int, value: Fraction
) -> tuple[str, tuple[Tie, ...]]:
    if len(tied) == 1:
        return tied[0], ()
    tie = break_tie(tie_order, tied, round_number=number, purpose="election", value=fraction_text(value))
    return tie.chosen, (tie,)


def _choose_committee(
    options: list[str], best: list[frozenset[str]], tie_order: TieOrder, score: Fraction
) -> tuple[frozenset[str], tuple[Tie, ...]]:
    """Keep, while committees are tied, those with the most favoured option that only some of them have."""
    ties: list[Tie] = []
    while len(best) > 1:
        disputed = [
            option for option in options if 0 < sum(option in committee for committee in best) < len(best)
        ]
        tie = break_tie(tie_order, disputed, round_number=1, purpose="election", value=fraction_text(score))
        ties.append(tie)
        best = [committee for committee in best if tie.chosen in committee]
    return best[0], tuple(ties)


def _rule(question: Question) -> str:
    computation: Callable[[int], str] = {"exact": _exact_rule, "sequential": _sequential_rule}[
        question.settings["computation"]
    ]
    return (
        "A ballot gives a committee of which it approves n members the score 1 + 1/2 + ... + 1/n, times the "
        f"ballot's weight. {computation(question.seats)} {UNSUPPORTED}"
    )


def _exact_rule(seats: int) -> str:
    return (
        f"The committee of {seats} with the highest score is elected. Of several with the same score, those "
        "are kept that hold the option most favoured by the ballot's tie order among the options that only "
        "some of them hold, and so on until one is left."
    )


def _sequential_rule(seats: int) -> str:
    return (
        f"{seats} options are elected, one a round: each time the one that adds most to the score of those "
        "elected before. A tie: the ballot's tie order decides. (This is sequential PAV; another committee "
        "may score higher.)"
    )


PAV = Method(
    name="pav",
    version="1",
    title="Proportional approval voting: approvals, several winners in proportion",
    rule=_rule,
    ballots=BALLOTS,
    ties="Options, or with exact computation committees, with equal scores are decided by the ballot's tie "
    "order.",
    form=FORM,
    tally=tally_pav,
    choice_example=["mint", "lime"],
    own_settings=(COMPUTATION,),
    own_problems=pav_problems,
    seats="many",
)
