"""Opening a ballot: roll, weights, rules and options are frozen in one transaction and their hashes published."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain import counting
from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.errors import refuse
from app.domain.instants import instant, to_milliseconds
from app.domain.lifecycle import BallotAction
from app.models.ballots import Ballot, RollEntry
from app.models.communities import Holding, Membership, MembershipRole
from app.policies.permissions import Actor, Role
from app.services.audit import Action, record
from app.services.ballots.drafts import require
from app.services.ballots.rules import Weighting, check_rules

#: Rows fetched at a time while the roll is hashed: bounds memory at any size of roll.
ROLL_CHUNK = 10_000

#: Weights are summed exactly, and JSON clients read integers exactly up to here.
MAX_ROLL_WEIGHT = 2**53 - 1


def open_ballot(session: Session, actor: Actor, ballot: Ballot) -> Ballot:
    """Freeze a draft into a ballot that can be voted in from ``opens_at`` (now, if the draft names no time).

    :param ballot: locked by the caller.
    :raises Refusal: ``ballot-not-draft``, ``invalid-question``, ``invalid-period``, ``empty-roll``.
    """
    now = to_milliseconds(database_now(session))
    require(BallotAction.OPEN, ballot, now)
    check_rules(ballot)
    # One update writes everything frozen: afterwards the database lets none of it change.
    with session.no_autoflush:
        _fix_period(ballot, now)
        _freeze_roll(session, ballot)
        ballot.opened_at = now
        ballot.roll_size, ballot.roll_weight, ballot.roll_hash = _hash_roll(session, ballot)
        if ballot.roll_size == 0:
            raise refuse("empty-roll", "No active member is entitled to vote under this ballot's weighting.")
        if ballot.roll_weight > MAX_ROLL_WEIGHT:
            raise refuse("empty-roll", "The weights on the roll exceed 2^53 - 1 in total.")
        ballot.tie_secret = secrets.token_bytes(32)
        manifest = canonical_json(manifest_of(ballot))
        ballot.manifest = manifest.decode()
        ballot.manifest_hash = sha256_hex(manifest)
    session.flush()
    record(
        session,
        actor,
        Action.BALLOT_OPENED,
        ("ballot", ballot.id),
        {"manifest_hash": ballot.manifest_hash, "roll_hash": ballot.roll_hash},
        at=now,
    )
    return ballot


def manifest_of(ballot: Ballot) -> dict[str, Any]:
    """Return everything that is fixed at opening, as the document whose hash is published.

    ``tie_commitment`` is the SHA-256 of a secret that is revealed with the result, where ties are broken by
    lot: nobody outside can know the lot order before close, and the service cannot change it after opening.
    """
    assert ballot.opened_at and ballot.opens_at and ballot.closes_at and ballot.tie_secret  # noqa: S101, PT018 - called while opening
    return {
        "v": 1,
        "ballot": str(ballot.id),
        "community": str(ballot.community_id),
        "kind": ballot.kind,
        "title": ballot.title,
        "description": ballot.description,
        "method": {
            "name": ballot.method,
            "version": counting.METHODS[ballot.method].version,
            "settings": ballot.settings,
            "seats": ballot.seats,
        },
        "options": [
            {"id": o.option_id, "title": o.title, "description": o.description} for o in ballot.options
        ],
        "weighting": ballot.weighting,
        "secrecy": ballot.secrecy,
        "disclosure": ballot.disclosure,
        "vote_change": ballot.vote_change,
        "early_close": ballot.early_close,
        "quorum": ballot.quorum,
        "threshold": ballot.threshold,
        "min_approval": ballot.min_approval,
        "rejection_quorum": ballot.rejection_quorum,
        "tie_rule": ballot.tie_rule,
        "tie_commitment": sha256_hex(ballot.tie_secret),
        "opened_at": instant(ballot.opened_at),
        "opens_at": instant(ballot.opens_at),
        "closes_at": instant(ballot.closes_at),
        "roll": {"size": ballot.roll_size, "weight": ballot.roll_weight, "hash": ballot.roll_hash},
    }


def manifest_bytes(ballot: Ballot) -> bytes:
    """Return the manifest as published at opening.

    :raises Refusal: ``not-found`` for a ballot that was never opened.
    """
    if ballot.manifest is None:
        raise refuse("not-found", "The ballot has not been opened.")
    return ballot.manifest.encode()


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


def _freeze_roll(session: Session, ballot: Ballot) -> None:
    """Write the roll in one statement: active members holding the role ``member``, as of this instant."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    voter = sa.func.lower(sa.func.hex(sa.func.randomblob(16))) if sqlite else sa.func.gen_random_uuid()
    owns = (
        sa.exists()
        .where(MembershipRole.membership_id == Membership.id, MembershipRole.role == Role.BRAND_OWNER.value)
        .correlate(Membership)
    )
    weight: sa.ColumnElement[int] = sa.literal(1)
    source = sa.join(
        Membership,
        MembershipRole,
        sa.and_(MembershipRole.membership_id == Membership.id, MembershipRole.role == Role.MEMBER.value),
    )
    condition = sa.and_(Membership.community_id == ballot.community_id, Membership.left_at.is_(None))
    if ballot.weighting == Weighting.TOKEN:
        source = source.join(Holding, Holding.membership_id == Membership.id)
        condition = sa.and_(condition, Holding.amount > 0)
        weight = Holding.__table__.c.amount
    session.execute(
        sa.insert(RollEntry).from_select(
            ["ballot_id", "membership_id", "voter", "weight", "brand_affiliated"],
            sa.select(sa.literal(ballot.id, sa.Uuid()), Membership.id, voter, weight, owns)
            .select_from(source)
            .where(condition),
            include_defaults=False,
        )
    )


def _hash_roll(session: Session, ballot: Ballot) -> tuple[int, int, str]:
    """Return the roll's size, total weight and hash: SHA-256 over ``voter SP weight LF`` sorted by voter."""
    digest, size, total = hashlib.sha256(), 0, 0
    rows = session.execute(
        sa.select(RollEntry.voter, RollEntry.weight)
        .where(RollEntry.ballot_id == ballot.id)
        .order_by(RollEntry.voter)
        .execution_options(yield_per=ROLL_CHUNK)
    )
    for chunk in rows.partitions(ROLL_CHUNK):
        digest.update("".join(f"{voter} {weight}\n" for voter, weight in chunk).encode())
        size += len(chunk)
        total += sum(weight for _, weight in chunk)
    return size, total, digest.hexdigest()
