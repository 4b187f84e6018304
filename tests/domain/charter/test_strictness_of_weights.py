"""At least as strict where weights differ: tally by tally, and against what the decisions themselves say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.charter.reading import read_decision_type
from app.domain.charter.strictness import at_least_as_strict, weaker_parts
from app.domain.charter.words import Exclusion
from app.domain.decision import (
    DecisionRules,
    Quorum,
    Ratio,
    Threshold,
    YesNoFigures,
    decide,
    decide_dual,
)
from app.domain.weights import Holder, WeightCap, Weighting, WeightRules, weigh

from . import charters

BRAND = Exclusion.BRAND_HOLDINGS


def ratio(text):
    return Ratio.parse(text)


def rules(threshold="1/2", quorum=None, **shares):
    return DecisionRules(
        quorum, Threshold(ratio(threshold)), **{name: ratio(s) for name, s in shares.items()}
    )


TOP = read_decision_type(charters.top())
MEMBERS = replace(
    TOP,
    threshold=Threshold(ratio("2/3")),
    quorum=Quorum("participants", ratio("1/5")),
    min_approval=None,
    rejection_quorum=None,
    veto=replace(
        TOP.veto,
        override=read_decision_type(
            charters.top()
            | {
                "veto": {
                    "window": "P1D",
                    "grounds": ["law"],
                    "yearly_quota": 1,
                    "override": {
                        "threshold": {"ratio": "4/5", "strict": True, "of": "electorate"},
                        "call_within": "P7D",
                        "voting_period": "P7D",
                    },
                }
            }
        ).veto.override,
    ),
)
TOKENS = replace(MEMBERS, weighting=Weighting.TOKEN)
TOKEN_RULES = rules("1/2", Quorum("weight", ratio("1/5")), min_approval="1/10", rejection_quorum="1/3")
DUAL = replace(
    MEMBERS,
    weighting=Weighting.DUAL,
    token_majority=TOKEN_RULES,
    veto=replace(
        MEMBERS.veto,
        override=replace(MEMBERS.veto.override, token_majority=rules("3/4", Quorum("weight", ratio("1/4")))),
    ),
)


def capped(**cap):
    return replace(TOKENS, weighting=Weighting.TOKEN_CAPPED, weight_cap=WeightCap(**cap))


def test_a_double_majority_is_as_strict_as_each_of_its_tallies():
    override = replace(MEMBERS.veto.override, threshold=Threshold(ratio("3/4")))
    tokens = replace(
        TOKENS,
        quorum=TOKEN_RULES.quorum,
        threshold=TOKEN_RULES.threshold,
        min_approval=TOKEN_RULES.min_approval,
        rejection_quorum=TOKEN_RULES.rejection_quorum,
        veto=replace(MEMBERS.veto, override=override),
    )
    for one in (MEMBERS, tokens):
        assert weaker_parts(DUAL, one) == []
        assert weaker_parts(one, DUAL)


def test_neither_tally_alone_is_as_strict_as_both():
    assert weaker_parts(MEMBERS, DUAL) == ["its votes are not weighted by token"]
    assert "its votes are not weighted by one_member_one_vote" in weaker_parts(TOKENS, DUAL)


def token_majority(**changes):
    return {"token_majority": replace(TOKEN_RULES, **changes)}


def override(**changes):
    majority = replace(DUAL.veto.override.token_majority, **changes)
    return {"veto": replace(DUAL.veto, override=replace(DUAL.veto.override, token_majority=majority))}


STRICTER = {
    "threshold": (token_majority(threshold=Threshold(ratio("2/3"))), "the threshold of its token tally"),
    "threshold of": (
        token_majority(threshold=Threshold(ratio("1/2"), of="cast")),
        "the threshold of its token tally",
    ),
    "quorum": (token_majority(quorum=Quorum("weight", ratio("1/4"))), "the quorum of its token tally"),
    "min_approval": (token_majority(min_approval=ratio("1/5")), "the min_approval of its token tally"),
    "rejection_quorum": (
        token_majority(rejection_quorum=ratio("1/4")),
        "the rejection_quorum of its token tally",
    ),
    "override threshold": (
        override(threshold=Threshold(ratio("4/5"))),
        "the threshold of its override's token tally",
    ),
    "override quorum": (
        override(quorum=Quorum("weight", ratio("1/3"))),
        "the quorum of its override's token tally",
    ),
    "members' threshold": ({"threshold": Threshold(ratio("3/4"))}, "its threshold"),
}


@pytest.mark.parametrize(("changes", "words"), STRICTER.values(), ids=STRICTER)
def test_a_stricter_tally_is_stricter_one_way_only(changes, words):
    stricter = replace(DUAL, **changes)
    assert weaker_parts(stricter, DUAL) == []
    (part,) = weaker_parts(DUAL, stricter)
    assert part.startswith(f"{words}, ")


def test_people_and_weight_are_the_same_among_members_and_not_among_tokens():
    people, weight = (Quorum(base, ratio("1/4")) for base in ("participants", "weight"))
    assert weaker_parts(replace(DUAL, quorum=people), replace(DUAL, quorum=weight)) == []
    assert weaker_parts(replace(DUAL, **token_majority(quorum=people)), DUAL)


OTHER_WEIGHTS = {
    "tokens and members": (TOKENS, MEMBERS),
    "tokens and their roots": (TOKENS, replace(TOKENS, weighting=Weighting.QUADRATIC_TOKEN)),
    "tokens and capped tokens": (TOKENS, capped(amount=10)),
    "a lower cap": (capped(amount=10), capped(amount=9)),
    "a cap by ratio": (capped(amount=10), capped(ratio=ratio("1/10"))),
    "without the brand's": (TOKENS, replace(TOKENS, exclude=(BRAND,))),
    "once vested": (TOKENS, replace(TOKENS, count_unvested=False)),
    "a double majority without the brand's": (DUAL, replace(DUAL, exclude=(BRAND,))),
    "capped tokens and a double majority": (capped(amount=10), DUAL),
}


@pytest.mark.parametrize("pair", OTHER_WEIGHTS.values(), ids=OTHER_WEIGHTS)
def test_other_weights_are_weaker_both_ways(pair):
    one, other = pair
    assert any("weighted by" in part for part in weaker_parts(one, other))
    assert any("weighted by" in part for part in weaker_parts(other, one))


def test_equal_caps_are_equal_weights():
    assert weaker_parts(capped(ratio=ratio("2/20")), capped(ratio=ratio("0.1"))) == []


def left_open(rule, **changes):
    return replace(rule, left_open=("weighting",), **changes)


def test_what_anyone_may_choose_is_as_weak_as_the_weakest_choice():
    with_all = left_open(MEMBERS, weight_cap=WeightCap(amount=10), token_majority=TOKEN_RULES)
    for fixed in (MEMBERS, TOKENS, capped(amount=10), DUAL):
        assert weaker_parts(fixed, with_all) == []
        assert weaker_parts(with_all, fixed)
    assert weaker_parts(with_all, with_all) == []


def test_what_cannot_be_chosen_is_as_strict_as_no_choice():
    assert weaker_parts(capped(amount=10), left_open(MEMBERS))
    assert weaker_parts(capped(amount=10), left_open(MEMBERS, weight_cap=WeightCap(amount=11)))
    assert weaker_parts(left_open(MEMBERS, exclude=(BRAND,)), left_open(MEMBERS))


# --- against what the decisions say -----------------------------------------------------------------------

thresholds = st.builds(
    Threshold,
    st.sampled_from([ratio("1/2"), ratio("2/3")]),
    st.booleans(),
    st.sampled_from(["for_plus_against", "cast", "electorate"]),
)
quorums = st.none() | st.builds(
    Quorum,
    st.sampled_from(["participants", "weight", "for_plus_abstain"]),
    st.sampled_from([ratio("1/3"), ratio("1/2")]),
)
shares = st.none() | st.sampled_from([ratio("1/4"), ratio("1/2")])
majorities = st.builds(DecisionRules, quorums, thresholds, shares, shares)


@st.composite
def types(draw):
    """Draw a type of any weights; often the tallies have the same rules, so that some compare."""
    weighting = draw(st.sampled_from(Weighting))
    main = draw(majorities)
    return replace(
        TOP,
        veto=None,
        weighting=weighting,
        weight_cap=draw(caps) if weighting is Weighting.TOKEN_CAPPED else None,
        quorum=main.quorum,
        threshold=main.threshold,
        min_approval=main.min_approval,
        rejection_quorum=main.rejection_quorum,
        token_majority=draw(st.just(main) | majorities) if weighting is Weighting.DUAL else None,
        exclude=draw(st.sampled_from([(), (BRAND,)])) if weighting is not MEMBERS.weighting else (),
        count_unvested=draw(st.booleans()) if weighting is not MEMBERS.weighting else True,
    )


caps = st.sampled_from([WeightCap(amount=2), WeightCap(amount=3), WeightCap(ratio=ratio("1/3"))])
voters = st.lists(
    st.tuples(
        st.sampled_from(["for", "against", "abstain", None]),
        st.integers(0, 5),
        st.integers(0, 5),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


def figures(roll, choices, weight_of):
    on_it = [entry for entry in roll.entries if weight_of(entry)]
    cast = [(choices[entry.reference], weight_of(entry)) for entry in on_it]
    sums = [sum(weight for choice, weight in cast if choice == c) for c in ("for", "against", "abstain")]
    voted = sum(choice is not None for choice, _ in cast)
    return YesNoFigures(*sums, sum(weight_of(entry) for entry in on_it), voted, len(on_it))


def passes(rule, drawn):
    """Hold a vote under a type among people with holdings, and say whether it passes."""
    choices = {str(number): choice for number, (choice, *_) in enumerate(drawn)}
    holders = [
        Holder(str(number), held, min(held, unvested), excluded=brand and BRAND in rule.exclude)
        for number, (_, held, unvested, brand) in enumerate(drawn)
    ]
    roll = weigh(holders, WeightRules(rule.weighting, rule.weight_cap, rule.count_unvested))
    main = figures(roll, choices, lambda entry: entry.weight)
    if rule.weighting is Weighting.DUAL:
        tokens = figures(roll, choices, lambda entry: entry.tokens)
        return decide_dual((main, rule.rules), (tokens, rule.token_majority)).outcome == "passed"
    return decide(main, rule.rules).outcome == "passed"


@settings(max_examples=400)
@given(types(), types(), st.lists(voters, min_size=1, max_size=6))
def test_whatever_passes_the_stricter_rule_passes_the_other(one, other, rounds):
    if at_least_as_strict(one, other):
        assert all(passes(other, drawn) for drawn in rounds if passes(one, drawn))


@given(types(), majorities, st.sampled_from([Weighting.ONE_MEMBER_ONE_VOTE, Weighting.TOKEN]), voters)
def test_whatever_passes_a_double_majority_passes_each_tally_it_is_as_strict_as(
    one, majority, weighting, drawn
):
    dual = replace(one, weighting=Weighting.DUAL, weight_cap=None, token_majority=majority)
    alone = majority if weighting is Weighting.TOKEN else one.rules
    single = replace(
        dual,
        weighting=weighting,
        token_majority=None,
        quorum=alone.quorum,
        threshold=alone.threshold,
        min_approval=alone.min_approval,
        rejection_quorum=alone.rejection_quorum,
        exclude=dual.exclude if weighting is Weighting.TOKEN else (),
        count_unvested=weighting is not Weighting.TOKEN or dual.count_unvested,
    )
    assert at_least_as_strict(dual, single)
    assert passes(single, drawn) or not passes(dual, drawn)


@given(types(), types(), types())
def test_strictness_is_transitive_across_weights(one, other, third):
    if at_least_as_strict(one, other) and at_least_as_strict(other, third):
        assert at_least_as_strict(one, third)
