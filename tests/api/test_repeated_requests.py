"""The same request again, at once or later: done once, and its answer kept for whoever may have it."""

from __future__ import annotations

import functools

from tests.support import journal
from tests.support.races import answers_at_once


def test_twenty_equal_foundings_at_once_found_one_community(portal, units):
    person = portal.person()
    before = len(journal.entries(units))
    found = functools.partial(person.call, "POST", "/v1/communities", {"slug": "one", "name": "One"}, key="k")
    answers = answers_at_once([found] * 20)
    # Whoever waits longer than the database lets a lock be waited for is told to come again.
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.data for answer in made}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in made) == 1
    for late in (answer for answer in answers if answer.status_code != 201):
        assert late.get_json()["type"] in {
            "/problems/idempotency-key-in-flight",
            "/problems/database-unavailable",
        }
        assert late.headers["Retry-After"]
    assert len(person.ok("GET", "/v1/communities")["items"]) == 1
    assert len(journal.entries(units)) == before + 1
    assert found().data == made[0].data


def test_twenty_edits_of_one_version_at_once_make_one_edit(portal):
    town = portal.town()
    tag = town.owner.call("GET", town.path).headers["ETag"]
    answers = answers_at_once(
        [
            functools.partial(town.owner.call, "PATCH", town.path, {"name": f"Town {n}"}, if_match=tag)
            for n in range(20)
        ]
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {412, 503}
    assert statuses.count(200) == 1
    assert statuses.count(412) >= 10
    (won,) = (answer for answer in answers if answer.status_code == 200)
    assert town.owner.ok("GET", town.path) == won.get_json()
    assert won.get_json()["version"] == 2


def test_a_key_is_its_owner_s_and_its_place_s_alone(portal):
    first, second = portal.person(), portal.person()
    body = {"slug": "mine", "name": "Mine"}
    made = first.ok("POST", "/v1/communities", body, key="k")
    second.refused(409, "slug-taken", "POST", "/v1/communities", body, key="k")
    theirs = second.ok("POST", "/v1/communities", body | {"slug": "theirs"}, key="k")
    assert theirs["id"] != made["id"]
    invitation = f"/v1/communities/{made['id']}/invitations"
    assert first.call("POST", invitation, {}, key="k").status_code == 201


def test_a_refused_request_does_not_use_up_its_key(portal):
    first, second = portal.person(), portal.person()
    first.ok("POST", "/v1/communities", {"slug": "taken", "name": "Taken"})
    second.refused(409, "slug-taken", "POST", "/v1/communities", {"slug": "taken", "name": "A"}, key="k")
    assert second.call("POST", "/v1/communities", {"slug": "free", "name": "A"}, key="k").status_code == 201


def test_a_kept_answer_is_not_for_whoever_has_lost_the_right_to_it(portal):
    town = portal.town()
    steward = portal.join(town, "steward")
    path = f"{town.path}/invitations"
    code = steward.ok("POST", path, {}, key="k")["code"]
    assert steward.ok("POST", path, {}, key="k")["code"] == code
    town.owner.ok("DELETE", f"{town.path}/members/{steward.memberships[town.id]}/roles/steward")
    assert code not in steward.call("POST", path, {}, key="k").text
    steward.refused(403, "forbidden", "POST", path, {}, key="k")
