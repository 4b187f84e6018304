"""Memberships, invitations, roles and verification."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import Person


@request_for
def join_community(scene: Scene, person: Person) -> Request:
    scene.voters.append(person)
    return Request("POST", f"{scene.town.path}/members", {})


@request_for
def leave_community(scene: Scene, _person: Person) -> Request:
    return Request("DELETE", f"{scene.town.path}/members/me")


@request_for
def get_own_membership(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/members/me")


@request_for
def list_members(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/members")


@request_for
def get_member(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.bystander())


@request_for
def create_invitation(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.town.path}/invitations", {})


@request_for
def list_invitations(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/invitations")


@request_for
def revoke_invitation(scene: Scene, _person: Person) -> Request:
    made = scene.town.owner.ok("POST", f"{scene.town.path}/invitations", {})
    return Request("DELETE", f"{scene.town.path}/invitations/{made['id']}")


@request_for
def grant_role(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.bystander()}/roles", {"role": "brand_owner"})


@request_for
def revoke_role(scene: Scene, _person: Person) -> Request:
    return Request("DELETE", f"{scene.bystander()}/roles/steward")


@request_for
def verify_member(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.bystander()}/verification")


@request_for
def unverify_member(scene: Scene, _person: Person) -> Request:
    path = f"{scene.bystander()}/verification"
    scene.town.owner.ok("PUT", path)
    return Request("DELETE", path)
