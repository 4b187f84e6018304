"""Proofs: that an entry is in a tree, and that a tree extends an earlier one (RFC 9162 sections 2.1.3, 2.1.4).

Making one reads only the hashes on the way. Checking one takes the statement, the proof and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.domain.translog.hashing import EMPTY_ROOT, HASH_SIZE, node_hash
from app.domain.translog.subtrees import HashReader, Range, read_ranges

LONGEST_PROOF = 63
"""Most hashes of a proof in a tree of fewer than 2^63 leaves."""


class InvalidProof(ValueError):
    """A proof that does not prove what it is for; the message says why."""


def prove_inclusion(reader: HashReader, index: int, size: int) -> list[bytes]:
    """Return the inclusion proof of a leaf, from the leaf upwards: PATH(index, D[size]).

    :raises ValueError: unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    ranges = []
    start, end = 0, size
    while end - start > 1:
        middle = _middle(start, end)
        if index < middle:
            ranges.append(Range(middle, end))
            end = middle
        else:
            ranges.append(Range(start, middle))
            start = middle
    return read_ranges(reader, ranges[::-1])


def prove_consistency(reader: HashReader, old: int, new: int) -> list[bytes]:
    """Return the proof that the tree of ``new`` leaves extends the one of ``old``: PROOF(old, D[new]).

    It is empty where the sizes are equal, and where there was nothing yet.

    :raises ValueError: unless 0 <= old <= new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not extend one of {old}")
    if old == 0:
        return []
    ranges = []
    start, end = 0, new
    while end != old:
        middle = _middle(start, end)
        if old <= middle:
            ranges.append(Range(middle, end))
            end = middle
        else:
            ranges.append(Range(start, middle))
            start = middle
    if start:  # else what is left is the old tree itself, whose root is known
        ranges.append(Range(start, end))
    return read_ranges(reader, ranges[::-1])


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check an inclusion proof by RFC 9162 section 2.1.3.2.

    :param leaf: the leaf's hash.
    :raises InvalidProof: where it does not show that this leaf stands there in the tree with this root.
    """
    _check_hashes([leaf, root, *proof])
    if not 0 <= index < size:
        raise InvalidProof(f"a tree of {size} leaves has no leaf {index}")
    found = leaf
    for step, on_left in zip(proof, _sides(index, size - 1, len(proof)), strict=True):
        found = node_hash(step, found) if on_left else node_hash(found, step)
    if found != root:
        raise InvalidProof("the proof leads to another root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check a consistency proof by RFC 9162 section 2.1.4.2.

    What the RFC leaves open: every tree extends the empty one and every tree extends itself, by an empty proof.

    :raises InvalidProof: where it does not show that the new tree begins with the leaves of the old one.
    """
    _check_hashes([old_root, new_root, *proof])
    if not 0 <= old <= new:
        raise InvalidProof(f"a tree of {new} leaves does not extend one of {old}")
    if old in (0, new):
        if proof:
            raise InvalidProof("there is nothing to prove, yet there is a proof")
        if old_root != (new_root if old == new else EMPTY_ROOT):
            raise InvalidProof(f"there are two roots for {old} leaves")
        return
    if not proof:
        raise InvalidProof("the proof is empty")
    first, *rest = [old_root, *proof] if old.bit_count() == 1 else proof
    height = (
        old & -old
    ).bit_length() - 1  # of the last perfect subtree of the old tree, where both ways begin
    sides = _sides((old - 1) >> height, (new - 1) >> height, len(rest))
    found_old = found_new = first
    for step, on_left in zip(rest, sides, strict=True):
        if on_left:
            found_old = node_hash(step, found_old)
        found_new = node_hash(step, found_new) if on_left else node_hash(found_new, step)
    if found_old != old_root:
        raise InvalidProof("the proof leads to another old root")
    if found_new != new_root:
        raise InvalidProof("the proof leads to another new root")


def _sides(place: int, last: int, steps: int) -> Iterator[bool]:
    """Say of each hash of a proof whether it stands on the left, on the way up from one node of a level.

    :param place: of the node on its level, from 0 (fn in the RFC).
    :param last: place of the last node on that level (sn).
    :param steps: hashes in the proof.
    :raises InvalidProof: where the way is shorter or longer than the proof.
    """
    for _ in range(steps):
        if last == 0:
            raise InvalidProof("the proof is longer than the way to the root")
        on_left = place % 2 == 1 or place == last
        while on_left and place and place % 2 == 0:  # a node without a sibling moves up as it is
            place, last = place >> 1, last >> 1
        yield on_left
        place, last = place >> 1, last >> 1
    if last:
        raise InvalidProof("the proof ends before the root")


def _middle(start: int, end: int) -> int:
    """Return where the left child of a node ends: it holds the largest power of two below its leaves."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(each) != HASH_SIZE for each in hashes):
        raise InvalidProof(f"a hash has {HASH_SIZE} bytes")
