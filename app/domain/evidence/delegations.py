"""The delegations used in a ballot, resolved again from their evidence, the roll, and who voted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from app.domain.canonical_json import sha256_hex
from app.domain.decision import Ratio
from app.domain.delegation import (
    Delegation,
    DelegationCap,
    DelegationScope,
    Outcome,
    Resolution,
    Roll,
    evidence_lines,
    resolve,
    weigh_chains,
)
from app.domain.delegation.evidence import VERSION
from app.domain.evidence.faults import InvalidEvidence, Report
from app.domain.evidence.files import (
    DELEGATIONS,
    EvidenceFiles,
    member,
    moment,
    optional,
    read_canonical,
    read_lines,
)
from app.domain.evidence.manifest import Manifest
from app.domain.evidence.result import Result
from app.domain.evidence.roll import ElectoralRoll
from app.domain.evidence.votes import voters_of
from app.domain.instants import read_instant

#: Outcomes of members who had no delegation that held: evidence leaves no line of them, so that only what they come
#: to together can be told from it.
_SILENT = (Outcome.NO_VOTE, Outcome.EXPIRED, Outcome.REVOKED)

#: A delegate who is not on the roll, as evidence names them: not at all.
_OFF_ROLL = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where the weight of everyone on a roll went.

    :param tallies: one; in a double majority members, then tokens: the same chains, each under a cap of its own.
    :param stated: what the result has to say of it.
    """

    tallies: tuple[Resolution, ...]
    stated: dict[str, Any]

    @property
    def counted(self) -> tuple[Mapping[str, int], ...]:
        """Return for each tally voter to the weight with which their vote counts."""
        return tuple(dict(each.votes()) for each in self.tallies)


def resolve_ballot(
    report: Report, files: EvidenceFiles, manifest: Manifest, result: Result, roll: ElectoralRoll
) -> Resolved | None:
    """Resolve the delegations of a ballot again; None where nobody could delegate.

    :raises InvalidEvidence: for evidence that is missing, or is not what it has to be.
    """
    rule = manifest.delegation
    there = DELEGATIONS in set(files.names())
    if rule is None:
        if there:
            report.found("file-unknown", DELEGATIONS, "nobody could let others vote for them in this ballot")
        return None
    if not there:
        report.found("file-missing", DELEGATIONS, "members could let others vote for them in this ballot")
        return None
    lines = [line for _, line in read_lines(files, DELEGATIONS)]
    members = resolve_again(lines, roll.weights.items(), voters_of(files), result.closed_at)
    if members.cap != _cap(optional(rule, "cap", dict)):
        raise InvalidEvidence("line 1 has another cap than the ballot's rules")
    scopes = member(rule, "scopes", list)
    for number, line in enumerate(lines[1:], 2):
        scope = member(read_canonical(line), "scope", str)
        if scope not in scopes:
            raise InvalidEvidence(f"line {number} has a scope that the ballot's rules do not let count")
        if scope == DelegationScope.GROUP and manifest.group is None:
            raise InvalidEvidence(f"line {number} is for a group, and the ballot is no group's")
    tallies = [members]
    if roll.tokens is not None:
        close = read_instant(result.closed_at)
        tallies.append(weigh_chains(Roll.of(roll.tokens.items()), members.chains, close, members.cap))
    report.checked["delegations"] = len(lines) - 1
    certified = result.document.get("delegation")
    of_tokens = certified.get("tokens") if isinstance(certified, dict) else None
    stated = _sums(members, certified) | {
        "tokens": _sums(tallies[1], of_tokens) if len(tallies) > 1 else None,
        "links": len(lines) - 1,
        "evidence_digest": sha256_hex(b"".join(line + b"\n" for line in lines)),
    }
    return Resolved(tuple(tallies), stated)


