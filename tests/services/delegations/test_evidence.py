"""The evidence is kept in pieces: read whole it is what was digested, and any line of it is found."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

import pytest

from app.domain.delegation import Delegation, DelegationCap, Roll, evidence_lines, resolve
from app.services.delegations import evidence
from tests.support.delegating import Assembly

CLOSE = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


@pytest.mark.parametrize("piece", [1, 2, 3, 1000])
def test_every_line_is_found_in_pieces_of_any_size(portal, units, monkeypatch, piece):
    monkeypatch.setattr(evidence, "PIECE", piece)
    ballot = uuid.UUID(Assembly(portal).ballot().rpartition("/")[2])
    voters = sorted(uuid.uuid4() for _ in range(9))
    names = [str(voter) for voter in voters]
    delegations = [
        Delegation(f"r{name}", name, names[4 + number % 2], "ballot", CLOSE - dt.timedelta(hours=1 + number))
        for number, name in enumerate(names[:4] + names[6:8])
    ]
    roll = Roll.of((name, 1) for name in names)
    resolution = resolve(roll, delegations, names[4:6], CLOSE, DelegationCap(weight=2))
    with units.write() as session:
        digest, links = evidence.keep(session, ballot, resolution)
    with units.read() as session:
        content = b"".join(evidence.stream(session, ballot))
        found = {voter: evidence.line_of(session, ballot, "links", voter) for voter in voters}
        carried = {voter: evidence.line_of(session, ballot, "delegates", voter) for voter in voters}
        strangers = [uuid.UUID(int=1), uuid.UUID(int=2**128 - 1), uuid.UUID(int=voters[3].int + 1)]
        assert [evidence.line_of(session, ballot, "links", each) for each in strangers] == [None] * 3
        assert evidence.line_of(session, uuid.uuid4(), "links", voters[0]) is None
    assert content == b"".join(evidence_lines(resolution))
    assert (digest, links) == (hashlib.sha256(content).hexdigest(), 6)
    delegators = {*voters[:4], *voters[6:8]}
    assert {voter for voter, line in found.items() if line} == delegators
    assert all(line is None or line["voter"] == str(voter) for voter, line in found.items())
    assert {voter for voter, line in carried.items() if line} == set(voters[4:6])
    for voter in voters[4:6]:
        assert carried[voter]["carried"] == {"members": 2, "weight": 2}
        assert carried[voter]["returned"] == {"members": 1, "weight": 1}
        (owner,) = carried[voter]["returned_to"]
        assert found[uuid.UUID(owner)]["outcome"] == "over_cap"
        assert found[uuid.UUID(owner)]["representative"] == str(voter)
