"""Powers that end: a role that was taken and a session that is over count for nothing at the next request."""

from __future__ import annotations

import pytest

from tests.api.matrix.scene import draft
from tests.support import journal
from tests.support.portal import PASSWORD, Person


def test_a_role_that_was_taken_is_gone_at_the_next_request(scene):
    town, steward = scene.town, scene.fresh("steward")
    path = f"{town.path}/members/{steward.memberships[town.id]}/roles/steward"
    steward.ok("POST", f"{town.path}/ballots", draft())
    town.owner.ok("DELETE", path)
    steward.refused(403, "forbidden", "POST", f"{town.path}/ballots", draft())


def test_a_voter_whose_role_was_taken_votes_no_more_though_the_roll_names_them(scene):
    town, voter = scene.town, scene.fresh("member")
    path = scene.portal.ballot(town)
    voter.ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    town.owner.ok("DELETE", f"{town.path}/members/{voter.memberships[town.id]}/roles/member")
    voter.refused(403, "forbidden", "PUT", f"{path}/votes/me", {"choice": ["lime"]})
    scene.voters.remove(voter)


@pytest.mark.parametrize("end", ["sign_out", "end_session", "password", "reuse"])
def test_a_session_that_has_ended_is_refused_at_the_next_request_also_when_casting(scene, end):
    town, voter = scene.town, scene.fresh("member")
    path = f"{scene.portal.ballot(town)}/votes/me"
    visitor = scene.portal.visitor
    voter.ok("PUT", path, {"choice": ["mint"]})  # the token is remembered as verified from here on
    credentials = {"email": voter.email, "password": PASSWORD}
    if end == "sign_out":
        voter.ok("DELETE", "/v1/sessions/current")
    elif end == "reuse":
        for status in (200, 401):
            spent = {"refresh_token": voter.refresh_token}
            assert visitor.call("POST", "/v1/sessions/refresh", spent).status_code == status
    else:
        signed_in = visitor.ok("POST", "/v1/sessions", credentials)
        elsewhere = Person(voter.app, "elsewhere", token=signed_in["access_token"])
        if end == "password":
            change = {"current_password": PASSWORD, "new_password": PASSWORD}
            elsewhere.ok("PUT", "/v1/accounts/me/password", change)
        else:
            sessions = elsewhere.ok("GET", "/v1/sessions")["items"]
            ended = next(one["id"] for one in sessions if not one["current"])
            elsewhere.ok("DELETE", f"/v1/sessions/{ended}")
    before = journal.everything(scene.units)
    voter.refused(401, "invalid-token", "PUT", path, {"choice": ["lime"]})
    voter.refused(401, "invalid-token", "GET", town.path)
    voter.refused(401, "invalid-token", "GET", "/v1/accounts/me")
    assert journal.everything(scene.units) == before
    voter.token = visitor.ok("POST", "/v1/sessions", credentials)["access_token"]
    assert voter.ok("PUT", path, {"choice": ["lime"]})["revision"] == 2
