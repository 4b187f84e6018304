"""The evidence: canonical, complete, and enough to resolve the delegations again."""

import hashlib
import json

from hypothesis import given

from app.domain.canonical_json import canonical_json
from app.domain.delegation import Delegation, DelegationCap, Roll, evidence_digest, evidence_lines, resolve
from tests.domain.delegation.graphs import CLOSE, communities, gives


@given(communities())
def test_every_line_is_canonical_json_and_the_digest_is_over_all_of_them(community):
    roll, delegations, cast, cap = community
    resolution = resolve(roll, delegations, cast, CLOSE, cap)
    lines = list(evidence_lines(resolution))
    assert all(canonical_json(json.loads(line)) + b"\n" == line for line in lines)
    assert evidence_digest(resolution) == hashlib.sha256(b"".join(lines)).hexdigest()


@given(communities())
def test_the_links_the_roll_and_the_voters_give_the_same_evidence_again(community):
    roll, delegations, cast, cap = community
    lines = list(evidence_lines(resolve(roll, delegations, cast, CLOSE, cap)))
    links = [json.loads(line) for line in lines[1:]]
    again = [
        Delegation(
            link["reference"],
            link["voter"],
            "" if link["outcome"] == "off_roll" and link["delegate"] is None else link["delegate"],
            link["scope"],
            next(one.given_at for one in delegations if one.reference == link["reference"]),
        )
        for link in links
    ]
    repeated = list(evidence_lines(resolve(roll, again, cast, CLOSE, cap)))
    assert repeated[1:] == lines[1:]
    assert json.loads(repeated[0])["counted_weight"] == json.loads(lines[0])["counted_weight"]


def test_a_worked_example():
    delegations = [
        gives("a", "b", "ballot", reference="r1"),
        gives("b", "c", given=-101, reference="r2"),
        gives("d", None, reference="r3"),
        gives("e", 'someone "else"', reference="r4"),
        gives("c", "a", reference="r5"),
    ]
    roll = Roll.of((name, 2) for name in "abcdef")
    resolution = resolve(roll, delegations, "c", CLOSE, DelegationCap(weight=3))
    header, *links = [json.loads(line) for line in evidence_lines(resolution)]
    assert header["record"] == "delegation"
    assert header["closes_at"] == "2026-11-22T12:00:00.000Z"
    assert header["outcomes"]["over_cap"] == {"members": 1, "weight": 2}
    assert links[0] == {
        "voter": "a",
        "weight": 2,
        "delegate": "b",
        "scope": "ballot",
        "given_at": "2026-11-18T08:00:00.000Z",
        "reference": "r1",
        "representative": "c",
        "hops": 2,
        "outcome": "over_cap",
    }
    assert [(link["voter"], link["outcome"]) for link in links] == [
        ("a", "over_cap"),
        ("b", "delegated"),
        ("d", "opted_out"),
        ("e", "off_roll"),
    ]
    assert b"someone" not in b"".join(evidence_lines(resolution))


def test_names_of_any_letters_are_written_as_canonical_json_writes_them():
    names = ['quote"', "back\\slash", "Zo\u00eb", "line\nfeed", "\u2028", "\U0001f5f3", "\x7f"]
    roll = Roll.of((name, 1) for name in names)
    delegations = [gives(one, "Zo\u00eb", reference=one) for one in names]
    lines = list(evidence_lines(resolve(roll, delegations, ["Zo\u00eb"], CLOSE)))
    assert len(lines) == len(names)
    assert all(canonical_json(json.loads(line)) + b"\n" == line for line in lines)
    assert sorted(json.loads(line)["voter"] for line in lines[1:]) == sorted(set(names) - {"Zo\u00eb"})
