"""Groups, and who is in them."""

from __future__ import annotations

from tests.api.conformance.base import Base
from tests.api.conformance.stand_ins import STAND_INS


class Groups(Base):
    """Groups of the caller's."""

    def group_identifiers_for(self, operation: str, path: str) -> dict[str, str]:
        """Return a group of the caller's, and somebody with whom the operation can be done in it."""
        if operation == "archive_group":
            return {STAND_INS["group_id"]: self.fresh(operation, self.make_group)}
        found = {STAND_INS["group_id"]: self.fresh("group", self.make_group)}
        if STAND_INS["membership_id"] in path:
            found[STAND_INS["membership_id"]] = self.fresh(operation, lambda: self.grouped_member(operation))
        return found

    def make_group(self) -> str:
        body = {"kind": "lab", "name": "Conformance"}
        return self.caller.ok("POST", f"{self.town.path}/groups", body)["id"]

    def grouped_member(self, operation: str) -> str:
        """Return the membership of somebody who is in the caller's group, as its steward where one is dismissed."""
        person, path = self.newcomer(), f"{self.town.path}/groups/{self.fresh('group', self.make_group)}"
        self.town.owner.ok("PATCH", path, {"joining": "open"}, if_match="*")
        person.ok("PUT", f"{path}/members/me")
        member = person.memberships[self.town.id]
        if operation == "dismiss_group_steward":
            self.town.owner.ok("PUT", f"{path}/stewards/{member}")
        return member
