"""At least as strict: field by field, and against what the decisions themselves say."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.charter.decision_type import DelegationRule
from app.domain.charter.document import OverrideRule, VetoRule
from app.domain.charter.reading import read_decision_type
from app.domain.charter.strictness import at_least_as_strict, weaker_parts
from app.domain.decision import Quorum, Ratio, Threshold, YesNoFigures, decide
from app.domain.delegation import DelegationCap, DelegationScope
from app.domain.weights import Weighting

from . import charters

DAY = dt.timedelta(days=1)


def ratio(text):
    return Ratio.parse(text)


BASE = replace(
    read_decision_type(charters.top()),
    sponsors=5,
    quorum=Quorum("participants", ratio("1/5")),
    threshold=Threshold(ratio("2/3"), of="cast"),
    min_approval=ratio("1/4"),
    rejection_quorum=ratio("1/3"),
    veto=VetoRule(
        7 * DAY, ("law", "cost"), 2, OverrideRule(Threshold(ratio("3/4"), of="cast"), None, DAY, DAY, DAY)
    ),
)
TOKENS = replace(BASE, weighting=Weighting.TOKEN)
POLL = read_decision_type(
    {
        "id": "poll",
        "title": "Poll",
        "for": "general",
        "opened_by": ["member"],
        "voting_period": "P1D",
        "method": "plurality",
        "binding_level": "advisory",
    }
)


def override(**changes):
    return {"veto": replace(BASE.veto, override=replace(BASE.veto.override, **changes))}


STRICTER = {
    "threshold ratio": {"threshold": Threshold(ratio("3/4"), of="cast")},
    "threshold strict": {"threshold": Threshold(ratio("2/3"), strict=True, of="cast")},
    "threshold of": {"threshold": Threshold(ratio("2/3"), of="electorate")},
    "quorum ratio": {"quorum": Quorum("participants", ratio("1/4"))},
    "quorum base, each member weighing one": {"quorum": Quorum("for_plus_abstain", ratio("1/5"))},
    "min_approval": {"min_approval": ratio("1/3")},
    "rejection_quorum": {"rejection_quorum": ratio("1/4")},
    "sponsors": {"sponsors": 6},
    "discussion_period": {"discussion_period": BASE.discussion_period + DAY},
    "voting_period": {"voting_period": BASE.voting_period + DAY},
    "timelock": {"timelock": BASE.timelock + DAY},
    "veto window": {"veto": replace(BASE.veto, window=8 * DAY)},
    "veto grounds": {"veto": replace(BASE.veto, grounds=("cost", "safety", "law"))},
    "veto quota": {"veto": replace(BASE.veto, yearly_quota=3)},
    "no override": {"veto": replace(BASE.veto, override=None)},
    "override threshold": override(threshold=Threshold(ratio("4/5"), of="cast")),
    "override quorum": override(quorum=Quorum("weight", ratio("1/10"))),
    "override cooling": override(cooling=2 * DAY),
    "override voting period": override(voting_period=2 * DAY),
}


@pytest.mark.parametrize("changes", STRICTER.values(), ids=STRICTER)
def test_a_stricter_field_is_stricter_one_way_only(changes):
    stricter = replace(BASE, **changes)
    assert weaker_parts(stricter, BASE) == []
    assert len(weaker_parts(BASE, stricter)) == 1


BY_BALLOT = DelegationRule((DelegationScope.BALLOT,))
CAPPED = replace(BY_BALLOT, cap=DelegationCap(ratio=ratio("1/10")))
LESS = replace(BY_BALLOT, cap=DelegationCap(ratio=ratio("1/20")))
BY_WEIGHT = replace(BY_BALLOT, cap=DelegationCap(weight=100))
ANYWHERE = DelegationRule(tuple(DelegationScope))
WIDEST = DelegationRule((DelegationScope.COMMUNITY,))
#: Nothing but how much of the electorate is for decides.
OF_ALL = {
    "threshold": Threshold(ratio("2/3"), of="electorate"),
    "rejection_quorum": None,
    "veto": None,
}

INCOMPARABLE = {
    "delegation or none, of those who vote": ({"delegation": CAPPED, "rejection_quorum": None}, {}),
    "delegation or none, with a share that rejects": (
        OF_ALL | {"rejection_quorum": ratio("1/3"), "delegation": CAPPED},
        OF_ALL | {"rejection_quorum": ratio("1/3")},
    ),
    "delegation in a narrower scope more": (
        OF_ALL | {"delegation": WIDEST},
        OF_ALL | {"delegation": ANYWHERE},
    ),
    "delegation in a wider scope more, under a cap": (
        OF_ALL | {"delegation": CAPPED},
        OF_ALL | {"delegation": replace(ANYWHERE, cap=CAPPED.cap)},
    ),
    "caps of another kind": (OF_ALL | {"delegation": CAPPED}, OF_ALL | {"delegation": BY_WEIGHT}),
    "delegation or none, and an override of those who vote": (
        OF_ALL | {"veto": BASE.veto, "delegation": CAPPED},
        OF_ALL | {"veto": BASE.veto},
    ),
    "weighting": ({}, {"weighting": Weighting.TOKEN}),
    "a higher share of less": ({"threshold": Threshold(ratio("3/4"))}, {}),
    "a count and a ratio": ({"quorum": Quorum("participants", count=100)}, {}),
    "people and weight": (
        {"weighting": Weighting.TOKEN},
        {"weighting": Weighting.TOKEN, "quorum": Quorum("weight", ratio("1/5"))},
    ),
    "people and for_plus_abstain": (
        {"weighting": Weighting.TOKEN},
        {"weighting": Weighting.TOKEN, "quorum": Quorum("for_plus_abstain", ratio("1/5"))},
    ),
    "different grounds": (
        {"veto": replace(BASE.veto, grounds=("law", "safety"))},
        {"veto": replace(BASE.veto, grounds=("law", "cost"))},
    ),
    "longer here, shorter there": ({"timelock": 60 * DAY}, {"voting_period": 60 * DAY}),
}


@pytest.mark.parametrize("pair", INCOMPARABLE.values(), ids=INCOMPARABLE)
def test_what_cannot_be_compared_is_weaker_both_ways(pair):
    one, other = (replace(BASE, **changes) for changes in pair)
    assert weaker_parts(one, other)
    assert weaker_parts(other, one)


@pytest.mark.parametrize(
    "changes",
    [
        {"quorum": Quorum("participants", count=100)},
        {"quorum": None},
        {"min_approval": None},
        {"rejection_quorum": None},
        {"threshold": None},
        {"veto": None},
    ],
)
def test_a_rule_left_out_is_the_weakest(changes):
    bare = replace(BASE, **(dict.fromkeys(changes)))
    stated = replace(BASE, **{name: value or getattr(BASE, name) for name, value in changes.items()})
    assert weaker_parts(stated, bare) == []
    assert len(weaker_parts(bare, stated)) == 1


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (None, ANYWHERE),
        (None, BY_WEIGHT),
        (LESS, CAPPED),
        (CAPPED, BY_BALLOT),
        (BY_BALLOT, ANYWHERE),
        (CAPPED, ANYWHERE),
    ],
)
def test_where_the_electorate_decides_less_delegation_is_stricter(less, more):
    stricter, weaker = (replace(BASE, **OF_ALL, delegation=each) for each in (less, more))
    assert weaker_parts(stricter, weaker) == []
    assert len(weaker_parts(weaker, stricter)) == 1


def test_a_choice_under_delegation_can_be_changed_by_direct_votes():
    assert at_least_as_strict(replace(BASE, **OF_ALL), replace(POLL, delegation=CAPPED))


def test_counts_of_one_base_compare():
    more, fewer = (replace(BASE, quorum=Quorum("weight", count=count)) for count in (9, 8))
    assert at_least_as_strict(more, fewer)
    assert not at_least_as_strict(fewer, more)


def test_people_are_weight_where_each_weighs_one():
    people, weight = (replace(BASE, quorum=Quorum(base, ratio("1/5"))) for base in ("participants", "weight"))
    assert at_least_as_strict(people, weight)
    assert at_least_as_strict(weight, people)


def test_under_delegation_people_bring_at_least_their_own_weight_and_weight_no_more_people():
    people, weight = (
        replace(BASE, delegation=ANYWHERE, quorum=Quorum(base, ratio("1/5")))
        for base in ("participants", "weight")
    )
    assert at_least_as_strict(people, weight)
    assert len(weaker_parts(weight, people)) == 1


def test_a_choice_has_no_threshold_and_so_is_weaker_than_any():
    assert at_least_as_strict(BASE, POLL)
    assert any("threshold" in part for part in weaker_parts(POLL, BASE))


@pytest.mark.parametrize(
    "name", ["quorum", "threshold", "min_approval", "rejection_quorum", "voting_period", "weighting"]
)
def test_a_field_left_open_is_the_weakest_it_could_be(name):
    fixed = replace(BASE, weighting=Weighting.TOKEN)
    left_open = replace(fixed, left_open=(name,))
    assert at_least_as_strict(fixed, left_open)
    assert len(weaker_parts(left_open, fixed)) == 1
    assert at_least_as_strict(left_open, left_open)


def test_a_method_left_open_takes_the_threshold_along():
    left_open = replace(BASE, left_open=("method",))
    assert len(weaker_parts(left_open, BASE)) == 3  # threshold, min_approval, rejection_quorum


@pytest.mark.parametrize(
    "changes",
    [
        {"opened_by": ()},
        {"sponsoring_period": 90 * DAY},
        {"late_quorum_extension": None},
        {"vote_change": False, "early_close": True},
        override(call_within=90 * DAY),
    ],
)
def test_what_takes_no_assent_is_not_compared(changes):
    assert weaker_parts(replace(BASE, **changes), BASE) == []
    assert weaker_parts(BASE, replace(BASE, **changes)) == []


rules = st.one_of(charters.staged("x", "amendment"), charters.standalone("x"), st.just(charters.top())).map(
    read_decision_type
)
weighted = st.builds(
    lambda rule, weighting: replace(rule, weighting=weighting), rules, st.sampled_from(Weighting)
)


@given(weighted)
def test_strictness_is_reflexive(rule):
    assert weaker_parts(rule, rule) == []


STEPS = {
    "quorum": [
        None,
        *(
            Quorum(base, ratio(share))
            for base in ("participants", "weight", "for_plus_abstain")
            for share in ("1/3", "1/2")
        ),
        Quorum("weight", count=3),
        Quorum("participants", count=3),
    ],
    "threshold": [
        None,
        *(
            Threshold(ratio(share), strict=strict, of=of)
            for share in ("1/2", "2/3")
            for strict in (False, True)
            for of in ("for_plus_against", "cast", "electorate")
        ),
    ],
    "min_approval": [None, ratio("1/3"), ratio("1/2")],
    "rejection_quorum": [None, ratio("1/3"), ratio("1/2")],
    "veto": [
        None,
        BASE.veto,
        replace(BASE.veto, override=None),
        replace(BASE.veto, grounds=("law",)),
        replace(BASE.veto, window=DAY),
    ],
    "weighting": list(Weighting),
    "delegation": [None, BY_BALLOT, CAPPED, LESS, BY_WEIGHT, WIDEST, ANYWHERE],
}


@pytest.mark.parametrize("name", STEPS)
def test_strictness_is_transitive_in_every_field(name):
    """Compare every three values of a field, whatever is left open and however votes are weighted."""
    made = [
        replace(BASE, **{"weighting": weighting, "left_open": left_open, name: value})
        for value in STEPS[name]
        for weighting in Weighting
        for left_open in ((), ("weighting",), (name,) if name not in {"veto", "delegation"} else ())
    ]
    above = {
        (i, j) for i, one in enumerate(made) for j, other in enumerate(made) if at_least_as_strict(one, other)
    }
    for i, j in above:
        for k in range(len(made)):
            assert (j, k) not in above or (i, k) in above, (made[i], made[j], made[k])


@given(weighted, weighted, weighted)
def test_strictness_is_transitive(one, other, third):
    if at_least_as_strict(one, other) and at_least_as_strict(other, third):
        assert at_least_as_strict(one, third)


yes_no_rules = st.builds(
    lambda *values: replace(
        BASE, **dict(zip(("quorum", "threshold", "min_approval", "rejection_quorum"), values, strict=True))
    ),
    st.sampled_from(STEPS["quorum"]),
    st.sampled_from(STEPS["threshold"][1:]),
    st.sampled_from(STEPS["min_approval"]),
    st.sampled_from(STEPS["rejection_quorum"]),
)
counts = st.integers(0, 6)


@st.composite
def votes(draw):
    for_, against, abstaining, absent = draw(counts), draw(counts), draw(counts), draw(counts)
    cast = for_ + against + abstaining
    return YesNoFigures(for_, against, abstaining, cast + absent, cast, cast + absent)


@settings(max_examples=500)
@given(yes_no_rules, yes_no_rules, st.lists(votes(), min_size=1, max_size=10))
def test_whatever_passes_the_stricter_rule_passes_the_other(one, other, drawn):
    if at_least_as_strict(one, other):
        for figures in drawn:
            if decide(figures, one.rules).outcome == "passed":
                assert decide(figures, other.rules).outcome == "passed"
