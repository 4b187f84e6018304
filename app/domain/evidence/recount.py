"""The result made again from manifest, roll and casts, and compared with the certified one, member by member.

A result has a version. What is done for one stands in :data:`RECOUNTS`: the weight of each vote, then tallies,
counts, the decision, and the document they make. A version that weighs or counts otherwise is a row there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from app.domain import counting, double_majority
from app.domain.canonical_json import sha256_hex
from app.domain.concentration import Concentration, Distribution
from app.domain.decision import (
    ChoiceFigures,
    Decision,
    DualDecision,
    YesNoFigures,
    decide,
    decide_dual,
)
from app.domain.evidence.delegations import resolve_ballot
from app.domain.evidence.difference import first_difference
from app.domain.evidence.digests import tie_seed
from app.domain.evidence.faults import InvalidEvidence, Report, shortened
from app.domain.evidence.files import MANIFEST, RESULT, EvidenceFiles
from app.domain.evidence.manifest import Manifest
from app.domain.evidence.result import Result
from app.domain.evidence.roll import ElectoralRoll, spread
from app.domain.evidence.votes import Counted, Tally, tally_of

_CODES = {
    "v": "version-unknown",
    "ballot": "result-of-another-ballot",
    "manifest_hash": "result-of-another-ballot",
    "votes_digest": "votes-digest-differs",
    "ballot_box": "box-differs",
    "tie_seed": "lot-differs",
    "count": "count-differs",
    "token_count": "count-differs",
    "explanation": "explanation-differs",
    "outcome": "decision-differs",
    "winners": "decision-differs",
    "decision": "decision-differs",
    "granted": "grants-differ",
    "turnout": "turnout-differs",
    "delegation": "delegation-differs",
    "concentration": "concentration-differs",
}
"""Member of a result to the code under which a difference in it is noted; any other is ``count-differs``."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Votes that were read and checked apart from any voter.

    :param counted: what counts of them.
    :param stated: what a result says of their ballot box.
    """

    counted: Counted
    stated: dict[str, Any]


class _Recount(Protocol):
    def __call__(
        self,
        report: Report,
        files: EvidenceFiles,
        manifest: Manifest,
        result: Result,
        roll: ElectoralRoll,
        *,
        apart: Apart | None,
    ) -> dict[str, Any]:
        """Return the result made again."""


def check_result(
    report: Report,
    files: EvidenceFiles,
    manifest: Manifest,
    result: Result,
    roll: ElectoralRoll,
    *,
    apart: Apart | None = None,
) -> None:
    """Count again and compare everything that the result says.

    :param apart: the votes, where they are kept apart from their voters; else they are read here.
    :raises InvalidEvidence: for casts that are no ballot log.
    """
    again = RECOUNTS.get(result.version)
    if again is None:
        known = ", ".join(map(str, RECOUNTS))
        report.found("version-unknown", RESULT, f"it has version {result.version}, not {known}")
        return
    version = counting.METHODS[manifest.question.method].version if _is_known(manifest) else "none"
    if version != manifest.method_version:
        detail = f"counted by version {manifest.method_version} of its method; this program has {version}"
        report.found("version-unknown", MANIFEST, detail)
        return
    try:
        ours = again(report, files, manifest, result, roll, apart=apart)
    except ValueError as impossible:
        if isinstance(impossible, InvalidEvidence):
            raise
        report.found("count-impossible", RESULT, shortened(str(impossible)))
        return
    for name in sorted(ours.keys() | result.document.keys()):
        one, other = ({name: each[name]} if name in each else {} for each in (ours, result.document))
        if difference := first_difference(one, other):
            pointer, mine, theirs = map(shortened, difference)
            detail = f"{theirs} is certified, {mine} comes of the recount"
            report.found(_CODES.get(name, "count-differs"), f"{RESULT} {pointer}", detail)
    report.checked["method"] = manifest.question.method
    report.checked["outcome"] = ours["outcome"]


@dataclass(frozen=True, slots=True)
class _Side:
    """One tally, counted."""

    tally: Tally
    count: counting.CountResult
    held: Distribution

    @classmethod
    def of(
        cls, manifest: Manifest, tally: Tally, weights: Mapping[str, int], ties: counting.TieOrder
    ) -> _Side:
        """Count a tally of the manifest's question.

        :param weights: voter to weight, as on the roll.
        """
        count = counting.count(manifest.question, tally.by_choice, tie_order=ties)
        return cls(tally, count, spread(weights))

    def turnout(self) -> dict[str, Any]:
        """Return how many of those who weigh here voted."""
        return {
            "voters": self.tally.voters,
            "weight": str(self.tally.weight),
            "roll_size": self.held.members,
            "roll_weight": str(self.held.total),
        }

    def figures(self) -> YesNoFigures | ChoiceFigures:
        """Return what was counted, as deciding takes it."""
        if self.count.method == "yes_no":
            return self.yes_no()
        return ChoiceFigures(int(self.count.valid), int(self.count.blank), **self._roll())

    def yes_no(self) -> YesNoFigures:
        """Return what was counted for and against."""
        weights = {f"{answer}_weight": int(total) for answer, total in self.count.totals.items()}
        return YesNoFigures(**weights, **self._roll())

    def concentration(self, certified: Any, delegated: int) -> dict[str, Any]:
        """Return how concentrated influence was.

        :param certified: what the result says of it.
        :param delegated: weight that delegates carried for others.
        """
        affiliated = _part_of(self.held.total, certified, "brand_affiliated")
        shares = Concentration(self.held, delegated, affiliated or 0, self.tally.largest_vote).to_json()
        if affiliated is None:
            shares["brand_affiliated"] = f"(0 to {self.held.total})/{self.held.total}"
        return shares

    def _roll(self) -> dict[str, int]:
        return {
            "roll_weight": self.held.total,
            "members": self.held.members,
            "participants": self.tally.voters,
        }


def _version_3(
    report: Report,
    files: EvidenceFiles,
    manifest: Manifest,
    result: Result,
    roll: ElectoralRoll,
    *,
    apart: Apart | None,
) -> dict[str, Any]:
    """Return the result of one tally, or of the two of a double majority."""
    resolved = resolve_ballot(report, files, manifest, result, roll) if apart is None else None
    if apart is not None:
        counted = apart.counted
    else:
        counted = tally_of(files, roll, roll.tallies if resolved is None else resolved.counted)
    delegated = [0] * 2 if resolved is None else [each.delegated_weight for each in resolved.tallies]
    seed, ties = _ties(report, manifest, result, counted)
    sides = [
        _Side.of(manifest, tally, weights, ties)
        for tally, weights in zip(counted.tallies, roll.tallies, strict=True)
    ]
    votes, tokens = sides[0], sides[1] if manifest.is_dual else None
    decision, explanation = _judged(manifest, votes, tokens)
    winners = list(votes.count.winners) if decision.outcome == "decided" else []
    certified = result.document
    held = certified.get("concentration")
    of_tokens = held.get("tokens") if isinstance(held, dict) else None
    return {
        "v": 3,
        "ballot": manifest.ballot,
        "manifest_hash": manifest.digest,
        "closed_at": result.closed_at,  # compared with manifest and log elsewhere
        "certified_at": result.certified_at,
        "outcome": decision.outcome,
        "winners": winners,
        "granted": _granted(manifest, certified.get("granted"), winners),
        "decision": decision.to_json(),
        "count": votes.count.to_json(),
        "token_count": tokens and tokens.count.to_json(),
        "explanation": explanation,
        "turnout": votes.turnout() | {"tokens": tokens and tokens.turnout()},
        "votes_digest": counted.digest,
        "tie_seed": seed,
        "delegation": None if resolved is None else resolved.stated,
        "concentration": votes.concentration(held, delegated[0])
        | {"tokens": tokens and tokens.concentration(of_tokens, delegated[1])},
        **({} if apart is None else {"ballot_box": apart.stated}),
    }


RECOUNTS: Mapping[int, _Recount] = {3: _version_3}
"""Version of a result to what makes it again."""


def _judged(
    manifest: Manifest, votes: _Side, tokens: _Side | None
) -> tuple[Decision | DualDecision, list[str]]:
    """Return what the tallies decide by the manifest's rules, and all of it in words."""
    if tokens is None or manifest.token_rules is None:
        return decide(votes.figures(), manifest.rules), counting.explain(votes.count, manifest.titles)
    both = decide_dual((votes.yes_no(), manifest.rules), (tokens.yes_no(), manifest.token_rules))
    sides = [
        double_majority.Side(counting.explain(each.count, {}), each.yes_no()) for each in (votes, tokens)
    ]
    return both, double_majority.explain(sides[0], sides[1], both)


