"""The verdicts of the case table, and every figure of up to seven voters against an oracle of fractions."""

from fractions import Fraction
from itertools import product

import pytest

from app.domain.decision import (
    ChoiceFigures,
    DecisionRules,
    Quorum,
    Ratio,
    Threshold,
    YesNoFigures,
    decide,
    decide_dual,
    settled_early,
)

HALF = Ratio.parse("1/2")
TWO_THIRDS = Ratio.parse("2/3")
MAJORITY = Threshold(HALF, strict=True)


def votes(for_, against, abstain=0, *, roll=None, participants=None, members=None):
    cast = for_ + against + abstain
    roll = cast if roll is None else roll
    members = roll if members is None else members
    participants = min(cast, members) if participants is None else participants
    return YesNoFigures(for_, against, abstain, roll, participants, members)


def rules(threshold=MAJORITY, **rest):
    return DecisionRules(threshold=threshold, **rest)


def weight(ratio):
    return Quorum("weight", Ratio.parse(ratio))


def for_plus_abstain(ratio):
    return Quorum("for_plus_abstain", Ratio.parse(ratio))


def participants(ratio):
    return Quorum("participants", Ratio.parse(ratio))


AT_LEAST_HALF = Threshold(HALF)
AT_LEAST_TWO_THIRDS = Threshold(TWO_THIRDS)
HALF_OF_ELECTORATE = Threshold(HALF, strict=True, of="electorate")
WITH_MINIMUM = rules(quorum=weight("0.4"), min_approval=Ratio.parse("0.15"))
WITH_REJECTION = rules(rejection_quorum=Ratio.parse("1/3"))

CASES = {
    "50:50 at 1/2 strict": (votes(50, 50), rules(), "rejected"),
    "50:50 at 1/2": (votes(50, 50), rules(AT_LEAST_HALF), "passed"),
    "0:0 at 1/2": (votes(0, 0, roll=10), rules(AT_LEAST_HALF), "rejected"),
    "only abstentions at 1/2": (votes(0, 0, 9, roll=10), rules(AT_LEAST_HALF), "rejected"),
    "2:1 at 2/3": (votes(2, 1), rules(AT_LEAST_TWO_THIRDS), "passed"),
    "2:1 at 2/3 strict": (votes(2, 1), rules(Threshold(TWO_THIRDS, strict=True)), "rejected"),
    "4:3 at 2/3": (votes(4, 3), rules(AT_LEAST_TWO_THIRDS), "rejected"),
    "5:2 at 2/3": (votes(5, 2), rules(AT_LEAST_TWO_THIRDS), "passed"),
    "6:3:1 at 2/3 of for_plus_against": (votes(6, 3, 1), rules(AT_LEAST_TWO_THIRDS), "passed"),
    "6:3:1 at 2/3 of cast": (votes(6, 3, 1), rules(Threshold(TWO_THIRDS, of="cast")), "rejected"),
    "500 of 1000 electors": (votes(500, 0, roll=1000), rules(HALF_OF_ELECTORATE), "rejected"),
    "501 of 1000 electors": (votes(501, 0, roll=1000), rules(HALF_OF_ELECTORATE), "passed"),
    "25:20:0, F + B at 40": (votes(25, 20, 0, roll=100), rules(quorum=for_plus_abstain("0.4")), "inquorate"),
    "25:20:15, F + B at 40": (votes(25, 20, 15, roll=100), rules(quorum=for_plus_abstain("0.4")), "passed"),
    "25:10:0, weight at 40": (votes(25, 10, 0, roll=100), rules(quorum=weight("0.4")), "inquorate"),
    "25:16:0, passed by six more against": (
        votes(25, 16, 0, roll=100),
        rules(quorum=weight("0.4")),
        "passed",
    ),
    "200:150:60 with min approval": (votes(200, 150, 60, roll=1000), WITH_MINIMUM, "passed"),
    "149:100:160 with min approval": (votes(149, 100, 160, roll=1000), WITH_MINIMUM, "rejected"),
    "150:100:160 with min approval": (votes(150, 100, 160, roll=1000), WITH_MINIMUM, "passed"),
    "1 of 7 at 0.15": (votes(1, 0, roll=7), rules(quorum=participants("0.15")), "inquorate"),
    "2 of 7 at 0.15": (votes(2, 0, roll=7), rules(quorum=participants("0.15")), "passed"),
    "3 of 100 at 1/2": (votes(3, 0, roll=100), rules(quorum=participants("1/2")), "inquorate"),
    "rejection quorum 3 of 9": (votes(6, 3, roll=9), WITH_REJECTION, "rejected"),
    "rejection quorum 2 of 9": (votes(6, 2, roll=9), WITH_REJECTION, "passed"),
    "29 of 100 at 0.29": (
        votes(29, 0, roll=100),
        rules(Threshold(Ratio.parse("0.29"), of="electorate")),
        "passed",
    ),
}


