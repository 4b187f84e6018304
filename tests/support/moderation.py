"""A community that moderates itself: members who write and report, stewards who decide."""

from __future__ import annotations

from typing import Any

from tests.support.discussion import comment, discussed, last_part
from tests.support.portal import Person, Portal, Town

REPORT = {"ground": "abuse", "note": "It says that Ben lies."}
DISMISSING = {"reason": "It does not.", "text_number": 1}
HIDING = {"ground": "abuse", "reason": "It does, and Ben is a member.", "text_number": 1}
APPEALING = {"reason": "He had said so himself."}
JUDGING = {"reason": "So he had."}


class Court:
    """A town with a proposal under discussion, an author, two reporters, two stewards and an auditor."""

    def __init__(self, portal: Portal, **facts: Any) -> None:
        self.portal = portal
        self.town: Town = portal.town(members=3, **facts)
        self.owner = self.town.owner
        self.author, self.reporter, self.other = self.town.members
        self.steward, self.second = (portal.join(self.town, "steward") for _ in range(2))
        self.auditor = portal.join(self.town, "auditor")
        self.debate = discussed(self.town)

    @property
    def readers(self) -> list[Person]:
        """Return everybody but the author and those who read what is hidden."""
        return [self.reporter, self.other, self.owner]

    def commented(self, body: str = "Ben lies.", **facts: Any) -> str:
        return comment(self.town, self.author, self.debate, body, **facts)

    def reported(self, on: str = "", reporter: Person | None = None, **facts: Any) -> str:
        """Report a comment, a new one unless told which, and return the path of the case."""
        on = on or self.commented()
        made = (reporter or self.reporter).ok("POST", f"{on}/reports", REPORT | facts)
        return f"{self.town.path}/moderation/cases/{made['case_id']}"

    def hidden(self, on: str = "", steward: Person | None = None, **facts: Any) -> str:
        """Have something hidden, and return the path of the case."""
        case = self.reported(on)
        (steward or self.steward).ok("POST", f"{case}/hide", HIDING | facts)
        return case

    def appealed(self, on: str = "") -> str:
        """Have the author appeal against the hiding of something, and return the path of the case."""
        case = self.hidden(on)
        self.author.ok("POST", f"{case}/appeal", APPEALING)
        return case

    def subject(self, case: str) -> str:
        """Return the path of what a case is about."""
        found = self.auditor.ok("GET", case)
        return f"{self.town.path}/{found['subject_type']}s/{found['subject_id']}"

    def decided(self, case: str, action: str) -> dict[str, Any]:
        """Let the second steward decide an appeal."""
        return self.second.ok("POST", f"{case}/{action}", JUDGING)


def case_of(report: dict[str, Any], town: Town) -> str:
    return f"{town.path}/moderation/cases/{report['case_id']}"


__all__ = ["APPEALING", "DISMISSING", "HIDING", "JUDGING", "REPORT", "Court", "case_of", "last_part"]
