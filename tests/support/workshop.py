"""A community with a board on which members work: ideas brought to where a test needs them, by people's own calls."""

from __future__ import annotations

import itertools
from typing import Any

from tests.support.portal import Person, Portal, Town

WRITING = ["member", "steward", "brand_owner"]
LONG_AGO = "2020-01-01T00:00:00Z"

_numbers = itertools.count(1)


def phase(name: str = "collecting", starts_at: str = LONG_AGO, **rules: Any) -> dict[str, Any]:
    """Return a phase in which everything is allowed, supported by endorsements."""
    return {"phase": name, "starts_at": starts_at, "post": WRITING, "support": "endorsements"} | rules


class Workshop:
    """A town with members, a steward and a board of one phase that allows everything, unless told otherwise."""

    def __init__(self, portal: Portal, members: int = 3, town: Town | None = None, **facts: Any) -> None:
        self.portal = portal
        self.town = town or portal.town(members=members)
        self.members = self.town.members
        self.owner = self.town.owner
        self.steward: Person = portal.join(self.town, "steward")
        self.board = self.make_board(**facts)

    def make_board(self, **facts: Any) -> str:
        """Make a board and return its path."""
        body = {"title": "Bottles", "phases": [phase()]} | facts
        made = self.steward.ok("POST", f"{self.town.path}/boards", body)
        return f"{self.town.path}/boards/{made['id']}"

    def draft(self, author: Person | None = None, board: str | None = None, **facts: Any) -> str:
        """Draft an idea and return its path."""
        body = {"title": f"Idea {next(_numbers)}", "body": "Because."} | facts
        made = (author or self.members[0]).ok("POST", f"{board or self.board}/ideas", body)
        return f"{self.town.path}/ideas/{made['id']}"

    def idea(self, author: Person | None = None, board: str | None = None, **facts: Any) -> str:
        """Post an idea and return its path."""
        path = self.draft(author, board, **facts)
        (author or self.members[0]).ok("POST", f"{path}/post")
        return path

    def of(self, path: str, person: Person | None = None) -> dict[str, Any]:
        return (person or self.members[0]).ok("GET", path)

    def endorse(self, path: str, *people: Person) -> None:
        for person in people or self.members:
            person.ok("PUT", f"{path}/endorsements/me")

    def listed(
        self, person: Person | None = None, board: str | None = None, **query: Any
    ) -> list[dict[str, Any]]:
        """Walk through a board's list to its end, two ideas a page."""
        person, found, cursor = person or self.members[0], [], None
        while True:
            asked = {"limit": "2", **query} | ({} if cursor is None else {"cursor": cursor})
            answer = person.call("GET", f"{board or self.board}/ideas", query_string=asked)
            assert answer.status_code == 200, answer.text
            page = answer.get_json()
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def merged(self, source: str, target: str) -> dict[str, Any]:
        """Have an idea's author merge it into another."""
        author = next(
            p for p in self.people if p.memberships.get(self.town.id) == self.of(source)["author_id"]
        )
        return author.ok("POST", f"{source}/merges", {"into": identifier(target), "reason": "The same."})

    @property
    def people(self) -> list[Person]:
        return [*self.members, self.steward]


def identifier(path: str) -> str:
    """Return the last part of a path."""
    return path.rsplit("/", 1)[1]
