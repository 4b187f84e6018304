"""A community with a group in it: members inside and outside, the group's own steward, and the community's."""

from __future__ import annotations

from typing import Any

from tests.support.charters import ANY_WEIGHTS, VETO, proposal, standalone, with_types
from tests.support.clock import Clock
from tests.support.delegating import delegating
from tests.support.portal import Person, Portal, Town
from tests.support.workshop import phase

GROUP = {"kind": "lab", "name": "Bottle lab", "description": "We try things out.", "joining": "open"}

#: Every scope, the most specific first.
SCOPES = ["ballot", "group", "decision_type", "community"]


def group_charter(**parts: Any) -> dict[str, Any]:
    """Return the wide charter with types that are open to groups, beside those that are not."""
    return with_types(
        standalone("general", groups=True, **ANY_WEIGHTS),
        proposal("quick", groups=True),
        proposal("seconded", groups=True, sponsors=1, sponsoring_period="P1D"),
        proposal("joint", groups=True, binding_level="co_decision", answer_within="P7D", veto=VETO),
        delegating("liquid", scopes=SCOPES, groups=True),
        **parts,
    )


class Circle:
    """A town with a group: its steward and two further members, two members outside, a steward of the community."""

    def __init__(self, portal: Portal, clock: Clock | None = None, **facts: Any) -> None:
        self.portal, self.clock = portal, clock
        self.town: Town = portal.town(members=5, charter=group_charter())
        self.owner = self.town.owner
        self.head, self.ann, self.ben, self.out, self.far = self.town.members
        self.steward: Person = portal.join(self.town, "steward")
        self.auditor: Person = portal.join(self.town, "auditor")
        self.path = self.make(**facts)
        for person in (self.ann, self.ben):
            self.brings(person)

    @property
    def id(self) -> str:
        return self.path.rsplit("/", 1)[1]

    @property
    def inside(self) -> list[Person]:
        return [self.head, self.ann, self.ben]

    def make(self, maker: Person | None = None, **facts: Any) -> str:
        """Make a group and return its path."""
        made = (maker or self.head).ok("POST", f"{self.town.path}/groups", GROUP | facts)
        return f"{self.town.path}/groups/{made['id']}"

    def id_of(self, person: Person) -> str:
        return person.memberships[self.town.id]

    def member(self, person: Person, path: str | None = None) -> str:
        """Return the path of where somebody stands in the group."""
        return f"{path or self.path}/members/{self.id_of(person)}"

    def stewarding(self, person: Person, path: str | None = None) -> str:
        return f"{path or self.path}/stewards/{self.id_of(person)}"

    def brings(self, person: Person, path: str | None = None) -> None:
        """Have the head invite somebody, who comes."""
        self.head.ok("PUT", self.member(person, path))
        person.ok("PUT", f"{path or self.path}/members/me")

    def of(self, person: Person) -> dict[str, Any]:
        """Return the group as somebody sees it."""
        return person.ok("GET", self.path)

    def listed(self, person: Person, **query: str) -> dict[str, str]:
        """Return where everybody stands whom somebody sees, by membership."""
        answer = person.call("GET", f"{self.path}/members", query_string=query)
        assert answer.status_code == 200, answer.text
        return {each["membership_id"]: each["standing"] for each in answer.get_json()["items"]}

    # --- what is the group's --------------------------------------------------------------------------

    def board(self, maker: Person | None = None, **facts: Any) -> str:
        body = {"title": "Bottles", "group_id": self.id, "phases": [phase()]} | facts
        made = (maker or self.head).ok("POST", f"{self.town.path}/boards", body)
        return f"{self.town.path}/boards/{made['id']}"

    def idea(self, board: str, author: Person | None = None, **facts: Any) -> str:
        body = {"title": "Glass", "body": "Because."} | facts
        made = (author or self.ann).ok("POST", f"{board}/ideas", body)
        path = f"{self.town.path}/ideas/{made['id']}"
        (author or self.ann).ok("POST", f"{path}/post")
        return path

    def drafted(self, maker: Person | None = None, **facts: Any) -> str:
        """Draft a ballot of the group and return its path."""
        body = {
            "decision_type": "general",
            "title": "Which?",
            "group_id": self.id,
            "method": "plurality",
            "voting_period": "PT1H",
            "options": [{"id": option, "title": option.title()} for option in ("mint", "lime")],
        } | facts
        made = (maker or self.head).ok("POST", f"{self.town.path}/ballots", body)
        return f"{self.town.path}/ballots/{made['id']}"

    def ballot(self, maker: Person | None = None, **facts: Any) -> str:
        """Open a ballot of the group and return its path."""
        path = self.drafted(maker, **facts)
        (maker or self.head).ok("POST", f"{path}/open")
        return path

    def liquid(self, **facts: Any) -> str:
        """Open a ballot of the group in which weight can be delegated in every scope."""
        return self.ballot(self.steward, decision_type="liquid", **{"method": "plurality"} | facts)

    def proposal(self, author: Person | None = None, decision_type: str = "quick", **facts: Any) -> str:
        """Put a proposal of the group to it and return its path."""
        body = {"decision_type": decision_type, "title": "A press", "group_id": self.id} | facts
        made = (author or self.ann).ok("POST", f"{self.town.path}/proposals", body)
        path = f"{self.town.path}/proposals/{made['id']}"
        (author or self.ann).ok("POST", f"{path}/submit")
        return path
