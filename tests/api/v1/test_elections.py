"""Elections: who stands, and how the winners come by the role."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import pytest

from tests.support.charters import standalone, with_types


class Election:
    """An election of stewards in which everybody stands for themselves."""

    def __init__(self, portal, *, voters=3, standing=None, charter=None, opened=True, **facts):
        self.town = portal.town(members=voters, **({} if charter is None else {"charter": charter}))
        self.people = self.town.members
        self.options = [self.option(each) for each in (standing or self.people)]
        self.path = portal.ballot(
            self.town,
            opened=opened,
            decision_type="steward_election",
            options=self.options,
            **{"vote_change": False, "early_close": True} | facts,
        )

    def id_of(self, person):
        return person.memberships[self.town.id]

    def option(self, person):
        number = self.people.index(person)
        return {"id": f"c{number}", "title": f"Candidate {number}", "membership_id": self.id_of(person)}

    def member(self, person):
        return f"{self.town.path}/members/{self.id_of(person)}"

    def elect(self, *choices):
        for person, choice in zip(self.people, choices, strict=True):
            person.ok("PUT", f"{self.path}/votes/me", {"choice": choice})

    def close(self):
        return self.town.owner.ok("POST", f"{self.path}/close")


def roles_of(town, person):
    found = town.owner.ok("GET", f"{town.path}/members/{person.memberships[town.id]}")["roles"]
    return {each["role"] if isinstance(each, dict) else each for each in found}


def test_whoever_wins_receives_the_role_with_the_result(portal):
    election = Election(portal, seats=2)
    election.elect(["c0"], ["c0", "c1"], ["c1"])
    result = election.close()
    assert result["winners"] == ["c0", "c1"]
    assert result["granted"] == {"role": "steward", "received": ["c0", "c1"], "passed_over": []}
    first, second, third = election.people
    for winner in (first, second):
        assert roles_of(election.town, winner) == {"member", "steward"}
    assert roles_of(election.town, third) == {"member"}
    first.ok(
        "POST",
        f"{election.town.path}/ballots",
        {"title": "What now?", "kind": "general", "options": FLAVOURS},
    )


FLAVOURS = [{"title": "Mint"}, {"title": "Lime"}]


def test_each_grant_is_the_service_s_entry_and_names_the_ballot(portal):
    election = Election(portal)
    election.elect(["c0"], ["c0"], ["c0"])
    election.close()
    auditor = portal.join(election.town, "auditor")
    entries = auditor.ok("GET", f"{election.town.path}/audit-entries?limit=100")["items"]
    ballot = election.path.rpartition("/")[2]
    granted = [
        e for e in entries if (e["content"] or {}).get("ballot") == ballot and "role.granted" in e["body"]
    ]
    assert len(granted) == 1
    said = json.loads(granted[0]["body"])
    assert (said["actor"], said["object"]["id"]) == (None, election.id_of(election.people[0]))
    assert granted[0]["content"]["role"] == "steward"


def test_the_role_comes_at_the_close_with_nobody_asking_for_the_result(portal, clock):
    election = Election(portal, vote_change=True, early_close=False)
    election.elect(["c0"], ["c0"], ["c0"])
    winner = election.people[0]
    body = {"title": "What now?", "kind": "general", "options": FLAVOURS}
    winner.refused(403, "forbidden", "POST", f"{election.town.path}/ballots", body)
    clock.advance(dt.timedelta(days=2))
    winner.ok("POST", f"{election.town.path}/ballots", body)


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [("leaves", "not_a_member"), ("is steward already", "holds_it_already"), ("audits", "auditor")],
)
def test_a_winner_who_cannot_take_the_role_is_passed_over_and_the_result_says_so(portal, meanwhile, reason):
    election = Election(portal, seats=2)
    election.elect(["c0"], ["c0", "c1"], ["c1"])
    winner = election.people[0]
    if meanwhile == "leaves":
        winner.ok("DELETE", f"{election.town.path}/members/me")
    elif meanwhile == "is steward already":
        election.town.owner.ok("POST", f"{election.member(winner)}/roles", {"role": "steward"})
    else:
        election.town.owner.ok("DELETE", f"{election.member(winner)}/roles/member")
        election.town.owner.ok("POST", f"{election.member(winner)}/roles", {"role": "auditor"})
    result = election.close()
    assert result["winners"] == ["c0", "c1"]
    assert result["granted"]["received"] == ["c1"]
    assert result["granted"]["passed_over"] == [{"option": "c0", "reason": reason}]
    assert "steward" in roles_of(election.town, election.people[1])


def test_nobody_receives_anything_where_nothing_was_decided(portal, clock):
    quorum = {"base": "participants", "ratio": "1/2"}
    charter = with_types(
        standalone(
            "election",
            id="steward_election",
            method="stv",
            grants_role="steward",
            binding_level="binding",
            quorum=quorum,
            left_open=[],
            voting_period="PT1H",
        )
    )
    town = portal.town(members=3, charter=charter)
    options = [
        {"id": f"c{n}", "title": f"C {n}", "membership_id": m.memberships[town.id]}
        for n, m in enumerate(town.members)
    ]
    path = portal.ballot(town, decision_type="steward_election", options=options)
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["c0"]})
    clock.advance(dt.timedelta(hours=2))
    result = town.owner.ok("GET", f"{path}/result")
    assert (result["outcome"], result["winners"]) == ("inquorate", [])
    assert result["granted"] == {"role": "steward", "received": [], "passed_over": []}
    assert roles_of(town, town.members[0]) == {"member"}


@pytest.mark.parametrize("case", ["nobody", "a stranger", "who left", "the auditor", "twice", "elsewhere"])
def test_every_option_of_an_election_to_a_role_is_a_member_who_can_take_it(portal, case):
    town = portal.town(members=2)
    first, second = town.members
    named = second.memberships[town.id]
    if case == "nobody":
        named = None
    elif case == "a stranger":
        named = str(uuid.uuid4())
    elif case == "who left":
        second.ok("DELETE", f"{town.path}/members/me")
    elif case == "the auditor":
        named = portal.join(town, "auditor").memberships[town.id]
    elif case == "twice":
        named = first.memberships[town.id]
    else:
        other = portal.town(members=1)
        named = other.members[0].memberships[other.id]
    options = [
        {"title": "First", "membership_id": first.memberships[town.id]},
        {"title": "Second"} | ({} if named is None else {"membership_id": named}),
    ]
    body = {"title": "Who?", "decision_type": "steward_election", "options": options}
    problem = town.owner.refused(409, "not-a-candidate", "POST", f"{town.path}/ballots", body)
    assert [error["pointer"] for error in problem["errors"]] == ["#/options/1/membership_id"]


def test_only_an_election_s_options_name_members(portal):
    town = portal.town(members=1)
    options = [{"title": "A", "membership_id": town.members[0].memberships[town.id]}, {"title": "B"}]
    body = {"title": "Who?", "kind": "general", "options": options}
    town.owner.refused(409, "not-a-candidate", "POST", f"{town.path}/ballots", body)


def test_a_candidate_who_left_meanwhile_keeps_the_ballot_from_opening(portal):
    election = Election(portal, opened=False)
    election.people[2].ok("DELETE", f"{election.town.path}/members/me")
    problem = election.town.owner.refused(409, "not-a-candidate", "POST", f"{election.path}/open")
    assert problem["errors"][0]["pointer"] == "#/options/2/membership_id"


def test_a_changed_draft_is_judged_by_its_new_candidates(portal):
    election = Election(portal, opened=False)
    tag = election.town.owner.call("GET", election.path).headers["ETag"]
    options = [election.option(election.people[0]), {"title": "Nobody"}]
    body = {"options": options}
    election.town.owner.refused(409, "not-a-candidate", "PATCH", election.path, body, if_match=tag)
    options[1] = election.option(election.people[1])
    shown = election.town.owner.ok("PATCH", election.path, body, if_match=tag)
    assert [o["membership_id"] for o in shown["options"]] == [o["membership_id"] for o in options]


def test_candidates_are_published_with_the_manifest(portal):
    election = Election(portal)
    manifest = json.loads(election.people[0].call("GET", f"{election.path}/manifest").data)
    assert [o["candidate"] for o in manifest["options"]] == [election.id_of(p) for p in election.people]
    assert manifest["grants_role"] == "steward"


def test_a_binding_ballot_makes_the_brand_owe_an_answer_from_its_close(portal, clock):
    town = portal.town(members=2)
    path = portal.ballot(town, opened=False, decision_type="binding_vote")
    town.owner.ok(
        "POST",
        f"{path}/precommitments",
        {"undertaking": "The winner is brewed.", "within": "P30D", "refusal_grounds": []},
    )
    closes_at = dt.datetime.fromisoformat(town.owner.ok("POST", f"{path}/open")["closes_at"])
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    clock.advance(dt.timedelta(hours=5))
    owed = town.members[1].ok("GET", f"{town.path}/obligations")["items"]
    assert [each["binding_level"] for each in owed] == ["binding"]
    assert dt.datetime.fromisoformat(owed[0]["due_at"]) == closes_at + dt.timedelta(days=14)


@pytest.mark.parametrize("case", ["advisory", "nobody voted"])
def test_nothing_is_owed_where_nothing_was_decided_or_promised(portal, clock, case):
    town = portal.town(members=1)
    steward = portal.join(town, "steward")
    kind = "product_vote" if case == "advisory" else "binding_vote"
    path = portal.ballot(town, opened=False, decision_type=kind)
    if case == "nobody voted":
        clock.advance(dt.timedelta(hours=2))
    steward.ok("POST", f"{path}/open")
    if case == "advisory":
        town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    clock.advance(dt.timedelta(days=2))
    assert town.owner.ok("GET", f"{path}/result")["outcome"] == {"advisory": "decided"}.get(case, "inquorate")
    assert town.members[0].ok("GET", f"{town.path}/obligations")["items"] == []