def _ties(
    report: Report, manifest: Manifest, result: Result, counted: Counted
) -> tuple[dict[str, str] | None, counting.TieOrder]:
    """Return what the result must disclose of the lot, and the order in which ties fall."""
    question = manifest.question
    if manifest.tie_rule == "stated_order":
        return None, counting.StatedOrder(question.options)
    try:
        secret = result.tie_secret
    except InvalidEvidence as missing:
        report.found("lot-differs", RESULT, str(missing))
        secret = b""
    report.unlike("lot-differs", RESULT, manifest.tie_commitment, sha256_hex(secret), "the secret's SHA-256")
    seed = tie_seed(secret, counted.digest)
    disclosed = {"secret": secret.hex(), "seed": seed.hex()}
    return disclosed, counting.LotOrder(manifest.ballot, seed, question.options)


def _granted(manifest: Manifest, certified: Any, winners: list[str]) -> Any:
    """Return the roles granted: the certified ones, where every winner was either given it or passed over.

    Who left or holds the role already is not in the evidence; that nobody else received it is.
    """
    if manifest.grants_role is None:
        return None
    fits = (
        isinstance(certified, dict)
        and certified.keys() == {"role", "received", "passed_over"}
        and certified["role"] == manifest.grants_role
        and isinstance(certified["received"], list)
        and isinstance(certified["passed_over"], list)
    )
    if fits:
        passed = [each.get("option") for each in certified["passed_over"] if isinstance(each, dict)]
        if sorted([*map(str, certified["received"]), *map(str, passed)]) == sorted(winners):
            return certified
    return {"role": manifest.grants_role, "received": winners, "passed_over": []}


def _part_of(total: int, certified: Any, name: str) -> int | None:
    """Return the part of a certified share that the roll does not show; None where it is no part of the roll."""
    share = certified.get(name) if isinstance(certified, dict) else None
    part, _, whole = share.partition("/") if isinstance(share, str) else ("", "", "")
    possible = part.isascii() and part.isdecimal() and len(part) < 20 and whole == str(total)  # noqa: PLR2004 - 2^63
    return int(part) if possible and int(part) <= total else None


def _is_known(manifest: Manifest) -> bool:
    return manifest.question.method in counting.METHODS
