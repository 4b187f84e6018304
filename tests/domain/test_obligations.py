from __future__ import annotations

import datetime as dt
import itertools
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
    BindingLevel,
    Delivery,
    Evidence,
    MilestoneFacts,
    MilestoneState,
    ObligationFacts,
    ObligationState,
    concluded,
    may_answer,
    may_attest,
    may_give_evidence,
    milestone_status,
    obligation_status,
)

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
TICK = dt.timedelta(milliseconds=1)
YES, NO = AttestationVerdict.CONFIRMED, AttestationVerdict.DISPUTED
ACCEPTED, PART, REFUSED = AnswerVerdict
HALF_OF_TWO = Delivery(Ratio.parse("1/2"), 2)


def day(number: float) -> dt.datetime:
    return START + dt.timedelta(days=number)


def owed(*answers: tuple[float, AnswerVerdict], milestones: Any = (), due: float = 14) -> ObligationFacts:
    given_answers = [Answer(n, day(at), verdict) for n, (at, verdict) in enumerate(answers, 1)]
    return ObligationFacts(START, day(due), given_answers, milestones)


def promise(*rounds: tuple[Any, ...], due: float = 30, delivery: Delivery = HALF_OF_TWO) -> MilestoneFacts:
    """Make a milestone; a round is (day of its evidence, (member, day, verdict), ...)."""
    evidence, attestations = [], []
    for number, (shown, *words) in enumerate(rounds, 1):
        evidence.append(Evidence(number, day(shown)))
        for revision, (member, at, verdict) in enumerate(words, 1):
            attestations.append(Attestation(number, member, revision, day(at), verdict))
    return MilestoneFacts(START, day(due), delivery, evidence, attestations)


# --- which answers a level allows ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "owes"), [("advisory", False), ("must_answer", True), ("co_decision", True), ("binding", True)]
)
def test_what_a_pass_triggers_follows_from_the_level(level, owes):
    assert BindingLevel(level).owes_answer == owes


ALLOWED = {
    ("must_answer", ACCEPTED, None),
    ("must_answer", PART, None),
    ("must_answer", PART, "cost"),
    ("must_answer", REFUSED, None),
    ("must_answer", REFUSED, "cost"),
    ("co_decision", ACCEPTED, None),
    ("co_decision", PART, "cost"),
    ("co_decision", REFUSED, "cost"),
    ("binding", ACCEPTED, None),
}


@pytest.mark.parametrize(
    ("level", "verdict", "ground"),
    list(itertools.product([level.value for level in BindingLevel], AnswerVerdict, [None, "cost", "mood"])),
)
def test_an_answer_is_allowed_exactly_where_its_level_says(level, verdict, ground):
    why_not = may_answer(BindingLevel(level), verdict, ground, {"cost", "law"}, milestones=1)
    assert (why_not is None) == ((level, verdict, ground) in ALLOWED)


def test_the_answer_to_a_binding_decision_says_by_when():
    why_not = may_answer(BindingLevel.BINDING, ACCEPTED, None, ())
    assert why_not is not None
    assert "milestone" in why_not
    assert may_answer(BindingLevel.CO_DECISION, ACCEPTED, None, ()) is None


# --- answers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "now", "state", "late"),
    [
        (owed(), day(14) - TICK, "pending", False),
        (owed(), day(14), "pending", False),
        (owed(), day(14) + TICK, "overdue", False),
        (owed((14, ACCEPTED)), day(14) - TICK, "pending", False),
        (owed((14, ACCEPTED)), day(14), "answered", False),
        (owed((14, ACCEPTED)), day(40), "answered", False),
        (owed((15, ACCEPTED)), day(15) - TICK, "overdue", False),
        (owed((15, ACCEPTED)), day(15), "answered", True),
        (owed((3, ACCEPTED), (15, REFUSED)), day(20), "answered", False),
    ],
)
def test_an_answer_is_in_time_until_its_due_date_and_at_it(facts, now, state, late):
    status = obligation_status(facts, now)
    assert (status.state, status.late) == (ObligationState(state), late)


def test_the_first_answer_dates_it_and_the_last_one_holds():
    facts = owed((3, REFUSED), (5, ACCEPTED))
    assert obligation_status(facts, day(4)).verdict is REFUSED
    assert obligation_status(facts, day(5)).verdict is ACCEPTED
    assert obligation_status(facts, day(9)).answered_at == day(3)
    assert obligation_status(facts, day(2)).verdict is None


# --- milestones -----------------------------------------------------------------------------------------

