"""One walk: the model, the community and its twin, and doing the same thing in all three."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from werkzeug.test import TestResponse

from tests.stateful import observed
from tests.stateful.calls import Caller
from tests.stateful.facts import ROLES, Ballot, Milestone, Obligation, Proposal, Refused, Suggestion, WouldDo
from tests.stateful.stage import BEGINNING, Community, Stage
from tests.stateful.town import Town

FORBIDDEN = {"forbidden", "not-on-roll", "not-the-author"}


def status_of(slug: str) -> int:
    """Return the status that a refusal comes with."""
    return 403 if slug in FORBIDDEN else 404 if slug == "not-found" else 409


class Walk:
    """What a machine's rules do things in."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        stage.clock.stop(BEGINNING)
        self.here, self.twin = stage.found(), stage.found()
        served = self.here.get("own", "/charter")
        self.town = Town(served["charter"], BEGINNING)
        self.town.accepted = {(who, 1) for who, roles in ROLES.items() if roles}
        self.past: list[tuple[dt.datetime, Any]] = []
        self.read = 1
        self._seen: object = None

    # --- doing ----------------------------------------------------------------------------------------

    def do(self, who: str, judge: Callable[[], Any], caller: Caller) -> Any:
        """Have somebody do something in the model, here and in the twin, and compare what comes of it.

        :return: what the model made of it; None where it was refused.
        """
        try:
            made, expected = judge(), frozenset[str]()
        except Refused as refused:
            made, expected = None, refused.slugs
        before = self.stage.trace(self.here)
        answer = self._call(self.here, who, caller, expected)
        after = self.stage.trace(self.here)
        assert (after != before) == (not expected and made is not False), (before, after, answer.text)
        again = self._call(self.twin, who, caller, expected)
        assert again.status_code == answer.status_code
        if not expected:
            self._name(made, self.here, answer)
            self._name(made, self.twin, again)
        return made

    def _call(self, place: Community, who: str, caller: Caller, expected: frozenset[str]) -> TestResponse:
        method, path, body, if_match = caller(place)
        options = {"if_match": "*"} if if_match else {}
        answer = place.call(who, method, path, body, **options)
        said = (who, method, path, body, answer.status_code, answer.text)
        if not expected:
            assert answer.status_code in (200, 201), said
        else:
            slug = answer.get_json()["type"].removeprefix("/problems/") if answer.status_code >= 400 else ""
            assert slug in expected, (expected, said)
            assert answer.status_code == status_of(slug), said
        return answer

    def _name(self, made: Any, place: Community, answer: TestResponse) -> None:
        """Remember what something new is called."""
        if isinstance(made, Proposal | Suggestion):
            self.name(place, made, answer.get_json()["id"])

    def name(self, place: Community, thing: Any, identifier: str) -> None:
        """Remember under which id a community knows something."""
        place.ids[id(thing)] = (thing, identifier)
        if place is self.here:
            thing.id = identifier

    def name_ballots(self, proposal: Proposal) -> None:
        """Look up the ballots that a proposal just got."""
        for place in (self.here, self.twin):
            shown = place.get(proposal.author, f"/proposals/{place.path_to(proposal)}")
            pairs = ((proposal.ballot, "ballot_id"), (proposal.override, "override_ballot_id"))
            for ballot, key in pairs:
                if isinstance(ballot, Ballot):
                    self.name(place, ballot, shown[key])

    def name_debts(self, place: Community) -> None:
        """Look up what is owed; in the twin only when somebody is to act on it."""
        by_proposal = {each["proposal_id"]: each for each in place.all("aud", "/obligations")}
        for owed in self.town.obligations:
            shown = by_proposal[place.path_to(owed.proposal)]
            self.name(place, owed, shown["id"])
            assert len(shown["milestones"]) == len(owed.milestones)
            for milestone, each in zip(owed.milestones, shown["milestones"], strict=True):
                self.name(place, milestone, each["id"])

    def act_on(self, thing: Obligation | Milestone) -> None:
        """Make sure that both communities can be asked about a debt."""
        if id(thing) not in self.twin.ids:
            self.name_debts(self.twin)

    def would(self, judge: Callable[[], Any]) -> frozenset[str] | None:
        """Return why something would be refused now; empty: it would be done; None: nothing would change."""
        self.town.dry = True
        try:
            judge()
        except WouldDo:
            return frozenset()
        except Refused as refused:
            return refused.slugs
        finally:
            self.town.dry = False
        return None

    # --- time -----------------------------------------------------------------------------------------

    def wait(self, by: dt.timedelta, reader: str) -> None:
        """Let time pass and have somebody look: here, not in the twin."""
        if by <= dt.timedelta(0):
            return
        if self.town.obligations:
            self.past.append((self.town.now, self.here.get("ann", "/scorecard")))
        moment = self.town.now + by
        self.stage.clock.stop(moment)
        self.town.settle(moment)
        if reader == "worker":
            self.stage.settle(self.here)
        else:
            self.here.people[reader].call("GET", f"{self.here.path}/charter")

    def wait_until(self, moment: dt.datetime | None, reader: str) -> None:
        """Let time pass up to an instant, if there is one ahead."""
        if moment is not None:
            self.wait(moment - self.town.now, reader)

    def look(self, reader: str) -> None:
        """Compare everything that somebody sees with the model, unless they saw just that before."""
        seeing = (reader, self.town.now, self.stage.trace(self.here))
        if seeing == self._seen:
            return
        observed.proposals(self, reader)
        if any(not each.id for owed in self.town.obligations for each in (owed, *owed.milestones)):
            self.name_debts(self.here)
        if self.town.obligations:
            observed.obligations(self, reader)
        observed.figures(self, reader)
        self._seen = (reader, self.town.now, self.stage.trace(self.here))
