"""Bundles and receipts of confidential and secret ballots: honest ones agree, and whatever is changed is named."""

from __future__ import annotations

import io
import json
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from app.domain.canonical_json import canonical_json
from app.domain.evidence.digests import apart_digest
from app.domain.evidence.secret_votes import SecretVote
from app.domain.evidence.verification import verify_bundle
from app.domain.translog.keys import VerifierKey
from app.verify.__main__ import main
from app.verify.keys import LogKeys
from app.verify.secret_votes import CRYPTOGRAPHY
from tests.domain.evidence.opened import MemoryFiles
from tests.support import log
from tests.support.evidence import indexed
from tests.support.portal import Portal
from tests.support.secret_voter import registered
from tests.support.settings import settings_for

RULES = {"method": "plurality", "vote_change": True, "voting_period": "PT5S"}


@dataclass
class Held:
    """A ballot that was held, with what was published of it."""

    files: dict[str, bytes]
    key: VerifierKey
    receipts: list[dict[str, Any]]
    proof: bytes
    devices: list[Any]

    @property
    def ballot(self) -> str:
        return self.receipts[0]["ballot_id"]

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files["casts.jsonl"].splitlines()]

    def codes(self, files: dict[str, bytes]) -> set[str]:
        made = indexed(files, self.ballot, self.key.name)
        report, _ = verify_bundle(MemoryFiles(made), LogKeys(self.key).open_checkpoint, CRYPTOGRAPHY)
        return {finding.code for finding in report.findings}

    def with_lines(self, lines: list[dict[str, Any]]) -> dict[str, bytes]:
        ordered = sorted(lines, key=lambda line: line["tracker"])
        written = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in ordered)
        return self.files | {"casts.jsonl": written}

    def with_document(self, name: str, **facts: Any) -> dict[str, bytes]:
        document = json.loads(self.files[name])
        return self.files | {name: canonical_json(document | facts)}


@pytest.fixture(scope="module")
def held(templates, tmp_path_factory) -> dict[str, Held]:
    """One confidential and one secret ballot of five on the roll, four of whom voted and one changed the vote."""
    app = create_app(settings_for(templates.database("sqlite", tmp_path_factory.mktemp("apart"))))
    portal = Portal(app)
    town = portal.town(members=5)
    paths = {level: portal.ballot(town, secrecy=level, **RULES) for level in ("confidential", "secret")}
    receipts: dict[str, list[dict[str, Any]]] = {level: [] for level in paths}
    for person, choice in zip(town.members[:4], ("mint", "lime", "lime", "yuzu"), strict=True):
        for each in ("yuzu", choice) if person is town.members[0] else (choice,):
            cast = person.ok("PUT", f"{paths['confidential']}/votes/me", {"choice": each})
            receipts["confidential"].append(cast)
    devices = [registered(person, paths["secret"]) for person in town.members[:4]]
    for device, choice in zip(devices, ("mint", "lime", "lime", b"nothing"), strict=True):
        receipts["secret"].append(device.cast(portal.visitor, choice))
    receipts["secret"].append(devices[0].cast(portal.visitor, "yuzu", 2))
    while {town.owner.ok("GET", path)["state"] for path in paths.values()} != {"closed"}:
        time.sleep(0.1)
    for path in paths.values():
        town.owner.ok("GET", f"{path}/result")
    log.advance(app, town)
    (key,) = log.keys(town.owner, town)
    made = {}
    for level, path in paths.items():
        archive = zipfile.ZipFile(io.BytesIO(town.members[4].call("GET", f"{path}/bundle").data))
        files = {name: archive.read(name) for name in archive.namelist()}
        proof = portal.visitor.call("GET", f"/v1/receipts/{receipts[level][0]['tracker']}/proof").data
        made[level] = Held(files, key, receipts[level], proof, devices)
    yield made
    app.extensions["althing.units"].dispose()


LEVELS = ("confidential", "secret")


