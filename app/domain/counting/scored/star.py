"""Star: score, then automatic runoff between the two highest sums.

Source: Equal Vote Coalition, "STAR Voting" (2014), and its protocol for breaking ties.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations

from app.domain.counting.forms.scores import Scores
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Question
from app.domain.counting.result import Round, Statement, Table, Tally, tie_statements
from app.domain.counting.scored.sheet import Sheet, fill_in
from app.domain.counting.ties import Criterion, Tie, TieOrder, break_tie

FORM = Scores()


def tally_star(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Find the two finalists and hold the runoff. ``ballots`` is not empty."""
    return _Count(question, ballots, tie_order).run()


class _Count:
    """One count under way."""

    def __init__(self, question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> None:
        self.question = question
        self.ballots = ballots
        self.tie_order = tie_order
        self.read = FORM.reader(question)
        self.lowest, self.highest = FORM.bounds(question)
        self.sheet: Sheet = fill_in(question, self.read, ballots, missing=self.lowest)
        self.sums = {option: self.sheet.total(option) for option in question.options}
        self.top_scores = Criterion(
            "top_scores", {option: self.sheet.weight(option, self.highest) for option in question.options}
        )
        self.head_to_head: dict[tuple[str, str], int] = {}

    def run(self) -> Tally:
        """Score, then run off."""
        totals = {option: str(total) for option, total in self.sums.items()}
        finalists, ties = self._finalists()
        statements = [Statement("score.sums", {"sums": totals})]
        statements += [said for tie in ties for said in tie_statements(tie)]
        if len(finalists) < 2:  # noqa: PLR2004  a runoff is between two
            key = "star.only_finalist" if finalists else "score.not_electable"
            values = {"finalists": tuple(finalists), "options": self.question.options}
            statements.append(Statement(key, values))
            only = Round(
                1, "score", totals, elected=tuple(finalists), ties=ties, statements=tuple(statements)
            )
            return Tally(tuple(finalists), totals, (only,))
        statements.append(Statement("star.finalists", {"finalists": tuple(finalists)}))
        scored = Round(1, "score", totals, ties=ties, statements=tuple(statements))
        runoff = self._runoff(finalists)
        return Tally(runoff.elected, totals, (scored, runoff), tables={"pairwise": self._table()})

    def _finalists(self) -> tuple[list[str], tuple[Tie, ...]]:
        """Return the two options with the highest sums, the highest first, and the ties broken for them."""
        left = [option for option in self.question.options if self._supported(option)]
        finalists: list[str] = []
        ties: list[Tie] = []
        while left and len(finalists) < 2:  # noqa: PLR2004  two finalists
            most = max(self.sums[option] for option in left)
            tied = [option for option in left if self.sums[option] == most]
            chosen = tied[0]
            # Two that tie for the first place are both finalists: nothing needs to be broken.
            if len(tied) > 2 - len(finalists):
                tie = break_tie(
                    self.tie_order,
                    tied,
                    round_number=1,
                    purpose="finalist",
                    value=str(most),
                    criteria=(self._matches_won(tied), self.top_scores),
                )
                ties.append(tie)
                chosen = tie.chosen
            finalists.append(chosen)
            left.remove(chosen)
        return finalists, tuple(ties)

    def _supported(self, option: str) -> bool:
        return any(number > self.lowest for number in self.sheet.given[option])

    def _runoff(self, finalists: Sequence[str]) -> Round:
        one, other = (option for option in self.question.options if option in finalists)
        self._compare((one, other))
        votes = {one: self.head_to_head[one, other], other: self.head_to_head[other, one]}
        equal = str(self.sheet.valid - sum(votes.values()))
        shown = {option: str(total) for option, total in votes.items()}
        ties: tuple[Tie, ...] = ()
        statements = [Statement("star.runoff", {"runoff": shown, "equal": equal})]
        if votes[one] == votes[other]:
            tie = break_tie(
                self.tie_order,
                (one, other),
                round_number=2,
                purpose="election",
                value=shown[one],
                criteria=(Criterion("sum", self.sums), self.top_scores),
            )
            ties, winner = (tie,), tie.chosen
            statements += [*tie_statements(tie), Statement("star.tied_winner", {"winner": winner})]
        else:
            winner = max(votes, key=votes.__getitem__)
            statements.append(Statement("star.winner", {"winner": winner}))
        return Round(
            number=2,
            action="runoff",
            totals={option: shown.get(option, "0") for option in self.question.options},
            exhausted=equal,
            elected=(winner,),
            ties=ties,
            statements=tuple(statements),
        )

    def _matches_won(self, tied: Sequence[str]) -> Criterion:
        """Count for each tied option how many of the others more weight scores lower than higher."""
        self._compare(tied)
        won = dict.fromkeys(tied, 0)
        for one, other in permutations(tied, 2):
            won[one] += self.head_to_head[one, other] > self.head_to_head[other, one]
        return Criterion("matches_won", won)

    def _compare(self, options: Sequence[str]) -> None:
        """Compare each two of a few options on every ballot."""
        pairs = dict.fromkeys(permutations(options, 2), 0)
        for text, weight in self.ballots.items():
            scores = dict(self.read(text))
            for one, other in pairs:
                if scores.get(one, self.lowest) > scores.get(other, self.lowest):
                    pairs[one, other] += weight
        self.head_to_head |= pairs

    def _table(self) -> Table:
        """Return the comparisons that were made, in the question's order."""
        options = self.question.options
        return {
            one: {
                other: str(self.head_to_head[one, other])
                for other in options
                if (one, other) in self.head_to_head
            }
            for one in options
            if any(one in pair for pair in self.head_to_head)
        }


STAR = Method(
    name="star",
    version="1",
    title="Star: score, then automatic runoff",
    rule=lambda question: (
        f"Each ballot scores options from {question.settings['lowest_score']} to "
        f"{question.settings['highest_score']}; an option it leaves out gets the lowest score. The scores are "
        "added up, times the ballot's weight. The two options with the highest sums go into the runoff: each "
        "ballot is one vote for whichever of the two it scores higher, and for neither if it scores them alike; "
        "the one with more votes wins. Options tied for the runoff: whoever wins more matches against the others "
        "tied (more weight scores it higher than lower), then whoever has the highest score from more weight, "
        "then the ballot's tie order. A tied runoff: the higher sum, then the highest score from more weight, then "
        "the ballot's tie order. An option nobody scores above the lowest score cannot win."
    ),
    ballots=BallotMeaning(
        invalid="Unknown options and scores outside the range, or that are no whole numbers, are refused when "
        "cast.",
        empty="An empty object is a blank ballot: admitted where min is 0; it takes part and scores nothing.",
        partial="An option left out gets the lowest score.",
    ),
    ties="For the runoff: matches won among those tied, then most top scores; in the runoff: higher sum, then "
    "most top scores; then the ballot's tie order.",
    form=FORM,
    tally=tally_star,
    choice_example={"mint": 5, "lime": 3},
)
