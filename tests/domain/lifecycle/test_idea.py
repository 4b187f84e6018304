"""The table of an idea's lifecycle, against what was asked for."""

from __future__ import annotations

import pytest

from app.domain.lifecycle import (
    ANSWERS,
    IDEA_FACTS,
    IDEA_LIFECYCLE,
    IdeaAction,
    IdeaState,
    Who,
    idea_state,
    idea_transition,
    legal_idea_actions,
)

S, A = IdeaState, IdeaAction

#: Written by hand: where each action that moves an idea is legal, and where it leads.
MOVES = {
    A.POST: ({S.DRAFT}, S.OPEN),
    A.WITHDRAW: ({S.OPEN}, S.WITHDRAWN),
    A.ACCEPT_MERGE: ({S.OPEN, S.SHORTLISTED}, S.MERGED),
    A.DECIDE_MERGE: ({S.OPEN, S.SHORTLISTED}, S.MERGED),
    A.PROMOTE: ({S.OPEN, S.SHORTLISTED}, S.SHORTLISTED),
    A.SHORTLIST: ({S.OPEN, S.DECLINED}, S.SHORTLISTED),
    A.PLAN: ({S.OPEN, S.SHORTLISTED}, S.PLANNED),
    A.BUILD: ({S.PLANNED}, S.BUILDING),
    A.DELIVER: ({S.PLANNED, S.BUILDING}, S.DELIVERED),
    A.DECLINE: ({S.OPEN, S.SHORTLISTED, S.PLANNED, S.BUILDING}, S.DECLINED),
    A.REOPEN: ({S.SHORTLISTED, S.DECLINED}, S.OPEN),
}


def test_there_is_one_row_an_action_in_the_order_of_the_actions():
    assert [row.action for row in IDEA_LIFECYCLE] == list(IdeaAction)


@pytest.mark.parametrize("row", IDEA_LIFECYCLE, ids=lambda row: row.action.value)
def test_an_action_leads_where_it_was_asked_to_lead(row):
    sources, target = MOVES.get(row.action, (row.sources, None))
    assert row.sources == sources
    assert row.target == target
    assert row.records.startswith("idea.")


def test_what_is_over_stays_over():
    assert legal_idea_actions(S.MERGED) == ()
    assert legal_idea_actions(S.WITHDRAWN) == (A.UNSUPPORT,)  # dots are for what can still be done
    moving = {row.action for row in IDEA_LIFECYCLE if row.targets}
    assert not moving & set(legal_idea_actions(S.DELIVERED))


def test_nobody_supports_judges_or_merges_what_is_not_in_question():
    for action in (A.SUPPORT, A.OPINE, A.PROPOSE_MERGE, A.PROMOTE):
        assert [state for state in S if idea_transition(action, state)] == [S.OPEN, S.SHORTLISTED]


def test_an_answer_leads_to_each_state_that_a_brand_can_say():
    assert set(ANSWERS) == {S.OPEN, S.SHORTLISTED, S.PLANNED, S.BUILDING, S.DELIVERED, S.DECLINED}
    assert all(row.by is Who.POWER for row in IDEA_LIFECYCLE if row.action in ANSWERS.values())


@pytest.mark.parametrize("state", IdeaState)
def test_a_kept_obligation_delivers_what_was_on_its_way_and_nothing_else(state):
    assert idea_state(state, kept=False) is state
    moved = state in {fact.source for fact in IDEA_FACTS}
    assert idea_state(state, kept=True) is (S.DELIVERED if moved else state)
    assert moved == (state in {S.SHORTLISTED, S.PLANNED, S.BUILDING})