A_YES, B_YES, C_YES = ("a", 21, YES), ("b", 21, YES), ("c", 21, YES)
A_NO, B_NO, C_NO = ("a", 21, NO), ("b", 21, NO), ("c", 21, NO)
TWO_THIRDS_OF_THREE = Delivery(Ratio.parse("2/3"), 3)


@pytest.mark.parametrize(
    ("facts", "now", "state", "overdue", "on_time"),
    [
        (promise(), day(30), "planned", False, None),
        (promise(), day(30) + TICK, "overdue", True, None),
        (promise((20,)), day(20) - TICK, "planned", False, None),
        (promise((20,)), day(20), "submitted", False, True),
        (promise((30,)), day(40), "submitted", False, True),
        (promise((31,)), day(31) - TICK, "overdue", True, None),
        (promise((31,)), day(31), "submitted", False, False),
        (promise((20, A_YES)), day(22), "submitted", False, True),
        (promise((20, A_NO)), day(22), "submitted", False, True),
        (promise((20, A_YES, B_YES)), day(22), "confirmed", False, True),
        (promise((20, A_YES, B_YES)), day(21) - TICK, "submitted", False, True),
        (promise((20, A_YES, B_NO)), day(22), "disputed", False, None),
        (promise((20, A_YES, B_NO)), day(31), "disputed", True, None),
        (promise((20, A_YES, B_YES, C_NO)), day(22), "confirmed", False, True),
        (promise((20, A_YES, B_NO, C_NO), delivery=TWO_THIRDS_OF_THREE), day(22), "disputed", False, None),
        (promise((20, A_YES, B_YES, C_NO), delivery=TWO_THIRDS_OF_THREE), day(22), "confirmed", False, True),
        (promise((20, A_NO, B_NO), delivery=TWO_THIRDS_OF_THREE), day(22), "submitted", False, True),
    ],
)
def test_where_a_milestone_stands(facts, now, state, overdue, on_time):
    status = milestone_status(facts, now)
    assert (status.state, status.overdue, status.on_time) == (MilestoneState(state), overdue, on_time)
    assert (status.delivered_at is None) == (on_time is None)


def test_a_member_counts_once_in_a_round_with_the_last_word():
    facts = promise((20, ("a", 21, NO), ("a", 22, NO), ("b", 22, YES), ("a", 23, YES)))
    assert milestone_status(facts, day(21)).state is MilestoneState.SUBMITTED  # one member, not two
    assert milestone_status(facts, day(22)).state is MilestoneState.DISPUTED
    assert milestone_status(facts, day(23)).state is MilestoneState.CONFIRMED


def test_new_evidence_begins_a_round_without_attestations_and_delivers_at_its_own_time():
    facts = promise((20, A_NO, B_NO), (33, ("a", 34, YES), ("c", 34, YES)))
    assert milestone_status(facts, day(22)).state is MilestoneState.DISPUTED
    again = milestone_status(facts, day(33))
    assert (again.state, again.round, again.confirmed, again.disputed) == ("submitted", 2, 0, 0)
    assert (again.delivered_at, again.on_time) == (day(33), False)
    assert milestone_status(facts, day(34)).state is MilestoneState.CONFIRMED


def test_nobody_s_dispute_reaches_no_threshold():
    facts = promise((20, A_YES, B_YES), delivery=Delivery(Ratio.parse("0"), 1))
    assert milestone_status(facts, day(22)).state is MilestoneState.CONFIRMED


@pytest.mark.parametrize(
    ("facts", "allowed"),
    [
        (promise(), True),
        (promise((20,)), True),
        (promise((20, A_YES)), True),
        (promise((20, A_NO)), False),
        (promise((20, A_NO, B_NO)), True),
        (promise((20, A_YES, B_YES)), False),
    ],
)
def test_evidence_cannot_wipe_out_a_dispute_that_is_near(facts, allowed):
    assert (may_give_evidence(milestone_status(facts, day(25))) is None) == allowed


def test_members_attest_once_there_is_evidence():
    facts = promise((20,))
    assert may_attest(milestone_status(facts, day(20) - TICK)) is not None
    assert may_attest(milestone_status(facts, day(20))) is None


# --- when nothing is left to do -------------------------------------------------------------------------

DONE = promise((20, A_YES, B_YES))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (owed(), False),
        (owed((3, REFUSED)), True),
        (owed((3, ACCEPTED)), True),
        (owed((3, PART)), True),
        (owed((3, ACCEPTED), milestones=[DONE]), True),
        (owed((3, ACCEPTED), milestones=[DONE, promise()]), False),
        (owed((3, ACCEPTED), milestones=[promise((20, A_YES))]), False),
        (owed((3, ACCEPTED), milestones=[promise((20, A_YES, B_NO))]), False),
        (owed((3, ACCEPTED), (4, REFUSED), milestones=[promise()]), True),
        (owed((3, REFUSED), (4, ACCEPTED), milestones=[promise()]), False),
    ],
)
def test_an_obligation_is_concluded_when_nothing_is_left_to_do(facts, expected):
    assert concluded(facts, day(50)) == expected


