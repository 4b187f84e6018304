"""How many have voted, by wherever their votes are kept."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.charter.words import Secrecy
from app.models.ballot_boxes import ConfidentialCast, CredentialIssuance, SecretCast
from app.models.ballots import Ballot, Cast


def turnout(session: Session, ballot: Ballot) -> int:
    """Return how many people on the roll have voted; in a secret ballot, how many keys."""
    match Secrecy(ballot.secrecy):
        case Secrecy.CONFIDENTIAL:
            voted = sa.select(sa.func.count()).where(
                ConfidentialCast.ballot_id == ballot.id, ConfidentialCast.revision == 1
            )
        case Secrecy.SECRET:
            voted = sa.select(sa.func.count(SecretCast.fingerprint.distinct())).where(
                SecretCast.ballot_id == ballot.id
            )
        case _:
            voted = sa.select(sa.func.count()).where(Cast.ballot_id == ballot.id, Cast.revision == 1)
    return session.execute(voted).scalar_one()


def issued(session: Session, ballot: Ballot) -> int | None:
    """Return how many credentials were issued; None where there are none to be."""
    if ballot.secrecy != Secrecy.SECRET:
        return None
    statement = sa.select(sa.func.count()).where(CredentialIssuance.ballot_id == ballot.id)
    return session.execute(statement).scalar_one()
