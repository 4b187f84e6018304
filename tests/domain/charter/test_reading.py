"""Reading charters: what is valid comes back whole, and of what is not every fault is named where it stands."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.charter.powers import INDISPENSABLE
from app.domain.charter.reading import InvalidCharter, read_charter
from app.domain.charter.templates import TEMPLATES

from . import charters
from .plain import AMENDMENT, OWNER_POWERS, POWERS, PROPOSAL, VETO, VOTE, document


def faults(value):
    with pytest.raises(InvalidCharter) as caught:
        read_charter(value)
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
