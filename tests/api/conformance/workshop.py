"""Boards, ideas and merges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.conformance.base import Base
from tests.api.conformance.stand_ins import STAND_INS
from tests.support.portal import UNKNOWN, Person
from tests.support.workshop import phase


class Workshop(Base):
    """Ideas with which something can be done."""

    def board_for(self, operation: str) -> str:
        """Return a board; one whose groups of opinion are known, for what reads them."""
        grouped = operation in {"get_consensus", "list_consensus_ideas"}
        return self.fresh("grouped" if grouped else "board", self.grouped if grouped else self.make_board)

    def make_board(self, **facts: Any) -> str:
        body = {"title": "Conformance", "phases": [phase()], "merge_wait": "PT0S"} | facts
        path = f"{self.town.path}/boards/{self.caller.ok('POST', f'{self.town.path}/boards', body)['id']}"
        if "phases" not in facts:
            self.idea(board=path)
        return path

    def grouped(self) -> str:
        path = self.make_board()
        self.caller.ok("POST", f"{path}/consensus")
        return path

    def idea(self, author: Person | None = None, *, posted: bool = True, board: str | None = None) -> str:
        author, board = author or self.caller, board or self.fresh("ideas", self.make_board)
        path = f"{self.town.path}/ideas/{author.ok('POST', f'{board}/ideas', {'title': 'Conformance'})['id']}"
        if posted:
            author.ok("POST", f"{path}/post")
        return path

    def dotted(self) -> str:
        return self.idea(board=self.fresh("dots", lambda: self.make_board(phases=[phase(support="dots")])))

    def invited(self) -> str:
        path = self.idea(self.town.members[0])
        body = {"membership_id": self.caller.memberships[self.town.id]}
        self.town.members[0].ok("POST", f"{path}/authors", body)
        return path

    def merging(self, operation: str) -> str:
        """Return an idea that is proposed to be merged into another, so that the operation can be done."""
        member, mine = self.town.members[0], operation in {"accept_merge", "refuse_merge"}
        path = self.idea(self.caller if mine else member)
        if operation == "opt_out_of_merge":
            self.caller.ok("PUT", f"{path}/endorsements/me")
        proposer = self.caller if operation in {"retract_merge", "decide_merge"} else member
        body = {"into": self.idea().rsplit("/", 1)[1], "reason": "So."}
        self.kept[f"merge for {operation}"] = proposer.ok("POST", f"{path}/merges", body)["id"]
        return path

    def idea_for(self, operation: str) -> str:
        """Return an idea with which the operation can be done."""
        ways: dict[str, Callable[[], str]] = {
            "delete_idea": lambda: self.idea(posted=False),
            "post_idea": lambda: self.idea(posted=False),
            "place_dots": self.dotted,
            "decide_authorship": self.invited,
        }
        if operation.endswith("_merge") and operation != "propose_merge":
            return self.fresh(operation, lambda: self.merging(operation))
        return self.fresh(operation, ways.get(operation, self.idea))

    def named_in_body(self, operation: str) -> str:
        """Return what the identifier in a body stands for."""
        if operation == "invite_author":
            return self.newcomer().memberships[self.town.id]
        return self.fresh("merged into", self.idea).rsplit("/", 1)[1]

    def workshop_identifiers_for(self, operation: str, path: str) -> dict[str, str]:
        """Return what stands for boards, ideas and merges."""
        found = {}
        if STAND_INS["board_id"] in path:
            found[STAND_INS["board_id"]] = self.board_for(operation).rsplit("/", 1)[1]
        if STAND_INS["idea_id"] in path:
            found[STAND_INS["idea_id"]] = self.idea_for(operation).rsplit("/", 1)[1]
        if STAND_INS["merge_id"] in path:
            found[STAND_INS["merge_id"]] = self.kept.get(f"merge for {operation}", UNKNOWN)
        return found