def _sums(resolution: Resolution, certified: Any) -> dict[str, Any]:
    """Return the sums of a resolution; of those whom evidence cannot tell apart, as they are certified.

    Why somebody was silent stands in no line; that what is certified of them comes to the right sum is compared.
    """
    ours = resolution.to_json()
    outcomes = certified.get("outcomes") if isinstance(certified, dict) else None
    if not isinstance(outcomes, dict):
        return ours
    names = [outcome.word for outcome in _SILENT]
    theirs: dict[str, Any] = {name: outcomes.get(name) for name in names}
    parts = ("members", "weight")
    possible = all(
        isinstance(each, dict)
        and each.keys() == set(parts)
        and all(type(number) is int and number >= 0 for number in each.values())
        for each in theirs.values()
    )
    if possible and all(
        sum(theirs[name][part] for name in names) == sum(ours["outcomes"][name][part] for name in names)
        for part in parts
    ):
        ours["outcomes"] |= theirs
    return ours


def resolve_again(
    lines: Iterable[bytes], roll: Iterable[tuple[str, int]], voters: Iterable[str], closed_at: str
) -> Resolution:
    """Resolve the delegations again and compare every line of the evidence with what comes of it.

    :param lines: of the evidence, each without its line feed.
    :param roll: voter and weight.
    :param voters: everyone who voted.
    :param closed_at: the instant at which voting ended.
    :raises InvalidEvidence: naming the first line that is not what it has to be.
    """
    given = list(lines)
    header = read_canonical(given[0]) if given else {}
    if header.get("record") != "delegation" or header.get("version") != VERSION:
        raise InvalidEvidence(f"line 1 is no head of delegations of version {VERSION}")
    if header.get("closes_at") != closed_at:
        raise InvalidEvidence(f"line 1 resolves at {header.get('closes_at')}, not at the close")
    try:
        resolution = resolve(
            Roll.of(roll),
            _delegations(given),
            voters,
            read_instant(closed_at),
            _cap(optional(header, "cap", dict)),
        )
    except InvalidEvidence:
        raise
    except (ValueError, TypeError) as wrong:
        raise InvalidEvidence(f"the delegations cannot be resolved: {wrong}") from None
    head, *links = (line.removesuffix(b"\n") for line in evidence_lines(resolution))
    for number, (ours, theirs) in enumerate(zip_longest(links, given[1:]), 2):
        if ours != theirs:
            raise InvalidEvidence(
                f"line {number} is not the link that comes of roll, voters and the other links"
            )
    if _told(read_canonical(head)) != _told(header):
        raise InvalidEvidence("line 1 does not state what the links come to")
    return resolution


def _delegations(lines: list[bytes]) -> Iterator[Delegation]:
    for number, line in enumerate(lines[1:], 2):
        try:
            link = read_canonical(line)
            delegate = optional(link, "delegate", str)
            opted_out = member(link, "outcome", str) == Outcome.OPTED_OUT.word
            yield Delegation(
                member(link, "reference", str),
                member(link, "voter", str),
                None if opted_out else delegate or _OFF_ROLL,
                member(link, "scope", str),
                read_instant(moment(link, "given_at")),
            )
        except InvalidEvidence as invalid:
            raise InvalidEvidence(f"line {number} {invalid}") from None


def _cap(facts: dict[str, Any] | None) -> DelegationCap | None:
    if facts is None:
        return None
    ratio = optional(facts, "ratio", str) if "ratio" in facts else None
    return DelegationCap(facts.get("weight"), None if ratio is None else Ratio.parse(ratio))


def _told(header: dict[str, Any]) -> dict[str, Any]:
    """Return what a head states, with the outcomes that leave no line added up."""
    outcomes = dict(member(header, "outcomes", dict))
    try:
        silent = [outcomes.pop(outcome.word) for outcome in _SILENT]
        together = {name: sum(each[name] for each in silent) for name in ("members", "weight")}
    except (KeyError, TypeError):
        raise InvalidEvidence("line 1 does not name every outcome") from None
    return header | {"outcomes": outcomes | {"silent": together}}
