from __future__ import annotations

import itertools

import pytest

from app.domain.charter.powers import LIMITS
from app.domain.lifecycle import (
    PROPOSAL_LIFECYCLE,
    ProposalAction,
    ProposalState,
    Transition,
    Who,
    is_final,
    legal_actions,
    transition,
)

EFFECT = "obligations closed stale"
EVERY_STATE = (
    "draft sponsoring discussion voting veto_window vetoed override_voting overridden timelock obligations "
    "closed rejected inquorate withdrawn lapsed stale"
)

#: The lifecycle as it was agreed, written down a second time: action, who, from, to.
AGREED = {
    "update": ("author", "draft", ""),
    "submit": ("author", "draft", "sponsoring discussion"),
    "sponsor": ("power", "sponsoring", "sponsoring discussion"),
    "unsponsor": ("author", "sponsoring", ""),
    "rewrite": ("author", "sponsoring discussion", ""),
    "suggest": ("power", "sponsoring discussion", ""),
    "decide_suggestion": ("author", "sponsoring discussion", ""),
    "classify": ("power", "sponsoring discussion", ""),
    "precommit": ("power", "draft sponsoring discussion", ""),
    "withdraw": ("author", "draft sponsoring discussion", "withdrawn"),
    "lapse": ("clock", "sponsoring", "lapsed"),
    "open_vote": ("power", "discussion", "voting"),
    "certify": ("clock", "voting", f"veto_window timelock rejected inquorate {EFFECT}"),
    "consent": ("power", "voting veto_window vetoed override_voting overridden timelock", ""),
    "veto": ("power", "veto_window", "vetoed"),
    "end_veto_window": ("clock", "veto_window", f"timelock {EFFECT}"),
    "call_override": ("power", "vetoed", "override_voting"),
    "uphold": ("clock", "vetoed", ""),
    "certify_override": ("clock", "override_voting", f"overridden vetoed {EFFECT}"),
    "enact": ("clock", "timelock overridden", EFFECT),
    "conclude": ("clock", "obligations", "closed"),
    "rebase": ("author", "stale", "sponsoring discussion"),
}
ROWS = pytest.mark.parametrize("row", PROPOSAL_LIFECYCLE, ids=lambda row: row.action.value)


def test_the_states_and_actions_are_those_agreed():
    assert [state.value for state in ProposalState] == EVERY_STATE.split()
    assert {action.value for action in ProposalAction} == set(AGREED)


@pytest.mark.parametrize(
    ("action", "state"), list(itertools.product(ProposalAction, ProposalState)), ids=lambda value: value.value
)
def test_an_action_is_legal_exactly_where_agreed(action, state):
    by, sources, targets = AGREED[action]
    row = transition(action, state)
    assert (row is not None) == (state in sources.split())
    assert (action in legal_actions(state)) == (state in sources.split())
    if row is not None:
        assert row.action is action
        assert row.by == by
        assert row.targets == set(targets.split())


def test_each_action_has_one_row_and_so_one_kind_of_actor():
    assert [row.action for row in PROPOSAL_LIFECYCLE] == list(ProposalAction)


def test_each_action_records_an_entry_of_its_own():
    records = [row.records for row in PROPOSAL_LIFECYCLE]
    assert len(set(records)) == len(records)
    assert all(name.startswith("proposal.") for name in records)


@ROWS
def test_a_power_is_named_where_one_is_asked_for_and_some_charter_can_give_it(row):
    assert (row.by is Who.POWER) == (row.power is not None)
    assert row.power is None or LIMITS[row.power]


def reached(start: set[ProposalState], *, backwards: bool = False) -> set[ProposalState]:
    found = set(start)
    while True:
        more = {
            source if backwards else target
            for row in PROPOSAL_LIFECYCLE
            for source in row.sources
            for target in row.targets
            if (target if backwards else source) in found
        } - found
        if not more:
            return found
        found |= more


def test_every_state_can_be_reached_from_a_draft():
    assert reached({ProposalState.DRAFT}) == set(ProposalState)


def test_from_every_state_something_final_can_be_reached():
    assert reached({state for state in ProposalState if is_final(state)}, backwards=True) == set(
        ProposalState
    )


@pytest.mark.parametrize("state", ProposalState)
def test_what_is_final_stays_except_that_the_stale_is_rebased(state):
    moving = {a for a in legal_actions(state) if (row := transition(a, state)) and row.targets - {state}}
    if state is ProposalState.STALE:
        assert is_final(state)
        assert legal_actions(state) == (ProposalAction.REBASE,)
    else:
        assert is_final(state) == (not moving)
        assert is_final(state) == (not legal_actions(state))


@pytest.mark.parametrize("state", ProposalState)
def test_no_proposal_waits_for_people_once_it_has_been_voted_on(state):
    """Nobody stalls a decision by doing nothing: the clock has a step wherever a result is on its way."""
    after = reached({ProposalState.VOTING}) - reached({ProposalState.STALE}) | {ProposalState.VOTING}
    clock = {a for a in legal_actions(state) if (row := transition(a, state)) and row.by is Who.CLOCK}
    if state in after - {state for state in ProposalState if is_final(state)}:
        assert clock


def test_before_the_vote_only_the_author_and_too_little_support_end_a_proposal():
    before = {ProposalState.DRAFT, ProposalState.SPONSORING, ProposalState.DISCUSSION}
    ending = {
        row.action
        for row in PROPOSAL_LIFECYCLE
        if row.sources & before and any(is_final(target) for target in row.targets)
    }
    assert ending == {ProposalAction.WITHDRAW, ProposalAction.LAPSE}


def test_the_text_is_locked_from_the_vote_on():
    writing = {ProposalAction.UPDATE, ProposalAction.REWRITE, ProposalAction.DECIDE_SUGGESTION}
    for state in reached({ProposalState.VOTING}) - {ProposalState.SPONSORING, ProposalState.DISCUSSION}:
        assert not writing & set(legal_actions(state))


@ROWS
def test_where_a_row_may_lead_is_where_its_targets_say(row):
    for source, target in itertools.product(ProposalState, repeat=2):
        expected = source in row.sources and target in (row.targets or {source})
        assert row.may_lead_to(source, target) == expected


def test_the_one_target_is_given_and_several_are_refused():
    rows = {row.action: row for row in PROPOSAL_LIFECYCLE}
    assert rows[ProposalAction.VETO].target is ProposalState.VETOED
    assert rows[ProposalAction.UPDATE].target is None
    with pytest.raises(ValueError, match="several"):
        rows[ProposalAction.CERTIFY].target  # noqa: B018 - reading it is what is refused


@pytest.mark.parametrize("by", [Who.AUTHOR, Who.CLOCK, Who.POWER])
def test_a_row_cannot_name_a_power_that_its_actor_does_not_need(by):
    row = next(row for row in PROPOSAL_LIFECYCLE if row.by is Who.POWER)
    with pytest.raises(ValueError, match="power"):
        Transition(
            row.action,
            row.sources,
            row.targets,
            by,
            row.records,
            row.title,
            power=None if by is Who.POWER else row.power,
        )
