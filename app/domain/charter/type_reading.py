"""Reading one decision type: its members one by one, then the rules between them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from app.domain.charter.decision_type import DecisionType, DelegationRule, OverrideRule, VetoRule
from app.domain.charter.parsing import (
    Broken,
    Member,
    Place,
    identifier,
    items,
    line,
    members,
    nullable,
    one_of,
    prose,
    several,
    sound,
    truth,
    whole,
    word,
)
from app.domain.charter.quantities import (
    SOME_TIME,
    period,
    quorum,
    share,
    threshold,
    token_majority,
    weight_cap,
)
from app.domain.charter.roles import Role
from app.domain.charter.type_rules import type_problems
from app.domain.charter.words import (
    CAN_BE_LEFT_OPEN,
    BindingLevel,
    DecisionKind,
    Disclosure,
    Exclusion,
    Scope,
    Secrecy,
    TieRule,
)
from app.domain.counting import METHODS, OPTION_ID
from app.domain.delegation.facts import DelegationCap, DelegationScope
from app.domain.weights import GREATEST_TOTAL, Weighting

MOST_SPONSORS = 1_000_000
MOST_VETOES = 1_000
MOST_SEATS = 100
MOST_SETTINGS = 20
MOST_WORDS = 200
MOST_GROUNDS = 100
TITLE = line(200)
DESCRIPTION = prose(5_000)

_LONGEST_SETTING = 100
_GREATEST_SETTING = 2**53 - 1
_NOTHING = dt.timedelta()
_SETTING_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_PARTAKERS = (Role.MEMBER, Role.STEWARD, Role.BRAND_OWNER)


def read_type(value: object, place: Place) -> DecisionType:
    """Read a decision type.

    :raises Broken: with what is wrong noted, when it makes no sense by itself.
    """
    facts = members(value, place, _TYPE)
    found = DecisionType(kind=facts.pop("for"), **facts)
    problems = type_problems(found)
    for path, sentence in problems:
        where = place
        for token in path:
            where = where.at(token)
        where.note(sentence)
    if problems:
        raise Broken
    return found


def _veto(value: object, place: Place) -> VetoRule:
    facts = members(value, place, _VETO)
    return VetoRule(**facts | {"grounds": tuple(facts["grounds"])})


def _override(value: object, place: Place) -> OverrideRule:
    return OverrideRule(**members(value, place, _OVERRIDE))


def _delegation(value: object, place: Place) -> DelegationRule:
    return DelegationRule(**members(value, place, _DELEGATION))


def _delegation_cap(value: object, place: Place) -> DelegationCap:
    facts = members(value, place, _DELEGATION_CAP)
    if (facts["weight"] is None) == (facts["ratio"] is None):
        place.refuse("is either a weight or a ratio")
    return DelegationCap(**facts)


def _left_open(value: object, place: Place) -> tuple[str, ...]:
    named = sound(items(one_of(CAN_BE_LEFT_OPEN), most=len(CAN_BE_LEFT_OPEN)))(value, place)
    return tuple(sorted(named, key=CAN_BE_LEFT_OPEN.index))


def _settings(value: object, place: Place) -> dict[str, Any]:
    """Check the form alone; what a setting means, its method knows."""
    if not isinstance(value, dict):
        place.refuse("must be an object")
    if len(value) > MOST_SETTINGS:
        place.refuse(f"must have at most {MOST_SETTINGS} members; it has {len(value)}")
    before = len(place.errors)
    for name, setting in value.items():
        if not isinstance(name, str) or not _SETTING_NAME.fullmatch(name):
            place.at(name).note("there is no such setting")
        elif isinstance(setting, dict):
            place.at(name).note("names a ballot's options, which no charter knows; leave settings open")
        elif not _is_setting(setting):
            place.at(name).note("must be a short text, an integer, true, false, null or a list of words")
    if len(place.errors) > before:
        raise Broken
    return dict(sorted(value.items()))


def _is_setting(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= MOST_WORDS and all(
            isinstance(each, str) and OPTION_ID.fullmatch(each) for each in value
        )
    if isinstance(value, str):
        return len(value) <= _LONGEST_SETTING and value.isascii() and value.isprintable()
    if type(value) is int:
        return abs(value) <= _GREATEST_SETTING
    return value is None or isinstance(value, bool)


_OVERRIDE = {
    "threshold": Member(threshold),
    "quorum": Member(nullable(quorum), None),
    "call_within": Member(period(least=SOME_TIME)),
    "voting_period": Member(period(least=SOME_TIME)),
    "cooling": Member(period(), _NOTHING),
    "token_majority": Member(nullable(token_majority), None),
}
_VETO = {
    "window": Member(period(least=SOME_TIME)),
    "grounds": Member(sound(items(identifier, most=MOST_GROUNDS, least=1))),
    "yearly_quota": Member(whole(1, MOST_VETOES)),
    "override": Member(nullable(_override)),
}
_DELEGATION_CAP = {
    "weight": Member(nullable(whole(1, GREATEST_TOTAL)), None),
    "ratio": Member(nullable(share), None),
}
_DELEGATION = {
    "scopes": Member(several(DelegationScope, least=1)),
    "cap": Member(nullable(_delegation_cap), None),
}
_TYPE = {
    "id": Member(identifier),
    "title": Member(TITLE),
    "description": Member(DESCRIPTION, ""),
    "for": Member(word(DecisionKind)),
    "amends": Member(several(Scope), ()),
    "opened_by": Member(several(Role, only=_PARTAKERS, least=1)),
    "sponsors": Member(whole(0, MOST_SPONSORS), 0),
    "sponsoring_period": Member(period(), _NOTHING),
    "discussion_period": Member(period(), _NOTHING),
    "voting_period": Member(period(least=SOME_TIME)),
    "method": Member(one_of(tuple(METHODS))),
    "settings": Member(_settings, {}),
    "seats": Member(whole(1, MOST_SEATS), 1),
    "weighting": Member(word(Weighting), Weighting.ONE_MEMBER_ONE_VOTE),
    "weight_cap": Member(nullable(weight_cap), None),
    "count_unvested": Member(truth, True),
    "exclude": Member(several(Exclusion), ()),
    "secrecy": Member(word(Secrecy), Secrecy.OPEN),
    "disclosure": Member(word(Disclosure), Disclosure.NAMED),
    "vote_change": Member(truth, True),
    "early_close": Member(truth, False),
    "tie_rule": Member(word(TieRule), TieRule.LOT),
    "quorum": Member(nullable(quorum), None),
    "threshold": Member(nullable(threshold), None),
    "min_approval": Member(nullable(share), None),
    "rejection_quorum": Member(nullable(share), None),
    "token_majority": Member(nullable(token_majority), None),
    "late_quorum_extension": Member(nullable(period(least=SOME_TIME)), None),
    "delegation": Member(nullable(_delegation), None),
    "binding_level": Member(word(BindingLevel)),
    "precommitment_within": Member(period(), _NOTHING),
    "answer_within": Member(nullable(period(least=SOME_TIME)), None),
    "veto": Member(nullable(_veto), None),
    "timelock": Member(period(), _NOTHING),
    "grants_role": Member(nullable(word(Role, only=(Role.STEWARD,))), None),
    "groups": Member(truth, False),
    "left_open": Member(_left_open, ()),
}