def test_it_is_concluded_from_the_instant_of_the_last_thing_done():
    facts = owed((3, ACCEPTED), milestones=[DONE])
    assert not concluded(facts, day(21) - TICK)
    assert concluded(facts, day(21))


def test_a_promise_counts_from_when_it_was_made():
    later = MilestoneFacts(day(10), day(30), HALF_OF_TWO)
    assert concluded(owed((3, ACCEPTED), milestones=[DONE, later]), day(21)) is False
    assert concluded(owed((3, ACCEPTED), milestones=[later]), day(10) - TICK)


# --- properties -----------------------------------------------------------------------------------------

days = st.integers(0, 60)
verdicts = st.sampled_from(AttestationVerdict)
deliveries = st.builds(
    Delivery, st.sampled_from(["1/4", "1/2", "2/3", "1"]).map(Ratio.parse), st.integers(1, 4)
)


@st.composite
def milestones(draw: Any) -> MilestoneFacts:
    shown = sorted(draw(st.lists(days, max_size=3, unique=True)))
    words = draw(
        st.lists(st.tuples(st.integers(1, 3), st.sampled_from("abcd"), st.integers(0, 20), verdicts))
    )
    evidence = [Evidence(number, day(at)) for number, at in enumerate(shown, 1)]
    words.sort(key=lambda word: word[2])
    attestations = [
        Attestation(number, member, revision, day(shown[number - 1] + later), verdict)
        for revision, (number, member, later, verdict) in enumerate(words)
        if number <= len(shown)
    ]
    return MilestoneFacts(START, day(draw(days)), draw(deliveries), evidence, attestations)


@given(milestones(), days, st.randoms(use_true_random=False))
def test_a_milestone_s_state_does_not_depend_on_the_order_of_its_facts(facts, at, random):
    evidence, attestations = list(facts.evidence), list(facts.attestations)
    random.shuffle(evidence)
    random.shuffle(attestations)
    shuffled = MilestoneFacts(facts.promised_at, facts.due_at, facts.delivery, evidence, attestations)
    assert milestone_status(shuffled, day(at)) == milestone_status(facts, day(at))


@given(milestones(), days)
def test_a_milestone_s_state_does_not_depend_on_what_comes_later(facts, at):
    past = MilestoneFacts(
        facts.promised_at,
        facts.due_at,
        facts.delivery,
        [e for e in facts.evidence if e.at <= day(at)],
        [a for a in facts.attestations if a.at <= day(at)],
    )
    assert milestone_status(past, day(at)) == milestone_status(facts, day(at))


@given(milestones(), days)
def test_what_is_delivered_is_not_overdue_and_what_is_disputed_is_not_delivered(facts, at):
    status = milestone_status(facts, day(at))
    assert not (status.overdue and status.delivered_at)
    assert (status.delivered_at is not None) == (status.state in {"submitted", "confirmed"})
    assert status.overdue == (status.delivered_at is None and day(at) > facts.due_at)


@given(milestones(), days, verdicts)
def test_one_more_dispute_never_delivers_and_one_more_confirmation_never_disputes(facts, at, verdict):
    before = milestone_status(facts, day(at))
    if before.round is None:
        return
    word = Attestation(before.round, "a newcomer", 1, day(at), verdict)
    more = MilestoneFacts(
        facts.promised_at, facts.due_at, facts.delivery, facts.evidence, [*facts.attestations, word]
    )
    after = milestone_status(more, day(at))
    if verdict is NO and before.state == "disputed":
        assert after.state == "disputed"
    if verdict is YES and before.state == "confirmed":
        assert after.state == "confirmed"


@given(st.lists(st.tuples(days, st.sampled_from(AnswerVerdict)), max_size=4), days, days)
def test_an_answer_given_stays_given(answers, at, later):
    facts = owed(*sorted(answers, key=lambda answer: answer[0]))
    before = obligation_status(facts, day(at))
    after = obligation_status(facts, day(at + later))
    if before.state is ObligationState.ANSWERED:
        assert after.state is ObligationState.ANSWERED
        assert (after.answered_at, after.late) == (before.answered_at, before.late)
    if before.state is ObligationState.OVERDUE and after.state is ObligationState.ANSWERED:
        assert after.late
