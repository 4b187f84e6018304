from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
import statistics
import time
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.decision import Ratio
from app.domain.obligations import (
    Answer,
    AnswerVerdict,
    Attestation,
    AttestationVerdict,
    Delivery,
    Evidence,
    MilestoneFacts,
    ObligationFacts,
    is_disputed,
    milestone_status,
    obligation_status,
)
from app.domain.scorecard import Scorecard, ScorecardFacts, Share, VetoFacts, VetoFigures, scorecard, series

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
TICK = dt.timedelta(milliseconds=1)
YES, NO = AttestationVerdict.CONFIRMED, AttestationVerdict.DISPUTED
ACCEPTED, PART, REFUSED = AnswerVerdict
DELIVERY = Delivery(Ratio.parse("1/2"), 2)


def day(number: float) -> dt.datetime:
    return START + dt.timedelta(days=number)


def owed(due: float, *answers: tuple[float, AnswerVerdict], milestones: Any = ()) -> ObligationFacts:
    given_answers = [Answer(n, day(at), verdict) for n, (at, verdict) in enumerate(answers, 1)]
    return ObligationFacts(START, day(due), given_answers, milestones)


def promise(due: float, *rounds: tuple[Any, ...], promised: float = 5) -> MilestoneFacts:
    """Make a milestone; a round is (day of its evidence, (member, day, verdict), ...)."""
    evidence, attestations = [], []
    for number, (shown, *words) in enumerate(rounds, 1):
        evidence.append(Evidence(number, day(shown)))
        for revision, (member, at, verdict) in enumerate(words, 1):
            attestations.append(Attestation(number, member, revision, day(at), verdict))
    return MilestoneFacts(day(promised), day(due), DELIVERY, evidence, attestations)


def card(*obligations: ObligationFacts, at: dt.datetime, **facts: Any) -> Scorecard:
    return scorecard(ScorecardFacts(obligations, **facts), at)


def test_a_community_in_which_nothing_happened_has_no_ratios():
    empty = card(at=day(0))
    assert empty.answered.ratio is None
    assert empty.delivered_on_time.ratio is None
    assert empty.median_seconds_to_answer is None
    assert empty.to_json() == {
        "obligations": 0,
        "answered": {"count": 0, "of": 0, "ratio": None},
        "answered_late": 0,
        "overdue": 0,
        "median_seconds_to_answer": None,
        "verdicts": {"accepted": 0, "accepted_in_part": 0, "refused": 0},
        "promised": 0,
        "delivered_on_time": {"count": 0, "of": 0, "ratio": None},
        "promises_overdue": 0,
        "promises_disputed": 0,
        "vetoes": {},
        "precommitments_missing": 0,
    }


@pytest.mark.parametrize(
    ("obligation", "at", "answered", "overdue", "late"),
    [
        (owed(14), START - TICK, (0, 0), 0, 0),
        (owed(14), START, (0, 0), 0, 0),
        (owed(14), day(14), (0, 0), 0, 0),
        (owed(14), day(14) + TICK, (0, 1), 1, 0),
        (owed(14, (3, ACCEPTED)), day(3) - TICK, (0, 0), 0, 0),
        (owed(14, (3, ACCEPTED)), day(3), (1, 1), 0, 0),
        (owed(14, (3, ACCEPTED)), day(14) + TICK, (1, 1), 0, 0),
        (owed(14, (14, ACCEPTED)), day(14), (1, 1), 0, 0),
        (owed(14, (15, ACCEPTED)), day(15) - TICK, (0, 1), 1, 0),
        (owed(14, (15, ACCEPTED)), day(15), (1, 1), 0, 1),
        (owed(14, (15, ACCEPTED), (16, REFUSED)), day(16), (1, 1), 0, 1),
    ],
)
def test_an_answer_counts_once_it_fell_due_or_was_given(obligation, at, answered, overdue, late):
    figures = card(obligation, at=at)
    assert figures.answered == Share(*answered)
    assert (figures.overdue, figures.answered_late) == (overdue, late)
    assert figures.obligations == (at >= START)


def test_the_answer_rate_is_text_with_its_counts_and_not_reduced():
    figures = card(owed(14, (3, ACCEPTED)), owed(14, (15, REFUSED)), owed(14), owed(14), owed(90), at=day(20))
    assert figures.answered.to_json() == {"count": 2, "of": 4, "ratio": "2/4"}


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        ([3], "259200"),
        ([3, 1], "172800"),
        ([9, 1, 2], "172800"),
        ([1, 2, 100, 4], "259200"),
        ([1 / 86_400_000, 0], "1/2000"),
        ([3 / 86_400_000, 1 / 86_400_000, 0], "1/1000"),
    ],
)
def test_the_median_is_exact_and_of_an_even_number_the_mean_of_the_middle_two(waits, expected):
    figures = card(*(owed(200, (wait, ACCEPTED)) for wait in waits), owed(14), at=day(150))
    assert figures.to_json()["median_seconds_to_answer"] == expected


