"""Checkpoints: a log's origin, size and root in three lines, signed (C2SP tlog-checkpoint v1.0.0)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.translog.base64_text import decode_base64, encode_base64
from app.domain.translog.hashing import EMPTY_ROOT, HASH_SIZE
from app.domain.translog.keys import Sign, VerifierKey, Verify, is_key_name
from app.domain.translog.signed_notes import (
    InvalidNote,
    InvalidSignature,
    SignedNote,
    Verified,
    sign,
    verify_note,
)

LARGEST_SIZE = 2**63 - 1
DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
"""A number as notes write it: of every number one spelling, of at most 19 digits."""


class InvalidCheckpoint(InvalidNote):
    """A text that is no checkpoint."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself.

    :param origin: names the log: its address without the scheme; it is the name of the key that signs it, too.
    :param size: leaves, 0 to 2^63 - 1.
    :param root: 32 bytes.
    :raises InvalidCheckpoint: for anything else.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.origin):
            raise InvalidCheckpoint(f"no origin of a log: {self.origin[:100]!r}")
        if not 0 <= self.size <= LARGEST_SIZE or len(self.root) != HASH_SIZE:
            raise InvalidCheckpoint("a checkpoint states a size of 0 to 2^63 - 1 and a root of 32 bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise InvalidCheckpoint("the root of an empty log is SHA-256 of nothing")

    @property
    def text(self) -> str:
        """Return the three lines."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a checkpoint's text; of every checkpoint one spelling is read.

        :raises InvalidCheckpoint: for anything else, extension lines included: Althing's logs write none, and
            what is not understood is not passed over.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:  # noqa: PLR2004 - three lines, each ended
            raise InvalidCheckpoint("a checkpoint has three lines: origin, size and root")
        origin, size, root = lines[:3]
        if DECIMAL.fullmatch(size) is None:
            raise InvalidCheckpoint(f"no size of a log: {size[:100]!r}")
        try:
            return cls(origin, int(size), decode_base64(root))
        except InvalidCheckpoint:
            raise
        except ValueError as error:
            raise InvalidCheckpoint(f"the root is {error}") from None


def sign_checkpoint(checkpoint: Checkpoint, key: VerifierKey, signer: Sign) -> bytes:
    """Return the checkpoint as a log publishes it.

    :param key: named as the checkpoint's origin.
    :raises ValueError: for a key of another name.
    """
    if key.name != checkpoint.origin:
        raise ValueError(f"{key.name} does not sign for {checkpoint.origin}")
    return SignedNote(checkpoint.text, (sign(checkpoint.text, key, signer),)).encode()


def open_checkpoint(
    data: bytes, key: VerifierKey, verify: Verify, witnesses: Sequence[VerifierKey] = ()
) -> tuple[Checkpoint, tuple[Verified, ...]]:
    """Read a published checkpoint and check who signed it.

    :param key: the log's; its name is the origin that the checkpoint must state.
    :param witnesses: whose cosignatures must be under it besides.
    :return: the checkpoint and the signatures that hold, the log's among them.
    :raises InvalidNote: for bytes that are no signed note or no checkpoint.
    :raises InvalidSignature: where the log or a witness has not signed it, and where it states another origin.
    """
    note = SignedNote.parse(data)
    verified = verify_note(note, (key, *witnesses), verify)
    signers = {each.key for each in verified}
    for needed in (key, *witnesses):
        if needed not in signers:
            raise InvalidSignature(f"the checkpoint bears no signature of {needed.name}")
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != key.name:
        raise InvalidSignature(f"the checkpoint is of {checkpoint.origin}, not of {key.name}")
    return checkpoint, verified
