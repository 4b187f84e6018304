"""Members who were loaded into the tables can vote as those who joined over the API do."""

from __future__ import annotations

import json

import pytest

from benchmarks import databases
from benchmarks.electorate import Electorate, casting_body
from benchmarks.profile_cast import environment


@pytest.fixture
def electorate():
    with databases.sqlite() as database:
        made = Electorate(database, "a-secret-for-tests-0123456789-abcdef")
        yield made
        made.close()


def test_a_loaded_member_votes_with_a_minted_token(electorate):
    community = electorate.found(3)
    ballot = electorate.open(community)
    statuses = []
    for member, token in zip((1, 2, 3), electorate.tokens(community, (1, 2, 3)), strict=True):
        request = environment(f"{ballot.path}/votes/me", token, casting_body(member))
        answer = electorate.app.wsgi_app(request, lambda status, *_: statuses.append(status))
        receipt = json.loads(b"".join(answer))
        assert receipt["revision"] == 1
    assert statuses == ["201 CREATED"] * 3


def test_loaded_casts_are_counted(electorate):
    community = electorate.found(5)
    ballot = electorate.open(community, vote_change=False, early_close=True)
    electorate.fill(ballot)
    result = electorate.call("POST", f"{ballot.path}/close", community.owner)
    assert result["turnout"]["voters"] == 5
