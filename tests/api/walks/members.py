"""Joining and leaving, invitations, roles and verification."""

from __future__ import annotations

from tests.api.walks.canary import CANARY, person_of, town_of
from tests.api.walks.walk import Call, Walk, answered, known, walk_for, walk_in, walk_of_owner
from tests.support.portal import UNKNOWN, Portal


@walk_for
def join_community(portal: Portal) -> Walk:
    town, person = town_of(portal), person_of(portal)
    path = f"{town.path}/members"
    return Walk(
        Call(person, "POST", path, {}),
        "member.joined",
        answered("membership"),
        lambda answer: answer["reference"],
        lambda _answer: town.id,
        refused_before=[
            Call(person, "POST", path, {"invitation_code": CANARY}, status=409),
            Call(person, "POST", f"/v1/communities/{UNKNOWN}/members", {}, status=404),
        ],
        refused_after=[Call(person, "POST", path, {}, status=409)],
    )


@walk_for
def leave_community(portal: Portal) -> Walk:
    town = town_of(portal)
    person = town.members[0]
    path = f"{town.path}/members/me"
    call = Call(person, "DELETE", path, status=404)
    return walk_in(
        town,
        call,
        "member.left",
        known("membership", person.memberships[town.id]),
        role="member",
        commits_to=None,
        refused_before=[Call(town.owner, "DELETE", path, status=409)],
        refused_after=[call],
    )


@walk_for
def create_invitation(portal: Portal) -> Walk:
    town = town_of(portal)
    steward = portal.join(town, "steward")
    path = f"{town.path}/invitations"
    return walk_in(
        town,
        Call(steward, "POST", path, {"role": "member", "max_uses": 5}),
        "invitation.created",
        answered("invitation"),
        role="steward",
        forbidden=town.members[0],
        refused_before=[
            Call(steward, "POST", path, {"role": "steward"}, status=403),
            Call(steward, "POST", path, {"expires_in": "PT0S"}, status=409),
            Call(steward, "POST", path, {"expires_in": "P367D"}, status=409),
        ],
    )


@walk_for
def revoke_invitation(portal: Portal) -> Walk:
    town, elsewhere = town_of(portal), town_of(portal)
    made = town.owner.ok("POST", f"{town.path}/invitations", {})["id"]
    foreign = elsewhere.owner.ok("POST", f"{elsewhere.path}/invitations", {})["id"]
    call = Call(town.owner, "DELETE", f"{town.path}/invitations/{made}", status=404)
    return walk_of_owner(
        town,
        call,
        "invitation.revoked",
        known("invitation", made),
        commits_to=None,
        refused_before=[
            Call(town.owner, "DELETE", f"{town.path}/invitations/{other}", status=404)
            for other in (UNKNOWN, foreign)
        ],
        refused_after=[call],
    )


@walk_for
def grant_role(portal: Portal) -> Walk:
    town = town_of(portal)
    member = town.members[0]
    own = town.owner.ok("GET", f"{town.path}/members/me")["id"]
    path = f"{town.path}/members/{member.memberships[town.id]}/roles"
    steward = {"role": "steward"}
    return walk_of_owner(
        town,
        Call(town.owner, "POST", path, steward),
        "role.granted",
        answered("membership"),
        refused_before=[
            Call(town.owner, "POST", f"{town.path}/members/{own}/roles", {"role": "member"}, status=403),
            Call(town.owner, "POST", path, {"role": "auditor"}, status=409),
            Call(town.owner, "POST", f"{town.path}/members/{UNKNOWN}/roles", steward, status=404),
        ],
        refused_after=[Call(town.owner, "POST", path, steward, status=409)],
    )


@walk_for
def revoke_role(portal: Portal) -> Walk:
    town = town_of(portal)
    member = town.members[0]
    own = town.owner.ok("GET", f"{town.path}/members/me")["id"]
    path = f"{town.path}/members/{member.memberships[town.id]}/roles"
    call = Call(town.owner, "DELETE", f"{path}/member", status=404)
    return walk_of_owner(
        town,
        call,
        "role.revoked",
        answered("membership"),
        refused_before=[
            Call(town.owner, "DELETE", f"{path}/steward", status=404),
            Call(town.owner, "DELETE", f"{town.path}/members/{own}/roles/brand_owner", status=409),
        ],
        refused_after=[call],
    )


@walk_for
def verify_member(portal: Portal) -> Walk:
    town = town_of(portal)
    steward, member = portal.join(town, "steward"), town.members[0]
    path, own, unknown = (
        f"{town.path}/members/{identifier}/verification"
        for identifier in (member.memberships[town.id], steward.memberships[town.id], UNKNOWN)
    )
    call = Call(steward, "PUT", path)
    return walk_in(
        town,
        call,
        "member.verified",
        answered("membership"),
        role="steward",
        commits_to=None,
        forbidden=member,
        refused_before=[
            Call(steward, "PUT", own, status=403),
            Call(steward, "PUT", unknown, status=404),
        ],
        repeats=[call],
    )


@walk_for
def unverify_member(portal: Portal) -> Walk:
    town = town_of(portal)
    path = f"{town.path}/members/{town.members[0].memberships[town.id]}/verification"
    call = Call(town.owner, "DELETE", path, status=404)
    return walk_of_owner(
        town,
        call,
        "member.unverified",
        answered("membership"),
        commits_to=None,
        refused_before=[call],
        ready=lambda: town.owner.ok("PUT", path),
        refused_after=[call],
    )
