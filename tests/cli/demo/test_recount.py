"""A recount agrees with what was certified, and notices whatever is not as it was."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from app.cli.demo.audit import _promised, forged
from app.cli.demo.ballot_log import InvalidLog, promised_digest
from app.cli.demo.recount import recount
from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.evidence.ballot_log import read_csv, read_json_lines, write_csv, write_json_lines
from app.domain.evidence.digests import cast_digest


def disagreeing(evidence):
    return {finding.subject for finding in recount(evidence).disagreements}


def with_log(evidence, casts):
    """Return the evidence with another log, in both forms and with fitting file digests."""
    return replace(
        evidence, log_csv=_promised(write_csv(casts)), log_json_lines=_promised(write_json_lines(casts))
    )


def with_result(evidence, change):
    """Return the evidence with another result, its own digest made to fit."""
    result = json.loads(json.dumps(evidence.result))
    change(result)
    del result["digest"]
    return replace(evidence, result=result | {"digest": sha256_hex(canonical_json(result))})


def with_manifest(evidence, change):
    """Return the evidence with another manifest, wherever its hash is shown."""
    manifest = json.loads(evidence.manifest)
    change(manifest)
    content = canonical_json(manifest)
    ballot = {**evidence.ballot, "manifest_hash": sha256_hex(content)}
    changed = replace(evidence, manifest=content, ballot=ballot)
    return with_result(changed, lambda result: result.update(manifest_hash=sha256_hex(content)))


def test_an_honest_ballot_agrees_in_everything(evidence):
    own = recount(evidence)
    assert [finding for finding in own.findings if not finding.agrees] == []
    assert own.count.winners == tuple(evidence.result["winners"])


def test_a_forged_vote_is_caught_though_its_digest_fits(evidence):
    changed = forged(evidence)
    assert "vote digests" not in disagreeing(changed)
    assert {"counted votes", "lot", "tally", "receipts"} <= disagreeing(changed)


def test_a_vote_changed_without_its_digest_is_caught_in_the_log_itself(evidence):
    casts = read_csv(evidence.log_csv.content)
    other = next(cast.choice for cast in casts if cast.choice != casts[0].choice)
    assert "vote digests" in disagreeing(with_log(evidence, [replace(casts[0], choice=other), *casts[1:]]))


def test_a_vote_taken_out_is_missed_by_its_voter(evidence):
    casts = read_csv(evidence.log_csv.content)
    assert {"counted votes", "receipts", "tally"} <= disagreeing(with_log(evidence, casts[1:]))


def test_a_roll_with_another_voter_or_weight_is_noticed(evidence):
    lines = evidence.roll.content.splitlines(keepends=True)
    stranger = b"00000000-0000-4000-8000-000000000000,1\r\n"
    for roll in ([lines[0], stranger, *lines[1:]], [lines[0], stranger, *lines[2:]], lines[:-1]):
        assert disagreeing(replace(evidence, roll=_promised(b"".join(roll)))) == {"roll"}
    heavier = evidence.roll.content.replace(b",1\r\n", b",2\r\n", 1)
    assert disagreeing(replace(evidence, roll=_promised(heavier))) == {"roll"}
    twice = evidence.roll.content + lines[-1]
    assert "reading" in disagreeing(replace(evidence, roll=_promised(twice)))


def test_a_vote_put_in_is_by_nobody_on_the_roll(evidence):
    casts = read_csv(evidence.log_csv.content)
    tracker = "00000000-0000-4000-8000-000000000000"
    digest = cast_digest(evidence.ballot["id"], tracker, casts[0].choice)
    stuffed = replace(casts[0], tracker=tracker, voter=tracker, digest=digest)
    assert {"roll", "counted votes", "tally"} <= disagreeing(with_log(evidence, [stuffed, *casts]))


def test_a_second_vote_of_a_voter_is_noticed(evidence):
    casts = read_csv(evidence.log_csv.content)
    tracker = "00000000-0000-4000-8000-000000000000"
    digest = cast_digest(evidence.ballot["id"], tracker, casts[0].choice)
    again = replace(casts[0], tracker=tracker, digest=digest, revision=2)
    assert "votes" in disagreeing(with_log(evidence, [again, *casts]))


def test_another_weight_is_noticed(evidence):
    casts = read_csv(evidence.log_csv.content)
    heavier = [replace(casts[0], weight=2), *casts[1:]]
    assert {"roll", "counted votes", "tally"} <= disagreeing(with_log(evidence, heavier))


def test_a_vote_outside_the_period_is_noticed(evidence):
    casts = read_csv(evidence.log_csv.content)
    late = [replace(casts[0], cast_at="2999-01-01T00:00:00.000Z"), *casts[1:]]
    assert "votes" in disagreeing(with_log(evidence, late))


def test_files_that_do_not_have_their_promised_digest_are_noticed(evidence):
    cut = replace(evidence.log_csv, content=evidence.log_csv.content + b"\r\n"[:0] + b" ")
    assert disagreeing(replace(evidence, log_csv=cut))
    unsigned = replace(evidence.log_json_lines, repr_digest="")
    assert disagreeing(replace(evidence, log_json_lines=unsigned)) == {"files"}


def test_two_forms_that_say_different_things_are_noticed(evidence):
    casts = read_json_lines(evidence.log_json_lines.content)
    assert disagreeing(replace(evidence, log_json_lines=_promised(write_json_lines(casts[1:])))) == {
        "formats"
    }


def elect_another(result):
    result["winners"] = ["nobody"]


def change_a_round(result):
    result["count"]["rounds"][0]["totals"]["mint"] = "9"


def change_the_words(result):
    result["explanation"][0] += " Really."


def change_the_seed(result):
    result["tie_seed"]["seed"] = "00" * 32


def change_the_secret(result):
    result["tie_seed"]["secret"] = "00" * 32


def miss_the_quorum(result):
    result["outcome"] = "inquorate"


def raise_the_turnout(result):
    result["turnout"]["voters"] += 1


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        (elect_another, "winners"),
        (change_a_round, "rounds"),
        (change_the_words, "rounds"),
        (change_the_seed, "lot"),
        (change_the_secret, "lot"),
        (miss_the_quorum, "outcome"),
        (raise_the_turnout, "outcome"),
    ],
)
def test_a_result_that_says_something_else_is_noticed(evidence, change, subject):
    # The audit log commits to the certified result, so no other one stands there.
    assert {subject, "audit log"} <= disagreeing(with_result(evidence, change))


def test_a_result_that_does_not_have_its_digest_is_noticed(evidence):
    result = {**evidence.result, "certified_at": "2026-01-01T00:00:00.000Z"}
    assert disagreeing(replace(evidence, result=result)) == {"result"}


def lower_the_quorum(manifest):
    manifest["quorum"] = {"base": "participants", "ratio": "1/3"}


def swap_titles(manifest):
    first, second, *_ = manifest["options"]
    first["title"], second["title"] = second["title"], first["title"]


@pytest.mark.parametrize(("change", "subject"), [(lower_the_quorum, "outcome"), (swap_titles, "rounds")])
def test_a_manifest_rewritten_after_opening_is_noticed(evidence, change, subject):
    assert {subject, "audit log"} <= disagreeing(with_manifest(evidence, change))


def test_a_receipt_that_the_log_does_not_hold_is_noticed(evidence):
    first, *others = evidence.receipts
    lost = replace(first, tracker="00000000-0000-4000-8000-000000000000")
    assert "receipts" in disagreeing(replace(evidence, receipts=[lost, *others]))
    otherwise = replace(first, choice="yuzu" if first.choice != "yuzu" else "lime")
    assert disagreeing(replace(evidence, receipts=[otherwise, *others])) == {"receipts"}


def test_an_audit_log_rewritten_or_cut_is_noticed(evidence):
    entries = [dict(entry) for entry in evidence.audit_entries]
    entries[0]["body"] = entries[0]["body"].replace('"v":1', '"v":2')
    assert disagreeing(replace(evidence, audit_entries=entries)) == {"audit log"}
    assert disagreeing(replace(evidence, audit_entries=list(evidence.audit_entries)[:-1])) == {"audit log"}


def test_what_cannot_be_looked_at_is_said_and_is_no_disagreement(town):
    ballot = town.ballot(early_close=False, vote_change=True, voting_period="PT3S", secrecy="sealed")
    receipts = town.cast(ballot, [["mint"], ["lime"]])
    receipts[0] = town.portal.cast(ballot, town.voters[0], ["yuzu", "lime"])
    while town.portal.result(ballot, town.owner) is None:
        time.sleep(0.05)
    own = recount(replace(town.portal.evidence(ballot, town.auditor, []), audit_entries=[]))
    assert own.agrees
    assert {finding.subject for finding in own.findings if finding.agrees is None} == {
        "receipts",
        "audit log",
    }
    assert recount(town.portal.evidence(ballot, town.auditor, receipts)).agrees


@pytest.mark.parametrize("content", [b"", b"tracker,choice\r\n1,mint\r\n", b"\xff\xfe", b"PK\x03\x04"])
def test_a_file_that_is_no_log_is_a_disagreement_and_no_crash(evidence, content):
    assert "reading" in disagreeing(replace(evidence, log_csv=_promised(content)))


def test_both_forms_are_written_as_the_service_writes_them(evidence):
    assert write_csv(read_csv(evidence.log_csv.content)) == evidence.log_csv.content
    assert write_json_lines(read_json_lines(evidence.log_json_lines.content)) == (
        evidence.log_json_lines.content
    )


def test_a_log_without_votes_that_count_cannot_be_forged(evidence):
    with pytest.raises(InvalidLog, match="no vote counts"):
        forged(with_log(evidence, []))


def test_a_missing_promise_is_no_digest():
    assert promised_digest("") == ""
    assert promised_digest("md5=:AAAA:") == ""


def rewrite_an_article(version):
    version["charter"]["articles"][0]["body"] = "The brand decides."


def raise_a_quorum(version):
    for rule in version["charter"]["decision_types"]:
        rule["quorum"] = {"base": "participants", "ratio": "3/4"}


def renumber(version):
    version["number"] = 2


@pytest.mark.parametrize("change", [rewrite_an_article, raise_a_quorum, renumber])
def test_another_charter_than_the_one_the_ballot_was_opened_under_is_noticed(evidence, change):
    version = json.loads(json.dumps(evidence.charter))
    change(version)
    assert disagreeing(replace(evidence, charter=version)) == {"charter"}


def test_a_rule_that_the_charter_fixes_otherwise_is_noticed(evidence):
    version = json.loads(json.dumps(evidence.charter))
    rules = next(r for r in version["charter"]["decision_types"] if r["id"] == "general")
    rules["left_open"].remove("quorum")
    rules["quorum"] = {"base": "participants", "ratio": "3/4"}
    digest = sha256_hex(canonical_json(version["charter"]))

    def follow(manifest):
        manifest["rules"] = rules
        manifest["charter"]["digest"] = digest

    found = recount(with_manifest(replace(evidence, charter=version), follow)).findings
    said = next(finding for finding in found if finding.subject == "charter")
    assert not said.agrees
    assert "quorum" in said.detail


def test_a_close_later_than_the_manifest_says_needs_its_entry(evidence):
    later = with_result(evidence, lambda result: result.update(closed_at="2999-01-01T00:00:00.000Z"))
    log = next(f for f in recount(later).findings if f.subject == "audit log")
    assert log.agrees is False
    assert "(and 1 more)" in log.detail  # besides the result's digest, which no entry commits to
