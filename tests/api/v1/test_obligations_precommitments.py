"""What the brand says before a vote."""

from __future__ import annotations

import functools

import pytest

from tests.support import debts
from tests.support.debts import HOUR, KINDS
from tests.support.races import at_once

BODY = debts.PRECOMMITMENT


def draft(portal, town, level="co_decision"):
    return portal.ballot(town, opened=False, kind=KINDS[level], method="plurality", voting_period="PT1H")


def test_the_last_version_is_frozen_with_the_ballot_and_none_is_ever_changed(portal):
    town = debts.town_of(portal)
    path = draft(portal, town)
    stated = {**BODY, "refusal_grounds": [debts.OWN_GROUND, {"id": "unlawful"}]}
    first = town.owner.ok("POST", f"{path}/precommitments", stated)
    assert (first["number"], first["within"], first["budget"]) == (1, "P30D", "50000 EUR")
    assert first["ballot_id"] == path.rsplit("/", 1)[1]
    assert first["proposal_id"] is None
    grounds = [debts.OWN_GROUND, {"id": "unlawful", "title": "It would break the law"}]
    assert first["refusal_grounds"] == grounds
    second = town.owner.ok("POST", f"{path}/precommitments", {"undertaking": "We try.", "within": "PT36H"})
    assert (second["number"], second["within"], second["budget"]) == (2, "P1DT12H", None)
    town.owner.ok("POST", f"{path}/open")
    names = ("number", "undertaking", "within", "budget", "refusal_grounds", "recorded_at")
    frozen = {name: second[name] for name in names}
    assert town.members[0].ok("GET", path)["precommitment"] == frozen
    assert town.members[0].ok("GET", f"{path}/manifest")["precommitment"] == frozen
    told = town.owner.refused(409, "ballot-not-draft", "POST", f"{path}/precommitments", BODY)
    assert told["state"] == "open"
    listed = town.members[0].ok("GET", f"{path}/precommitments")
    assert listed["items"] == [second, first]
    page = town.members[0].ok("GET", f"{path}/precommitments?limit=1")
    assert page["items"] == [second]


def test_a_drafts_precommitments_are_seen_by_who_sees_the_draft(portal):
    town = debts.town_of(portal)
    path = draft(portal, town)
    made = town.owner.ok("POST", f"{path}/precommitments", BODY)
    town.members[0].refused(404, "not-found", "GET", f"{path}/precommitments")
    for role in ("steward", "auditor"):
        assert portal.join(town, role).ok("GET", f"{path}/precommitments")["items"] == [made]
    town.owner.ok("POST", f"{path}/open")
    assert town.members[0].ok("GET", f"{path}/precommitments")["items"] == [made]


def test_only_the_brand_speaks_for_the_brand(portal):
    town = debts.town_of(portal)
    path = draft(portal, town)
    for person in (portal.join(town, "steward"), town.members[0], portal.join(town, "auditor")):
        person.refused(403, "forbidden", "POST", f"{path}/precommitments", BODY)
    assert town.owner.ok("GET", f"{path}/precommitments")["items"] == []


@pytest.mark.parametrize(
    ("grounds", "slug", "pointer"),
    [
        ([{"id": "no_such"}], "ground-not-listed", "#/refusal_grounds/0/id"),
        ([debts.OWN_GROUND, debts.OWN_GROUND], "conflict", "#/refusal_grounds/1/id"),
        ([{"id": "unlawful"}, {"id": "unlawful"}], "conflict", "#/refusal_grounds/1/id"),
        ([{"id": "unlawful", "title": "We do not feel like it"}], "conflict", "#/refusal_grounds/0/title"),
    ],
)
def test_a_ground_is_one_of_the_charters_or_an_own_one_under_its_own_name(portal, grounds, slug, pointer):
    town = debts.town_of(portal)
    path = f"{draft(portal, town)}/precommitments"
    told = town.owner.refused(409, slug, "POST", path, {**BODY, "refusal_grounds": grounds})
    assert [each["pointer"] for each in told["errors"]] == [pointer]
    assert town.owner.ok("GET", path)["items"] == []


def test_a_binding_decision_has_no_grounds_of_refusal(portal):
    town = debts.town_of(portal)
    path = f"{draft(portal, town, 'binding')}/precommitments"
    stated = {**BODY, "refusal_grounds": [debts.OWN_GROUND]}
    told = town.owner.refused(409, "refusal-not-allowed", "POST", path, stated)
    assert told["errors"][0]["pointer"] == "#/refusal_grounds"
    town.owner.ok("POST", path, BODY)


