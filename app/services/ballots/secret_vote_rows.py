"""Secret votes between their stored form and the one in which they are sent."""

from __future__ import annotations

from app.domain.evidence.secret_votes import SecretVote
from app.models.ballot_boxes import SecretCast


def vote_of(row: SecretCast) -> SecretVote:
    """Return a stored vote as it was sent."""
    return SecretVote(row.public_key, row.prefix, row.credential, row.seq, row.sealed_choice, row.signature)
