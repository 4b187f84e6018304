"""The log as the API serves it: tools follow it, receipts are proven, and each reads what is theirs to read."""

from __future__ import annotations

import base64
import hashlib
import uuid
import zipfile
from io import BytesIO
from typing import Any

import pytest

from app.db.clock import database_now
from app.domain.evidence.faults import Report
from app.domain.instants import instant
from app.domain.translog.entries import decode_entries
from app.domain.translog.keys import VerifierKey
from app.domain.translog.proofs import verify_consistency, verify_inclusion
from app.domain.translog.receipts import open_receipt
from app.domain.translog.tlog_proofs import TlogProof
from app.verify.__main__ import main
from app.verify.ed25519 import verify
from app.verify.following import follow
from app.verify.keys import LogKeys
from tests.support.log import PortalSource, advance, checkpoint, keys
from tests.support.portal import Person, Portal, Town


@pytest.fixture
def town(portal):
    return portal.town(members=2)


@pytest.fixture
def auditor(portal, town):
    return portal.join(town, "auditor")


def vote(portal: Portal, town: Town, **facts: Any) -> tuple[str, dict[str, Any]]:
    path = portal.ballot(town, **facts)
    receipt = town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    return path, receipt


def followed(reader: Person, town: Town, kept: Any = None) -> tuple[Report, Any]:
    states: list[Any] = [kept]
    report = Report()
    log_keys = LogKeys(keys(reader, town)[0])
    follow(report, PortalSource(reader, town), log_keys, kept, keep=states.append, tell=print)
    return report, states[-1]


# --- following ----------------------------------------------------------------------------------------


def test_a_verifier_follows_the_log_as_it_grows(app, portal, town, auditor):
    vote(portal, town)
    advance(app, town)
    report, kept = followed(auditor, town)
    assert report.agrees, report.findings
    size = report.checked["entries"]
    assert size == checkpoint(auditor, town).size > 5
    for _ in range(2):
        vote(portal, town)
        advance(app, town)
    report, _ = followed(auditor, town, kept)
    assert report.agrees, report.findings
    assert report.checked["extends"] == size


def test_tiles_of_every_published_size_stay_as_they_were(app, portal, town, auditor):
    seen: dict[str, bytes] = {}
    for _ in range(3):
        vote(portal, town)
        advance(app, town)
        size = checkpoint(auditor, town).size
        for path in (f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}"):
            seen[path] = auditor.call("GET", f"{town.path}/log/{path}").data
    assert len({len(data) for data in seen.values()}) == len(seen)
    for path, data in seen.items():
        answer = auditor.call("GET", f"{town.path}/log/{path}")
        assert answer.data == data
        assert answer.content_type == "application/octet-stream"
        assert "immutable" in answer.headers["Cache-Control"]
    entries = decode_entries(seen[f"tile/entries/000.p/{size}"], size)
    leaves = b"".join(hashlib.sha256(b"\0" + entry).digest() for entry in entries)
    assert leaves == seen[f"tile/0/000.p/{size}"]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",
        "tile/0/001",
        "tile/0/000.p/255",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/0",
        "tile/00/000.p/1",
        "tile/1/000.p/1",
        "tile/63/000.p/1",
        "tile/64/000.p/1",
        "tile/x/000.p/1",
        "tile/-1/000.p/1",
        "tile/0/x001/000.p/1",
        "tile/0/../0/000.p/1",
        "tile/entries/000",
        "tile/entries/000.p/255",
        "tile/entries/x",
        "tile/0/" + "9" * 400,
    ],
)
def test_no_other_path_is_a_tile(app, town, auditor, path):
    advance(app, town)
    assert auditor.call("GET", f"{town.path}/log/{path}").status_code == 404


def test_nothing_beyond_the_checkpoint_is_served(app, portal, town, auditor):
    advance(app, town)
    size = checkpoint(auditor, town).size
    vote(portal, town)
    listed = auditor.ok("GET", f"{town.path}/audit-entries?limit=100")["items"]
    assert len(listed) > size  # sequenced for the reader, not signed yet
    assert checkpoint(auditor, town).size == size
    for kind in ("0", "entries"):
        assert auditor.call("GET", f"{town.path}/log/tile/{kind}/000.p/{size + 1}").status_code == 404
    auditor.refused(404, "not-found", "GET", f"{town.path}/log/proofs/inclusion?index={size}")
    auditor.refused(404, "not-found", "GET", f"{town.path}/log/proofs/consistency?old=1&new={size + 1}")
    leaf = listed[-1]["leaf_hash"]
    answer = auditor.call("GET", f"{town.path}/log/proofs/inclusion?leaf_hash={leaf}")
    assert answer.status_code == 404
    assert answer.headers["Retry-After"] == "1"


