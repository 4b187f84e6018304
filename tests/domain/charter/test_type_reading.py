"""Reading decision types: what makes sense comes back whole, and of what does not every fault is named."""

from dataclasses import replace

import pytest

from app.domain.charter.reading import InvalidCharter, read_decision_type
from app.domain.charter.type_rules import type_problems
from app.domain.charter.words import Secrecy

from .plain import AMENDMENT, PROPOSAL, VETO, VOTE


def type_faults(value):
    with pytest.raises(InvalidCharter) as caught:
        read_decision_type(value)
    return caught.value.errors


TYPE_FAULTS = {
    "unknown member": (PROPOSAL | {"extra": 1}, "/extra", "no such member"),
    "missing member": ({"id": "x"}, "/title", "required"),
    "id": (PROPOSAL | {"id": "Product Vote"}, "/id", "must be an id"),
    "id too long": (PROPOSAL | {"id": "x" * 33}, "/id", "must be an id"),
    "title of two lines": (PROPOSAL | {"title": "a\nb"}, "/title", "one line"),
    "title with space": (PROPOSAL | {"title": " a"}, "/title", "one line"),
    "title with half a surrogate pair": (PROPOSAL | {"title": "\ud800"}, "/title", "surrogate"),
    "description with NUL": (PROPOSAL | {"description": "a\0b"}, "/description", "NUL"),
    "kind": (PROPOSAL | {"for": "veto"}, "/for", "must be one of"),
    "kind of a wrong type": (PROPOSAL | {"for": []}, "/for", "must be one of"),
    "true is no integer": (PROPOSAL | {"sponsors": True}, "/sponsors", "integer"),
    "too many sponsors": (PROPOSAL | {"sponsors": 1_000_001}, "/sponsors", "1000000"),
    "a float is no ratio": (PROPOSAL | {"threshold": {"ratio": 0.5}}, "/threshold/ratio", "ratio"),
    "a ratio above 1": (PROPOSAL | {"threshold": {"ratio": "3/2"}}, "/threshold/ratio", "at most 1"),
    "a ratio that cannot be written again": (
        PROPOSAL | {"min_approval": "0.000000000000000001"},
        "/min_approval",
        "ten digits",
    ),
    "more than all": (
        PROPOSAL | {"threshold": {"ratio": "1", "strict": True}},
        "/threshold/ratio",
        "more than all",
    ),
    "quorum of nothing": (
        PROPOSAL | {"quorum": {"base": "weight", "ratio": "0"}},
        "/quorum/ratio",
        "above 0",
    ),
    "quorum both": (
        PROPOSAL | {"quorum": {"base": "weight", "ratio": "1/2", "count": 3}},
        "/quorum",
        "either",
    ),
    "quorum neither": (PROPOSAL | {"quorum": {"base": "weight"}}, "/quorum", "either"),
    "rejected by nothing": (PROPOSAL | {"rejection_quorum": "0"}, "/rejection_quorum", "above 0"),
    "a month": (PROPOSAL | {"voting_period": "P1M"}, "/voting_period", "duration"),
    "no voting": (PROPOSAL | {"voting_period": "PT0S"}, "/voting_period", "longer than nothing"),
    "two lives": (PROPOSAL | {"voting_period": "P99999D"}, "/voting_period", "at most 3660 days"),
    "auditors open nothing": (PROPOSAL | {"opened_by": ["auditor"]}, "/opened_by/0", "must be one of"),
    "nobody opens": (PROPOSAL | {"opened_by": []}, "/opened_by", "1 to 4"),
    "a role twice": (PROPOSAL | {"opened_by": ["member", "member"]}, "/opened_by/1", "already"),
    "a confidential vote that names voters": (
        PROPOSAL | {"secrecy": "confidential"},
        "/disclosure",
        "names nobody",
    ),
    "a secret vote by tokens": (
        PROPOSAL | {"secrecy": "secret", "disclosure": "pseudonymous", "weighting": "token"},
        "/weighting",
        "a rare weight names its holder",
    ),
    "a confidential vote by whatever weights": (
        VOTE | {"secrecy": "confidential", "disclosure": "pseudonymous", "left_open": ["weighting"]},
        "/weighting",
        "a rare weight names its holder",
    ),
    "weighting unknown": (PROPOSAL | {"weighting": "wealth"}, "/weighting", "must be one of"),
    "method unknown": (PROPOSAL | {"method": "dice"}, "/method", "must be one of"),
    "method of a wrong type": (PROPOSAL | {"method": {}}, "/method", "must be one of"),
    "sponsors without time": (PROPOSAL | {"sponsoring_period": "PT0S"}, "/sponsoring_period", "required"),
    "time without sponsors": (PROPOSAL | {"sponsors": 0}, "/sponsoring_period", "no meaning"),
    "yes_no without threshold": (PROPOSAL | {"threshold": None}, "/threshold", "needs a threshold"),
    "choice with threshold": (PROPOSAL | {"method": "irv"}, "/threshold", "for and against"),
    "choice with min_approval": (VOTE | {"min_approval": "1/2"}, "/min_approval", "for and against"),
    "choice with a quorum of for": (
        VOTE | {"quorum": {"base": "for_plus_abstain", "ratio": "1/2"}},
        "/quorum",
        "for_plus_abstain",
    ),
    "unknown setting": (VOTE | {"settings": {"colour": "red"}}, "/settings/colour", "no such setting"),
    "wrong setting": (VOTE | {"method": "approval", "settings": {"max": 0}}, "/settings/max", "at least 1"),
    "settings against each other": (
        VOTE | {"method": "approval", "settings": {"min": 3, "max": 2}},
        "/settings/min",
        "more than the 2",
    ),
    "setting of options": (
        VOTE | {"method": "greedy_budget", "settings": {"costs": {"a": 1}}},
        "/settings/costs",
        "leave",
    ),
    "budget without anyone to state it": (
        VOTE | {"method": "greedy_budget"},
        "/settings/budget",
        "must be stated",
    ),
    "two seats for one": (VOTE | {"method": "irv", "seats": 2}, "/seats", "seats must be 1"),
    "early close of changing votes": (PROPOSAL | {"early_close": True}, "/early_close", "cannot close early"),
    "extension without quorum": (
        PROPOSAL | {"late_quorum_extension": "P1D"},
        "/late_quorum_extension",
        "needs a quorum",
    ),
    "extension with a shrinking quorum": (
        PROPOSAL | {"late_quorum_extension": "P1D", "quorum": {"base": "for_plus_abstain", "ratio": "1/2"}},
        "/late_quorum_extension",
        "needs a quorum",
    ),
    "extension too long": (
        PROPOSAL | {"late_quorum_extension": "P8D", "quorum": {"base": "weight", "ratio": "1/2"}},
        "/late_quorum_extension",
        "not be longer",
    ),
    "extension of what is left open": (
        VOTE
        | {
            "late_quorum_extension": "P1D",
            "quorum": {"base": "weight", "ratio": "1/2"},
            "left_open": ["quorum"],
        },
        "/late_quorum_extension",
        "left open",
    ),
    "delegation in no scope": (PROPOSAL | {"delegation": {"scopes": []}}, "/delegation/scopes", "1 to"),
    "delegation for groups that do not decide so": (
        PROPOSAL | {"delegation": {"scopes": ["group", "community"]}},
        "/delegation/scopes",
        "only where groups may decide so",
    ),
    "delegation in no known scope": (
        PROPOSAL | {"delegation": {"scopes": ["planet"]}},
        "/delegation/scopes/0",
        "must be one of ballot, group, decision_type, community",
    ),
    "a scope twice": (
        PROPOSAL | {"delegation": {"scopes": ["ballot", "ballot"]}},
        "/delegation/scopes/1",
        "already",
    ),
    "delegation without scopes": (PROPOSAL | {"delegation": {}}, "/delegation/scopes", "required"),
    "a cap of both": (
        PROPOSAL | {"delegation": {"scopes": ["ballot"], "cap": {"weight": 3, "ratio": "1/2"}}},
        "/delegation/cap",
        "either",
    ),
    "a cap of neither": (
        PROPOSAL | {"delegation": {"scopes": ["ballot"], "cap": {}}},
        "/delegation/cap",
        "either",
    ),
    "a cap of nothing": (
        PROPOSAL | {"delegation": {"scopes": ["ballot"], "cap": {"weight": 0}}},
        "/delegation/cap/weight",
        "from 1",
    ),
    "delegation and early close": (
        PROPOSAL | {"vote_change": False, "early_close": True, "delegation": {"scopes": ["ballot"]}},
        "/early_close",
        "takes weight back",
    ),
    "delegation and an early close left open": (
        VOTE | {"left_open": ["early_close"], "delegation": {"scopes": ["ballot"]}},
        "/early_close",
        "takes weight back",
    ),
    "delegation and an extension by weight": (
        PROPOSAL
        | {
            "late_quorum_extension": "P1D",
            "quorum": {"base": "weight", "ratio": "1/2"},
            "delegation": {"scopes": ["ballot"]},
        },
        "/late_quorum_extension",
        "quorum of participants",
    ),
    "delegation left open": (VOTE | {"left_open": ["delegation"]}, "/left_open/0", "must be one of"),
    "no answer": (PROPOSAL | {"binding_level": "must_answer"}, "/answer_within", "required"),
    "answer owed to advice": (PROPOSAL | {"answer_within": "P7D"}, "/answer_within", "no answer"),
    "pre-commitment to advice": (
        PROPOSAL | {"precommitment_within": "P7D"},
        "/precommitment_within",
        "no pre-commitment",
    ),
    "override below the threshold": (
        PROPOSAL | {"threshold": {"ratio": "4/5"}, "veto": VETO},
        "/veto/override/threshold",
        "at least the threshold",
    ),
    "override of less at the same ratio": (
        PROPOSAL | {"threshold": {"ratio": "3/4", "of": "cast"}, "veto": VETO},
        "/veto/override/threshold",
        "at least the threshold",
    ),
    "veto without grounds": (PROPOSAL | {"veto": VETO | {"grounds": []}}, "/veto/grounds", "1 to"),
    "veto never": (PROPOSAL | {"veto": VETO | {"yearly_quota": 0}}, "/veto/yearly_quota", "from 1"),
    "an amendment by a group": (AMENDMENT | {"groups": True}, "/groups", "everybody's"),
    "a role of the community given by a group": (
        VOTE
        | {"for": "election", "grants_role": "steward", "binding_level": "binding", "groups": True}
        | {"method": "plurality"},
        "/groups",
        "no group gives a role",
    ),
    "amending nothing": (AMENDMENT | {"amends": []}, "/amends", "names the parts"),
    "amending what is no part": (AMENDMENT | {"amends": ["weather"]}, "/amends/0", "must be one of"),
    "amending by choice": (AMENDMENT | {"method": "irv", "threshold": None}, "/method", "yes_no"),
    "amending by advice": (AMENDMENT | {"binding_level": "advisory"}, "/binding_level", "takes effect"),
    "an amendment to be answered": (
        AMENDMENT | {"answer_within": "P7D"},
        "/answer_within",
        "nothing to answer",
    ),
    "an amendment to be promised": (
        AMENDMENT | {"precommitment_within": "P7D"},
        "/precommitment_within",
        "no pre-commitment",
    ),
    "amending without being an amendment": (
        PROPOSAL | {"amends": ["articles"]},
        "/amends",
        "only an amendment",
    ),
    "electing by yes_no": (
        VOTE | {"for": "election", "method": "yes_no", "threshold": {"ratio": "1/2"}},
        "/method",
        "candidates",
    ),
    "granting without election": (VOTE | {"grants_role": "steward"}, "/grants_role", "only an election"),
    "electing an auditor": (
        VOTE | {"for": "election", "grants_role": "auditor"},
        "/grants_role",
        "one of steward",
    ),
    "electing a brand owner": (
        VOTE | {"for": "election", "grants_role": "brand_owner"},
        "/grants_role",
        "one of steward",
    ),
    "open proposal": (PROPOSAL | {"left_open": ["quorum"]}, "/left_open", "opened directly"),
    "open title": (VOTE | {"left_open": ["title"]}, "/left_open/0", "must be one of"),
    "veto of a standalone ballot": (VOTE | {"veto": VETO | {"override": None}}, "/veto", "opened directly"),
    "timelock of a standalone ballot": (VOTE | {"timelock": "P1D"}, "/timelock", "opened directly"),
    "not an object": ([], "", "must be an object"),
}


