"""How the brand keeps its word: exact figures at an instant, and the same figures at several.

``scorecard(facts, at)`` looks only at what had happened by ``at``, the instant included, so a figure of the past
never changes when something happens later. A date is over strictly after its instant, as in
:mod:`app.domain.obligations`, whose rules decide what is answered, overdue, delivered and disputed.

Every fact is turned into dated changes of counters, which :mod:`app.domain.timeline` plays forward.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any

from app.domain.obligations import (
    AnswerVerdict,
    Attestation,
    AttestationVerdict,
    Evidence,
    MilestoneFacts,
    ObligationFacts,
    is_disputed,
)
from app.domain.timeline import AFTER, AT, Change, Counters, When, played


@dataclass(frozen=True, slots=True)
class VetoFacts:
    """One veto: when, on which ground, and when an override took it away (None: it stands)."""

    at: dt.datetime
    ground: str
    overridden_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ScorecardFacts:
    """All that a community's scorecard rests on, in any order.

    :param precommitments_missing: the opening instants of votes that opened without the pre-commitment they
        asked for.
    """

    obligations: Collection[ObligationFacts] = ()
    vetoes: Collection[VetoFacts] = ()
    precommitments_missing: Collection[dt.datetime] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, with the counts behind it."""

    part: int
    whole: int

    @property
    def ratio(self) -> str | None:
        """Return ``"part/whole"`` as counted, not reduced; None of nothing: 0 of 0 is neither 0 nor 1."""
        return f"{self.part}/{self.whole}" if self.whole else None

    def to_json(self) -> dict[str, Any]:
        """Return the share as JSON."""
        return {"count": self.part, "of": self.whole, "ratio": self.ratio}


@dataclass(frozen=True, slots=True)
class VetoFigures:
    """Vetoes on one ground, and how many of them an override took away."""

    vetoed: int
    overridden: int

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        return {"vetoed": self.vetoed, "overridden": self.overridden}


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The figures at ``at``.

    :param obligations: how many answers had been asked for.
    :param answered: of the answers that had fallen due or been given.
    :param answered_late: of the answers given.
    :param overdue: answers missing after their date.
    :param median_seconds_to_answer: from the obligation to its first answer; of an even number the mean of the
        two middle ones; None where nothing was answered. What is unanswered is not in it: see ``overdue``.
    :param verdicts: the answered obligations by what their last answer says.
    :param promised: how many milestones had been promised.
    :param delivered_on_time: of the milestones that had fallen due or been delivered, those delivered by their
        date; a delivery counts while its round stands.
    :param promises_overdue: milestones undelivered or disputed after their date.
    :param promises_disputed: milestones of which the members dispute some round, be it the last or one that
        further evidence has replaced: new evidence does not wipe a dispute out.
    :param vetoes: by ground, in alphabetical order.
    :param precommitments_missing: votes opened without the pre-commitment they asked for.
    """

    at: dt.datetime
    obligations: int
    answered: Share
    answered_late: int
    overdue: int
    median_seconds_to_answer: Fraction | None
    verdicts: Mapping[AnswerVerdict, int]
    promised: int
    delivered_on_time: Share
    promises_overdue: int
    promises_disputed: int
    vetoes: Mapping[str, VetoFigures]
    precommitments_missing: int

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON, without the instant; the median as exact text: ``"86400"``, ``"3/2"``."""
        median = self.median_seconds_to_answer
        return {
            "obligations": self.obligations,
            "answered": self.answered.to_json(),
            "answered_late": self.answered_late,
            "overdue": self.overdue,
            "median_seconds_to_answer": None if median is None else str(median),
            "verdicts": {verdict.value: self.verdicts[verdict] for verdict in AnswerVerdict},
            "promised": self.promised,
            "delivered_on_time": self.delivered_on_time.to_json(),
            "promises_overdue": self.promises_overdue,
            "promises_disputed": self.promises_disputed,
            "vetoes": {ground: figures.to_json() for ground, figures in self.vetoes.items()},
            "precommitments_missing": self.precommitments_missing,
        }


def scorecard(facts: ScorecardFacts, at: dt.datetime) -> Scorecard:
    """Return the figures at one instant.

    :param at: aware, as every instant in the facts.
    """
    return series(facts, (at,))[0]


def series(facts: ScorecardFacts, instants: Sequence[dt.datetime]) -> list[Scorecard]:
    """Return the figures at each instant, in the order asked."""
    cards = {at: _card(at, counters) for at, counters in played(_changes(facts), instants)}
    return [cards[at] for at in instants]


# --- changes ------------------------------------------------------------------------------------------


def _changes(facts: ScorecardFacts) -> Iterator[Change]:
    for obligation in facts.obligations:
        yield from _of_obligation(obligation)
        for milestone in obligation.milestones:
            yield from _of_milestone(milestone)
    for veto in facts.vetoes:
        yield Change((veto.at, AT), ("vetoed", veto.ground), 1)
        if veto.overridden_at is not None:
            yield Change((veto.overridden_at, AT), ("overridden", veto.ground), 1)
    for opened_at in facts.precommitments_missing:
        yield Change((opened_at, AT), ("precommitments_missing", ""), 1)


