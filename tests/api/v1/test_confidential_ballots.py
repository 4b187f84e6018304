"""A confidential ballot over the API: one votes signed in, and nothing served joins anybody to a choice."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import uuid

import pytest
import sqlalchemy as sa

from app.domain.translog.ballot_receipts import ballot_receipt_name, box_leaf, box_origin, open_ballot_receipt
from app.domain.translog.keys import Algorithm, VerifierKey
from app.domain.translog.tlog_proofs import TlogProof
from app.models.base import Base
from app.verify.ed25519 import verify
from tests.support.assembly import Assembly
from tests.support.charters import proposal, with_types
from tests.support.tokens import treasury

CONFIDENTIAL = {"secrecy": "confidential", "method": "plurality", "early_close": True, "vote_change": False}


def closed(town, path):
    for person in town.members:
        if person.call("GET", f"{path}/votes/me").status_code == 404:
            person.ok("PUT", f"{path}/votes/me", {"choice": "lime"})
    return town.owner.ok("POST", f"{path}/close")


def entries_of(portal, town, action):
    auditor = portal.join(town, "auditor")
    return auditor.ok("GET", f"{town.path}/audit-entries?action={action}&limit=100")["items"]


def log_of(person, path):
    lines = person.call("GET", f"{path}/log?format=jsonl").text.splitlines()
    return [json.loads(line) for line in lines]


def keys_of(portal, town):
    """Return what signs the receipts and ballot boxes of a town, by name."""
    portal.app.extensions["althing.log"].advance(uuid.UUID(town.id))
    (key,) = town.owner.ok("GET", f"{town.path}/log/keys")["keys"]
    log = VerifierKey.parse(key["checkpoint_key"])
    return lambda name: VerifierKey(name(log.name), Algorithm.ED25519, log.public_key)


def test_a_confidential_vote_is_counted(portal):
    town = portal.town(members=4)
    path = portal.ballot(town, **CONFIDENTIAL)
    assert town.owner.ok("GET", path)["disclosure"] == "pseudonymous"
    for person, choice in zip(town.members, ("mint", "lime", "lime", "yuzu"), strict=True):
        person.ok("PUT", f"{path}/votes/me", {"choice": choice})
    assert town.owner.ok("GET", f"{path}/turnout") == {"voters": 4, "roll_size": 4, "credentials": None}
    result = closed(town, path)
    assert result["winners"] == ["lime"]
    assert result["count"]["totals"] == {"lime": "2", "mint": "1", "yuzu": "1"}
    assert result["turnout"]["voters"] == 4
    assert result["ballot_box"]["casts"] == result["ballot_box"]["voted"] == 4
    lines = log_of(town.members[0], path)
    assert [line["tracker"] for line in lines] == sorted(line["tracker"] for line in lines)
    votes = "".join(f"{line['tracker']} 1 {line['choice']}\n" for line in lines)
    assert hashlib.sha256(votes.encode()).hexdigest() == result["votes_digest"]


def test_the_same_vote_again_gets_the_same_receipt(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, **CONFIDENTIAL)
    first = town.members[0].call("PUT", f"{path}/votes/me", {"choice": "mint"})
    again = town.members[0].call("PUT", f"{path}/votes/me", {"choice": "mint"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    town.members[0].refused(409, "already-voted", "PUT", f"{path}/votes/me", {"choice": "lime"})
    assert town.owner.ok("GET", f"{path}/turnout")["voters"] == 1


def test_a_voter_reads_their_own_vote_and_nobody_elses(portal):
    town = portal.town(members=2)
    path = portal.ballot(town, **CONFIDENTIAL)
    receipt = town.members[0].ok("PUT", f"{path}/votes/me", {"choice": "mint"})
    own = town.members[0].ok("GET", f"{path}/votes/me")
    assert own == {name: value for name, value in receipt.items() if name != "receipt_note"} | {
        "choice": "mint"
    }
    town.members[1].refused(404, "not-found", "GET", f"{path}/votes/me")


def test_a_changed_vote_replaces_the_former_and_nothing_tells_whose_it_was(portal):
    town = portal.town(members=3)
    path = portal.ballot(
        town, **CONFIDENTIAL | {"early_close": False, "vote_change": True, "voting_period": "PT2S"}
    )
    first = town.members[0].ok("PUT", f"{path}/votes/me", {"choice": "mint"})
    second = town.members[0].ok("PUT", f"{path}/votes/me", {"choice": "lime"})
    town.members[1].ok("PUT", f"{path}/votes/me", {"choice": "yuzu"})
    assert (first["revision"], second["revision"]) == (1, 2)
    assert town.owner.ok("GET", f"/v1/receipts/{first['tracker']}")["superseded"]
    assert not town.owner.ok("GET", f"/v1/receipts/{second['tracker']}")["superseded"]
    while town.owner.ok("GET", path)["state"] != "closed":
        pass
    town.members[0].refused(403, "log-not-disclosed", "GET", f"{path}/log")
    result = town.owner.ok("GET", f"{path}/result")
    assert result["count"]["totals"] == {"lime": "1", "mint": "0", "yuzu": "1"}
    assert (result["ballot_box"]["casts"], result["ballot_box"]["voted"]) == (3, 2)
    lines = {line["tracker"]: line for line in log_of(town.owner, path)}
    assert lines[first["tracker"]] == {
        "tracker": first["tracker"],
        "counts": False,
        "choice": "",
        "salt": "",
        "digest": first["digest"],
    }
    assert lines[second["tracker"]]["choice"] == "lime"
    again, anew = entries_of(portal, town, "ballot.recast"), entries_of(portal, town, "ballot.cast")
    assert len(again) == 1
    assert len(anew) == 2
    assert (again[0]["entry"]["commitment"], again[0]["content"]) == (None, None)


def test_a_receipt_is_signed_and_proves_a_place_in_the_box_and_what_was_chosen(portal):
    town = portal.town(members=3)
    path = portal.ballot(town, **CONFIDENTIAL)
    receipt = town.members[0].ok("PUT", f"{path}/votes/me", {"choice": "mint"})
    portal.visitor.refused(404, "not-in-log-yet", "GET", f"/v1/receipts/{receipt['tracker']}/proof")
    result = closed(town, path)
    named = keys_of(portal, town)
    ballot = receipt["ballot_id"]
    note = open_ballot_receipt(receipt["receipt_note"].encode(), named(ballot_receipt_name), verify)
    assert (note.ballot, note.tracker, note.digest) == (ballot, receipt["tracker"], receipt["digest"])
    said = f"althing-vote/v1\n{ballot}\n{note.tracker}\n{receipt['salt']}\nmint\n"
    assert hashlib.sha256(said.encode()).hexdigest() == note.digest
    answer = portal.visitor.call("GET", f"/v1/receipts/{note.tracker}/proof")
    proof = TlogProof.parse(answer.data)
    checkpoint = proof.verify(note.leaf, named(lambda origin: box_origin(origin, ballot)), verify)
    assert checkpoint.root.hex() == result["ballot_box"]["root"]
    assert note.leaf == box_leaf(ballot, note.tracker, note.digest)
    assert portal.visitor.ok("GET", f"/v1/receipts/{note.tracker}")["leaf_hash"] == note.leaf.hex()
    assert str(receipt["cast_at"]) == "None"


def test_until_three_have_voted_it_is_not_shown_who_has(portal):
    town = portal.town(members=4)
    path = portal.ballot(town, **CONFIDENTIAL)
    auditor = portal.join(town, "auditor")
    references = {p.ok("GET", f"{town.path}/members/me")["reference"] for p in town.members}
    for number, person in enumerate(town.members[:3], 1):
        person.ok("PUT", f"{path}/votes/me", {"choice": "mint"})
        found = auditor.ok("GET", f"{town.path}/audit-entries?action=ballot.cast")["items"]
        assert len(found) == number
        assert all(each["entry"]["actor"] is None for each in found)
        named = {each["content"]["member"] for each in found if each["content"]}
        assert len(named) == (3 if number == 3 else 0)
        assert named <= references
        assert all((each["salt"] is None) == (number < 3) for each in found)


def test_a_greater_quorum_hides_who_voted_for_longer(portal):
    town = portal.town(members=5)
    path = portal.ballot(town, **CONFIDENTIAL, quorum={"base": "participants", "ratio": "7/10"})  # of 5: 4
    auditor = portal.join(town, "auditor")
    for number, person in enumerate(town.members[:4], 1):
        person.ok("PUT", f"{path}/votes/me", {"choice": "mint"})
        found = auditor.ok("GET", f"{town.path}/audit-entries?action=ballot.cast")["items"]
        assert any(each["content"] for each in found) == (number == 4)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_log_is_sealed_until_the_result(form, portal):
    town = portal.town(members=3)
    path = portal.ballot(town, **CONFIDENTIAL)
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": "mint"})
    for person in (*town.members, town.owner, portal.join(town, "auditor")):
        person.refused(403, "log-not-disclosed", "GET", f"{path}/log?format={form}")
    closed(town, path)
    text = town.members[0].call("GET", f"{path}/log?format={form}").text
    columns = ["tracker", "counts", "choice", "salt", "digest"]
    head = next(csv.reader(io.StringIO(text))) if form == "csv" else list(json.loads(text.splitlines()[0]))
    assert head == columns


def test_nothing_that_is_served_joins_a_member_to_a_choice(portal):
    """Whatever anybody can read, as text: no line of it has both who somebody is and what was chosen."""
    town = portal.town(members=4)
    path = portal.ballot(town, **CONFIDENTIAL)
    trackers = []
    for person, choice in zip(town.members, ("mint", "lime", "yuzu", "mint"), strict=True):
        trackers.append(person.ok("PUT", f"{path}/votes/me", {"choice": choice})["tracker"])
    closed(town, path)
    auditor = portal.join(town, "auditor")
    portal.app.extensions["althing.log"].advance(uuid.UUID(town.id))
    names = set()
    for person in town.members:
        me = person.ok("GET", f"{town.path}/members/me")
        names |= {me["reference"], me["id"], person.account_id}
    served = [
        auditor.call("GET", f"{path}{part}").text
        for part in ("", "/log", "/log?format=jsonl", "/roll", "/result", "/manifest", "/turnout")
    ]
    served += [portal.visitor.call("GET", f"/v1/receipts/{tracker}").text for tracker in trackers]
    served += [portal.visitor.call("GET", f"/v1/receipts/{tracker}/proof").text for tracker in trackers]
    for text in served:
        assert not [name for name in names if name in text]
    audited = json.dumps(auditor.ok("GET", f"{town.path}/audit-entries?limit=100"))
    assert not [tracker for tracker in trackers if tracker in audited]
    assert [name for name in names if name in audited]  # who took part is shown, and that is all


def test_nothing_stored_joins_a_member_to_a_choice_without_the_secret(portal, units):
    """Every table as rows: the row of a choice shares no value with any that leads to a member."""
    town = portal.town(members=4)
    path = portal.ballot(town, **CONFIDENTIAL)
    for person, choice in zip(town.members, ("mint", "lime", "yuzu", "mint"), strict=True):
        person.ok("PUT", f"{path}/votes/me", {"choice": choice})
    closed(town, path)
    with units.read() as session:
        tables = {each.name: session.execute(sa.select(each)).all() for each in Base.metadata.sorted_tables}
    rows = tables.pop("confidential_casts")
    assert len(rows) == 4
    assert not tables["casts"]
    elsewhere = {str(value) for each in tables.values() for row in each for value in row}
    common = {path.rsplit("/", 1)[1], "1", "mint", "lime", "yuzu"}
    for row in rows:
        assert {str(value) for value in row} & elsewhere <= common


def test_members_may_download_the_evidence_of_a_confidential_ballot(portal):
    town = portal.town(members=3)
    path = portal.ballot(town, **CONFIDENTIAL)
    closed(town, path)
    portal.app.extensions["althing.log"].advance(uuid.UUID(town.id))
    assert town.members[0].call("GET", f"{path}/bundle").status_code == 200


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"weighting": "token"}, "#/weighting"),
        ({"disclosure": "named"}, "#/disclosure"),
    ],
)
@pytest.mark.parametrize("secrecy", ["confidential", "secret"])
def test_what_would_tell_voters_apart_is_refused_when_drafted(secrecy, facts, pointer, portal):
    town = portal.town(members=1)
    treasury(town, 10)
    draft = {"kind": "general", "title": "T", "method": "plurality", "voting_period": "P1D"}
    options = [{"title": "A"}, {"title": "B"}]
    body = draft | {"options": options, "secrecy": secrecy} | facts
    problem = town.owner.refused(409, "invalid-question", "POST", f"{town.path}/ballots", body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_secrecy_is_tightened_before_opening_and_never_loosened(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, opened=False, secrecy="sealed")
    for secrecy in ("confidential", "secret"):
        town.owner.ok("PATCH", path, {"secrecy": secrecy}, if_match=town.owner.tag(path))
        assert town.owner.ok("GET", path)["disclosure"] == "pseudonymous"
    town.owner.ok("POST", f"{path}/open")
    town.owner.refused(409, "ballot-not-draft", "PATCH", path, {"secrecy": "open"}, if_match="*")


def test_keys_are_published_in_base64_of_their_der(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, secrecy="secret")
    keys = json.loads(town.owner.call("GET", f"{path}/manifest").data)["secret_ballot"]
    assert len(base64.b64decode(keys["issuer_key"])) == 294
    assert len(base64.b64decode(keys["sealing_key"])) == 91


def test_a_proposal_is_decided_confidentially_where_its_type_says_so(portal, clock):
    rules = {"secrecy": "confidential", "disclosure": "pseudonymous"}
    types = with_types(proposal("whisper", **rules))["decision_types"]
    assembly = Assembly(portal, clock, decision_types=types)
    path = assembly.submitted("whisper")
    ballot = assembly.open(path)
    assert assembly.owner.ok("GET", ballot)["secrecy"] == "confidential"
    assembly.vote(ballot)
    assembly.reach_due(path)
    assert assembly.owner.ok("GET", f"{ballot}/result")["outcome"] == "passed"
    assert assembly.state(path) != "voting"
