"""What a walk is: one operation done rightly, the entry it writes, and the ways in which it is refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from tests.support.portal import Person, Portal, Town

INSTALLATION = str(uuid.UUID(int=0))

Subject = Callable[[Any], tuple[str, str]]


@dataclass
class Call:
    """A request and the answer it must get."""

    caller: Person
    method: str
    path: str
    body: Any = None
    if_match: str | None = None
    status: int = 0

    def send(self, **options: Any) -> TestResponse:
        if self.if_match is not None:
            options.setdefault("if_match", self.if_match)
        if key := options.pop("key", None):
            options["headers"] = {"Idempotency-Key": key} | options.get("headers", {})
        body = options.pop("body", self.body)
        caller = options.pop("caller", self.caller)
        return caller.call(self.method, options.pop("path", self.path), body, **options)


@dataclass
class Walk:
    """One operation done rightly, what its entry must say, and the ways in which it is refused.

    ``actor``, ``subject`` and ``log`` are told from the answer; ``commits_to`` is "content" for an erasable
    content beside the log, a function of the answer for a digest published elsewhere, None for nothing.
    """

    call: Call
    action: str
    subject: Subject
    actor: Callable[[Any], str | None]
    log: Callable[[Any], str] = lambda _answer: INSTALLATION
    role: str | None = None
    commits_to: Any = "content"
    forbidden: Person | None = None
    refused_before: list[Call] = field(default_factory=list)
    refused_after: list[Call] = field(default_factory=list)
    #: Actions of the entries that the same transaction writes before its own.
    beside: list[str] = field(default_factory=list)
    #: Calls that succeed afterwards and change nothing.
    repeats: list[Call] = field(default_factory=list)
    #: Whether the entry knows the request's id; not where that could say who sent it.
    traced: bool = True
    #: Puts a ballot or the like into the state that the right call needs, after the refusals.
    ready: Callable[[], Any] = lambda: None


#: The walk of each operation, by its id.
WALKS: dict[str, Callable[[Portal], Walk]] = {}


def walk_for(function: Callable[[Portal], Walk]) -> Callable[[Portal], Walk]:
    """Register the walk of the operation that the function is named after."""
    WALKS[function.__name__] = function
    return function


def answered(kind: str, member: str = "id") -> Subject:
    """Return the subject that the answer names."""
    return lambda answer: (kind, answer[member])


def known(kind: str, identifier: str) -> Subject:
    """Return the subject that was there before the call."""
    return lambda _answer: (kind, identifier)


def last_part(path: str) -> str:
    return path.rsplit("/", 1)[1]


def reference_of(person: Person) -> str:
    """Return the name under which the installation's log knows somebody."""
    return person.ok("GET", "/v1/accounts/me/export")["account"]["reference"]


def insider(town: Town, person: Person) -> str:
    """Return the name under which the community's log knows somebody."""
    return person.ok("GET", f"{town.path}/members/me")["reference"]


def walk_of_account(person: Person, call: Call, action: str, subject: Subject, **facts: Any) -> Walk:
    """Return a walk outside of communities, done by whoever's account it is: the caller or, as yet, a visitor."""
    reference = reference_of(person)
    return Walk(call, action, subject, lambda _answer: reference, **facts)


def walk_in(town: Town, call: Call, action: str, subject: Subject, **facts: Any) -> Walk:
    """Return a walk inside a community, whose caller is an insider before it and perhaps not after."""
    reference = insider(town, call.caller)
    return Walk(call, action, subject, lambda _answer: reference, lambda _answer: town.id, **facts)


def walk_of_owner(town: Town, call: Call, action: str, subject: Subject, **facts: Any) -> Walk:
    """Return a walk of a community's brand owner, who may do what a member may not."""
    return walk_in(town, call, action, subject, role="brand_owner", forbidden=town.members[0], **facts)
