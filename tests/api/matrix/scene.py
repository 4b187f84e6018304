"""A community with one caller of each kind, and fresh things for them to act on."""

from __future__ import annotations

from typing import Any

from app.db.units import Units
from tests.api.matrix.table import CALLERS
from tests.support.charters import VETO, proposal, with_types
from tests.support.clock import let_a_second_pass
from tests.support.delegating import delegating
from tests.support.moderation import APPEALING, HIDING, REPORT
from tests.support.portal import PASSWORD, Person, Portal
from tests.support.workshop import phase

PRECOMMITMENT = {"undertaking": "We brew it.", "within": "P30D"}
VETOING = {"ground": "unaffordable", "reason": "Too dear."}


def matrix_charter() -> dict[str, Any]:
    """Return the wide charter with types whose votes are over in a second."""
    override = VETO["override"] | {"cooling": "PT0S"}
    amends = {"for": "amendment", "amends": ["articles"], "binding_level": "binding"}
    charter = with_types(
        proposal("brief", voting_period="PT1S", veto=VETO),
        proposal("passing", voting_period="PT1S", **amends),
        delegating("liquid"),
    )
    for each in charter["decision_types"]:
        if each.get("veto"):
            each["veto"] = VETO | {"override": override, "yearly_quota": 100}
        if each["id"] == "binding_vote":
            each["left_open"] = [*each["left_open"], "voting_period"]
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
        self.drained: str | None = None
        self.closed: str | None = None
        self.boards: dict[str, str] = {}
        self.debate: str | None = None
        self.pen: Person | None = None
        self.gavel: Person | None = None
        self.finger: Person | None = None
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
        return self.portal.ballot(self.town, vote_change=False, **facts)

    def voted_ballot(self) -> str:
        """Return an open ballot in which every caller who may has voted."""
        path = self.ballot()
        for voter in list(self.voters):
            answer = voter.call("PUT", f"{path}/votes/me", {"choice": ["mint"]})
            if answer.status_code == 401 and voter.email:  # an earlier request of theirs signed them out
                credentials = {"email": voter.email, "password": PASSWORD}
                signed_in = self.portal.visitor.call("POST", "/v1/sessions", credentials)
                if signed_in.status_code == 401:  # or erased them
                    self.voters.remove(voter)
                    continue
                voter.token = signed_in.get_json()["access_token"]
                voter.ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
            elif answer.status_code in {401, 403, 404}:  # they left, or never came in
                self.voters.remove(voter)
        return path

    def closed_ballot(self) -> str:
        """Return a ballot that was closed when its second of voting was over, the same each time."""
        if self.closed is None:
            self.closed = self.ballot(disclosure="named", voting_period="PT1S")
            self.voters[0].ok("PUT", f"{self.closed}/votes/me", {"choice": ["mint"]})
            self.wait_for(self.closed)
        return self.closed

    def wait_for(self, ballot: str) -> None:
        """Wait until a ballot's second of voting is over, and have it closed."""
        while self.town.owner.ok("GET", ballot)["state"] != "closed":
            let_a_second_pass()
        self.town.owner.ok("POST", f"{ballot}/close")

    def obligation(self) -> dict[str, Any]:
        """Return an obligation of which evidence was just given for the first promise."""
        owner = self.town.owner
        if self.owed is None:
            facts = {"decision_type": "binding_vote", "voting_period": "PT1S"}
            path = self.portal.ballot(self.town, opened=False, **facts)
            owner.ok("POST", f"{path}/precommitments", PRECOMMITMENT)
            owner.ok("POST", f"{path}/open")
            self.voters[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
            self.wait_for(path)
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
            let_a_second_pass()
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

    def liquid_ballot(self, **facts: Any) -> str:
        """Return an open ballot in which weight can be delegated."""
        options = draft()["options"]
        return self.portal.ballot(self.town, decision_type="liquid", options=options, **facts)

    def closed_liquid_ballot(self) -> str:
        """Return such a ballot once its second of voting is over, the same each time."""
        if self.drained is None:
            self.drained = self.liquid_ballot(voting_period="PT1S")
            self.wait_for(self.drained)
        return self.drained

    def board(self, **facts: Any) -> str:
        """Return the path of a board in whose only phase everything is allowed."""
        support = facts.pop("support", "endorsements")
        key = f"board {support}"
        if key not in self.boards:
            body = {"title": "Matrix", "phases": [phase(support=support)], "merge_wait": "PT0S"}
            self.boards[key] = self.town.owner.ok("POST", f"{self.town.path}/boards", body)["id"]
        return f"{self.town.path}/boards/{self.boards[key]}"

    def idea(
        self, author: Person | None = None, *, posted: bool = True, support: str = "endorsements"
    ) -> str:
        """Return an idea's path: the author's, where they may draft any, else the owner's."""
        drafter, path, body = author or self.town.owner, self.board(support=support), {"title": "Matrix"}
        made = drafter.call("POST", f"{path}/ideas", body)
        if made.status_code != 201:
            drafter, made = self.town.owner, self.town.owner.call("POST", f"{path}/ideas", body)
        path = f"{self.town.path}/ideas/{made.get_json()['id']}"
        if posted:
            drafter.ok("POST", f"{path}/post")
        return path

    def merge(self, author: Person | None = None, proposer: Person | None = None) -> str:
        """Return the path of a merge that waits for the author, proposed by whoever is named if they may."""
        steward = (
            self.callers["steward"] if author is not self.callers["steward"] else self.callers["brand_owner"]
        )
        path, body = self.idea(author), {"into": self.idea().rsplit("/", 1)[1], "reason": "So."}
        made = (proposer or steward).call("POST", f"{path}/merges", body)
        if made.status_code != 201:
            made = steward.call("POST", f"{path}/merges", body)
        return f"{path}/merges/{made.get_json()['id']}"

    def grouped(self) -> str:
        """Return the path of a board whose groups of opinion were computed once at least."""
        path = self.board()
        self.town.owner.ok("POST", f"{path}/consensus")
        return path

    def group(self, person: Person | None = None) -> str:
        """Return the path of a group: the person's, where they may make any, else the owner's."""
        path, body = f"{self.town.path}/groups", {"kind": "lab", "name": "Matrix"}
        made = (person or self.town.owner).call("POST", path, body)
        if made.status_code != 201:
            made = self.town.owner.call("POST", path, body)
        return f"{path}/{made.get_json()['id']}"

    def discussed(self) -> str:
        """Return a proposal under discussion, always the same."""
        if self.debate is None:
            self.debate = self.proposal()
        return self.debate

    def comment(self, author: Person | None = None) -> str:
        """Return a comment: the author's, where they may write any, else the owner's."""
        path = f"{self.discussed()}/comments"
        made = (author or self.town.owner).call("POST", path, {"body": "Matrix"})
        if made.status_code != 201:
            made = self.town.owner.call("POST", path, {"body": "Matrix"})
        return f"{self.town.path}/comments/{made.get_json()['id']}"

    def writer(self) -> Person:
        """Return a member who writes what others report, always the same."""
        if self.pen is None:
            self.pen = self.fresh("member")
        return self.pen

    def judge(self) -> Person:
        """Return a steward who hides what is reported, always the same."""
        if self.gavel is None:
            self.gavel = self.portal.join(self.town, "steward")
        return self.gavel

    def case(self, author: Person | None = None) -> str:
        """Return a case about a comment: the author's, where they may write any, else a writer's."""
        path = self.comment(author or self.writer())
        if self.finger is None:
            self.finger = self.fresh("member")
        made = self.finger.ok("POST", f"{path}/reports", REPORT)
        return f"{self.town.path}/moderation/cases/{made['case_id']}"

    def hidden(self, author: Person | None = None) -> str:
        """Return a case in which something was hidden."""
        case = self.case(author)
        self.judge().ok("POST", f"{case}/hide", HIDING)
        return case

    def appealed(self) -> str:
        """Return a case in which the writer appealed."""
        case = self.hidden()
        self.writer().ok("POST", f"{case}/appeal", APPEALING)
        return case

    def bystander(self, role: str = "steward") -> str:
        """Return the path of a member whom nobody else's request concerns."""
        person = self.portal.join(self.town, *({role} - {"member"}))
        return f"{self.town.path}/members/{person.memberships[self.town.id]}"
