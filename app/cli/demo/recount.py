"""Counting a ballot again outside the server, from what anyone in the community can download.

Uses the domain's counting rules and the standard library: no database, no service, no server.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.cli.demo.audit_entries import broken
from app.cli.demo.ballot_log import (
    Cast,
    cast_digest,
    promised_digest,
    read_csv,
    read_json_lines,
    read_roll,
)
from app.cli.demo.charter import compare_with_charter
from app.domain import counting
from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.decision import (
    ChoiceFigures,
    Decision,
    DecisionRules,
    Quorum,
    Ratio,
    Threshold,
    YesNoFigures,
    decide,
)


@dataclass(frozen=True, slots=True)
class Download:
    """A file and the ``Repr-Digest`` that came with it."""

    content: bytes
    repr_digest: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a voter kept: the receipt of their latest vote, and how they themselves remember having voted."""

    tracker: str
    digest: str
    leaf_hash: str
    choice: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a recount starts from.

    :param ballot: as read over the API, for the hashes that everybody saw while voting ran.
    :param manifest: the exact bytes published at opening.
    :param charter: the version of the charter that the manifest names, as read over the API.
    :param result: the certified result.
    :param roll: the electoral roll under its random names.
    :param audit_entries: of the community, in their order.
    """

    ballot: Mapping[str, Any]
    manifest: bytes
    charter: Mapping[str, Any]
    result: Mapping[str, Any]
    log_csv: Download
    log_json_lines: Download
    roll: Download
    receipts: Sequence[Receipt] = ()
    audit_entries: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    ``agrees`` is None where it could not be looked at; ``detail`` says why, or what differs, or how much was
    compared.
    """

    subject: str
    agrees: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Recount:
    """A finished recount, and the count itself where the log could be counted."""

    findings: tuple[Finding, ...]
    count: counting.CountResult | None

    @property
    def agrees(self) -> bool:
        """Whether nothing that could be looked at differs."""
        return all(finding.agrees is not False for finding in self.findings)

    @property
    def disagreements(self) -> list[Finding]:
        """Return what differs."""
        return [finding for finding in self.findings if finding.agrees is False]


def recount(evidence: Evidence) -> Recount:
    """Count again and compare everything the server said. Never raises for wrong evidence: it says so."""
    notes = _Notes()
    count = None
    try:
        manifest = json.loads(evidence.manifest)
        _compare_manifest(notes, evidence, manifest)
        notes.compare("charter", *compare_with_charter(evidence.charter, manifest))
        casts = _read_logs(notes, evidence)
        _check_casts(notes, manifest, evidence.result["closed_at"], casts)
        _check_roll(notes, evidence, manifest, casts)
        counted = sorted((cast for cast in casts if cast.counts), key=lambda cast: cast.tracker)
        count = _count_again(notes, evidence.result, manifest, counted)
        _compare_decision(notes, evidence.result, manifest, count, counted)
        _compare_result_digest(notes, evidence.result)
        _find_receipts(notes, evidence, casts)
        _read_audit_entries(notes, evidence)
    except (ValueError, KeyError, TypeError) as broken:
        notes.note("reading", agrees=False, detail=f"the evidence cannot be read: {broken!r}")
    return Recount(tuple(notes.findings), count)


def tie_seed(secret: bytes, votes_digest: str) -> bytes:
    """Return the seed of the lot: SHA-256 over its form, the secret and the votes' digest."""
    return hashlib.sha256(b"althing-tie-seed/v1\n" + secret + votes_digest.encode()).digest()


@dataclass
class _Notes:
    findings: list[Finding] = field(default_factory=list)

    def note(self, subject: str, *, agrees: bool | None, detail: str) -> None:
        self.findings.append(Finding(subject, agrees, detail))

    def compare(self, subject: str, pairs: Mapping[str, tuple[object, object]], detail: str) -> None:
        """Note whether each named pair is equal; ``detail`` says what was compared."""
        different = [
            f"{name} is {_short(ours)} here and {_short(theirs)} there"
            for name, (ours, theirs) in pairs.items()
            if ours != theirs
        ]
        self.note(subject, agrees=not different, detail="; ".join(different) or detail)

    def none_of(self, subject: str, problems: Sequence[str], detail: str) -> None:
        """Note that there are no problems, or the first of them and how many."""
        more = f" (and {len(problems) - 1:,} more)" if len(problems) > 1 else ""
        self.note(subject, agrees=not problems, detail=problems[0] + more if problems else detail)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 70 else f"{text[:67]}..."  # noqa: PLR2004 - enough to recognise it


