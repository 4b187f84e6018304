"""Roots: by the published vectors, by the definition for every small size, and kept while a tree grows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.translog.edge import Edge
from app.domain.translog.frontier import Frontier
from app.domain.translog.hashing import EMPTY_ROOT, leaf_hash, node_hash
from app.domain.translog.tiles import InvalidTile
from tests.domain.translog import vectors
from tests.domain.translog.trees import tree_root

NODES = vectors.NODES


def grown(leaves):
    frontier = Frontier()
    for leaf in leaves:
        frontier.push(leaf)
    return frontier


def test_leaves_and_nodes_are_the_published_ones():
    assert [NODES[f"L{index}"] for index in range(7)] == vectors.leaves(7)
    assert node_hash(NODES["L0"], NODES["L1"]) == NODES["N01"]
    assert node_hash(NODES["N01"], NODES["N23"]) == NODES["N0123"]
    assert node_hash(NODES["N45"], NODES["L6"]) == NODES["N456"]
    assert node_hash(NODES["N0123"], NODES["N456"]) == vectors.ROOTS[7]


def test_roots_are_the_published_ones():
    frontier, edge = Frontier(), Edge()
    found = {0: (frontier.root(), edge.root())}
    for size in range(1, max(vectors.ROOTS) + 1):
        leaf = leaf_hash(vectors.entry(size - 1))
        frontier.push(leaf)
        edge.push(leaf)
        if size in vectors.ROOTS:
            found[size] = (frontier.root(), edge.root())
    assert found == {size: (root, root) for size, root in vectors.ROOTS.items()}


def test_the_reference_tree_of_certificate_transparency_has_its_roots():
    leaves = [leaf_hash(entry) for entry in vectors.CT_LEAVES]
    assert [grown(leaves[: size + 1]).root() for size in range(8)] == vectors.CT_ROOTS


@pytest.mark.parametrize("size", range(71))
def test_the_root_is_the_one_of_the_definition(size):
    leaves = vectors.leaves(size)
    frontier = grown(leaves)
    assert frontier.size == size
    assert frontier.root() == tree_root(leaves)


@given(st.lists(st.binary(max_size=9), max_size=700))
def test_frontier_and_edge_agree_at_any_size(entries):
    leaves = list(map(leaf_hash, entries))
    frontier, edge = grown(leaves), Edge()
    for leaf in leaves:
        edge.push(leaf)
    assert edge.size == len(leaves)
    assert edge.frontier() == frontier
    assert edge.root() == frontier.root() == tree_root(leaves)


@given(st.integers(0, 300), st.integers(0, 20))
def test_a_frontier_kept_and_read_again_grows_on(size, more):
    leaves = vectors.leaves(size + more)
    kept = grown(leaves[:size])
    again = Frontier.unpack(size, kept.pack())
    for leaf in leaves[size:]:
        again.push(leaf)
    assert again.root() == tree_root(leaves)


@pytest.mark.parametrize(
    ("size", "packed"),
    [(1, b""), (0, bytes(32)), (3, bytes(32)), (1, bytes(31)), (3, bytes(63)), (-1, bytes(32))],
)
def test_a_frontier_that_no_tree_has_is_refused(size, packed):
    with pytest.raises(ValueError, match=r"perfect subtrees|32 bytes"):
        Frontier.unpack(size, packed)


def test_a_full_row_is_no_edge():
    with pytest.raises(InvalidTile, match="no edge"):
        Edge([vectors.leaves(256)])


def test_an_empty_tree_has_the_hash_of_nothing():
    assert Edge().root() == EMPTY_ROOT == vectors.ROOTS[0]
