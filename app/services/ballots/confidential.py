"""Where the votes of a confidential ballot are kept: under a keyed handle, never beside the member's id."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain.evidence.digests import apart_digest
from app.domain.translog.ballot_receipts import box_leaf
from app.models.ballot_boxes import ConfidentialCast
from app.models.ballots import Ballot
from app.models.ids import random_id
from app.policies.permissions import Actor
from app.services.audit import Action
from app.services.ballots.keys import handle_of
from app.services.ballots.participation import record_participation
from app.services.ballots.voter_receipt import Receipt


@dataclass(frozen=True, slots=True)
class ConfidentialBox:
    """One member's part of a confidential ballot's casts."""

    session: Session
    actor: Actor
    ballot: Ballot
    handle: bytes

    @classmethod
    def of(cls, session: Session, actor: Actor, ballot: Ballot) -> ConfidentialBox:
        """Return the actor's part.

        :raises SettingsError: where the installation's secret does not open the ballot's key.
        """
        assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
        return cls(session, actor, ballot, handle_of(session, ballot.id, actor.membership_id))

    def latest(self) -> ConfidentialCast | None:
        """Return the cast that counts, or None."""
        return self.session.scalar(
            sa.select(ConfidentialCast)
            .where(ConfidentialCast.ballot_id == self.ballot.id, ConfidentialCast.handle == self.handle)
            .order_by(ConfidentialCast.revision.desc())
            .limit(1)
        )

    def insert(self, choice: str, *, revision: int, now: dt.datetime) -> Receipt | None:
        """Insert a cast unless another with this revision exists; with it, the entry that somebody took part.

        The entry says neither what was chosen nor, by itself, who chose; of the choice nothing is committed to
        before the result, which commits to all of them at once.
        """
        insert = postgresql.insert if self.session.get_bind().dialect.name == "postgresql" else sqlite.insert
        tracker, salt = random_id(), secrets.token_hex(32)
        with self.session.begin_nested() as attempt:
            made = self.session.execute(
                insert(ConfidentialCast)
                .values(
                    ballot_id=self.ballot.id,
                    handle=self.handle,
                    revision=revision,
                    tracker=tracker,
                    choice=choice,
                    salt=salt,
                    digest=apart_digest(self.ballot.id, tracker, salt, choice),
                )
                .on_conflict_do_nothing()
                .returning(ConfidentialCast)
            ).scalar_one_or_none()
            if made is None:
                attempt.rollback()
        if made is None:
            return None
        first = revision == 1
        action = Action.BALLOT_CAST if first else Action.BALLOT_RECAST
        record_participation(self.session, self.actor, action, self.ballot, now, first=first)
        return confidential_receipt(made, created=True)


def confidential_receipt(row: ConfidentialCast, *, created: bool) -> Receipt:
    """Return the receipt of a stored cast: of the same cast always the same."""
    return Receipt(
        row.ballot_id,
        row.tracker,
        row.revision,
        row.digest,
        box_leaf(row.ballot_id, row.tracker, row.digest).hex(),
        cast_at=None,
        created=created,
        event=None,
        salt=row.salt,
    )
