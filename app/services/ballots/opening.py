"""Opening a standalone ballot under the charter in force at that moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.charter.decision_type import DecisionType
from app.domain.charter.document import Charter
from app.domain.charter.matters import consents_needed
from app.domain.charter.powers import Power
from app.domain.errors import refuse
from app.domain.instants import instant, to_milliseconds
from app.domain.lifecycle import BallotAction
from app.models.ballots import Ballot
from app.policies.permissions import Actor, Permission, Role
from app.services.ballots.candidates import check_candidates
from app.services.ballots.decision_types import (
    acting_in,
    check_secrecy,
    check_weighting,
    choose,
    require_for_groups,
    require_the_charters,
)
from app.services.ballots.drafts import check_matters, require
from app.services.ballots.freezing import Terms, charter_to_open_under, freeze
from app.services.ballots.rules import check_rules
from app.services.groups.acting import acting_in as acting_in_group
from app.services.obligations import precommitments


def open_ballot(session: Session, actor: Actor, ballot: Ballot) -> Ballot:
    """Freeze a draft into a ballot that can be voted in from ``opens_at`` (now, if the draft names no time).

    Everything is judged again by the charter in force now, whatever it was when the ballot was drafted.

    :param ballot: locked by the caller.
    :raises Refusal: ``ballot-not-draft``; ``unknown-decision-type`` and ``fixed-by-charter`` where the charter has
        changed; ``forbidden`` to whom the decision type does not let open it; ``reserved-matter``;
        ``not-a-candidate``; ``precommitment-missing``; ``invalid-question``, ``invalid-period``, ``empty-roll``; of a
        group ``not-in-group``, ``group-archived``, ``not-for-groups``.
    """
    require(BallotAction.OPEN, ballot, to_milliseconds(database_now(session)))
    charter, number, digest = charter_to_open_under(session, ballot.community_id)
    actor = acting_in_group(session, actor, ballot.group_id, Permission.BALLOT_OPEN)
    now = to_milliseconds(database_now(session))  # read after the lock: waiting for it may have taken a while
    rule = choose(charter, ballot.decision_type, ballot.kind)
    actor = acting_in(rule, charter, actor, Power.BALLOT_OPEN)
    require_the_charters(rule, ballot)
    require_for_groups(rule, ballot.group_id)
    check_rules(ballot)
    check_weighting(charter, ballot)
    check_secrecy(rule, ballot)
    check_matters(charter, ballot.matters)
    _require_consents(charter, ballot.matters, actor)
    check_candidates(session, ballot, rule)
    precommitment = precommitments.latest(session, ballot_id=ballot.id)
    if precommitment is None:
        _wait_for_the_brand(ballot, rule, actor, now)
    freeze(session, actor, ballot, Terms(charter, number, digest, rule, ballot.matters, precommitment), now)
    return ballot


def _require_consents(charter: Charter, matters: Sequence[Any], actor: Actor) -> None:
    """Let a ballot on a matter that takes a role's consent be opened by that role alone: opening it consents."""
    errors = [
        (
            f"#/matters/{list(matters).index(matter)}",
            f"takes the consent of a {role.value}, who opens the ballot",
        )
        for matter, role in consents_needed(charter, matters)
        if role not in actor.roles
    ]
    if errors:
        raise refuse("reserved-matter", errors=errors)


def _wait_for_the_brand(ballot: Ballot, rule: DecisionType, actor: Actor, now: dt.datetime) -> None:
    """Refuse to open without a pre-commitment where one is owed; others wait for the brand only so long.

    :raises Refusal: ``precommitment-missing``.
    """
    if not rule.owes_answer:
        return
    if Role.BRAND_OWNER in actor.roles:
        raise refuse("precommitment-missing", "Record first what will follow from the decision.")
    until = ballot.created_at + rule.precommitment_within
    if now < until:
        raise refuse(
            "precommitment-missing",
            f"The brand has until {instant(until)} to say what will follow; then it opens without.",
            extensions={"opens_without_at": instant(until)},
        )