def _of_obligation(facts: ObligationFacts) -> Iterator[Change]:
    created, over = (facts.created_at, AT), (facts.due_at, AFTER)
    yield Change(created, ("obligations", ""), 1)
    if not facts.answers:
        yield Change(over, ("overdue", ""), 1)
        return
    answers = sorted(facts.answers, key=lambda answer: answer.number)
    first = (answers[0].at, AT)
    if first > over:
        yield Change(over, ("overdue", ""), 1)
        yield Change(first, ("overdue", ""), -1)
        yield Change(first, ("answered_late", ""), 1)
    yield Change(first, ("answered", ""), 1, waited=answers[0].at - facts.created_at)
    held = None
    for answer in answers:
        if held is not None:
            yield Change((answer.at, AT), ("verdict", held), -1)
        held = answer.verdict.value
        yield Change((answer.at, AT), ("verdict", held), 1)


def _of_milestone(facts: MilestoneFacts) -> Iterator[Change]:
    promised = (facts.promised_at, AT)
    yield Change(promised, ("promised", ""), 1)
    was: frozenset[str] = frozenset()
    for when, now in _history(facts):
        for name in now - was:
            yield Change(max(when, promised), (name, ""), 1)
        for name in was - now:
            yield Change(max(when, promised), (name, ""), -1)
        was = now


def _history(facts: MilestoneFacts) -> Iterator[tuple[When, frozenset[str]]]:
    """Yield, at each instant at which something happens, the names of the counters that count the milestone."""
    happenings: list[tuple[When, Evidence | Attestation | None]] = [((facts.due_at, AFTER), None)]
    happenings += [((evidence.at, AT), evidence) for evidence in facts.evidence]
    happenings += [((attestation.at, AT), attestation) for attestation in facts.attestations]
    happenings.sort(key=itemgetter(0))
    rounds: dict[int, _Round] = {}
    past = False
    for when, group in groupby(happenings, key=itemgetter(0)):
        for _, fact in group:
            if fact is None:
                past = True
            elif isinstance(fact, Evidence):
                rounds.setdefault(fact.round, _Round()).shown_at = fact.at
            else:
                rounds.setdefault(fact.round, _Round()).attest(fact)
        yield when, _standing(facts, rounds, past=past)


def _standing(facts: MilestoneFacts, rounds: Mapping[int, _Round], *, past: bool) -> frozenset[str]:
    shown = {number: r for number, r in rounds.items() if r.shown_at is not None}
    disputed = {number for number, r in shown.items() if is_disputed(r.confirmed, r.disputed, facts.delivery)}
    names = {"promises_disputed"} if disputed else set()
    last = max(shown, default=None)
    delivered_at = None if last is None or last in disputed else shown[last].shown_at
    if delivered_at is not None:
        names.add("delivered")
        if delivered_at <= facts.due_at:
            names.add("delivered_on_time")
    elif past:
        names.add("promises_overdue")
    return frozenset(names)


@dataclass(slots=True)
class _Round:
    """The attestations of one round so far, one a member."""

    shown_at: dt.datetime | None = None
    confirmed: int = 0
    disputed: int = 0
    words: dict[Hashable, Attestation] = field(default_factory=dict)

    def attest(self, attestation: Attestation) -> None:
        known = self.words.get(attestation.member)
        if known is not None and known.revision > attestation.revision:
            return
        self.words[attestation.member] = attestation
        if known is not None:
            self._count(known, -1)
        self._count(attestation, 1)

    def _count(self, attestation: Attestation, by: int) -> None:
        if attestation.verdict is AttestationVerdict.DISPUTED:
            self.disputed += by
        else:
            self.confirmed += by


# --- reading them off ---------------------------------------------------------------------------------


def _card(at: dt.datetime, counters: Counters) -> Scorecard:
    count = counters.count
    return Scorecard(
        at=at,
        obligations=count("obligations"),
        answered=Share(count("answered"), count("answered") + count("overdue")),
        answered_late=count("answered_late"),
        overdue=count("overdue"),
        median_seconds_to_answer=counters.median_seconds("answered"),
        verdicts={verdict: count("verdict", verdict.value) for verdict in AnswerVerdict},
        promised=count("promised"),
        delivered_on_time=Share(count("delivered_on_time"), count("delivered") + count("promises_overdue")),
        promises_overdue=count("promises_overdue"),
        promises_disputed=count("promises_disputed"),
        vetoes={
            ground: VetoFigures(count("vetoed", ground), count("overridden", ground))
            for ground in counters.kinds("vetoed")
        },
        precommitments_missing=count("precommitments_missing"),
    )
