"""Cumulative voting: every ballot divides points among the options; most points win."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.counting.forms.portions import Points
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Question
from app.domain.counting.result import Tally
from app.domain.counting.seats import seats_in_words
from app.domain.counting.sums import elect_by_sums
from app.domain.counting.ties import TieOrder

FORM = Points()


def tally_cumulative(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Add the points up. ``ballots`` is not empty."""
    read = FORM.reader(question)
    sums = dict.fromkeys(question.options, 0)
    for text, weight in ballots.items():
        for option, points in read(text):
            sums[option] += weight * points
    return elect_by_sums(question, sums, tie_order, figures={"points_given": str(sum(sums.values()))})


def _rule(question: Question) -> str:
    points, most = question.settings["points"], question.settings["points_per_option"]
    limit = "" if most is None else f", at most {most} to one option"
    spend = "exactly" if question.settings["spend"] == "all" else "up to"
    return (
        f"Each ballot divides {spend} {points} points among the options in whole points{limit}. An option's total "
        f"is the sum of its points times the ballot's weight. The {seats_in_words(question.seats)} with the most "
        f"points {'is' if question.seats == 1 else 'are'} elected. An option nobody gives a point is not elected, "
        "even if a seat stays empty."
    )


CUMULATIVE = Method(
    name="cumulative",
    version="1",
    title="Cumulative: points to divide",
    rule=_rule,
    ballots=BallotMeaning(
        invalid="Unknown options, numbers of points that are negative or not whole, more points than there are "
        "and, where the setting spend is all, fewer, are refused when cast.",
        empty="A ballot that gives no points is blank: admitted where min is 0; it takes part and gives nothing.",
        partial="Options left out get no points; points kept back, where the setting spend permits that, count "
        "for none.",
    ),
    ties="Options with equal points at the last seat are decided by the ballot's tie order.",
    form=FORM,
    tally=tally_cumulative,
    choice_example={"mint": 7, "lime": 3},
    seats="many",
)
