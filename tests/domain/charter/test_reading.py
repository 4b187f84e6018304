"""Reading charters: what is valid comes back whole, and of what is not every fault is named where it stands."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.charter.powers import INDISPENSABLE
from app.domain.charter.reading import InvalidCharter, read_charter, read_decision_type
from app.domain.charter.templates import TEMPLATES

from . import charters

POWERS = ["ballot.cast", "proposal.raise", "proposal.sponsor", "proposal.open_vote", "proposal.override"]
OWNER_POWERS = [
    "role.grant",
    "obligation.answer",
    "proposal.veto",
    "precommitment.record",
    "ballot.create",
    "ballot.open",
]
AMENDMENT = charters.top("amendment") | {
    "quorum": {"base": "participants", "ratio": "1/5"},
    "threshold": {"ratio": "2/3"},
    "min_approval": None,
    "rejection_quorum": None,
    "veto": None,
}
PROPOSAL = {
    "id": "proposal",
    "title": "Proposal",
    "for": "proposal",
    "opened_by": ["member"],
    "sponsors": 2,
    "sponsoring_period": "P7D",
    "voting_period": "P7D",
    "method": "yes_no",
    "threshold": {"ratio": "1/2", "strict": True},
    "binding_level": "advisory",
}
VETO = {
    "window": "P7D",
    "grounds": ["law"],
    "yearly_quota": 1,
    "override": {"threshold": {"ratio": "3/4"}, "call_within": "P7D", "voting_period": "P7D"},
}
VOTE = {
    "id": "vote",
    "title": "Vote",
    "for": "product_vote",
    "opened_by": ["brand_owner"],
    "voting_period": "P7D",
    "method": "plurality",
    "binding_level": "advisory",
}


def document(*types, **rest):
    return {
        "title": "Charter",
        "articles": [],
        "decision_types": [AMENDMENT, *types],
        "veto_grounds": [{"id": "law", "title": "Law"}],
        "delivery": {"dispute_threshold": "1/2", "least_attestations": 3},
        "role_powers": {"member": POWERS, "brand_owner": OWNER_POWERS},
    } | rest


def faults(value):
    with pytest.raises(InvalidCharter) as caught:
        read_charter(value)
    return caught.value.errors


def type_faults(value):
    with pytest.raises(InvalidCharter) as caught:
        read_decision_type(value)
    return caught.value.errors


def test_the_plainest_charter_reads_and_spells_out_every_default():
    charter = read_charter(document(PROPOSAL, VOTE))
    rule = charter.to_json()["decision_types"][1]
    assert rule["weighting"] == "one_member_one_vote"
    assert rule["discussion_period"] == "PT0S"
    assert rule["threshold"] == {"ratio": "1/2", "strict": True, "of": "for_plus_against"}
    assert rule["left_open"] == []
    assert charter.to_json()["role_powers"]["steward"] == []
    assert charter.decision_type("vote").id == "vote"
    assert charter.decision_type("other") is None
    assert charter.veto_ground("law").absolute is False


@given(charters.documents())
def test_a_charter_reads_as_what_it_was_written_from(drawn):
    charter = read_charter(drawn)
    again = read_charter(json.loads(json.dumps(charter.to_json())))
    assert again == charter
    assert again.to_json() == charter.to_json()


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
    "weighting to come": (PROPOSAL | {"weighting": "dual"}, "/weighting", "not offered by this service yet"),
    "secrecy to come": (PROPOSAL | {"secrecy": "secret"}, "/secrecy", "not offered by this service yet"),
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


ARTICLE = {"id": "a", "title": "A", "body": "Text"}
MATTER = {"id": "m", "title": "M", "decided_by": "community"}
STRICT_PROPOSAL = PROPOSAL | {"timelock": "P60D"}

CHARTER_FAULTS = {
    "not an object": (None, "", "must be an object"),
    "sections missing": ({}, "/role_powers", "required"),
    "unknown section": (document(notes=[]), "/notes", "no such member"),
    "too many articles": (document(articles=[ARTICLE] * 201), "/articles", "0 to 200"),
    "too long an article": (
        document(articles=[ARTICLE | {"body": "x" * 20_001}]),
        "/articles/0/body",
        "20000",
    ),
    "an empty article": (document(articles=[ARTICLE | {"body": " \n"}]), "/articles/0/body", "say something"),
    "too many types": (document(*[PROPOSAL] * 50), "/decision_types", "0 to 50"),
    "too many matters": (document(reserved_matters=[MATTER] * 101), "/reserved_matters", "0 to 100"),
    "too many grounds": (document(veto_grounds=[{}] * 101), "/veto_grounds", "0 to 100"),
    "an id twice": (document(PROPOSAL, PROPOSAL), "/decision_types/2/id", "same id"),
    "an article twice": (document(articles=[ARTICLE, ARTICLE]), "/articles/1/id", "same id"),
    "a stop ground twice": (
        document(emergency_stop={"grounds": [{"id": "a", "title": "A"}] * 2, "lapses_after": "P1D"}),
        "/emergency_stop/grounds/1/id",
        "same id",
    ),
    "a stop that stays": (
        document(emergency_stop={"grounds": [{"id": "a", "title": "A"}], "lapses_after": "P31D"}),
        "/emergency_stop/lapses_after",
        "at most 30 days",
    ),
    "a stop nobody can call": (
        document(emergency_stop={"grounds": [{"id": "a", "title": "A"}], "lapses_after": "P1D"}),
        "/emergency_stop",
        "ballot.suspend",
    ),
    "an unknown guard": (
        document(articles=[ARTICLE | {"entrenched_by": "nobody"}]),
        "/articles/0/entrenched_by",
        "no amendment type",
    ),
    "a guard that amends nothing": (
        document(PROPOSAL, articles=[ARTICLE | {"entrenched_by": "proposal"}]),
        "/articles/0/entrenched_by",
        "no amendment type",
    ),
    "an unknown ground": (
        document(PROPOSAL | {"veto": VETO | {"grounds": ["law", "whim"]}}),
        "/decision_types/1/veto/grounds/1",
        "no veto ground",
    ),
    "a matter that needs no consent": (
        document(reserved_matters=[MATTER | {"decided_by": "brand_owner", "consent": "brand_owner"}]),
        "/reserved_matters/0/consent",
        "no meaning",
    ),
    "a consent nobody can give": (
        document(reserved_matters=[MATTER | {"consent": "steward"}]),
        "/reserved_matters/0/consent",
        "proposal.consent",
    ),
    "auditors with powers": (
        document(role_powers={"member": POWERS, "brand_owner": OWNER_POWERS, "auditor": []}),
        "/role_powers/auditor",
        "no power",
    ),
    "a power beyond the limits": (
        document(role_powers={"member": POWERS, "brand_owner": [*OWNER_POWERS, "ballot.cast"]}),
        "/role_powers/brand_owner/6",
        "member only",
    ),
    "an unknown power": (
        document(role_powers={"member": [*POWERS, "fly"], "brand_owner": OWNER_POWERS}),
        "/role_powers/member/5",
        "must be one of",
    ),
    "a proposal its opener cannot raise": (
        document(PROPOSAL | {"opened_by": ["member", "steward"]}),
        "/decision_types/1/opened_by/1",
        "proposal.raise",
    ),
    "a ballot its opener cannot draft": (
        document(VOTE | {"opened_by": ["member", "brand_owner"]}),
        "/decision_types/1/opened_by/0",
        "ballot.create",
    ),
    "disputes at nothing": (
        document(delivery={"dispute_threshold": "0", "least_attestations": 1}),
        "/delivery/dispute_threshold",
        "above 0",
    ),
    "a type nothing could change": (
        document(STRICT_PROPOSAL),
        "/decision_types/1",
        "timelock, P30D, is shorter",
    ),
    "a part nobody could change": (
        document() | {"decision_types": [AMENDMENT | {"amends": charters.PARTS[:-1]}]},
        "/decision_types",
        "role_powers",
    ),
    "a part members could not raise a change of": (
        document() | {"decision_types": [AMENDMENT | {"opened_by": ["brand_owner"]}]},
        "/decision_types",
        "by no amendment type can members",
    ),
    "a ground nothing could change": (
        document(PROPOSAL | {"veto": VETO, "weighting": "token", "quorum": None})
        | {
            "decision_types": [
                AMENDMENT | {"veto": VETO},
                AMENDMENT | {"id": "tokens", "weighting": "token", "veto": VETO},
            ]
        },
        "/veto_grounds/0",
        "not weighted by",
    ),
}


@pytest.mark.parametrize("case", CHARTER_FAULTS.values(), ids=CHARTER_FAULTS)
def test_a_charter_that_makes_no_sense_is_refused(case):
    value, pointer, words = case
    found = faults(value)
    assert any(place == pointer and words in sentence for place, sentence in found), found


@pytest.mark.parametrize("power", INDISPENSABLE, ids=str)
def test_without_some_powers_nobody_could_live_under_a_charter(power):
    value = document(PROPOSAL)
    value["role_powers"] = {
        role: [each for each in held if each != power] for role, held in value["role_powers"].items()
    }
    assert any(
        power.value in sentence for pointer, sentence in faults(value) if pointer.startswith("/role_powers")
    )


def test_a_veto_cannot_be_removed_by_taking_the_power_to_use_it():
    guarded = AMENDMENT | {"veto": VETO}
    value = document() | {"decision_types": [guarded]}
    read_charter(value)
    value["role_powers"]["brand_owner"] = [each for each in OWNER_POWERS if each != "proposal.veto"]
    value["role_powers"]["member"] = [each for each in POWERS if each != "proposal.override"]
    assert {pointer for pointer, _ in faults(value)} == {
        "/decision_types/0/veto",
        "/decision_types/0/veto/override",
    }


def test_all_faults_are_named_at_once():
    value = document(
        PROPOSAL | {"threshold": {"ratio": "5/4"}, "sponsors": -1},
        PROPOSAL | {"veto": VETO | {"grounds": ["whim"]}},
        articles=[ARTICLE | {"title": ""}, ARTICLE],
        surprise=1,
    )
    assert {pointer for pointer, _ in faults(value)} == {
        "/surprise",
        "/articles/0/title",
        "/articles/1/id",
        "/decision_types/1/threshold/ratio",
        "/decision_types/1/sponsors",
        "/decision_types/2/id",
        "/decision_types/2/veto/grounds/0",
    }


def test_pointers_escape_what_rfc_6901_says_and_can_always_be_sent_back():
    found = faults(document(**{"a/b~c": 1, "\ud800": 1, "x" * 1000: 1}))
    assert "/a~1b~0c" in dict(found)
    json.dumps(found, ensure_ascii=False).encode()
    assert all(len(pointer) < 100 for pointer, _ in found)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["\ud800", "\0", 10**400, "member", "yes_no", "1/2", "P7D", "x" * 30_000]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("id"), inner, max_size=3)
    ),
    max_leaves=6,
)


def paths(value, before=()):
    yield before
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, child in children:
        yield from paths(child, (*before, name))


def read_or_errors(value):
    try:
        return read_charter(value), []
    except InvalidCharter as invalid:
        return None, invalid.errors


PLACES = [(name, path) for name, template in TEMPLATES.items() for path in paths(template.document) if path]


@given(st.sampled_from(PLACES), json_values)
def test_whatever_stands_anywhere_is_read_or_refused_with_pointers(place, value):
    name, path = place
    hostile = copy.deepcopy(dict(TEMPLATES[name].document))
    holder = hostile
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    charter, errors = read_or_errors(hostile)
    if charter:
        assert read_charter(charter.to_json()) == charter
    else:
        assert errors
        for pointer, sentence in errors:
            assert not pointer or pointer.startswith("/")
            f"{pointer}{sentence}".encode()


@given(json_values)
def test_whatever_is_sent_as_a_charter_is_refused(value):
    assert faults(value)
