"""The electoral roll of a bundle."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.concentration import Distribution, distribution
from app.domain.evidence.ballot_log import is_dual_roll, read_roll_line
from app.domain.evidence.digests import roll_line
from app.domain.evidence.faults import InvalidEvidence, Report
from app.domain.evidence.files import ROLL, EvidenceFiles, read_lines
from app.domain.evidence.manifest import Manifest

_LINE_END = b"\r\n"


@dataclass(frozen=True, slots=True)
class ElectoralRoll:
    """A roll: the weight of each voter; in a double majority their tokens besides, 0 or more."""

    weights: Mapping[str, int]
    tokens: Mapping[str, int] | None = None

    @property
    def tallies(self) -> tuple[Mapping[str, int], ...]:
        """Return voter to weight for each tally: one, or members and tokens."""
        return (self.weights,) if self.tokens is None else (self.weights, self.tokens)

    def of(self, voter: str) -> tuple[int, ...]:
        """Return what a voter weighs in each tally; nothing for who is not on it."""
        return tuple(weights[voter] for weights in self.tallies if voter in weights)


def spread(weights: Mapping[str, int]) -> Distribution:
    """Return how weight is spread over those who have any.

    :raises ValueError: where nobody has.
    """
    return distribution(sorted(Counter(weight for weight in weights.values() if weight).items()))


def read_roll(report: Report, files: EvidenceFiles, manifest: Manifest) -> ElectoralRoll:
    """Read the roll and compare it with what was frozen.

    :raises InvalidEvidence: for a file that is no roll in ascending order of voters.
    """
    weights: dict[str, int] = {}
    tokens: dict[str, int] = {}
    digest, last = hashlib.sha256(), ""
    lines = read_lines(files, ROLL, _LINE_END)
    dual = is_dual_roll(next(lines, (0, b""))[1])
    if dual != manifest.is_dual:
        raise InvalidEvidence("it has not as many weights a voter as the ballot has tallies")
    for number, line in lines:
        voter, weight, held = read_roll_line(line, dual=dual)
        if voter <= last:
            raise InvalidEvidence(f"line {number}: the voters are not in ascending order, each once")
        weights[voter] = weight
        if dual:
            tokens[voter] = held
        digest.update(roll_line(voter, weight, held) if dual else roll_line(voter, weight))
        last = voter
    if not weights:
        raise InvalidEvidence("the roll names nobody")
    roll = ElectoralRoll(weights, tokens if dual else None)
    _compare(report, manifest, roll, digest.hexdigest())
    report.checked["roll"] = len(weights)
    return roll


def _compare(report: Report, manifest: Manifest, roll: ElectoralRoll, digest: str) -> None:
    """Compare a roll's figures with those announced, and a cap with what it must have cut off."""
    total, frozen = sum(roll.weights.values()), manifest.roll
    tokens = None if roll.tokens is None else sum(roll.tokens.values())
    found = {"size": len(roll.weights), "weight": total, "tokens": tokens, "hash": digest}
    if manifest.cap is None:
        found |= {"weight_limit": None, "weight_overflow": None}
    else:
        overflow = frozen["weight_overflow"]
        if not isinstance(overflow, int):
            raise InvalidEvidence("the manifest does not announce what its cap cut off")
        limit = manifest.cap.limit(total + overflow)
        found |= {"weight_limit": limit, "weight_overflow": overflow}
        if above := sum(weight > limit for weight in roll.weights.values()):
            report.found("roll-differs", ROLL, f"{above} weigh more than the cap of {limit} lets them")
    for what, ours in found.items():
        theirs = frozen[what]
        report.unlike("roll-differs", ROLL, str(ours), str(theirs), f"the manifest's {what} of the roll")