@pytest.mark.parametrize("case", TYPE_FAULTS.values(), ids=TYPE_FAULTS)
def test_a_decision_type_that_makes_no_sense_is_refused(case):
    value, pointer, words = case
    found = type_faults(value)
    assert pointer in dict(found), found
    assert words in dict(found)[pointer]


ACCEPTED = {
    "a proposal that chooses": PROPOSAL | {"method": "irv", "threshold": None},
    "a named status quo": VOTE | {"method": "schulze", "settings": {"status_quo": "as_it_is"}},
    "a budget whose costs each ballot states": VOTE | {"method": "equal_shares", "left_open": ["settings"]},
    "a method that takes few options": VOTE
    | {"method": "pav", "seats": 3, "settings": {"computation": "exact"}},
    "early close of votes that stand": PROPOSAL | {"vote_change": False, "early_close": True},
    "an override as strict": PROPOSAL | {"threshold": {"ratio": "3/4"}, "veto": VETO},
    "an extension as long as voting": PROPOSAL
    | {"late_quorum_extension": "P7D", "quorum": {"base": "participants", "count": 5}},
    "an extension by participants beside delegation": PROPOSAL
    | {
        "late_quorum_extension": "P7D",
        "quorum": {"base": "participants", "count": 5},
        "delegation": {"scopes": ["community", "ballot"], "cap": {"ratio": "1/10"}},
    },
    "delegation without a cap in a sealed ballot": PROPOSAL
    | {"secrecy": "sealed", "delegation": {"scopes": ["decision_type"]}},
    "a cap by weight where secrecy can be tightened": VOTE
    | {"left_open": ["secrecy"], "delegation": {"scopes": ["ballot"], "cap": {"weight": 100}}},
    "unanimity": PROPOSAL | {"threshold": {"ratio": "1"}},
}


