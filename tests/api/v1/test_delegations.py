"""Giving delegations and taking them back: what is refused, what is replaced, and who sees what."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.support import journal
from tests.support.charters import wide_charter
from tests.support.delegating import Assembly
from tests.support.portal import UNKNOWN

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def town(portal) -> Assembly:
    """Four members under a charter that lets them delegate."""
    return Assembly(portal)


def listed(town: Assembly, name: str, query: str = "") -> list[dict[str, Any]]:
    return town[name].ok("GET", f"{town.path}?limit=100{query}")["items"]


def entries_since(units, before: int) -> list[str]:
    return [entry.said["action"] for entry in journal.entries(units)[before:]]


def test_a_delegation_is_given_read_and_listed_by_both_sides(town):
    given = town.gives("a", "b", expires_at="2999-01-01T00:00:00+01:00")
    assert given["delegator_id"] == town.id_of("a")
    assert given["delegate_id"] == town.id_of("b")
    assert given["expires_at"] == "2998-12-31T23:00:00.000Z"
    assert (given["state"], given["revoked_at"], given["revoked_because"]) == ("in_force", None, None)
    answer = town["a"].call("GET", f"{town.path}/{given['id']}")
    assert answer.get_json() == given
    assert (
        town["a"]
        .call("GET", f"{town.path}/{given['id']}", headers={"If-None-Match": answer.headers["ETag"]})
        .status_code
        == 304
    )
    assert listed(town, "a") == listed(town, "b") == [given]
    assert listed(town, "a", "&direction=given") == listed(town, "b", "&direction=received") == [given]
    assert listed(town, "a", "&direction=received") == listed(town, "b", "&direction=given") == []
    assert listed(town, "c") == []
    town["c"].refused(404, "not-found", "GET", f"{town.path}/{given['id']}")
    auditor = town.portal.join(town.town, "auditor")
    assert auditor.ok("GET", town.path)["items"] == [given]


def test_the_location_of_what_was_given_leads_to_it(town):
    answer = town["a"].call("POST", town.path, town.wanted("b"))
    assert answer.status_code == 201
    assert town["a"].ok("GET", answer.headers["Location"]) == answer.get_json()


def test_the_same_again_is_the_same_delegation_and_writes_nothing(town, units):
    given = town.gives("a", "b", "decision_type", "liquid")
    before = journal.entries(units)
    again = town["a"].call("POST", town.path, town.wanted("b", "decision_type", "liquid"))
    assert (again.status_code, again.get_json()) == (200, given)
    assert journal.entries(units) == before
    other = town.gives("a", "b", "decision_type", "liquid", expires_at="2999-01-01T00:00:00Z")
    assert other["id"] != given["id"]


def test_another_in_the_same_scope_replaces_it_at_the_same_instant(town, units):
    ballot = town.ballot()
    kept = [town.gives("a", "b"), town.gives("a", "b", "decision_type", "liquid")]
    first = town.gives("a", "b", "ballot", ballot)
    before = len(journal.entries(units))
    second = town.gives("a", "c", "ballot", ballot)
    assert entries_since(units, before) == ["delegation.revoked", "delegation.given"]
    found = {each["id"]: each for each in listed(town, "a")}
    assert found[first["id"]]["revoked_because"] == "replaced"
    assert found[first["id"]]["revoked_at"] == second["given_at"]
    assert [found[each["id"]] for each in kept] == kept
    assert [each["id"] for each in listed(town, "a", "&state=revoked")] == [first["id"]]
    assert listed(town, "b", "&state=revoked")[0]["revoked_because"] == "replaced"


def test_one_for_another_decision_type_or_ballot_replaces_nothing(town):
    ballots = town.ballot(), town.ballot()
    for target in ballots:
        town.gives("a", "b", "ballot", target)
    for target in ("liquid", "kindred"):
        town.gives("a", "b", "decision_type", target)
    assert len(listed(town, "a", "&state=in_force")) == 4


def test_an_opt_out_has_no_delegate_and_is_seen_by_nobody_else(town):
    given = town.gives("a", None)
    assert given["delegate_id"] is None
    assert listed(town, "a") == [given]
    assert listed(town, "b") == []


def test_what_was_given_is_taken_back_once(town, units):
    given = town.gives("a", "b")
    path = f"{town.path}/{given['id']}"
    revoked = town["a"].ok("DELETE", path)
    assert (revoked["state"], revoked["revoked_because"]) == ("revoked", "revoked")
    before = journal.entries(units)
    assert town["a"].ok("DELETE", path) == town["b"].ok("DELETE", path) == revoked
    assert journal.entries(units) == before
    assert listed(town, "b") == [revoked]


def test_what_was_received_is_handed_back(town):
    given = town.gives("a", "b")
    assert town["b"].ok("DELETE", f"{town.path}/{given['id']}")["revoked_because"] == "returned"
    assert listed(town, "a", "&state=in_force") == []


def test_nobody_else_ends_a_delegation(town):
    path = f"{town.path}/{town.gives('a', 'b')['id']}"
    town["c"].refused(404, "not-found", "DELETE", path)
    town.owner.refused(404, "not-found", "DELETE", path)
    auditor = town.portal.join(town.town, "auditor")
    auditor.refused(403, "forbidden", "DELETE", path)
    assert len(listed(town, "a", "&state=in_force")) == 1


def test_a_member_without_any_role_still_takes_back_what_they_gave(town):
    given = town.gives("a", "b")
    town.owner.ok("DELETE", f"{town.town.path}/members/{town.id_of('a')}/roles/member")
    town["a"].refused(403, "forbidden", "POST", town.path, town.wanted("c"))
    assert town["a"].ok("DELETE", f"{town.path}/{given['id']}")["revoked_because"] == "revoked"


def test_a_delegation_expires_by_itself_and_another_takes_its_place(portal, clock):
    town = Assembly(portal, clock)
    clock.stop()
    ends = clock.now() + HOUR
    given = town.gives("a", "b", expires_at=ends.isoformat(timespec="milliseconds"))
    clock.stop(dt.datetime.fromisoformat(given["expires_at"]) - dt.timedelta(milliseconds=1))
    assert listed(town, "a")[0]["state"] == "in_force"
    clock.stop(dt.datetime.fromisoformat(given["expires_at"]))
    assert listed(town, "a")[0]["state"] == "expired"
    assert [each["id"] for each in listed(town, "a", "&state=expired")] == [given["id"]]
    assert listed(town, "a", "&state=in_force") == []
    town["a"].ok("DELETE", f"{town.path}/{given['id']}")
    again = town.gives("a", "b")
    assert again["id"] != given["id"]
    (old,) = listed(town, "a", "&state=expired")
    assert (old["id"], old["state"]) == (given["id"], "expired")


# --- refused ------------------------------------------------------------------------------------------


def test_scope_and_target_belong_together(town):
    for body, pointers in (
        ({"scope": "ballot"}, {"#/ballot_id"}),
        ({"scope": "decision_type"}, {"#/decision_type"}),
        ({"scope": "group"}, {"#/group_id"}),
        ({"scope": "community", "ballot_id": UNKNOWN}, {"#/ballot_id"}),
        ({"scope": "community", "group_id": UNKNOWN}, {"#/group_id"}),
        ({"scope": "ballot", "decision_type": "liquid"}, {"#/ballot_id", "#/decision_type"}),
    ):
        body |= {"delegate_id": town.id_of("b")}
        problem = town["a"].refused(409, "invalid-delegation", "POST", town.path, body)
        assert {error["pointer"] for error in problem["errors"]} == pointers
    answer = town["a"].call("POST", town.path, {"scope": "planet", "delegate_id": None})
    assert answer.status_code == 422


def test_an_end_that_has_passed_is_refused(portal, clock):
    town = Assembly(portal, clock)
    now = clock.stop()
    body = town.wanted("b", expires_at=now.isoformat(timespec="milliseconds"))
    problem = town["a"].refused(409, "invalid-delegation", "POST", town.path, body)
    assert problem["errors"][0]["pointer"] == "#/expires_at"
    town.gives("a", "b", expires_at=(now + dt.timedelta(milliseconds=1)).isoformat(timespec="milliseconds"))


def test_a_scope_that_no_rule_lets_count_is_refused(town):
    for scope, target in (("decision_type", "narrow"), ("decision_type", "general")):
        body = town.wanted("b", scope, target)
        town["a"].refused(409, "delegation-not-allowed", "POST", town.path, body)
    plain = Assembly(town.portal)
    plain.town = town.portal.town(members=2, charter=wide_charter())
    plain.people = dict(zip("ab", plain.town.members, strict=True))
    plain["a"].refused(409, "delegation-not-allowed", "POST", plain.path, plain.wanted("b"))
    ballot = plain.portal.ballot(plain.town)
    body = plain.wanted("b", "ballot", ballot)
    plain["a"].refused(409, "delegation-not-allowed", "POST", plain.path, body)


def test_an_unknown_decision_type_is_refused_with_those_that_there_are(town):
    body = town.wanted("b", "decision_type", "weather")
    problem = town["a"].refused(409, "unknown-decision-type", "POST", town.path, body)
    assert "liquid" in problem["errors"][0]["detail"]


def test_nobody_delegates_to_who_cannot_vote_for_them(town):
    portal = town.portal
    elsewhere = portal.town(members=1)
    steward, auditor = (portal.join(town.town, role) for role in ("steward", "auditor"))
    left = portal.join(town.town)
    left.ok("DELETE", f"{town.town.path}/members/me")
    cases = {
        "is yourself": town.id_of("a"),
        "is no active member": elsewhere.members[0].memberships[elsewhere.id],
        "lacks the role member": steward.memberships[town.town.id],
    }
    others = [
        ("is no active member", UNKNOWN),
        ("is no active member", left.memberships[town.town.id]),
        ("lacks the role member", auditor.memberships[town.town.id]),
    ]
    for detail, delegate in [*cases.items(), *others]:
        body = {"scope": "community", "delegate_id": delegate}
        problem = town["a"].refused(409, "not-a-delegate", "POST", town.path, body)
        assert problem["errors"][0]["pointer"] == "#/delegate_id"
        assert detail in problem["errors"][0]["detail"]
    for person in (steward, auditor, town.owner):
        person.refused(403, "forbidden", "POST", town.path, town.wanted("a"))


def test_for_a_ballot_both_must_be_on_its_roll(town):
    ballot = town.ballot()
    late = town.portal.join(town.town)
    town.people["z"] = late
    late.refused(403, "not-on-roll", "POST", town.path, town.wanted("a", "ballot", ballot))
    body = town.wanted("z", "ballot", ballot)
    problem = town["a"].refused(409, "not-a-delegate", "POST", town.path, body)
    assert "roll" in problem["errors"][0]["detail"]
    town.gives("a", "z")  # in a wider scope, for the ballots to come


def test_for_a_ballot_nothing_is_delegated_before_it_is_open_or_after_it_closed(portal, clock):
    town = Assembly(portal, clock)
    draft, opened = town.ballot(opened=False), town.ballot()
    town["a"].refused(404, "not-found", "POST", town.path, town.wanted("b", "ballot", draft))
    clock.stop(dt.datetime.fromisoformat(town.owner.ok("GET", opened)["closes_at"]))
    problem = town["a"].refused(409, "ballot-not-open", "POST", town.path, town.wanted("b", "ballot", opened))
    assert problem["state"] == "closed"
    soon = (clock.now() + HOUR).isoformat(timespec="milliseconds")
    scheduled = town.ballot(opened=False)
    town.owner.ok("PATCH", scheduled, {"opens_at": soon}, if_match="*")
    town.owner.ok("POST", f"{scheduled}/open")
    town.gives("a", "b", "ballot", scheduled)


def test_another_community_s_ballot_is_as_unknown_as_any(town):
    there = Assembly(town.portal)
    real = town["a"].refused(404, "not-found", "POST", town.path, town.wanted("b", "ballot", there.ballot()))
    body = {"scope": "ballot", "ballot_id": UNKNOWN, "delegate_id": town.id_of("b")}
    unknown = town["a"].refused(404, "not-found", "POST", town.path, body)
    assert real["detail"] == unknown["detail"]
    given = there.gives("a", "b")
    town["a"].refused(404, "not-found", "GET", f"{town.path}/{given['id']}")
    town["a"].refused(404, "not-found", "DELETE", f"{town.path}/{given['id']}")


def test_who_takes_a_role_of_auditor_gives_nothing_any_more(town):
    member = f"{town.town.path}/members/{town.id_of('a')}/roles"
    town.owner.ok("DELETE", f"{member}/member")
    town.owner.ok("POST", member, {"role": "auditor"})
    town["a"].refused(403, "forbidden", "POST", town.path, town.wanted("b"))


# --- delegates ----------------------------------------------------------------------------------------


def says(town: Assembly, name: str, stance: str, **facts: Any) -> dict[str, Any]:
    path = f"{town.town.path}/delegates/me"
    return town[name].ok("PUT", path, {"stance": stance} | facts, if_match=town[name].tag(path))


def test_delegates_say_what_they_offer_and_are_listed_with_what_they_received(town):
    path = f"{town.town.path}/delegates"
    silent = town["a"].ok("GET", f"{path}/me")
    assert (silent["stance"], silent["statement"], silent["version"]) == ("silent", "", 0)
    said = says(
        town, "b", "accepting", statement="I read *everything*.", decision_types=["liquid", "general"]
    )
    assert said["decision_types"] == ["general", "liquid"]
    says(town, "c", "silent", statement="Not now.")
    for name in "acd":
        town.gives(name, "b")
    town.gives("a", "b", "decision_type", "liquid")
    town["d"].ok("DELETE", f"{town.path}/{listed(town, 'd')[0]['id']}")
    (one,) = town["a"].ok("GET", path)["items"]
    assert {name: one[name] for name in said} == said
    assert (one["display_name"], one["delegations_received"]) == (town["b"].name, 3)
    assert town["a"].ok("GET", f"{path}/{town.id_of('b')}") == one
    assert town["a"].ok("GET", f"{path}/{town.id_of('c')}")["statement"] == "Not now."
    town["a"].refused(404, "not-found", "GET", f"{path}/{UNKNOWN}")


def test_a_statement_is_changed_by_whoever_read_it_last(town, units):
    path = f"{town.town.path}/delegates/me"
    tag = town["b"].tag(path)
    first = town["b"].call("PUT", path, {"stance": "accepting"}, if_match=tag)
    assert first.headers["ETag"] != tag
    town["b"].refused(412, "precondition-failed", "PUT", path, {"stance": "silent"}, if_match=tag)
    before = journal.entries(units)
    again = town["b"].call("PUT", path, {"stance": "accepting"}, if_match=first.headers["ETag"])
    assert again.get_json() == first.get_json()
    assert journal.entries(units) == before
    body = {"stance": "accepting", "decision_types": ["weather"]}
    problem = town["b"].refused(409, "unknown-decision-type", "PUT", path, body, if_match="*")
    assert problem["errors"][0]["pointer"] == "#/decision_types/0"


def test_who_declines_is_delegated_to_no_more_and_what_was_is_ended_for_both(town, units):
    given = [town.gives("a", "b"), town.gives("c", "b", "decision_type", "liquid")]
    kept = town.gives("b", "d")
    before = len(journal.entries(units))
    says(town, "b", "declining")
    assert entries_since(units, before) == ["delegate.stated"]
    assert journal.entries(units)[-1].content["ended"] == 2
    for name, each in zip("ac", given, strict=True):
        (own,) = [one for one in listed(town, name) if one["id"] == each["id"]]
        assert (own["state"], own["revoked_because"]) == ("revoked", "declined")
    assert {one["id"] for one in listed(town, "b", "&state=revoked")} == {one["id"] for one in given}
    assert listed(town, "b", "&state=in_force") == [kept]
    problem = town["a"].refused(409, "not-a-delegate", "POST", town.path, town.wanted("b"))
    assert "carries nobody's weight" in problem["errors"][0]["detail"]
    says(town, "b", "silent")
    town.gives("a", "b")


def test_who_leaves_ends_what_they_gave_and_received(town, units):
    gave, received, other = town.gives("b", "c"), town.gives("a", "b"), town.gives("c", "d")
    says(town, "b", "accepting")
    before = len(journal.entries(units))
    town["b"].ok("DELETE", f"{town.town.path}/members/me")
    assert entries_since(units, before) == ["delegation.all_ended", "member.left"]
    assert listed(town, "c", "&direction=received")[0]["revoked_because"] == "delegator_left"
    assert listed(town, "a")[0]["revoked_because"] == "delegate_left"
    assert listed(town, "c", "&direction=given") == [other]
    assert town["a"].ok("GET", f"{town.town.path}/delegates")["items"] == []
    town["b"].ok("POST", f"{town.town.path}/members", {})
    found = {one["id"]: one["state"] for one in listed(town, "b")}
    assert found == {gave["id"]: "revoked", received["id"]: "revoked"}
