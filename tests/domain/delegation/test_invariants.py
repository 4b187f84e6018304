"""What holds of every community, however its members delegate, against a resolution written naively."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.delegation import Outcome, evidence_digest, resolve
from tests.domain.delegation.graphs import CLOSE, communities, naive

COUNTED = {Outcome.CAST, Outcome.DELEGATED}


@given(communities())
def test_it_agrees_with_the_naive_recursive_reading_of_the_rules(community):
    roll, delegations, cast, cap = community
    resolution = resolve(roll, delegations, cast, CLOSE, cap)
    fate, counted = naive(roll, delegations, cast, cap)
    assert {
        voter: (resolution.outcome_of(voter), resolution.representative_of(voter)) for voter in roll.names
    } == fate
    assert dict(resolution.votes()) == counted


@given(communities())
def test_every_weight_is_counted_once_or_not_at_all(community):
    roll, delegations, cast, cap = community
    resolution = resolve(roll, delegations, cast, CLOSE, cap)
    assert sum(total.weight for total in resolution.sums.values()) == roll.total
    assert sum(total.members for total in resolution.sums.values()) == len(roll.names)
    assert sum(weight for _, weight in resolution.votes()) == resolution.counted_weight <= roll.total
    uncounted = sum(total.weight for outcome, total in resolution.sums.items() if outcome not in COUNTED)
    assert resolution.counted_weight + uncounted == roll.total
    assert sum(resolution.counted) == resolution.counted_weight


@given(communities())
def test_nobody_who_voted_is_represented_by_another_and_nobody_else_represents(community):
    roll, delegations, cast, cap = community
    resolution = resolve(roll, delegations, cast, CLOSE, cap)
    assert all(resolution.representative_of(voter) == voter for voter in cast)
    assert {voter for voter, _ in resolution.votes()} == set(cast)


@given(communities())
def test_no_delegate_carries_more_of_others_than_the_cap_allows(community):
    roll, delegations, cast, cap = community
    resolution = resolve(roll, delegations, cast, CLOSE, cap)
    own = dict(zip(roll.names, roll.weights, strict=True))
    if cap is None:
        assert resolution.overflow == ()
    else:
        assert all(weight - own[voter] <= cap.limit(roll.total) for voter, weight in resolution.votes())
    assert sum(over.returned for over in resolution.overflow) == resolution.sums[Outcome.OVER_CAP].weight


@given(communities(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_no_byte_of_the_evidence(community, shuffler):
    roll, delegations, cast, cap = community
    shuffled = shuffler.sample(delegations, len(delegations))
    voters = shuffler.sample(sorted(cast), len(cast))
    one, other = (
        resolve(roll, delegations, cast, CLOSE, cap),
        resolve(roll, shuffled, [*voters, *voters], CLOSE, cap),
    )
    assert one.outcome == other.outcome
    assert evidence_digest(one) == evidence_digest(other)


@given(communities())
def test_a_delegation_that_was_not_used_can_be_taken_away(community):
    roll, delegations, cast, cap = community
    resolution = resolve(roll, delegations, cast, CLOSE, cap)
    selection = resolution.chains.selection
    used = {selection.reference[position] for position, voter in enumerate(roll.names) if voter not in cast}
    fewer = [delegation for delegation in delegations if delegation.reference in used]
    again = resolve(roll, fewer, cast, CLOSE, cap)
    assert list(again.votes()) == list(resolution.votes())
    assert [again.representative_of(voter) for voter in roll.names] == [
        resolution.representative_of(voter) for voter in roll.names
    ]


@given(communities(), st.data())
def test_voting_oneself_never_leaves_ones_weight_uncounted_or_with_another(community, data):
    roll, delegations, cast, _ = community
    late = data.draw(st.sampled_from(roll.names))
    before = resolve(roll, delegations, cast, CLOSE)
    after = resolve(roll, delegations, cast | {late}, CLOSE)
    assert after.representative_of(late) == late
    assert after.counted_weight >= before.counted_weight
