"""The audit entry of a cast as text around what is filled in, so that a database can fill it in."""

from __future__ import annotations

import re
import uuid
from itertools import chain, zip_longest
from typing import cast

from app.policies.permissions import Actor, Role
from app.services.audit import Action, entry_body

_MARKS = ("<reference>", "<at>", "<digest>", "<event>", "<community>", "<ballot>", "<request>")


def _parts() -> tuple[str, ...]:
    """Cut up an entry written by the one function that writes entries.

    What is filled in needs no JSON escapes: it is hexadecimal, UUIDs, an instant, and a request id of
    letters, digits, hyphens and underscores.
    """
    reference, at, digest, event, community, ballot, request = _MARKS
    body = entry_body(
        Actor(request_id=request, reference=reference, role_used=Role.MEMBER),
        Action.BALLOT_CAST,
        ("ballot", ballot),
        log_id=cast("uuid.UUID", community),
        event_id=cast("uuid.UUID", event),
        at=at,
        committed=digest,
    ).decode()
    found = re.split("|".join(map(re.escape, _MARKS)), body)
    if re.findall("|".join(map(re.escape, _MARKS)), body) != list(_MARKS):
        raise AssertionError("the entry's members are not in the order in which they are filled in")
    return tuple(found)


#: The text before, between and after: reference, instant, digest, event, community, ballot, request id.
ENTRY_PARTS = _parts()


def entry_text(*values: object) -> str:
    """Fill in an entry: reference, instant, digest, event, community, ballot and request id, in this order."""
    return "".join(map(str, chain.from_iterable(zip_longest(ENTRY_PARTS, values, fillvalue=""))))
