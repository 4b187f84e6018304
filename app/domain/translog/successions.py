r"""Successions: the note by which a log's key, before it retires, vouches for the next one.

The text has three lines; the first is the name of the key that signs it, ``<origin>/successor``, so that it never
passes for a checkpoint or a receipt::

    vote.example/audit/successor
    key vote.example/audit+7ca49c9a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4
    size 1342

``key`` is the next key of checkpoints, and ``size`` the largest that the old one signed: for a larger one only its
successor is to be believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.translog.checkpoints import DECIMAL
from app.domain.translog.keys import Algorithm, InvalidKey, Sign, VerifierKey, Verify
from app.domain.translog.signed_notes import InvalidNote, InvalidSignature, SignedNote, sign, verify_note

SUCCESSOR_SUFFIX: Final = "/successor"
LONGEST_CHAIN: Final = 1_000
"""Rotations that are followed."""

_TEXT = re.compile(
    rf"(?P<name>[^\n]+){SUCCESSOR_SUFFIX}\nkey (?P<key>[^\n]+)\nsize (?P<size>{DECIMAL.pattern})\n", re.ASCII
)


class InvalidSuccession(InvalidNote):
    """A text that is no succession."""


@dataclass(frozen=True, slots=True)
class Succession:
    """That a log's key is followed by another.

    :param key: the next one of checkpoints; its name is the log's origin.
    :param size: entries in the largest checkpoint that the old one signed.
    """

    key: VerifierKey
    size: int

    @property
    def text(self) -> str:
        """Return the three lines."""
        return f"{self.key.name}{SUCCESSOR_SUFFIX}\nkey {self.key.vkey}\nsize {self.size}\n"

    @classmethod
    def parse(cls, text: str) -> Succession:
        """Read a succession's text.

        :raises InvalidSuccession: for anything else, also where the next key is of another log.
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise InvalidSuccession("a succession has three lines: name, key and size")
        try:
            key = VerifierKey.parse(match["key"])
        except InvalidKey as invalid:
            raise InvalidSuccession(str(invalid)) from None
        if key.name != match["name"] or key.algorithm is not Algorithm.ED25519:
            raise InvalidSuccession(f"{match['key'][:200]} is no key of the log {match['name'][:200]}")
        return cls(key, int(match["size"]))


def sign_succession(succession: Succession, old: VerifierKey, signer: Sign) -> bytes:
    """Return the succession as the log publishes it.

    :param old: the key of checkpoints that retires.
    :raises ValueError: for a key of another log.
    """
    if old.name != succession.key.name:
        raise ValueError(f"{old.name} has no successor named {succession.key.name}")
    return SignedNote(succession.text, (sign(succession.text, _signer(old), signer),)).encode()


def open_succession(data: bytes, old: VerifierKey, verify: Verify) -> Succession:
    """Read a succession and check that the old key signed it.

    :raises InvalidNote: for bytes that are no signed note or no succession.
    :raises InvalidSignature: where that key has not signed it.
    """
    note = SignedNote.parse(data)
    if not verify_note(note, (_signer(old),), verify):
        raise InvalidSignature(f"the succession bears no signature of {old.name}")
    return Succession.parse(note.text)


def successors(first: VerifierKey, notes: Iterable[bytes], verify: Verify) -> Sequence[Succession]:
    """Return the keys that follow a key one after another, as far as each vouches for the next.

    Notes that another key signed are passed over; of two by one key, the first counts.
    """
    left, key = list(notes), first
    found: list[Succession] = []
    while len(found) < LONGEST_CHAIN:
        for place, data in enumerate(left):
            try:
                following = open_succession(data, key, verify)
            except (InvalidNote, InvalidSignature):
                continue
            del left[place]
            found.append(following)
            key = following.key
            break
        else:
            break
    return found


def _signer(key: VerifierKey) -> VerifierKey:
    return VerifierKey(key.name + SUCCESSOR_SUFFIX, Algorithm.ED25519, key.public_key)
