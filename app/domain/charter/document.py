"""The charter as a value: articles for people, and the rules that a machine enforces.

A document becomes a :class:`Charter` only through :func:`app.domain.charter.reading.read_charter`, which checks
all of it; code may rely on what that function promises.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar

from app.domain.charter.decision_type import DecisionType, OverrideRule, VetoRule
from app.domain.charter.powers import Power
from app.domain.charter.roles import Role
from app.domain.charter.words import DecidedBy, DecisionKind, Scope
from app.domain.decision import Ratio
from app.domain.durations import format_duration

__all__ = [
    "Article",
    "Charter",
    "DecisionType",
    "Delivery",
    "EmergencyStop",
    "ModerationGround",
    "OverrideRule",
    "ReservedMatter",
    "StopGround",
    "VetoGround",
    "VetoRule",
]


@dataclass(frozen=True, slots=True)
class Article:
    """One article of prose; its number is its place.

    :param body: Markdown.
    :param entrenched_by: id of the amendment type, or one as strict, that alone may change it; None: any that
        amends articles.
    """

    id: str
    title: str
    body: str
    entrenched_by: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the article as the charter writes it."""
        return {"id": self.id, "title": self.title, "body": self.body, "entrenched_by": self.entrenched_by}


@dataclass(frozen=True, slots=True)
class ReservedMatter:
    """A matter that not every decision may touch.

    :param decided_by: ``brand_owner``: no proposal that touches it is admitted. ``community``: proposals are.
    :param consent: the role without whose recorded consent nothing that touches it takes effect, or None.
    """

    id: str
    title: str
    description: str
    decided_by: DecidedBy
    consent: Role | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the matter as the charter writes it."""
        return {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "decided_by": self.decided_by.value,
            "consent": None if self.consent is None else self.consent.value,
        }


@dataclass(frozen=True, slots=True)
class VetoGround:
    """A reason for which the brand may veto.

    :param absolute: a veto on this ground cannot be overridden.
    """

    id: str
    title: str
    description: str
    absolute: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the ground as the charter writes it."""
        return {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "absolute": self.absolute,
        }


@dataclass(frozen=True, slots=True)
class ModerationGround:
    """A reason for which what somebody wrote may be hidden.

    :param decide_within: how long stewards have to decide on a report for this reason, and then on an appeal;
        more than nothing. What takes longer is late, and shows in the figures.
    :param appeal_within: how long after it was hidden for this reason its author may appeal; more than nothing.
    """

    id: str
    title: str
    description: str
    decide_within: dt.timedelta
    appeal_within: dt.timedelta

    def to_json(self) -> dict[str, Any]:
        """Return the ground as the charter writes it."""
        return {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "decide_within": format_duration(self.decide_within),
            "appeal_within": format_duration(self.appeal_within),
        }


@dataclass(frozen=True, slots=True)
class StopGround:
    """A reason for which an open ballot may be suspended."""

    id: str
    title: str
    description: str

    def to_json(self) -> dict[str, Any]:
        """Return the ground as the charter writes it."""
        return {"id": self.id, "title": self.title, "description": self.description}


@dataclass(frozen=True, slots=True)
class EmergencyStop:
    """The power to suspend an open ballot, on listed grounds, until the stop lapses by itself.

    :param lapses_after: counted from the stop; more than nothing.
    """

    grounds: tuple[StopGround, ...]
    lapses_after: dt.timedelta

    def ground(self, ground_id: str) -> StopGround | None:
        """Return the ground with this id, or None."""
        return _found(self.grounds, ground_id)

    def to_json(self) -> dict[str, Any]:
        """Return the rule as the charter writes it."""
        return {
            "grounds": [ground.to_json() for ground in self.grounds],
            "lapses_after": format_duration(self.lapses_after),
        }


@dataclass(frozen=True, slots=True)
class Delivery:
    """When members' disputes reopen a milestone that the brand calls done.

    :param dispute_threshold: share of the attestations that must dispute, above 0.
    :param least_attestations: how many members must have attested at all, at least 1.
    """

    dispute_threshold: Ratio
    least_attestations: int

    def to_json(self) -> dict[str, Any]:
        """Return the rule as the charter writes it."""
        return {
            "dispute_threshold": str(self.dispute_threshold),
            "least_attestations": self.least_attestations,
        }


@dataclass(frozen=True)
class Charter:
    """A valid charter. The order of everything in it is the order in which it is shown.

    :param role_powers: the powers of every role that can hold any (not auditors).
    :param verified_accounts: whether only members whose account was verified are put on electoral rolls; without
        that no vote weighs tokens by their square root, which many accounts of one person would profit from.
    """

    title: str
    articles: tuple[Article, ...]
    decision_types: tuple[DecisionType, ...]
    reserved_matters: tuple[ReservedMatter, ...]
    veto_grounds: tuple[VetoGround, ...]
    moderation_grounds: tuple[ModerationGround, ...]
    emergency_stop: EmergencyStop | None
    delivery: Delivery
    role_powers: Mapping[Role, frozenset[Power]]
    verified_accounts: bool = False

    def article(self, article_id: str) -> Article | None:
        """Return the article with this id, or None."""
        return _found(self.articles, article_id)

    def decision_type(self, type_id: str) -> DecisionType | None:
        """Return the decision type with this id, or None."""
        return self._types.get(type_id)

    def reserved_matter(self, matter_id: str) -> ReservedMatter | None:
        """Return the reserved matter with this id, or None."""
        return _found(self.reserved_matters, matter_id)

    def veto_ground(self, ground_id: str) -> VetoGround | None:
        """Return the veto ground with this id, or None."""
        return _found(self.veto_grounds, ground_id)

    def moderation_ground(self, ground_id: str) -> ModerationGround | None:
        """Return the moderation ground with this id, or None; where there is none, nothing can be hidden."""
        return _found(self.moderation_grounds, ground_id)

    def gives(self, role: Role, power: Power) -> bool:
        """Say whether holders of the role have the power."""
        return power in self.role_powers.get(role, frozenset())

    def amendment_types(self, scope: Scope) -> tuple[DecisionType, ...]:
        """Return the types by which this part of the charter can be changed."""
        return tuple(kind for kind in self.decision_types if kind.amends_part(scope))

    def types_of(self, kind: DecisionKind) -> tuple[DecisionType, ...]:
        """Return the types that decide this kind of thing."""
        return tuple(each for each in self.decision_types if each.kind is kind)

    @cached_property
    def _types(self) -> Mapping[str, DecisionType]:
        return {kind.id: kind for kind in self.decision_types}

    def to_json(self) -> dict[str, Any]:
        """Return the whole document, every default spelled out; reading it gives an equal charter."""
        return {
            "title": self.title,
            "articles": [article.to_json() for article in self.articles],
            "decision_types": [kind.to_json() for kind in self.decision_types],
            "reserved_matters": [matter.to_json() for matter in self.reserved_matters],
            "veto_grounds": [ground.to_json() for ground in self.veto_grounds],
            "moderation_grounds": [ground.to_json() for ground in self.moderation_grounds],
            "emergency_stop": None if self.emergency_stop is None else self.emergency_stop.to_json(),
            "delivery": self.delivery.to_json(),
            "role_powers": {
                role.value: sorted(power.value for power in powers)
                for role, powers in self.role_powers.items()
            },
            "verified_accounts": self.verified_accounts,
        }


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


_Item = TypeVar("_Item", bound=_Identified)


def _found(items: Iterable[_Item], item_id: str) -> _Item | None:
    return next((item for item in items if item.id == item_id), None)
