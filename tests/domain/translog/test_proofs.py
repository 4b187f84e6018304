"""Proofs: the published ones, all of every small tree, and none that was tampered with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.translog.hashing import EMPTY_ROOT
from app.domain.translog.proofs import (
    InvalidProof,
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)
from tests.domain.translog import vectors
from tests.domain.translog.trees import LeafReader, extension, path, tree_root

SIZES = range(71)
LEAVES = vectors.leaves(max(SIZES))
ROOTS = [tree_root(LEAVES[:size]) for size in SIZES]
STRANGE = bytes(range(32))


def mutations(proof):
    """Yield every proof made of another by one step: a hash dropped, put in, flipped in one bit, or exchanged."""
    for at in range(len(proof)):
        yield [*proof[:at], *proof[at + 1 :]]
        yield [*proof[:at], bytes([proof[at][0] ^ 1, *proof[at][1:]]), *proof[at + 1 :]]
        yield [*proof[:at], bytes([*proof[at][:-1], proof[at][-1] ^ 0x80]), *proof[at + 1 :]]
    for at in range(len(proof) + 1):
        yield [*proof[:at], STRANGE, *proof[at:]]
    for at in range(len(proof) - 1):
        if proof[at] != proof[at + 1]:
            yield [*proof[:at], proof[at + 1], proof[at], *proof[at + 2 :]]


def refused(check, *arguments):
    try:
        check(*arguments)
    except InvalidProof:
        return True
    return False


@pytest.mark.parametrize(("statement", "names"), vectors.INCLUSION.items())
def test_published_inclusion_proofs_are_made_and_hold(statement, names):
    index, size = statement
    proof = [vectors.NODES[name] for name in names]
    assert prove_inclusion(LeafReader(LEAVES[:size]), index, size) == proof
    verify_inclusion(index, size, LEAVES[index], proof, vectors.ROOTS[size])


@pytest.mark.parametrize(("statement", "names"), vectors.CONSISTENCY.items())
def test_published_consistency_proofs_are_made_and_hold(statement, names):
    old, new = statement
    proof = [vectors.NODES[name] for name in names]
    assert prove_consistency(LeafReader(LEAVES[:new]), old, new) == proof
    verify_consistency(old, new, vectors.ROOTS[old], vectors.ROOTS[new], proof)


@pytest.mark.parametrize("size", SIZES[1:])
def test_every_inclusion_proof_is_the_one_of_the_definition_and_no_other_holds(size):
    leaves, root = LEAVES[:size], ROOTS[size]
    for index in range(size):
        proof = prove_inclusion(LeafReader(leaves), index, size)
        assert proof == path(index, leaves)
        verify_inclusion(index, size, leaves[index], proof, root)
        assert all(
            refused(verify_inclusion, index, size, leaves[index], other, root) for other in mutations(proof)
        )
        assert refused(verify_inclusion, index, size, STRANGE, proof, root)
        assert refused(verify_inclusion, index, size, leaves[index], proof, STRANGE)
        for other in {index - 1, index + 1, index ^ 1, size} - {index}:
            assert refused(verify_inclusion, other, size, leaves[index], proof, root)


@pytest.mark.parametrize("new", SIZES)
def test_every_consistency_proof_is_the_one_of_the_definition_and_no_other_holds(new):
    leaves, new_root = LEAVES[:new], ROOTS[new]
    for old in range(new + 1):
        proof = prove_consistency(LeafReader(leaves), old, new)
        assert proof == (extension(old, leaves) if old else [])
        old_root = ROOTS[old]
        verify_consistency(old, new, old_root, new_root, proof)
        assert all(
            refused(verify_consistency, old, new, old_root, new_root, other) for other in mutations(proof)
        )
        assert refused(verify_consistency, old, new, STRANGE, new_root, proof)
        assert old == 0 or refused(verify_consistency, old, new, old_root, STRANGE, proof)


def test_a_leaf_of_a_fork_is_in_no_proof():
    leaves = LEAVES[:7]
    forked = [*leaves[:3], STRANGE, *leaves[4:]]
    proof = prove_inclusion(LeafReader(forked), 3, 7)
    assert refused(verify_inclusion, 3, 7, STRANGE, proof, ROOTS[7])
    consistency = prove_consistency(LeafReader(forked), 4, 7)
    assert refused(verify_consistency, 4, 7, ROOTS[4], tree_root(forked), consistency)


@given(st.data())
def test_proofs_of_larger_trees_hold_for_their_own_statement_alone(data):
    size = data.draw(st.integers(1, 2000))
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(0, size))
    leaves = vectors.leaves(size)
    root, old_root = tree_root(leaves), tree_root(leaves[:old])
    inclusion = prove_inclusion(LeafReader(leaves), index, size)
    consistency = prove_consistency(LeafReader(leaves), old, size)
    verify_inclusion(index, size, leaves[index], inclusion, root)
    verify_consistency(old, size, old_root, root, consistency)
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != index)) if size > 1 else size
    assert refused(verify_inclusion, other, size, leaves[index], inclusion, root)
    assert all(
        refused(verify_inclusion, index, size, leaves[index], one, root) for one in mutations(inclusion)
    )
    assert all(refused(verify_consistency, old, size, old_root, root, one) for one in mutations(consistency))


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (0, 0), (1, 1), (7, 7)])
def test_there_is_no_proof_of_a_leaf_outside_the_tree(index, size):
    with pytest.raises(ValueError, match="has no leaf"):
        prove_inclusion(LeafReader(LEAVES), index, size)
    with pytest.raises(InvalidProof, match="has no leaf"):
        verify_inclusion(index, size, LEAVES[0], [], LEAVES[0])


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 1), (1, 0)])
def test_no_tree_extends_a_larger_one(old, new):
    with pytest.raises(ValueError, match="does not extend"):
        prove_consistency(LeafReader(LEAVES), old, new)
    with pytest.raises(InvalidProof, match="does not extend"):
        verify_consistency(old, new, LEAVES[0], LEAVES[1], [])


def test_the_empty_tree_has_one_root_and_needs_no_proof():
    verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    verify_consistency(0, 7, EMPTY_ROOT, ROOTS[7], [])
    assert refused(verify_consistency, 0, 7, STRANGE, ROOTS[7], [])
    assert refused(verify_consistency, 0, 7, EMPTY_ROOT, ROOTS[7], [STRANGE])


def test_two_roots_for_one_size_are_a_fork():
    with pytest.raises(InvalidProof, match="two roots for 7 leaves"):
        verify_consistency(7, 7, ROOTS[7], STRANGE, [])


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_hash_of_another_length_is_refused(length):
    with pytest.raises(InvalidProof, match="32 bytes"):
        verify_inclusion(0, 2, LEAVES[0], [bytes(length)], ROOTS[2])
    with pytest.raises(InvalidProof, match="32 bytes"):
        verify_consistency(1, 2, LEAVES[0], ROOTS[2], [bytes(length)])
