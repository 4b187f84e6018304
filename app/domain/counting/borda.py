"""Borda: a ranking gives an option a point for every option ranked below it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from app.domain.counting.forms.rankings import WeakRanking
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Question
from app.domain.counting.result import Tally
from app.domain.counting.seats import seats_in_words
from app.domain.counting.settings import ChoiceSetting
from app.domain.counting.sums import elect_by_sums
from app.domain.counting.ties import TieOrder

FORM = WeakRanking()

UNRANKED = ChoiceSetting(
    "unranked",
    "What a ballot that does not rank every option gives.",
    "share",
    {
        "share": "the first place of n options is worth n - 1 points, the next one less, the last none; options "
        "left out are equal last and share the points of the places left",
        "nothing": "the first place of n options is worth n - 1 points, the next one less, the last none; "
        "options left out get nothing",
        "modified": "the first place of the m options a ballot ranks is worth m points, the next one less, the "
        "last 1; options left out get nothing, so that ranking few gives little (modified Borda count)",
    },
)


def tally_borda(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Add the points up. ``ballots`` is not empty."""
    read = FORM.reader(question)
    # In half points, so that places shared by equal options stay whole numbers.
    halves = dict.fromkeys(question.options, 0)
    ranked: set[str] = set()
    for text, weight in ballots.items():
        groups = read(text)
        for option, points in _half_points(question, groups).items():
            halves[option] += weight * points
        ranked.update(*groups)
    totals = {option: Fraction(points, 2) for option, points in halves.items()}
    candidates = [option for option in question.options if option in ranked]
    return elect_by_sums(question, totals, tie_order, candidates=candidates)


def _half_points(question: Question, groups: tuple[tuple[str, ...], ...]) -> dict[str, int]:
    """Return what one ballot gives each option, in half points; options that get nothing may be missing."""
    unranked = question.settings["unranked"]
    best = sum(map(len, groups)) if unranked == "modified" else len(question.options) - 1
    points: dict[str, int] = {}
    if unranked == "share":
        named = {option for group in groups for option in group}
        groups = (*groups, tuple(option for option in question.options if option not in named))
    for group in groups:
        # Equal options share the points of their places: best, best - 1, ..., best - len(group) + 1.
        for option in group:
            points[option] = 2 * best - len(group) + 1
        best -= len(group)
    return points


BORDA = Method(
    name="borda",
    version="1",
    title="Borda: points by rank",
    rule=lambda question: (
        "Each ballot gives points by rank, times its weight: "
        f"{UNRANKED.choices[question.settings['unranked']]}. Options ranked equal share the points of the places "
        f"they take together. The {seats_in_words(question.seats)} with the most points "
        f"{'is' if question.seats == 1 else 'are'} elected. An option nobody ranks is not elected, even if a seat "
        "stays empty."
    ),
    ballots=BallotMeaning(
        invalid="Unknown or repeated options, fewer than min or more than max, are refused when cast.",
        empty="An empty list is a blank ballot: admitted where min is 0; it takes part and gives no points.",
        partial="What options left out get, and whether ranking few is worth less, is the setting unranked.",
    ),
    ties="Options with equal points at the last seat are decided by the ballot's tie order.",
    form=FORM,
    tally=tally_borda,
    choice_example=["mint", ["lime", "plum"]],
    own_settings=(UNRANKED,),
    seats="many",
)
