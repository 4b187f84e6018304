r"""Receipts of votes that are kept apart from their voters: a signed promise that a vote will be in the ballot box.

The text has four lines; the first is the name of the key that signs it, ``<origin>/ballot-receipt``::

    vote.example/audit/ballot-receipt
    ballot 01900000-0000-7000-8000-0000000000b1
    tracker 6f1c1f6e-3b0f-4f52-9a53-0d2a6a5f3c11
    digest <64 hexadecimal digits>

It has no time: nothing in it tells when somebody voted. It is due when the ballot's result is certified. Then every
cast is a leaf of the ballot box, a Merkle tree in the order of the trackers whose root the result states; the
leaf's bytes are ``ballot-box/v1``, ballot, tracker and digest, each ended by a line feed. A receipt whose leaf is
not there, or whose tracker stands there with another digest, is signed evidence against whoever signed both.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Final

from app.domain.translog.hashing import leaf_hash
from app.domain.translog.keys import Sign, VerifierKey, Verify
from app.domain.translog.receipts import InvalidReceipt
from app.domain.translog.signed_notes import InvalidSignature, SignedNote, sign, verify_note

BALLOT_RECEIPT_SUFFIX: Final = "/ballot-receipt"

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TEXT = re.compile(
    rf"(?P<name>[^\n]+){BALLOT_RECEIPT_SUFFIX}\nballot (?P<ballot>{_UUID})\ntracker (?P<tracker>{_UUID})\n"
    rf"digest (?P<digest>[0-9a-f]{{64}})\n",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class BallotReceipt:
    """A promise that a cast will be in the ballot box.

    :param origin: of the community's log, whose key signs.
    :param ballot, tracker: UUIDs.
    :param digest: of the cast, 64 hexadecimal digits.
    """

    origin: str
    ballot: str
    tracker: str
    digest: str

    @property
    def text(self) -> str:
        """Return the four lines."""
        return (
            f"{self.origin}{BALLOT_RECEIPT_SUFFIX}\nballot {self.ballot}\ntracker {self.tracker}\n"
            f"digest {self.digest}\n"
        )

    @property
    def leaf(self) -> bytes:
        """Return the hash of the cast's leaf in the ballot box."""
        return box_leaf(self.ballot, self.tracker, self.digest)

    @classmethod
    def parse(cls, text: str) -> BallotReceipt:
        """Read a receipt's text.

        :raises InvalidReceipt: for anything else.
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise InvalidReceipt("a ballot's receipt has four lines: name, ballot, tracker and digest")
        return cls(match["name"], match["ballot"], match["tracker"], match["digest"])


def box_leaf(ballot: str | uuid.UUID, tracker: str | uuid.UUID, digest: str) -> bytes:
    """Return the hash of a cast's leaf in the ballot box."""
    return leaf_hash(f"ballot-box/v1\n{ballot}\n{tracker}\n{digest}\n".encode())


def box_origin(origin: str, ballot: str | uuid.UUID) -> str:
    """Return the origin of a ballot box's checkpoint.

    :param origin: of the community's log.
    """
    return f"{origin}/ballots/{ballot}"


def ballot_receipt_name(origin: str) -> str:
    """Return the name of the key that signs the receipts of votes."""
    return origin + BALLOT_RECEIPT_SUFFIX


def is_ballot_receipt(text: str) -> bool:
    """Say by its first line whether a note's text is a ballot's receipt."""
    return text.partition("\n")[0].endswith(BALLOT_RECEIPT_SUFFIX)


def sign_ballot_receipt(receipt: BallotReceipt, key: VerifierKey, signer: Sign) -> bytes:
    """Return the receipt as the voter is given it; of the same cast always the same bytes.

    :param key: named by :func:`ballot_receipt_name`.
    :raises ValueError: for a key of another name, and for parts that are not of their form.
    """
    if key.name != ballot_receipt_name(receipt.origin):
        raise ValueError(f"{key.name} does not sign this receipt of {receipt.origin}")
    BallotReceipt.parse(receipt.text)
    return SignedNote(receipt.text, (sign(receipt.text, key, signer),)).encode()


def open_ballot_receipt(data: bytes, key: VerifierKey, verify: Verify) -> BallotReceipt:
    """Read a receipt and check who signed it.

    :param key: the one that signs the receipts of votes in this community.
    :raises InvalidNote: for bytes that are no signed note or no such receipt.
    :raises InvalidSignature: where the key has not signed it, and where it is of another log.
    """
    note = SignedNote.parse(data)
    verify_note(note, (key,), verify)
    receipt = BallotReceipt.parse(note.text)
    if ballot_receipt_name(receipt.origin) != key.name:
        raise InvalidSignature(f"the receipt is of {receipt.origin}, not of {key.name}")
    return receipt
