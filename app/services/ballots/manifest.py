"""The manifest: everything that is fixed when a ballot opens, in one document whose hash is published."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.domain import counting
from app.domain.canonical_json import sha256_hex
from app.domain.durations import format_duration
from app.domain.errors import refuse
from app.domain.instants import instant
from app.models.ballots import Ballot


def manifest_of(ballot: Ballot, charter_digest: str) -> dict[str, Any]:
    """Return everything that is fixed at opening.

    ``rules`` is the whole decision type as the charter in force states it; what the ballot itself says of
    method, quorum and so on holds where the type leaves it open or, in an override, where its override rule
    takes its place. ``roll`` announces what a cap cuts off: nobody's tokens weigh more than ``weight_limit``, and
    those above it lost ``weight_overflow`` in all. ``tie_commitment`` is the SHA-256 of a secret that is revealed
    with the result, where ties are broken by lot: nobody outside can know the lot order before close, and the
    service cannot change it after opening.

    :param charter_digest: SHA-256 of the charter version that ``ballot.charter_number`` names.
    """
    assert ballot.opened_at and ballot.opens_at and ballot.closes_at and ballot.tie_secret  # noqa: S101, PT018 - called while opening
    return {
        "v": 3,
        "ballot": str(ballot.id),
        "community": str(ballot.community_id),
        "proposal": None if ballot.proposal_id is None else str(ballot.proposal_id),
        "group": None if ballot.group_id is None else str(ballot.group_id),
        "kind": ballot.kind,
        "title": ballot.title,
        "description": ballot.description,
        "charter": {"version": ballot.charter_number, "digest": charter_digest},
        "decision_type": ballot.decision_type,
        "rules": ballot.charter_rules,
        "binding_level": ballot.binding_level,
        "answer_within": _duration(ballot.answer_within_seconds),
        "matters": ballot.matters,
        "precommitment": ballot.precommitment,
        "grants_role": ballot.grants_role,
        "method": {
            "name": ballot.method,
            "version": counting.METHODS[ballot.method].version,
            "settings": ballot.settings,
            "seats": ballot.seats,
        },
        "options": [
            {
                "id": option.option_id,
                "title": option.title,
                "description": option.description,
                "candidate": None if option.membership_id is None else str(option.membership_id),
            }
            for option in ballot.options
        ],
        "weighting": ballot.weighting,
        "weight_cap": ballot.weight_cap,
        "count_unvested": ballot.count_unvested,
        "exclude": ballot.exclude,
        "secrecy": ballot.secrecy,
        "disclosure": ballot.disclosure,
        "vote_change": ballot.vote_change,
        "early_close": ballot.early_close,
        "quorum": ballot.quorum,
        "threshold": ballot.threshold,
        "min_approval": ballot.min_approval,
        "rejection_quorum": ballot.rejection_quorum,
        "token_majority": ballot.token_majority,
        "late_quorum_extension": _duration(ballot.late_quorum_extension_seconds),
        "tie_rule": ballot.tie_rule,
        "tie_commitment": sha256_hex(ballot.tie_secret),
        "opened_at": instant(ballot.opened_at),
        "opens_at": instant(ballot.opens_at),
        "closes_at": instant(ballot.closes_at),
        "roll": {
            "size": ballot.roll_size,
            "weight": ballot.roll_weight,
            "tokens": ballot.roll_tokens,
            "weight_limit": ballot.weight_limit,
            "weight_overflow": ballot.weight_overflow,
            "ledger_position": ballot.ledger_position,
            "hash": ballot.roll_hash,
        },
    }


def manifest_bytes(ballot: Ballot) -> bytes:
    """Return the manifest as published at opening.

    :raises Refusal: ``not-found`` for a ballot that was never opened.
    """
    if ballot.manifest is None:
        raise refuse("not-found", "The ballot has not been opened.")
    return ballot.manifest.encode()


def _duration(seconds: int | None) -> str | None:
    return None if seconds is None else format_duration(dt.timedelta(seconds=seconds))
