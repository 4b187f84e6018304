"""Every action in every state, over the API: legal exactly where the lifecycle table says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.domain.lifecycle import PROPOSAL_LIFECYCLE, ProposalAction, ProposalState, Who, transition
from app.services.audit import Action
from tests.support import journal
from tests.support.assembly import SUGGESTION, VETO, Assembly, add_article
from tests.support.portal import UNKNOWN

A = ProposalAction


def _suggestion(hall: Assembly, path: str) -> str:
    found = hall.author.ok("GET", f"{path}/suggestions")["items"]
    return f"{path}/suggestions/{found[0]['id'] if found else UNKNOWN}"


def _update(hall: Assembly, path: str) -> TestResponse:
    return hall.author.call("PATCH", path, {"matters": ["price"]}, if_match=hall.tag(path))


def _rewrite(hall: Assembly, path: str) -> TestResponse:
    return hall.author.call("PATCH", path, {"title": "Anew"}, if_match=hall.tag(path))


def _sponsor(hall: Assembly, path: str) -> TestResponse:
    return hall.others[2].call("PUT", f"{path}/sponsors/me")


def _unsponsor(hall: Assembly, path: str) -> TestResponse:
    return hall.others[0].call("DELETE", f"{path}/sponsors/me")


def _classify(hall: Assembly, path: str) -> TestResponse:
    body = {"matters": ["label", "price"], "reason": "It does."}
    return hall.steward.call("PUT", f"{path}/matters", body, if_match=hall.tag(path, hall.steward))


def _open_vote(hall: Assembly, path: str) -> TestResponse:
    if (opens_from := hall.of(path)["vote_opens_from"]) is not None:
        hall.reach(opens_from)
    return hall.others[0].call("POST", f"{path}/open-vote")


def _call_override(hall: Assembly, path: str) -> TestResponse:
    if hall.state(path) == "vetoed":
        hall.reach(hall.of(path)["veto"]["override_from"])
    return hall.others[0].call("POST", f"{path}/override")


def _rebase(hall: Assembly, path: str) -> TestResponse:
    return hall.author.call("POST", f"{path}/rebase", {"operations": [add_article("fitted")]})


def _decided(way: str, body: Any) -> Callable[[Assembly, str], TestResponse]:
    return lambda hall, path: hall.author.call("POST", f"{_suggestion(hall, path)}/{way}", body)


def _taken_back(hall: Assembly, path: str) -> TestResponse:
    return hall.others[2].call("POST", f"{_suggestion(hall, path)}/withdraw")


#: Who asks for what, rightly in everything but, perhaps, the state; several ways of one action.
CALLS: dict[ProposalAction, list[Callable[[Assembly, str], TestResponse]]] = {
    A.UPDATE: [_update],
    A.SUBMIT: [lambda hall, path: hall.author.call("POST", f"{path}/submit")],
    A.SPONSOR: [_sponsor],
    A.UNSPONSOR: [_unsponsor],
    A.REWRITE: [_rewrite],
    A.SUGGEST: [lambda hall, path: hall.others[1].call("POST", f"{path}/suggestions", SUGGESTION)],
    A.DECIDE_SUGGESTION: [_decided("accept", {}), _decided("refuse", {"reason": "No."}), _taken_back],
    A.CLASSIFY: [_classify],
    A.WITHDRAW: [lambda hall, path: hall.author.call("POST", f"{path}/withdraw")],
    A.OPEN_VOTE: [_open_vote],
    A.CONSENT: [lambda hall, path: hall.steward.call("PUT", f"{path}/consents/label", {"reason": "Yes."})],
    A.VETO: [lambda hall, path: hall.owner.call("POST", f"{path}/veto", VETO)],
    A.CALL_OVERRIDE: [_call_override],
    A.REBASE: [_rebase],
}
#: An amendment owes nothing, so that this is legal for none here: see the tests of pre-commitments.
PRECOMMITMENT = {"undertaking": "We build it.", "within": "P30D"}
NEVER_DONE_HERE: dict[ProposalAction, list[Callable[[Assembly, str], TestResponse]]] = {
    A.PRECOMMIT: [lambda hall, path: hall.owner.call("POST", f"{path}/precommitments", PRECOMMITMENT)],
}
#: A draft is there for its author alone.
BY_THE_AUTHOR = {A.UPDATE, A.SUBMIT, A.REWRITE, A.DECIDE_SUGGESTION, A.WITHDRAW, A.REBASE}


@pytest.fixture
def hall(portal, clock):
    return Assembly(portal, clock)


def test_every_action_of_people_is_called_here():
    people = {row.action for row in PROPOSAL_LIFECYCLE if row.by is not Who.CLOCK}
    assert set(CALLS) | set(NEVER_DONE_HERE) == people


def test_the_audit_log_has_a_name_for_every_row_of_the_table():
    recorded = {row.records for row in PROPOSAL_LIFECYCLE}
    named = {action.value for action in Action if action.value.startswith("proposal.")}
    assert recorded == named - {Action.PROPOSAL_CREATED.value}
    assert len(recorded) == len(PROPOSAL_LIFECYCLE)


def is_open(action: ProposalAction, state: ProposalState) -> bool:
    # One operation changes a draft and rewrites a text: in a draft it is the former.
    return transition(action, state) is not None or (action, state) == (A.REWRITE, ProposalState.DRAFT)


@pytest.mark.parametrize("state", ProposalState)
def test_what_the_table_does_not_allow_is_refused_and_changes_nothing(state, hall, units):
    path = hall.in_state(state)
    shown, before = hall.author.call("GET", path), journal.everything(units)
    assert shown.get_json()["state"] == state
    for action, calls in (CALLS | NEVER_DONE_HERE).items():
        for call in [] if is_open(action, state) else calls:
            answer = call(hall, path)
            seen = state is not ProposalState.DRAFT or (action in BY_THE_AUTHOR and call is not _taken_back)
            assert answer.status_code == (409 if seen else 404), (action, answer.text)
            problem = answer.get_json()
            if seen:
                assert problem["type"] == "/problems/illegal-step", (action, problem)
                assert problem["state"] == state
                assert problem["action"] == action
                assert action not in problem["legal_actions"]
    assert journal.everything(units) == before
    again = hall.author.call("GET", path)
    assert again.headers["ETag"] == shown.headers["ETag"]
    assert again.data == shown.data


@pytest.mark.parametrize("state", [s for s in ProposalState if any(is_open(a, s) for a in CALLS)])
def test_what_the_table_allows_is_done_and_leads_where_it_says(state, hall):
    for action, calls in CALLS.items():
        for call in calls if is_open(action, state) else []:
            if state is ProposalState.SPONSORING and action is A.DECIDE_SUGGESTION:
                path = hall.in_state("sponsoring")
                hall.others[2].ok("POST", f"{path}/suggestions", SUGGESTION)
            else:
                path = hall.in_state(state)
            if action is A.UNSPONSOR:
                hall.others[0].ok("PUT", f"{path}/sponsors/me")
            hall.clock.run()
            steps = len(hall.history(path))
            answer = call(hall, path)
            assert answer.status_code < 300, (action, answer.text)
            (taken,) = hall.history(path)[steps:]
            done = A.UPDATE if (action, state) == (A.REWRITE, ProposalState.DRAFT) else action
            assert taken["action"] == done
            assert transition(done, state).may_lead_to(state, ProposalState(taken["target"]))
            assert hall.state(path) == taken["target"]
