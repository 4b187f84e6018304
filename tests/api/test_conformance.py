"""schemathesis against the whole API in process: good and bad input for every operation finds nothing.

The identifiers in the requests are stand-ins. Before a request reaches the application each is replaced by one
that fits what is asked: a fresh draft for what needs a draft, an open ballot for a vote, and so on, so that
operations are reached behind their 404s, however many of those things earlier requests have used up.

``ALTHING_TEST_CONFORMANCE_EXAMPLES`` asks for more examples of each operation than the few that fit into every run.
"""

from __future__ import annotations

import os
import re
import uuid

import pytest
from openapi_spec_validator import validate

from tests.api.conformance.stand_ins import MATTER, STAND_INS
from tests.api.conformance.world import World
from tests.http.conformance import run

EXAMPLES = int(os.environ.get("ALTHING_TEST_CONFORMANCE_EXAMPLES", "4"))

#: What the paths of an area have in common; whatever is in none of these is in the first.
AREAS = {
    "access": None,
    "proposals": "/(proposals|charter|obligations|milestones|scorecard)",
    "ballots": "/(ballots|receipts|log)\\b",
    "workshop": "/(boards|ideas)",
    "holdings": "/(tokens|delegations|delegates)",
    "discussion": "/(comments|moderation|reports)",
}

#: What made-up credentials never open. Tests of their own do.
NEVER_DONE = {
    "sign_in",
    "refresh_session",
    "change_own_password",
    "cast_secret_vote",
    "erase_own_account",
    "erase_own_membership",
}


def paths_of(area: str) -> str:
    """Return the regular expression of the paths that are in an area and in none before it."""
    names = [name for name in AREAS if AREAS[name]]
    before = names if AREAS[area] is None else names[: names.index(area)]
    return "^" + "".join(f"(?!.*{AREAS[name]})" for name in before) + f".*{AREAS[area] or ''}"


def area_of(path: str) -> str:
    (area,) = [name for name in AREAS if re.search(paths_of(name), path)]
    return area


def test_the_document_is_valid_openapi(app):
    document = app.test_client().get("/openapi.json").get_json()
    assert document["openapi"].startswith("3.1.")
    validate(document)


@pytest.mark.parametrize("area", AREAS)
def test_schemathesis_finds_nothing(portal, units, area, request):
    if units.engine.dialect.name == "sqlite":
        # Votes end when it is moved; PostgreSQL's costs more than their seconds.
        request.getfixturevalue("clock")
    world = World(portal)
    # What the document forbids is refused before any database is asked.
    hostile = units.engine.dialect.name == "sqlite"
    operations = {
        name
        for name, each in portal.app.extensions["althing.api"].operations.items()
        if area == area_of(each.rule)
    }
    fixed = {
        "matter": MATTER,
        "number": "1",
        "position": "1",
        "level": "0",
        "place": "000.p/1",
        "fingerprint": "0" * 64,
    }
    statuses, findings = run(
        world,
        token="somebody",
        parameters=STAND_INS | fixed | {"subjects": "proposals"},
        examples=EXAMPLES if hostile else max(1, EXAMPLES // 4),
        paths=paths_of(area),
        hostile=hostile,
        stateful=False,  # tests/stateful walks at random beside a model
    )
    # A stand-in means something new after its thing was deleted; that deleted things are gone the audit walk shows.
    # Stand-ins take the place of every path parameter, bad ones included: hostile paths have tests of their own.
    findings = [
        line
        for line in findings
        if not line.startswith("use_after_free:")
        and not (line.startswith("negative_data_rejection:") and " in path - " in line)
    ]
    assert not findings, "\n".join(findings)
    assert not [status for status in statuses if status >= 500]
    done = {name for name, codes in world.seen.items() if any(code < 300 for code in codes)}
    assert not hostile or operations - done <= NEVER_DONE
    assert not hostile or {400, 401, 405, 415, 422} <= set(statuses)


def test_no_stand_in_is_an_identifier_that_could_exist():
    assert {uuid.UUID(text).version for text in STAND_INS.values()} == {7}
    assert {uuid.UUID(text).time for text in STAND_INS.values()} == {0}
