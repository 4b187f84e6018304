"""Groups, their members and their stewards."""

from __future__ import annotations

from typing import Any

from tests.api.walks.canary import CANARY, town_of
from tests.api.walks.walk import Call, Subject, Walk, answered, known, last_part, walk_for, walk_in
from tests.support.portal import UNKNOWN, Person, Portal, Town

GROUP = {"kind": "circle", "name": f"{CANARY} circle", "description": f"{CANARY} words"}
REASON = {"reason": f"{CANARY} reason"}


class Ring:
    """A town with a group whose steward is a member like any other, and in which one more member is."""

    def __init__(self, portal: Portal, **facts: Any) -> None:
        self.portal = portal
        self.town: Town = town_of(portal, members=4)
        self.head, self.member, self.out, self.other = self.town.members
        self.steward = portal.join(self.town, "steward")
        made = self.head.ok("POST", f"{self.town.path}/groups", GROUP | facts)
        self.path = f"{self.town.path}/groups/{made['id']}"
        self.head.ok("PUT", self.of(self.member))
        self.member.ok("PUT", f"{self.path}/members/me")

    def of(self, person: Person, where: str = "members") -> str:
        return f"{self.path}/{where}/{person.memberships[self.town.id]}"

    @property
    def subject(self) -> Subject:
        return known("group", last_part(self.path))

    def walk(self, call: Call, action: str, **facts: Any) -> Walk:
        """Return a walk of the group's steward, which a plain member of it may not do."""
        facts = {"role": "group_steward", "forbidden": self.member} | facts
        return walk_in(self.town, call, f"group.{action}", self.subject, **facts)


@walk_for
def create_group(portal: Portal) -> Walk:
    town = town_of(portal)
    call = Call(town.members[0], "POST", f"{town.path}/groups", GROUP)
    forbidden = portal.join(town, "auditor")
    return walk_in(town, call, "group.created", answered("group"), role="member", forbidden=forbidden)


@walk_for
def update_group(portal: Portal) -> Walk:
    ring = Ring(portal)
    changes = {"name": f"{CANARY} other", "description": f"{CANARY} more"}
    return ring.walk(
        Call(ring.head, "PATCH", ring.path, changes, ring.head.tag(ring.path)),
        "updated",
        forbidden=portal.join(ring.town, "auditor"),  # another member has another tag, and is told that first
        repeats=[Call(ring.head, "PATCH", ring.path, changes, "*")],
    )


@walk_for
def archive_group(portal: Portal) -> Walk:
    ring = Ring(portal)
    call = Call(ring.head, "POST", f"{ring.path}/archive", REASON)
    return ring.walk(call, "archived", refused_after=[Call(ring.head, "POST", call.path, REASON, status=409)])


@walk_for
def restore_group(portal: Portal) -> Walk:
    ring = Ring(portal)
    ring.head.ok("POST", f"{ring.path}/archive", REASON)
    call = Call(ring.steward, "POST", f"{ring.path}/restore")
    return ring.walk(call, "restored", role="steward", forbidden=ring.head, repeats=[call])


@walk_for
def join_group(portal: Portal) -> Walk:
    ring = Ring(portal)
    made = ring.head.ok("POST", f"{ring.town.path}/groups", GROUP | {"joining": "invitation"})
    shut = f"{ring.town.path}/groups/{made['id']}/members/me"
    call = Call(ring.out, "PUT", f"{ring.path}/members/me")
    return ring.walk(
        call,
        "joined",
        role="member",
        forbidden=portal.join(ring.town, "auditor"),
        refused_before=[Call(ring.out, "PUT", shut, status=409)],
        repeats=[call],
    )


@walk_for
def leave_group(portal: Portal) -> Walk:
    ring = Ring(portal)
    call = Call(ring.member, "DELETE", f"{ring.path}/members/me")
    return ring.walk(call, "left", role="member", forbidden=portal.join(ring.town, "auditor"), repeats=[call])


@walk_for
def admit_to_group(portal: Portal) -> Walk:
    ring = Ring(portal)
    call = Call(ring.head, "PUT", ring.of(ring.out))
    return ring.walk(
        call,
        "invited",
        refused_before=[Call(ring.head, "PUT", f"{ring.path}/members/{UNKNOWN}", status=404)],
        repeats=[call],
    )


@walk_for
def remove_from_group(portal: Portal) -> Walk:
    ring = Ring(portal)
    call = Call(ring.head, "DELETE", ring.of(ring.member))
    return ring.walk(
        call,
        "removed",
        forbidden=ring.other,
        refused_before=[Call(ring.head, "DELETE", ring.of(ring.out), status=404)],
        refused_after=[Call(ring.head, "DELETE", ring.of(ring.member), status=404)],
    )


@walk_for
def appoint_group_steward(portal: Portal) -> Walk:
    ring = Ring(portal)
    call = Call(ring.head, "PUT", ring.of(ring.member, "stewards"))
    return ring.walk(
        call,
        "steward_appointed",
        refused_before=[Call(ring.head, "PUT", ring.of(ring.out, "stewards"), status=409)],
        repeats=[call],
    )


@walk_for
def dismiss_group_steward(portal: Portal) -> Walk:
    ring = Ring(portal)
    ring.head.ok("PUT", ring.of(ring.member, "stewards"))
    call = Call(ring.head, "DELETE", ring.of(ring.member, "stewards"))
    return ring.walk(
        call,
        "steward_dismissed",
        forbidden=ring.other,
        refused_before=[Call(ring.head, "DELETE", ring.of(ring.out, "stewards"), status=404)],
        refused_after=[Call(ring.head, "DELETE", call.path, status=404)],
    )
