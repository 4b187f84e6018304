"""Ranked pairs: victories are locked in from the strongest down, unless they contradict stronger ones.

Sources: T. N. Tideman, "Independence of clones as a criterion for voting rules", Social Choice and Welfare 4
(1987) 185-206; T. M. Zavist and T. N. Tideman, "Complete independence of clones in the ranked pairs rule",
ibid. 6 (1989) 167-173, for breaking all ties by one order of the options; S. Eppley, "Maximize Affirmed
Majorities" (2003), for taking the victory over the least favoured option first among equal ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain.counting.method import Method
from app.domain.counting.pairwise.comparison import Comparison
from app.domain.counting.pairwise.count import (
    BALLOTS,
    FORM,
    SPELT_OUT,
    Ordering,
    count_pairwise,
    pairwise_problems,
)
from app.domain.counting.pairwise.defeats import (
    STRENGTH,
    Chains,
    Defeat,
    defeats_by_strength,
    layers,
    strength_text,
)
from app.domain.counting.pairwise.status_quo import SETTINGS, status_quo_rule
from app.domain.counting.question import Question
from app.domain.counting.result import Statement, Tally, tie_statements
from app.domain.counting.ties import Tie, TieOrder, break_tie


def tally_ranked_pairs(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Count by ranked pairs. ``ballots`` is not empty."""
    return count_pairwise(question, ballots, tie_order, order_by_locking)


def order_by_locking(
    question: Question, comparison: Comparison, tie_order: TieOrder, round_number: int
) -> Ordering:
    """Order the options by the victories that can be locked in."""
    strength = question.settings["strength"]
    place = {option: index for index, option in enumerate(tie_order.order)}
    chains = Chains(comparison.options)
    locked_in: dict[str, dict[str, str]] = {option: {} for option in comparison.options}
    ties: list[Tie] = []
    statements: list[Statement] = []
    for equal in defeats_by_strength(comparison, strength):
        possible = [defeat for defeat in equal if not chains.reaches(defeat.loser, defeat.winner)]
        # Of equal victories the one over the least favoured option comes first, so that the most favoured is
        # the last to be beaten.
        possible.sort(key=lambda defeat: (-place[defeat.loser], place[defeat.winner]))
        locked: list[Defeat] = []
        for defeat in possible:
            if not chains.reaches(defeat.loser, defeat.winner):
                chains.link(defeat)
                locked.append(defeat)
        shown = strength_text(equal[0], strength)
        for defeat in locked:
            locked_in[defeat.winner][defeat.loser] = shown
        if len(locked) < len(possible):
            # Victories of one strength contradict each other, so their order mattered.
            losers = {defeat.loser for defeat in possible}
            tie = break_tie(
                tie_order,
                [option for option in comparison.options if option in losers],
                round_number=round_number,
                purpose="lock",
                value=shown,
            )
            ties.append(tie)
            statements += tie_statements(tie)
        statements += _said(comparison, equal, locked, shown)
    beaten_by = {
        one: [other for other in comparison.options if other != one and chains.reaches(one, other)]
        for one in comparison.options
    }
    return Ordering(
        action="lock",
        totals={option: len(beaten) for option, beaten in beaten_by.items()},
        ranking=layers(comparison.options, beaten_by),
        statements=statements,
        ties=tuple(ties),
        tables={"locked": locked_in},
    )


def _said(
    comparison: Comparison, equal: Sequence[Defeat], locked: Sequence[Defeat], strength: str
) -> list[Statement]:
    """Name the victories left out and, while there are few options, those locked in."""
    statements = []
    if locked and len(comparison.options) <= SPELT_OUT:
        pairs = tuple(f"{defeat.winner}>{defeat.loser}" for defeat in locked)
        statements.append(Statement("ranked_pairs.locked", {"pairs": pairs, "strength": strength}))
    if skipped := tuple(f"{defeat.winner}>{defeat.loser}" for defeat in equal if defeat not in locked):
        statements.append(Statement("ranked_pairs.skipped", {"pairs": skipped, "strength": strength}))
    return statements


RANKED_PAIRS = Method(
    name="ranked_pairs",
    version="1",
    title="Ranked pairs: ranked choices compared two by two, strongest victories first",
    rule=lambda question: (
        "Every two options are compared: one beats the other if more weight ranks it higher than lower. The "
        f"strength of a victory is {STRENGTH.choices[question.settings['strength']]}. The victories are locked in "
        "from the strongest down, except those whose loser already leads to the winner through victories locked "
        "in. Victories of equal strength are taken in the ballot's tie order: first those over the least favoured "
        "option, and of these first the one of the most favoured. Whoever no victory locked in is over wins; if "
        f"these are several, the ballot's tie order decides.{status_quo_rule(question)}"
    ),
    ballots=BALLOTS,
    ties="Equal victories are locked in by the ballot's tie order; so is the winner chosen among several unbeaten, "
    "unless the status quo is one of them.",
    form=FORM,
    tally=tally_ranked_pairs,
    choice_example=["mint", ["lime", "plum"]],
    own_settings=(STRENGTH, *SETTINGS),
    own_problems=pairwise_problems,
)
