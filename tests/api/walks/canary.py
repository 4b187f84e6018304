"""The canary: it stands in every text that a person may write, and must be in nothing that is kept of them."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from app.http.fields import String
from tests.support.charters import standalone, with_types
from tests.support.portal import Person, Portal, Town

#: Stands in every text that a person may write; none of it may reach the audit log or a log line.
CANARY = "canary7f3a"

#: Texts that the service makes up, and those that must be of somebody who is there (known by other canaries).
NO_FREE_TEXT = {"Joining.invitation_code", "Refreshing.refresh_token", "SignIn.email", "SignIn.password"}


def person_of(portal: Portal) -> Person:
    return portal.person(f"{CANARY} Ada")


def canary_charter() -> dict[str, Any]:
    """Return the wide charter, with the canary among its ids."""
    polls = standalone("general", id=CANARY, title=f"{CANARY} polls")
    charter = with_types(polls)
    charter["decision_types"] = [each for each in charter["decision_types"] if each["id"] != "general"]
    matter = {"id": CANARY, "title": f"{CANARY} matter", "decided_by": "community"}
    ground = {"id": CANARY, "title": f"{CANARY} ground"}
    stop = {"grounds": [ground], "lapses_after": "P3D"}
    return charter | {"reserved_matters": [*charter["reserved_matters"], matter], "emergency_stop": stop}


def town_of(portal: Portal, members: int = 1) -> Town:
    return portal.town(
        members=members, name=f"{CANARY} town", description=f"{CANARY} words", charter=canary_charter()
    )


def texts_without_canary(schema: ma.Schema, body: Any) -> set[str]:
    missing = set()
    for attribute, one in schema.load_fields.items():
        name = one.data_key or attribute
        inner = one.inner if isinstance(one, ma.fields.List) else one
        values = body.get(name) if isinstance(one, ma.fields.List) else [body.get(name)]
        value = next(iter(values or []), None)
        if isinstance(inner, ma.fields.Nested):
            missing |= texts_without_canary(inner.schema, value) if isinstance(value, dict) else set()
        elif type(inner) is String or type(inner).__name__ == "Email":
            missing |= set() if CANARY in str(value) else {f"{type(schema).__name__}.{name}"}
    return missing
