"""At least as strict where delegation differs: the proofs of the module, tried on the same people's acts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.charter.amendments import Entrenched, InvalidCharter, check
from app.domain.charter.decision_type import DelegationRule
from app.domain.charter.operations import read_operations
from app.domain.charter.reading import read_charter, read_decision_type
from app.domain.charter.strictness import at_least_as_strict, weaker_parts
from app.domain.charter.templates import TEMPLATES
from app.domain.charter.words import Exclusion
from app.domain.decision import DecisionRules, Quorum, Ratio, Threshold, YesNoFigures, decide, decide_dual
from app.domain.delegation import Delegation, DelegationCap, DelegationScope, Roll, resolve, weigh_chains
from app.domain.weights import Holder, Weighting, WeightRules, weigh

from . import charters

NAMES = "abcdef"
CLOSE = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SCOPES = (DelegationScope.BALLOT, DelegationScope.DECISION_TYPE, DelegationScope.COMMUNITY)
BRAND = Exclusion.BRAND_HOLDINGS


def ratio(text):
    return Ratio.parse(text)


def in_scopes(*scopes, **cap):
    return DelegationRule(scopes, DelegationCap(**cap) if cap else None)


BY_BALLOT = in_scopes(SCOPES[0])
RULES = [
    None,
    BY_BALLOT,
    in_scopes(*SCOPES),
    in_scopes(*SCOPES[1:]),
    in_scopes(SCOPES[0], SCOPES[2]),
    in_scopes(SCOPES[0], ratio=ratio("1/10")),
    in_scopes(SCOPES[0], ratio=ratio("1/3")),
    in_scopes(SCOPES[0], weight=2),
    in_scopes(SCOPES[0], weight=3),
    in_scopes(*SCOPES, weight=3),
]
OF_ALL = Threshold(ratio("1/2"), of="electorate")
MAJORITIES = [
    DecisionRules(quorum, threshold, None, rejection)
    for threshold in (OF_ALL, Threshold(ratio("1/2")), Threshold(ratio("1/3"), strict=True, of="electorate"))
    for quorum in (None, Quorum("weight", ratio("1/2")), Quorum("participants", ratio("1/2")))
    for rejection in (None, ratio("1/3"))
]
TOP = replace(read_decision_type(charters.top()), veto=None, min_approval=None)


def made(weighting, rules, delegation=None, tokens=None, **facts):
    """Return a type of a weighting; ``tokens`` are the rules of a double majority's token tally."""
    return replace(
        TOP,
        weighting=weighting,
        quorum=rules.quorum,
        threshold=rules.threshold,
        rejection_quorum=rules.rejection_quorum,
        token_majority=(tokens or rules) if weighting is Weighting.DUAL else None,
        delegation=delegation,
        **facts,
    )


@dataclass(frozen=True)
class Acts:
    """What people hold and do, whatever they are asked under; ``given`` are delegations in all scopes."""

    holders: list[Holder]
    choices: dict[str, str]
    given: list[Delegation]


@st.composite
def acts(draw):
    given = []
    for name in NAMES:
        for scope in draw(st.sets(st.sampled_from(SCOPES))):
            delegate = draw(st.sampled_from([*NAMES, None]))
            age = draw(st.integers(1, 9))
            given.append(Delegation(f"{name}-{scope}", name, delegate, scope, CLOSE - age * DAY))
    voters = draw(st.sets(st.sampled_from(NAMES), min_size=2))
    choices = {voter: draw(st.sampled_from(["for", "for", "for", "against"])) for voter in voters}
    holders = [
        Holder(name, held, draw(st.integers(0, held)), excluded=draw(st.booleans()))
        for name in NAMES
        for held in [draw(st.integers(0, 4))]
    ]
    return Acts(holders, choices, given)


def passes(rule, people):
    """Hold a vote under a type, as a ballot is counted, and say whether it passes."""
    holders = [replace(each, excluded=each.excluded and BRAND in rule.exclude) for each in people.holders]
    roll = weigh(holders, WeightRules(rule.weighting, rule.weight_cap, rule.count_unvested))
    if not roll.entries:
        return False
    scopes, cap = (rule.delegation.scopes, rule.delegation.cap) if rule.delegation else ((), None)
    given = [each for each in people.given if each.scope in scopes]
    weights = Roll.of((entry.reference, entry.weight) for entry in roll.entries)
    voted = [voter for voter in people.choices if voter in weights.positions]
    members = resolve(weights, given, voted, CLOSE, cap)
    if rule.weighting is not Weighting.DUAL:
        return decide(figures(members, people.choices), rule.rules).outcome == "passed"
    held = Roll.of((entry.reference, entry.tokens) for entry in roll.entries)
    tokens = weigh_chains(held, members.chains, CLOSE, cap)
    sides = [
        (figures(members, people.choices), rule.rules),
        (figures(tokens, people.choices), rule.token_majority),
    ]
    return decide_dual(*sides).outcome == "passed"


