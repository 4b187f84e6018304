r"""Receipts: the log's signed promise, given with the answer to a change, that its entry will be included.

The text has five lines; the first is the name of the key that signs it, ``<origin>/receipt``, so that a receipt
never passes for a checkpoint nor the other way round::

    vote.example/audit/receipt
    event 6f1c1f6e-3b0f-4f52-9a53-0d2a6a5f3c11
    leaf <base64 of the leaf's hash>
    time 1767000000000
    within 60000

``time`` is when it was promised and ``within`` how long inclusion may take, both in milliseconds, ``time`` since
1970. Past that, a receipt whose entry is in no checkpoint is signed evidence against the log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from app.domain.translog.base64_text import decode_base64, encode_base64
from app.domain.translog.checkpoints import DECIMAL
from app.domain.translog.hashing import HASH_SIZE
from app.domain.translog.keys import Sign, VerifierKey, Verify
from app.domain.translog.signed_notes import InvalidNote, InvalidSignature, SignedNote, sign, verify_note

RECEIPT_SUFFIX: Final = "/receipt"

_EVENT = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TEXT = re.compile(
    rf"(?P<name>[^\n]+){RECEIPT_SUFFIX}\nevent (?P<event>{_EVENT})\nleaf (?P<leaf>[A-Za-z0-9+/]{{43}}=)\n"
    rf"time (?P<time>{DECIMAL.pattern})\nwithin (?P<within>{DECIMAL.pattern})\n",
    re.ASCII,
)


class InvalidReceipt(InvalidNote):
    """A text that is no receipt."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A promise of inclusion.

    :param origin: of the log.
    :param event: the entry's id, a UUID.
    :param leaf: the hash of the entry's leaf.
    :param time: when it was promised, in milliseconds since 1970.
    :param within: milliseconds that inclusion may take.
    """

    origin: str
    event: str
    leaf: bytes
    time: int
    within: int

    @property
    def due(self) -> int:
        """Return when the entry has to be in the log at the latest, in milliseconds since 1970."""
        return self.time + self.within

    @property
    def text(self) -> str:
        """Return the five lines."""
        return (
            f"{self.origin}{RECEIPT_SUFFIX}\nevent {self.event}\nleaf {encode_base64(self.leaf)}\n"
            f"time {self.time}\nwithin {self.within}\n"
        )

    @classmethod
    def parse(cls, text: str) -> Receipt:
        """Read a receipt's text.

        :raises InvalidReceipt: for anything else.
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise InvalidReceipt("a receipt has five lines: name, event, leaf, time and within")
        try:
            leaf = decode_base64(match["leaf"])
        except ValueError as error:
            raise InvalidReceipt(f"the leaf is {error}") from None
        return cls(match["name"], match["event"], leaf, int(match["time"]), int(match["within"]))


def receipt_name(origin: str) -> str:
    """Return the name of the key that signs a log's receipts."""
    return origin + RECEIPT_SUFFIX


def sign_receipt(receipt: Receipt, key: VerifierKey, signer: Sign) -> bytes:
    """Return the receipt as it is given to whoever made the change.

    :param key: named by :func:`receipt_name`.
    :raises ValueError: for a key of another name, an event that is no UUID and a leaf that is no hash.
    """
    if key.name != receipt_name(receipt.origin) or len(receipt.leaf) != HASH_SIZE:
        raise ValueError(f"{key.name} does not sign this receipt of {receipt.origin}")
    Receipt.parse(receipt.text)
    return SignedNote(receipt.text, (sign(receipt.text, key, signer),)).encode()


def open_receipt(data: bytes, key: VerifierKey, verify: Verify) -> Receipt:
    """Read a receipt and check that the log signed it.

    :param key: the one that signs the log's receipts.
    :raises InvalidNote: for bytes that are no signed note or no receipt.
    :raises InvalidSignature: where the key has not signed it, and where it is of another log.
    """
    note = SignedNote.parse(data)
    verify_note(note, (key,), verify)
    receipt = Receipt.parse(note.text)
    if receipt_name(receipt.origin) != key.name:
        raise InvalidSignature(f"the receipt is of {receipt.origin}, not of {key.name}")
    return receipt
