"""The ballot box of a bundle: every cast checked by itself, and all of them against the root that was certified."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.charter.words import Secrecy
from app.domain.evidence.apart_log import ConfidentialLine, SecretLine, read_apart_lines
from app.domain.evidence.digests import apart_digest, vote_line
from app.domain.evidence.faults import Report
from app.domain.evidence.files import CASTS, RESULT, EvidenceFiles
from app.domain.evidence.manifest import Manifest
from app.domain.evidence.result import Result
from app.domain.evidence.secret_votes import InvalidSecretVote, SecretVoteCryptography
from app.domain.evidence.votes import Counted, Tally
from app.domain.translog.ballot_receipts import box_leaf
from app.domain.translog.base64_text import decode_base64
from app.domain.translog.frontier import Frontier


@dataclass(slots=True)
class BallotBox:
    """What was in it.

    :param voted: from how many members, or keys.
    :param chosen: canonical choice to votes that count.
    :param invalid: of a secret ballot: why last votes do not count, to how many.
    :param opened_with: of a secret ballot, the certified private key in base64; else None.
    """

    casts: int = 0
    voted: int = 0
    chosen: Counter[str] = field(default_factory=Counter)
    invalid: Counter[str] = field(default_factory=Counter)
    opened_with: str | None = None
    tree: Frontier = field(default_factory=Frontier)
    votes_digest: Any = field(default_factory=hashlib.sha256)

    @property
    def replaced(self) -> int:
        """Return how many casts a later one replaced."""
        return self.casts - self.voted

    @property
    def counted(self) -> Counted:
        """Return what counts; every vote weighs one."""
        voters = self.chosen.total()
        return Counted((Tally(dict(self.chosen), voters, min(voters, 1)),), self.votes_digest.hexdigest())

    def stated(self, issued: int | None) -> dict[str, Any]:
        """Return what a result says of it.

        :param issued: credentials, as the log shows them.
        """
        return {
            "casts": self.casts,
            "voted": self.voted,
            "root": self.tree.root().hex(),
            "issued": issued,
            "invalid": dict(self.invalid),
            "sealing_key": self.opened_with,
        }

    def put(self, report: Report, ballot: str, line: ConfidentialLine | SecretLine, last: str) -> None:
        """Count a cast in, whose digest has been checked.

        :param last: the tracker before it, empty for the first.
        """
        if line.tracker <= last:
            where = f"{CASTS} tracker {line.tracker}"
            report.found("cast-out-of-order", where, f"it stands after {last}")
        self.casts += 1
        self.tree.push(box_leaf(ballot, line.tracker, line.digest))
        if line.counts:
            self.chosen[line.choice] += 1
            self.votes_digest.update(vote_line(line.tracker, [1], line.choice))


def read_box(
    report: Report,
    files: EvidenceFiles,
    manifest: Manifest,
    result: Result,
    cryptography: SecretVoteCryptography | None,
) -> BallotBox:
    """Read and check the casts of a ballot whose votes are kept apart from their voters.

    :param cryptography: None where a secret ballot's credentials and seals cannot be looked at.
    :raises InvalidEvidence: for a file that is no such log.
    """
    box = BallotBox()
    last = ""
    lines: Iterator[ConfidentialLine | SecretLine]
    if manifest.secrecy is Secrecy.CONFIDENTIAL:
        lines = _confidential(report, files, manifest, box)
    else:
        private = _sealing_key(report, manifest, result, box, cryptography)
        lines = _secret(_SecretVotes(report, files, manifest, cryptography, private), box)
    for line in lines:
        box.put(report, manifest.ballot, line, last)
        last = max(last, line.tracker)
    report.checked["casts"] = box.casts
    report.checked["voters"] = box.voted
    return box


def _confidential(
    report: Report, files: EvidenceFiles, manifest: Manifest, box: BallotBox
) -> Iterator[ConfidentialLine]:
    for line in read_apart_lines(files, ConfidentialLine):
        where = f"{CASTS} tracker {line.tracker}"
        if line.counts:
            box.voted += 1
            own = apart_digest(manifest.ballot, line.tracker, line.salt, line.choice)
            if line.digest != own:
                report.found("cast-digest-wrong", where, f"its digest is {line.digest}, not {own}")
        elif line.choice or line.salt:
            report.found("wrong-cast-counted", where, "it was replaced, and shows what was chosen")
        elif not manifest.vote_change:
            report.found("cast-revision-wrong", where, "it was replaced where votes cannot be changed")
        yield line


@dataclass(slots=True)
class _SecretVotes:
    """The casts of a secret ballot on their way into the box.

    :param private: the key that opens them, or None where it is not the one announced or nothing can use it.
    :param last: of each key, the highest seq.
    """

    report: Report
    files: EvidenceFiles
    manifest: Manifest
    cryptography: SecretVoteCryptography | None
    private: bytes | None
    last: dict[str, int] = field(default_factory=dict)

    def find_last(self) -> int:
        """Find the last vote of every key, and return how many keys there are."""
        seen: set[tuple[str, int]] = set()
        for line in read_apart_lines(self.files, SecretLine):
            if (line.public_key, line.seq) in seen:
                detail = f"its key has cast another vote with seq {line.seq}"
                self.report.found("cast-revision-wrong", f"{CASTS} tracker {line.tracker}", detail)
            seen.add((line.public_key, line.seq))
            self.last[line.public_key] = max(line.seq, self.last.get(line.public_key, 0))
        if len(seen) > len(self.last) and not self.manifest.vote_change:
            detail = "a key has voted again where votes cannot be changed"
            self.report.found("cast-revision-wrong", CASTS, detail)
        return len(self.last)

    def check(self, line: SecretLine) -> str | None:
        """Check a vote by itself; return why it does not count although it is the last of its key, or None."""
        where = f"{CASTS} tracker {line.tracker}"
        if self.cryptography is not None:
            self._check_right(line, where, self.cryptography)
        choice, invalid = self._opened(line)
        if (line.counts, line.choice, line.invalid) != (choice is not None, choice or "", invalid or ""):
            said, found = line.choice or line.invalid or "nothing", choice or invalid or "nothing"
            self.report.found("opened-wrongly", where, f"it says {said}, and comes to {found}")
        return invalid

    def _opened(self, line: SecretLine) -> tuple[str | None, str | None]:
        if line.seq < self.last[line.public_key]:
            return None, None
        if self.cryptography is None or self.private is None:  # believed, as the report says
            return (line.choice, None) if line.counts else (None, line.invalid)
        community, ballot, question = self.manifest.community, self.manifest.ballot, self.manifest.question
        try:
            return line.vote.opened(community, ballot, question, self.private, self.cryptography)
        except ValueError:
            return None, "not-sealed"  # nothing hexadecimal: it shows no right to vote either

    def _check_right(self, line: SecretLine, where: str, cryptography: SecretVoteCryptography) -> None:
        manifest, vote = self.manifest, line.vote
        try:
            vote.check(manifest.community, manifest.ballot, manifest.issuer_key or b"", cryptography)
        except InvalidSecretVote as invalid:
            self.report.found("credential-wrong", where, str(invalid))
            return
        if line.digest != vote.digest:
            detail = f"its digest is {line.digest}, not {vote.digest}"
            self.report.found("cast-digest-wrong", where, detail)


def _secret(votes: _SecretVotes, box: BallotBox) -> Iterator[SecretLine]:
    box.voted = votes.find_last()
    if votes.cryptography is None:
        votes.report.unchecked.append("credentials and seals were not looked at: nothing here can")
    for line in read_apart_lines(votes.files, SecretLine):
        invalid = votes.check(line)
        if invalid is not None:
            box.invalid[invalid] += 1
        yield line


def _sealing_key(
    report: Report,
    manifest: Manifest,
    result: Result,
    box: BallotBox,
    cryptography: SecretVoteCryptography | None,
) -> bytes | None:
    """Return the certified private key, if it is the one whose public half was announced."""
    certified: Mapping[str, Any] = result.ballot_box
    text = certified.get("sealing_key")
    try:
        private = decode_base64(text)  # type: ignore[arg-type]  # what is no text is refused
    except (ValueError, AttributeError):
        report.found("sealing-key-wrong", RESULT, "it publishes no key that opens the votes")
        return None
    box.opened_with = text
    if cryptography is None:
        return None
    if cryptography.public_half(private) != manifest.sealing_key:
        report.found("sealing-key-wrong", RESULT, "the key published is not of the one in the manifest")
        return None
    return private


def check_every_weight_is_one(report: Report, weights: Mapping[str, int]) -> None:
    """Note weights that would tell votes apart."""
    if unequal := sum(weight != 1 for weight in weights.values()):
        report.found(
            "roll-differs", "roll.csv", f"{unequal} on it do not weigh one, where votes are kept apart"
        )
