"""Standalone ballots are held under a decision type of the charter in force."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.db.clock import database_now
from app.domain.charter.reading import read_charter
from app.models.communities import Community
from app.services.charters.versions import enter_into_force
from tests.support.charters import standalone, wide_charter, with_types
from tests.support.races import waits

FLAVOURS = [{"id": o, "title": o.title()} for o in ("mint", "lime", "yuzu")]
PRECOMMITMENT = {"undertaking": "The winner is brewed.", "within": "P30D", "refusal_grounds": []}


def units(portal):
    return portal.app.extensions["althing.units"]


def put_in_force(portal, town, charter):
    """Enact a charter as an amendment would: under the lock on the community's row."""
    with units(portal).write() as session:
        _enact(session, uuid.UUID(town.id), charter)


def _enact(session, community_id, charter):
    session.execute(sa.select(Community.id).where(Community.id == community_id).with_for_update())
    number = (
        1
        + session.execute(
            sa.text("SELECT max(number) FROM charter_versions WHERE community_id = :id"),
            {"id": community_id if session.get_bind().dialect.name == "postgresql" else community_id.hex},
        ).scalar_one()
    )
    enter_into_force(session, community_id, read_charter(charter), number=number, at=database_now(session))


def draft(**facts):
    return {"title": "Which flavour?", "options": FLAVOURS} | facts


def fixed_type(**facts):
    return (
        standalone(
            "general",
            method="approval",
            quorum={"base": "participants", "ratio": "1/2"},
            secrecy="sealed",
            voting_period="PT1H",
            left_open=[],
        )
        | facts
    )


# --- which decision type --------------------------------------------------------------------------------------


def test_a_kind_stands_for_its_only_decision_type(portal):
    town = portal.town()
    made = town.owner.ok("POST", f"{town.path}/ballots", draft(kind="general"))
    assert (made["decision_type"], made["kind"], made["binding_level"]) == ("general", "general", "advisory")
    assert (made["method"], made["voting_period"]) == ("irv", "P1D")


def test_the_kind_of_a_ballot_is_its_decision_type_s(portal):
    town = portal.town()
    made = town.owner.ok("POST", f"{town.path}/ballots", draft(decision_type="house_vote"))
    assert made["kind"] == "election"


@pytest.mark.parametrize(
    "named",
    [
        {"kind": "election"},
        {},
        {"decision_type": "lottery"},
        {"decision_type": "general", "kind": "election"},
    ],
    ids=["several of a kind", "nothing named", "unknown", "of another kind"],
)
def test_a_ballot_without_a_decision_type_that_fits_is_refused_with_those_that_do(portal, named):
    town = portal.town()
    problem = town.owner.refused(409, "unknown-decision-type", "POST", f"{town.path}/ballots", draft(**named))
    assert "house_vote, steward_election, binding_vote" in problem["detail"]
    assert ("general" in problem["detail"]) == ("kind" not in named or "decision_type" in named)


def test_a_proposal_s_decision_type_opens_no_ballot_by_itself(portal):
    town = portal.town()
    body = draft(decision_type="quick")
    town.owner.refused(409, "unknown-decision-type", "POST", f"{town.path}/ballots", body)