def test_a_log_without_a_checkpoint_says_when_to_come_again(town, auditor):
    answer = auditor.call("GET", f"{town.path}/log/checkpoint")
    assert answer.status_code == 404
    assert answer.get_json()["type"] == "/problems/not-in-log-yet"
    assert answer.headers["Retry-After"] == "1"


# --- proofs -------------------------------------------------------------------------------------------


def decoded(texts: list[str]) -> list[bytes]:
    return [base64.b64decode(text) for text in texts]


def test_every_entry_is_proven_in_every_tree_that_has_it(app, portal, town, auditor):
    vote(portal, town)
    advance(app, town)
    signed = checkpoint(auditor, town)
    for size in range(1, signed.size + 1):
        for index in range(size):
            proof = auditor.ok("GET", f"{town.path}/log/proofs/inclusion?index={index}&size={size}")
            leaf, root = decoded([proof["leaf_hash"], proof["root_hash"]])
            verify_inclusion(index, size, leaf, decoded(proof["hashes"]), root)
            by_leaf = auditor.ok(
                "GET", f"{town.path}/log/proofs/inclusion?leaf_hash={leaf.hex()}&size={size}"
            )
            assert by_leaf == proof
    assert root == signed.root


def test_every_tree_is_proven_to_extend_every_earlier_one(app, portal, town, auditor):
    vote(portal, town)
    advance(app, town)
    signed = checkpoint(auditor, town)
    for new in range(signed.size + 1):
        for old in range(new + 1):
            proof = auditor.ok("GET", f"{town.path}/log/proofs/consistency?old={old}&new={new}")
            old_root, new_root = decoded([proof["old_root"], proof["new_root"]])
            verify_consistency(old, new, old_root, new_root, decoded(proof["hashes"]))
    assert new_root == signed.root


def test_a_proof_of_nothing_in_particular_is_not_found(app, town, auditor):
    advance(app, town)
    place = f"{town.path}/log/proofs"
    auditor.refused(404, "not-found", "GET", f"{place}/inclusion")
    auditor.refused(404, "not-found", "GET", f"{place}/inclusion?index=0&leaf_hash={'0' * 64}")
    auditor.refused(404, "not-found", "GET", f"{place}/consistency?old=3&new=2")
    assert auditor.call("GET", f"{place}/inclusion?leaf_hash=xyz").status_code == 422
    assert auditor.call("GET", f"{place}/inclusion?index=-1").status_code == 422


# --- receipts -----------------------------------------------------------------------------------------


def test_a_receipt_is_a_promise_that_is_kept(app, portal, town, auditor):
    path, receipt = vote(portal, town)
    answer = portal.visitor.call("GET", f"/v1/receipts/{receipt['tracker']}/proof")
    assert answer.status_code == 404
    assert answer.headers["Retry-After"] == "1"
    advance(app, town)
    (published,) = auditor.ok("GET", f"{town.path}/log/keys")["keys"]
    note = receipt["receipt_note"].encode()
    promise = open_receipt(note, VerifierKey.parse(published["receipt_key"]), verify)
    assert promise.leaf.hex() == receipt["leaf_hash"]
    assert promise.within == 60_000
    (cast,) = auditor.ok("GET", f"{town.path}/audit-entries?action=ballot.cast")["items"]
    assert promise.event == cast["entry"]["event"]
    proof = portal.visitor.call("GET", f"/v1/receipts/{receipt['tracker']}/proof").data
    signed = TlogProof.parse(proof).verify(promise.leaf, keys(auditor, town)[0], verify)
    assert signed == checkpoint(auditor, town)
    again = town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    repeated = open_receipt(
        again["receipt_note"].encode(), VerifierKey.parse(published["receipt_key"]), verify
    )
    assert (repeated.event, repeated.leaf) == (promise.event, promise.leaf)


def test_a_repeated_vote_gets_its_promise_again_before_it_is_sequenced(portal, town):
    path, receipt = vote(portal, town)
    again = town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    assert again["receipt_note"].splitlines()[:3] == receipt["receipt_note"].splitlines()[:3]


