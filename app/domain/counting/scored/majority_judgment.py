"""Majority judgment: the best middle grade wins; ties by removing middle grades.

Source: M. Balinski and R. Laraki, "A theory of measuring, electing, and ranking", PNAS 104 (2007) 8720-8725,
and "Majority Judgment" (MIT Press, 2011): the majority value. This is the full rule, not the majority gauge,
which approximates it for large electorates and can leave a tie that the majority value resolves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from app.domain.counting.forms.scores import Grades
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Question
from app.domain.counting.result import Round, Statement, Tally, tie_statements
from app.domain.counting.scored.majority_value import middle_grade, turning_points
from app.domain.counting.scored.sheet import fill_in
from app.domain.counting.ties import TieOrder, break_tie

FORM = Grades()


def tally_majority_judgment(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Find the best majority grade and, where several share it, the best majority value."""
    return _Count(question, ballots, tie_order).run()


class _Count:
    """One count under way."""

    def __init__(self, question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> None:
        self.question = question
        self.tie_order = tie_order
        self.words: list[str] = list(reversed(question.settings["grades"]))
        sheet = fill_in(question, FORM.reader(question), ballots, missing=0)
        self.weights = {
            option: [sheet.weight(option, grade) for grade in range(len(self.words))]
            for option in question.options
        }
        up_to = {option: list(accumulate(weights)) for option, weights in self.weights.items()}
        self.removals = turning_points(up_to.values(), sheet.valid)
        self.values = {
            option: tuple(middle_grade(up_to[option], removed) for removed in self.removals)
            for option in question.options
        }
        self.rounds: list[Round] = []

    def run(self) -> Tally:
        """Grade, remove, and break a tie of equal grades throughout."""
        left = self._grade()
        for place, removed in enumerate(self.removals):
            middle = {option: self.values[option][place] for option in left}
            if len(set(middle.values())) > 1 and removed:
                left = self._remove(removed, middle)
        winners = self._elect(left)
        table = {
            option: {word: str(weight) for word, weight in zip(self.words, weights, strict=True)}
            for option, weights in self.weights.items()
        }
        return Tally(
            winners,
            self.rounds[0].totals,
            tuple(self.rounds),
            figures={"ranking": self._ranking()},
            tables={"grades": table},
        )

    def _grade(self) -> list[str]:
        """Return those with the best majority grade, of those that anybody grades above the worst."""
        statements = [
            Statement(
                "majority_judgment.profile",
                {
                    "option": option,
                    "profile": {
                        word: str(weight)
                        for word, weight in zip(reversed(self.words), reversed(weights), strict=True)
                        if weight
                    },
                    "grade": self._word(option),
                },
            )
            for option, weights in self.weights.items()
        ]
        supported = [option for option, weights in self.weights.items() if any(weights[1:])]
        best = max((self.values[option][0] for option in supported), default=0)
        left = [option for option in supported if self.values[option][0] == best]
        if not left:
            statements.append(Statement("score.not_electable", {"options": self.question.options}))
        elif len(left) > 1:
            grade = self.words[best]
            statements.append(Statement("majority_judgment.shared", {"options": tuple(left), "grade": grade}))
        # The number of a grade is its distance from the worst.
        totals = {option: str(value[0]) for option, value in self.values.items()}
        self.rounds.append(Round(1, "grading", totals, statements=tuple(statements)))
        return left

    def _remove(self, removed: int, middle: Mapping[str, int]) -> list[str]:
        """Return those with the best middle grade after a number of removals at which they differ."""
        best = max(middle.values())
        left = [option for option, grade in middle.items() if grade == best]
        said = Statement(
            "majority_judgment.removed",
            {
                "removed": str(removed),
                "grades": {option: self.words[grade] for option, grade in middle.items()},
                "left": tuple(left),
            },
        )
        self.rounds.append(
            Round(
                number=len(self.rounds) + 1,
                action="removal",
                totals={option: str(middle.get(option, value[0])) for option, value in self.values.items()},
                figures={"removed": str(removed)},
                statements=(said,),
            )
        )
        return left

    def _elect(self, left: Sequence[str]) -> tuple[str, ...]:
        """Return the winner; options that are graded alike throughout are left to the tie order."""
        if not left:
            return ()
        last = self.rounds[-1]
        winner, statements = left[0], list(last.statements)
        if len(left) > 1:
            tie = break_tie(
                self.tie_order,
                left,
                round_number=last.number,
                purpose="election",
                value=self._word(winner),
            )
            winner = tie.chosen
            statements += tie_statements(tie, opening="tie.election.grades")
            last = replace(last, ties=(tie,))
        won = {"winner": winner, "grade": self._word(winner)}
        statements.append(Statement("majority_judgment.winner", won))
        self.rounds[-1] = replace(last, elected=(winner,), statements=tuple(statements))
        return (winner,)

    def _word(self, option: str) -> str:
        return self.words[self.values[option][0]]

    def _ranking(self) -> str:
        """Write all options by majority value, the best first, equal ones joined by ``=``."""
        ranks = sorted(set(self.values.values()), reverse=True)
        return ">".join(
            "=".join(option for option in self.question.options if self.values[option] == rank)
            for rank in ranks
        )


def _rule(question: Question) -> str:
    return (
        f"Each ballot grades options: {', '.join(question.settings['grades'])}, the best first; an option it "
        "leaves out gets the worst grade. An option's grades are put in order, one for every unit of weight; "
        "the one in the middle, the lower of two, is its majority grade. The option with the best majority "
        "grade wins. Where several share it, one unit with the middle grade is removed from each of them and the "
        "new middle grades are compared, as often as needed to leave one (the majority value of Balinski and "
        "Laraki, 2007). Options that are graded alike throughout are decided by the ballot's tie order. An "
        "option nobody grades above the worst grade cannot win."
    )


MAJORITY_JUDGMENT = Method(
    name="majority_judgment",
    version="1",
    title="Majority judgment: grades in words, best middle grade",
    rule=_rule,
    ballots=BallotMeaning(
        invalid="Unknown options and unknown grades are refused when cast.",
        empty="An empty object is a blank ballot: admitted where min is 0; it takes part and grades nothing.",
        partial="An option left out gets the worst grade.",
    ),
    ties="Equal majority grades: middle grades are removed and compared until they differ; then the ballot's "
    "tie order.",
    form=FORM,
    tally=tally_majority_judgment,
    choice_example={"mint": "excellent", "lime": "good"},
)
