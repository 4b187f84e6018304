"""An inclusion proof with its checkpoint in one file (C2SP tlog-proof, draft "c2sp.org/tlog-proof@v1")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.translog.base64_text import decode_base64, encode_base64
from app.domain.translog.checkpoints import DECIMAL, Checkpoint, open_checkpoint
from app.domain.translog.hashing import HASH_SIZE
from app.domain.translog.keys import VerifierKey, Verify
from app.domain.translog.proofs import LONGEST_PROOF, InvalidProof, verify_inclusion
from app.domain.translog.signed_notes import LONGEST_NOTE

HEADER = "c2sp.org/tlog-proof@v1"
_EXTRA = "extra "
_PLACE = "index "


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A proof that travels alone.

    :param index: of the entry.
    :param hashes: the inclusion proof, from the leaf upwards.
    :param checkpoint: the signed note, byte for byte.
    :param extra: data that whoever made the proof put beside it, or None.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def encode(self) -> bytes:
        """Return the file."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(_EXTRA + encode_base64(self.extra))
        lines.append(f"{_PLACE}{self.index}")
        lines += map(encode_base64, self.hashes)
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> TlogProof:
        """Read a file; its checkpoint is not looked into.

        :raises InvalidProof: for anything else.
        """
        head, blank, checkpoint = data.partition(b"\n\n")
        if not blank or len(data) > LONGEST_NOTE:
            raise InvalidProof("a proof is a few lines, an empty one and a checkpoint")
        header, *lines = head.decode(errors="replace").split("\n")
        extra = lines.pop(0).removeprefix(_EXTRA) if lines and lines[0].startswith(_EXTRA) else None
        index = lines.pop(0).removeprefix(_PLACE) if lines and lines[0].startswith(_PLACE) else ""
        if header != HEADER or DECIMAL.fullmatch(index) is None:
            raise InvalidProof(f"a proof begins with {HEADER} and states an index")
        try:
            hashes = tuple(map(decode_base64, lines))
            kept = None if extra is None else decode_base64(extra)
        except ValueError as error:
            raise InvalidProof(f"a line of the proof is {error}") from None
        if len(hashes) > LONGEST_PROOF or any(len(each) != HASH_SIZE for each in hashes):
            raise InvalidProof(f"a proof has at most {LONGEST_PROOF} hashes of {HASH_SIZE} bytes")
        return cls(int(index), hashes, checkpoint, kept)

    def verify(
        self, leaf: bytes, key: VerifierKey, verify: Verify, witnesses: Sequence[VerifierKey] = ()
    ) -> Checkpoint:
        """Check that a leaf is in the log, and return the checkpoint that says so.

        :param leaf: the leaf's hash.
        :param key: the log's.
        :raises InvalidNote, InvalidSignature: as
            :func:`~app.domain.translog.checkpoints.open_checkpoint` raises them.
        :raises InvalidProof: where the leaf is not proven to stand there.
        """
        checkpoint, _ = open_checkpoint(self.checkpoint, key, verify, witnesses)
        verify_inclusion(self.index, checkpoint.size, leaf, self.hashes, checkpoint.root)
        return checkpoint
