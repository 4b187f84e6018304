"""Reading a charter from JSON of unknown origin: every part by itself, then the parts against each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

from app.domain.charter.coherence import coherence_problems
from app.domain.charter.decision_type import DecisionType
from app.domain.charter.document import (
    Article,
    Charter,
    Delivery,
    EmergencyStop,
    ModerationGround,
    ReservedMatter,
    StopGround,
    VetoGround,
)
from app.domain.charter.parsing import (
    Broken,
    InvalidCharter,
    Member,
    Parser,
    Place,
    identifier,
    items,
    members,
    nullable,
    prose,
    sound,
    truth,
    whole,
    word,
)
from app.domain.charter.powers import LIMITS, Power
from app.domain.charter.quantities import SOME_TIME, period, share
from app.domain.charter.references import note_references, note_repeated_ids
from app.domain.charter.roles import Role
from app.domain.charter.type_reading import DESCRIPTION, MOST_GROUNDS, TITLE, read_type
from app.domain.charter.words import DecidedBy

__all__ = ["InvalidCharter", "read_charter", "read_decision_type"]

MOST_ARTICLES = 200
LONGEST_ARTICLE = 20_000
MOST_TYPES = 50
MOST_MATTERS = 100
MOST_ATTESTATIONS = 1_000_000
#: A stop that lasts longer is no emergency's.
LONGEST_STOP = dt.timedelta(days=30)
#: What waits longer is not decided on at all.
LONGEST_DECISION = dt.timedelta(days=90)
LONGEST_APPEAL = dt.timedelta(days=366)

#: The roles that can hold powers, in the order in which a charter lists them.
EMPOWERED = (Role.MEMBER, Role.STEWARD, Role.BRAND_OWNER)

_T = TypeVar("_T")


def read_charter(document: object) -> Charter:
    """Read a charter.

    Repeated ids and dangling references are named with whatever is wrong in a part; the other rules between
    parts are judged once every part reads, because they mean nothing before.

    :param document: decoded JSON; anything at all is safe to pass.
    :raises InvalidCharter: naming every place that is wrong.
    """
    return _read(_charter, document)


def read_decision_type(document: object) -> DecisionType:
    """Read one decision type as :meth:`DecisionType.to_json` wrote it, for example into a ballot.

    :raises InvalidCharter: naming every place that is wrong, with pointers into the type.
    """
    return _read(read_type, document)


def _read(parse: Callable[[object, Place], _T], document: object) -> _T:
    place = Place()
    try:
        return parse(document, place)
    except Broken:
        raise InvalidCharter(place.errors) from None


def _charter(document: object, place: Place) -> Charter:
    note_references(document, place)
    facts = members(document, place, _SECTIONS)
    charter = Charter(**facts)
    place.errors.extend(coherence_problems(charter))
    if place.errors:
        raise Broken
    return charter


def read_article(value: object, place: Place) -> Article:
    """Read an article.

    :raises Broken: with what is wrong noted, as all parsers do.
    """
    return Article(**members(value, place, _ARTICLE))


def read_matter(value: object, place: Place) -> ReservedMatter:
    """Read a reserved matter."""
    matter = ReservedMatter(**members(value, place, _MATTER))
    if matter.decided_by is DecidedBy.BRAND_OWNER and matter.consent:
        place.at("consent").refuse("has no meaning: what the brand owner decides is not put to the community")
    return matter


def read_veto_ground(value: object, place: Place) -> VetoGround:
    """Read a veto ground."""
    return VetoGround(**members(value, place, _VETO_GROUND))


def read_moderation_ground(value: object, place: Place) -> ModerationGround:
    """Read a moderation ground."""
    return ModerationGround(**members(value, place, _MODERATION_GROUND))


def read_emergency_stop(value: object, place: Place) -> EmergencyStop:
    """Read the rule of the emergency stop."""
    facts = members(value, place, _STOP)
    return EmergencyStop(facts["grounds"], facts["lapses_after"])


def read_delivery(value: object, place: Place) -> Delivery:
    """Read when disputes reopen a milestone."""
    return Delivery(**members(value, place, _DELIVERY))


def read_powers(role: Role) -> Callable[[object, Place], frozenset[Power]]:
    """Return a parser of the powers of a role, within what any charter can give it."""

    def power(value: object, place: Place) -> Power:
        found = word(Power)(value, place)
        assert isinstance(found, Power)  # noqa: S101 - for the type checker
        if role not in LIMITS[found]:
            possible = " or ".join(sorted(LIMITS[found]))
            place.refuse(f"{found.value} can be given to {possible} only")
        return found

    read = sound(items(power, most=len(Power)))
    return lambda value, place: frozenset(read(value, place))


def _stop_grounds(value: object, place: Place) -> tuple[StopGround, ...]:
    note_repeated_ids(value, place)
    return tuple(items(_stop_ground, most=MOST_GROUNDS, least=1)(value, place))


def _stop_ground(value: object, place: Place) -> StopGround:
    return StopGround(**members(value, place, _GROUND))


def _role_powers(value: object, place: Place) -> dict[Role, frozenset[Power]]:
    if isinstance(value, dict) and Role.AUDITOR.value in value:
        place.at(Role.AUDITOR.value).note("auditors read everything and hold no power")
        value = {name: powers for name, powers in value.items() if name != Role.AUDITOR.value}
        members(value, place, _ROLE_POWERS)
        raise Broken
    facts = members(value, place, _ROLE_POWERS)
    return {role: facts[role.value] for role in EMPOWERED}


def _listed(parse: Parser, most: int) -> Parser:
    def read(value: object, place: Place) -> tuple[Any, ...]:
        return tuple(items(parse, most=most)(value, place))

    return read


_ARTICLE = {
    "id": Member(identifier),
    "title": Member(TITLE),
    "body": Member(prose(LONGEST_ARTICLE, least=1)),
    "entrenched_by": Member(nullable(identifier), None),
}
_MATTER = {
    "id": Member(identifier),
    "title": Member(TITLE),
    "description": Member(DESCRIPTION, ""),
    "decided_by": Member(word(DecidedBy)),
    "consent": Member(nullable(word(Role, only=(Role.STEWARD, Role.BRAND_OWNER))), None),
}
_GROUND = {"id": Member(identifier), "title": Member(TITLE), "description": Member(DESCRIPTION, "")}
_VETO_GROUND = _GROUND | {"absolute": Member(truth, False)}
_MODERATION_GROUND = _GROUND | {
    "decide_within": Member(period(least=SOME_TIME, most=LONGEST_DECISION), dt.timedelta(days=7)),
    "appeal_within": Member(period(least=SOME_TIME, most=LONGEST_APPEAL), dt.timedelta(days=14)),
}
_STOP = {
    "grounds": Member(_stop_grounds),
    "lapses_after": Member(period(least=SOME_TIME, most=LONGEST_STOP)),
}
_DELIVERY = {
    "dispute_threshold": Member(share),
    "least_attestations": Member(whole(1, MOST_ATTESTATIONS)),
}
_ROLE_POWERS = {role.value: Member(read_powers(role), frozenset()) for role in EMPOWERED}
_SECTIONS = {
    "title": Member(TITLE),
    "articles": Member(_listed(read_article, MOST_ARTICLES)),
    "decision_types": Member(_listed(read_type, MOST_TYPES)),
    "reserved_matters": Member(_listed(read_matter, MOST_MATTERS), ()),
    "veto_grounds": Member(_listed(read_veto_ground, MOST_GROUNDS), ()),
    "moderation_grounds": Member(_listed(read_moderation_ground, MOST_GROUNDS), ()),
    "emergency_stop": Member(nullable(read_emergency_stop), None),
    "delivery": Member(read_delivery),
    "role_powers": Member(_role_powers),
    "verified_accounts": Member(truth, False),
}
