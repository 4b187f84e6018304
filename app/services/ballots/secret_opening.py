"""Opening the votes of a secret ballot when it has closed, and checking that there are not too many of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy.orm import Session

from app.domain.errors import PROBLEMS, Refusal
from app.domain.evidence.secret_votes import INVALID
from app.domain.translog.base64_text import encode_base64
from app.models.ballot_boxes import OpenedVote, SecretCast
from app.models.ballots import Ballot
from app.services.ballots.ballot_box import is_replaced
from app.services.ballots.keys import sealing_key
from app.services.ballots.lines import CHUNK
from app.services.ballots.rules import question_of
from app.services.ballots.secret_cryptography import CRYPTOGRAPHY
from app.services.ballots.secret_vote_rows import vote_of
from app.services.ballots.turnout import issued, turnout

#: What the result says where nothing was sealed.
NOTHING_SEALED: dict[str, Any] = {"issued": None, "invalid": {}, "sealing_key": None}


class SurplusVotes(Refusal):
    """More votes than credentials, or more of these than voters: nothing of the ballot can be certified.

    The service makes neither; somebody has had the issuer's key, or has written to the database.
    """

    def __init__(self, voted: int, credentials: int, roll: int) -> None:
        figures = f"{voted} votes, {credentials} credentials, {roll} on the roll."
        super().__init__(PROBLEMS["surplus-votes"], figures)


def open_votes(session: Session, ballot: Ballot) -> dict[str, Any]:
    """Open the last vote of every key, and publish the key that opens them.

    :param ballot: closed, its row locked.
    :return: what the result says of it: ``issued``, ``invalid`` (reason to number) and ``sealing_key``.
    :raises SurplusVotes: unless votes <= credentials <= roll.
    :raises SettingsError: where the installation's secret does not open the ballot's keys.
    """
    credentials = issued(session, ballot) or 0
    voted = turnout(session, ballot)
    roll = ballot.roll_size or 0
    if not voted <= credentials <= roll:
        raise SurplusVotes(voted, credentials, roll)
    private = sealing_key(session, ballot.id).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {
        "issued": credentials,
        "invalid": _open(session, ballot, private),
        "sealing_key": encode_base64(private),
    }


def _open(session: Session, ballot: Ballot, private: bytes) -> Mapping[str, int]:
    question, reasons = question_of(ballot), dict.fromkeys(INVALID, 0)
    community, name = str(ballot.community_id), str(ballot.id)
    rows = session.scalars(
        sa.select(SecretCast)
        .where(SecretCast.ballot_id == ballot.id, ~is_replaced(ballot.secrecy))
        .order_by(SecretCast.tracker)
        .execution_options(yield_per=CHUNK)
    )
    for part in rows.partitions():
        opened = []
        for row in part:
            choice, reason = vote_of(row).opened(community, name, question, private, CRYPTOGRAPHY)
            if reason is not None:
                reasons[reason] += 1
            opened.append(
                {"tracker": row.tracker, "ballot_id": ballot.id, "choice": choice, "invalid": reason}
            )
        session.execute(sa.insert(OpenedVote), opened)
    return {reason: number for reason, number in reasons.items() if number}