# --- what it fixes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "pointer", "said"),
    [
        ({"method": "irv"}, "#/method", "approval"),
        ({"quorum": {"base": "participants", "ratio": "1/3"}}, "#/quorum", '"ratio": "1/2"'),
        ({"quorum": None}, "#/quorum", '"ratio": "1/2"'),
        ({"secrecy": "open"}, "#/secrecy", "sealed"),
        ({"vote_change": False}, "#/vote_change", "true"),
        ({"seats": 2}, "#/seats", "1"),
        ({"settings": {"max": 2}}, "#/settings", "{}"),
        ({"weighting": "token"}, "#/weighting", "one_member_one_vote"),
        ({"voting_period": "P2D"}, "#/voting_period", "PT1H"),
        ({"closes_at": "2999-01-01T00:00:00Z"}, "#/closes_at", "PT1H"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("#") else "",
)
def test_what_the_charter_fixes_cannot_be_stated_otherwise(portal, stated, pointer, said):
    town = portal.town(charter=with_types(fixed_type()))
    body = draft(kind="general") | stated
    problem = town.owner.refused(409, "fixed-by-charter", "POST", f"{town.path}/ballots", body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert said in problem["detail"]


def test_the_very_value_that_the_charter_fixes_may_be_stated_in_any_form(portal):
    town = portal.town(charter=with_types(fixed_type()))
    stated = {
        "method": "approval",
        "quorum": {"base": "participants", "ratio": "0.5"},
        "voting_period": "PT60M",
    }
    made = town.owner.ok("POST", f"{town.path}/ballots", draft(kind="general", **stated))
    assert made["quorum"] == {"base": "participants", "ratio": "1/2"}


def test_every_field_that_is_not_the_charter_s_is_named(portal):
    town = portal.town(charter=with_types(fixed_type()))
    body = draft(kind="general", method="irv", vote_change=False)
    problem = town.owner.refused(409, "fixed-by-charter", "POST", f"{town.path}/ballots", body)
    assert {error["pointer"] for error in problem["errors"]} == {"#/method", "#/vote_change"}


def test_secrecy_left_open_is_tightened_and_never_loosened(portal):
    sealed = standalone("general", secrecy="sealed")
    town = portal.town(charter=with_types(sealed, standalone("product_vote", secrecy="open")))
    body = draft(kind="general", secrecy="open")
    problem = town.owner.refused(409, "fixed-by-charter", "POST", f"{town.path}/ballots", body)
    assert [error["pointer"] for error in problem["errors"]] == ["#/secrecy"]
    made = town.owner.ok("POST", f"{town.path}/ballots", draft(kind="product_vote", secrecy="sealed"))
    assert made["secrecy"] == "sealed"


def test_another_method_leaves_the_type_s_own_threshold_behind(portal):
    yes_no = standalone("general", method="yes_no", threshold={"ratio": "2/3"})
    town = portal.town(charter=with_types(yes_no))
    made = town.owner.ok("POST", f"{town.path}/ballots", draft(kind="general", method="irv"))
    assert (made["method"], made["threshold"]) == ("irv", None)
    body = {"kind": "general", "title": "Shall we?"}
    assert town.owner.ok("POST", f"{town.path}/ballots", body)["threshold"]["ratio"] == "2/3"


def test_a_draft_is_changed_within_what_its_type_leaves_open(portal):
    town = portal.town(charter=with_types(fixed_type(left_open=["seats", "voting_period"])))
    path = portal.ballot(town, opened=False, decision_type="general")
    tag = town.owner.call("GET", path).headers["ETag"]
    problem = town.owner.refused(409, "fixed-by-charter", "PATCH", path, {"method": "irv"}, if_match=tag)
    assert problem["errors"][0]["pointer"] == "#/method"
    changed = town.owner.ok("PATCH", path, {"voting_period": "P3D", "title": "Which one?"}, if_match=tag)
    assert (changed["voting_period"], changed["method"]) == ("P3D", "approval")


def test_a_draft_moved_to_another_type_takes_that_type_s_rules(portal):
    town = portal.town(charter=with_types(fixed_type()))
    path = portal.ballot(town, opened=False, method="irv", voting_period="P5D")
    tag = town.owner.call("GET", path).headers["ETag"]
    moved = town.owner.ok("PATCH", path, {"decision_type": "general"}, if_match=tag)
    assert (moved["kind"], moved["method"], moved["voting_period"]) == ("general", "approval", "PT1H")
    assert (moved["secrecy"], moved["decision_type"]) == ("sealed", "general")


# --- who ------------------------------------------------------------------------------------------------------


def test_a_type_is_opened_by_its_own_roles_alone(portal):
    brand_only = standalone("general", opened_by=["brand_owner"])
    town = portal.town(members=1, charter=with_types(brand_only))
    steward = portal.join(town, "steward")
    problem = steward.refused(403, "forbidden", "POST", f"{town.path}/ballots", draft(kind="general"))
    assert "brand_owner" in problem["detail"]
    path = portal.ballot(town, opened=False, kind="general")
    steward.refused(403, "forbidden", "POST", f"{path}/open")
    town.owner.ok("POST", f"{path}/open")


def test_members_draft_and_open_where_the_charter_gives_them_that_power(portal):
    powers = {role: list(held) for role, held in wide_charter()["role_powers"].items()}
    powers["member"] += ["ballot.create", "ballot.open"]
    charter = with_types(
        standalone("general", opened_by=["member", "steward", "brand_owner"]), role_powers=powers
    )
    town = portal.town(members=2, charter=charter)
    member, other = town.members
    member.refused(403, "forbidden", "POST", f"{town.path}/ballots", draft(kind="product_vote"))
    made = member.ok("POST", f"{town.path}/ballots", draft(kind="general"))
    path = f"{town.path}/ballots/{made['id']}"
    assert other.ok("GET", path)["state"] == "draft"
    assert member.ok("POST", f"{path}/open")["state"] == "open"


# --- reserved matters -----------------------------------------------------------------------------------------


def test_matters_that_the_brand_decides_are_not_put_to_a_vote(portal):
    town = portal.town()
    body = draft(kind="general", matters=["trade_marks", "ownership", "weather"])
    problem = town.owner.refused(409, "reserved-matter", "POST", f"{town.path}/ballots", body)
    assert [error["pointer"] for error in problem["errors"]] == ["#/matters/1", "#/matters/2"]


def test_a_matter_that_takes_consent_is_opened_by_who_consents(portal):
    town = portal.town(members=1)
    steward = portal.join(town, "steward")
    path = portal.ballot(town, opened=False, matters=["trade_marks"])
    problem = steward.refused(409, "reserved-matter", "POST", f"{path}/open")
    assert "brand_owner" in problem["errors"][0]["detail"]
    opened = town.owner.ok("POST", f"{path}/open")
    assert opened["matters"] == ["trade_marks"]


# --- opening under the charter in force -----------------------------------------------------------------------


def test_opening_freezes_the_charter_s_rules_and_publishes_them(portal):
    town = portal.town(members=3)
    path = portal.ballot(town, decision_type="house_vote", matters=["trade_marks"])
    opened = town.owner.ok("GET", path)
    content = town.members[0].call("GET", f"{path}/manifest").data
    manifest = json.loads(content)
    version = town.owner.ok("GET", f"{town.path}/charter/versions/1")
    rules = next(each for each in version["charter"]["decision_types"] if each["id"] == "house_vote")
    assert hashlib.sha256(content).hexdigest() == opened["manifest_hash"]
    assert manifest["v"] == 3
    assert manifest["charter"] == {"version": 1, "digest": version["digest"]}
    assert (manifest["decision_type"], manifest["rules"]) == ("house_vote", rules)
    assert (manifest["binding_level"], manifest["answer_within"]) == ("advisory", None)
    assert (manifest["matters"], manifest["precommitment"]) == (["trade_marks"], None)
    assert (manifest["late_quorum_extension"], manifest["grants_role"]) == ("PT20M", None)
    assert manifest["proposal"] is None
    assert opened["charter_version"] == 1


def test_the_roll_is_whoever_the_charter_lets_vote(portal):
    town = portal.town(members=2)
    portal.join(town, "steward")
    path = portal.ballot(town)
    assert town.owner.ok("GET", path)["roll_size"] == 2


def test_a_draft_whose_rule_the_charter_changed_is_not_opened_until_it_is_brought_up_to_date(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, opened=False, decision_type="house_vote")
    other = {**with_types()["decision_types"][3], "quorum": {"base": "participants", "ratio": "1/4"}}
    put_in_force(portal, town, with_types(other))
    problem = town.owner.refused(409, "fixed-by-charter", "POST", f"{path}/open")
    assert [error["pointer"] for error in problem["errors"]] == ["#/quorum"]
    assert '"1/4"' in problem["detail"]
    tag = town.owner.call("GET", path).headers["ETag"]
    town.owner.ok("PATCH", path, {}, if_match=tag)
    opened = town.owner.ok("POST", f"{path}/open")
    assert opened["quorum"] == {"base": "participants", "ratio": "1/4"}
    assert opened["charter_version"] == 2


def test_a_draft_whose_promise_the_charter_changed_is_not_opened(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, opened=False, kind="general")
    binding = standalone("general", binding_level="binding", answer_within="P7D")
    put_in_force(portal, town, with_types(binding))
    problem = town.owner.refused(409, "fixed-by-charter", "POST", f"{path}/open")
    assert {e["pointer"] for e in problem["errors"]} == {"#/binding_level", "#/answer_within"}


def test_a_draft_whose_type_was_removed_is_not_opened(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, opened=False, decision_type="house_vote")
    charter = wide_charter()
    charter["decision_types"] = [t for t in charter["decision_types"] if t["id"] != "house_vote"]
    put_in_force(portal, town, charter)
    problem = town.owner.refused(409, "unknown-decision-type", "POST", f"{path}/open")
    assert "no house_vote" in problem["detail"]


def test_a_draft_whose_matter_was_reserved_meanwhile_is_not_opened(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, opened=False, matters=["trade_marks"])
    charter = wide_charter()
    matters = [
        matter | ({"decided_by": "brand_owner", "consent": None} if matter["id"] == "trade_marks" else {})
        for matter in charter["reserved_matters"]
    ]
    put_in_force(portal, town, charter | {"reserved_matters": matters})
    town.owner.refused(409, "reserved-matter", "POST", f"{path}/open")


def test_what_was_opened_stays_as_it_was_under_every_later_charter(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, decision_type="house_vote")
    before = town.owner.ok("GET", path)
    charter = wide_charter()
    charter["decision_types"] = [t for t in charter["decision_types"] if t["id"] != "house_vote"]
    put_in_force(portal, town, charter)
    assert town.owner.ok("GET", path) == before
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})


