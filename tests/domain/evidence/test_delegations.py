"""Delegations resolved again from their evidence: the same weights, and no line that was tampered with passes."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.canonical_json import canonical_json
from app.domain.delegation import DelegationCap, Roll, evidence_lines, resolve
from app.domain.evidence.delegations import resolve_again
from app.domain.evidence.faults import InvalidEvidence
from app.domain.instants import instant
from tests.domain.delegation.graphs import CLOSE, communities, gives

CLOSED_AT = instant(CLOSE)


def evidence_of(roll, delegations, cast, cap):
    resolution = resolve(roll, delegations, cast, CLOSE, cap)
    return resolution, [line.removesuffix(b"\n") for line in evidence_lines(resolution)]


def entries(roll):
    return list(zip(roll.names, roll.weights, strict=True))


@given(communities())
def test_the_same_weights_come_of_the_evidence_alone(community):
    roll, delegations, cast, cap = community
    resolution, lines = evidence_of(roll, delegations, cast, cap)
    again = resolve_again(lines, entries(roll), cast, CLOSED_AT)
    assert dict(again.votes()) == dict(resolution.votes())
    assert again.counted_weight == resolution.counted_weight


@given(communities(), st.data())
def test_a_link_dropped_repeated_or_said_otherwise_is_named(community, data):
    roll, delegations, cast, cap = community
    _, lines = evidence_of(roll, delegations, cast, cap)
    assume(len(lines) > 1)
    at = data.draw(st.integers(1, len(lines) - 1))
    link = json.loads(lines[at])
    name, value = data.draw(
        st.sampled_from(
            [
                ("weight", link["weight"] + 1),
                ("hops", link["hops"] + 1),
                ("outcome", "cast"),
                ("representative", "someone"),
                ("voter", "nobody"),
                ("given_at", CLOSED_AT),
            ]
        )
    )
    said = [*lines[:at], canonical_json(link | {name: value}), *lines[at + 1 :]]
    for forged in (said, [*lines[:at], *lines[at + 1 :]], [*lines[: at + 1], *lines[at:]]):
        with pytest.raises(InvalidEvidence):
            resolve_again(forged, entries(roll), cast, CLOSED_AT)


ROLL = Roll.of((name, 2) for name in "abcd")
_, HONEST = evidence_of(
    ROLL, [gives("a", "b"), gives("b", "c"), gives("d", "nobody")], "c", DelegationCap(weight=3)
)


@pytest.mark.parametrize(
    "change",
    [
        {"version": "2"},
        {"record": "delegations"},
        {"closes_at": "2026-11-22T12:00:00.001Z"},
        {"cap": {"weight": 4}},
        {"cap": None},
        {"cap": {"weight": 3, "ratio": "1/2"}},
        {"cap": {"ratio": "2"}},
        {"cap": 3},
        {"counted_weight": 8},
        {"roll": {"members": 4, "weight": 9}},
        {"outcomes": {}},
        {"outcomes": None},
        {"more": 1},
    ],
    ids=json.dumps,
)
def test_a_head_that_says_otherwise_is_refused(change):
    resolve_again(HONEST, entries(ROLL), "c", CLOSED_AT)
    forged = [canonical_json(json.loads(HONEST[0]) | change), *HONEST[1:]]
    with pytest.raises(InvalidEvidence):
        resolve_again(forged, entries(ROLL), "c", CLOSED_AT)


@pytest.mark.parametrize("lines", [[], [b""], [b"{}"], [HONEST[0], b"{}"], [HONEST[0], b'{"delegate":1}']])
def test_what_is_no_evidence_is_refused(lines):
    with pytest.raises(InvalidEvidence):
        resolve_again(lines, entries(ROLL), "c", CLOSED_AT)


def test_other_voters_or_another_roll_make_other_links():
    for roll, voters in ((ROLL, "d"), (ROLL, "e"), (Roll.of((name, 3) for name in "abcd"), "c")):
        with pytest.raises(InvalidEvidence):
            resolve_again(HONEST, entries(roll), voters, CLOSED_AT)