def test_the_last_answer_says_what_was_accepted():
    facts = [owed(14, (3, REFUSED), (9, ACCEPTED)), owed(14, (4, PART)), owed(14, (5, REFUSED)), owed(14)]
    assert card(*facts, at=day(8)).verdicts == {ACCEPTED: 0, PART: 1, REFUSED: 2}
    assert card(*facts, at=day(9)).verdicts == {ACCEPTED: 1, PART: 1, REFUSED: 1}


A_NO, B_NO, A_YES, B_YES = ("a", 22, NO), ("b", 22, NO), ("a", 22, YES), ("b", 22, YES)


@pytest.mark.parametrize(
    ("milestone", "at", "on_time", "overdue", "disputed"),
    [
        (promise(30), day(30), (0, 0), 0, 0),
        (promise(30), day(30) + TICK, (0, 1), 1, 0),
        (promise(30, (20,)), day(20) - TICK, (0, 0), 0, 0),
        (promise(30, (20,)), day(20), (1, 1), 0, 0),
        (promise(30, (30,)), day(31), (1, 1), 0, 0),
        (promise(30, (31,)), day(31) - TICK, (0, 1), 1, 0),
        (promise(30, (31,)), day(31), (0, 1), 0, 0),
        (promise(30, (20, A_NO, B_NO)), day(22) - TICK, (1, 1), 0, 0),
        (promise(30, (20, A_NO, B_NO)), day(22), (0, 0), 0, 1),
        (promise(30, (20, A_NO, B_NO)), day(31), (0, 1), 1, 1),
        (promise(30, (20, A_NO, B_YES)), day(22), (0, 0), 0, 1),
        (promise(30, (20, A_NO, B_YES, ("c", 23, YES))), day(23), (1, 1), 0, 0),
        (promise(30, (20, A_NO, B_NO), (25,)), day(25), (1, 1), 0, 1),
        (promise(30, (20, A_NO, B_NO), (33,)), day(33), (0, 1), 0, 1),
        (promise(30, (20, ("a", 19, NO), ("b", 19, NO))), day(19), (0, 0), 0, 0),
        (promise(30, (20, A_NO), (25, ("b", 26, NO))), day(26), (1, 1), 0, 0),
        (promise(3, promised=5), day(5) - TICK, (0, 0), 0, 0),
        (promise(3, promised=5), day(5), (0, 1), 1, 0),
    ],
)
def test_a_promise_counts_once_it_fell_due_or_was_delivered(milestone, at, on_time, overdue, disputed):
    figures = card(owed(14, (5, ACCEPTED), milestones=[milestone]), at=at)
    assert figures.delivered_on_time == Share(*on_time)
    assert (figures.promises_overdue, figures.promises_disputed) == (overdue, disputed)
    assert figures.promised == (at >= day(5))


def test_a_later_refusal_does_not_unmake_a_promise():
    facts = owed(14, (5, ACCEPTED), (6, REFUSED), milestones=[promise(30)])
    assert card(facts, at=day(31)).promises_overdue == 1


def test_vetoes_are_counted_by_ground_from_their_instants():
    vetoes = [
        VetoFacts(day(3), "safety"),
        VetoFacts(day(1), "cost", day(9)),
        VetoFacts(day(2), "cost"),
    ]
    assert card(at=day(1) - TICK, vetoes=vetoes).vetoes == {}
    assert card(at=day(2), vetoes=vetoes).vetoes == {"cost": VetoFigures(2, 0)}
    late = card(at=day(9), vetoes=vetoes).vetoes
    assert list(late.items()) == [("cost", VetoFigures(2, 1)), ("safety", VetoFigures(1, 0))]


def test_missing_pre_commitments_are_counted_from_the_opening():
    openings = [day(4), day(2), day(4)]
    counts = [
        card(at=at, precommitments_missing=openings).precommitments_missing
        for at in (day(2) - TICK, day(2), day(4))
    ]
    assert counts == [0, 1, 3]


def test_the_figures_are_json():
    figures = card(
        owed(14, (3, ACCEPTED), milestones=[promise(30)]), at=day(40), vetoes=[VetoFacts(START, "x")]
    )
    assert json.loads(json.dumps(figures.to_json())) == figures.to_json()


# --- against the definitions ----------------------------------------------------------------------------


