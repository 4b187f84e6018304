from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from app import create_app
from app.cli.demo.client import Answer, Client
from app.cli.demo.portal import Portal
from tests.support.settings import settings_for

DRAFT = {
    "kind": "general",
    "title": "Which flavour next?",
    "method": "irv",
    "options": [{"id": name, "title": name.title()} for name in ("mint", "lime", "yuzu")],
    "voting_period": "P1D",
    "early_close": True,
    "vote_change": False,
    "quorum": {"base": "participants", "ratio": "1/2"},
}
CHOICES = [["mint"], ["mint", "lime"], ["lime", "yuzu"], ["lime"], ["yuzu", "lime"], ["yuzu", "mint"]]

PROMISE = {"undertaking": "We brew it.", "within": "P120D", "budget": "30000 EUR", "refusal_grounds": []}


class InProcess(Client):
    """The portal's client, with an application in place of a server."""

    def __init__(self, app):
        super().__init__("", 0)
        self._app = app

    def _exchange(self, method, path, content, headers):
        answer = self._app.test_client().open(path, method=method, data=content, headers=dict(headers))
        return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers}, answer.get_data())


@dataclass
class Town:
    """A community, ready to vote."""

    portal: Portal
    owner: object
    auditor: object
    voters: list

    def ballot(self, promise=None, **changes):
        """Open a ballot; before a binding one, the brand says what will follow."""
        said = None if promise is None else (self.owner, promise)
        return self.portal.open_ballot(self.owner, DRAFT | changes, said)

    def cast(self, ballot, choices=CHOICES):
        """Have the voters cast these choices; return their receipts."""
        return [self.portal.cast(ballot, *vote) for vote in zip(self.voters, choices, strict=False)]

    def evidence(self, ballot, receipts):
        """Close the ballot and download everything as the auditor."""
        self.portal.close(ballot, self.owner)
        return self.portal.evidence(ballot, self.auditor, receipts)


@pytest.fixture(scope="session")
def town(templates, tmp_path_factory):
    """A community of six voters, an owner and an auditor, on SQLite."""
    app = create_app(settings_for(templates.database("sqlite", tmp_path_factory.mktemp("town"))))
    portal = Portal(InProcess(app))
    owner = portal.register("Maren")
    portal.found(owner, {"slug": "fizz", "name": "Fizz", "open_joining": True})
    auditor = portal.enrol("Benedikt", portal.invite(owner, "auditor", 1))
    voters = [portal.enrol(f"Voter {number}") for number in range(len(CHOICES))]
    yield Town(portal, owner, auditor, voters)
    app.extensions["althing.units"].dispose()


@pytest.fixture(scope="session")
def evidence(town):
    """The evidence of a ballot in which everyone voted."""
    ballot = town.ballot()
    return town.evidence(ballot, town.cast(ballot))


@pytest.fixture(scope="session")
def kept(town):
    """A binding vote, answered; one promise shown, confirmed and disputed. Its scorecards and the log after them."""
    portal, owner = town.portal, town.owner
    facts = {"kind": "product_vote", "title": "Which bottle?"}
    ballot = town.ballot(**facts, promise=PROMISE)
    town.cast(ballot)
    portal.close(ballot, owner)
    (owed,) = [one for one in portal.read_all(owner, "/obligations") if one["ballot_id"] == ballot.id]
    before = portal.read(town.auditor, "/scorecard")
    due = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).isoformat()
    answer = {
        "verdict": "accepted",
        "reason": "As you wish.",
        "milestones": [{"title": "Bottles", "due_at": due}],
    }
    portal.post_to(owner, f"/obligations/{owed['id']}", "/answers", answer)
    path = f"/milestones/{owed['milestones'][0]['id']}"
    portal.post(owner, f"{path}/evidence", {"note": "A photograph."})
    for voter, verdict in zip(town.voters, ["confirmed", "confirmed", "disputed", "confirmed"], strict=False):
        portal.put(voter, f"{path}/attestations/me", {"verdict": verdict})
    after = portal.read(town.auditor, "/scorecard")
    return [before, after], portal.read_all(town.auditor, "/audit-entries")
