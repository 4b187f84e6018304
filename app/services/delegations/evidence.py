"""The evidence of a ballot's delegations: written down when it is counted, and never made again.

It is kept as the very lines whose digest the result states, in pieces, so that no later rule, revocation or
erasure can change what was certified. Beside it stand the sums of those who carried weight. Both can be read one
line at a time.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import uuid
from array import array
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.canonical_json import canonical_json
from app.domain.delegation import Outcome, Resolution, Sum, evidence_lines
from app.models.delegations import DelegationEvidence

#: Lines in a piece: some hundred kilobytes, as much as looking one line up has to read.
PIECE = 1_000

#: Whom the line about all of them is about; it comes before everybody on the roll.
_NOBODY = uuid.UUID(int=0)

Part = Literal["links", "delegates"]


def keep(session: Session, ballot_id: uuid.UUID, resolution: Resolution) -> tuple[str, int]:
    """Write the evidence of a ballot's delegations down, once.

    :return: the SHA-256 over the lines of the links, in hexadecimal, and how many links there are.
    """
    lines = evidence_lines(resolution)
    header = next(lines)
    digest, links = hashlib.sha256(header), 0
    _store(session, ballot_id, "links", [header], first_voter=_NOBODY, number=0)
    for number, piece in enumerate(_pieces(lines), 1):
        for line in piece:
            digest.update(line)
        links += len(piece)
        _store(session, ballot_id, "links", piece, first_voter=_voter_of(piece[0]), number=number)
    for number, piece in enumerate(_pieces(_delegates(resolution))):
        _store(session, ballot_id, "delegates", piece, first_voter=_voter_of(piece[0]), number=number)
    return digest.hexdigest(), links


def stream(session: Session, ballot_id: uuid.UUID) -> Iterator[bytes]:
    """Yield the links of a certified ballot as JSON Lines, exactly as they were digested, in bounded memory."""
    kept = session.execute(
        sa.select(DelegationEvidence.content)
        .where(DelegationEvidence.ballot_id == ballot_id, DelegationEvidence.part == "links")
        .order_by(DelegationEvidence.number)
        .execution_options(yield_per=1)
    )
    for (content,) in kept:
        yield content


def line_of(session: Session, ballot_id: uuid.UUID, part: Part, voter: uuid.UUID) -> dict[str, Any] | None:
    """Return the line about a voter, or None where there is none."""
    content = session.scalar(
        sa.select(DelegationEvidence.content)
        .where(
            DelegationEvidence.ballot_id == ballot_id,
            DelegationEvidence.part == part,
            DelegationEvidence.first_voter <= voter,
        )
        .order_by(DelegationEvidence.first_voter.desc())
        .limit(1)
    )
    for line in (content or b"").splitlines():
        found: dict[str, Any] = json.loads(line)
        if found.get("voter") == str(voter):
            return found
    return None


def _pieces(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    left = iter(lines)
    while piece := list(itertools.islice(left, PIECE)):
        yield piece


def _voter_of(line: bytes) -> uuid.UUID:
    return uuid.UUID(json.loads(line)["voter"])


def _store(
    session: Session,
    ballot_id: uuid.UUID,
    part: Part,
    lines: list[bytes],
    *,
    first_voter: uuid.UUID,
    number: int,
) -> None:
    facts = {"ballot_id": ballot_id, "part": part, "number": number, "first_voter": first_voter}
    session.execute(sa.insert(DelegationEvidence).values(**facts, content=b"".join(lines)))


def _delegates(resolution: Resolution) -> Iterator[bytes]:
    """Yield a line for everyone at whom a chain ended: what they carried, and to whom what was returned."""
    names, weights = resolution.roll.names, resolution.roll.weights
    carried = array("i", bytes(4 * len(names)))
    for position, outcome in enumerate(resolution.outcome):
        if outcome == Outcome.DELEGATED:
            carried[resolution.chains.representative[position]] += 1
    over = {each.delegate: each for each in resolution.overflow}
    for position, members in enumerate(carried):
        overflow = over.get(position)
        if not members and overflow is None:
            continue
        owners = () if overflow is None else overflow.owners
        told = {
            "voter": names[position],
            "carried": Sum(members, resolution.counted[position] - weights[position]).to_json(),
            "returned": Sum(len(owners), 0 if overflow is None else overflow.returned).to_json(),
            "returned_to": [names[owner] for owner in owners],
        }
        yield canonical_json(told) + b"\n"
