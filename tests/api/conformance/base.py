"""A community with somebody who may do nearly everything, and things that are made anew once they are used up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tests.support.charters import VETO, proposal, with_types
from tests.support.delegating import delegating
from tests.support.log import advance
from tests.support.portal import PASSWORD, Person, Portal, Town
from tests.support.tokens import give, issue


def conformance_charter() -> dict[str, Any]:
    """Return the wide charter with the types of the examples, and with types whose votes are over in a second."""
    veto = VETO | {"yearly_quota": 1000, "override": VETO["override"] | {"cooling": "PT0S"}}
    amends = {"for": "amendment", "amends": ["articles"], "binding_level": "binding"}
    charter = with_types(
        proposal("proposal"),
        proposal("charter_amendment", **amends),
        proposal("brief", voting_period="PT1S", veto=veto),
        proposal("passing", voting_period="PT1S", **amends),
        delegating("liquid"),
        proposal("promised", voting_period="PT1S", binding_level="binding", answer_within="P7D"),
    )
    for each in charter["decision_types"]:
        if each.get("veto"):
            each["veto"] = veto
    return charter


class Base:
    """The community, and what every area needs of it."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.app = portal.app
        self.seen: dict[str, set[int]] = defaultdict(set)
        self.town: Town = portal.town(members=2, name="Conformance", charter=conformance_charter())
        self.auditor = portal.join(self.town, "auditor")
        self.judges = [portal.join(self.town, "steward") for _ in range(2)]
        # Someone who may do nearly everything: another owner lets them vote, too.
        self.caller = portal.join(self.town, "member", "steward", "brand_owner")
        self.open = portal.ballot(self.town, secrecy="sealed")
        receipt = self.caller.ok("PUT", f"{self.open}/votes/me", {"choice": ["mint"]})
        self.tracker = receipt["tracker"]
        self.closed = self.full(closed=True)
        for name, owner in (("treasury", "treasury"), ("prizes", "treasury"), ("LOYAL-004711", "nobody")):
            self.account(name, owner)
        give(self.town, (self.caller, 1_000_000))
        self.drained = self.liquid("PT1S")
        advance(self.app, self.town)
        self.turn = 0
        self.kept: dict[str, Any] = {}
        self.stock: dict[str, list[str]] = defaultdict(list)

    def fresh(self, name: str, make: Callable[[], Any]) -> Any:
        """Return the thing of this name, made anew after a request has used it up."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]

    def newcomer(self, *roles: str) -> Person:
        """Return somebody who has just joined, whatever earlier requests made of the community."""
        self.town.owner.ok("PATCH", self.town.path, {"open_joining": True}, if_match="*")
        return self.portal.join(self.town, *roles)

    def verified(self) -> Person:
        """Return a member whose account was verified."""
        person = self.newcomer()
        path = f"{self.town.path}/members/{person.memberships[self.town.id]}/verification"
        self.town.owner.ok("PUT", path)
        return person

    def session(self) -> tuple[str, Person]:
        credentials = {"email": self.caller.email, "password": PASSWORD}
        made = self.portal.visitor.ok("POST", "/v1/sessions", credentials)
        return made["session_id"], Person(self.app, "", token=made["access_token"])

    def account(self, name: str, owner: str) -> str:
        """Return a new account with something in it."""
        path = f"{self.town.path}/tokens/accounts"
        made = self.town.owner.ok("POST", path, {"name": name, "owner": owner})
        issue(self.town, name, 1_000_000)
        return made["id"]

    def full(self, *, closed: bool = False) -> str:
        """Return an open ballot in which everyone has voted."""
        path = self.portal.ballot(self.town, vote_change=False, early_close=True)
        for voter in (*self.town.members, self.caller):
            voter.ok("PUT", f"{path}/votes/me", {"choice": ["mint", "lime"]})
        if closed:
            self.caller.ok("POST", f"{path}/close")
        return path

    def liquid(self, period: str = "P1D") -> str:
        """Return a ballot in which weight can be delegated."""
        options = [{"id": name, "title": name.title()} for name in ("mint", "lime")]
        return self.portal.ballot(self.town, decision_type="liquid", options=options, voting_period=period)

    def given(self) -> str:
        """Return a delegation of the caller's that stands."""
        delegate = self.newcomer().memberships[self.town.id]
        body = {"scope": "community", "delegate_id": delegate}
        return self.caller.ok("POST", f"{self.town.path}/delegations", body)["id"]
