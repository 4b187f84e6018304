"""A secret ballot over the API: credentials for members, votes by nobody known, opened at the close."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import uuid

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from app.domain.translog.ballot_receipts import ballot_receipt_name, box_leaf, box_origin, open_ballot_receipt
from app.domain.translog.keys import Algorithm, VerifierKey
from app.domain.translog.tlog_proofs import TlogProof
from app.models.base import Base
from app.verify.ed25519 import verify
from app.worker.loop import Worker
from tests.support import journal
from tests.support.races import answers_at_once
from tests.support.secret_voter import device_for, registered

SECRET = {"secrecy": "secret", "method": "plurality", "early_close": True, "vote_change": False}
CHANGEABLE = SECRET | {"early_close": False, "vote_change": True}


def vote_all(portal, town, path, choices):
    devices = [registered(person, path) for person in town.members]
    receipts = [device.cast(portal.visitor, choice) for device, choice in zip(devices, choices, strict=True)]
    return devices, receipts


def closed_by(town, path):
    return town.owner.ok("POST", f"{path}/close")


def log_of(person, path):
    return [json.loads(line) for line in person.call("GET", f"{path}/log?format=jsonl").text.splitlines()]


def test_a_secret_vote_is_counted(portal):
    town = portal.town(members=4)
    path = portal.ballot(town, **SECRET)
    vote_all(portal, town, path, ["mint", "lime", "lime", "yuzu"])
    turnout = town.owner.ok("GET", f"{path}/turnout")
    assert turnout == {"voters": 4, "roll_size": 4, "credentials": 4}
    result = closed_by(town, path)
    assert result["winners"] == ["lime"]
    assert result["count"]["totals"] == {"lime": "2", "mint": "1", "yuzu": "1"}
    box = result["ballot_box"]
    assert (box["casts"], box["voted"], box["issued"], box["invalid"]) == (4, 4, 4, {})
    lines = log_of(town.members[0], path)
    votes = "".join(f"{line['tracker']} 1 {line['choice']}\n" for line in lines)
    assert hashlib.sha256(votes.encode()).hexdigest() == result["votes_digest"]
    opened = load_der_private_key(base64.b64decode(box["sealing_key"]), None).public_key()
    manifest = json.loads(town.owner.call("GET", f"{path}/manifest").data)
    public = opened.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert public == base64.b64decode(manifest["secret_ballot"]["sealing_key"])


def test_a_credential_is_given_once_and_the_same_request_gets_the_same_answer(portal):
    town = portal.town(members=2)
    path = portal.ballot(town, **SECRET)
    device = device_for(town.members[0], path)
    blinded = {"blinded_message": device.blinded()[0].hex()}
    first = town.members[0].call("POST", f"{path}/credentials", blinded)
    again = town.members[0].call("POST", f"{path}/credentials", blinded)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    other = {"blinded_message": device.blinded()[0].hex()}
    town.members[0].refused(409, "credential-issued", "POST", f"{path}/credentials", other)
    assert town.owner.ok("GET", f"{path}/turnout")["credentials"] == 1


def test_a_credential_is_for_members_on_the_roll(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, **SECRET)
    blinded = {"blinded_message": device_for(town.owner, path).blinded()[0].hex()}
    portal.join(town).refused(403, "not-on-roll", "POST", f"{path}/credentials", blinded)
    town.owner.refused(403, "forbidden", "POST", f"{path}/credentials", blinded)
    portal.person().refused(404, "not-found", "POST", f"{path}/credentials", blinded)


def test_a_credential_is_issued_until_the_close_and_no_longer(portal, clock):
    town = portal.town(members=1)
    path = portal.ballot(town, **SECRET | {"voting_period": "PT1H", "early_close": False})
    blinded = {"blinded_message": device_for(town.owner, path).blinded()[0].hex()}
    clock.advance(dt.timedelta(hours=1))
    town.members[0].refused(409, "ballot-not-open", "POST", f"{path}/credentials", blinded)


def test_what_is_no_blinded_message_is_not_signed(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, **SECRET)
    for text in ("ff" * 256,):
        body = {"blinded_message": text}
        problem = town.members[0].refused(403, "invalid-credential", "POST", f"{path}/credentials", body)
        assert problem["errors"][0]["pointer"] == "#/blinded_message"
    assert town.owner.ok("GET", f"{path}/turnout")["credentials"] == 0


def test_credentials_are_for_secret_ballots_alone_and_secret_ballots_take_no_other_votes(portal):
    town = portal.town(members=1)
    member = town.members[0]
    path, plain = portal.ballot(town, **SECRET), portal.ballot(town)
    blinded = {"blinded_message": device_for(member, path).blinded()[0].hex()}
    member.refused(409, "not-a-secret-ballot", "POST", f"{plain}/credentials", blinded)
    member.refused(409, "secret-ballot", "PUT", f"{path}/votes/me", {"choice": "mint"})
    member.refused(404, "not-found", "GET", f"{path}/votes/me")
    device = registered(member, path)
    elsewhere = device.path.replace(device.place, plain)
    portal.visitor.refused(404, "not-found", "PUT", elsewhere, device.vote("mint"))


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer x"}, {"Cookie": "a=b"}])
def test_a_vote_that_says_who_casts_it_is_refused(headers, portal):
    town = portal.town(members=1)
    path = portal.ballot(town, **SECRET)
    device = registered(town.members[0], path)
    client = portal.app.test_client(use_cookies=False)  # one that uses them sends its own alone
    answer = client.put(device.path, json=device.vote("mint"), headers=headers)
    problem = answer.get_json()
    assert (answer.status_code, problem["type"]) == (400, "/problems/identifies-sender")
    assert problem["errors"][0]["header"] == next(iter(headers))
    assert town.owner.ok("GET", f"{path}/turnout")["voters"] == 0


def test_the_same_vote_again_gets_the_same_receipt(portal):
    town = portal.town(members=1)
    device = registered(town.members[0], portal.ballot(town, **SECRET))
    vote = device.vote("mint")
    first, again = (portal.visitor.call("PUT", device.path, vote) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    portal.visitor.refused(409, "outdated-seq", "PUT", device.path, device.vote("lime"))
    portal.visitor.refused(409, "already-voted", "PUT", device.path, device.vote("lime", 2))


def test_a_higher_seq_replaces_where_votes_can_be_changed(portal, clock):
    town = portal.town(members=2)
    path = portal.ballot(town, **CHANGEABLE | {"voting_period": "PT1H"})
    device = registered(town.members[0], path)
    first, last = device.cast(portal.visitor, "mint", 3), device.cast(portal.visitor, "lime", 7)
    portal.visitor.refused(409, "outdated-seq", "PUT", device.path, device.vote("yuzu", 5))
    assert portal.visitor.ok("GET", f"/v1/receipts/{first['tracker']}")["superseded"]
    assert town.owner.ok("GET", f"{path}/turnout")["voters"] == 1
    clock.advance(dt.timedelta(hours=1))
    result = town.owner.ok("GET", f"{path}/result")
    assert result["count"]["totals"] == {"lime": "1", "mint": "0", "yuzu": "0"}
    assert (result["ballot_box"]["casts"], result["ballot_box"]["voted"]) == (2, 1)
    lines = {line["tracker"]: line for line in log_of(town.owner, path)}
    assert (lines[first["tracker"]]["counts"], lines[last["tracker"]]["counts"]) == (False, True)


@pytest.mark.parametrize("part", ["public_key", "prefix", "credential", "sealed_choice", "signature", "seq"])
def test_a_vote_with_any_part_changed_is_refused(part, portal):
    town = portal.town(members=1)
    device = registered(town.members[0], portal.ballot(town, **SECRET))
    vote = device.vote("mint")
    value = vote[part]
    vote[part] = value + 1 if part == "seq" else value[:-1] + ("0" if value[-1] != "0" else "1")
    portal.visitor.refused(403, "invalid-credential", "PUT", device.path, vote)


def test_a_credential_of_another_ballot_or_key_gives_no_right_to_vote(portal):
    town = portal.town(members=1)
    one, other = (portal.ballot(town, **SECRET) for _ in range(2))
    device, thief = registered(town.members[0], one), device_for(town.members[0], one)
    stolen = thief.vote("mint") | {"credential": device.credential.hex(), "prefix": device.prefix.hex()}
    portal.visitor.refused(403, "invalid-credential", "PUT", thief.path, stolen)
    elsewhere = device.path.replace(one, other)
    portal.visitor.refused(403, "invalid-credential", "PUT", elsewhere, device.vote("mint"))


def test_a_vote_at_the_close_is_refused(portal, clock):
    town = portal.town(members=1)
    path = portal.ballot(town, **SECRET | {"voting_period": "PT1H", "early_close": False})
    device = registered(town.members[0], path)
    closes_at = dt.datetime.fromisoformat(town.owner.ok("GET", path)["closes_at"])
    clock.stop(closes_at)
    portal.visitor.refused(409, "ballot-not-open", "PUT", device.path, device.vote("mint"))


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        (b"lime", "no-json"),
        (b"\xff", "no-json"),
        (b'{"a":1,"a":2}', "no-json"),
        (b"1.5", "no-json"),
        (b'["mint"]', "no-answer"),
        (b'"durian"', "no-answer"),
    ],
)
def test_what_answers_nothing_is_listed_as_invalid(plain, reason, portal):
    town = portal.town(members=2)
    path = portal.ballot(town, **SECRET)
    _, receipts = vote_all(portal, town, path, [plain, "mint"])
    result = closed_by(town, path)
    assert result["ballot_box"]["invalid"] == {reason: 1}
    assert result["turnout"]["voters"] == 1
    (line,) = (line for line in log_of(town.owner, path) if line["tracker"] == receipts[0]["tracker"])
    assert (line["counts"], line["choice"], line["invalid"]) == (False, "", reason)


def test_what_was_sealed_to_another_key_or_copied_is_listed_as_invalid(portal):
    town = portal.town(members=3)
    path = portal.ballot(town, **SECRET)
    devices = [registered(person, path) for person in town.members]
    sealed = devices[0].sealed("mint")
    portal.visitor.ok("PUT", devices[0].path, devices[0].vote("mint", sealed=sealed))
    portal.visitor.ok("PUT", devices[1].path, devices[1].vote("mint", sealed=sealed))
    portal.visitor.ok("PUT", devices[2].path, devices[2].vote("mint", sealed=bytes(100)))
    result = closed_by(town, path)
    assert result["ballot_box"]["invalid"] == {"not-sealed": 2}
    assert result["count"]["totals"]["mint"] == "1"


def test_a_receipt_proves_a_place_in_the_box_and_says_nothing_of_the_choice(portal):
    town = portal.town(members=3)
    path = portal.ballot(town, **SECRET)
    _, receipts = vote_all(portal, town, path, ["mint", "lime", "yuzu"])
    tracker, ballot = receipts[0]["tracker"], receipts[0]["ballot_id"]
    portal.visitor.refused(404, "not-in-log-yet", "GET", f"/v1/receipts/{tracker}/proof")
    result = closed_by(town, path)
    portal.app.extensions["althing.log"].advance(uuid.UUID(town.id))
    (key,) = town.owner.ok("GET", f"{town.path}/log/keys")["keys"]
    log = VerifierKey.parse(key["checkpoint_key"])
    own = VerifierKey(ballot_receipt_name(log.name), Algorithm.ED25519, log.public_key)
    note = open_ballot_receipt(receipts[0]["receipt_note"].encode(), own, verify)
    assert (note.tracker, note.digest) == (tracker, receipts[0]["digest"])
    box = VerifierKey(box_origin(log.name, ballot), Algorithm.ED25519, log.public_key)
    proof = TlogProof.parse(portal.visitor.call("GET", f"/v1/receipts/{tracker}/proof").data)
    assert proof.verify(note.leaf, box, verify).root.hex() == result["ballot_box"]["root"]
    assert note.leaf == box_leaf(ballot, tracker, note.digest)
    (line,) = (each for each in log_of(town.owner, path) if each["tracker"] == tracker)
    sent = {
        name: line[name]
        for name in ("credential", "prefix", "public_key", "sealed_choice", "seq", "signature")
    }
    written = json.dumps(sent, separators=(",", ":"), sort_keys=True).encode()
    assert hashlib.sha256(b"secret-vote/v1\n" + written).hexdigest() == note.digest


def test_ciphertexts_are_shown_to_nobody_before_the_result(portal):
    town = portal.town(members=2)
    path = portal.ballot(town, **SECRET)
    registered(town.members[0], path).cast(portal.visitor, "mint")
    for person in (*town.members, town.owner, portal.join(town, "auditor")):
        person.refused(403, "log-not-disclosed", "GET", f"{path}/log")


def test_nothing_is_certified_where_there_are_more_votes_than_credentials(portal, units, clock):
    town = portal.town(members=3)
    path = portal.ballot(town, **SECRET)
    vote_all(portal, town, path, ["mint", "lime", "yuzu"])
    with units.write() as session:
        table = Base.metadata.tables["credential_issuances"]
        if units.engine.dialect.name == "sqlite":
            session.execute(sa.text("DROP TRIGGER credential_issuances_no_delete"))
        else:
            session.execute(sa.text("ALTER TABLE credential_issuances DISABLE TRIGGER USER"))
        session.execute(sa.delete(table))
    town.owner.refused(409, "surplus-votes", "POST", f"{path}/close")
    assert town.owner.ok("GET", path)["certified_at"] is None
    clock.advance(dt.timedelta(days=2))  # past the close, where the worker comes to it
    known = portal.app.extensions
    assert Worker(known["althing.units"], known["althing.erasures"]).run_once() == 0


def test_votes_of_one_key_at_once_are_one_vote(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, **SECRET)
    device = registered(town.members[0], path)
    votes = [device.vote(choice) for choice in ("mint", "lime", "yuzu", "mint")]
    answers = answers_at_once(
        [lambda vote=vote: portal.visitor.call("PUT", device.path, vote) for vote in votes]
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert town.owner.ok("GET", f"{path}/turnout")["voters"] == 1


def test_credentials_asked_for_at_once_by_one_member_are_one_credential(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, **SECRET)
    device = device_for(town.owner, path)
    bodies = [{"blinded_message": device.blinded()[0].hex()} for _ in range(4)]
    ask = [lambda body=body: town.members[0].call("POST", f"{path}/credentials", body) for body in bodies]
    assert sorted(answer.status_code for answer in answers_at_once(ask)) == [201, 409, 409, 409]
    assert town.owner.ok("GET", f"{path}/turnout")["credentials"] == 1


def test_who_was_given_a_credential_is_shown_once_three_have_voted(portal):
    town = portal.town(members=3)
    path = portal.ballot(town, **SECRET)
    auditor = portal.join(town, "auditor")
    for number, person in enumerate(town.members, 1):
        registered(person, path).cast(portal.visitor, "mint")
        found = auditor.ok("GET", f"{town.path}/audit-entries?action=ballot.credential_issued")["items"]
        assert len(found) == number
        assert {each["entry"]["actor"] for each in found} == {None}
        assert all((each["content"] is not None) == (number == 3) for each in found)


def test_a_secret_vote_leaves_no_line_in_the_access_log_and_no_audit_entry(portal, units, log_lines):
    town = portal.town(members=1)
    path = portal.ballot(town, **SECRET)
    device = registered(town.members[0], path)
    before = len(journal.entries(units))
    log_lines.truncate(0)
    device.cast(portal.visitor, "mint")
    portal.visitor.call("PUT", device.path, {"choice": "mint"})
    assert log_lines.getvalue() == ""
    assert len(journal.entries(units)) == before


def test_a_whole_dump_sorted_by_every_column_joins_no_member_to_a_choice(portal, units):
    """Whoever has the database has it all: no value, and no order of rows, leads from a vote to a member."""
    town = portal.town(members=8)
    path = portal.ballot(town, **SECRET)
    choices = ["mint", "lime", "yuzu", "mint", "lime", "mint", "lime", "yuzu"]
    _, receipts = vote_all(portal, town, path, choices)
    closed_by(town, path)
    portal.app.extensions["althing.log"].advance(uuid.UUID(town.id))
    ballot = path.rsplit("/", 1)[1]
    with units.read() as session:
        tables = {each.name: session.execute(sa.select(each)).all() for each in Base.metadata.sorted_tables}
        described = {each.name: list(each.columns.keys()) for each in Base.metadata.sorted_tables}
    apart = {name: tables.pop(name) for name in ("secret_casts", "opened_votes")}
    assert [len(rows) for rows in apart.values()] == [8, 8]
    # By value: nothing in a row of a vote stands in any row elsewhere, but the ballot, small numbers and choices.
    elsewhere = {str(value) for rows in tables.values() for row in rows for value in row}
    whole = "\n".join(elsewhere)
    for rows in apart.values():
        for row in rows:
            own = {str(value) for value in row} - {ballot, "1", "None", "mint", "lime", "yuzu"}
            assert not own & elsewhere
            assert not [value for value in own if value.replace("-", "") in whole.replace("-", "")]
    # By order: by no column do the votes stand as they were cast, nor as members stand by any column of theirs.
    cast = [uuid.UUID(receipt["tracker"]) for receipt in receipts]
    for name, rows in apart.items():
        place = described[name].index("tracker")
        for column in range(len(described[name])):
            if len({row[column] for row in rows}) == len(rows):
                by_column = [row[place] for row in sorted(rows, key=lambda row: str(row[column]))]
                assert by_column not in (cast, cast[::-1]), (name, described[name][column])
    kinds = {each.name: each.type for name in apart for each in Base.metadata.tables[name].columns}
    assert not [name for name, kind in kinds.items() if "datetime" in type(kind).__name__.lower()]
    if units.engine.dialect.name == "sqlite":
        with units.read() as session:
            for name in apart:
                made = session.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = :n"), {"n": name})
                assert "WITHOUT ROWID" in made.scalar_one()
