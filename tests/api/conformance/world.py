"""The application as schemathesis sees it: each stand-in gives way to what fits the request."""

from __future__ import annotations

import functools
import io
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.exceptions import HTTPException

from tests.api.conformance.debate import Debate
from tests.api.conformance.groups import Groups
from tests.api.conformance.stand_ins import EXAMPLE_MEMBERS, IN_BODIES, STAND_INS
from tests.api.conformance.workshop import Workshop
from tests.support.portal import Person
from tests.support.tokens import member


class World(Debate, Workshop, Groups):
    """The application, in which every stand-in is something real."""

    def ballot_for(self, operation: str) -> str:
        if operation in {"update_ballot", "delete_ballot", "open_ballot"}:
            return self.fresh(operation, lambda: self.portal.ballot(self.town, opened=False))
        if operation == "issue_credential":
            return self.fresh(operation, lambda: self.portal.ballot(self.town, secrecy="secret"))
        if operation == "close_ballot":
            return self.fresh(operation, self.full)
        if operation in {"get_own_weight", "download_delegations"}:
            return self.drained
        choices = (self.closed, self.open) if operation != "cast_vote" else (self.open,)
        self.turn += 1
        return choices[self.turn % len(choices)]

    def person_for(self, operation: str) -> Person:
        # Auditors alone read the log; who owns the brand does not attest.
        special = {
            "list_audit_entries": self.auditor,
            "get_log_entries": self.auditor,
            "get_ballot_bundle": self.auditor,
            "attest": self.town.members[0],
        }
        # Nobody judges who owns the brand, nor whoever hid it an appeal; and nobody reports their own.
        judging = dict.fromkeys(("dismiss_reports", "hide_content", "list_reports"), self.judges[0])
        judging |= dict.fromkeys(("get_moderation_case", "list_moderation_steps"), self.judges[0])
        judging |= dict.fromkeys(("uphold_hiding", "restore_content"), self.judges[1])
        special |= judging
        special |= {"report_content": self.town.members[0], "appeal_hiding": self.town.members[1]}
        if operation in special:
            return special[operation]
        if operation == "sign_out":
            return self.fresh(operation, self.session)[1]
        if operation == "join_community":
            return self.fresh(operation, self.portal.person)
        if operation in {"leave_community", "erase_own_membership"}:
            return self.fresh(operation, self.newcomer)
        if operation in {"update_own_account", "change_own_password", "erase_own_account"}:
            return self.fresh("account", self.portal.person)
        return self.caller

    def identifiers_for(self, operation: str, path: str) -> dict[str, str]:
        found = {STAND_INS["community_id"]: self.town.id, STAND_INS["tracker"]: self.tracker}
        if STAND_INS["ballot_id"] in path:
            found[STAND_INS["ballot_id"]] = self.ballot_for(operation).rsplit("/", 1)[1]
        if STAND_INS["proposal_id"] in path:
            found[STAND_INS["proposal_id"]] = self.proposal_for(operation).rsplit("/", 1)[1]
        if STAND_INS["suggestion_id"] in path:
            found[STAND_INS["suggestion_id"]] = self.kept["suggestion"]
        if STAND_INS["obligation_id"] in path:
            answering = operation in {"answer_obligation", "promise_milestone"}
            found[STAND_INS["obligation_id"]] = self.fresh(operation if answering else "owing", self.owing)
        if STAND_INS["milestone_id"] in path:
            acting = operation in {"give_evidence", "attest"}
            found[STAND_INS["milestone_id"]] = self.fresh(
                operation if acting else "delivered", self.delivered
            )
        found |= self.things_of_members_for(operation, path)
        found |= self.workshop_identifiers_for(operation, path)
        if STAND_INS["group_id"] in path:
            return found | self.group_identifiers_for(operation, path)
        if STAND_INS["membership_id"] in path:
            verified = operation == "unverify_member"
            somebody = functools.partial(self.newcomer, "steward")
            person = self.fresh(*((operation, self.verified) if verified else ("member", somebody)))
            found[STAND_INS["membership_id"]] = person.memberships[self.town.id]
        if STAND_INS["session_id"] in path:
            found[STAND_INS["session_id"]] = self.fresh("end_session", self.session)[0]
        if STAND_INS["invitation_id"] in path:
            made = self.fresh(
                "revoke_invitation",
                lambda: self.caller.ok("POST", f"{self.town.path}/invitations", {}),
            )
            found[STAND_INS["invitation_id"]] = made["id"]
        return found | self.discussed_for(operation, path)

    def things_of_members_for(self, operation: str, path: str) -> dict[str, str]:
        """Return token accounts and delegations."""
        found = {}
        if STAND_INS["account_id"] in path:
            unassigned = functools.partial(self.account, f"LOYAL-{uuid.uuid4().hex}", "nobody")
            assigning = operation == "assign_token_account"
            found[STAND_INS["account_id"]] = self.fresh(
                operation if assigning else "token account", unassigned
            )
        if STAND_INS["delegation_id"] in path:
            revoking = operation == "revoke_delegation"
            found[STAND_INS["delegation_id"]] = self.fresh(operation if revoking else "given", self.given)
        return found

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        operation = self.operation(method, path)
        for stand_in, real in self.identifiers_for(operation, path).items():
            path = path.replace(stand_in, real)
        environ["PATH_INFO"] = path
        self.name_members(environ)
        if operation in {"invite_author", "propose_merge"}:
            body = environ["wsgi.input"].read()
            if IN_BODIES.encode() in body:  # of one length, so that the length stays true
                body = body.replace(IN_BODIES.encode(), self.named_in_body(operation).encode())
            environ["wsgi.input"] = io.BytesIO(body)
        if environ.get("HTTP_IF_MATCH", "").startswith('"'):
            # A made-up tag is never the right one: until an operation has succeeded, and every second time
            # after, it stands for whatever version there is.
            self.turn += 1
            if self.turn % 2 or not any(code < 300 for code in self.seen[operation]):
                environ["HTTP_IF_MATCH"] = "*"
        if operation == "cast_secret_vote":  # whose answer to tokens is told in words, not by a schema
            environ.pop("HTTP_AUTHORIZATION", None)
        if environ.get("HTTP_AUTHORIZATION") == "Bearer somebody":
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self.person_for(operation).token}"

        def started(status: str, *rest: Any) -> Any:
            code = int(status[:3])
            self.seen[operation].add(code)
            if code < 300 and method != "GET":
                self.kept.pop("member" if operation in {"grant_role", "revoke_role"} else operation, None)
            return start_response(status, *rest)

        return self.app(environ, started)

    def name_members(self, environ: dict[str, Any]) -> None:
        """Put real members in the place of those of the examples; ids are of one length."""
        if environ.get("CONTENT_LENGTH") and b"tokens" in environ["PATH_INFO"].encode():
            body = environ["wsgi.input"].read()
            for example, person in zip(EXAMPLE_MEMBERS, self.town.members, strict=True):
                body = body.replace(example, member(self.town, person).encode())
            environ["wsgi.input"] = io.BytesIO(body)

    def operation(self, method: str, path: str) -> str:
        try:
            endpoint, _ = self.app.url_map.bind("").match(path, method)
        except HTTPException:
            return ""
        return endpoint.rpartition(".")[2]