@pytest.mark.parametrize("level", LEVELS)
def test_an_honest_bundle_agrees(level, held, tmp_path, capsys):
    ballot = held[level]
    assert ballot.codes(ballot.files) == set()
    for name, content in ballot.files.items():
        path = tmp_path / "bundle" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert main(["bundle", str(tmp_path / "bundle"), "--key", ballot.key.vkey, "--json"]) == 0
    checked = json.loads(capsys.readouterr().out)["checked"]
    assert (checked["casts"], checked["voters"], checked["roll"]) == (5, 4, 5)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("which", range(5))
def test_a_cast_left_out_is_found(level, which, held):
    lines = held[level].lines()
    del lines[which]
    assert "box-differs" in held[level].codes(held[level].with_lines(lines))


@pytest.mark.parametrize("level", LEVELS)
def test_a_changed_choice_is_found(level, held):
    lines = held[level].lines()
    line = next(each for each in lines if each["counts"])
    line["choice"] = "mint" if line["choice"] != "mint" else "lime"
    found = held[level].codes(held[level].with_lines(lines))
    wrong = "cast-digest-wrong" if level == "confidential" else "opened-wrongly"
    assert {wrong, "votes-digest-differs"} <= found


def test_a_confidential_choice_changed_with_its_digest_is_found_by_root_and_result(held):
    ballot = held["confidential"]
    lines = ballot.lines()
    line = next(each for each in lines if each["counts"] and each["choice"] == "lime")
    line |= {"choice": "mint", "digest": apart_digest(ballot.ballot, line["tracker"], line["salt"], "mint")}
    found = ballot.codes(ballot.with_lines(lines))
    assert {"box-differs", "votes-digest-differs", "count-differs"} <= found
    assert "cast-digest-wrong" not in found


def test_a_replaced_confidential_cast_shown_or_counted_is_found(held):
    ballot = held["confidential"]
    lines = ballot.lines()
    replaced = next(each for each in lines if not each["counts"])
    replaced |= {"choice": "yuzu", "salt": "00" * 32}
    assert "wrong-cast-counted" in ballot.codes(ballot.with_lines(lines))
    replaced["counts"] = True
    assert {"cast-digest-wrong", "participation-differs"} <= ballot.codes(ballot.with_lines(lines))


@pytest.mark.parametrize("part", ["public_key", "prefix", "credential", "sealed_choice", "signature", "seq"])
def test_a_secret_vote_with_any_part_changed_is_found(part, held):
    ballot = held["secret"]
    lines = ballot.lines()
    line = next(each for each in lines if each["counts"])
    value = line[part]
    line[part] = value + 9 if part == "seq" else value[:-1] + ("0" if value[-1] != "0" else "1")
    assert "credential-wrong" in ballot.codes(ballot.with_lines(lines))


def test_a_vote_that_the_service_made_up_needs_a_credential(held):
    """A ballot box stuffed with a key of the forger's own: it has no credential of the issuer's."""
    ballot = held["secret"]
    lines = ballot.lines()
    thief = type(ballot.devices[0]).of(json.loads(ballot.files["manifest.json"]))
    thief.credential = bytes(256)
    vote = thief.vote("mint")
    made = {
        "tracker": "ff" * 4 + "-ffff-4fff-bfff-" + "ff" * 6,
        "counts": True,
        "choice": "mint",
        "invalid": "",
    }
    lines.append(made | vote | {"digest": SecretVote(**vote).digest})
    order = list(lines[0])
    found = ballot.codes(ballot.with_lines([{name: each[name] for name in order} for each in lines]))
    assert {"credential-wrong", "surplus-votes", "box-differs"} <= found


def test_the_votes_are_opened_again_and_not_believed(held):
    ballot = held["secret"]
    lines = ballot.lines()
    invalid = next(each for each in lines if each["invalid"])
    invalid |= {"counts": True, "choice": "mint", "invalid": ""}
    assert {"opened-wrongly"} <= ballot.codes(ballot.with_lines(lines))
    lines = ballot.lines()
    counted = next(each for each in lines if each["counts"])
    counted |= {"counts": False, "choice": "", "invalid": "no-answer"}
    assert "opened-wrongly" in ballot.codes(ballot.with_lines(lines))


