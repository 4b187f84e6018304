"""The charter as portals see it: founding with one, reading it, comparing versions, accepting it."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import uuid

import pytest
import sqlalchemy as sa

from app.domain.charter.powers import LIMITS, Power
from app.domain.charter.roles import Role
from app.domain.charter.templates import TEMPLATES
from app.http.operation import AUTHENTICATED, PUBLIC
from app.policies.permissions import PERMISSION_MAP, Actor, Permission, allows
from app.services.charters import versions
from tests.support.versions import second_version


def founding(**facts):
    return {"slug": f"town-{uuid.uuid4().hex[:12]}", "name": "Town", "open_joining": True} | facts


def document(name="small_brand"):
    return copy.deepcopy(TEMPLATES[name].document)


# --- founding -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_community_is_founded_with_a_shipped_charter(portal, name):
    owner = portal.person()
    made = owner.ok("POST", "/v1/communities", founding(charter_template=name))
    charter = owner.ok("GET", f"/v1/communities/{made['id']}/charter")
    assert charter["number"] == 1
    assert charter["proposal_id"] is None
    shipped = portal.visitor.ok("GET", f"/v1/charter-templates/{name}")["charter"]
    assert [article["id"] for article in charter["charter"]["articles"]] == [
        article["id"] for article in shipped["articles"]
    ]


def test_a_community_that_names_no_charter_begins_as_a_small_brand(portal):
    owner = portal.person()
    made = owner.ok("POST", "/v1/communities", founding())
    served = owner.ok("GET", f"/v1/communities/{made['id']}/charter")["charter"]
    assert served["articles"][0]["body"] == document()["articles"][0]["body"]


def test_a_community_is_founded_with_a_charter_of_its_own(portal):
    owner = portal.person()
    own = document("cooperative") | {"title": "Our charter"}
    made = owner.ok("POST", "/v1/communities", founding(charter=own))
    assert owner.ok("GET", f"/v1/communities/{made['id']}/charter")["charter"]["title"] == "Our charter"


def test_the_digest_is_that_of_the_document_served(portal):
    town = portal.town()
    served = town.owner.ok("GET", f"{town.path}/charter")
    text = json.dumps(served["charter"], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert served["digest"] == hashlib.sha256(text.encode()).hexdigest()


def test_every_fault_of_a_charter_is_named_at_its_place_and_nothing_is_founded(portal):
    owner = portal.person()
    bad = document()
    bad["articles"][0]["id"] = "Not An Id"
    bad["decision_types"][0]["threshold"]["ratio"] = "2/0"
    bad["role_powers"]["member"].append("proposal.veto")
    problem = owner.refused(409, "invalid-charter", "POST", "/v1/communities", founding(charter=bad))
    pointers = {error["pointer"] for error in problem["errors"]}
    assert "#/charter/articles/0/id" in pointers
    assert "#/charter/decision_types/0/threshold/ratio" in pointers
    assert any(pointer.startswith("#/charter/role_powers/member") for pointer in pointers)
    assert owner.ok("GET", "/v1/communities")["items"] == []


def test_a_template_and_a_document_at_once_are_refused(portal):
    body = founding(charter=document(), charter_template="cooperative")
    portal.person().refused(409, "invalid-charter", "POST", "/v1/communities", body)


# --- versions -----------------------------------------------------------------------------------------


def test_versions_are_listed_newest_first_and_stay_readable(portal):
    town = portal.town(members=1)
    second_version(portal.app, town.id)
    (member,) = town.members
    listed = member.ok("GET", f"{town.path}/charter/versions")["items"]
    assert [version["number"] for version in listed] == [2, 1]
    assert member.ok("GET", f"{town.path}/charter")["number"] == 2
    old = member.ok("GET", f"{town.path}/charter/versions/1")
    assert old["digest"] == listed[1]["digest"]
    assert member.call("GET", f"{town.path}/charter/versions/3").status_code == 404


def test_versions_are_compared_in_both_directions(portal):
    town = portal.town()
    second_version(portal.app, town.id)
    forth = town.owner.ok("GET", f"{town.path}/charter/versions/2/diff")
    back = town.owner.ok("GET", f"{town.path}/charter/versions/1/diff?since=2")
    assert (forth["from_version"], forth["to_version"]) == (1, 2)
    assert [article["id"] for article in forth["changes"]["articles"]["added"]] == ["seasons_1"]
    assert [article["id"] for article in back["changes"]["articles"]["removed"]] == ["seasons_1"]
    assert town.owner.ok("GET", f"{town.path}/charter/versions/2/diff?since=2")["changes"] == {}


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", "99999999999999999999", "1e3", "x"])
def test_a_version_that_cannot_be_is_not_found(portal, number):
    town = portal.town()
    assert town.owner.call("GET", f"{town.path}/charter/versions/{number}").status_code == 404


def test_another_community_s_charter_is_not_found(portal):
    town, other = portal.town(), portal.town()
    for part in ("", "/versions", "/versions/1", "/versions/1/diff"):
        assert town.owner.call("GET", f"{other.path}/charter{part}").status_code == 404


def test_the_database_refuses_to_change_or_delete_a_version(portal, units):
    town = portal.town()
    for statement in (
        "UPDATE charter_versions SET body = '{}'",
        "DELETE FROM charter_versions",
        "DELETE FROM charter_acceptances",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), units.write() as session:
            session.execute(sa.text(statement))
    assert town.owner.ok("GET", f"{town.path}/charter")["number"] == 1


# --- acceptance ---------------------------------------------------------------------------------------


def test_joining_accepts_the_charter_in_force(portal):
    town = portal.town(members=1)
    (member,) = town.members
    own = member.ok("GET", f"{town.path}/members/me")
    assert own["accepted_charter_version"] == 1
    assert own["charter_acceptance_due"] is False


def test_a_new_version_asks_every_member_again(portal):
    town = portal.town(members=1)
    (member,) = town.members
    second_version(portal.app, town.id)
    assert member.ok("GET", f"{town.path}/members/me")["charter_acceptance_due"] is True
    member.ok("PUT", f"{town.path}/charter/acceptances/me", {"charter_version": 2})
    own = member.ok("GET", f"{town.path}/members/me")
    assert (own["accepted_charter_version"], own["charter_acceptance_due"]) == (2, False)
    later = portal.join(town)
    assert later.ok("GET", f"{town.path}/members/me")["accepted_charter_version"] == 2


def test_nobody_joins_under_a_charter_they_were_not_shown(portal):
    town = portal.town()
    second_version(portal.app, town.id)
    person = portal.person()
    problem = person.refused(
        409, "charter-superseded", "POST", f"{town.path}/members", {"charter_version": 1}
    )
    assert problem["charter_version"] == 2
    person.ok("POST", f"{town.path}/members", {"charter_version": 2})


# --- powers -------------------------------------------------------------------------------------------


#: What changes something and no charter gives or takes: what is one's own.
RIGHTS = {
    Permission.CHARTER_ACCEPT,
    Permission.COMMENT_REVISE,
    Permission.DELEGATION_GIVE,
    Permission.DELEGATION_REVOKE,
    Permission.GROUP_JOIN,
    Permission.GROUP_LEAVE,
    Permission.GROUP_STEWARD,
    Permission.IDEA_WRITE,
    Permission.MEMBERSHIP_LEAVE,
    Permission.MODERATION_APPEAL,
    Permission.PROPOSAL_WRITE,
}


def without(charter, role, power):
    powers = {**charter.role_powers, role: charter.role_powers[role] - {power}}
    return dataclasses.replace(charter, role_powers=powers)


#: Rights to change something, which no charter gives or takes. Where delegation counts, its decision types say.
#: What certifies as the service, and is reading to whoever asks.
COUNTING = {"get_result", "list_charts", "draw_chart", "draw_jury", "get_own_weight"}
COUNTING |= {"download_delegations", "download_votes"}


def test_every_mutating_operation_inside_a_community_asks_for_a_power_or_a_known_right(app):
    """No endpoint bypasses the charter: what changes something asks for a power, but for these rights."""
    for name, operation in app.extensions["althing.api"].operations.items():
        if operation.reads or operation.permission in {PUBLIC, AUTHENTICATED} or name in COUNTING:
            continue
        permission = Permission(operation.permission)
        assert permission in RIGHTS or permission.value in set(Power), name


@pytest.mark.parametrize("power", [power for power in Power if power is not Power.BALLOT_CAST])
def test_a_role_has_a_power_exactly_where_the_charter_gives_it(power):
    permission = Permission(power.value)
    for role in Role:
        bare = Actor("test", roles=frozenset({role}))
        given = dataclasses.replace(bare, powers={role: frozenset({power})})
        assert not allows(permission, bare)
        assert allows(permission, given) is (role in LIMITS[power])
        auditor = dataclasses.replace(given, roles=frozenset({role, Role.AUDITOR}))
        assert not allows(permission, auditor)


def test_every_permission_that_is_no_power_is_a_reading_or_a_right():
    rights = {permission for permission in PERMISSION_MAP if permission.value not in set(Power)}
    changing = {
        p for p in rights if p.value.rpartition(".")[2] not in {"read", "read_all", "list", "log", "own_vote"}
    }
    assert changing == RIGHTS


def test_a_power_is_gone_with_the_version_that_takes_it(portal, units):
    town = portal.town()
    path, invitation = f"{town.path}/invitations", {"max_uses": 1}
    town.owner.ok("POST", path, invitation)
    with units.read() as session:
        charter = versions.in_force(session, uuid.UUID(town.id))[1]
    second_version(portal.app, town.id, without(charter, Role.BRAND_OWNER, Power.INVITATION_CREATE))
    town.owner.refused(403, "forbidden", "POST", path, invitation)


def test_a_power_comes_with_the_version_that_gives_it(portal, units):
    town = portal.town(members=1)
    (member,) = town.members
    with units.read() as session:
        charter = versions.in_force(session, uuid.UUID(town.id))[1]
    poor = without(charter, Role.MEMBER, Power.INVITATION_CREATE)
    second_version(portal.app, town.id, poor)
    member.refused(403, "forbidden", "POST", f"{town.path}/invitations", {"max_uses": 1})
    powers = {**poor.role_powers, Role.MEMBER: poor.role_powers[Role.MEMBER] | {Power.INVITATION_CREATE}}
    second_version(portal.app, town.id, dataclasses.replace(poor, role_powers=powers))
    member.ok("POST", f"{town.path}/invitations", {"max_uses": 1})


# --- trying amendments out ----------------------------------------------------------------------------


def test_an_amendment_is_tried_out_and_nothing_is_stored(portal):
    town = portal.town(members=1)
    article = {"id": "seasons", "title": "Seasons", "body": "Flavours follow the seasons."}
    body = {
        "decision_type": "amendment",
        "operations": [{"op": "add_article", "article": article, "after": None}],
    }
    tried = town.members[0].ok("POST", f"{town.path}/charter/preview-amendment", body)
    assert tried["base_version"] == 1
    assert [added["id"] for added in tried["changes"]["articles"]["added"]] == ["seasons"]
    assert town.owner.ok("GET", f"{town.path}/charter")["number"] == 1


def test_an_amendment_that_would_take_the_vote_from_members_says_why_it_cannot_be(portal):
    town = portal.town(members=1)
    body = {
        "decision_type": "amendment",
        "operations": [{"op": "set_role_powers", "role": "member", "powers": []}],
    }
    path = f"{town.path}/charter/preview-amendment"
    problem = town.members[0].refused(409, "invalid-amendment", "POST", path, body)
    assert any("ballot.cast" in error["detail"] for error in problem["errors"])
