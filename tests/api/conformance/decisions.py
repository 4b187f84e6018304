"""Proposals in every state, and what follows from those that passed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.conformance.base import Base
from tests.api.conformance.stand_ins import MATTER
from tests.support.clock import let_a_second_pass

#: How many proposals are voted on at a time.
STOCK = 8


class Decisions(Base):
    """Proposals, suggestions, obligations and promises."""

    def proposal(self, decision_type: str = "quick", *, submitted: bool = True, **facts: Any) -> str:
        body = {"decision_type": decision_type, "title": "Conformance"} | facts
        made = self.caller.ok("POST", f"{self.town.path}/proposals", body)
        path = f"{self.town.path}/proposals/{made['id']}"
        if submitted:
            self.caller.ok("POST", f"{path}/submit")
        return path

    def passed(self, decision_type: str, **facts: Any) -> str:
        """Return a proposal that everybody was for, once its second of voting is over."""
        stock = self.stock[decision_type]
        if not stock:
            stock += [self.put_to_vote(decision_type, **facts) for _ in range(STOCK)]
        path = stock.pop()
        while self.caller.ok("GET", path)["state"] == "voting":
            let_a_second_pass()
        return path

    def put_to_vote(self, decision_type: str, **facts: Any) -> str:
        path = self.proposal(decision_type, **facts)
        opened = self.caller.ok("POST", f"{path}/open-vote")
        ballot = f"{self.town.path}/ballots/{opened['ballot_id']}"
        for voter in (*self.town.members, self.caller):
            voter.ok("PUT", f"{ballot}/votes/me", {"choice": "for"})
        return path

    def vetoed(self) -> str:
        path = self.passed("brief")
        self.town.owner.ok("POST", f"{path}/veto", {"ground": "unaffordable", "reason": "Too dear."})
        return path

    def sponsored(self) -> str:
        body = {"decision_type": "petition", "title": "Conformance"}
        made = self.town.members[0].ok("POST", f"{self.town.path}/proposals", body)
        path = f"{self.town.path}/proposals/{made['id']}"
        self.town.members[0].ok("POST", f"{path}/submit")
        return path

    def consenting(self) -> str:
        path = self.proposal(matters=[MATTER])
        self.caller.ok("POST", f"{path}/open-vote")
        return path

    def suggested(self) -> str:
        path = self.proposal()
        body = {"title": "Better", "body": "So.", "reason": "Because."}
        self.kept["suggestion"] = self.caller.ok("POST", f"{path}/suggestions", body)["id"]
        return path

    def owing(self) -> str:
        """Return an obligation that nobody has answered."""
        decided = self.passed("promised").rsplit("/", 1)[1]
        (found,) = self.caller.ok("GET", f"{self.town.path}/obligations?proposal_id={decided}")["items"]
        return found["id"]

    def delivered(self) -> str:
        """Return a promise for which the brand has shown evidence."""
        promise = {"title": "Made", "description": "All of it.", "due_at": "2031-01-01T00:00:00Z"}
        path = f"{self.town.path}/obligations/{self.owing()}/milestones"
        made = self.caller.ok("POST", path, promise)
        evidence = {"note": "It is there."}
        self.caller.ok("POST", f"{self.town.path}/milestones/{made['id']}/evidence", evidence)
        return made["id"]

    def proposal_for(self, operation: str) -> str:
        """Return a proposal with which the operation can be done."""
        added = {"op": "add_article", "article": {"id": "new", "title": "New", "body": "New."}, "after": None}
        ways: dict[str, Callable[[], str]] = {
            "update_proposal": lambda: self.proposal(submitted=False),
            "submit_proposal": lambda: self.proposal(submitted=False),
            "sponsor_proposal": self.sponsored,
            "unsponsor_proposal": self.sponsored,
            "record_proposal_precommitment": self.sponsored,
            "consent_to_proposal": self.consenting,
            "veto_proposal": lambda: self.passed("brief"),
            "call_override": self.vetoed,
            "rebase_proposal": lambda: self.passed("passing", operations=[added], matters=[MATTER]),
            "accept_suggestion": self.suggested,
            "refuse_suggestion": self.suggested,
            "withdraw_suggestion": self.suggested,
        }
        return self.fresh(operation, ways.get(operation, self.proposal))
