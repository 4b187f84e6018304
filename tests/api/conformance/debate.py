"""What people say, report, hide and appeal."""

from __future__ import annotations

from tests.api.conformance.decisions import Decisions
from tests.api.conformance.stand_ins import STAND_INS
from tests.support.moderation import APPEALING, HIDING, REPORT


class Debate(Decisions):
    """Comments on proposals under discussion, and cases about them."""

    def commented(self) -> str:
        """Return a comment on a proposal under discussion."""
        path = self.fresh("discussed", self.proposal)
        return self.caller.ok("POST", f"{path}/comments", {"body": "Conformance"})["id"]

    def reported(self) -> str:
        """Return a case about a comment by the second member, whom the first one reported."""
        writer, reporter = self.town.members[1], self.town.members[0]
        path = self.fresh("discussed", self.proposal)
        said = writer.ok("POST", f"{path}/comments", {"body": "Conformance"})["id"]
        return reporter.ok("POST", f"{self.town.path}/comments/{said}/reports", REPORT)["case_id"]

    def hidden(self) -> str:
        case = self.reported()
        self.judges[0].ok("POST", f"{self.town.path}/moderation/cases/{case}/hide", HIDING)
        return case

    def appealed(self) -> str:
        case = self.hidden()
        self.town.members[1].ok("POST", f"{self.town.path}/moderation/cases/{case}/appeal", APPEALING)
        return case

    def discussed_for(self, operation: str, path: str) -> dict[str, str]:
        found = {}
        if STAND_INS["subject_id"] in path:
            name = operation if operation == "report_content" else "discussed"
            found[STAND_INS["subject_id"]] = self.fresh(name, self.proposal).rsplit("/", 1)[1]
        if STAND_INS["comment_id"] in path:
            acting = operation in {"edit_comment", "withdraw_comment"}
            found[STAND_INS["comment_id"]] = self.fresh(operation if acting else "commented", self.commented)
        if STAND_INS["case_id"] in path:
            ways = {
                "dismiss_reports": self.reported,
                "hide_content": self.reported,
                "appeal_hiding": self.hidden,
                "uphold_hiding": self.appealed,
                "restore_content": self.appealed,
            }
            name = operation if operation in ways else "appealed"
            found[STAND_INS["case_id"]] = self.fresh(name, ways.get(operation, self.appealed))
        return found
