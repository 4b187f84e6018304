r"""Sortition: a jury drawn from the roll by a lot that anyone can draw again.

It counts no votes, so it stands beside the registry's methods and not among them; its result carries the
same evidence: rule, version, digest of the input, seed, and statements that explain it.

Everyone on the roll has a draw: SHA-256 over these bytes, one after the other::

    18 bytes   the ASCII text "althing-sortition/"
     2 bytes   the ASCII text "1\n" (the version of this encoding)
     8 bytes   length of the draw's id, unsigned, big-endian
     n bytes   the draw's id in UTF-8
     8 bytes   length of the seed, unsigned, big-endian
     n bytes   the seed
     8 bytes   length of the member's reference, unsigned, big-endian
     n bytes   the member's reference in UTF-8

The smallest draws, compared as 32 bytes, are the jury; the next smallest are its substitutes, in that order.
The reference has been published with the roll before the seed can be known, so nobody can choose a lucky one.
Test vector: for the draw ``jury-1``, the seed of the three bytes ``00 ff 10`` and the member ``m1`` the draw
begins with ``5da2676fd41f7e91``; the tests hold all of it and the bytes hashed.

**Strata.** Where the roll is divided into groups, each has its own seats, stated or in proportion to its
size, and its jurors are those of its members with the smallest draws. Proportion is by largest remainder: a
stratum of n of N has floor(n * size / N) seats; the seats that remain go, one each, to the largest remainders
of n * size / N. Between equal remainders the stratum with the smaller draw is first, where a stratum draws as
a member does, but its bytes begin with "althing-sortition-stratum/1\n".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

from app.domain.counting.result import Statement

NAME = "sortition"
VERSION = "1"
TITLE = "Sortition: a jury drawn by lot from the roll"

MEMBER_PREFIX = b"althing-sortition/1\n"
STRATUM_PREFIX = b"althing-sortition-stratum/1\n"


class InvalidDraw(ValueError):
    """A jury that cannot be drawn; the message says why."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One person drawn: the reference on the roll, and the draw in hexadecimal that shows why."""

    member: str
    draw: str

    def to_json(self) -> dict[str, str]:
        """Return the person as JSON."""
        return {"member": self.member, "draw": self.draw}


@dataclass(frozen=True, slots=True)
class Stratum:
    """What was drawn from one group; without strata there is one, named ``""``.

    :param roll: how many people are in it.
    :param jury: the smallest draw first.
    :param substitutes: who steps in, in this order.
    """

    name: str
    roll: int
    jury: tuple[Drawn, ...]
    substitutes: tuple[Drawn, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the group as JSON."""
        return {
            "name": self.name,
            "roll": self.roll,
            "jury": [person.to_json() for person in self.jury],
            "substitutes": [person.to_json() for person in self.substitutes],
        }


@dataclass(frozen=True, slots=True)
class Jury:
    """A jury drawn, with everything needed to draw it again from the same roll.

    :param strata: in order of name.
    :param roll_digest: :func:`roll_digest` of the roll.
    """

    draw_id: str
    seed: bytes
    size: int
    strata: tuple[Stratum, ...]
    roll_digest: str

    @property
    def members(self) -> tuple[str, ...]:
        """Return the jury's references, stratum by stratum."""
        return tuple(person.member for stratum in self.strata for person in stratum.jury)

    @property
    def summary(self) -> tuple[Statement, ...]:
        """Return what the explanation says of the draw."""
        said = [_statement(stratum) for stratum in self.strata if stratum.jury]
        return tuple(said)

    def to_json(self) -> dict[str, Any]:
        """Return the draw as JSON; ``explain`` puts it into words as it does a count."""
        return {
            "method": NAME,
            "version": VERSION,
            "rule": rule(self.size, stratified=len(self.strata) != 1 or bool(self.strata[0].name)),
            "draw_id": self.draw_id,
            "seed": self.seed.hex(),
            "size": self.size,
            "strata": [stratum.to_json() for stratum in self.strata],
            "rounds": [],
            "summary": [statement.to_json() for statement in self.summary],
            "roll_digest": self.roll_digest,
        }


def draw(
    draw_id: str,
    seed: bytes,
    roll: Iterable[str],
    size: int,
    *,
    strata: Mapping[str, str] | None = None,
    seats: Mapping[str, int] | None = None,
    substitutes: int = 0,
) -> Jury:
    """Draw a jury.

    :param draw_id: the draw's public identifier; another draw from the same roll has another.
    :param seed: fixed by something nobody chooses, and unknown before the roll is published; any length.
    :param roll: the references of everyone who can be drawn, in any order. Everyone has one lot: weights have
        no say.
    :param size: how many to draw, 1 or more.
    :param strata: reference to the name of its stratum, for everyone on the roll; None for no strata.
    :param seats: stratum to seats, adding up to ``size``; None for seats in proportion.
    :param substitutes: how many substitutes to name, in each stratum; fewer where it has no more people.
    :raises InvalidDraw: when the roll names someone twice, is too short, or does not fit the strata.
    """
    people = list(roll)
    groups = _groups(people, strata)
    if type(size) is not int or size < 1:
        raise InvalidDraw("the jury's size must be an integer of at least 1")
    if size > len(people):
        raise InvalidDraw(f"{size} cannot be drawn from the {len(people)} on the roll")
    shares = seats if seats is not None else seats_in_proportion(draw_id, seed, _sizes(groups), size)
    _check_seats(shares, _sizes(groups), size)
    drawn: list[Stratum] = []
    for name in sorted(groups):
        ranked = nsmallest(
            shares[name] + substitutes,
            ((lot(MEMBER_PREFIX, draw_id, seed, member), member) for member in groups[name]),
        )
        persons = tuple(Drawn(member, digest.hex()) for digest, member in ranked)
        drawn.append(Stratum(name, len(groups[name]), persons[: shares[name]], persons[shares[name] :]))
    return Jury(draw_id, seed, size, tuple(drawn), roll_digest(people, strata))


def lot(prefix: bytes, draw_id: str, seed: bytes, reference: str) -> bytes:
    """Draw for one member or stratum: 32 bytes, computed as the module's text says."""
    fields = (draw_id.encode(), seed, reference.encode())
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in fields)
    return hashlib.sha256(prefix + framed).digest()


