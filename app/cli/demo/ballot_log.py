"""What the demo's auditor does with a downloaded log: check its promised digest, and forge a copy of it."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import replace

from app.domain.evidence.ballot_log import Cast
from app.domain.evidence.digests import cast_digest

_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]+=*):")


class InvalidLog(ValueError):
    """A ballot log with which the demo can do nothing."""


def promised_digest(repr_digest: str) -> str:
    """Return the SHA-256 in hexadecimal that a ``Repr-Digest`` field carries (RFC 9530); empty without one."""
    match = _DIGEST.search(repr_digest)
    return base64.b64decode(match[1]).hex() if match else ""


def with_one_vote_changed(ballot_id: str, casts: Sequence[Cast], options: Sequence[str]) -> list[Cast]:
    """Return a forged log: one vote that counts has another choice, and a digest that fits the forgery.

    :raises InvalidLog: where no vote counts.
    """
    place = next((place for place, cast in enumerate(casts) if cast.counts), None)
    if place is None:
        raise InvalidLog("no vote counts, so there is none to change")
    honest = casts[place]
    choices = [cast.choice for cast in casts] + list(options) + [""]
    choice = next(choice for choice in choices if choice != honest.choice)
    forged = replace(honest, choice=choice, digest=cast_digest(ballot_id, honest.tracker, choice))
    return [*casts[:place], forged, *casts[place + 1 :]]