def figures(resolution, choices):
    """Return what a tally comes to: whoever weighs nothing in it is neither a member nor a participant."""
    totals = dict.fromkeys(("for", "against", "abstain"), 0)
    for voter, counted in resolution.votes():
        totals[choices[voter]] += counted
    weights = resolution.roll.weights
    return YesNoFigures(
        *totals.values(), sum(weights), sum(map(bool, resolution.counted)), sum(map(bool, weights))
    )


WEIGHTINGS = (Weighting.ONE_MEMBER_ONE_VOTE, Weighting.TOKEN, Weighting.DUAL)
TYPES = [
    made(weighting, rules, delegation, tokens)
    for weighting in WEIGHTINGS
    for rules in MAJORITIES
    for delegation in RULES
    for tokens in ((None,) if weighting is not Weighting.DUAL else (None, MAJORITIES[0], MAJORITIES[6]))
]
#: Pairs that differ in delegation or in weighting, the first at least as strict as the second.
STRICT_PAIRS = [
    (one, other)
    for number, one in enumerate(TYPES)
    for other in TYPES[number % 7 :: 7]
    if (one.delegation, one.weighting) != (other.delegation, other.weighting)
    and at_least_as_strict(one, other)
]


def test_there_is_something_to_try_of_every_kind():
    kinds = {(one.weighting, other.weighting) for one, other in STRICT_PAIRS}
    assert kinds == {
        *((each, each) for each in WEIGHTINGS),
        (Weighting.DUAL, Weighting.ONE_MEMBER_ONE_VOTE),
        (Weighting.DUAL, Weighting.TOKEN),
    }
    scopes = {
        (one.delegation.scopes, other.delegation.scopes)
        for one, other in STRICT_PAIRS
        if one.delegation and other.delegation
    }
    assert ((SCOPES[0],), SCOPES) in scopes


@settings(max_examples=1500)
@given(st.sampled_from(STRICT_PAIRS), st.lists(acts(), min_size=1, max_size=4))
def test_whatever_passes_the_stricter_of_two_passes_the_other(pair, rounds):
    """The same people hold the same and do the same under both."""
    one, other = pair
    assert all(passes(other, people) for people in rounds if passes(one, people))


FRACTION = DecisionRules(threshold=Threshold(ratio("1/2")))
WHOLE = DecisionRules(threshold=OF_ALL)


def test_each_tally_of_a_double_majority_has_to_bear_the_other_delegation():
    """Direct votes alone are no stricter where a tally is of those who vote: delegates may be against."""
    direct = made(Weighting.DUAL, WHOLE, tokens=FRACTION)
    for other in (made(Weighting.TOKEN, FRACTION, BY_BALLOT), replace(direct, delegation=BY_BALLOT)):
        (part,) = weaker_parts(direct, other)
        assert part.startswith("its delegation, none, cannot be compared with ballot")
        assert "token tally" in part
    people = Acts(
        [Holder("a", 1), Holder("b", 1), Holder("c", 4)],
        {"a": "for", "b": "against"},
        [Delegation("r", "c", "b", "ballot", CLOSE - DAY)],
    )
    alone = replace(direct, threshold=Threshold(ratio("1/3"), of="electorate"))
    assert passes(alone, people)
    assert not passes(made(Weighting.TOKEN, FRACTION, BY_BALLOT), people)


def test_who_holds_no_token_may_carry_some_in_a_double_majority_alone():
    """A ballot by tokens does not have them on its roll, so its delegations are others."""
    both, tokens = (made(each, WHOLE, BY_BALLOT) for each in (Weighting.DUAL, Weighting.TOKEN))
    assert weaker_parts(both, tokens)
    people = Acts(
        [Holder("a", 4), Holder("b", 0), Holder("c", 1)],
        {"b": "for", "c": "against"},
        [Delegation("r", "a", "b", "ballot", CLOSE - DAY)],
    )
    assert passes(both, people)
    assert not passes(tokens, people)
    assert at_least_as_strict(replace(both, delegation=None), replace(tokens, delegation=None))