def test_nothing_is_promised_for_the_instant_of_the_result_or_of_an_advisory_vote(portal):
    town = debts.town_of(portal)
    path = f"{draft(portal, town)}/precommitments"
    told = town.owner.refused(409, "conflict", "POST", path, {**BODY, "within": "PT0S"})
    assert told["errors"][0]["pointer"] == "#/within"
    advisory = portal.ballot(town, opened=False, decision_type="house_vote")
    town.owner.refused(409, "conflict", "POST", f"{advisory}/precommitments", BODY)


def test_a_draft_of_which_the_brand_has_said_something_is_kept(portal):
    town = debts.town_of(portal)
    path = draft(portal, town)
    town.owner.ok("POST", f"{path}/precommitments", BODY)
    town.owner.refused(409, "conflict", "DELETE", path, if_match="*")
    assert len(town.owner.ok("GET", f"{path}/precommitments")["items"]) == 1


def test_owners_who_record_at_once_make_versions_one_after_the_other(portal):
    town = debts.town_of(portal)
    owners = [town.owner, portal.join(town, "brand_owner"), portal.join(town, "brand_owner")]
    path = f"{draft(portal, town)}/precommitments"
    calls = [functools.partial(owner.call, "POST", path, BODY | {"budget": owner.email}) for owner in owners]
    assert at_once(calls) == [201] * 3
    made = town.owner.ok("GET", path)["items"]
    assert [each["number"] for each in made] == [3, 2, 1]
    assert {each["budget"] for each in made} == {owner.email for owner in owners}


def test_what_is_recorded_while_a_ballot_opens_is_frozen_or_refused(portal):
    town = debts.town_of(portal)
    other = portal.join(town, "brand_owner")
    for round_number in range(4):
        path = draft(portal, town)
        town.owner.ok("POST", f"{path}/precommitments", BODY)
        calls = [
            functools.partial(town.owner.call, "POST", f"{path}/open"),
            functools.partial(other.call, "POST", f"{path}/precommitments", BODY | {"within": "P1D"}),
        ]
        opened, recorded = at_once(calls)
        assert opened == 200, round_number
        assert recorded in {201, 409}
        frozen = town.owner.ok("GET", path)["precommitment"]["number"]
        versions = town.owner.ok("GET", f"{path}/precommitments")["items"]
        assert frozen == versions[0]["number"] == (2 if recorded == 201 else 1)


# --- proposals ----------------------------------------------------------------------------------------


def test_a_proposals_precommitment_is_recorded_until_its_vote_opens(portal, clock):
    town = debts.town_of(portal)
    path = debts.put_forward(town, "petition")
    first = town.owner.ok("POST", f"{path}/precommitments", BODY)
    assert (first["proposal_id"], first["ballot_id"]) == (path.rsplit("/", 1)[1], None)
    for sponsor in town.members[1:]:
        sponsor.ok("PUT", f"{path}/sponsors/me")
    clock.advance(HOUR)
    second = town.owner.ok("POST", f"{path}/precommitments", BODY | {"within": "P60D"})
    ballot = debts.vote(town, clock, path)
    assert town.members[0].ok("GET", ballot)["precommitment"]["within"] == "P60D"
    listed = town.members[0].ok("GET", f"{path}/precommitments")["items"]
    assert listed == [second, first]
    told = town.owner.refused(409, "illegal-step", "POST", f"{path}/precommitments", BODY)
    assert told["state"] == "obligations"
    steps = [step["action"] for step in town.members[0].ok("GET", f"{path}/history?limit=100")["items"]]
    assert steps.count("precommit") == 2


def test_nobody_stalls_a_vote_by_silence_and_the_silence_counts(portal, clock):
    town = debts.town_of(portal)
    path = debts.put_forward(town, "petition", sponsors=2)
    member = town.members[0]
    clock.advance(HOUR)
    member.refused(409, "precommitment-missing", "POST", f"{path}/open-vote")
    assert member.ok("GET", f"{town.path}/scorecard")["precommitments_missing"] == 0
    clock.advance(HOUR)
    debts.vote(town, clock, path)
    assert member.ok("GET", f"{town.path}/scorecard")["precommitments_missing"] == 1


def test_a_draft_that_its_author_keeps_is_not_there_for_the_brand(portal):
    town = debts.town_of(portal)
    facts = {"decision_type": "petition", "title": "More mint", "body": ""}
    made = town.members[0].ok("POST", f"{town.path}/proposals", facts)
    path = f"{town.path}/proposals/{made['id']}/precommitments"
    town.owner.refused(404, "not-found", "POST", path, BODY)
    town.owner.refused(404, "not-found", "GET", path)
    assert town.members[0].ok("GET", path)["items"] == []
    other = debts.town_of(portal)
    town.members[0].ok("POST", f"{town.path}/proposals/{made['id']}/submit")
    elsewhere = f"{other.path}/proposals/{made['id']}/precommitments"
    other.owner.refused(404, "not-found", "POST", elsewhere, BODY)
