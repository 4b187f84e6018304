from __future__ import annotations

import pytest

from app.api.v1.ballots import examples
from app.domain.counting import METHODS


@pytest.mark.parametrize("method", METHODS)
def test_the_documented_draft_and_vote_of_every_method_work(portal, method):
    town = portal.town(members=1)
    ballot = town.owner.ok("POST", f"{town.path}/ballots", examples.drafts()[method])
    path = f"{town.path}/ballots/{ballot['id']}"
    town.owner.ok("POST", f"{path}/open")
    town.members[0].ok("PUT", f"{path}/votes/me", examples.votes()[method])


def test_the_document_shows_an_example_of_every_method(app):
    document = app.extensions["althing.api"].spec.to_dict()
    operations = {
        o["operationId"]: o for p in document["paths"].values() for o in p.values() if "operationId" in o
    }
    for name in ("create_ballot", "cast_vote"):
        media = operations[name]["requestBody"]["content"]["application/json"]
        assert set(media["examples"]) == set(METHODS)
