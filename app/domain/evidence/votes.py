"""The casts of a bundle: each checked by itself, against the roll and the log; and what counts of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.evidence.ballot_log import Cast, read_cast
from app.domain.evidence.course import Voting
from app.domain.evidence.digests import cast_digest, vote_line
from app.domain.evidence.faults import InvalidEvidence, Report
from app.domain.evidence.files import CASTS, EvidenceFiles, read_lines
from app.domain.evidence.log_entries import BallotEntries
from app.domain.evidence.manifest import Manifest
from app.domain.evidence.roll import ElectoralRoll

#: The disclosure under which the log names the member behind each cast.
_NAMED = "named"


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes that count, by one kind of weight.

    :param by_choice: canonical choice to weight, each above 0.
    :param voters: people whose vote weighs anything here.
    :param largest_vote: the weight of the single vote that counts most; 0 where nobody voted.
    """

    by_choice: Mapping[str, int]
    voters: int
    largest_vote: int

    @property
    def weight(self) -> int:
        """Return the weight of all counted votes."""
        return sum(self.by_choice.values())


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts.

    :param tallies: one; in a double majority members, then tokens.
    :param digest: over the counted votes, in hexadecimal.
    """

    tallies: tuple[Tally, ...]
    digest: str


def voters_of(files: EvidenceFiles) -> set[str]:
    """Return everyone who cast a vote, by their name on the roll.

    :raises InvalidEvidence: for a file that is no ballot log.
    """
    return {cast.voter for cast in _casts(files)}


def tally_of(files: EvidenceFiles, roll: ElectoralRoll, weights: Sequence[Mapping[str, int]]) -> Counted:
    """Add up the casts that are marked as counting; whether they are marked rightly is :func:`check_casts`'.

    :param weights: for each tally, voter -> the weight with which their vote counts; nobody's votes are left out.
    :raises InvalidEvidence: for a file that is no ballot log.
    """
    sums: list[Counter[str]] = [Counter() for _ in weights]
    voters, largest = [0] * len(weights), [0] * len(weights)
    digest = hashlib.sha256()
    for cast in _casts(files):
        if not cast.counts:
            continue
        digest.update(vote_line(cast.tracker, roll.of(cast.voter), cast.choice))
        for place, each in enumerate(weights):
            if weight := each.get(cast.voter, 0):
                sums[place][cast.choice] += weight
                voters[place] += 1
                largest[place] = max(largest[place], weight)
    tallies = tuple(Tally(*each) for each in zip(sums, voters, largest, strict=True))
    return Counted(tallies, digest.hexdigest())


def check_casts(
    report: Report,
    files: EvidenceFiles,
    manifest: Manifest,
    roll: ElectoralRoll,
    *,
    entries: BallotEntries,
    voting: Voting,
) -> None:
    """Check every cast, and that the log has these casts and no others.

    :raises InvalidEvidence: for a file that is no ballot log.
    """
    checker = _Checker(report, manifest, roll, entries, voting)
    for cast in _casts(files):
        checker.check(cast)
    checker.finish()


def _casts(files: EvidenceFiles) -> Iterator[Cast]:
    for number, line in read_lines(files, CASTS):
        try:
            yield read_cast(line)
        except InvalidEvidence as invalid:
            raise InvalidEvidence(f"line {number}: {invalid}") from None


@dataclass(slots=True)
class _Checker:
    """What has to be remembered from cast to cast: of each voter a few numbers, of the casts nothing."""

    report: Report
    manifest: Manifest
    roll: ElectoralRoll
    entries: BallotEntries
    voting: Voting
    number: int = 0
    last_tracker: str = ""
    found: set[str] = field(default_factory=set)
    revisions: dict[str, list[int]] = field(default_factory=dict)
    counting: dict[str, list[int]] = field(default_factory=dict)
    members: dict[str, str | None] = field(default_factory=dict)
    voters: dict[str | None, str] = field(default_factory=dict)

    def check(self, cast: Cast) -> None:
        """Check one cast."""
        where = f"{CASTS} tracker {cast.tracker}"
        self.number += 1
        if cast.tracker <= self.last_tracker:
            self.report.found("cast-out-of-order", where, f"it stands after {self.last_tracker}")
        self.last_tracker = max(cast.tracker, self.last_tracker)
        own = cast_digest(self.manifest.ballot, cast.tracker, cast.choice)
        if cast.digest != own:
            self.report.found("cast-digest-wrong", where, f"its digest is {cast.digest}, not {own}")
        if self.roll.of(cast.voter) != cast.weights:
            detail = f"{cast.voter} with {' and '.join(map(str, cast.weights))} is not on the roll"
            self.report.found("cast-not-on-roll", where, detail)
        if not self.voting.is_on(cast.cast_at):
            self.report.found("cast-outside-period", where, f"it was cast at {cast.cast_at}")
        self.revisions.setdefault(cast.voter, []).append(cast.revision)
        if cast.counts:
            self.counting.setdefault(cast.voter, []).append(cast.revision)
        self._find_entry(cast, where)

    def _find_entry(self, cast: Cast, where: str) -> None:
        entry = self.entries.casts.get(cast.digest)
        if entry is None:
            self.report.found("cast-not-logged", where, "no entry commits to it")
            return
        self.found.add(cast.digest)
        if entry.at != cast.cast_at:
            self.report.found("cast-not-logged", where, f"its entry says {entry.at}, the cast {cast.cast_at}")
        if not self.voting.opened < entry.index < self.voting.closed:
            self.report.found("entry-out-of-order", entry.where, "the cast stands outside the voting")
        named = entry.actor if self.manifest.disclosure == _NAMED else ""
        if cast.member != named:
            self.report.found("voter-exchanged", where, f"it names {cast.member or 'nobody'} as the member")
        if self.members.setdefault(cast.voter, entry.actor) != entry.actor:
            self.report.found("voter-exchanged", where, f"{cast.voter} voted as another member before")
        if self.voters.setdefault(entry.actor, cast.voter) != cast.voter:
            self.report.found(
                "voter-exchanged", where, f"the member voted as another voter before {cast.voter}"
            )

    def finish(self) -> None:
        """Check what only all casts together show."""
        for digest in self.entries.casts.keys() - self.found:
            entry = self.entries.casts[digest]
            self.report.found("logged-cast-missing", entry.where, f"no cast has the digest {digest}")
        for voter, revisions in self.revisions.items():
            where = f"{CASTS} voter {voter}"
            revisions.sort()
            if revisions != list(range(1, len(revisions) + 1)):
                numbers = ", ".join(map(str, revisions))
                self.report.found("cast-revision-wrong", where, f"the casts are numbered {numbers}")
            elif len(revisions) > 1 and not self.manifest.vote_change:
                detail = f"voted {len(revisions)} times where votes cannot be changed"
                self.report.found("cast-revision-wrong", where, detail)
            if self.counting.get(voter, []) != revisions[-1:]:
                self.report.found("wrong-cast-counted", where, "not the last cast alone counts")
        self.report.checked["casts"] = self.number
        self.report.checked["voters"] = len(self.revisions)
