"""A double majority in words: both figures, and what follows."""

import pytest

from app.domain.decision import DecisionRules, Ratio, Threshold, YesNoFigures, decide_dual
from app.domain.double_majority import Side, explain

HALF = DecisionRules(threshold=Threshold(Ratio.parse("1/2"), strict=True))


def explained(members, tokens):
    decision = decide_dual((members, HALF), (tokens, HALF))
    sides = (
        Side([f"Round 1: {word}."], figures) for word, figures in (("heads", members), ("coins", tokens))
    )
    return explain(*sides, decision)


def test_both_counts_and_both_verdicts_are_told():
    assert explained(YesNoFigures(60, 40, 0, 150, 100, 150), YesNoFigures(400, 600, 0, 1000, 90, 140)) == [
        "By members, one vote each. Round 1: heads.",
        "By tokens. Round 1: coins.",
        (
            "60 for and 40 against of 150 members: passed; 400 for and 600 against of 1,000 tokens: rejected. "
            "Both have to pass: rejected."
        ),
    ]


@pytest.mark.parametrize(("against", "outcome"), [(0, "passed"), (1, "rejected")])
def test_one_is_told_as_one(against, outcome):
    *_, verdict = explained(YesNoFigures(1, 0, 0, 1, 1, 1), YesNoFigures(1, against, 0, 2, 1, 1))
    assert verdict == (
        f"1 for and 0 against of 1 member: passed; 1 for and {against} against of 2 tokens: {outcome}. "
        f"Both have to pass: {outcome}."
    )
