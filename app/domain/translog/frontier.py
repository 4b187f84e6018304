"""The frontier: all that has to be kept of a tree so that it can grow and its root be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.translog.hashing import EMPTY_ROOT, HASH_SIZE, fold, node_hash


@dataclass(slots=True)
class Frontier:
    """The roots of the perfect subtrees a tree consists of: one for each 1 in its size, the largest first.

    :param size: leaves, 0 or more.
    :param hashes: 32 bytes each.
    :raises ValueError: where there are not as many hashes as the size has ones.
    """

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves has not {len(self.hashes)} perfect subtrees")
        if any(len(each) != HASH_SIZE for each in self.hashes):
            raise ValueError(f"a hash has {HASH_SIZE} bytes")

    def push(self, leaf: bytes) -> None:
        """Append a leaf by its hash; two subtrees of equal size become one, as in binary addition."""
        self.hashes.append(leaf)
        self.size += 1
        carry = self.size
        while carry % 2 == 0:
            right, left = self.hashes.pop(), self.hashes.pop()
            self.hashes.append(node_hash(left, right))
            carry //= 2

    def root(self) -> bytes:
        """Return the root of the tree."""
        return fold(self.hashes) if self.hashes else EMPTY_ROOT

    def pack(self) -> bytes:
        """Return the hashes one after the other, as a database keeps them beside the size."""
        return b"".join(self.hashes)

    @classmethod
    def unpack(cls, size: int, packed: bytes) -> Frontier:
        """Return what :meth:`pack` packed.

        :raises ValueError: where the hashes do not fit the size.
        """
        return cls(size, [packed[at : at + HASH_SIZE] for at in range(0, len(packed), HASH_SIZE)])
