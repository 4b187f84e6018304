"""What the brand owes after a decision: an answer, then what it promised in it. States follow from facts.

Nothing here is stored: a state is a function of dated facts and an instant, and only what had happened by that
instant is looked at. A fact dated at the instant itself has happened; a date is kept by what happens at it or
before it, so that something is overdue strictly after its date.

A **round** of a milestone begins with evidence and ends when later evidence begins the next. Its members'
attestations are counted one a member, the last one each. A round is disputed when at least
``least_attestations`` members have attested and those who dispute reach ``dispute_threshold`` of them; it is
confirmed when as many have attested and they do not. The last round stands unless it is disputed, and the
milestone was delivered when the evidence of the round that stands was given. Only evidence of a later round
delivers a disputed milestone, at that evidence's own time: a dispute costs the brand the earlier date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.domain.charter.document import Delivery
from app.domain.charter.words import BindingLevel

__all__ = [
    "Answer",
    "AnswerVerdict",
    "Attestation",
    "AttestationVerdict",
    "BindingLevel",
    "Delivery",
    "Evidence",
    "MilestoneFacts",
    "MilestoneState",
    "MilestoneStatus",
    "ObligationFacts",
    "ObligationState",
    "ObligationStatus",
    "concluded",
    "has_concluded",
    "is_disputed",
    "may_answer",
    "may_attest",
    "may_give_evidence",
    "milestone_standing",
    "milestone_status",
    "obligation_status",
]


class AnswerVerdict(StrEnum):
    """What the brand says it will do."""

    ACCEPTED = "accepted"
    ACCEPTED_IN_PART = "accepted_in_part"
    REFUSED = "refused"


class AttestationVerdict(StrEnum):
    """What a member says of a delivery."""

    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


class ObligationState(StrEnum):
    """Where an answer stands."""

    PENDING = "pending"
    ANSWERED = "answered"
    OVERDUE = "overdue"


class MilestoneState(StrEnum):
    """Where a promise stands.

    ``planned`` and ``overdue``: no evidence yet, before and after the date; ``submitted``: evidence, too few
    attestations; ``confirmed``: delivered, the members say; ``disputed``: open again until further evidence.
    """

    PLANNED = "planned"
    OVERDUE = "overdue"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; ``number`` orders them, and the last one holds."""

    number: int
    at: dt.datetime
    verdict: AnswerVerdict


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the brand showed; ``round`` 1 is the first, and later rounds have later instants."""

    round: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Attestation:
    """What one member said in one round; of one member's in a round the highest ``revision`` counts."""

    round: int
    member: Hashable
    revision: int
    at: dt.datetime
    verdict: AttestationVerdict


@dataclass(frozen=True, slots=True)
class MilestoneFacts:
    """A promise and all that came of it, in any order."""

    promised_at: dt.datetime
    due_at: dt.datetime
    delivery: Delivery
    evidence: Collection[Evidence] = ()
    attestations: Collection[Attestation] = ()


@dataclass(frozen=True, slots=True)
class ObligationFacts:
    """An answer owed, the answers given and the promises made, in any order; due when it arises or later."""

    created_at: dt.datetime
    due_at: dt.datetime
    answers: Collection[Answer] = ()
    milestones: Collection[MilestoneFacts] = ()


@dataclass(frozen=True, slots=True)
class ObligationStatus:
    """Where an obligation stands at an instant.

    :param answered_at: the instant of the first answer.
    :param late: whether that was after the due date; an answer that is still missing is overdue, not late.
    :param verdict: what the last answer says.
    """

    state: ObligationState
    answered_at: dt.datetime | None
    late: bool
    verdict: AnswerVerdict | None


@dataclass(frozen=True, slots=True)
class MilestoneStatus:
    """Where a milestone stands at an instant.

    :param round: the number of the last evidence; None before any.
    :param confirmed: members of that round whose last word is that it was delivered.
    :param disputed: members of that round whose last word is that it was not.
    :param delivered_at: when the evidence of the round that stands was given; None while none stands.
    :param overdue: the date is over and nothing that stands delivers it, be it undelivered or disputed.
    """

    state: MilestoneState
    round: int | None
    confirmed: int
    disputed: int
    delivered_at: dt.datetime | None
    on_time: bool | None
    overdue: bool


def may_answer(
    level: BindingLevel,
    verdict: AnswerVerdict,
    ground: str | None,
    allowed_grounds: Collection[str],
    *,
    milestones: int = 0,
) -> str | None:
    """Say why the brand may not answer so, or None where it may.

    What is refused in part is refused: otherwise a level that forbids refusing would be answered with a sliver.

    :param ground: the id of the ground that the answer names.
    :param allowed_grounds: ids of the pre-commitment's grounds of refusal and of the charter's veto grounds.
    :param milestones: how many dated promises stand, those of this answer included.
    """
    if not level.owes_answer:
        return "An advisory decision asks for no answer."
    if verdict is not AnswerVerdict.ACCEPTED:
        return _may_refuse(level, ground, allowed_grounds)
    if ground is not None:
        return "Only a refusal, whole or in part, names a ground."
    if level is BindingLevel.BINDING and milestones < 1:
        return "The answer to a binding decision says by when it is done: it has at least one milestone."
    return None


