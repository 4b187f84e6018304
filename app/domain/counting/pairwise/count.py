"""The course every pairwise count takes: compare, test against the status quo, apply the rule, break ties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from app.domain.counting.figures import fraction_text
from app.domain.counting.forms.rankings import WeakRanking
from app.domain.counting.method import BallotMeaning
from app.domain.counting.pairwise.comparison import Comparison, compare
from app.domain.counting.pairwise.status_quo import set_aside, status_quo_problems
from app.domain.counting.question import Problem, Question
from app.domain.counting.result import Round, Statement, Table, Tally, tie_statements
from app.domain.counting.ties import Criterion, Tie, TieOrder, break_tie

FORM = WeakRanking()

MOST_OPTIONS = 200
"""Most options of a pairwise count: its matrix has a cell for every two."""

SPELT_OUT = 12
"""Most options for which the explanation names every single comparison."""

BALLOTS = BallotMeaning(
    invalid="Unknown or repeated options, fewer than min or more than max, are refused when cast.",
    empty="An empty list is a blank ballot: admitted where min is 0; it takes part and prefers nothing.",
    partial="Options left out rank equal, below all that are ranked. Between options ranked equal a ballot "
    "prefers neither.",
)


@dataclass(frozen=True, slots=True)
class Ordering:
    """What a rule makes of a comparison.

    :param action: names the round.
    :param totals: for every option compared the number that shows how it fared; more is better.
    :param ranking: the options compared, the best first, those the rule leaves equal together.
    :param statements: what the explanation says of the rule's work.
    :param ties: ties broken on the way.
    :param criteria: what decides between those left equal first, before the tie order does.
    :param tables: the rule's own tables.
    """

    action: str
    totals: Mapping[str, Fraction | int]
    ranking: Sequence[Sequence[str]]
    statements: Sequence[Statement]
    ties: tuple[Tie, ...] = ()
    criteria: Sequence[Criterion] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)


Rule = Callable[[Question, Comparison, TieOrder, int], Ordering]
"""Orders the options of a comparison; the last argument is the number of the round this will be."""


def count_pairwise(question: Question, ballots: Mapping[str, int], tie_order: TieOrder, rule: Rule) -> Tally:
    """Compare the options two by two and elect whom the rule puts first. ``ballots`` is not empty."""
    read = FORM.reader(question)
    comparison = compare(question.options, ((read(text), weight) for text, weight in ballots.items()))
    wins = {option: str(len(comparison.beaten_by(option))) for option in question.options}
    rounds = [Round(1, "pairwise", wins, statements=tuple(_compared(comparison)))]
    contenders = question.options
    if question.settings["status_quo"] is not None:
        tested = set_aside(question, comparison, wins)
        rounds.append(tested)
        contenders = tuple(option for option in contenders if option not in tested.excluded)
    ordering = rule(question, comparison.among(contenders), tie_order, len(rounds) + 1)
    totals = {option: fraction_text(ordering.totals.get(option, 0)) for option in question.options}
    winner, ties = _first(question, ordering, totals, tie_order, len(rounds) + 1)
    statements = [*ordering.statements]
    for tie in ties:
        statements += tie_statements(tie, opening="tie.election.equal")
    key = "status_quo.stays" if winner == question.settings["status_quo"] else "pairwise.winner"
    statements.append(Statement(key, {"winner": winner}))
    rounds.append(
        Round(
            number=len(rounds) + 1,
            action=ordering.action,
            totals=totals,
            elected=(winner,),
            ties=ordering.ties + ties,
            statements=tuple(statements),
        )
    )
    return Tally(
        (winner,),
        totals,
        tuple(rounds),
        figures={"ranking": ">".join("=".join(rank) for rank in ordering.ranking)},
        tables={"pairwise": comparison.table(), **ordering.tables},
    )


def _first(
    question: Question, ordering: Ordering, totals: Mapping[str, str], tie_order: TieOrder, round_number: int
) -> tuple[str, tuple[Tie, ...]]:
    """Return the winner, and the tie broken to find it, if there was one."""
    first = ordering.ranking[0]
    if len(first) == 1:
        return first[0], ()
    criteria = list(ordering.criteria)
    status_quo = question.settings["status_quo"]
    if status_quo in first:
        # Who is merely level with the status quo does not beat it.
        criteria.insert(0, Criterion("status_quo", {option: int(option == status_quo) for option in first}))
    tie = break_tie(
        tie_order,
        first,
        round_number=round_number,
        purpose="election",
        value=totals[first[0]],
        criteria=criteria,
    )
    return tie.chosen, (tie,)


def _compared(comparison: Comparison) -> list[Statement]:
    """Say who beats whom."""
    statements = []
    for option in comparison.options:
        beaten = comparison.beaten_by(option)
        if len(comparison.options) <= SPELT_OUT and beaten:
            duels = {
                other: f"{comparison.preferring[option][other]}:{comparison.preferring[other][option]}"
                for other in beaten
            }
            statements.append(Statement("pairwise.beats", {"option": option, "duels": duels}))
        elif beaten:
            said = {"option": option, "number": str(len(beaten)), "others": str(len(comparison.options) - 1)}
            statements.append(Statement("pairwise.beats_many", said))
    winner = comparison.condorcet_winner()
    if winner is None:
        statements.append(Statement("pairwise.no_condorcet_winner"))
    elif len(comparison.options) > 1:
        statements.append(Statement("pairwise.condorcet_winner", {"winner": winner}))
    return statements


def pairwise_problems(question: Question) -> list[Problem]:
    """Name a matrix too large and a status quo that does not fit the options."""
    if len(question.options) > MOST_OPTIONS:
        detail = f"{len(question.options)} options; at most {MOST_OPTIONS} can be compared two by two"
        return [("/options", detail)]
    return status_quo_problems(question)
