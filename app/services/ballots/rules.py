"""A ballot's rules as the domain sees them, and the check that its parts fit together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain import counting
from app.domain.decision import DecisionRules, Quorum, Ratio, Threshold
from app.domain.errors import refuse
from app.domain.weights import WeightCap, Weighting, WeightRules
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


def token_rules(ballot: Ballot) -> DecisionRules:
    """Return the rules of the token tally of a double majority."""
    assert ballot.token_majority is not None  # noqa: S101 - no charter has a double majority without one
    stated = ballot.token_majority
    return DecisionRules(
        quorum=None if stated["quorum"] is None else _quorum(stated["quorum"]),
        threshold=_threshold(stated["threshold"]),
        min_approval=_ratio(stated["min_approval"]),
        rejection_quorum=_ratio(stated["rejection_quorum"]),
    )


def weight_rules(ballot: Ballot) -> WeightRules:
    """Return how the ballot weighs its voters."""
    cap = ballot.weight_cap
    return WeightRules(
        Weighting(ballot.weighting),
        None if cap is None else WeightCap(cap.get("amount"), _ratio(cap.get("ratio"))),
        count_unvested=ballot.count_unvested,
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
    if ballot.weighting == Weighting.DUAL and ballot.method != "yes_no":
        errors.append(("#/weighting", "a double majority takes votes for and against: its method is yes_no"))
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