@pytest.mark.parametrize(("figures", "rule_set", "outcome"), CASES.values(), ids=CASES)
def test_the_case_table(figures, rule_set, outcome):
    assert decide(figures, rule_set).outcome == outcome


def test_a_rejection_quorum_comes_before_a_missed_quorum():
    decision = decide(votes(0, 3, roll=9), rules(quorum=weight("1/2"), rejection_quorum=Ratio.parse("1/3")))
    assert (decision.outcome, decision.decided_by) == ("rejected", "rejection_quorum")


def test_every_comparison_is_shown_with_its_figures_even_after_the_verdict():
    decision = decide(
        votes(25, 10, 0, roll=100), rules(quorum=weight("0.4"), min_approval=Ratio.parse("1/4"))
    )
    assert [step.to_json() for step in decision.steps] == [
        {
            "rule": "quorum",
            "of": "electorate",
            "part": "35",
            "whole": "100",
            "required": "2/5",
            "comparison": ">=",
            "met": False,
            "decisive": True,
        },
        {
            "rule": "some_support",
            "of": "cast",
            "part": "25",
            "whole": "35",
            "required": "0",
            "comparison": ">",
            "met": True,
            "decisive": False,
        },
        {
            "rule": "threshold",
            "of": "for_plus_against",
            "part": "25",
            "whole": "35",
            "required": "1/2",
            "comparison": ">",
            "met": True,
            "decisive": False,
        },
        {
            "rule": "min_approval",
            "of": "electorate",
            "part": "25",
            "whole": "100",
            "required": "1/4",
            "comparison": ">=",
            "met": True,
            "decisive": False,
        },
    ]
    assert decision.to_json()["decided_by"] == "quorum"


def test_weights_far_beyond_64_bits_are_compared_exactly():
    huge = 10**24
    assert decide(votes(huge + 1, huge), rules()).outcome == "passed"
    assert decide(votes(huge, huge), rules()).outcome == "rejected"
    assert decide(votes(2 * huge - 1, huge), rules(AT_LEAST_TWO_THIRDS)).outcome == "rejected"


def test_all_pairs_below_200_at_two_thirds_agree_with_fractions():
    two_thirds = Fraction(2, 3)
    for for_, against in product(range(200), repeat=2):
        passes = for_ > 0 and Fraction(for_, for_ + against) >= two_thirds
        outcome = decide(votes(for_, against), rules(AT_LEAST_TWO_THIRDS)).outcome
        assert outcome == ("passed" if passes else "rejected"), (for_, against)


def _shares(ratios):
    return [None, *(Ratio.parse(ratio) for ratio in ratios)]


def _all_figures():
    for members in range(8):
        for for_, against, abstain in product(range(members + 1), repeat=3):
            if for_ + against + abstain <= members:
                yield votes(for_, against, abstain, roll=members)


