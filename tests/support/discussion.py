"""A discussion: proposals that can be commented on, and comments on them."""

from __future__ import annotations

from typing import Any

from tests.support.portal import Person, Town


def discussed(town: Town, author: Person | None = None) -> str:
    """Return the path of a proposal under discussion."""
    raiser = author or town.owner
    body = {"decision_type": "quick", "title": "A pump", "body": "In the yard."}
    made = raiser.ok("POST", f"{town.path}/proposals", body)
    path = f"{town.path}/proposals/{made['id']}"
    raiser.ok("POST", f"{path}/submit")
    return path


def comment(town: Town, author: Person, on: str, body: str = "Well.", **facts: Any) -> str:
    """Comment on what stands at a path, and return the comment's."""
    made = author.ok("POST", f"{on}/comments", {"body": body} | facts)
    return f"{town.path}/comments/{made['id']}"


def reply(town: Town, author: Person, to: str, body: str = "Indeed.", **facts: Any) -> str:
    """Reply to the comment at a path, and return the reply's."""
    made = author.ok("POST", f"{to}/replies", {"body": body} | facts)
    return f"{town.path}/comments/{made['id']}"


def last_part(path: str) -> str:
    return path.rsplit("/", 1)[1]


def walked(person: Person, path: str, limit: int = 2) -> list[dict[str, Any]]:
    """Read every page of a list."""
    found: list[dict[str, Any]] = []
    mark = "&" if "?" in path else "?"
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else ""
        page = person.ok("GET", f"{path}{mark}limit={limit}{cursor}")
        found += page["items"]
    return found
