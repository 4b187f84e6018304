"""The certified result, read as far as it cannot be computed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.domain.canonical_json import sha256_hex
from app.domain.evidence.faults import InvalidEvidence
from app.domain.evidence.files import member, moment, read_canonical


@dataclass(frozen=True, slots=True)
class Result:
    """A certified result; ``document`` is all of it, without the digest that the service shows beside it.

    :param digest: SHA-256 of its bytes, in hexadecimal: what the closing entry commits to.
    :param version: of its form; which of them can be computed again is the recount's to say.
    :param closed_at, certified_at: instants.
    """

    document: dict[str, Any]
    digest: str
    version: int
    closed_at: str
    certified_at: str

    @classmethod
    def read(cls, data: bytes) -> Result:
        """Read a result.

        :raises InvalidEvidence: for anything else.
        """
        document = read_canonical(data)
        return cls(
            document=document,
            digest=sha256_hex(data),
            version=member(document, "v", int),
            closed_at=moment(document, "closed_at"),
            certified_at=moment(document, "certified_at"),
        )

    @property
    def ballot_box(self) -> dict[str, Any]:
        """Return what it says of a ballot box; empty where it says nothing."""
        stated = self.document.get("ballot_box")
        return stated if isinstance(stated, dict) else {}

    @property
    def tie_secret(self) -> bytes:
        """Return the revealed secret of the lot.

        :raises InvalidEvidence: where there is none.
        """
        revealed = self.document.get("tie_seed")
        try:
            return bytes.fromhex(revealed["secret"])  # type: ignore[index]  # what is no object is refused
        except (TypeError, KeyError, ValueError):
            raise InvalidEvidence("/tie_seed reveals no secret") from None