def _may_refuse(level: BindingLevel, ground: str | None, allowed_grounds: Collection[str]) -> str | None:
    if level is BindingLevel.BINDING:
        return "A binding decision is not refused, neither whole nor in part."
    if ground is None and level is BindingLevel.CO_DECISION:
        return "Refusing a co-decision, whole or in part, names a ground stated before the vote."
    if ground is not None and ground not in allowed_grounds:
        return "The ground was stated neither in the pre-commitment nor in the charter."
    return None


def obligation_status(facts: ObligationFacts, now: dt.datetime) -> ObligationStatus:
    """Return where an obligation stands at ``now``; an answer at the due instant itself is in time."""
    given = [answer for answer in facts.answers if answer.at <= now]
    if not given:
        state = ObligationState.OVERDUE if now > facts.due_at else ObligationState.PENDING
        return ObligationStatus(state, None, late=False, verdict=None)
    answered_at = min(answer.at for answer in given)
    return ObligationStatus(
        ObligationState.ANSWERED,
        answered_at,
        late=answered_at > facts.due_at,
        verdict=max(given, key=lambda answer: answer.number).verdict,
    )


def is_disputed(confirmed: int, disputed: int, delivery: Delivery) -> bool:
    """Say whether the attestations of a round dispute it; where nobody does, no threshold is reached."""
    attested = confirmed + disputed
    enough = disputed > 0 and attested >= delivery.least_attestations
    return enough and delivery.dispute_threshold.reached_by(disputed, attested)


def milestone_status(facts: MilestoneFacts, now: dt.datetime) -> MilestoneStatus:
    """Return where a milestone stands at ``now``."""
    shown = max((e for e in facts.evidence if e.at <= now), key=lambda e: e.round, default=None)
    if shown is None:
        return milestone_standing(facts.due_at, facts.delivery, None, now)
    words = _last_words(a for a in facts.attestations if a.round == shown.round and a.at <= now)
    disputed = sum(word is AttestationVerdict.DISPUTED for word in words)
    return milestone_standing(
        facts.due_at, facts.delivery, shown, now, confirmed=len(words) - disputed, disputed=disputed
    )


def milestone_standing(
    due_at: dt.datetime,
    delivery: Delivery,
    shown: Evidence | None,
    now: dt.datetime,
    *,
    confirmed: int = 0,
    disputed: int = 0,
) -> MilestoneStatus:
    """Return where a milestone stands at ``now``, from the counts of its last round.

    :param shown: the last evidence given by then, None before any.
    :param confirmed: members of that round whose last word confirms; ``disputed`` likewise.
    """
    past = now > due_at
    if shown is None:
        state = MilestoneState.OVERDUE if past else MilestoneState.PLANNED
        return MilestoneStatus(state, None, 0, 0, delivered_at=None, on_time=None, overdue=past)
    if is_disputed(confirmed, disputed, delivery):
        return MilestoneStatus(
            MilestoneState.DISPUTED,
            shown.round,
            confirmed,
            disputed,
            delivered_at=None,
            on_time=None,
            overdue=past,
        )
    enough = confirmed + disputed >= delivery.least_attestations
    return MilestoneStatus(
        MilestoneState.CONFIRMED if enough else MilestoneState.SUBMITTED,
        shown.round,
        confirmed,
        disputed,
        delivered_at=shown.at,
        on_time=shown.at <= due_at,
        overdue=False,
    )


def may_give_evidence(status: MilestoneStatus) -> str | None:
    """Say why no further evidence may begin a round now, or None where it may.

    A new round starts from no attestations, so it waits while some members dispute and too few have attested:
    otherwise the brand could begin one whenever a dispute was near.
    """
    if status.state is MilestoneState.CONFIRMED:
        return "The members have confirmed this delivery."
    if status.state is MilestoneState.SUBMITTED and status.disputed:
        return "Members dispute the evidence that is there, and too few have attested yet."
    return None


def may_attest(status: MilestoneStatus) -> str | None:
    """Say why nobody may attest now, or None where members may."""
    return "There is no evidence to attest to yet." if status.round is None else None


def concluded(facts: ObligationFacts, now: dt.datetime) -> bool:
    """Say whether an obligation has nothing left to do at ``now``.

    It has none once the last answer refuses, or once it accepts (in whole or in part) and every milestone is
    confirmed; an accepted answer without milestones has nothing to deliver. A refusal does not unmake
    promises: the scorecard goes on counting them.
    """
    promised = [milestone for milestone in facts.milestones if milestone.promised_at <= now]
    return has_concluded(
        obligation_status(facts, now).verdict, (milestone_status(milestone, now) for milestone in promised)
    )


def has_concluded(verdict: AnswerVerdict | None, milestones: Iterable[MilestoneStatus]) -> bool:
    """Say by the rule of :func:`concluded` whether nothing is left to do.

    :param verdict: what the last answer says; None before any.
    :param milestones: where every promise stands.
    """
    if verdict is None or verdict is AnswerVerdict.REFUSED:
        return verdict is not None
    return all(milestone.state is MilestoneState.CONFIRMED for milestone in milestones)


def _last_words(attestations: Iterable[Attestation]) -> list[AttestationVerdict]:
    last: dict[Hashable, Attestation] = {}
    for attestation in attestations:
        known = last.get(attestation.member)
        if known is None or attestation.revision > known.revision:
            last[attestation.member] = attestation
    return [attestation.verdict for attestation in last.values()]
