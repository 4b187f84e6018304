"""The digests that bind a ballot's parts to each other, each over bytes that anyone can write again."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable


def cast_digest(ballot: str | uuid.UUID, tracker: str | uuid.UUID, choice: str) -> str:
    """Return what a receipt and the cast's entry commit to, in hexadecimal.

    SHA-256 over ``althing-cast/v1``, ballot, tracker and canonical choice, each ended by a line feed. A tracker
    has 128 random bits, so that the digest tells nobody the choice.
    """
    return hashlib.sha256(f"althing-cast/v1\n{ballot}\n{tracker}\n{choice}\n".encode()).hexdigest()


def apart_digest(ballot: str | uuid.UUID, tracker: str | uuid.UUID, salt: str, choice: str) -> str:
    """Return what the receipt of a vote that is kept apart commits to, in hexadecimal.

    SHA-256 over ``althing-vote/v1``, ballot, tracker, salt and canonical choice, each ended by a line feed.

    :param salt: 256 random bits in hexadecimal, which the receipt does not show: nobody can tell the choice from it.
    """
    return hashlib.sha256(f"althing-vote/v1\n{ballot}\n{tracker}\n{salt}\n{choice}\n".encode()).hexdigest()


def roll_line(voter: str, *weights: int) -> bytes:
    """Return a voter's line of the bytes over which the roll's hash is made, in ascending order of voters.

    :param weights: one; in a double majority the second is the tokens.
    """
    return " ".join([voter, *map(str, weights)]).encode() + b"\n"


def vote_line(tracker: str, weights: Iterable[int], choice: str) -> bytes:
    """Return a counted vote's line of the bytes over which the votes' digest is made, in order of trackers.

    :param weights: as on the roll.
    """
    return " ".join([tracker, *map(str, weights), choice]).encode() + b"\n"


def tie_seed(secret: bytes, votes_digest: str) -> bytes:
    """Return the seed of the lot: SHA-256 over ``althing-tie-seed/v1``, a line feed, secret and votes' digest.

    The secret was committed to at opening, so the service cannot choose it after seeing votes; the votes'
    trackers are unknown at opening, so it could not be chosen then either.
    """
    return hashlib.sha256(b"althing-tie-seed/v1\n" + secret + votes_digest.encode()).digest()