def test_a_vote_is_taken_where_no_receipt_can_be_signed(app, portal, town, monkeypatch):
    from app.config import SettingsError  # noqa: PLC0415 - the name app is a fixture here

    def away(*_: Any) -> None:
        raise SettingsError("another secret")

    monkeypatch.setattr(app.extensions["althing.log"].keys, "signer", away)
    path, receipt = vote(portal, town)
    assert receipt["receipt_note"] is None
    assert town.members[0].ok("GET", f"{path}/votes/me")["tracker"] == receipt["tracker"]


# --- bundles ------------------------------------------------------------------------------------------


def closed(portal: Portal, town: Town, **facts: Any) -> str:
    path = portal.ballot(town, vote_change=False, early_close=True, **facts)
    for member, choice in zip(town.members, ("mint", "lime"), strict=True):
        member.ok("PUT", f"{path}/votes/me", {"choice": [choice]})
    town.owner.ok("POST", f"{path}/close")
    return path


def test_a_bundle_is_accepted_and_a_tampered_one_is_not(app, portal, town, tmp_path, capsys):
    auditor = portal.join(town, "auditor")
    path = closed(portal, town)
    advance(app, town)
    answer = auditor.call("GET", f"{path}/bundle")
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/zip"
    whole = tmp_path / "bundle.zip"
    whole.write_bytes(answer.data)
    vkey = keys(auditor, town)[0].vkey
    assert main(["bundle", str(whole), "--key", vkey]) == 0, capsys.readouterr().out
    tampered = tmp_path / "tampered.zip"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tampered, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            copy.writestr(name, content.replace(b'"lime"', b'"mint"') if name == "casts.jsonl" else content)
    assert main(["bundle", str(tampered), "--key", vkey]) == 1
    assert "casts.jsonl" in capsys.readouterr().out
    assert auditor.call("GET", f"{path}/bundle").data == answer.data


def test_a_bundle_waits_for_close_and_checkpoint(app, portal, town, auditor):
    path = portal.ballot(town)
    auditor.refused(409, "ballot-not-closed", "GET", f"{path}/bundle")
    path = closed(portal, town)
    auditor.refused(404, "not-in-log-yet", "GET", f"{path}/bundle")
    advance(app, town)
    archive = zipfile.ZipFile(BytesIO(auditor.call("GET", f"{path}/bundle").data))
    assert archive.testzip() is None


def test_a_pseudonymous_ballots_bundle_is_for_auditors_alone(app, portal, town, auditor):
    pseudonymous = closed(portal, town, disclosure="pseudonymous")
    named = closed(portal, town, disclosure="named")
    advance(app, town)
    for person in (*town.members, town.owner):
        person.refused(403, "log-not-disclosed", "GET", f"{pseudonymous}/bundle")
        assert person.call("GET", f"{named}/bundle").status_code == 200
    assert auditor.call("GET", f"{pseudonymous}/bundle").status_code == 200


# --- who may read -------------------------------------------------------------------------------------


def test_a_published_log_is_followed_by_everyone_but_its_entries_are_not(app, portal, town, auditor):
    advance(app, town)
    stranger = portal.person()
    places = ("checkpoint", "tile/0/000.p/1", "keys", "proofs/inclusion?index=0", "proofs/consistency?old=1")
    for place in places:
        assert portal.visitor.call("GET", f"{town.path}/log/{place}").status_code == 401
        assert stranger.call("GET", f"{town.path}/log/{place}").status_code == 404
    town.owner.ok("PATCH", town.path, {"public_log": True}, if_match="*")
    for place in places:
        for person in (portal.visitor, stranger, town.members[0], auditor):
            assert person.call("GET", f"{town.path}/log/{place}").status_code == 200, place
    for person, status in ((portal.visitor, 401), (stranger, 404), (town.members[0], 403), (auditor, 200)):
        assert person.call("GET", f"{town.path}/log/tile/entries/000.p/1").status_code == status


def test_another_communitys_log_is_as_unknown_as_any(app, portal, town):
    other = portal.town(members=1)
    advance(app, other)
    for place in ("checkpoint", "tile/0/000.p/1", "keys", "proofs/inclusion?index=0"):
        town.members[0].refused(404, "not-found", "GET", f"{other.path}/log/{place}")


# --- the list -----------------------------------------------------------------------------------------


