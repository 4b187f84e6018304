"""A ballot's rules as the domain sees them, and the check that its parts fit together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain import counting
from app.domain.decision import (
    ChoiceFigures,
    Decision,
    DecisionRules,
    Quorum,
    Ratio,
    Threshold,
    YesNoFigures,
    decide,
)
from app.domain.errors import refuse
from app.models.ballots import Ballot


def question_of(ballot: Ballot) -> counting.Question:
    """Return what the ballot asks."""
    return counting.Question(
        method=ballot.method,
        options=tuple(option.option_id for option in ballot.options),
        seats=ballot.seats,
        settings=ballot.settings,
    )


def names_of(ballot: Ballot) -> Mapping[str, str]:
    """Return the options' titles by id, for explanations."""
    return {option.option_id: option.title for option in ballot.options}


def decision_rules(ballot: Ballot) -> DecisionRules:
    """Return the rules that turn a count into an outcome.

    :raises ValueError: with what is wrong, for rules that make no sense.
    """
    return DecisionRules(
        quorum=None if ballot.quorum is None else _quorum(ballot.quorum),
        threshold=None if ballot.threshold is None else _threshold(ballot.threshold),
        min_approval=_ratio(ballot.min_approval),
        rejection_quorum=_ratio(ballot.rejection_quorum),
    )


def decide_outcome(ballot: Ballot, count: counting.CountResult, voters: int) -> Decision:
    """Decide a counted ballot.

    :param voters: people who cast a vote, blank ones included.
    """
    assert ballot.roll_weight is not None  # noqa: S101 - frozen at opening
    assert ballot.roll_size is not None  # noqa: S101 - frozen at opening
    if count.method == "yes_no":
        totals = {answer: int(total) for answer, total in count.totals.items()}
        return decide(
            YesNoFigures(
                for_weight=totals["for"],
                against_weight=totals["against"],
                abstain_weight=totals["abstain"],
                roll_weight=ballot.roll_weight,
                participants=voters,
                members=ballot.roll_size,
            ),
            decision_rules(ballot),
        )
    return decide(
        ChoiceFigures(
            valid_weight=int(count.valid),
            blank_weight=int(count.blank),
            roll_weight=ballot.roll_weight,
            participants=voters,
            members=ballot.roll_size,
        ),
        decision_rules(ballot),
    )


def check_rules(ballot: Ballot) -> None:
    """Refuse a ballot whose method, options, settings and rules do not fit together.

    :raises Refusal: ``invalid-question``, with a pointer to each part at fault.
    """
    errors: list[tuple[str, str]] = []
    try:
        counting.check_question(question_of(ballot))
    except counting.InvalidQuestion as invalid:
        errors += [(f"#{pointer}", detail) for pointer, detail in invalid.errors]
    try:
        problem = decision_rules(ballot).problem(choice=ballot.method != "yes_no")
    except ValueError as invalid:
        problem = str(invalid)
    if problem is not None:
        errors.append(("#/quorum" if "quorum" in problem else "#/threshold", problem))
    if ballot.vote_change and ballot.early_close:
        errors.append(("#/early_close", "a ballot whose votes can be changed cannot close early"))
    if (ballot.closes_at is None) == (ballot.voting_period_seconds is None):
        errors.append(("#/closes_at", "state either closes_at or voting_period"))
    if errors:
        raise refuse("invalid-question", errors=errors)


def _ratio(text: str | None) -> Ratio | None:
    return None if text is None else Ratio.parse(text)


def _quorum(facts: Mapping[str, Any]) -> Quorum:
    return Quorum(base=facts["base"], ratio=_ratio(facts.get("ratio")), count=facts.get("count"))


def _threshold(facts: Mapping[str, Any]) -> Threshold:
    return Threshold(
        ratio=Ratio.parse(facts["ratio"]),
        strict=facts.get("strict", False),
        of=facts.get("of", "for_plus_against"),
    )
