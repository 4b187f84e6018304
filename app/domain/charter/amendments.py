"""Charter amendments: applying operations to a charter, under the rule that was voted by, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.charter.decision_type import DecisionType
from app.domain.charter.document import Charter
from app.domain.charter.entrenchment import violations
from app.domain.charter.operations import FORMS, AmendmentConflict, Op, Operation, read_operations
from app.domain.charter.parsing import InvalidCharter, Place, Pointed, Problem
from app.domain.charter.reading import read_charter

__all__ = [
    "AmendmentConflict",
    "Entrenched",
    "InvalidCharter",
    "Op",
    "Operation",
    "apply",
    "based_on",
    "check",
    "conflicts",
    "read_operations",
]

_Document = dict[str, Any]


class Entrenched(Pointed):
    """Operations that would change a rule under a weaker one; pointers lead into the list of operations."""


def apply(charter: Charter, operations: Sequence[Operation]) -> Charter:
    """Return the charter as the operations make it, one after the other; the given one stays as it is.

    :raises AmendmentConflict: naming every operation that does not fit the charter as those before it left it.
    :raises InvalidCharter: when the result is no charter, with pointers into the result.
    """
    document = charter.to_json()
    place = Place()
    for index, operation in enumerate(operations):
        _STEPS[operation.op](document, operation, place.at(index))
    if place.errors:
        raise AmendmentConflict(place.errors)
    return read_charter(document)


def check(charter: Charter, operations: Sequence[Operation], under: DecisionType) -> Charter:
    """Return the charter as the operations make it, if an amendment type allows all of them.

    :param charter: the version in force.
    :param under: the amendment type voted under; a frozen copy where the vote has opened.
    :raises AmendmentConflict: as :func:`apply`.
    :raises InvalidCharter: as :func:`apply`.
    :raises Entrenched: see :mod:`app.domain.charter.entrenchment`.
    """
    amended = apply(charter, operations)
    if reasons := violations(charter, amended, operations, under):
        raise Entrenched(reasons)
    return amended


def based_on(charter: Charter, operations: Sequence[Operation]) -> dict[str, str | None]:
    """Return what the operations were written against.

    :return: for every item they touch, by :attr:`Operation.item`, the SHA-256 of its canonical JSON in
        hexadecimal, or None where there is no such item yet.
    """
    document = charter.to_json()
    return {operation.item: _digest(document, operation) for operation in operations}


def conflicts(
    charter: Charter, operations: Sequence[Operation], basis: Mapping[str, str | None]
) -> list[Problem]:
    """Name the operations whose item is no longer what they were written against.

    Changes of other items do not matter here; whether the whole still makes sense, :func:`check` says.

    :param charter: the version in force.
    :param basis: what :func:`based_on` returned for the version they were written against.
    :return: pairs of a pointer into the list of operations and a sentence; empty: they are not stale.
    """
    now = based_on(charter, operations)
    return [
        (f"/{index}", _since(operation.item, basis.get(operation.item), now[operation.item]))
        for index, operation in enumerate(operations)
        if basis.get(operation.item) != now[operation.item]
    ]


def _since(item: str, before: str | None, now: str | None) -> str:
    if before is None:
        return f"{item} has been added since this was written"
    return f"{item} has been {'removed' if now is None else 'changed'} since this was written"


def _digest(document: _Document, operation: Operation) -> str | None:
    section = document[FORMS[operation.op].section]
    if isinstance(section, list):
        found = next((item for item in section if item["id"] == operation.target), None)
        return None if found is None else sha256_hex(canonical_json(found))
    item = section[operation.target] if operation.target else section
    return sha256_hex(canonical_json({"item": item}))


def _index(items: Sequence[_Document], item_id: str | None) -> int | None:
    return next((index for index, item in enumerate(items) if item["id"] == item_id), None)


def _add_article(document: _Document, operation: Operation, place: Place) -> None:
    articles = document["articles"]
    if _index(articles, operation.target) is not None:
        place.at("article").at("id").note(f'there is an article "{operation.target}" already')
        return
    before = _index(articles, operation.after)
    if operation.after is not None and before is None:
        place.at("after").note(f'there is no article "{operation.after}"')
        return
    articles.insert(0 if before is None else before + 1, operation.value)


def _replace_article(document: _Document, operation: Operation, place: Place) -> None:
    articles = document["articles"]
    index = _index(articles, operation.target)
    if index is None:
        place.at("article").at("id").note(f'there is no article "{operation.target}"')
    elif operation.was is not None and articles[index]["body"] != operation.was:
        place.at("was").note(f'article "{operation.target}" does not read so')
    else:
        articles[index] = operation.value


def _set(document: _Document, operation: Operation, _place: Place) -> None:
    """Put an item in the place of the one with its id, or after the others."""
    listed = document[FORMS[operation.op].section]
    index = _index(listed, operation.target)
    if index is None:
        listed.append(operation.value)
    else:
        listed[index] = operation.value


def _remove(document: _Document, operation: Operation, place: Place) -> None:
    listed = document[FORMS[operation.op].section]
    index = _index(listed, operation.target)
    if index is None:
        place.at("id").note(f'there is no "{operation.target}" among the {FORMS[operation.op].scope.value}')
    else:
        del listed[index]


def _put(document: _Document, operation: Operation, _place: Place) -> None:
    """Replace what there is only one of: a section, or the powers of a role."""
    section = FORMS[operation.op].section
    if operation.target:
        document[section][operation.target] = operation.value
    else:
        document[section] = operation.value


_STEPS: Mapping[Op, Callable[[_Document, Operation, Place], None]] = {
    Op.ADD_ARTICLE: _add_article,
    Op.REPLACE_ARTICLE: _replace_article,
    Op.REMOVE_ARTICLE: _remove,
    Op.SET_DECISION_TYPE: _set,
    Op.REMOVE_DECISION_TYPE: _remove,
    Op.SET_RESERVED_MATTER: _set,
    Op.REMOVE_RESERVED_MATTER: _remove,
    Op.SET_VETO_GROUND: _set,
    Op.REMOVE_VETO_GROUND: _remove,
    Op.SET_MODERATION_GROUND: _set,
    Op.REMOVE_MODERATION_GROUND: _remove,
    Op.SET_EMERGENCY_STOP: _put,
    Op.SET_DELIVERY: _put,
    Op.SET_ROLE_POWERS: _put,
    Op.SET_VERIFIED_ACCOUNTS: _put,
    Op.SET_TITLE: _put,
}