def _compare_manifest(notes: _Notes, evidence: Evidence, manifest: Mapping[str, Any]) -> None:
    own = sha256_hex(evidence.manifest)
    notes.compare(
        "manifest",
        {
            "the hash": (own, evidence.ballot["manifest_hash"]),
            "the hash in the result": (own, evidence.result["manifest_hash"]),
            "the ballot": (manifest["ballot"], evidence.result["ballot"]),
            "the roll's hash": (manifest["roll"]["hash"], evidence.ballot["roll_hash"]),
            "the canonical form": (canonical_json(manifest) == evidence.manifest, True),
        },
        "its SHA-256 is the one published at opening",
    )


def _read_logs(notes: _Notes, evidence: Evidence) -> list[Cast]:
    files = {"CSV": evidence.log_csv, "JSON Lines": evidence.log_json_lines, "roll's": evidence.roll}
    notes.compare(
        "files",
        {
            f"the SHA-256 of the {name} file": (
                sha256_hex(file.content),
                promised_digest(file.repr_digest),
            )
            for name, file in files.items()
        },
        "each has the SHA-256 that its Repr-Digest promised",
    )
    casts = read_csv(evidence.log_csv.content)
    same = casts == read_json_lines(evidence.log_json_lines.content)
    notes.note(
        "formats",
        agrees=same,
        detail=f"CSV and JSON Lines {'say the same' if same else 'differ'} ({len(casts):,} lines)",
    )
    return casts


def _check_casts(notes: _Notes, manifest: Mapping[str, Any], closed_at: str, casts: Sequence[Cast]) -> None:
    """Every line's digest is of its own tracker and choice, and each voter's last vote is the one that counts.

    :param closed_at: when voting ended; later than the manifest says where a late quorum or a suspension moved
        the close, which the audit log has to say.
    """
    problems = [
        f"vote {cast.tracker} does not have the digest of its choice"
        for cast in casts
        if cast_digest(manifest["ballot"], cast.tracker, cast.choice) != cast.digest
    ]
    notes.none_of("vote digests", problems, "each is the SHA-256 of its tracker and choice")

    problems = []
    if len({cast.tracker for cast in casts}) != len(casts):
        problems.append("a tracker stands twice")
    by_voter: dict[str, list[Cast]] = defaultdict(list)
    for cast in casts:
        by_voter[cast.voter].append(cast)
    for voter, own in by_voter.items():
        own.sort(key=lambda cast: cast.revision)
        if [cast.revision for cast in own] != list(range(1, len(own) + 1)):
            problems.append(f"the votes of {voter} are not numbered from 1")
        if [cast.counts for cast in own] != [False] * (len(own) - 1) + [True]:
            problems.append(f"not the last vote alone counts of {voter}")
        if len(own) > 1 and not manifest["vote_change"]:
            problems.append(f"{voter} voted twice where votes cannot be changed")
    for cast in casts:
        if not manifest["opens_at"] <= cast.cast_at < closed_at:
            problems.append(f"vote {cast.tracker} was cast at {cast.cast_at}, outside the voting period")
    replaced = sum(not cast.counts for cast in casts)
    detail = "one counts for each voter, its last" if replaced else "one for each voter"
    notes.none_of("votes", problems, f"{detail}, all within the voting period")


def _check_roll(
    notes: _Notes, evidence: Evidence, manifest: Mapping[str, Any], casts: Sequence[Cast]
) -> None:
    """Make the roll's hash again, and find every vote's voter on it with the same weight."""
    weights = read_roll(evidence.roll.content)
    total = sum(weights.values())
    lines = "".join(f"{voter} {weights[voter]}\n" for voter in sorted(weights))
    heaviest = sorted(weights.values(), reverse=True)
    concentration = evidence.result["concentration"]
    strangers = sorted({cast.voter for cast in casts if weights.get(cast.voter) != cast.weight})
    notes.compare(
        "roll",
        {
            "the hash": (sha256_hex(lines.encode()), manifest["roll"]["hash"]),
            "the size": (len(weights), manifest["roll"]["size"]),
            "the weight": (total, manifest["roll"]["weight"]),
            "the largest holder's share": (f"{heaviest[0]}/{total}", concentration["largest_holder"]),
            "the ten largest holders' share": (f"{sum(heaviest[:10])}/{total}", concentration["top_ten"]),
            "the list of voters who are not on it with their weight": (strangers, []),
        },
        f"the hash of its {len(weights):,} lines is the one published, and whoever voted is on it",
    )


