"""A cursor fits the list it came from; one that was made up, changed or carried elsewhere fits none."""

from __future__ import annotations

import time
import uuid

import pytest

from tests.api.calls import assert_problem
from tests.support.portal import PASSWORD, Person, Portal, Town


def lists_of(town: Town) -> list[str]:
    places = ("members", "invitations", "ballots", "audit-entries")
    return ["/v1/communities", "/v1/sessions", *(f"{town.path}/{place}" for place in places)]


def reader_of(path: str, town: Town, auditor: Person) -> Person:
    return auditor if path.startswith(town.path) else town.owner


def filled_town(portal: Portal) -> tuple[Town, Person]:
    """Return a community of which every list has two pages at least, and its auditor."""
    town = portal.town(members=2)
    auditor = portal.join(town, "auditor")
    for _ in range(2):
        town.owner.ok("POST", f"{town.path}/invitations", {})
        portal.ballot(town, opened=False)
        slug = f"more-{uuid.uuid4().hex[:8]}"
        town.owner.ok("POST", "/v1/communities", {"slug": slug, "name": "More"})
        portal.visitor.ok("POST", "/v1/sessions", {"email": town.owner.email, "password": PASSWORD})
    return town, auditor


@pytest.mark.parametrize(
    ("cursor", "status"),
    [
        ("' OR 1=1 --", 422),
        ("1; DROP TABLE ballots", 422),
        ("1) UNION SELECT password_hash FROM accounts --", 422),
        ("pg_sleep(10)", 422),
        ("%00", 422),
        ("", 422),
        ("x" * 1025, 422),
        ("AAAA", 400),
        ("pg_sleep", 400),
        ("x" * 1024, 400),
        ("WyIxIl0", 400),
    ],
)
def test_a_made_up_cursor_is_refused_by_every_list(cursor, status, portal):
    town, auditor = portal.town(), None
    auditor = portal.join(town, "auditor")
    for path in lists_of(town):
        started = time.monotonic()
        answer = reader_of(path, town, auditor).call("GET", path, query_string={"cursor": cursor})
        assert_problem(answer, status)
        assert time.monotonic() - started < 5


def test_a_cursor_fits_the_list_it_came_from_and_no_other(portal):
    town, auditor = filled_town(portal)
    other, _ = filled_town(portal)
    cursors = {}
    for path in lists_of(town):
        page = reader_of(path, town, auditor).ok("GET", f"{path}?limit=1")
        cursors[path] = page["next_cursor"]
        assert cursors[path], path
    for path, cursor in cursors.items():
        reader = reader_of(path, town, auditor)
        assert reader.ok("GET", f"{path}?limit=1&cursor={cursor}")["items"]
        assert reader.ok("GET", f"{path}?limit=2&cursor={cursor}")["items"], "the limit is no filter"
        for elsewhere in lists_of(town):
            if elsewhere != path:
                answer = reader_of(elsewhere, town, auditor).call("GET", f"{elsewhere}?cursor={cursor}")
                assert_problem(answer, 400)
        if path.startswith(town.path):
            foreign = path.replace(town.id, other.id)
            assert_problem(other.owner.call("GET", f"{foreign}?cursor={cursor}"), 400, 403)
        # Somebody else's list at the same address is another list.
        assert_problem(town.members[0].call("GET", f"{path}?cursor={cursor}"), 400, 403)
        flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
        assert_problem(reader.call("GET", f"{path}?cursor={cursor[1:]}"), 400)
        assert_problem(reader.call("GET", f"{path}?cursor={flipped[:20]}X{flipped[21:]}"), 400)