def test_an_override_that_rejects_by_a_share_of_tokens_bears_no_other_delegation():
    rejecting = replace(WHOLE, rejection_quorum=ratio("1/3"))
    veto = replace(
        read_decision_type(
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
        ).veto
    )
    veto = replace(veto, override=replace(veto.override, token_majority=rejecting))
    direct = replace(made(Weighting.DUAL, WHOLE), veto=veto)
    assert weaker_parts(direct, replace(direct, delegation=BY_BALLOT))


# --- amendments -----------------------------------------------------------------------------------------

WEIGHING = [
    {"weighting": "one_member_one_vote"},
    {"weighting": "token"},
    {"weighting": "token", "exclude": ["brand_holdings"]},
    {"weighting": "token", "count_unvested": False},
    {"weighting": "token_capped", "weight_cap": {"amount": 2}},
    {"weighting": "token_capped", "weight_cap": {"ratio": "1/3"}, "exclude": ["brand_holdings"]},
    {"weighting": "dual", "token_majority": {"threshold": {"ratio": "1/2", "of": "electorate"}}},
    {"weighting": "dual", "token_majority": {"threshold": {"ratio": "1/2"}}, "exclude": ["brand_holdings"]},
]
DELEGATING = [None if rule is None else rule.to_json() for rule in RULES]


@st.composite
def ways(draw, type_id):
    """Draw an amendment type that differs from others in delegation, in weights and in what is decided of."""
    return (
        charters.top(type_id)
        | {
            "amends": ["decision_types"],
            "threshold": {
                "ratio": "1/2",
                "of": draw(st.sampled_from(["electorate", "electorate", "for_plus_against"])),
            },
            "quorum": None,
            "min_approval": None,
            "rejection_quorum": None,
            "veto": None,
            "delegation": draw(st.sampled_from(DELEGATING)),
        }
        | draw(st.sampled_from(WEIGHING))
    )


SHIPPED = TEMPLATES["cooperative"].document
#: What a type says of weights where it says nothing.
UNWEIGHED = {"weight_cap": None, "token_majority": None, "exclude": [], "count_unvested": True}


def charter_of(*rules):
    grounds = [{"id": each, "title": "A ground"} for each in charters.GROUNDS]
    parts = {"articles": [], "decision_types": [*rules, charters.top()], "veto_grounds": grounds}
    return read_charter(dict(SHIPPED) | parts)


def changed(charter, rule, under):
    """Return a charter after an amendment that sets a type, or None where it is refused."""
    operations = read_operations([{"op": "set_decision_type", "decision_type": rule}])
    try:
        return check(charter, operations, charter.decision_type(under))
    except (InvalidCharter, Entrenched):
        return None


@settings(max_examples=600)
@given(ways("alpha"), ways("beta"), st.sampled_from(DELEGATING), st.sampled_from(WEIGHING), st.data())
def test_who_changes_how_a_rule_weighs_or_delegates_would_have_met_the_rule(
    target, under, delegation, weighing, data
):
    """Whatever vote changes a type's weights or delegation, the type itself would have let it pass."""
    charter = charter_of(target, under)
    if changed(charter, target | UNWEIGHED | weighing | {"delegation": delegation}, "beta") is None:
        return
    one, other = charter.decision_type("beta"), charter.decision_type("alpha")
    for people in data.draw(st.lists(acts(), min_size=1, max_size=6)):
        assert passes(other, people) or not passes(one, people)


BARE = {"amends": ["decision_types"], "min_approval": None, "rejection_quorum": None, "veto": None}
CHANGES = [*({"delegation": rule} for rule in DELEGATING[1:]), *WEIGHING[1:]]


@pytest.mark.parametrize("change", CHANGES)
def test_a_rule_changes_its_weights_or_delegation_by_the_vote_that_it_asks_for(change):
    rule = charters.top("alpha") | BARE
    assert changed(charter_of(rule), rule | change, "alpha").decision_type("alpha") != rule


@pytest.mark.parametrize("change", CHANGES)
def test_an_amendment_of_other_weights_or_delegation_does_not_change_a_rule(change):
    """As nobody can say what of the one would have passed the other; where a share of those who vote decides."""
    rule = charters.top("alpha") | BARE | {"threshold": {"ratio": "4/5"}, "quorum": None}
    other = rule | {"id": "beta"} | change
    stays = charter_of(rule, other)
    weaker = rule | {"timelock": "PT0S"}
    assert changed(stays, weaker, "alpha")
    if change.get("weighting") != "dual":
        assert changed(stays, weaker, "beta") is None
