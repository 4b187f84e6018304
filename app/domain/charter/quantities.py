"""Reading the exact quantities of a rule: shares, periods, quorums and thresholds."""

from __future__ import annotations

import datetime as dt

from app.domain.charter.parsing import Broken, Member, Parser, Place, members, nullable, one_of, truth, whole
from app.domain.decision import DecisionRules, Quorum, Ratio, Threshold
from app.domain.durations import parse_duration
from app.domain.weights import WeightCap

#: No period is longer: under such a rule nobody would see the end of what they began.
LONGEST = dt.timedelta(days=3660)
#: Most people or units of weight that a count can ask for.
GREATEST_COUNT = 2**53 - 1
#: Ratios have at most ten digits on either side of the stroke, as everywhere in the API.
_GREATEST_DENOMINATOR = 10**10 - 1

_BASES = ("participants", "for_plus_abstain", "weight")
_OFS = ("for_plus_against", "cast", "electorate")


def period(*, least: dt.timedelta = dt.timedelta(), most: dt.timedelta = LONGEST) -> Parser:
    """Return a parser of a duration between ``least`` and ``most``."""

    def read(value: object, place: Place) -> dt.timedelta:
        try:
            length = parse_duration(value)
        except ValueError as error:
            place.refuse(f"{error}")
        if length < least:
            place.refuse("must be longer than nothing" if not length else f"must be at least {least}")
        if length > most:
            place.refuse(f"must be at most {most.days} days")
        return length

    return read


#: A stage that exists takes time.
SOME_TIME = dt.timedelta(seconds=1)


def share(value: object, place: Place) -> Ratio:
    """Read an exact ratio above 0: a rule that asks for nothing is left out instead."""
    ratio = _ratio(value, place)
    if not ratio.numerator:
        place.refuse("must be above 0; a rule that asks for nothing is written null")
    return ratio


def _ratio(value: object, place: Place) -> Ratio:
    try:
        ratio = Ratio.parse(value)
    except ValueError as error:
        place.refuse(f"{error}")
    if ratio.denominator > _GREATEST_DENOMINATOR:
        place.refuse("a ratio has at most ten digits on either side")
    return ratio


def quorum(value: object, place: Place) -> Quorum:
    """Read ``{"base", "ratio" | "count"}``."""
    facts = members(value, place, _QUORUM)
    if (facts["ratio"] is None) == (facts["count"] is None):
        place.refuse("is either a ratio or a count")
    return Quorum(facts["base"], facts["ratio"], facts["count"])


def threshold(value: object, place: Place) -> Threshold:
    """Read ``{"ratio", "strict", "of"}``; strict is false and of is for_plus_against unless stated."""
    facts = members(value, place, _THRESHOLD)
    found = Threshold(facts["ratio"], facts["strict"], facts["of"])
    if found.strict and found.ratio.numerator == found.ratio.denominator:
        place.at("ratio").note("more than all can never be for")
        raise Broken
    return found


def token_majority(value: object, place: Place) -> DecisionRules:
    """Read ``{"threshold", "quorum", "min_approval", "rejection_quorum"}``, of which a threshold is required."""
    return DecisionRules(**members(value, place, _TOKEN_MAJORITY))


def weight_cap(value: object, place: Place) -> WeightCap:
    """Read ``{"amount"}``, in minor units, or ``{"ratio"}``."""
    facts = members(value, place, _WEIGHT_CAP)
    if (facts["amount"] is None) == (facts["ratio"] is None):
        place.refuse("is either an amount or a ratio")
    return WeightCap(facts["amount"], facts["ratio"])


_QUORUM = {
    "base": Member(one_of(_BASES)),
    "ratio": Member(nullable(share), None),
    "count": Member(nullable(whole(1, GREATEST_COUNT)), None),
}
_THRESHOLD = {
    "ratio": Member(_ratio),
    "strict": Member(truth, False),
    "of": Member(one_of(_OFS), "for_plus_against"),
}
_TOKEN_MAJORITY = {
    "threshold": Member(threshold),
    "quorum": Member(nullable(quorum), None),
    "min_approval": Member(nullable(share), None),
    "rejection_quorum": Member(nullable(share), None),
}
_WEIGHT_CAP = {
    "amount": Member(nullable(whole(1, GREATEST_COUNT)), None),
    "ratio": Member(nullable(share), None),
}
