"""The votes that count where they are kept apart from their voters: each weighs one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.charter.words import Secrecy
from app.models.ballot_boxes import ConfidentialCast, OpenedVote
from app.models.ballots import Ballot
from app.services.ballots.ballot_box import is_replaced
from app.services.ballots.lines import dialect_of, sha256_of, uuid_text, written


def choices(session: Session, ballot: Ballot) -> dict[str, int]:
    """Return how many votes count for each canonical choice.

    :param ballot: closed, its row locked, and where it is secret its votes opened.
    """
    counted: sa.Select[Any]
    if ballot.secrecy == Secrecy.SECRET:
        counted = sa.select(OpenedVote.choice).where(
            OpenedVote.ballot_id == ballot.id, OpenedVote.choice.is_not(None)
        )
    else:
        counted = sa.select(ConfidentialCast.choice).where(
            ConfidentialCast.ballot_id == ballot.id, ~is_replaced(ballot.secrecy)
        )
    choice = counted.selected_columns[0]
    rows = session.execute(counted.add_columns(sa.func.count()).group_by(choice))
    return {each: number for each, number in rows if each is not None}


#: The casts that count, as text, in the order of their digest.
_CONFIDENTIAL = """
FROM confidential_casts c
WHERE c.ballot_id = {ballot} AND NOT EXISTS (
    SELECT 1 FROM confidential_casts l
    WHERE l.ballot_id = c.ballot_id AND l.handle = c.handle AND l.revision = c.revision + 1
)
ORDER BY c.tracker
"""
_OPENED = "FROM opened_votes c WHERE c.ballot_id = {ballot} AND c.choice IS NOT NULL ORDER BY c.tracker"


def votes_digest(session: Session, ballot: Ballot) -> str:
    """Return the SHA-256 over the counted votes' lines: ``tracker SP 1 SP choice LF``, sorted by tracker."""
    source = _OPENED if ballot.secrecy == Secrecy.SECRET else _CONFIDENTIAL
    line = f"{uuid_text(dialect_of(session), 'c.tracker')} || ' 1 ' || c.choice"
    return sha256_of(written(session, line, source, ballot.id))
