"""What can be wrong with a log, a receipt or a bundle, as data; and the list of what was found.

Codes are stable: programs switch on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final

FAULTS: Mapping[str, str] = {
    # A bundle's files
    "file-missing": "A file of the bundle is not there",
    "file-unlisted": "A file is there that the bundle's index does not list",
    "file-unknown": "A file is there that a bundle of this format does not have",
    "file-altered": "A file has another SHA-256 or size than the index says",
    "file-damaged": "A file cannot be read to its end",
    "file-malformed": "A file is not in its format",
    "version-unknown": "A format or a counting rule has a version that this program does not know",
    # Checkpoint and entries
    "checkpoint-malformed": "The checkpoint is none",
    "checkpoint-not-signed": "The checkpoint does not bear the signatures it must bear",
    "tile-wrong": "A tile is missing, or is not the one under the checkpoint",
    "entry-not-in-log": "An entry is not the one that stands at its index in the log",
    "entry-out-of-order": "An entry stands where it cannot stand",
    "entry-of-another-ballot": "An entry is not about this ballot",
    "entry-missing": "An entry about this ballot stands in the log and not in the bundle",
    "content-not-committed": "An entry does not commit to the content beside it",
    # The ballot
    "opening-not-logged": "The log does not say that the ballot was opened with this manifest",
    "closing-not-logged": "The log does not say that the ballot was closed with this result",
    "close-unexplained": "Voting ended at another time than manifest and log say",
    "charter-differs": "The charter is not the one the manifest names, or fixes other rules",
    "roll-differs": "The electoral roll is not the one that was frozen",
    "cast-digest-wrong": "A cast does not have the digest of its tracker and choice",
    "cast-out-of-order": "A cast does not stand in the order of the trackers, or stands twice",
    "cast-not-on-roll": "A cast is by nobody on the roll, or with another weight",
    "cast-outside-period": "A cast was taken when there was no voting",
    "cast-not-logged": "No entry of the log commits to a cast as it stands",
    "logged-cast-missing": "The log commits to a cast that is not there",
    "cast-revision-wrong": "The casts of a voter are not numbered from 1, or changed against the rules",
    "wrong-cast-counted": "Not the last cast of a voter alone counts",
    "voter-exchanged": "Casts of one voter are by several members, or those of several voters by one",
    # Votes kept apart from their voters
    "participation-differs": "The log does not have one entry for each who took part, or names them there",
    "credential-wrong": "A vote does not show the right to vote",
    "surplus-votes": "There are more votes than credentials, or more of either than there are voters",
    "sealing-key-wrong": "The key that opens the votes is not the one that was announced",
    "opened-wrongly": "A vote does not come to what is said of it",
    "box-differs": "The ballot box is not the one that was certified",
    # The count
    "count-impossible": "The votes cannot be counted by the manifest's rules",
    "result-of-another-ballot": "The result is of another ballot or manifest",
    "votes-digest-differs": "The digest over the counted votes is not the certified one",
    "lot-differs": "The lot was not drawn as was committed to at opening",
    "count-differs": "The certified count is not the one counted again",
    "explanation-differs": "The certified explanation is not the one of the count",
    "decision-differs": "The certified outcome is not the one that follows by the manifest's rules",
    "turnout-differs": "The certified turnout is not the one counted again",
    "delegation-differs": "What is certified of delegations is not what comes of resolving them again",
    "concentration-differs": "The certified shares of the largest holders are not those of the roll",
    "grants-differ": "The roles granted are not those of the winners",
    # Following a log
    "log-shrank": "The log has fewer entries than it once had",
    "log-forked": "The log does not extend what it once was",
    "root-differs": "The entries do not make the root of the checkpoint",
    "entries-wrong": "An entry bundle is missing, malformed, or not the one under its tile",
    # A receipt
    "receipt-malformed": "The receipt is none",
    "receipt-not-signed": "The receipt does not bear the log's signature",
    "proof-malformed": "The proof is none",
    "proof-wrong": "The proof does not show that the receipt's entry is in the log",
    "entry-differs": "The entry is not the one that the receipt is for",
}
"""Code to what it means."""

MOST_OF_A_KIND: Final = 20
"""Findings of one code that are kept; more are only counted."""

_LONGEST_VALUE = 100


class InvalidEvidence(ValueError):
    """A document or line that is not in its format."""


class DamagedFile(Exception):
    """A file that cannot be read to its end, as an archive's own checksum tells."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault.

    :param code: of :data:`FAULTS`.
    :param where: the file, entry, tile or member at fault.
    :param detail: what is wrong there, in one sentence.
    """

    code: str
    where: str
    detail: str

    def to_json(self) -> dict[str, str]:
        """Return the finding as JSON."""
        return {"code": self.code, "title": FAULTS[self.code], "where": self.where, "detail": self.detail}


@dataclass(slots=True)
class Report:
    """What was looked at, what was found, and what could not be looked at.

    :param findings: in the order in which they were made, at most 20 of a code.
    :param checked: what was looked at and how much of it, for people.
    :param unchecked: what could not be looked at, and why.
    """

    findings: list[Finding] = field(default_factory=list)
    checked: dict[str, Any] = field(default_factory=dict)
    unchecked: list[str] = field(default_factory=list)
    _number: Counter[str] = field(default_factory=Counter)

    @property
    def agrees(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def found(self, code: str, where: str, detail: str) -> None:
        """Note a fault, once.

        :param code: of :data:`FAULTS`.
        """
        finding = Finding(code, where, detail)
        if finding in self.findings:
            return
        self._number[code] += 1
        if self._number[code] <= MOST_OF_A_KIND:
            self.findings.append(finding)

    def unlike(self, code: str, where: str, ours: object, theirs: object, what: str) -> None:
        """Note a fault where two values differ that must be equal."""
        if ours != theirs:
            self.found(
                code, where, f"{what} is {shortened(theirs)} there and {shortened(ours)} by the recount"
            )

    def reading(self, where: str) -> AbstractContextManager[None, bool]:
        """Return a block in which what makes a file impossible to read is noted as its fault, and ends the block."""
        return _Reading(self, where)

    @property
    def omitted(self) -> dict[str, int]:
        """Return how many more findings there are of each code than are listed."""
        return {
            code: number - MOST_OF_A_KIND for code, number in self._number.items() if number > MOST_OF_A_KIND
        }

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "agrees": self.agrees,
            "findings": [finding.to_json() for finding in self.findings],
            "omitted": self.omitted,
            "checked": self.checked,
            "unchecked": self.unchecked,
        }


@dataclass(frozen=True, slots=True)
class _Reading(AbstractContextManager[None, bool]):
    report: Report
    where: str

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, DamagedFile):
            self.report.found("file-damaged", self.where, str(error))
        elif isinstance(error, InvalidEvidence):
            self.report.found("file-malformed", self.where, str(error))
        return isinstance(error, DamagedFile | InvalidEvidence)


def shortened(value: object) -> str:
    """Return a value as text, cut to what is enough to recognise it."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
