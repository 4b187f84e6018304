"""Whether a ballot was held as the charter says that its manifest names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.charter.reading import read_decision_type
from app.domain.decision import Ratio
from app.domain.durations import format_duration
from app.domain.weights import Weighting

#: The rules of a decision type that a manifest states itself.
_RULES = (
    "method",
    "settings",
    "seats",
    "weighting",
    "secrecy",
    "disclosure",
    "vote_change",
    "early_close",
    "tie_rule",
    "quorum",
    "threshold",
    "min_approval",
    "rejection_quorum",
    "late_quorum_extension",
    "binding_level",
    "answer_within",
    "grants_role",
)


def compare_with_charter(
    version: Mapping[str, Any], manifest: Mapping[str, Any]
) -> tuple[dict[str, tuple[object, object]], str]:
    """Compare a manifest with the charter version it names.

    Its rules must stand in that charter, and the ballot must state them wherever they are not left open.

    :param version: ``number`` and ``charter``, as read over the API.
    :return: named pairs that must be equal, and what was compared, in words.
    """
    charter, named, rules = version["charter"], manifest["charter"], manifest["rules"]
    stated = {rule["id"]: _whole(rule) for rule in charter["decision_types"]}
    own = {**manifest, **manifest["method"], "method": manifest["method"]["name"]}
    fixed = [name for name in _RULES if name not in rules["left_open"]]
    pairs: dict[str, tuple[object, object]] = {
        "the charter's hash": (sha256_hex(canonical_json(charter)), named["digest"]),
        "its version": (version["number"], named["version"]),
        "the decision type": (rules["id"], manifest["decision_type"]),
        "its rules": (_whole(rules), stated.get(rules["id"])),
    }
    if manifest.get("group") is not None:  # a manifest from before groups names none
        pairs["whether groups decide so"] = (True, rules.get("groups", False))
    if manifest["kind"] != "override":  # whose threshold, quorum and period are its own rule's
        pairs |= {name: (_meaning(name, own[name]), _meaning(name, rules[name])) for name in fixed}
        weighing = read_decision_type(rules).weighing(Weighting(manifest["weighting"]))
        pairs |= {name: (manifest[name], value) for name, value in weighing.items()}
        if "voting_period" not in rules["left_open"]:
            opens_at, closes_at = (
                dt.datetime.fromisoformat(manifest[name]) for name in ("opens_at", "closes_at")
            )
            pairs["the voting period"] = (format_duration(closes_at - opens_at), rules["voting_period"])
    return pairs, f"version {named['version']} says so of {rules['id']}: {len(fixed)} rules are fixed there"


def _whole(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision type with every default spelled out: an older charter does not name what came later."""
    return read_decision_type(rule).to_json()


def _meaning(name: str, value: Any) -> Any:
    """Return what a rule means, so that 0.5 is 1/2 and what is not stated is its default."""
    if value is None:
        return None
    if name in {"min_approval", "rejection_quorum"}:
        return str(Ratio.parse(value))
    if name == "quorum":
        return [value["base"], value.get("count"), value.get("ratio") and str(Ratio.parse(value["ratio"]))]
    if name == "threshold":
        return [
            str(Ratio.parse(value["ratio"])),
            value.get("strict", False),
            value.get("of", "for_plus_against"),
        ]
    return value
