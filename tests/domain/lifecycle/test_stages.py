from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.lifecycle import (
    PROPOSAL_LIFECYCLE,
    OverrideCall,
    ProposalState,
    Stage,
    StageRules,
    after_failed_override,
    after_override,
    after_pass,
    after_veto,
    after_veto_window,
    override_call,
    vote_opens_from,
)

CLOSED = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
TICK = dt.timedelta(milliseconds=1)


def days(number: float) -> dt.timedelta:
    return dt.timedelta(days=number)


def rules(veto: float | None = None, timelock: float = 0, **override: float) -> StageRules:
    return StageRules(
        None if veto is None else days(veto),
        days(timelock),
        **{f"override_{name}": days(length) for name, length in override.items()},
    )


@pytest.mark.parametrize(
    ("frozen", "state", "due"),
    [
        (rules(veto=3, timelock=2), ProposalState.VETO_WINDOW, 3),
        (rules(veto=3), ProposalState.VETO_WINDOW, 3),
        (rules(timelock=2), ProposalState.TIMELOCK, 2),
        (rules(veto=0, timelock=2), ProposalState.TIMELOCK, 2),
        (rules(veto=0), None, None),
        (rules(), None, None),
    ],
)
def test_what_follows_a_pass_is_the_first_stage_that_has_a_length(frozen, state, due):
    stage = after_pass(CLOSED, frozen)
    assert stage == Stage(state, CLOSED, None if due is None else CLOSED + days(due))
    assert stage.takes_effect == (state is None)


def test_the_timelock_runs_after_the_veto_window_from_when_that_was_due_to_end():
    frozen = rules(veto=3, timelock=2)
    window = after_pass(CLOSED, frozen)
    timelock = after_veto_window(window.due_at, frozen)
    assert timelock == Stage(ProposalState.TIMELOCK, CLOSED + days(3), CLOSED + days(5))


def test_without_a_timelock_it_takes_effect_at_the_end_of_the_veto_window():
    assert after_veto_window(CLOSED + days(3), rules(veto=3)) == Stage(None, CLOSED + days(3), None)


def test_an_override_is_called_in_the_half_open_time_after_cooling():
    frozen = rules(veto=3, cooling=1, call_within=7)
    call = override_call(CLOSED, frozen, absolute=False)
    assert call == OverrideCall(CLOSED + days(1), CLOSED + days(8))
    assert [call.is_open(at) for at in (call.opens_at - TICK, call.opens_at)] == [False, True]
    assert [call.is_open(at) for at in (call.closes_at - TICK, call.closes_at)] == [True, False]
    assert after_veto(CLOSED, frozen, absolute=False) == Stage(ProposalState.VETOED, CLOSED, CLOSED + days(8))


def test_without_cooling_an_override_is_called_at_once():
    call = override_call(CLOSED, rules(veto=3, call_within=7), absolute=False)
    assert call is not None
    assert call.is_open(CLOSED)


@pytest.mark.parametrize(
    ("frozen", "absolute"),
    [
        (rules(veto=3, cooling=1, call_within=7), True),
        (rules(veto=3), False),
        (rules(veto=3, cooling=1, call_within=0), False),
    ],
)
def test_a_veto_that_nobody_can_override_waits_for_nothing(frozen, absolute):
    assert override_call(CLOSED, frozen, absolute=absolute) is None
    assert after_veto(CLOSED, frozen, absolute=absolute) == Stage(ProposalState.VETOED, CLOSED, None)


def test_an_override_that_passed_waits_for_its_timelock_and_for_no_second_veto():
    assert after_override(CLOSED, rules(veto=3, timelock=2)) == Stage(
        ProposalState.OVERRIDDEN, CLOSED, CLOSED + days(2)
    )
    assert after_override(CLOSED, rules(veto=3)).takes_effect


def test_an_override_that_failed_leaves_the_veto_and_nothing_due():
    assert after_failed_override(CLOSED) == Stage(ProposalState.VETOED, CLOSED, None)


@pytest.mark.parametrize(
    ("within", "precommitted", "expected"),
    [(None, False, 0), (None, True, 0), (days(5), True, 0), (days(5), False, 5), (days(0), False, 0)],
)
def test_a_vote_waits_for_the_pre_commitment_but_not_for_ever(within, precommitted, expected):
    assert vote_opens_from(CLOSED, within, precommitted=precommitted) == CLOSED + days(expected)


@pytest.mark.parametrize("lengths", [{"veto": -1}, {"timelock": -1}, {"cooling": -1}, {"call_within": -1}])
def test_no_stage_has_a_negative_length(lengths):
    with pytest.raises(ValueError, match="negative"):
        rules(**lengths)


lengths = st.integers(0, 10).map(days)
frozen_rules = st.builds(
    StageRules,
    veto_window=st.none() | lengths,
    timelock=lengths,
    override_cooling=lengths,
    override_call_within=st.none() | lengths,
)


@given(frozen_rules)
def test_effect_comes_after_exactly_the_lengths_of_all_stages(frozen):
    stage = after_pass(CLOSED, frozen)
    if stage.state is ProposalState.VETO_WINDOW:
        stage = after_veto_window(stage.due_at, frozen)
    effect = stage.since if stage.takes_effect else stage.due_at
    assert effect == CLOSED + (frozen.veto_window or days(0)) + frozen.timelock


@given(frozen_rules, st.booleans())
def test_no_stage_has_no_length_and_each_is_one_the_table_leads_to(frozen, absolute):
    for action, stage in {
        "certify": after_pass(CLOSED, frozen),
        "end_veto_window": after_veto_window(CLOSED, frozen),
        "veto": after_veto(CLOSED, frozen, absolute=absolute),
        "certify_override": after_override(CLOSED, frozen),
    }.items():
        row = next(row for row in PROPOSAL_LIFECYCLE if row.action == action)
        assert stage.takes_effect or stage.state in row.targets
        assert stage.due_at is None or stage.due_at > stage.since
