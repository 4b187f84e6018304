from __future__ import annotations

import pytest

from app import create_app
from tests.support.portal import Portal
from tests.support.settings import settings_for


@pytest.fixture(scope="session")
def live_in():
    """Fills a database as people would: a draft, an open ballot with changed votes, a certified result."""
    made = []

    def fill(url: str) -> dict[str, str]:
        app = create_app(settings_for(url))
        made.append(app)
        portal = Portal(app)
        town = portal.town(members=2)
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
        holding = f"{town.path}/members/{first.memberships[town.id]}/holding"
        town.owner.ok("PUT", holding, {"amount": 3}, if_match="*")
        town.owner.ok("POST", f"{town.path}/invitations", {})
        second.ok("DELETE", f"{town.path}/members/me")
        names = {"draft": draft, "opened": opened, "opened_early": early, "closed": closed}
        return {name: path.rsplit("/", 1)[1] for name, path in names.items()}

    yield fill
    for app in made:
        app.extensions["althing.units"].dispose()
