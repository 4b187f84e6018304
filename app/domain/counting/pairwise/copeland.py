"""Copeland: most matches won, where every two options are a match.

Source: A. H. Copeland, "A reasonable social welfare function", Seminar on Mathematics in Social Sciences,
University of Michigan, 1951; a tied match counts half for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from app.domain.counting.figures import fraction_text
from app.domain.counting.method import Method
from app.domain.counting.pairwise.comparison import Comparison
from app.domain.counting.pairwise.count import BALLOTS, FORM, Ordering, count_pairwise, pairwise_problems
from app.domain.counting.pairwise.status_quo import SETTINGS, status_quo_rule
from app.domain.counting.question import Question
from app.domain.counting.result import Statement, Tally
from app.domain.counting.settings import ChoiceSetting
from app.domain.counting.ties import Criterion, TieOrder

TIES = ChoiceSetting(
    "ties",
    "How options with the same number of matches are told apart.",
    "margins",
    {
        "margins": "by the sum of their margins over all others (the weight for them less the weight against "
        "them), then by the ballot's tie order",
        "tie_order": "by the ballot's tie order at once",
    },
)


def tally_copeland(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Count by Copeland's rule. ``ballots`` is not empty."""
    return count_pairwise(question, ballots, tie_order, order_by_matches)


def order_by_matches(
    question: Question, comparison: Comparison, _tie_order: TieOrder, _round_number: int
) -> Ordering:
    """Order the options by matches won, a tied match counting half."""
    options = comparison.options
    matches = {
        one: sum(
            (
                Fraction(comparison.beats(one, other)) + Fraction(not comparison.beats(other, one))
                for other in options
                if other != one
            ),
            Fraction(0),
        )
        / 2
        for one in options
    }
    scores = sorted(set(matches.values()), reverse=True)
    margins = {
        one: sum(comparison.preferring[one][o] - comparison.preferring[o][one] for o in options if o != one)
        for one in options
    }
    shown = {option: fraction_text(score) for option, score in matches.items()}
    return Ordering(
        action="matches",
        totals=matches,
        ranking=[[option for option in options if matches[option] == score] for score in scores],
        statements=[Statement("copeland.matches", {"matches": shown})],
        criteria=[Criterion("margins", margins)] if question.settings["ties"] == "margins" else [],
    )


COPELAND = Method(
    name="copeland",
    version="1",
    title="Copeland: ranked choices compared two by two, most matches won",
    rule=lambda question: (
        "Every two options are a match: one wins it if more weight ranks it higher than lower; otherwise the "
        "match is tied and counts half for both. The option with the most matches wins. Options with equally many "
        f"are told apart {TIES.choices[question.settings['ties']]}.{status_quo_rule(question)}"
    ),
    ballots=BALLOTS,
    ties="Equally many matches: the status quo if it is one of them, else the sum of margins, then the ballot's "
    "tie order (setting: ties).",
    form=FORM,
    tally=tally_copeland,
    choice_example=["mint", ["lime", "plum"]],
    own_settings=(TIES, *SETTINGS),
    own_problems=pairwise_problems,
)