def _count_again(
    notes: _Notes, result: Mapping[str, Any], manifest: Mapping[str, Any], counted: Sequence[Cast]
) -> counting.CountResult:
    """Group by choice, add up, draw the lot's seed again, count, and compare every figure of every round."""
    votes_digest = sha256_hex("".join(f"{c.tracker} {c.weight} {c.choice}\n" for c in counted).encode())
    pairs = {"the digest": (votes_digest, result["votes_digest"])}
    notes.compare("counted votes", pairs, f"the digest over all {len(counted):,} is the certified one")

    question = counting.Question(
        method=manifest["method"]["name"],
        options=tuple(option["id"] for option in manifest["options"]),
        seats=manifest["method"]["seats"],
        settings=manifest["method"]["settings"],
    )
    ties = _tie_order(notes, result, manifest, question, votes_digest)
    tally: Counter[str] = Counter()
    for cast in counted:
        tally[cast.choice] += cast.weight
    count = counting.count(question, tally, tie_order=ties)
    ours, theirs = count.to_json(), result["count"]
    pairs = {"the input digest": (ours["input_digest"], theirs["input_digest"])}
    notes.compare("tally", pairs, f"{len(tally):,} different choices weigh what was counted")
    winners = ours["winners"] if result["outcome"] == "decided" else []
    notes.compare(
        "winners",
        {
            "who is elected": (winners, result["winners"]),
            "the version of the method": (ours["version"], manifest["method"]["version"]),
        }
        | {f"the {name}": (ours[name], theirs[name]) for name in ("winners", "totals", "valid", "blank")},
        "winners and totals are those of the recount",
    )
    rounds = itertools.zip_longest(ours["rounds"], theirs["rounds"])
    notes.compare(
        "rounds",
        {f"round {number}": pair for number, pair in enumerate(rounds, 1)}
        | {"the count": (ours, theirs)}
        | {"the explanation": (counting.explain(count, _names(manifest)), result["explanation"])},
        f"{_number(len(ours['rounds']), 'round')} equal to the last digit, and so in words",
    )
    return count


def _tie_order(
    notes: _Notes,
    result: Mapping[str, Any],
    manifest: Mapping[str, Any],
    question: counting.Question,
    votes_digest: str,
) -> counting.TieOrder:
    if manifest["tie_rule"] == "stated_order":
        return counting.StatedOrder(question.options)
    secret = bytes.fromhex(result["tie_seed"]["secret"])
    seed = tie_seed(secret, votes_digest)
    notes.compare(
        "lot",
        {
            "the commitment": (sha256_hex(secret), manifest["tie_commitment"]),
            "the seed": (seed.hex(), result["tie_seed"]["seed"]),
        },
        "its secret is the one committed to at opening, its seed follows from the votes",
    )
    return counting.LotOrder(manifest["ballot"], seed, question.options)


def _compare_decision(
    notes: _Notes,
    result: Mapping[str, Any],
    manifest: Mapping[str, Any],
    count: counting.CountResult,
    counted: Sequence[Cast],
) -> None:
    decision = _decide(manifest, count, len(counted))
    turnout = {
        "voters": len(counted),
        "weight": str(sum(cast.weight for cast in counted)),
        "roll_size": manifest["roll"]["size"],
        "roll_weight": str(manifest["roll"]["weight"]),
    }
    notes.compare(
        "outcome",
        {
            "the outcome": (decision.outcome, result["outcome"]),
            "the decision": (decision.to_json(), result["decision"]),
            "the turnout": (turnout, result["turnout"]),
        },
        f"{decision.outcome} by the rules of the manifest, {len(counted):,} of {turnout['roll_size']:,} voting",
    )


