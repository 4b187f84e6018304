"""A community that decides: proposals brought to where a test needs them, by the calls that people would make."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from tests.support.charters import wide_charter
from tests.support.clock import Clock
from tests.support.portal import Person, Portal, Town

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)

#: A matter that asks for the stewards' consent, one for the brand owner's, and one that is not the community's.
MATTERS = [
    {"id": "label", "title": "The label", "decided_by": "community", "consent": "steward"},
    {"id": "price", "title": "The price", "decided_by": "community", "consent": "brand_owner"},
    {"id": "name", "title": "The name", "decided_by": "brand_owner", "consent": None},
]

_numbers = itertools.count(1)


class Assembly:
    """A town under the wide charter with the reserved matters above: members, a steward, and the owner."""

    def __init__(self, portal: Portal, clock: Clock, members: int = 4, **charter: Any) -> None:
        self.portal, self.clock = portal, clock
        written = wide_charter(**({"reserved_matters": MATTERS} | charter))
        written["role_powers"]["steward"].append("proposal.consent")
        self.town: Town = portal.town(members=members, charter=written)
        self.owner: Person = self.town.owner
        self.author: Person = self.town.members[0]
        self.others: list[Person] = self.town.members[1:]
        self.steward: Person = portal.join(self.town, "steward")

    # --- time -----------------------------------------------------------------------------------------

    def wait(self, by: dt.timedelta) -> None:
        self.clock.advance(by)

    def reach(self, instant: str) -> None:
        """Move the clock to an instant, and let it stand there."""
        self.clock.stop(dt.datetime.fromisoformat(instant))

    def reach_due(self, path: str) -> str:
        """Move the clock to where the proposal's next step falls due, and return that instant."""
        due_at = self.of(path)["due_at"]
        assert due_at is not None
        self.reach(due_at)
        return due_at

    # --- one proposal ---------------------------------------------------------------------------------

    def of(self, path: str, person: Person | None = None) -> dict[str, Any]:
        return (person or self.author).ok("GET", path)

    def state(self, path: str) -> str:
        return self.of(path)["state"]

    def history(self, path: str) -> list[dict[str, Any]]:
        return self.author.ok("GET", f"{path}/history?limit=100")["items"]

    def tag(self, path: str, person: Person | None = None) -> str:
        return (person or self.author).call("GET", path).headers.get("ETag", "*")

    def draft(self, decision_type: str = "quick", author: Person | None = None, **facts: Any) -> str:
        """Draft a proposal and return its path; an amendment adds an article of its own unless told otherwise."""
        number = next(_numbers)
        body = {"decision_type": decision_type, "title": f"Proposal {number}", "body": "Because."}
        if decision_type.endswith("amendment"):
            body["operations"] = [add_article(f"article_{number}")]
        made = (author or self.author).ok("POST", f"{self.town.path}/proposals", body | facts)
        return f"{self.town.path}/proposals/{made['id']}"

    def submitted(self, decision_type: str = "quick", author: Person | None = None, **facts: Any) -> str:
        path = self.draft(decision_type, author, **facts)
        (author or self.author).ok("POST", f"{path}/submit")
        return path

    def sponsored(self, path: str) -> str:
        for person in self.others[:2]:
            person.ok("PUT", f"{path}/sponsors/me")
        return path

    def open(self, path: str) -> str:
        """Open its vote as soon as that can be done, and return the ballot's path."""
        opens_from = self.of(path)["vote_opens_from"]
        if dt.datetime.fromisoformat(opens_from) > self.clock.now():
            self.reach(opens_from)
        ballot = self.others[0].ok("POST", f"{path}/open-vote")["ballot_id"]
        return f"{self.town.path}/ballots/{ballot}"

    def vote(self, ballot: str, choice: Any = "for", people: list[Person] | None = None) -> None:
        for person in self.town.members if people is None else people:
            person.ok("PUT", f"{ballot}/votes/me", {"choice": choice})

    def passed(self, decision_type: str = "quick", choice: Any = "for", **facts: Any) -> str:
        """Bring a proposal to the instant at which its vote ends, everybody having voted one way."""
        path = self.submitted(decision_type, **facts)
        if self.state(path) == "sponsoring":
            self.sponsored(path)
        self.vote(self.open(path), choice)
        self.reach_due(path)
        return path

    # --- every state ----------------------------------------------------------------------------------

    def in_state(self, state: str) -> str:
        """Return the path of an amendment in a state (of another proposal, where it must owe something)."""
        return getattr(self, f"_{state}")()

    def _draft(self) -> str:
        return self.draft("amendment", matters=["label"])

    def _sponsoring(self) -> str:
        return self.submitted("amendment", matters=["label"])

    def _discussion(self) -> str:
        path = self._sponsoring()
        self.others[2].ok("POST", f"{path}/suggestions", SUGGESTION)
        return self.sponsored(path)

    def _voting(self) -> str:
        path = self._discussion()
        self.open(path)
        return path

    def _veto_window(self) -> str:
        path = self._discussion()
        self.vote(self.open(path))
        self.reach_due(path)
        return path

    def _vetoed(self) -> str:
        path = self._veto_window()
        self.owner.ok("POST", f"{path}/veto", VETO)
        return path

    def _override_voting(self) -> str:
        path = self._vetoed()
        self.reach(self.of(path)["veto"]["override_from"])
        self.others[0].ok("POST", f"{path}/override")
        return path

    def _overridden(self) -> str:
        path = self._override_voting()
        self.vote(f"{self.town.path}/ballots/{self.of(path)['override_ballot_id']}")
        self.reach_due(path)
        return path

    def _timelock(self) -> str:
        path = self._veto_window()
        self.reach_due(path)
        return path

    def _obligations(self) -> str:
        path = self.passed("joint_decision")
        self.reach_due(path)
        self.reach_due(path)
        return path

    def _stale(self) -> str:
        path = self._timelock()
        self.reach_due(path)
        return path

    def _closed(self) -> str:
        path = self._timelock()
        self.steward.ok("PUT", f"{path}/consents/label", {"reason": "It stays."})
        self.reach_due(path)
        return path

    def _rejected(self) -> str:
        path = self._discussion()
        self.vote(self.open(path), "against")
        self.reach_due(path)
        return path

    def _inquorate(self) -> str:
        path = self._voting()
        self.reach_due(path)
        return path

    def _withdrawn(self) -> str:
        path = self._discussion()
        self.author.ok("POST", f"{path}/withdraw")
        return path

    def _lapsed(self) -> str:
        path = self._sponsoring()
        self.reach_due(path)
        return path


SUGGESTION = {"title": "Better so", "body": "Because of this, too.", "reason": "It was missing."}
VETO = {"ground": "unaffordable", "reason": "It costs more than all we have."}


def add_article(article: str, body: str = "It shall be so.") -> dict[str, Any]:
    """Return the operation that adds an article at the beginning."""
    written = {"id": article, "title": article.replace("_", " ").capitalize(), "body": body}
    return {"op": "add_article", "article": written, "after": None}


def replace_article(article: str, body: str) -> dict[str, Any]:
    """Return the operation that rewrites an article."""
    written = {"id": article, "title": article.replace("_", " ").capitalize(), "body": body}
    return {"op": "replace_article", "article": written}
