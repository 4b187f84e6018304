"""Schulze: a chain of victories is as strong as its weakest; the stronger chain counts.

Source: M. Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent
single-winner election method", Social Choice and Welfare 36 (2011) 267-303.
"""

from __future__ import annotations

from collections.abc import Mapping

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
from app.domain.counting.pairwise.defeats import STRENGTH, Chains, defeats_by_strength, layers, strength_text
from app.domain.counting.pairwise.status_quo import SETTINGS, status_quo_rule
from app.domain.counting.question import Question
from app.domain.counting.result import Statement, Tally
from app.domain.counting.ties import TieOrder


def tally_schulze(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Count by the Schulze method. ``ballots`` is not empty."""
    return count_pairwise(question, ballots, tie_order, order_by_paths)


def order_by_paths(
    question: Question, comparison: Comparison, _tie_order: TieOrder, _round_number: int
) -> Ordering:
    """Order the options by their strongest paths to each other.

    Defeats are linked from the strongest down: the defeat whose linking first lets one option reach another
    is the weakest on the strongest path between the two.
    """
    strength = question.settings["strength"]
    chains = Chains(comparison.options)
    place: dict[tuple[str, str], int] = {}
    paths: dict[str, dict[str, str]] = {option: {} for option in comparison.options}
    for level, equal in enumerate(defeats_by_strength(comparison, strength)):
        for defeat in equal:
            for one, other in chains.link(defeat):
                place[one, other] = level
                paths[one][other] = strength_text(defeat, strength)
    none = len(place)
    beaten_by = {
        one: [
            other
            for other in comparison.options
            if place.get((one, other), none) < place.get((other, one), none)
        ]
        for one in comparison.options
    }
    ranking = layers(comparison.options, beaten_by)
    return Ordering(
        action="paths",
        totals={option: len(beaten) for option, beaten in beaten_by.items()},
        ranking=ranking,
        statements=_said(comparison, paths, ranking[0]),
        tables={"paths": paths},
    )


def _said(
    comparison: Comparison, paths: Mapping[str, Mapping[str, str]], first: list[str]
) -> list[Statement]:
    """Compare the paths of whoever is first with those of the others, where that decided anything."""
    if comparison.condorcet_winner() is not None or len(comparison.options) > SPELT_OUT:
        return []
    return [
        Statement(
            "schulze.paths" if other in paths[one] and one in paths[other] else "schulze.path",
            {
                "one": one,
                "other": other,
                "forth": paths[one].get(other, ""),
                "back": paths[other].get(one, ""),
            },
        )
        for one in first
        for other in comparison.options
        if other != one and other in paths[one]
    ]


SCHULZE = Method(
    name="schulze",
    version="1",
    title="Schulze: ranked choices compared two by two, strongest chains",
    rule=lambda question: (
        "Every two options are compared: one beats the other if more weight ranks it higher than lower. The "
        f"strength of a victory is {STRENGTH.choices[question.settings['strength']]}. A path from one option to "
        "another is a chain of victories, as strong as the weakest of them. An option precedes another if its "
        "strongest path to it is stronger than the strongest path back (no path being weakest). Whoever no other "
        f"precedes wins; if these are several, the ballot's tie order decides.{status_quo_rule(question)}"
    ),
    ballots=BALLOTS,
    ties="Several options that no other precedes: the status quo if it is one of them, else the ballot's tie "
    "order.",
    form=FORM,
    tally=tally_schulze,
    choice_example=["mint", ["lime", "plum"]],
    own_settings=(STRENGTH, *SETTINGS),
    own_problems=pairwise_problems,
)
