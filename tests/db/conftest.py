from __future__ import annotations

import time

import pytest
from flask import Flask

from app import create_app
from tests.support.delegating import delegating_charter
from tests.support.portal import Portal, Town
from tests.support.secret_voter import registered
from tests.support.settings import settings_for
from tests.support.tokens import fill_ledger
from tests.support.workshop import Workshop


def delegate(portal: Portal, town: Town) -> None:
    """Have one delegate to the other, in force and replaced, and a ballot counted in which that weighs."""
    first, second = town.members[0], portal.join(town)
    options = [{"id": name, "title": name.title()} for name in ("mint", "lime")]
    body = {"scope": "community", "delegate_id": second.memberships[town.id]}
    for expires_at in (None, "2999-01-01T00:00:00Z"):
        first.ok("POST", f"{town.path}/delegations", body | {"expires_at": expires_at})
    first.ok("PUT", f"{town.path}/delegates/me", {"stance": "accepting"}, if_match="*")
    path = portal.ballot(town, decision_type="liquid", options=options, voting_period="PT1S")
    second.ok("PUT", f"{path}/votes/me", {"choice": "mint"})
    while town.owner.call("GET", f"{path}/result").status_code == 409:
        time.sleep(0.05)


def vote_apart(portal: Portal, town: Town) -> None:
    """Have a confidential ballot open and a secret one counted, each with votes."""
    confidential = portal.ballot(town, secrecy="confidential")
    secret = portal.ballot(town, secrecy="secret", method="plurality", vote_change=False, early_close=True)
    for voter in town.members:
        voter.ok("PUT", f"{confidential}/votes/me", {"choice": ["mint"]})
        registered(voter, secret).cast(portal.visitor, "mint")
    town.owner.ok("POST", f"{secret}/close")


@pytest.fixture(scope="session")
def live_in(towns):
    """Fills a database as people would: a draft, an open ballot with changed votes, a certified result."""
    made = []

    def fill(url: str) -> dict[str, str]:
        app = create_app(settings_for(url))
        made.append(app)
        return towns.found(app.extensions["althing.units"], {"filled": "as people would"}, lambda: live(app))

    yield fill
    for app in made:
        app.extensions["althing.units"].dispose()


def live(app: Flask) -> dict[str, str]:
    """Do a little of everything, and return the identifiers of the ballots."""
    portal = Portal(app)
    town = portal.town(members=2, charter=delegating_charter())
    first, second = town.members
    draft = portal.ballot(town, opened=False)
    opened = portal.ballot(town)
    for choice in ("mint", "lime"):
        first.ok("PUT", f"{opened}/votes/me", {"choice": [choice]})
    early = portal.ballot(town, vote_change=False, early_close=True)
    closed = portal.ballot(town, vote_change=False, early_close=True)
    for voter in (first, second):
        voter.ok("PUT", f"{closed}/votes/me", {"choice": ["yuzu"]})
    town.owner.ok("POST", f"{closed}/close")
    fill_ledger(town)
    vote_apart(portal, town)
    town.owner.ok("POST", f"{town.path}/invitations", {})
    delegate(portal, town)
    shop = Workshop(portal, town=town)
    idea, into = shop.idea(), shop.idea()
    shop.endorse(idea)
    shop.steward.ok("POST", f"{idea}/answers", {"state": "shortlisted", "reason": "It is good."})
    shop.merged(idea, into)
    promoted = {"top": 2, "to": "ballot", "decision_type": "product_vote"}
    shop.idea()
    shop.steward.ok("POST", f"{shop.board}/promotions", promoted)
    proposed = {"top": 1, "to": "proposal", "decision_type": "quick"}
    shop.steward.ok("POST", f"{shop.board}/promotions", proposed)
    second.ok("DELETE", f"{town.path}/members/me")
    names = {"draft": draft, "opened": opened, "opened_early": early, "closed": closed}
    return {name: path.rsplit("/", 1)[1] for name, path in names.items()}
