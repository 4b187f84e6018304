"""The operations a charter amendment is made of: their forms as data, and reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.charter.parsing import (
    Broken,
    Member,
    Parser,
    Place,
    Pointed,
    Problem,
    identifier,
    items,
    members,
    nullable,
    prose,
    truth,
    word,
)
from app.domain.charter.reading import (
    EMPOWERED,
    LONGEST_ARTICLE,
    read_article,
    read_delivery,
    read_emergency_stop,
    read_matter,
    read_moderation_ground,
    read_powers,
    read_veto_ground,
)
from app.domain.charter.roles import Role
from app.domain.charter.type_reading import TITLE, read_type
from app.domain.charter.words import Scope

MOST_OPERATIONS = 100


class AmendmentConflict(Pointed):
    """Operations that cannot be read, or do not fit the charter they are to change.

    Pointers lead into the list of operations, for example ``/0/article/id``.
    """

    def __init__(self, errors: Sequence[Problem]) -> None:
        super().__init__(errors)


class Op(StrEnum):
    """What an operation does."""

    ADD_ARTICLE = "add_article"
    REPLACE_ARTICLE = "replace_article"
    REMOVE_ARTICLE = "remove_article"
    SET_DECISION_TYPE = "set_decision_type"
    REMOVE_DECISION_TYPE = "remove_decision_type"
    SET_RESERVED_MATTER = "set_reserved_matter"
    REMOVE_RESERVED_MATTER = "remove_reserved_matter"
    SET_VETO_GROUND = "set_veto_ground"
    REMOVE_VETO_GROUND = "remove_veto_ground"
    SET_MODERATION_GROUND = "set_moderation_ground"
    REMOVE_MODERATION_GROUND = "remove_moderation_ground"
    SET_EMERGENCY_STOP = "set_emergency_stop"
    SET_DELIVERY = "set_delivery"
    SET_ROLE_POWERS = "set_role_powers"
    SET_VERIFIED_ACCOUNTS = "set_verified_accounts"
    SET_TITLE = "set_title"


@dataclass(frozen=True, slots=True)
class Operation:
    """One change of a charter.

    :param op: what it does.
    :param target: id of the article, type, matter or ground, or name of the role; "" where there is only one.
    :param value: what it puts there, as the normalised document writes it; None where it removes.
    :param after: for ``add_article``, id of the article it follows; None: it becomes the first.
    :param was: for ``replace_article``, the body that it replaces, where its author says so.
    """

    op: Op
    target: str = ""
    value: Any = None
    after: str | None = None
    was: str | None = None

    @property
    def scope(self) -> Scope:
        """Return the part of the charter it changes."""
        return FORMS[self.op].scope

    @property
    def item(self) -> str:
        """Return the name of what it changes, for example ``articles/promises`` or ``delivery``."""
        section = FORMS[self.op].section
        return f"{section}/{self.target}" if self.target else section

    def to_json(self) -> dict[str, Any]:
        """Return the operation as it is written; reading it gives an equal one."""
        form = FORMS[self.op]
        facts: dict[str, Any] = {"op": self.op.value}
        if form.named_by:
            facts[form.named_by] = self.target
        if form.carries:
            facts[form.carries] = self.value
        if self.op is Op.ADD_ARTICLE:
            facts["after"] = self.after
        if self.was is not None:
            facts["was"] = self.was
        return facts


@dataclass(frozen=True, slots=True)
class Form:
    """How an operation is written.

    :param scope: the part of the charter it changes, as amendment types name it.
    :param section: the member of the document it changes.
    :param carries: its member that holds the new value; "" where it removes.
    :param read: the parser of that member.
    :param named_by: its member that names what it changes; "" where the value carries its own id.
    """

    scope: Scope
    section: str
    carries: str = ""
    read: Parser | None = None
    named_by: str = ""

    def members(self) -> dict[str, Member]:
        """Return the members an operation of this form may have, besides those of articles alone."""
        known = {"op": Member(word(Op))}
        if self.named_by:
            known[self.named_by] = Member(
                word(Role, only=EMPOWERED) if self.named_by == "role" else identifier
            )
        if self.read:
            known[self.carries] = Member(self.read)
        return known


def read_operations(value: object) -> tuple[Operation, ...]:
    """Read the operations of an amendment, 1 to 100.

    :param value: decoded JSON; anything at all is safe to pass.
    :raises AmendmentConflict: naming every place that is wrong.
    """
    place = Place()
    try:
        found = items(_operation, most=MOST_OPERATIONS, least=1)(value, place)
    except Broken:
        found = []
    if place.errors:
        raise AmendmentConflict(place.errors)
    return tuple(found)


def _operation(value: object, place: Place) -> Operation:
    if not isinstance(value, dict):
        place.refuse("must be an object")
    if "op" not in value:
        place.at("op").refuse("is required")
    op: Op = word(Op)(value["op"], place.at("op"))
    form = FORMS[op]
    facts = members(value, place, form.members() | _OF_ARTICLES.get(op, {}))
    if form.named_by == "role":
        powers = read_powers(facts["role"])(facts["powers"], place.at("powers"))
        return Operation(op, facts["role"].value, sorted(power.value for power in powers))
    carried: Any = facts.get(form.carries)
    content = carried.to_json() if hasattr(carried, "to_json") else carried
    target = facts[form.named_by] if form.named_by else getattr(carried, "id", "")
    return Operation(op, target, content, facts.get("after"), facts.get("was"))


#: What operations on articles may say besides.
_OF_ARTICLES: Mapping[Op, dict[str, Member]] = {
    Op.ADD_ARTICLE: {"after": Member(nullable(identifier))},
    Op.REPLACE_ARTICLE: {"was": Member(nullable(prose(LONGEST_ARTICLE)), None)},
}


def _as_is(value: object, _place: Place) -> object:
    # Which powers a role can hold depends on the role: they are read once it is known.
    return value


FORMS: Mapping[Op, Form] = {
    Op.ADD_ARTICLE: Form(Scope.ARTICLES, "articles", "article", read_article),
    Op.REPLACE_ARTICLE: Form(Scope.ARTICLES, "articles", "article", read_article),
    Op.REMOVE_ARTICLE: Form(Scope.ARTICLES, "articles", named_by="id"),
    Op.SET_DECISION_TYPE: Form(Scope.DECISION_TYPES, "decision_types", "decision_type", read_type),
    Op.REMOVE_DECISION_TYPE: Form(Scope.DECISION_TYPES, "decision_types", named_by="id"),
    Op.SET_RESERVED_MATTER: Form(Scope.RESERVED_MATTERS, "reserved_matters", "reserved_matter", read_matter),
    Op.REMOVE_RESERVED_MATTER: Form(Scope.RESERVED_MATTERS, "reserved_matters", named_by="id"),
    Op.SET_VETO_GROUND: Form(Scope.VETO_GROUNDS, "veto_grounds", "veto_ground", read_veto_ground),
    Op.REMOVE_VETO_GROUND: Form(Scope.VETO_GROUNDS, "veto_grounds", named_by="id"),
    Op.SET_MODERATION_GROUND: Form(
        Scope.MODERATION_GROUNDS, "moderation_grounds", "moderation_ground", read_moderation_ground
    ),
    Op.REMOVE_MODERATION_GROUND: Form(Scope.MODERATION_GROUNDS, "moderation_grounds", named_by="id"),
    Op.SET_EMERGENCY_STOP: Form(
        Scope.EMERGENCY_STOP, "emergency_stop", "emergency_stop", nullable(read_emergency_stop)
    ),
    Op.SET_DELIVERY: Form(Scope.DELIVERY, "delivery", "delivery", read_delivery),
    Op.SET_ROLE_POWERS: Form(Scope.ROLE_POWERS, "role_powers", "powers", _as_is, named_by="role"),
    Op.SET_VERIFIED_ACCOUNTS: Form(Scope.ROLE_POWERS, "verified_accounts", "verified_accounts", truth),
    Op.SET_TITLE: Form(Scope.ARTICLES, "title", "title", TITLE),
}
