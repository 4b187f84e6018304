"""What a member portal does for its members: every step of the demonstration is one of these calls."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

from app.cli.demo.client import ApiError, Client, crowd
from app.cli.demo.recount import Download, Evidence, Receipt
from app.domain import counting

T = TypeVar("T")
R = TypeVar("R")

#: Everyone in the scratch community has the same password; it dies with them.
_PASSWORD = secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; ``membership`` is theirs in the community, once they have joined."""

    name: str
    token: str
    membership: str = ""


@dataclass(frozen=True, slots=True)
class Ballot:
    """An open ballot: where it lies, and its question as voters see it."""

    path: str
    id: str
    question: counting.Question
    names: Mapping[str, str]
    closes_at: str


class Portal:
    """The calls, on one server and, once it is founded, in one community."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.community = ""

    def register(self, name: str) -> Person:
        """Open an account for somebody, and sign them in."""
        email = f"{uuid.uuid4().hex}@example.org"
        body = {"email": email, "password": _PASSWORD, "display_name": name}
        made = self.client.call("POST", "/v1/accounts", body).json()
        return Person(name, made["access_token"])

    def register_all(self, names: Sequence[str], progress: Callable[[int], None]) -> list[Person]:
        """Open accounts for many, a few at a time."""
        return crowd(self.client, self.register, names, progress)

    def template(self, name: str) -> Any:
        """Read one of the charters that the service ships; anyone may."""
        return self.client.call("GET", f"/v1/charter-templates/{name}").json()

    def found(self, owner: Person, facts: Mapping[str, Any]) -> None:
        """Found the community."""
        made = self.client.call("POST", "/v1/communities", dict(facts), token=owner.token).json()
        self.community = f"/v1/communities/{made['id']}"

    def read(self, reader: Person, path: str) -> Any:
        """Read something of the community.

        :param path: below the community's own.
        """
        return self.client.call("GET", f"{self.community}{path}", token=reader.token).json()

    def search(self, reader: Person, path: str, query: str) -> list[Any]:
        """Search a list of the community; return what is on its first page."""
        place = f"{self.community}{path}?{urlencode({'q': query})}"
        items: list[Any] = self.client.call("GET", place, token=reader.token).json()["items"]
        return items

    def read_all(self, reader: Person, path: str) -> list[Any]:
        """Read a list of the community, page by page."""
        return list(self.client.pages(f"{self.community}{path}", token=reader.token))

    def post(self, person: Person, path: str, body: Any = None) -> Any:
        """Make or move something in the community."""
        return self.client.call("POST", f"{self.community}{path}", body, token=person.token).json()

    def change(self, person: Person, path: str, changes: Mapping[str, Any]) -> Any:
        """Change a document, as it stands now."""
        tag = self.etag(person, path)
        place = f"{self.community}{path}"
        return self.client.call("PATCH", place, dict(changes), token=person.token, if_match=tag).json()

    def put(self, person: Person, path: str, body: Any = None) -> Any:
        """Say something of one's own: a vote, a support, an acceptance."""
        return self.client.call("PUT", f"{self.community}{path}", body, token=person.token).json()

    def etag(self, reader: Person, path: str) -> str:
        """Read something, and return the entity tag by which a call can say that this is what it is based on."""
        return self.client.call("GET", f"{self.community}{path}", token=reader.token).headers["etag"]

    def post_to(self, person: Person, path: str, below: str, body: Any) -> Any:
        """Add something to what stands now; read it again where it has just changed, as what falls due does."""
        place = f"{self.community}{path}{below}"
        try:
            tag = self.etag(person, path)
            return self.client.call("POST", place, body, token=person.token, if_match=tag).json()
        except ApiError as error:
            if error.status != HTTPStatus.PRECONDITION_FAILED:
                raise
        tag = self.etag(person, path)
        return self.client.call("POST", place, body, token=person.token, if_match=tag).json()

    def invite(self, inviter: Person, role: str, max_uses: int) -> str:
        """Make an invitation and return its code."""
        body = {"role": role, "max_uses": max_uses, "expires_in": "P1D"}
        made = self.client.call("POST", f"{self.community}/invitations", body, token=inviter.token)
        code: str = made.json()["code"]
        return code

    def enrol(self, name: str, code: str | None = None) -> Person:
        """Register somebody and have them join, with an invitation's code or without."""
        return self.join(self.register(name), code)

    def join(self, person: Person, code: str | None = None, charter_version: int | None = None) -> Person:
        """Have somebody join, who accepts the charter by that: the version they were shown, where one is named."""
        body: dict[str, Any] = {} if code is None else {"invitation_code": code}
        if charter_version is not None:
            body["charter_version"] = charter_version
        made = self.client.call("POST", f"{self.community}/members", body, token=person.token).json()
        return Person(person.name, person.token, made["id"])

    def join_all(
        self, people: Sequence[Person], code: str, charter_version: int, progress: Callable[[int], None]
    ) -> list[Person]:
        """Have many join, a few at a time."""
        return crowd(self.client, lambda person: self.join(person, code, charter_version), people, progress)

    def enrol_all(
        self, names: Sequence[str], code: str | None, progress: Callable[[int], None]
    ) -> list[Person]:
        """Enrol many, a few at a time."""
        return crowd(self.client, lambda name: self.enrol(name, code), names, progress)

    def grant(self, granter: Person, person: Person, role: str) -> None:
        """Give a member a role."""
        path = f"{self.community}/members/{person.membership}/roles"
        self.client.call("POST", path, {"role": role}, token=granter.token)

    def open_ballot(
        self,
        steward: Person,
        draft: Mapping[str, Any],
        promise: tuple[Person, Mapping[str, Any]] | None = None,
    ) -> Ballot:
        """Draft a ballot and open it; before that, the brand says what will follow, where ``promise`` is given."""
        path = self.draft_ballot(steward, draft)
        if promise is not None:
            brand, undertaking = promise
            self.client.call("POST", f"{path}/precommitments", dict(undertaking), token=brand.token)
        self.client.call("POST", f"{path}/open", token=steward.token)
        return self.ballot(steward, path.rpartition("/")[2])

    def draft_ballot(self, steward: Person, draft: Mapping[str, Any]) -> str:
        """Draft a ballot and return its path."""
        made = self.client.call("POST", f"{self.community}/ballots", dict(draft), token=steward.token).json()
        return f"{self.community}/ballots/{made['id']}"

    def ballot(self, reader: Person, ballot_id: str) -> Ballot:
        """Read an open ballot, as its voters see it."""
        path = f"{self.community}/ballots/{ballot_id}"
        opened = self.client.call("GET", path, token=reader.token).json()
        return Ballot(
            path=path,
            id=opened["id"],
            question=counting.Question(
                method=opened["method"],
                options=tuple(option["id"] for option in opened["options"]),
                seats=opened["seats"],
                settings=opened["settings"],
            ),
            names={option["id"]: option["title"] for option in opened["options"]},
            closes_at=opened["closes_at"],
        )

    def cast(self, ballot: Ballot, voter: Person, choice: Any) -> Receipt:
        """Cast somebody's vote and return what they keep: the receipt, and what they know they chose."""
        body = {"choice": choice}
        made = self.client.call("PUT", f"{ballot.path}/votes/me", body, token=voter.token).json()
        own = counting.canonical(ballot.question, choice)
        return Receipt(made["tracker"], made["digest"], made["leaf_hash"], own)

    def each(self, work: Callable[[T], R], items: Sequence[T], progress: Callable[[int], None]) -> list[R]:
        """Do the same for many, a few at a time; the results are in their order."""
        return crowd(self.client, work, items, progress)

    def cast_all(
        self, ballot: Ballot, votes: Sequence[tuple[Person, Any]], progress: Callable[[int], None]
    ) -> list[Receipt]:
        """Cast many votes, a few at a time, each by its voter."""
        return crowd(self.client, lambda vote: self.cast(ballot, *vote), votes, progress)

    def refused(
        self, method: str, path: str, body: Any, person: Person, if_match: str | None = None
    ) -> ApiError | None:
        """Make a call that ought to be refused, and return the refusal; None if it was not."""
        try:
            self.client.call(method, path, body, token=person.token, if_match=if_match)
        except ApiError as error:
            return error
        return None

    def manifest(self, ballot: Ballot, reader: Person) -> bytes:
        """Download a ballot's manifest: the exact bytes that were published at opening."""
        return self.client.call("GET", f"{ballot.path}/manifest", token=reader.token).body

    def recorded(self, receipt: Receipt) -> bool:
        """Look a receipt up, as anyone may."""
        answer = self.client.get(f"/v1/receipts/{receipt.tracker}")
        return answer.status == HTTPStatus.OK and answer.json()["digest"] == receipt.digest

    def close(self, ballot: Ballot, closer: Person) -> None:
        """Close a ballot before its time, because everyone has voted."""
        self.client.call("POST", f"{ballot.path}/close", token=closer.token)

    def result(self, ballot: Ballot, reader: Person) -> Any:
        """Read the certified result; None while voting runs."""
        answer = self.client.get(f"{ballot.path}/result", token=reader.token)
        if answer.status == HTTPStatus.CONFLICT:
            return None
        if answer.status != HTTPStatus.OK:
            raise ApiError(f"GET {ballot.path}/result", answer)
        return answer.json()

    def evidence(self, ballot: Ballot, auditor: Person, receipts: Sequence[Receipt]) -> Evidence:
        """Download everything a recount starts from, as the auditor."""

        def read(path: str) -> Any:
            return self.client.call("GET", path, token=auditor.token)

        shown = read(ballot.path).json()
        delegable = shown["delegation"] is not None
        return Evidence(
            ballot=shown,
            manifest=read(f"{ballot.path}/manifest").body,
            charter=read(f"{self.community}/charter/versions/{shown['charter_version']}").json(),
            result=read(f"{ballot.path}/result").json(),
            log_csv=_download(read(f"{ballot.path}/log?format=csv")),
            log_json_lines=_download(read(f"{ballot.path}/log?format=jsonl")),
            roll=_download(read(f"{ballot.path}/roll")),
            receipts=receipts,
            delegations=_download(read(f"{ballot.path}/delegations")) if delegable else None,
            audit_entries=list(self.client.pages(f"{self.community}/audit-entries", token=auditor.token)),
        )


def _download(answer: Any) -> Download:
    return Download(answer.body, answer.headers.get("repr-digest", ""))
