"""A community with one caller of each kind, and fresh things for them to act on."""

from __future__ import annotations

import time
from typing import Any

from app.db.units import Units
from tests.api.matrix.table import CALLERS
from tests.support.charters import VETO, proposal, with_types
from tests.support.portal import PASSWORD, Person, Portal

PRECOMMITMENT = {"undertaking": "We brew it.", "within": "P30D"}
VETOING = {"ground": "unaffordable", "reason": "Too dear."}


def matrix_charter() -> dict[str, Any]:
    """Return the wide charter with types whose votes are over in a second."""
    override = VETO["override"] | {"cooling": "PT0S"}
    amends = {"for": "amendment", "amends": ["articles"], "binding_level": "binding"}
    charter = with_types(
        proposal("brief", voting_period="PT1S", veto=VETO),
        proposal("passing", voting_period="PT1S", **amends),
    )
    for each in charter["decision_types"]:
        if each.get("veto"):
            each["veto"] = VETO | {"override": override, "yearly_quota": 100}
    return charter


def draft() -> dict[str, Any]:
    return {
        "kind": "general",
        "title": "Matrix",
        "method": "plurality",
        "options": [{"title": "Mint"}, {"title": "Lime"}],
        "voting_period": "P1D",
    }


class Scene:
    """A community with one caller of each kind, and fresh things to act on."""

    def __init__(self, portal: Portal, units: Units) -> None:
        self.portal = portal
        self.units = units
        self.town = portal.town(name="Matrix", charter=matrix_charter())
        self.voters: list[Person] = []
        self.owed: dict[str, Any] | None = None
        self.window: str | None = None
        self.struck: str | None = None
        self.callers = {kind: self.fresh(kind) for kind in CALLERS}

    def fresh(self, kind: str) -> Person:
        """Return a new caller of a kind."""
        if kind == "visitor":
            return Person(self.portal.app, "visitor")
        if kind == "hostile":
            victim = self.portal.person()
            return Person(self.portal.app, "hostile", token=victim.token[:-8] + "AAAAAAAA")
        if kind == "outsider":
            return self.portal.person()
        roles = {kind} - {"left", "bare", "member"}
        person = self.portal.join(self.town, *roles)
        if kind == "left":
            person.ok("DELETE", f"{self.town.path}/members/me")
        elif kind == "bare":
            path = f"{self.town.path}/members/{person.memberships[self.town.id]}/roles/member"
            self.town.owner.ok("DELETE", path)
        elif kind == "member":
            self.voters.append(person)
        return person

    def account_of(self, person: Person) -> Person:
        """Return somebody with an account: the caller or, for a visitor, a bystander."""
        return person if person.email else self.portal.person()

    def ballot(self, **facts: Any) -> str:
        return self.portal.ballot(self.town, vote_change=False, early_close=True, **facts)

    def full_ballot(self) -> str:
        """Return an open ballot in which everyone on the roll has voted."""
        return self.voted(self.ballot())

    def voted(self, path: str) -> str:
        """Have everyone on the roll vote in an open ballot."""
        for voter in list(self.voters):
            answer = voter.call("PUT", f"{path}/votes/me", {"choice": ["mint"]})
            if answer.status_code == 401 and voter.email:  # an earlier request of theirs signed them out
                credentials = {"email": voter.email, "password": PASSWORD}
                voter.token = self.portal.visitor.ok("POST", "/v1/sessions", credentials)["access_token"]
                voter.ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
            elif answer.status_code in {401, 403, 404}:  # they left, or never came in
                self.voters.remove(voter)
        return path

    def closed_ballot(self) -> str:
        path = self.full_ballot()
        self.town.owner.ok("POST", f"{path}/close")
        return path

    def obligation(self) -> dict[str, Any]:
        """Return an obligation of which evidence was just given for the first promise."""
        owner = self.town.owner
        if self.owed is None:
            facts = {"decision_type": "binding_vote", "vote_change": False, "early_close": True}
            path = self.portal.ballot(self.town, opened=False, **facts)
            owner.ok("POST", f"{path}/precommitments", PRECOMMITMENT)
            owner.ok("POST", f"{path}/open")
            owner.ok("POST", f"{self.voted(path)}/close")
            self.owed = owner.ok("GET", f"{self.town.path}/obligations")["items"][0]
        milestone = f"{self.town.path}/milestones/{self.owed['milestones'][0]['id']}"
        owner.ok("POST", f"{milestone}/evidence", {"note": "Look."})
        return self.owed

    def obligation_path(self) -> str:
        return f"{self.town.path}/obligations/{self.obligation()['id']}"

    def milestone_path(self) -> str:
        return f"{self.town.path}/milestones/{self.obligation()['milestones'][0]['id']}"

    def proposal(
        self,
        decision_type: str = "quick",
        author: Person | None = None,
        *,
        submitted: bool = True,
        **facts: Any,
    ) -> str:
        """Return a proposal's path: the author's, where they may raise any, else the owner's."""
        path = f"{self.town.path}/proposals"
        body = {"decision_type": decision_type, "title": "Matrix"} | facts
        raised = (author or self.town.owner).call("POST", path, body)
        if raised.status_code != 201:
            author, raised = None, self.town.owner.call("POST", path, body)
        path = f"{path}/{raised.get_json()['id']}"
        if submitted:
            (author or self.town.owner).ok("POST", f"{path}/submit")
        return path

    def passed(self, state: str, decision_type: str, author: Person | None = None, **facts: Any) -> str:
        """Return a proposal that passed, a second ago, in the state that follows."""
        path, owner = self.proposal(decision_type, author, **facts), self.town.owner
        opened = owner.ok("POST", f"{path}/open-vote")
        voter = next(each for each in self.voters if each.call("GET", path).status_code == 200)
        voter.ok("PUT", f"{self.town.path}/ballots/{opened['ballot_id']}/votes/me", {"choice": "for"})
        while (found := owner.ok("GET", path)["state"]) == "voting":
            time.sleep(0.05)
        assert found == state
        return path

    def vetoable(self) -> str:
        """Return a proposal in its veto window, the same until somebody vetoes it."""
        if self.window is None or self.town.owner.ok("GET", self.window)["state"] != "veto_window":
            self.window = self.passed("veto_window", "brief")
        return self.window

    def vetoed(self) -> str:
        """Return a vetoed proposal, the same until somebody calls an override."""
        if self.struck is None or self.town.owner.ok("GET", self.struck)["state"] != "vetoed":
            self.struck = self.passed("veto_window", "brief")
            self.town.owner.ok("POST", f"{self.struck}/veto", VETOING)
        return self.struck

    def suggestion(self, author: Person | None = None, maker: Person | None = None) -> str:
        """Return the path of a suggestion for a proposal, each by whoever is named if they may."""
        path = f"{self.proposal('quick', author)}/suggestions"
        body = {"title": "Grid", "body": "Better.", "reason": "So."}
        made = (maker or self.town.owner).call("POST", path, body)
        if made.status_code != 201:
            made = self.town.owner.call("POST", path, body)
        return f"{path}/{made.get_json()['id']}"

    def bystander(self) -> str:
        """Return the path of a member whom nobody else's request concerns."""
        person = self.portal.join(self.town, "steward")
        return f"{self.town.path}/members/{person.memberships[self.town.id]}"
