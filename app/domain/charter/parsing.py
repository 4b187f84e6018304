"""Reading JSON of unknown origin into values, naming every place that is wrong.

A parser takes a decoded JSON value and its :class:`Place`. It returns what the value means, or notes what is wrong
and raises :class:`Broken`; so whoever reads several parts goes on with the next one and loses no error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

Problem = tuple[str, str]
"""(RFC 6901 JSON pointer, what is wrong there in one sentence)."""

#: Most unknown members of one object that are named; the rest would help nobody.
_UNKNOWN_NAMED = 20
_LONGEST_TOKEN = 64

#: Form of the ids that a charter gives to its parts, for whoever names one.
IDENTIFIER = r"[a-z][a-z0-9_]{0,31}"
_IDENTIFIER = re.compile(IDENTIFIER, re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Pointed(ValueError):
    """Input that breaks rules, with every place where it does.

    :param errors: (RFC 6901 JSON pointer, sentence) pairs, at least one.
    """

    def __init__(self, errors: Sequence[Problem]) -> None:
        self.errors: list[Problem] = list(errors)
        super().__init__("; ".join(f"{pointer or '(whole)'}: {detail}" for pointer, detail in self.errors))


class InvalidCharter(Pointed):
    """A document that is no charter this service could hold a community to; pointers into the document."""


class Broken(Exception):
    """A value could not be read; what is wrong with it has been noted."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the document a value stands, and the list that takes what is wrong there."""

    pointer: str = ""
    errors: list[Problem] = field(default_factory=list)

    def at(self, token: str | int) -> Place:
        """Return the place of a member or item."""
        return Place(f"{self.pointer}/{reference_token(token)}", self.errors)

    def note(self, sentence: str) -> None:
        """Note what is wrong here, and go on."""
        self.errors.append((self.pointer, sentence))

    def refuse(self, sentence: str) -> NoReturn:
        """Note what is wrong here.

        :raises Broken: always.
        """
        self.note(sentence)
        raise Broken


def reference_token(token: str | int) -> str:
    """Write a member's name or an item's index for a JSON pointer (RFC 6901 section 3).

    A name longer than any that is known is cut, and what no encoding can carry is replaced: the pointer goes
    back to whoever sent the name.
    """
    text = _SURROGATE.sub("\ufffd", str(token)[:_LONGEST_TOKEN])
    return text.replace("~", "~0").replace("/", "~1")


Parser = Callable[[object, Place], Any]

_E = TypeVar("_E", bound=StrEnum)
_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object: how its value is read, and what holds where it is absent."""

    parse: Parser
    default: Any = _REQUIRED


def members(value: object, place: Place, known: Mapping[str, Member]) -> dict[str, Any]:
    """Read an object that has these members and no others.

    :raises Broken: when any of it is wrong.
    """
    if not isinstance(value, dict):
        place.refuse("must be an object")
    before = len(place.errors)
    unknown = [name for name in value if name not in known]
    for name in unknown[:_UNKNOWN_NAMED]:
        place.at(name).note("there is no such member here")
    facts: dict[str, Any] = {}
    for name, member in known.items():
        if name not in value and member.default is _REQUIRED:
            place.at(name).note("is required")
        elif name not in value:
            facts[name] = member.default
        else:
            try:
                facts[name] = member.parse(value[name], place.at(name))
            except Broken:
                continue
    if len(place.errors) > before:
        raise Broken
    return facts


def items(parse: Parser, *, most: int, least: int = 0) -> Callable[[object, Place], list[Any]]:
    """Return a parser of a list of bounded length. Items that could not be read are None."""

    def read(value: object, place: Place) -> list[Any]:
        if not isinstance(value, list):
            place.refuse("must be a list")
        # Before the items: reading a million of them is the attack.
        if not least <= len(value) <= most:
            place.refuse(f"must have {least} to {most} items; it has {len(value)}")
        found: list[Any] = []
        for index, item in enumerate(value):
            try:
                found.append(parse(item, place.at(index)))
            except Broken:
                found.append(None)
        return found

    return read


def sound(parse: Callable[[object, Place], list[Any]]) -> Callable[[object, Place], list[Any]]:
    """Return a parser of a list that is broken when any of its items is, or comes twice."""

    def read(value: object, place: Place) -> list[Any]:
        found = parse(value, place)
        seen: set[Any] = set()
        for index, item in enumerate(found):
            if item in seen:
                place.at(index).note("stands here already")
            seen.add(item)
        if None in seen or len(seen) < len(found):
            raise Broken
        return found

    return read


def several(enum: type[_E], *, least: int = 0, only: Sequence[_E] = ()) -> Callable[[object, Place], Any]:
    """Return a parser of a set of words, written as a list; their order says nothing."""
    read = sound(items(word(enum, only=only), most=len(enum), least=least))
    order = list(enum)
    return lambda value, place: tuple(sorted(read(value, place), key=order.index))


def word(enum: type[_E], *, only: Sequence[_E] = ()) -> Parser:
    """Return a parser of one of an enumeration's values.

    :param only: the values that are possible here; none given: all.
    """
    possible = {each.value: each for each in only or enum}

    def read(value: object, place: Place) -> _E:
        if isinstance(value, str) and value in possible:
            return possible[value]
        return place.refuse(f"must be one of {', '.join(possible)}")

    return read


def one_of(known: Sequence[str]) -> Parser:
    """Return a parser of one of a few texts."""

    def read(value: object, place: Place) -> str:
        if isinstance(value, str) and value in known:
            return value
        return place.refuse(f"must be one of {', '.join(known)}")

    return read


def nullable(parse: Parser) -> Parser:
    """Return a parser that takes null as None."""
    return lambda value, place: None if value is None else parse(value, place)


def identifier(value: object, place: Place) -> str:
    """Read an id, such as ``product_vote``."""
    if isinstance(value, str) and _IDENTIFIER.fullmatch(value):
        return value
    return place.refuse("must be an id: a lower-case letter, then up to 31 of a-z, 0-9 and _")


def line(most: int) -> Parser:
    """Return a parser of a text in one line that begins and ends with a visible character."""

    def read(value: object, place: Place) -> str:
        text = _encodable(value, place, most)
        if not text or text != text.strip() or _CONTROL.search(text):
            place.refuse("must be one line of text, without space around it")
        return text

    return read


def prose(most: int, *, least: int = 0) -> Parser:
    """Return a parser of a text of any form, such as Markdown."""

    def read(value: object, place: Place) -> str:
        text = _encodable(value, place, most)
        if len(text.strip()) < least:
            place.refuse("must say something")
        return text

    return read


def _encodable(value: object, place: Place, most: int) -> str:
    if not isinstance(value, str):
        place.refuse("must be a text")
    if len(value) > most:
        place.refuse(f"must have at most {most} characters; it has {len(value)}")
    if "\0" in value or _SURROGATE.search(value):
        place.refuse("holds a NUL or half of a surrogate pair, which no database keeps")
    return value


def whole(minimum: int, maximum: int) -> Parser:
    """Return a parser of an integer in a range."""

    def read(value: object, place: Place) -> int:
        # JSON true is an int to Python, and no number to anyone else.
        if type(value) is not int or not minimum <= value <= maximum:
            place.refuse(f"must be an integer from {minimum} to {maximum}")
        return value

    return read


def truth(value: object, place: Place) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        place.refuse("must be true or false")
    return value
