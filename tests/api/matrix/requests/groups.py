"""Groups, their members and their stewards."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import Person

GROUP = {"kind": "lab", "name": "Matrix"}


def _archived(scene: Scene, person: Person) -> str:
    path = scene.group(person)
    scene.town.owner.ok("POST", f"{path}/archive", {"reason": "So."})
    return path


def _member(scene: Scene, path: str) -> str:
    """Return the membership of somebody new who is in a group."""
    joiner = scene.portal.join(scene.town)
    joiner.ok("PUT", f"{path}/members/me")
    return joiner.memberships[scene.town.id]


@request_for
def create_group(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.town.path}/groups", GROUP)


@request_for
def list_groups(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/groups")


@request_for
def get_group(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.group())


@request_for
def update_group(scene: Scene, person: Person) -> Request:
    return Request("PATCH", scene.group(person), {"name": f"Grid of {person.name}"}, "*")


@request_for
def archive_group(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{scene.group(person)}/archive", {"reason": "So."})


@request_for
def restore_group(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{_archived(scene, person)}/restore")


@request_for
def list_group_members(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.group()}/members")


@request_for
def join_group(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.group()}/members/me")


@request_for
def leave_group(scene: Scene, person: Person) -> Request:
    return Request("DELETE", f"{scene.group(person)}/members/me")


@request_for
def admit_to_group(scene: Scene, person: Person) -> Request:
    return Request("PUT", f"{scene.group(person)}/members/{scene.bystander('member').rpartition('/')[2]}")


@request_for
def remove_from_group(scene: Scene, person: Person) -> Request:
    path = scene.group(person)
    return Request("DELETE", f"{path}/members/{_member(scene, path)}")


@request_for
def appoint_group_steward(scene: Scene, person: Person) -> Request:
    path = scene.group(person)
    return Request("PUT", f"{path}/stewards/{_member(scene, path)}")


@request_for
def dismiss_group_steward(scene: Scene, person: Person) -> Request:
    path = scene.group(person)
    member = _member(scene, path)
    scene.town.owner.ok("PUT", f"{path}/stewards/{member}")
    return Request("DELETE", f"{path}/stewards/{member}")
