"""Trees written as RFC 9162 defines them, recursively and in full: what the code is compared with."""

from app.domain.translog.hashing import EMPTY_ROOT, node_hash


def split(size):
    """Return the largest power of two below a size."""
    half = 1
    while 2 * half < size:
        half *= 2
    return half


def tree_root(leaves):
    """Return MTH(D[n]) of leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    half = split(len(leaves))
    return node_hash(tree_root(leaves[:half]), tree_root(leaves[half:]))


def path(index, leaves):
    """Return PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if index < half:
        return [*path(index, leaves[:half]), tree_root(leaves[half:])]
    return [*path(index - half, leaves[half:]), tree_root(leaves[:half])]


def extension(old, leaves, *, whole=True):
    """Return PROOF(m, D[n])."""
    if old == len(leaves):
        return [] if whole else [tree_root(leaves)]
    half = split(len(leaves))
    if old <= half:
        return [*extension(old, leaves[:half], whole=whole), tree_root(leaves[half:])]
    return [*extension(old - half, leaves[half:], whole=False), tree_root(leaves[:half])]


class LeafReader:
    """Reads subtrees by hashing all of their leaves."""

    def __init__(self, leaves):
        self._leaves = leaves

    def read(self, subtrees):
        return [
            tree_root(self._leaves[each.index << each.height : (each.index + 1) << each.height])
            for each in subtrees
        ]