def _all_rules():
    thresholds = [
        Threshold(Ratio.parse(ratio), strict=strict, of=of)
        for ratio in ("1/2", "2/3", "1")
        for strict in (False, True)
        for of in ("for_plus_against", "cast", "electorate")
    ]
    quorums = [None]
    for base in ("participants", "for_plus_abstain", "weight"):
        quorums += [
            Quorum(base, Ratio.parse("0.15")),
            Quorum(base, Ratio.parse("1/2")),
            Quorum(base, count=3),
        ]
    for threshold, quorum, minimum, rejection in product(
        thresholds, quorums, _shares(["1/3"]), _shares(["2/5"])
    ):
        yield DecisionRules(quorum, threshold, minimum, rejection)


def _oracle(figures, rule_set):
    """Return the verdict by division of fractions, written independently of the code under test."""
    f, a, b = figures.for_weight, figures.against_weight, figures.abstain_weight
    n = figures.roll_weight

    def share(part, whole):
        return Fraction(part, whole) if whole else None

    def at_least(part, whole, ratio):
        value = share(part, whole)
        return value is not None and value >= Fraction(ratio.numerator, ratio.denominator)

    if rule_set.rejection_quorum and at_least(a, n, rule_set.rejection_quorum):
        return "rejected"
    if quorum := rule_set.quorum:
        turnout = {"participants": f + a + b, "for_plus_abstain": f + b, "weight": f + a + b}[quorum.base]
        if quorum.count is not None and turnout < quorum.count:
            return "inquorate"
        if quorum.ratio is not None and not at_least(turnout, n, quorum.ratio):
            return "inquorate"
    limit = Fraction(rule_set.threshold.ratio.numerator, rule_set.threshold.ratio.denominator)
    base = {"for_plus_against": f + a, "cast": f + a + b, "electorate": n}[rule_set.threshold.of]
    value = share(f, base)
    if f == 0 or value is None or value < limit or (rule_set.threshold.strict and value == limit):
        return "rejected"
    if rule_set.min_approval and not at_least(f, n, rule_set.min_approval):
        return "rejected"
    return "passed"


def test_every_ballot_of_up_to_seven_voters_under_every_rule_agrees_with_the_oracle():
    figure_sets = list(_all_figures())
    assert len(figure_sets) == 330
    for rule_set in _all_rules():
        for figures in figure_sets:
            assert decide(figures, rule_set).outcome == _oracle(figures, rule_set), (figures, rule_set)


def test_a_vote_settled_early_ends_as_it_was_settled_however_the_rest_votes():
    quorums = [
        None,
        Quorum("participants", HALF),
        Quorum("for_plus_abstain", HALF),
        Quorum("weight", count=3),
    ]
    for of, quorum, rejection in product(
        ("for_plus_against", "cast", "electorate"), quorums, _shares(["1/3"])
    ):
        rule_set = DecisionRules(quorum, Threshold(HALF, strict=True, of=of), Ratio.parse("0.3"), rejection)
        for figures in _all_figures():
            settled = settled_early(figures, rule_set)
            rest = figures.roll_weight - figures.cast_weight
            endings = {
                decide(_more(figures, *further), rule_set).outcome == "passed"
                for further in product(range(rest + 1), repeat=3)
                if sum(further) <= rest
            }
            if settled:
                assert endings == {settled == "passes"}, (figures, rule_set)
            else:
                assert rest, (figures, rule_set)
                assert endings == {True, False} or quorum or rejection, (figures, rule_set)


def _more(figures, for_, against, abstain):
    return votes(
        figures.for_weight + for_,
        figures.against_weight + against,
        figures.abstain_weight + abstain,
        roll=figures.roll_weight,
    )


@pytest.mark.parametrize(
    ("figures", "settled"),
    [
        (votes(501, 0, roll=1000), "passes"),
        (votes(500, 0, roll=1000), None),
        (votes(401, 0, 200, roll=1000), "passes"),
        (votes(400, 0, 200, roll=1000), None),
        (votes(200, 150, 60, roll=1000), None),
        (votes(0, 500, roll=1000), "fails"),
    ],
)
def test_early_close_passes_only_when_the_worst_case_still_passes(figures, settled):
    assert settled_early(figures, rules()) == settled