def seats_in_proportion(draw_id: str, seed: bytes, sizes: Mapping[str, int], size: int) -> dict[str, int]:
    """Divide a jury's seats among strata by largest remainder, equal remainders by lot.

    :param sizes: stratum to the number of people in it, 1 or more.
    :param size: at most the number of all people.
    """
    everyone = sum(sizes.values())
    seats = {name: people * size // everyone for name, people in sizes.items()}
    by_remainder = sorted(
        sizes,
        key=lambda name: (-(sizes[name] * size % everyone), lot(STRATUM_PREFIX, draw_id, seed, name)),
    )
    for name in by_remainder[: size - sum(seats.values())]:
        seats[name] += 1
    return seats


def roll_digest(roll: Iterable[str], strata: Mapping[str, str] | None = None) -> str:
    """Digest a roll: SHA-256, in hexadecimal, over one line a member, sorted by their bytes.

    A line is the member's reference, with strata a horizontal tab and the stratum's name, and a line feed.
    """
    lines = (member if strata is None else f"{member}\t{strata[member]}" for member in roll)
    return hashlib.sha256(b"".join(sorted(f"{line}\n".encode() for line in lines))).hexdigest()


def rule(size: int, *, stratified: bool = False) -> str:
    """State the rule, exactly enough to draw by hand with a SHA-256 program."""
    where = " of each stratum, as many as it has seats," if stratified else ""
    return (
        'Everyone on the roll draws SHA-256 over the text "althing-sortition/1", a line feed, and the draw\'s '
        "id, the seed and their reference, each after its length in 8 bytes. The smallest draws"
        f"{where} make the jury of {size}; the next are the substitutes, in order."
    )


def _groups(people: list[str], strata: Mapping[str, str] | None) -> dict[str, list[str]]:
    seen: set[str] = set()
    groups: dict[str, list[str]] = {}
    for member in people:
        if member in seen:
            raise InvalidDraw(f'"{member}" stands on the roll twice')
        if "\n" in member or "\t" in member:
            raise InvalidDraw("a reference holds no line feed and no tab")
        seen.add(member)
        if strata is None:
            name = ""
        elif name := strata.get(member, ""):
            if "\n" in name or "\t" in name:
                raise InvalidDraw("the name of a stratum holds no line feed and no tab")
        else:
            raise InvalidDraw(f'"{member}" is in no stratum')
        groups.setdefault(name, []).append(member)
    return groups


def _sizes(groups: Mapping[str, list[str]]) -> dict[str, int]:
    return {name: len(members) for name, members in groups.items()}


def _check_seats(seats: Mapping[str, int], sizes: Mapping[str, int], size: int) -> None:
    if sorted(seats) != sorted(sizes):
        raise InvalidDraw("seats must be stated for exactly the strata of the roll")
    for name in sorted(seats):
        if type(seats[name]) is not int or not 0 <= seats[name] <= sizes[name]:
            raise InvalidDraw(f'the seats of "{name}" must be an integer from 0 to its {sizes[name]} people')
    if sum(seats.values()) != size:
        raise InvalidDraw(f"the strata have {sum(seats.values())} seats; the jury has {size}")


def _statement(stratum: Stratum) -> Statement:
    values = {"size": str(len(stratum.jury)), "roll": str(stratum.roll), "stratum": stratum.name}
    drawn = tuple(person.member for person in stratum.jury)
    key = "sortition.stratum" if stratum.name else "sortition.drawn"
    return Statement(key, {**values, "drawn": drawn})
