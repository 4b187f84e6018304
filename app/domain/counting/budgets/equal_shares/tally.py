"""Equal shares from the ballots to the report: share, purchases, completion, comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import count

from app.domain.counting.budgets.equal_shares.comparison import compare
from app.domain.counting.budgets.equal_shares.offers import Support
from app.domain.counting.budgets.equal_shares.raising import Outcome, Raising, share_out
from app.domain.counting.budgets.equal_shares.run import Choose, Market
from app.domain.counting.budgets.in_order import buy_in_order
from app.domain.counting.budgets.money import eligible
from app.domain.counting.budgets.purchases import Purchases, choose
from app.domain.counting.budgets.reports import support_statements
from app.domain.counting.figures import rate_text
from app.domain.counting.forms.approvals import Approvals
from app.domain.counting.question import Question
from app.domain.counting.result import Statement, Tally
from app.domain.counting.ties import Tie, TieOrder

FORM = Approvals()

FIRST_PURCHASE = 2
"""The number of the round of the first purchase: in round 1 the budget is shared out."""


def tally_equal_shares(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Count by the Method of Equal Shares. ``ballots`` is not empty."""
    return _Count(question, ballots, tie_order).tally()


class _Count:
    def __init__(self, question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> None:
        read = FORM.reader(question)
        self.question = question
        self.tie_order = tie_order
        self.approved = [read(text) for text in ballots]
        self.weights = list(ballots.values())
        self.valid = sum(self.weights)
        self.votes = dict.fromkeys(question.options, 0)
        for options, weight in zip(self.approved, self.weights, strict=True):
            for option in options:
                self.votes[option] += weight
        self.eligible = eligible(question, self.votes, self.valid)

    def tally(self) -> Tally:
        """Return the outcome, after the comparison where there is one."""
        raising = self._raising()
        outcome = share_out(self._market(), self._budget, self.valid, raising, self._chooser)
        shared = self._report(outcome)
        figures = {"share": rate_text(outcome.share), "raises": str(outcome.raises)}
        if raising and outcome.ended_by:
            figures |= {"step": str(raising.step), "raises_ended_by": outcome.ended_by}
        if self.question.settings["comparison"] == "none":
            return shared.tally(self.votes, figures)
        return self._compared(shared, figures)

    @property
    def _budget(self) -> int:
        budget: int = self.question.settings["budget"]
        return budget

    def _market(self) -> Market:
        supporters: dict[str, list[int]] = {option: [] for option in self.eligible}
        for index, options in enumerate(self.approved):
            for option in options:
                if option in supporters:
                    supporters[option].append(index)
        costs = self.question.settings["costs"]
        by_cost = self.question.settings["utility"] == "cost"
        utility = {option: costs[option] if by_cost else 1 for option in self.eligible}
        return Market(self.eligible, costs, utility, Support(self.weights, supporters))

    def _raising(self) -> Raising | None:
        settings = self.question.settings
        if settings["completion"] not in {"add1", "add1_greedy"}:
            return None
        raised = self._budget if settings["add1_of"] == "budget" else self._budget // self.valid
        step = settings["add1_step"] or max(1, raised // 100)
        return Raising(step, settings["add1_of"], settings["add1_cap"], settings["add1_until"])

    def _chooser(self) -> Choose:
        """Return a decider of ties; it is asked once a purchase, so it can tell the round."""
        numbers = count(FIRST_PURCHASE)

        def decide(tied: Sequence[str], price: Fraction) -> tuple[str, tuple[Tie, ...]]:
            number = next(numbers)
            if len(tied) == 1:
                return tied[0], ()
            value = rate_text(price)
            return choose(
                self.question,
                self.tie_order,
                tied,
                round_number=number,
                purpose="election",
                value=value,
            )

        return decide

    def _report(self, outcome: Outcome) -> Purchases:
        """Write down the shares, the purchases and the completion by votes."""
        purchases = Purchases(self.question, self.tie_order)
        self._report_shares(purchases, outcome)
        for bought in outcome.purchases:
            values = {
                "votes": str(self.votes[bought.option]),
                "payment": rate_text(bought.payment),
                "rho": rate_text(bought.price),
                "paid_all_they_held": str(bought.emptied),
            }
            purchases.buy(bought.option, "equal_shares.purchase", values, ties=bought.ties)
        if self.question.settings["completion"] in {"greedy", "add1_greedy"}:
            funded = frozenset(purchases.funded)
            rest = [option for option in self.eligible if option not in funded]
            self._buy_by_votes(purchases, rest, "equal_shares.completed")
        return purchases

    def _report_shares(self, purchases: Purchases, outcome: Outcome) -> None:
        share = rate_text(outcome.share)
        figures = {"budget": str(self._budget), "votes": str(self.valid), "share": share}
        said, short = support_statements(self.question, self.votes, self.valid)
        plain = rate_text(Fraction(self._budget, self.valid))
        said.append(Statement("equal_shares.share", {**figures, "share": plain}))
        if outcome.raises:
            said.append(Statement("equal_shares.raised", {"raises": str(outcome.raises), "share": share}))
        totals = {option: str(total) for option, total in self.votes.items()}
        purchases.report("share", said, totals=totals, figures=figures, excluded=short)

    def _buy_by_votes(self, purchases: Purchases, candidates: Sequence[str], key: str) -> None:
        by_votes = {option: Fraction(self.votes[option]) for option in candidates}
        buy_in_order(purchases, candidates, self.votes, by_votes.__getitem__, key=key)

    def _compared(self, shared: Purchases, figures: Mapping[str, str]) -> Tally:
        """Compare with spending by votes; keep equal shares unless more weight prefers the other."""
        plain = Purchases(self.question, self.tie_order)
        plain.report("comparison", [])  # replaced below; it holds the place that numbers the rounds
        self._buy_by_votes(plain, self.eligible, "budget.funded")
        ballots = zip(self.approved, self.weights, strict=True)
        measure = self.question.settings["comparison"]
        ours, theirs = compare(ballots, frozenset(shared.funded), frozenset(plain.funded), measure)
        numbers = {"prefer_equal_shares": str(ours), "prefer_most_votes": str(theirs)}
        kept = theirs <= ours
        said = [Statement("equal_shares.kept" if kept else "equal_shares.replaced", numbers)]
        if other := plain.funded if kept else shared.funded:
            said.append(Statement("equal_shares.other", {"options": tuple(other)}))
        if kept:
            shared.report("comparison", said, figures=numbers)
            return shared.tally(self.votes, {**figures, **numbers})
        purchases = Purchases(self.question, self.tie_order)
        totals = {option: str(total) for option, total in self.votes.items()}
        purchases.report("comparison", said, totals=totals, figures=numbers)
        self._buy_by_votes(purchases, self.eligible, "budget.funded")
        return purchases.tally(self.votes, {**figures, **numbers})
