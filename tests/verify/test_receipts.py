"""Receipts proven on the command line: a kept promise agrees, and whatever does not belong together is named."""

import json

import pytest

from app.domain.canonical_json import canonical_json
from app.domain.translog.hashing import leaf_hash
from app.domain.translog.receipts import Receipt, sign_receipt
from app.verify.__main__ import main
from tests.support.evidence import entry
from tests.support.signing import SigningKey
from tests.support.translog import LOG_KEY, ORIGIN, RECEIPT_KEY, log_of, proof_of

ENTRIES = [entry("ballot.cast", f"2026-11-01T09:00:0{number}.000Z").leaf for number in range(7)]
LOG = log_of(ENTRIES)
INDEX = 3
EVENT = json.loads(ENTRIES[INDEX])["event"]


def receipt_for(index=INDEX, *, key=RECEIPT_KEY, origin=ORIGIN, event=None, leaf=None):
    body = ENTRIES[index]
    promise = Receipt(
        origin, event or json.loads(body)["event"], leaf or leaf_hash(body), 1_767_000_000_000, 60_000
    )
    return sign_receipt(promise, key.verifier, key.sign)


PARTS = {"receipt": receipt_for(), "proof": proof_of(LOG, INDEX, 7), "entry": ENTRIES[INDEX]}


@pytest.fixture
def run(tmp_path, capsys):
    """Run the command on a receipt, a proof and an entry and return its status and report."""

    def run_on(*options, **parts):
        paths = {}
        for name, content in (PARTS | parts).items():
            if content is not None:
                paths[name] = tmp_path / name
                paths[name].write_bytes(content)
        shown = ["--entry", str(paths["entry"])] if "entry" in paths else []
        command = [
            "receipt",
            str(paths["receipt"]),
            str(paths["proof"]),
            "--key",
            LOG_KEY.verifier.vkey,
            "--json",
        ]
        status = main([*command, *shown, *options])
        return status, json.loads(capsys.readouterr().out)

    return run_on


def codes(report):
    return {finding["code"] for finding in report["findings"]}


def test_a_promise_that_was_kept_agrees(run):
    status, report = run()
    assert (status, report["findings"], report["unchecked"]) == (0, [], [])
    assert report["checked"] == {
        "event": EVENT,
        "promised": {"time": 1_767_000_000_000, "due": 1_767_000_060_000},
        "log": {"origin": ORIGIN, "size": 7},
        "index": 3,
        "entry": "shown",
    }


def test_without_the_entry_the_hash_alone_is_proven_and_that_is_said(run):
    status, report = run(entry=None)
    assert status == 0
    assert report["unchecked"] == ["the entry was not shown: the proof is about its hash alone"]


def test_receipts_may_be_signed_by_a_key_of_their_own(run):
    own = SigningKey.of(f"{ORIGIN}/receipt", bytes([9]) * 32)
    signed = receipt_for(key=own)
    assert codes(run(receipt=signed)[1]) == {"receipt-not-signed"}
    assert run("--receipt-key", own.verifier.vkey, receipt=signed)[0] == 0
    assert codes(run("--receipt-key", own.verifier.vkey)[1]) == {"receipt-not-signed"}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"receipt": receipt_for(4)}, {"proof-wrong", "entry-differs", "file-malformed"}),
        ({"proof": proof_of(LOG, 4, 7)}, {"proof-wrong"}),
        ({"entry": ENTRIES[4]}, {"entry-differs", "file-malformed"}),
        ({"entry": b"{}"}, {"entry-differs", "file-malformed"}),
        ({"receipt": receipt_for(event="6f1c1f6e-3b0f-4f52-9a53-0d2a6a5f3c11")}, {"file-malformed"}),
        ({"receipt": LOG["checkpoint"]}, {"receipt-not-signed"}),
        ({"receipt": b""}, {"receipt-malformed"}),
        ({"proof": b""}, {"proof-malformed"}),
        ({"proof": LOG["checkpoint"]}, {"proof-malformed"}),
        (
            {"proof": proof_of(log_of(ENTRIES, SigningKey.of(ORIGIN, bytes(32))), INDEX, 7)},
            {"checkpoint-not-signed"},
        ),
        ({"proof": PARTS["proof"].split(b"\n\n")[0] + b"\n\nnothing\n"}, {"checkpoint-malformed"}),
        ({"proof": proof_of(log_of([*ENTRIES[:3], b"another", *ENTRIES[4:]]), INDEX, 7)}, {"proof-wrong"}),
    ],
    ids=range(12),
)
def test_what_does_not_belong_together_is_named(run, parts, expected):
    status, report = run(**parts)
    assert (status, codes(report)) == (1, expected)


@pytest.mark.parametrize("part", ["receipt", "proof"])
def test_a_changed_byte_anywhere_is_found(run, part):
    content = PARTS[part]
    for at in range(0, len(content), 7):
        flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        assert run(**{part: flipped})[0] == 1, at


def test_a_receipt_of_another_log_is_not_proven_by_this_one(run):
    other = SigningKey.of("other.example/receipt", bytes([9]) * 32)
    foreign = receipt_for(key=other, origin="other.example")
    status, report = run("--receipt-key", other.verifier.vkey, receipt=foreign)
    assert (status, codes(report)) == (1, {"proof-wrong"})


def test_an_entry_that_is_no_entry_of_this_log_is_no_crash(run):
    body = canonical_json({"event": 7, "v": 1})
    assert codes(run(entry=body)[1]) == {"entry-differs", "file-malformed"}


def test_a_file_that_is_far_too_large_is_unreadable(run):
    status, report = run(receipt=bytes(1_000_001))
    assert status == 2
    assert "more than 1,000,000 bytes" in report["error"]
