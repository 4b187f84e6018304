"""Running tallies of open ballots: a direct vote moves its weight from the delegate's choice, once."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delegation import DelegationCap, Roll, RunningTally, resolve, select
from tests.domain.delegation.graphs import CLOSE, communities, gives

# test/governance/extensions/GovernorCountingOverridable.test.js: 10, 7, 5 and 2 tokens; 1 and 4 delegate to 2.
TOKENS = {"voter1": 10, "voter2": 7, "voter4": 2}
TO_TWO = [gives("voter1", "voter2"), gives("voter4", "voter2")]


def running(weights=TOKENS, delegations=TO_TWO, limit=None):
    roll = Roll.of(weights.items())
    return RunningTally(roll, select(roll, delegations, CLOSE), limit)


def test_openzeppelin_override_after_delegate_vote():
    tally = running()
    assert tally.vote("voter2", "for") == {"for": 19}
    assert tally.vote("voter1", "against") == {"against": 10, "for": -10}
    assert tally.totals == {"for": 9, "against": 10}


def test_openzeppelin_override_before_delegate_vote():
    tally = running()
    assert tally.vote("voter1", "against") == {"against": 10}
    assert tally.vote("voter2", "for") == {"for": 9}
    assert tally.totals == {"against": 10, "for": 9}


def test_openzeppelin_override_before_and_after_delegate_vote():
    tally = running()
    tally.vote("voter1", "against")
    tally.vote("voter2", "for")
    assert tally.vote("voter4", "abstain") == {"abstain": 2, "for": -2}
    assert tally.totals == {"against": 10, "for": 7, "abstain": 2}


def test_unlike_there_what_was_delegated_through_a_member_goes_with_their_direct_vote():
    # There voter3's 5 tokens go one step, to voter1, who casts them apart from their own 10.
    tally = running(TOKENS | {"voter3": 5}, [*TO_TWO, gives("voter3", "voter1")])
    assert tally.vote("voter2", "for") == {"for": 24}
    assert tally.vote("voter1", "against") == {"against": 15, "for": -15}


def test_an_override_is_not_subtracted_twice_when_the_member_changes_their_vote():
    tally = running()
    tally.vote("voter2", "for")
    tally.vote("voter1", "against")
    assert tally.vote("voter1", "abstain") == {"against": -10, "abstain": 10}
    assert tally.totals == {"for": 9, "abstain": 10}
    assert tally.vote("voter1", "abstain") == {}


def test_an_override_for_the_delegates_own_choice_moves_nothing():
    tally = running()
    tally.vote("voter2", "for")
    assert tally.vote("voter1", "for") == {}


def test_room_under_a_cap_that_an_override_leaves_goes_to_the_next_in_line():
    weights = dict.fromkeys("abcd", 1)
    tally = running(weights, [gives(one, "d", given=order - 9) for order, one in enumerate("abc")], limit=2)
    assert tally.vote("d", "for") == {"for": 3}
    assert tally.vote("a", "against") == {"against": 1}
    assert tally.totals == {"for": 3, "against": 1}


def test_a_stranger_has_no_vote():
    with pytest.raises(KeyError):
        running().vote("voter3", "for")


@given(communities(), st.data())
def test_at_every_moment_it_equals_the_resolution_of_the_votes_so_far(community, data):
    roll, delegations, cast, cap = community
    tally = RunningTally(
        roll, select(roll, delegations, CLOSE), None if cap is None else cap.limit(roll.total)
    )
    choices, totals = {}, {}
    for voter in [*data.draw(st.permutations(sorted(cast))), *sorted(cast)[:2]]:
        choices[voter] = data.draw(st.sampled_from(["for", "against", "abstain"]))
        for choice, weight in tally.vote(voter, choices[voter]).items():
            totals[choice] = totals.get(choice, 0) + weight
        expected = {}
        for name, weight in resolve(roll, delegations, choices, CLOSE, cap).votes():
            expected[choices[name]] = expected.get(choices[name], 0) + weight
        assert tally.totals == expected
        assert {choice: weight for choice, weight in totals.items() if weight} == expected


def test_a_change_of_delegation_makes_a_new_tally():
    weights = dict.fromkeys("ab", 1)
    roll = Roll.of(weights.items())
    revoked = gives("a", "b", revoked=-2)
    assert RunningTally(roll, select(roll, [revoked], CLOSE)).vote("b", "for") == {"for": 1}
    earlier = CLOSE - dt.timedelta(hours=3)
    assert RunningTally(roll, select(roll, [revoked], earlier)).vote("b", "for") == {"for": 2}
    assert DelegationCap(weight=3).to_json() == {"weight": 3}