def test_another_sealing_key_is_found(held):
    ballot = held["secret"]
    result = json.loads(ballot.files["result.json"])
    for other in (None, "AAAA", "no base64"):
        box = result["ballot_box"] | {"sealing_key": other}
        found = ballot.codes(ballot.with_document("result.json", ballot_box=box))
        assert {"sealing-key-wrong", "closing-not-logged"} <= found


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("member", ["casts", "voted", "root", "issued", "invalid"])
def test_another_figure_of_the_box_is_found(level, member, held):
    ballot = held[level]
    box = json.loads(ballot.files["result.json"])["ballot_box"] | {member: 99}
    assert "box-differs" in ballot.codes(ballot.with_document("result.json", ballot_box=box))


@pytest.mark.parametrize("level", LEVELS)
def test_an_entry_of_participation_left_out_is_found(level, held):
    ballot = held[level]
    entries = ballot.files["log/entries.jsonl"].splitlines(keepends=True)
    action = b"credential_issued" if level == "secret" else b"ballot.cast"
    kept = [line for line in entries if action not in line]
    one = next(line for line in entries if action in line)
    assert len(kept) == len(entries) - 4
    found = ballot.codes(
        ballot.files | {"log/entries.jsonl": b"".join(line for line in entries if line != one)}
    )
    assert ("surplus-votes" if level == "secret" else "participation-differs") in found


def test_who_took_part_is_in_the_bundle_and_not_how(held):
    for ballot in held.values():
        members = [
            json.loads(line)["content"]["member"]
            for line in ballot.files["log/entries.jsonl"].splitlines()
            if b'"member"' in line
        ]
        assert len(set(members)) == 4
        assert not [name for name in members if name.encode() in ballot.files["casts.jsonl"]]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "content", [b"", b"{}\n", b"[]\n", b"null\n", b"\xff\n", b'{"tracker":1}\n', b"[" * 9999 + b"\n"]
)
def test_a_log_that_is_something_else_is_found_and_no_crash(level, content, held):
    assert held[level].codes(held[level].files | {"casts.jsonl": content})


def receipt_run(
    tmp_path: Path, ballot: Held, *, note: bytes | None = None, proof: bytes | None = None
) -> int:
    kept = ballot.receipts[0]["receipt_note"].encode() if note is None else note
    (tmp_path / "receipt").write_bytes(kept)
    (tmp_path / "proof").write_bytes(ballot.proof if proof is None else proof)
    return main(
        ["receipt", str(tmp_path / "receipt"), str(tmp_path / "proof"), "--key", ballot.key.vkey, "--json"]
    )


@pytest.mark.parametrize("level", LEVELS)
def test_a_receipt_is_proven_and_another_is_not(level, held, tmp_path, capsys):
    ballot = held[level]
    root = json.loads(ballot.files["result.json"])["ballot_box"]["root"]
    assert receipt_run(tmp_path, ballot) == 0
    assert json.loads(capsys.readouterr().out)["checked"]["box"] == {"casts": 5, "root": root}
    assert receipt_run(tmp_path, ballot, note=ballot.receipts[1]["receipt_note"].encode()) == 1
    assert [each["code"] for each in json.loads(capsys.readouterr().out)["findings"]] == ["proof-wrong"]


@pytest.mark.parametrize("level", LEVELS)
def test_a_receipt_or_proof_with_any_line_changed_is_refused(level, held, tmp_path, capsys):
    ballot = held[level]
    note = ballot.receipts[0]["receipt_note"]
    for number in range(1, 4):
        lines = note.split("\n")
        lines[number] = lines[number][:-1] + ("0" if lines[number][-1] != "0" else "1")
        assert receipt_run(tmp_path, ballot, note="\n".join(lines).encode()) == 1
    other = next(each for name, each in held.items() if name != level)
    assert receipt_run(tmp_path, ballot, proof=other.proof) == 1
    capsys.readouterr()
