"""Ids that come twice and references that lead nowhere, found in the JSON itself.

So they are named together with everything else that is wrong, whether or not the parts they stand in read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.domain.charter.parsing import Place
from app.domain.charter.words import DecisionKind, Scope

_LISTS = ("articles", "decision_types", "reserved_matters", "veto_grounds", "moderation_grounds")
#: Longer lists are refused for their length; nobody needs to hear more of them.
_MOST_LOOKED_AT = 200


def note_references(document: object, place: Place) -> None:
    """Note every repeated id and dangling reference of a charter's document, whatever it is."""
    for section in _LISTS:
        note_repeated_ids(_member(document, section), place.at(section))
    _note_unknown_guards(document, place)
    _note_unknown_grounds(document, place)


def note_repeated_ids(listed: object, place: Place) -> None:
    """Note every item of a list of objects whose id an earlier item has."""
    seen: set[str] = set()
    for index, item in _items(listed):
        item_id = _member(item, "id")
        if isinstance(item_id, str):
            if item_id in seen:
                place.at(index).at("id").note("an earlier one has the same id")
            seen.add(item_id)


def _note_unknown_guards(document: object, place: Place) -> None:
    guards = {
        _member(rule, "id")
        for _, rule in _items(_member(document, "decision_types"))
        if _member(rule, "for") == DecisionKind.AMENDMENT.value
        and Scope.ARTICLES.value in (each for _, each in _items(_member(rule, "amends")))
        and isinstance(_member(rule, "id"), str)
    }
    for index, article in _items(_member(document, "articles")):
        guard = _member(article, "entrenched_by")
        if isinstance(guard, str) and guard not in guards:
            here = place.at("articles").at(index).at("entrenched_by")
            here.note("names no amendment type of this charter that may change articles")


def _note_unknown_grounds(document: object, place: Place) -> None:
    listed = _items(_member(document, "veto_grounds"))
    known = {each for _, ground in listed if isinstance(each := _member(ground, "id"), str)}
    for index, rule in _items(_member(document, "decision_types")):
        for position, ground in _items(_member(_member(rule, "veto"), "grounds")):
            if isinstance(ground, str) and ground not in known:
                here = place.at("decision_types").at(index).at("veto").at("grounds").at(position)
                here.note("names no veto ground of this charter")


def _member(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _items(value: object) -> Iterator[tuple[int, Any]]:
    return enumerate(value[:_MOST_LOOKED_AT]) if isinstance(value, list) else iter(())
