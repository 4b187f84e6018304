"""Signed notes: a text and the signatures under it, as checkpoints and receipts are (C2SP signed-note v1.0.0)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.domain.translog.base64_text import decode_base64, encode_base64
from app.domain.translog.keys import (
    KEY_ID_SIZE,
    SIGNATURE_SIZE,
    Algorithm,
    Sign,
    VerifierKey,
    Verify,
    is_key_name,
)

LONGEST_NOTE: Final = 1_000_000
MOST_SIGNATURES: Final = 100

_DASH = "\u2014 "
_SPACE = " "
_TIME_SIZE = 8


class InvalidNote(ValueError):
    """Bytes that are no signed note, or a text that can be none."""


class InvalidSignature(ValueError):
    """A note that a known key has not signed, or under which a signature of a known key does not verify."""


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line. Who made it is known from its name and key id; what it holds, from the kind of key.

    :param value: a signature, or whatever the kind of key puts there; not empty.
    """

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """Return the line, ended by a line feed."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A note as it was read or is to be published.

    :param text: ends in a line feed.
    :param signatures: at least one where it was read.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    def encode(self) -> bytes:
        """Return the note's bytes."""
        return f"{self.text}\n{''.join(each.line for each in self.signatures)}".encode()

    def with_signature(self, signature: NoteSignature) -> SignedNote:
        """Return the note with one more signature under the others."""
        return SignedNote(self.text, (*self.signatures, signature))

    @classmethod
    def parse(cls, data: bytes) -> SignedNote:
        """Read a note without checking any signature.

        :raises InvalidNote: for bytes that are not UTF-8 or hold a control character besides the line feed, for
            a text that is not ended, and for a malformed signature line.
        """
        if len(data) > LONGEST_NOTE:
            raise InvalidNote(f"a note has at most {LONGEST_NOTE} bytes")
        try:
            whole = data.decode()
        except UnicodeDecodeError:
            raise InvalidNote("a note is UTF-8") from None
        _refuse_control_characters(whole)
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise InvalidNote(
                "a note is a text, an empty line and signature lines, each ended by a line feed"
            )
        found = lines.removesuffix("\n").split("\n")
        if len(found) > MOST_SIGNATURES:
            raise InvalidNote(f"a note has at most {MOST_SIGNATURES} signatures")
        return cls(f"{text}\n", tuple(map(_parse_line, found)))


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that holds.

    :param time: when it was made, in seconds since 1970, where its kind says so.
    """

    key: VerifierKey
    time: int | None


def sign(text: str, key: VerifierKey, signer: Sign, *, time: int = 0) -> NoteSignature:
    """Sign a text with an Ed25519 key.

    :param text: not empty, ended by a line feed.
    :param signer: signs with the private key that belongs to ``key``.
    :param time: seconds since 1970, which a cosignature states; of no meaning to the other kind.
    :raises InvalidNote: for a text that no note can have.
    """
    if not text.endswith("\n"):
        raise InvalidNote("a note's text ends in a line feed")
    _refuse_control_characters(text)
    signature = signer(signed_bytes(text, key.algorithm, time))
    if key.algorithm is Algorithm.COSIGNATURE_V1:
        signature = time.to_bytes(_TIME_SIZE, "big") + signature
    return NoteSignature(key.name, key.key_id, signature)


def verify_note(note: SignedNote, keys: Iterable[VerifierKey], verify: Verify) -> tuple[Verified, ...]:
    """Return the signatures that known keys made, in the order of their lines; each key's first counts.

    Lines of unknown keys are passed over: a name and a key id say whose a line is, and nothing can be said of
    others.

    :param keys: those that are trusted.
    :raises InvalidSignature: where a line of a known key does not verify, and where there is none of any.
    """
    known = {(key.name, key.key_id): key for key in keys}
    found: dict[VerifierKey, Verified] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None and key not in found:
            found[key] = _verify_one(note.text, key, signature.value, verify)
    if not found:
        names = ", ".join(sorted({key.name for key in known.values()}))
        raise InvalidSignature(f"the note bears no signature of {names or 'anyone known'}")
    return tuple(found.values())


def signed_bytes(text: str, algorithm: Algorithm, time: int = 0) -> bytes:
    """Return the bytes that a signature under a text is made over.

    An Ed25519 signature is over the text, a cosignature (C2SP tlog-cosignature v1.0.1) over a header with its
    time and the text.
    """
    if algorithm is Algorithm.COSIGNATURE_V1:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    return text.encode()


def _verify_one(text: str, key: VerifierKey, value: bytes, verify: Verify) -> Verified:
    time = None
    if key.algorithm is Algorithm.COSIGNATURE_V1:
        time = int.from_bytes(value[:_TIME_SIZE], "big")
        value = value[_TIME_SIZE:]
    message = signed_bytes(text, key.algorithm, time or 0)
    if len(value) != SIGNATURE_SIZE or not verify(key.public_key, value, message):
        raise InvalidSignature(f"the signature of {key.name} does not verify")
    return Verified(key, time)


def _parse_line(line: str) -> NoteSignature:
    name, space, text = line.removeprefix(_DASH).partition(_SPACE)
    if not line.startswith(_DASH) or not space or not is_key_name(name):
        raise InvalidNote(f"no signature line: {line[:100]!r}")
    try:
        data = decode_base64(text)
    except ValueError as error:
        raise InvalidNote(f"the signature of {name} is {error}") from None
    if len(data) <= KEY_ID_SIZE:
        raise InvalidNote(f"the signature of {name} is empty")
    return NoteSignature(name, data[:KEY_ID_SIZE], data[KEY_ID_SIZE:])


def _refuse_control_characters(text: str) -> None:
    if any(each < _SPACE and each != "\n" for each in text):
        raise InvalidNote("a note holds no control character but the line feed")
