"""The table of cases, against the one that was agreed; and who may judge."""

from __future__ import annotations

import itertools
import uuid

import pytest

from app.domain.charter.powers import LIMITS
from app.domain.charter.roles import Role
from app.domain.moderation.judges import Involved, against_judging, against_owning
from app.domain.moderation.lifecycle import (
    CASE_LIFECYCLE,
    CLOSED,
    CaseAction,
    CaseState,
    legal_actions,
    transition,
)

#: The lifecycle written down a second time: action, who, from, to.
AGREED = {
    "report": ("power", "open", ""),
    "dismiss": ("power", "open", "dismissed"),
    "hide": ("power", "open", "hidden"),
    "appeal": ("author", "hidden", "appealed"),
    "uphold": ("power", "appealed", "upheld"),
    "restore": ("power", "appealed", "restored"),
    "withdraw": ("author", "open appealed", "withdrawn"),
}


def test_the_actions_are_those_agreed():
    assert [row.action.value for row in CASE_LIFECYCLE] == list(AGREED)
    assert len({row.records for row in CASE_LIFECYCLE}) == len(CASE_LIFECYCLE)


@pytest.mark.parametrize(("action", "state"), list(itertools.product(CaseAction, CaseState)))
def test_each_action_is_legal_where_it_was_agreed_and_nowhere_else(action, state):
    who, sources, targets = AGREED[action.value]
    row = transition(action, state)
    assert (row is not None) is (state.value in sources.split())
    assert (action in legal_actions(state)) is (row is not None)
    if row is not None:
        assert row.by.value == who
        assert {target.value for target in row.targets} == set(targets.split())


def test_only_stewards_hide_and_members_decide_nothing():
    for row in CASE_LIFECYCLE:
        if row.action in {CaseAction.DISMISS, CaseAction.HIDE}:
            assert LIMITS[row.power] == {Role.STEWARD}
        if row.action in {CaseAction.UPHOLD, CaseAction.RESTORE}:
            assert LIMITS[row.power] == {Role.STEWARD, Role.BRAND_OWNER}


def test_a_case_hides_from_the_decision_until_it_is_restored():
    assert {state.value for state in CaseState if state.hides} == {"hidden", "appealed", "upheld"}
    assert {state.value for state in CaseState if state.waits} == {"open", "appealed"}
    assert {state for state in CaseState if not state.waits} == CLOSED


AUTHOR, REPORTER, DECIDED, OTHER = (uuid.UUID(int=number) for number in range(1, 5))
INVOLVED = Involved(AUTHOR, {REPORTER}, DECIDED)


@pytest.mark.parametrize("judge", [AUTHOR, REPORTER, DECIDED])
def test_whoever_has_a_part_in_a_case_does_not_judge_it(judge):
    assert against_judging(judge, INVOLVED)


def test_whoever_has_none_does():
    assert against_judging(OTHER, INVOLVED) is None
    assert against_judging(OTHER, Involved(AUTHOR, set())) is None


@pytest.mark.parametrize(("restores", "others"), list(itertools.product([True, False], repeat=2)))
def test_an_owner_judges_only_for_the_author_and_only_where_nobody_else_can(restores, others):
    may = restores and not others
    for roles in ({Role.BRAND_OWNER}, {Role.BRAND_OWNER, Role.STEWARD}):
        assert (against_owning(roles, restores=restores, others=others) is None) is may
    assert against_owning({Role.STEWARD}, restores=restores, others=others) is None
