"""Freezing a ballot: roll, weights, rules and options in one transaction, and their hashes published."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.patience import allow_long_statements
from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.charter.decision_type import DecisionType
from app.domain.charter.document import Charter
from app.domain.errors import refuse
from app.domain.instants import instant, to_milliseconds
from app.domain.weights import Weighting
from app.models.ballots import Ballot
from app.models.charters import CharterVersion
from app.models.communities import Community
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.ballots.keys import make_keys
from app.services.ballots.manifest import manifest_of
from app.services.ballots.roll import electorate_of, entries_of, freeze_roll, hash_roll, totals_of
from app.services.ballots.rules import weight_rules
from app.services.charters.versions import charter_of, number_in_force


@dataclass(frozen=True, slots=True)
class Terms:
    """What the charter in force says of a ballot that opens.

    :param number, digest: of the charter version.
    :param matters: ids of the reserved matters it touches.
    :param precommitment: what the brand said will follow if it passes, or None.
    """

    charter: Charter
    number: int
    digest: str
    rule: DecisionType
    matters: Sequence[str]
    precommitment: Mapping[str, Any] | None


def charter_to_open_under(session: Session, community_id: uuid.UUID) -> tuple[Charter, int, str]:
    """Return the charter in force with its number and digest, and keep it in force until this transaction ends.

    The share lock on the community's row makes enactments wait; ballots may open side by side.
    """
    session.execute(sa.select(Community.id).where(Community.id == community_id).with_for_update(read=True))
    number = number_in_force(session, community_id)
    return charter_of(session, community_id, number), number, charter_digest(session, community_id, number)


def charter_digest(session: Session, community_id: uuid.UUID, number: int) -> str:
    """Return the SHA-256 of a version of a community's charter."""
    return session.execute(
        sa.select(CharterVersion.digest).where(
            CharterVersion.community_id == community_id, CharterVersion.number == number
        )
    ).scalar_one()


def freeze(session: Session, actor: Actor, ballot: Ballot, terms: Terms, now: dt.datetime) -> None:
    """Open a ballot whose rules have been judged, and write the audit entry.

    :param ballot: a draft, or a ballot just made; its row, if there is one, is locked.
    :param now: the database's clock, in whole milliseconds.
    :raises Refusal: ``invalid-period``, ``empty-roll``.
    """
    # One update writes everything frozen: afterwards the database lets none of it change.
    with session.no_autoflush:
        _fix_period(ballot, now)
        _freeze_roll(session, ballot, terms.charter, now)
        ballot.opened_at = now
        ballot.charter_number = terms.number
        ballot.charter_rules = terms.rule.to_json()
        ballot.matters = list(terms.matters)
        ballot.precommitment = None if terms.precommitment is None else dict(terms.precommitment)
        ballot.tie_secret = secrets.token_bytes(32)
        keys = make_keys(session, ballot)
        manifest = canonical_json(manifest_of(ballot, terms.digest) | keys)
        ballot.manifest = manifest.decode()
        ballot.manifest_hash = sha256_hex(manifest)
    session.flush()
    record(
        session,
        actor,
        Action.BALLOT_OPENED,
        ("ballot", ballot.id),
        {
            "manifest_hash": ballot.manifest_hash,
            "roll_hash": ballot.roll_hash,
            "kind": ballot.kind,
            "binding_level": ballot.binding_level,
            "owes_answer": terms.rule.owes_answer,
            "precommitted": ballot.precommitment is not None,
            **keys,
        },
        at=now,
    )


def _freeze_roll(session: Session, ballot: Ballot, charter: Charter, now: dt.datetime) -> None:
    """Write the roll, and what it comes to.

    :raises Refusal: ``empty-roll`` for a roll, or a token tally, of no weight.
    """
    allow_long_statements(session)
    rules = weight_rules(ballot)
    dual = rules.weighting is Weighting.DUAL
    ballot.ledger_position = freeze_roll(session, ballot, electorate_of(ballot, charter, rules), now)
    totals = totals_of(session, entries_of(ballot.id))
    if totals.size == 0:
        raise refuse("empty-roll", "No active member is entitled to vote under this ballot's weighting.")
    if dual and totals.tokens == 0:
        raise refuse("empty-roll", "Nobody on the roll holds a token that counts: one tally would be empty.")
    ballot.roll_size, ballot.roll_weight = totals.size, totals.weight
    ballot.roll_tokens = totals.tokens if dual else None
    ballot.weight_limit = totals.limit(rules)
    ballot.weight_overflow = None if ballot.weight_limit is None else totals.overflow
    ballot.roll_hash = hash_roll(session, ballot)


def _fix_period(ballot: Ballot, now: dt.datetime) -> None:
    opens_at = ballot.opens_at if ballot.opens_at is not None else now
    closes_at = ballot.closes_at
    if ballot.voting_period_seconds is not None:
        try:
            closes_at = opens_at + dt.timedelta(seconds=ballot.voting_period_seconds)
        except OverflowError:
            raise refuse("invalid-period", "Voting would end after the year 9999.") from None
    if closes_at is None:
        raise refuse("invalid-period", "The draft states neither closes_at nor voting_period.")
    opens_at, closes_at = to_milliseconds(opens_at), to_milliseconds(closes_at)
    if opens_at < now:
        raise refuse("invalid-period", f"opens_at lies in the past: it is {instant(now)}.")
    if closes_at <= opens_at:
        raise refuse("invalid-period", "closes_at must lie after opens_at.")
    ballot.opens_at, ballot.closes_at = opens_at, closes_at