def by_definition(facts: ScorecardFacts, at: dt.datetime) -> dict[str, Any]:
    """Count every figure from the states that obligations and milestones have at ``at``, one by one."""
    known = [o for o in facts.obligations if o.created_at <= at]
    statuses = [(o, obligation_status(o, at)) for o in known]
    answered = [(o, s) for o, s in statuses if s.state == "answered"]
    overdue = [s for _, s in statuses if s.state == "overdue"]
    promises = [m for o in facts.obligations for m in o.milestones if m.promised_at <= at]
    standing = [milestone_status(m, at) for m in promises]
    delivered = [s for s in standing if s.delivered_at is not None]
    late = [s for s in standing if s.overdue]
    waits = [(s.answered_at - o.created_at) // dt.timedelta(microseconds=1) for o, s in answered]
    vetoes = [v for v in facts.vetoes if v.at <= at]
    return {
        "at": at,
        "obligations": len(known),
        "answered": Share(len(answered), len(answered) + len(overdue)),
        "answered_late": sum(s.late for _, s in answered),
        "overdue": len(overdue),
        "median_seconds_to_answer": (
            Fraction(statistics.median([Fraction(wait) for wait in waits])) / 1_000_000 if waits else None
        ),
        "verdicts": {v: sum(s.verdict is v for _, s in answered) for v in AnswerVerdict},
        "promised": len(promises),
        "delivered_on_time": Share(sum(s.on_time for s in delivered), len(delivered) + len(late)),
        "promises_overdue": len(late),
        "promises_disputed": sum(ever_disputed(m, at) for m in promises),
        "vetoes": {
            ground: VetoFigures(
                sum(v.ground == ground for v in vetoes),
                sum(
                    v.ground == ground and v.overridden_at is not None and v.overridden_at <= at
                    for v in vetoes
                ),
            )
            for ground in sorted({v.ground for v in vetoes})
        },
        "precommitments_missing": sum(opened <= at for opened in facts.precommitments_missing),
    }


def ever_disputed(milestone: MilestoneFacts, at: dt.datetime) -> bool:
    for evidence in milestone.evidence:
        words = sorted(
            (a for a in milestone.attestations if a.round == evidence.round and a.at <= at),
            key=lambda a: a.revision,
        )
        last = Counter({a.member: a.verdict for a in words}.values())
        if evidence.at <= at and is_disputed(last[YES], last[NO], milestone.delivery):
            return True
    return False


instants = st.integers(0, 40).map(day)


@st.composite
def promises(draw: Any, promised_at: dt.datetime) -> MilestoneFacts:
    after = st.integers(0, 20).map(lambda days: promised_at + dt.timedelta(days=days))
    shown = sorted(draw(st.lists(after, max_size=3, unique=True)))
    words = draw(
        st.lists(
            st.tuples(
                st.integers(1, 3), st.sampled_from("abc"), st.integers(0, 9), st.sampled_from([YES, NO])
            ),
            max_size=8,
        )
    )
    words.sort(key=lambda word: word[2])
    attestations = [
        Attestation(number, member, revision, shown[number - 1] + dt.timedelta(days=later), verdict)
        for revision, (number, member, later, verdict) in enumerate(words)
        if number <= len(shown)
    ]
    evidence = [Evidence(number, at) for number, at in enumerate(shown, 1)]
    delivery = Delivery(Ratio.parse(draw(st.sampled_from(["1/3", "1/2", "1"]))), draw(st.integers(1, 3)))
    return MilestoneFacts(promised_at, draw(after), delivery, evidence, attestations)


@st.composite
def obligations(draw: Any) -> ObligationFacts:
    created = draw(instants)
    after = st.integers(0, 20).map(lambda days: created + dt.timedelta(days=days))
    answers = sorted(draw(st.lists(st.tuples(after, st.sampled_from(AnswerVerdict)), max_size=3)))
    given_answers = [Answer(number, at, verdict) for number, (at, verdict) in enumerate(answers, 1)]
    made = [draw(promises(answer.at)) for answer in given_answers]
    return ObligationFacts(created, draw(after), given_answers, made)


vetoes = st.builds(
    lambda at, ground, later: VetoFacts(at, ground, None if later is None else at + dt.timedelta(days=later)),
    instants,
    st.sampled_from(["cost", "law"]),
    st.none() | st.integers(0, 20),
)
histories = st.builds(
    ScorecardFacts,
    st.lists(obligations(), max_size=5),
    st.lists(vetoes, max_size=4),
    st.lists(instants, max_size=3),
)
#: On the days of the facts and between them.
asked = st.tuples(st.integers(-1, 85).map(day), st.sampled_from([-TICK, dt.timedelta(0), TICK])).map(
    lambda p: p[0] + p[1]
)


@given(histories, asked)
def test_every_figure_is_what_the_states_of_that_instant_say(facts, at):
    made = scorecard(facts, at)
    assert {f.name: getattr(made, f.name) for f in dataclasses.fields(made)} == by_definition(facts, at)


@given(histories, st.lists(asked, max_size=6))
def test_a_series_is_the_scorecard_at_each_instant_in_the_order_asked(facts, at):
    assert series(facts, at) == [scorecard(facts, instant) for instant in at]


def until(facts: ScorecardFacts, at: dt.datetime) -> ScorecardFacts:
    """Return the facts as somebody at ``at`` knows them."""
    return ScorecardFacts(
        [
            dataclasses.replace(
                o,
                answers=[a for a in o.answers if a.at <= at],
                milestones=[
                    dataclasses.replace(
                        m,
                        evidence=[e for e in m.evidence if e.at <= at],
                        attestations=[a for a in m.attestations if a.at <= at],
                    )
                    for m in o.milestones
                    if m.promised_at <= at
                ],
            )
            for o in facts.obligations
            if o.created_at <= at
        ],
        [
            dataclasses.replace(
                v, overridden_at=v.overridden_at if v.overridden_at and v.overridden_at <= at else None
            )
            for v in facts.vetoes
            if v.at <= at
        ],
        [opened for opened in facts.precommitments_missing if opened <= at],
    )


@given(histories, asked)
def test_what_happens_later_changes_no_figure_of_the_past(facts, at):
    assert scorecard(facts, at) == scorecard(until(facts, at), at)


@given(histories, asked, st.randoms(use_true_random=False))
def test_the_order_of_the_facts_does_not_matter(facts, at, dice):
    def shuffled(items: Any) -> list[Any]:
        return dice.sample(list(items), len(items))

    mixed = ScorecardFacts(
        shuffled(
            [
                dataclasses.replace(
                    o,
                    answers=shuffled(o.answers),
                    milestones=shuffled(
                        [
                            dataclasses.replace(
                                m, evidence=shuffled(m.evidence), attestations=shuffled(m.attestations)
                            )
                            for m in o.milestones
                        ]
                    ),
                )
                for o in facts.obligations
            ]
        ),
        shuffled(facts.vetoes),
        shuffled(facts.precommitments_missing),
    )
    assert scorecard(mixed, at) == scorecard(facts, at)


@given(histories, asked, st.integers(0, 4), st.integers(0, 30), st.sampled_from(AnswerVerdict))
def test_one_more_answer_never_lowers_how_many_are_answered(facts, at, which, later, verdict):
    if not facts.obligations:
        return
    owing = list(facts.obligations)
    chosen = owing[which % len(owing)]
    last = max((answer.at for answer in chosen.answers), default=chosen.created_at)
    answer = Answer(len(chosen.answers) + 1, last + dt.timedelta(days=later), verdict)
    owing[which % len(owing)] = dataclasses.replace(chosen, answers=[*chosen.answers, answer])
    before, after = scorecard(facts, at), scorecard(dataclasses.replace(facts, obligations=owing), at)
    assert after.answered.part >= before.answered.part
    assert after.overdue <= before.overdue
    assert sum(after.verdicts.values()) == after.answered.part


@given(histories, asked, st.integers(0, 30))
def test_what_was_answered_promised_and_vetoed_only_grows(facts, at, later):
    before, after = series(facts, [at, at + dt.timedelta(days=later)])
    for name in ("obligations", "answered_late", "promised", "precommitments_missing"):
        assert getattr(after, name) >= getattr(before, name)
    assert after.answered.part >= before.answered.part
    assert after.vetoes.keys() >= before.vetoes.keys()


def test_ten_years_of_months_over_ten_thousand_obligations_take_no_time_worth_mentioning():
    dice = random.Random(1)
    many = []
    for _ in range(10_000):
        created = dice.randrange(3600)
        answered = created + dice.randrange(40)
        milestone = promise(
            answered + dice.randrange(90),
            (answered + dice.randrange(90), ("a", answered + 91, YES), ("b", answered + 92, NO)),
            promised=answered,
        )
        answers = [Answer(1, day(answered), ACCEPTED)] if dice.random() < 0.8 else []
        many.append(ObligationFacts(day(created), day(created + 14), answers, [milestone]))
    facts = ScorecardFacts(many)
    months = [day(30 * month) for month in range(120)]
    began = time.process_time()
    cards = series(facts, months)
    spent = time.process_time() - began
    assert cards[-1].obligations == sum(o.created_at <= months[-1] for o in many)
    # One pass over the facts; 120 passes of their own would take a minute.
    assert spent < 10