def test_entries_are_filtered_by_what_they_say(portal, town, auditor, units):
    path, _ = vote(portal, town)
    with units.read() as session:
        middle = instant(database_now(session))
    vote(portal, town)
    place = f"{town.path}/audit-entries"
    everything = auditor.ok("GET", f"{place}?limit=100")["items"]
    assert [item["position"] for item in everything] == list(range(len(everything)))

    def filtered(query: str) -> list[int]:
        return [item["position"] for item in auditor.ok("GET", f"{place}?limit=100&{query}")["items"]]

    def expected(holds: Any) -> list[int]:
        found = [item["position"] for item in everything if holds(item["entry"])]
        assert 0 < len(found) < len(everything)
        return found

    ballot = path.rsplit("/", 1)[1]
    voter = town.members[0].ok("GET", f"{town.path}/members/me")["reference"]
    assert filtered("action=ballot.cast") == expected(lambda said: said["action"] == "ballot.cast")
    assert filtered("object_type=ballot") == expected(lambda said: said["object"]["type"] == "ballot")
    assert filtered(f"object_id={ballot}") == expected(lambda said: said["object"]["id"] == ballot)
    assert filtered(f"actor={voter}") == expected(lambda said: said["actor"] == voter)
    assert filtered(f"from={middle}") == expected(lambda said: said["at"] >= middle)
    assert filtered(f"until={middle}") == expected(lambda said: said["at"] < middle)
    both = f"actor={voter}&action=ballot.cast&object_id={ballot}"
    assert len(filtered(both)) == 1


# --- rotation -----------------------------------------------------------------------------------------


def test_after_a_rotation_old_and_new_keys_are_published(app, portal, town, auditor):
    advance(app, town)
    before = auditor.call("GET", f"{town.path}/log/checkpoint").data
    old = keys(auditor, town)[0]
    said = app.test_cli_runner().invoke(args=["log", "rotate-key", town.id])
    assert said.exit_code == 0, said.output
    published = auditor.ok("GET", f"{town.path}/log/keys")["keys"]
    assert [key["number"] for key in published] == [2, 1]
    assert published[0]["checkpoint_key"] == said.output.strip()
    assert published[1]["checkpoint_key"] == old.vkey
    assert published[1]["last_size"] == LogKeys(old).open_checkpoint(before).size
    assert published[1]["retired_at"] is not None
    assert checkpoint(auditor, town).size == published[1]["last_size"]
    vote(portal, town)
    advance(app, town)
    report, _ = followed(auditor, town)
    assert report.agrees, report.findings
    said = app.test_cli_runner().invoke(args=["log", "keys", town.id])
    assert old.vkey in said.output
    said = app.test_cli_runner().invoke(args=["log", "status"])
    assert said.exit_code == 0, said.output
    assert town.id in said.output


def test_a_follower_s_state_goes_on_over_a_rotation_and_ends_at_a_break(app, portal, town, auditor):
    advance(app, town)
    first, source, kept = LogKeys(keys(auditor, town)[0]), PortalSource(auditor, town), []
    follow(Report(), source, first, None, keep=kept.append, tell=print)
    runner = app.test_cli_runner()
    for _ in range(2):
        assert runner.invoke(args=["log", "rotate-key", town.id]).exit_code == 0
        vote(portal, town)
        advance(app, town)
        report = Report()
        follow(report, source, first, kept[-1], keep=kept.append, tell=print)
        assert report.agrees, report.findings
        assert report.checked["key"] == keys(auditor, town)[0].vkey
    assert runner.invoke(args=["log", "resume", town.id, "--yes"]).exit_code == 0
    report = Report()
    follow(report, source, first, kept[-1], keep=kept.append, tell=print)
    assert [finding.code for finding in report.findings] == ["checkpoint-not-signed"]


def test_a_broken_log_is_told_and_resumed_by_hand(app, portal, town, auditor):
    advance(app, town)
    store = app.extensions["althing.log"].store
    store.path(uuid.UUID(town.id)).unlink()
    runner = app.test_cli_runner()
    said = runner.invoke(args=["log", "status"])
    assert said.exit_code == 1
    assert "flask log resume" in said.output
    assert runner.invoke(args=["log", "rotate-key", town.id]).exit_code == 1
    assert runner.invoke(args=["log", "resume", town.id], input="n\n").exit_code == 1
    assert runner.invoke(args=["log", "resume", town.id, "--yes"]).exit_code == 0
    assert runner.invoke(args=["log", "status"]).exit_code == 0
    vote(portal, town)
    advance(app, town)
    report, _ = followed(auditor, town)
    assert report.agrees, report.findings
