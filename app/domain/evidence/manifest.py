"""The manifest, read: everything that was fixed when the ballot opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain import counting
from app.domain.canonical_json import sha256_hex
from app.domain.charter.words import Secrecy
from app.domain.decision import DecisionRules, Quorum, Ratio, Threshold
from app.domain.evidence.faults import InvalidEvidence
from app.domain.evidence.files import member, moment, optional, read_canonical
from app.domain.evidence.secret_votes import SCHEME
from app.domain.translog.base64_text import decode_base64
from app.domain.weights import WeightCap, Weighting

KNOWN_VERSIONS = (3,)

#: What a manifest announces of the roll.
_ROLL = ("size", "weight", "tokens", "weight_limit", "weight_overflow", "hash")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest of a version that is known; ``document`` is all of it.

    :param digest: SHA-256 of its bytes, in hexadecimal.
    :param group: the group whose members voted; None: the whole community did.
    :param question: what was asked.
    :param titles: the options' titles by id.
    :param rules: what turns the count into an outcome; in a double majority, the members' tally.
    :param token_rules: of the token tally of a double majority; else None.
    :param cap: on what one voter's tokens weigh, or None.
    :param delegation: how others could vote for a member; None: they could not.
    :param issuer_key, sealing_key: of a secret ballot, each the DER of a SubjectPublicKeyInfo; else None.
    :param roll: what was announced of the roll.
    """

    document: dict[str, Any]
    digest: str
    ballot: str
    community: str
    group: str | None
    question: counting.Question
    method_version: str
    titles: Mapping[str, str]
    rules: DecisionRules
    token_rules: DecisionRules | None
    cap: WeightCap | None
    delegation: dict[str, Any] | None
    tie_rule: str
    tie_commitment: str
    secrecy: Secrecy
    issuer_key: bytes | None
    sealing_key: bytes | None
    vote_change: bool
    early_close: bool
    disclosure: str
    grants_role: str | None
    opened_at: str
    opens_at: str
    closes_at: str
    roll: Mapping[str, Any]

    @property
    def is_dual(self) -> bool:
        """Whether it is a double majority: two tallies, of members and of tokens."""
        return self.token_rules is not None

    @property
    def roll_size(self) -> int:
        """Return how many stand on the roll."""
        size: int = self.roll["size"]
        return size

    @classmethod
    def read(cls, data: bytes) -> Manifest:
        """Read a manifest.

        :raises InvalidEvidence: for anything else, and for a version that is not known.
        """
        document = read_canonical(data)
        version = member(document, "v", int)
        if version not in KNOWN_VERSIONS:
            raise InvalidEvidence(f"has version {version}; this program knows {_listed(KNOWN_VERSIONS)}")
        method, roll = member(document, "method", dict), member(document, "roll", dict)
        options = _objects(document, "options")
        majority = optional(document, "token_majority", dict)
        if (majority is not None) != (member(document, "weighting", str) == Weighting.DUAL):
            raise InvalidEvidence(
                "is a double majority without the tokens' rules, or has these without being one"
            )
        secrecy, issuer, sealing = _secrecy(document)
        return cls(
            document=document,
            digest=sha256_hex(data),
            ballot=member(document, "ballot", str),
            community=member(document, "community", str),
            group=optional(document, "group", str) if "group" in document else None,
            question=counting.Question(
                method=member(method, "name", str),
                options=tuple(member(option, "id", str) for option in options),
                seats=member(method, "seats", int),
                settings=member(method, "settings", dict),
            ),
            method_version=member(method, "version", str),
            titles={member(option, "id", str): member(option, "title", str) for option in options},
            rules=_rules(document),
            token_rules=None if majority is None else _rules(majority),
            cap=_cap(optional(document, "weight_cap", dict)),
            delegation=_delegation(document),
            tie_rule=member(document, "tie_rule", str),
            tie_commitment=member(document, "tie_commitment", str),
            secrecy=secrecy,
            issuer_key=issuer,
            sealing_key=sealing,
            vote_change=member(document, "vote_change", bool),
            early_close=member(document, "early_close", bool),
            disclosure=member(document, "disclosure", str),
            grants_role=optional(document, "grants_role", str),
            opened_at=moment(document, "opened_at"),
            opens_at=moment(document, "opens_at"),
            closes_at=moment(document, "closes_at"),
            roll=_announced(roll),
        )


def _secrecy(document: dict[str, Any]) -> tuple[Secrecy, bytes | None, bytes | None]:
    """Return the level of secrecy, and a secret ballot's public keys."""
    try:
        secrecy = Secrecy(member(document, "secrecy", str))
    except InvalidEvidence:
        raise
    except ValueError:
        raise InvalidEvidence("has a secrecy that this program does not know") from None
    if secrecy is not Secrecy.SECRET:
        return secrecy, None, None
    keys = member(document, "secret_ballot", dict)
    if member(keys, "scheme", str) != SCHEME:
        raise InvalidEvidence(f"names another scheme of secret ballots than {SCHEME}")
    try:
        issuer, sealing = (decode_base64(member(keys, name, str)) for name in ("issuer_key", "sealing_key"))
    except InvalidEvidence:
        raise
    except ValueError:
        raise InvalidEvidence("states keys of the secret ballot that are not base64") from None
    return secrecy, issuer, sealing


def _delegation(document: dict[str, Any]) -> dict[str, Any] | None:
    rules = member(document, "rules", dict)
    return optional(rules, "delegation", dict) if "delegation" in rules else None


def _announced(roll: dict[str, Any]) -> dict[str, Any]:
    member(roll, "size", int)
    if missing := [name for name in _ROLL if name not in roll]:
        raise InvalidEvidence(f"does not announce the roll's {missing[0]}")
    return roll


def _cap(facts: dict[str, Any] | None) -> WeightCap | None:
    try:
        return None if facts is None else WeightCap(facts.get("amount"), _ratio(facts.get("ratio")))
    except ValueError as wrong:
        raise InvalidEvidence(f"states a cap that makes no sense: {wrong}") from None


def _rules(document: dict[str, Any]) -> DecisionRules:
    quorum, threshold = optional(document, "quorum", dict), optional(document, "threshold", dict)
    try:
        return DecisionRules(
            quorum=None if quorum is None else _quorum(quorum),
            threshold=None if threshold is None else _threshold(threshold),
            min_approval=_ratio(optional(document, "min_approval", str)),
            rejection_quorum=_ratio(optional(document, "rejection_quorum", str)),
        )
    except (KeyError, ValueError, TypeError) as wrong:
        raise InvalidEvidence(f"states rules that make no sense: {wrong}") from None


def _quorum(facts: dict[str, Any]) -> Quorum:
    return Quorum(facts["base"], _ratio(facts.get("ratio")), facts.get("count"))


def _threshold(facts: dict[str, Any]) -> Threshold:
    of = facts.get("of", "for_plus_against")
    return Threshold(Ratio.parse(facts["ratio"]), facts.get("strict", False), of)


def _ratio(text: object) -> Ratio | None:
    return None if text is None else Ratio.parse(text)


def _objects(document: dict[str, Any], name: str) -> Sequence[dict[str, Any]]:
    found = member(document, name, list)
    if not all(isinstance(each, dict) for each in found):
        raise InvalidEvidence(f"/{name} holds something else than objects")
    return found


def _listed(versions: Sequence[int]) -> str:
    return ", ".join(map(str, versions))