def test_a_double_majority_needs_both_tallies_and_shows_both():
    members = (votes(60, 40, roll=150), rules())
    tokens = (votes(400, 600, roll=1000, participants=100, members=150), rules())
    decision = decide_dual(members, tokens)
    assert decision.outcome == "rejected"
    assert (decision.members.outcome, decision.tokens.outcome) == ("passed", "rejected")
    shown = decision.to_json()
    assert [step["part"] for step in shown["members"]["steps"]] == ["60", "60"]
    assert [step["whole"] for step in shown["tokens"]["steps"]] == ["1000", "1000"]
    assert decide_dual(members, members).outcome == "passed"


def test_a_double_majority_follows_the_order_of_verdicts_across_both_tallies():
    passed = (votes(3, 0, roll=3), rules())
    rejected = (votes(0, 3, roll=3), rules())
    inquorate = (votes(1, 0, roll=9), rules(quorum=weight("1/2")))
    blocked = (votes(6, 3, roll=9), WITH_REJECTION)
    assert decide_dual(passed, inquorate).outcome == "inquorate"
    assert decide_dual(rejected, inquorate).outcome == "inquorate"
    assert decide_dual(blocked, inquorate).outcome == "rejected"


def test_a_choice_between_options_needs_its_quorum_and_somebody_who_chose():
    quorum = DecisionRules(Quorum("participants", HALF))
    assert decide(ChoiceFigures(5, 0, 10, 5, 10), quorum).outcome == "decided"
    assert decide(ChoiceFigures(4, 0, 10, 4, 10), quorum).outcome == "inquorate"
    assert decide(ChoiceFigures(1, 4, 10, 5, 10), quorum).outcome == "decided"
    assert decide(ChoiceFigures(0, 5, 10, 5, 10), quorum).outcome == "inquorate"
    assert decide(ChoiceFigures(0, 0, 0, 0, 0), DecisionRules()).outcome == "inquorate"


def test_rules_that_do_not_fit_the_ballot_are_refused():
    with pytest.raises(ValueError, match="needs a threshold"):
        decide(votes(1, 0), DecisionRules())
    for misfit in (rules(), DecisionRules(min_approval=HALF), DecisionRules(for_plus_abstain("1/2"))):
        with pytest.raises(ValueError, match="need"):
            decide(ChoiceFigures(1, 0, 1, 1, 1), misfit)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2/3", "2/3"), ("0.15", "3/20"), ("1", "1/1"), ("0", "0/1"), ("1.000", "1/1"), ("50/100", "1/2")],
)
def test_a_ratio_is_read_exactly(text, expected):
    assert str(Ratio.parse(text)) == expected


@pytest.mark.parametrize(
    "text",
    ["", "1/0", "3/2", "1.1", "-1/2", "0.5 ", " 1/2", "1e-1", "50%", "1/2\n", "٣/٤", 0.5, 1, None, True],
)
def test_anything_else_is_no_ratio(text):
    with pytest.raises(ValueError, match="ratio"):
        Ratio.parse(text)


def test_ratios_are_ordered_by_value():
    assert Ratio.parse("0.666666") < TWO_THIRDS <= Ratio.parse("4/6") < Ratio.parse("0.667")


def test_figures_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="electoral roll"):
        votes(2, 0, roll=1)
    with pytest.raises(ValueError, match="integers"):
        votes(-1, 1, roll=1)
    with pytest.raises(ValueError, match="integers"):
        votes(1.0, 0, roll=1)
    with pytest.raises(ValueError, match="either"):
        Quorum("weight")
    with pytest.raises(ValueError, match="at least 1"):
        Quorum("weight", count=0)
