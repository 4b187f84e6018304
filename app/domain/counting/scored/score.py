"""Score voting: every ballot scores the options; the highest sum, or the highest mean, wins."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from app.domain.counting.figures import fraction_text
from app.domain.counting.forms.scores import MISSING, ScoresOrNothing
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Problem, Question
from app.domain.counting.result import Round, Statement, Tally, tie_statements
from app.domain.counting.scored.sheet import Sheet, fill_in
from app.domain.counting.seats import fill_seats, seats_in_words
from app.domain.counting.settings import ChoiceSetting, RatioSetting
from app.domain.counting.ties import TieOrder
from app.domain.decision import Ratio

FORM = ScoresOrNothing()

DECIDES = ChoiceSetting(
    "decides",
    "What is compared.",
    "sum",
    {
        "sum": "the sum over all ballots of weight times score",
        "mean": "the sum divided by the weight of the ballots that score the option",
    },
)
SCORED_BY = RatioSetting(
    "scored_by",
    "The share of the valid weight that must score an option for it to be elected. It guards a mean without "
    "missing scores, which one enthusiast could otherwise decide.",
    "0",
)


def tally_score(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Add the scores up. ``ballots`` is not empty."""
    lowest, _ = FORM.bounds(question)
    sheet = fill_in(question, FORM.reader(question), ballots, missing=FORM.left_out(question))
    sums = {option: sheet.total(option) for option in question.options}
    means = {
        option: Fraction(sums[option], scored)
        for option in question.options
        if (scored := sheet.with_number(option))
    }
    by_sum = question.settings["decides"] == "sum"
    deciding = {
        option: Fraction(sums[option]) if by_sum else means.get(option, Fraction(0)) for option in sums
    }
    candidates = _candidates(question, sheet, lowest)
    winners, ties = fill_seats(candidates, deciding, question.seats, tie_order, show=fraction_text)
    shown_sums = {option: str(total) for option, total in sums.items()}
    shown_means = {option: fraction_text(mean) for option, mean in means.items()}
    totals = {option: fraction_text(total) for option, total in deciding.items()}
    statements = [Statement("score.sums", {"sums": shown_sums})]
    if means:
        statements.append(Statement("score.means", {"means": shown_means}))
    if aside := tuple(option for option in question.options if option not in candidates):
        statements.append(Statement("score.not_electable", {"options": aside}))
    for tie in ties:
        statements += tie_statements(tie, opening=None if by_sum else f"tie.{tie.purpose}.mean")
    if winners:
        number = "one" if len(winners) == 1 else "many"
        key = f"score.{question.settings['decides']}.{number}"
        statements.append(Statement(key, {"elected": winners}))
    counted = Round(1, "count", totals, elected=winners, ties=ties, statements=tuple(statements))
    table = {
        option: {
            "sum": shown_sums[option],
            "scored_by": str(sheet.with_number(option)),
            "mean": shown_means.get(option, ""),
        }
        for option in question.options
    }
    return Tally(winners, totals, (counted,), tables={"scores": table})


def _candidates(question: Question, sheet: Sheet, lowest: int) -> list[str]:
    """Return the options somebody supports and enough have scored."""
    share = Ratio.parse(question.settings["scored_by"])
    return [
        option
        for option in question.options
        if any(number > lowest for number in sheet.given[option])
        and share.reached_by(sheet.with_number(option), sheet.valid)
    ]


def _problems(question: Question) -> list[Problem]:
    """Refuse a share of ballots that score an option where every ballot scores every option."""
    asked = Ratio.parse(question.settings["scored_by"]).numerator > 0
    if asked and question.settings["missing_score"] == "lowest":
        return [("/settings/scored_by", "has no meaning where a missing score is the lowest score")]
    return []


def _rule(question: Question) -> str:
    lowest, highest = FORM.bounds(question)
    share = Ratio.parse(question.settings["scored_by"])
    enough = (
        f" An option is elected only if ballots with at least {share} of the valid weight score it."
        if share.numerator
        else ""
    )
    return (
        f"Each ballot scores options from {lowest} to {highest}. An option it leaves out gets "
        f"{MISSING.choices[question.settings['missing_score']]}. The {seats_in_words(question.seats)} with the "
        f"highest {question.settings['decides']} "
        f"{'is' if question.seats == 1 else 'are'} elected; the {question.settings['decides']} is "
        f"{DECIDES.choices[question.settings['decides']]}.{enough} An option nobody scores above {lowest} is not "
        "elected, even if a seat stays empty."
    )


SCORE = Method(
    name="score",
    version="1",
    title="Score: every option on a scale, highest sum or mean",
    rule=_rule,
    ballots=BallotMeaning(
        invalid="Unknown options and scores outside the range, or that are no whole numbers, are refused when "
        "cast.",
        empty="An empty object is a blank ballot: admitted where min is 0; it takes part and enters no sum and "
        "no mean.",
        partial="An option left out gets what the setting missing_score says: the lowest score, or nothing.",
    ),
    ties="Options with equal sums (or means) at the last seat are decided by the ballot's tie order.",
    form=FORM,
    tally=tally_score,
    choice_example={"mint": 5, "lime": 3},
    own_settings=(DECIDES, SCORED_BY),
    own_problems=_problems,
    seats="many",
)
