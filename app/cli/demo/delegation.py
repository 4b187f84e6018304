"""Resolving a ballot's delegations again outside the server, from the evidence, the roll and the votes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.canonical_json import sha256_hex
from app.domain.decision import Ratio
from app.domain.delegation import (
    Delegation,
    DelegationCap,
    Outcome,
    Roll,
    evidence_lines,
    resolve,
    weigh_chains,
)
from app.domain.evidence.ballot_log import Cast
from app.domain.evidence.ballot_log import Roll as BallotRoll

#: Outcomes that leave no line: that someone did nothing, and why, no outsider can see.
_SILENT = (Outcome.NO_VOTE, Outcome.EXPIRED, Outcome.REVOKED)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Delegations resolved again.

    :param counted: for each tally, by voter, the weight with which their vote counts.
    :param delegated: for each tally, the weight that delegates carried for others.
    :param pairs: by name, what was found here and what was stated there.
    :param problems: links that are none, by what the roll, the votes and the audit log say.
    """

    counted: tuple[Mapping[str, int], ...]
    delegated: tuple[int, ...]
    links: int
    pairs: Mapping[str, tuple[object, object]]
    problems: Sequence[str]


def resolve_again(
    evidence: bytes,
    roll: BallotRoll,
    casts: Sequence[Cast],
    manifest: Mapping[str, Any],
    result: Mapping[str, Any],
    *,
    audit_entries: Sequence[Mapping[str, Any]],
) -> Resolved:
    """Resolve a ballot's delegations from what anyone in the community can download.

    :param evidence: as downloaded, JSON Lines.
    :param audit_entries: of the community, or none where they were not read.
    :raises ValueError, KeyError: for evidence that is none.
    """
    header, *links = [json.loads(line) for line in evidence.splitlines()]
    voted = {cast.voter for cast in casts if cast.counts}
    cap = _cap(manifest["rules"]["delegation"]["cap"])
    given = [
        Delegation(
            link["reference"],
            link["voter"],
            # Whoever is not on the roll is not named.
            "" if link["delegate"] is None and link["outcome"] == Outcome.OFF_ROLL.word else link["delegate"],
            link["scope"],
            dt.datetime.fromisoformat(link["given_at"]),
        )
        for link in links
    ]
    closes_at = dt.datetime.fromisoformat(result["closed_at"])
    resolution = resolve(Roll.of(roll.weights.items()), given, voted, closes_at, cap)
    resolutions = [resolution]
    if roll.tokens is not None:
        tokens = Roll.of(roll.tokens.items())
        resolutions.append(weigh_chains(tokens, resolution.chains, closes_at, cap))
    of_tokens = [_sums(each.to_json()) for each in resolutions[1:]]
    own = list(evidence_lines(resolution))
    stated = result["delegation"]
    return Resolved(
        counted=tuple(dict(each.votes()) for each in resolutions),
        delegated=tuple(each.delegated_weight for each in resolutions),
        links=len(links),
        pairs={
            "the digest of the evidence": (sha256_hex(evidence), stated["evidence_digest"]),
            "the number of links": (len(links), stated["links"]),
            "the digest of the links": (
                sha256_hex(b"".join(own[1:])),
                sha256_hex(b"".join(evidence.splitlines(keepends=True)[1:])),
            ),
            "the cap": (manifest["rules"]["delegation"]["cap"], stated["cap"]),
            "the close": (header["closes_at"], result["closed_at"]),
            "the sums in the evidence": (_without_form(header), _stated_sums(stated)),
            "the sums": (_sums(resolution.to_json()), _sums(_stated_sums(stated))),
            "the sums of tokens": (of_tokens, [_sums(stated["tokens"])] if stated["tokens"] else []),
        },
        problems=[*_broken_links(links, roll.weights, voted, manifest), *_ungiven(links, audit_entries)],
    )


def _cap(stated: Mapping[str, Any] | None) -> DelegationCap | None:
    if stated is None:
        return None
    ratio = stated.get("ratio")
    return DelegationCap(stated.get("weight"), None if ratio is None else Ratio.parse(ratio))


def _stated_sums(stated: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in stated.items() if name not in {"links", "evidence_digest", "tokens"}
    }


def _without_form(header: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in header.items() if name not in {"record", "version", "closes_at"}}


def _sums(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Add those up of whom no outsider can see why they are silent."""
    outcomes = dict(stated["outcomes"])
    silent = [outcomes.pop(outcome.word) for outcome in _SILENT]
    together = {name: sum(each[name] for each in silent) for name in ("members", "weight")}
    return {**stated, "outcomes": outcomes, "silent": together}


def _broken_links(
    links: Sequence[Mapping[str, Any]],
    roll: Mapping[str, int],
    voted: set[str],
    manifest: Mapping[str, Any],
) -> Iterator[str]:
    scopes = manifest["rules"]["delegation"]["scopes"]
    for link in links:
        voter = link["voter"]
        if roll.get(voter) != link["weight"]:
            yield f"{voter}, whose weight was delegated, is not on the roll with it"
        if voter in voted:
            yield f"{voter} voted, and is said to have let another do it"
        if link["delegate"] is not None and link["delegate"] not in roll:
            yield f"{voter} delegated to {link['delegate']}, who is not on the roll"
        if link["representative"] is not None and link["representative"] not in voted:
            yield f"{voter} is said to be represented by {link['representative']}, who did not vote"
        if link["scope"] not in scopes:
            yield f"{voter} delegated in a scope that the ballot's rules do not let count"


def _ungiven(links: Sequence[Mapping[str, Any]], audit_entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Name each link whose giving stands in no entry of the audit log."""
    if not audit_entries:
        return
    said = [json.loads(shown["body"]) for shown in audit_entries]
    given = {entry["object"]["id"]: entry["at"] for entry in said if entry["action"] == "delegation.given"}
    for link in links:
        if given.get(link["reference"]) != link["given_at"]:
            yield f"no entry says that {link['voter']} gave delegation {link['reference']}"