def _decide(manifest: Mapping[str, Any], count: counting.CountResult, voters: int) -> Decision:
    quorum, threshold = manifest["quorum"], manifest["threshold"]
    rules = DecisionRules(
        quorum=quorum and Quorum(quorum["base"], _ratio(quorum.get("ratio")), quorum.get("count")),
        threshold=threshold
        and Threshold(
            Ratio.parse(threshold["ratio"]),
            threshold.get("strict", False),
            threshold.get("of", "for_plus_against"),
        ),
        min_approval=_ratio(manifest["min_approval"]),
        rejection_quorum=_ratio(manifest["rejection_quorum"]),
    )
    roll = {"roll_weight": manifest["roll"]["weight"], "members": manifest["roll"]["size"]}
    if count.method == "yes_no":
        weights = {f"{answer}_weight": int(total) for answer, total in count.totals.items()}
        return decide(YesNoFigures(**weights, participants=voters, **roll), rules)
    weights = {"valid_weight": int(count.valid), "blank_weight": int(count.blank)}
    return decide(ChoiceFigures(**weights, participants=voters, **roll), rules)


def _ratio(text: str | None) -> Ratio | None:
    return None if text is None else Ratio.parse(text)


def _compare_result_digest(notes: _Notes, result: Mapping[str, Any]) -> None:
    content = {name: value for name, value in result.items() if name != "digest"}
    pairs = {"the digest": (sha256_hex(canonical_json(content)), result["digest"])}
    notes.compare("result", pairs, "its digest is the SHA-256 of all it says")


def _find_receipts(notes: _Notes, evidence: Evidence, casts: Sequence[Cast]) -> None:
    """Each voter finds their own vote: their tracker, with the choice they remember."""
    if not evidence.receipts:
        notes.note("receipts", agrees=None, detail="no voter brought one")
        return
    by_tracker = {cast.tracker: cast for cast in casts}
    problems = []
    for receipt in evidence.receipts:
        found = by_tracker.get(receipt.tracker)
        own = cast_digest(evidence.ballot["id"], receipt.tracker, receipt.choice)
        if found is None:
            problems.append(f"vote {receipt.tracker} is not in the log")
        elif not found.counts:
            problems.append(f"vote {receipt.tracker} does not count, though nothing replaced it")
        elif found.choice != receipt.choice:
            problems.append(f"vote {receipt.tracker} stands in the log with another choice")
        elif not own == receipt.digest == found.digest:
            problems.append(f"vote {receipt.tracker} has another digest than its receipt")
    number = len(evidence.receipts)
    notes.none_of("receipts", problems, f"{number:,} of {number:,} voters find their vote as they cast it")


def _read_audit_entries(notes: _Notes, evidence: Evidence) -> None:
    """Find the opening with its hash, every receipt's entry and the result's digest in the audit log."""
    if not evidence.audit_entries:
        notes.note("audit log", agrees=None, detail="not read")
        return
    problems = list(broken(evidence.audit_entries))
    entries: dict[str, Mapping[str, Any]] = {}
    milestones: dict[str, Mapping[str, Any]] = {}
    for shown in evidence.audit_entries:
        entry = json.loads(shown["body"])
        entries[shown["leaf_hash"]] = entry
        if entry["object"]["id"] == evidence.ballot["id"]:
            milestones[entry["action"]] = {**shown, "commitment": entry["commitment"]}
    opened = milestones.get("ballot.opened", {}).get("content") or {}
    if opened.get("manifest_hash") != evidence.ballot["manifest_hash"]:
        problems.append("no entry says that it was opened with this manifest")
    if milestones.get("ballot.closed", {}).get("commitment") != evidence.result["digest"]:
        problems.append("no entry commits to this result")
    problems += _unexplained_close(evidence, milestones)
    for receipt in evidence.receipts:
        entry = entries.get(receipt.leaf_hash, {})
        if entry.get("action") != "ballot.cast" or entry.get("commitment") != receipt.digest:
            problems.append(f"no entry commits to vote {receipt.tracker}")
    notes.none_of(
        "audit log",
        problems,
        f"{len(evidence.audit_entries):,} entries; opening, result and every receipt are among them",
    )


def _unexplained_close(evidence: Evidence, milestones: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a close later than the manifest says: a late quorum or a suspension moves it."""
    late = evidence.result["closed_at"] > json.loads(evidence.manifest)["closes_at"]
    if late and not {"ballot.extended", "ballot.suspended"} & milestones.keys():
        return ["it closed later than its manifest says, and no entry says why"]
    return []


def _names(manifest: Mapping[str, Any]) -> dict[str, str]:
    return {option["id"]: option["title"] for option in manifest["options"]}


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
