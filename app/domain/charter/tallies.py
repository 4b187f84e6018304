"""The counts of which a decision type's votes are made, each with what it weighs and what passing it takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.domain.charter.decision_type import DecisionType, DelegationRule
from app.domain.decision import DecisionRules
from app.domain.weights import Weighting

_NOTHING = dt.timedelta()


@dataclass(frozen=True, slots=True)
class Tally:
    """One count of a vote.

    :param weights: what weighs in it, in words; equal where the same votes weigh the same.
    :param rules: what passing takes.
    :param override: what overriding a veto takes, None where that cannot be done.
    :param name: what it is called in a sentence; "" where it is the only one, or the members'.
    :param one_each: everyone on the roll has a weight of one.
    :param delegation: whether and how one vote may carry the weight of others.
    :param holders_alone: whoever weighs nothing here does not stand on the roll, and carries nothing.
    """

    weights: str
    rules: DecisionRules
    override: DecisionRules | None
    delegation: DelegationRule | None
    name: str = ""
    one_each: bool = False
    holders_alone: bool = True


def tallies(rule: DecisionType) -> Iterator[Tally]:
    """Yield the tallies of a type whose weighting is not left open."""
    override = None if rule.veto is None else rule.veto.override
    overriding = None if override is None else DecisionRules(override.quorum, override.threshold)
    by_members = rule.weighting in {Weighting.ONE_MEMBER_ONE_VOTE, Weighting.DUAL}
    weights = Weighting.ONE_MEMBER_ONE_VOTE.value if by_members else _weights(rule, rule.weighting)
    yield Tally(weights, rule.rules, overriding, rule.delegation, one_each=by_members)
    if rule.weighting is Weighting.DUAL and rule.token_majority:
        overriding = None if override is None else override.token_majority
        weights = _weights(rule, Weighting.TOKEN)
        yield Tally(
            weights, rule.token_majority, overriding, rule.delegation, "token tally", holders_alone=False
        )


def _weights(rule: DecisionType, weighting: Weighting) -> str:
    """Say what weighs, in words that are equal only where the same tokens weigh the same."""
    words = weighting.value
    if weighting is Weighting.TOKEN_CAPPED and rule.weight_cap:
        words += f" (at most {rule.weight_cap.ratio or rule.weight_cap.amount})"
    words += "".join(f", without {each.value}" for each in rule.exclude)
    return words if rule.count_unvested else f"{words}, once vested"


def forms(rule: DecisionType) -> list[DecisionType]:
    """Return a type as it would be under every weighting that whoever drafts could choose."""
    if "weighting" not in rule.left_open:
        return [rule]
    stated = {Weighting.TOKEN_CAPPED: rule.weight_cap, Weighting.DUAL: rule.token_majority}
    chosen = (weighting for weighting in Weighting if stated.get(weighting, weighting) is not None)
    return [replace(rule, weighting=weighting) for weighting in chosen]


def weakest(rule: DecisionType) -> DecisionType:
    """Return the weakest rule that whoever drafts a ballot of the type could choose.

    Where the method is left open, so is whether there are votes for and against to have a threshold of.
    """
    left_open = set(rule.left_open)
    shares = {"threshold", "min_approval", "rejection_quorum"}
    gone = (left_open & (shares | {"quorum"})) | (shares if "method" in left_open else set())
    return replace(
        rule,
        voting_period=_NOTHING if "voting_period" in left_open else rule.voting_period,
        quorum=None if "quorum" in gone else rule.quorum,
        threshold=None if "threshold" in gone else rule.threshold,
        min_approval=None if "min_approval" in gone else rule.min_approval,
        rejection_quorum=None if "rejection_quorum" in gone else rule.rejection_quorum,
    )
