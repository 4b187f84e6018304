"""Ballots that a proposal leads to are made and opened in one step, under rules fixed by the charter."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid

import pytest
import sqlalchemy as sa

from app.domain.errors import Refusal
from app.models.ballots import Ballot
from app.models.proposals import Proposal
from app.policies.permissions import Actor, Permission
from app.services import access
from app.services.ballots import closing
from app.services.ballots.for_proposals import check_vote, open_for_proposal
from app.services.ballots.freezing import charter_to_open_under
from app.services.charters.versions import in_force
from tests.support import journal

STATUS_QUO = {"id": "status_quo", "title": "As it is", "description": ""}
MINT, LIME = ({"id": name, "title": name.title(), "description": ""} for name in ("mint", "lime"))
PRECOMMITMENT = {
    "number": 1,
    "undertaking": "It is done.",
    "within": "P30D",
    "budget": None,
    "refusal_grounds": [],
    "recorded_at": "2026-01-01T00:00:00.000Z",
}


class Floor:
    """A community in which ballots are opened for a proposal that is somewhere else."""

    def __init__(self, portal, members=3):
        self.portal = portal
        self.units = portal.app.extensions["althing.units"]
        self.town = portal.town(members=members)
        self.proposal = uuid.uuid4()

    def actor(self, session):
        owner = self.town.owner
        identity = self.portal.app.extensions["althing.identity"].tokens.verify(owner.token)
        actor = Actor("a-request", identity.account_id, identity.session_id)
        return access.enter(session, actor, uuid.UUID(self.town.id), Permission.PROPOSAL_OPEN_VOTE)

    def open(self, type_id, **facts):
        with self.units.write() as session:
            actor = self.actor(session)
            charter, number, digest = charter_to_open_under(session, actor.community_id)
            rule = charter.decision_type(type_id)
            if facts.pop("over_the_veto", False):
                facts |= {"kind": "override", "override": rule.veto.override}
            made = open_for_proposal(
                session,
                actor,
                **{
                    "community_id": actor.community_id,
                    "proposal_id": self.proposal,
                    "group_id": None,
                    "kind": "proposal",
                    "title": "Do it?",
                    "description": "Really.",
                    "options": None,
                    "decision_type": rule,
                    "charter_number": number,
                    "charter_digest": digest,
                    "matters": ["trade_marks"],
                    "precommitment": PRECOMMITMENT,
                }
                | facts,
            )
            self.path = f"{self.town.path}/ballots/{made.id}"
        return self.town.owner.ok("GET", self.path)

    def manifest(self):
        return json.loads(self.town.members[0].call("GET", f"{self.path}/manifest").data)

    def rule(self, type_id):
        with self.units.read() as session:
            return in_force(session, uuid.UUID(self.town.id))[1].decision_type(type_id)


@pytest.fixture
def floor(portal):
    return Floor(portal)


def test_it_opens_at_once_with_everything_that_the_charter_says(floor):
    before = len(journal.entries(floor.units))
    shown = floor.open("petition")
    (entry,) = journal.entries(floor.units)[before:]
    assert entry.said["action"] == "ballot.opened"
    assert entry.content["manifest_hash"] == shown["manifest_hash"]
    manifest = floor.manifest()
    assert (shown["state"], shown["kind"], shown["decision_type"]) == ("open", "proposal", "petition")
    assert shown["proposal_id"] == manifest["proposal"] == str(floor.proposal)
    assert (shown["binding_level"], shown["answer_within"]) == ("must_answer", "P7D")
    assert shown["late_quorum_extension"] == "PT10M"
    assert manifest["precommitment"] == shown["precommitment"] == PRECOMMITMENT
    assert (manifest["matters"], manifest["charter"]["version"]) == (["trade_marks"], 1)
    assert manifest["rules"] == floor.rule("petition").to_json()
    assert shown["roll_size"] == 3
    opens_at, closes_at = (dt.datetime.fromisoformat(shown[name]) for name in ("opens_at", "closes_at"))
    assert closes_at - opens_at == dt.timedelta(hours=1)
    floor.town.members[0].ok("PUT", f"{floor.path}/votes/me", {"choice": "for"})


def test_the_ballots_api_neither_changes_nor_deletes_it(floor):
    floor.open("quick")
    owner = floor.town.owner
    tag = owner.call("GET", floor.path).headers["ETag"]
    owner.refused(409, "ballot-not-draft", "PATCH", floor.path, {"title": "Another"}, if_match=tag)
    owner.refused(409, "ballot-not-draft", "DELETE", floor.path, if_match=tag)
    owner.refused(409, "ballot-not-draft", "POST", f"{floor.path}/open")


@pytest.mark.parametrize(
    ("options", "kept"), [([MINT, STATUS_QUO, LIME], "status_quo"), ([MINT, LIME], None)]
)
def test_a_choice_keeps_the_status_quo_where_it_is_among_the_options(floor, options, kept):
    shown = floor.open("choice", options=options)
    assert [option["id"] for option in shown["options"]] == [option["id"] for option in options]
    assert floor.manifest()["method"]["settings"].get("status_quo") == kept


def test_the_status_quo_stays_where_nothing_beats_it(floor, clock):
    floor.open("choice", options=[MINT, STATUS_QUO, LIME])
    for member in floor.town.members:
        member.ok("PUT", f"{floor.path}/votes/me", {"choice": ["status_quo", "mint", "lime"]})
    clock.advance(dt.timedelta(hours=2))
    assert floor.town.owner.ok("GET", f"{floor.path}/result")["winners"] == ["status_quo"]


def test_an_override_is_for_or_against_under_its_own_rule(floor):
    opens_at = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(minutes=30)
    shown = floor.open("joint_decision", over_the_veto=True, opens_at=opens_at, precommitment=None)
    assert (shown["kind"], shown["method"], shown["state"]) == ("override", "yes_no", "scheduled")
    assert shown["threshold"] == {"ratio": "3/4", "strict": False, "of": "for_plus_against"}
    assert shown["quorum"] == {"base": "participants", "ratio": "1/4"}
    assert dt.datetime.fromisoformat(shown["opens_at"]) == opens_at
    assert dt.datetime.fromisoformat(shown["closes_at"]) == opens_at + dt.timedelta(hours=1)
    assert shown["late_quorum_extension"] is None


def test_the_rules_of_an_override_come_with_an_override_alone(floor):
    with pytest.raises(ValueError, match="override"):
        floor.open("quick", kind="override")


@pytest.mark.parametrize(
    ("type_id", "options"), [("quick", [MINT, LIME]), ("choice", None), ("choice", [MINT, MINT])]
)
def test_options_that_make_no_question_are_refused_before_and_at_the_opening(floor, type_id, options):
    with pytest.raises(Refusal) as refused:
        check_vote(floor.rule(type_id), options)
    assert refused.value.problem.slug == "invalid-question"
    with pytest.raises(Refusal) as refused:
        floor.open(type_id, options=options)
    assert refused.value.problem.slug == "invalid-question"


def test_what_can_be_voted_on_is_not_refused(floor):
    check_vote(floor.rule("quick"), None)
    check_vote(floor.rule("choice"), [MINT, LIME])


def test_a_ballot_that_has_not_closed_has_no_result_yet(floor, clock):
    shown = floor.open("quick")
    ballot_id = uuid.UUID(shown["id"])

    def certified():
        with floor.units.write() as session:
            actor = dataclasses.replace(floor.actor(session), reference=None)
            found = closing.certified(session, actor, ballot_id)
            return None if found is None else found.digest

    assert certified() is None
    clock.advance(dt.timedelta(hours=2))
    first = certified()
    assert first is not None
    assert certified() == first


@pytest.mark.parametrize("moved_by", ["a late quorum", "a suspension", "its end"])
def test_the_proposal_s_next_step_follows_the_close(floor, clock, moved_by):
    town = floor.town
    facts = {"title": "Brew it again", "body": "Please.", "decision_type": "petition"}
    with floor.units.write() as session:
        actor = floor.actor(session)
        now = dt.datetime.now(dt.UTC)
        session.add(
            Proposal(
                id=floor.proposal,
                community_id=actor.community_id,
                author_id=actor.membership_id,
                state="voting",
                state_since=now,
                created_at=now,
                matters=[],
                **facts,
            )
        )
    shown = floor.open("petition")
    closes_at = dt.datetime.fromisoformat(shown["closes_at"])
    with floor.units.write() as session:
        session.execute(
            sa.update(Proposal)
            .where(Proposal.id == floor.proposal)
            .values(ballot_id=uuid.UUID(shown["id"]), due_at=closes_at)
        )
    if moved_by == "a late quorum":
        clock.stop(closes_at - dt.timedelta(minutes=1))
        town.members[0].ok("PUT", f"{floor.path}/votes/me", {"choice": "for"})
    else:
        town.owner.ok("POST", f"{floor.path}/suspend", {"ground": "defect", "reason": "A wrong word."})
        if moved_by == "its end":
            clock.advance(dt.timedelta(hours=1))
            town.owner.ok("POST", f"{floor.path}/resume")
    with floor.units.read() as session:
        ballot = session.get_one(Ballot, uuid.UUID(shown["id"]))
        proposal = session.get_one(Proposal, floor.proposal)
        assert proposal.due_at == ballot.closes_at
        assert ballot.closes_at > closes_at