def test_an_opening_waits_for_the_charter_that_is_being_enacted(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, opened=False, decision_type="house_vote")
    charter = wide_charter()
    charter["decision_types"] = [t for t in charter["decision_types"] if t["id"] != "house_vote"]
    with ThreadPoolExecutor(1) as pool:
        with units(portal).write() as session:
            _enact(session, uuid.UUID(town.id), charter)
            opening = pool.submit(town.owner.call, "POST", f"{path}/open")
            assert waits(units(portal), opening)
        answer = opening.result()
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/unknown-decision-type")


# --- the brand's word before the vote -------------------------------------------------------------------------


def test_a_binding_ballot_is_opened_by_the_brand_only_with_what_will_follow(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, opened=False, decision_type="binding_vote")
    town.owner.refused(409, "precommitment-missing", "POST", f"{path}/open")
    town.owner.ok("POST", f"{path}/precommitments", PRECOMMITMENT)
    town.owner.ok("POST", f"{path}/precommitments", PRECOMMITMENT | {"undertaking": "It is brewed twice."})
    opened = town.owner.ok("POST", f"{path}/open")
    manifest = json.loads(town.members[0].call("GET", f"{path}/manifest").data)
    assert opened["precommitment"]["undertaking"] == "It is brewed twice."
    assert manifest["precommitment"] == opened["precommitment"]
    assert (manifest["binding_level"], manifest["answer_within"]) == ("binding", "P14D")


def test_a_silent_brand_holds_up_nobody_for_longer_than_the_charter_says(portal, clock):
    town = portal.town(members=1)
    steward = portal.join(town, "steward")
    path = portal.ballot(town, opened=False, decision_type="binding_vote")
    problem = steward.refused(409, "precommitment-missing", "POST", f"{path}/open")
    until = dt.datetime.fromisoformat(problem["opens_without_at"])
    clock.stop(until - dt.timedelta(milliseconds=1))
    steward.refused(409, "precommitment-missing", "POST", f"{path}/open")
    clock.stop(until)
    town.owner.refused(409, "precommitment-missing", "POST", f"{path}/open")
    assert steward.ok("POST", f"{path}/open")["precommitment"] is None