@pytest.mark.parametrize("value", ACCEPTED.values(), ids=ACCEPTED)
def test_a_decision_type_that_makes_sense_is_read(value):
    rule = read_decision_type(value)
    assert read_decision_type(rule.to_json()) == rule


def test_sets_are_read_in_one_order():
    one = read_decision_type(
        VOTE | {"opened_by": ["brand_owner", "member"], "left_open": ["quorum", "method"]}
    )
    other = read_decision_type(
        VOTE | {"opened_by": ["member", "brand_owner"], "left_open": ["method", "quorum"]}
    )
    assert one == other


@pytest.mark.parametrize("secrecy", ["confidential", "secret"])
def test_what_hides_who_voted_goes_with_no_delegation(secrecy):
    rule = read_decision_type(PROPOSAL | {"delegation": {"scopes": ["ballot"]}, "disclosure": "pseudonymous"})
    assert type_problems(rule) == []
    ((path, sentence),) = type_problems(replace(rule, secrecy=Secrecy(secrecy)))
    assert path == ("delegation",)
    assert f"a {secrecy} ballot hides it" in sentence


def test_a_decision_type_of_before_there_was_delegation_has_none():
    written = read_decision_type(PROPOSAL).to_json()
    assert written.pop("delegation") is None
    assert read_decision_type(written).delegation is None
