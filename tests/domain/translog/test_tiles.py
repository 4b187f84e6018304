"""Tiles: where they lie, what they hold, and proofs that need only those on the way."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.translog.edge import Edge
from app.domain.translog.entries import InvalidEntries, decode_entries, encode_entries
from app.domain.translog.proofs import (
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)
from app.domain.translog.subtrees import Subtree
from app.domain.translog.tiles import InvalidTile, Tile, TileReader, tiles_of
from tests.domain.translog import vectors
from tests.domain.translog.trees import tree_root

SIZE = 70_000


@pytest.fixture(scope="module")
def tiles():
    """Return all tiles of a tree of 70,000 leaves, as they were written while it grew, by path."""
    return written(SIZE)


def written(size):
    edge, kept = Edge(), {}
    for index in range(size):
        for tile, data in edge.push(vectors.leaf(index)):
            kept[tile.path] = data
    return kept | {tile.path: data for tile, data in edge.partial_tiles()}


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(3, 999, 1), "tile/3/999.p/1"),
        (Tile(10, 1000, 255), "tile/10/x001/000.p/255"),
    ],
)
def test_a_tile_has_one_path(tile, path):
    assert tile.path == path
    assert Tile.parse(path) == tile


def test_entries_lie_beside_the_tiles():
    assert Tile(0, 1234067).entries_path == "tile/entries/x001/x234/067"
    assert Tile(0, 273, 112).entries_path == "tile/entries/273.p/112"


@given(st.integers(0, 63), st.integers(0, 2**63), st.integers(1, 256))
def test_every_path_leads_back_to_its_tile(level, index, width):
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile
    assert tile.full == Tile(level, index)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000/",
        "tile/0/../000",
        "/tile/0/000",
        "tile/entries/000",
        "tile/0/000\n",
        "tile/0/" + "x001/" * 30 + "000",
        "tile/0/\u0660\u0660\u0660",
    ],
)
def test_other_spellings_are_no_paths(path):
    with pytest.raises(InvalidTile):
        Tile.parse(path)


def test_seventy_thousand_leaves_have_the_published_tiles(tiles):
    expected = [f"tile/0/{index:03}" for index in range(273)]
    expected += ["tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]
    assert [tile.path for tile in tiles_of(SIZE)] == expected
    assert set(tiles) == set(expected)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537])
def test_the_tiles_to_write_are_those_of_the_tree(size):
    named = dict.fromkeys(tiles_of(size))
    edge = Edge()
    full = {tile for index in range(size) for tile, _ in edge.push(vectors.leaf(index))}
    assert set(named) == full | {tile for tile, _ in edge.partial_tiles()}


@given(st.integers(0, 70_000), st.integers(0, 70_000))
def test_a_tree_that_grew_adds_what_it_did_not_have(one, other):
    old, new = sorted((one, other))
    before = set(tiles_of(old))
    added = list(tiles_of(new, since=old))
    assert added == [tile for tile in tiles_of(new) if tile not in before]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 300, 65_535, 65_536, 65_537])
def test_an_edge_read_from_its_tiles_is_that_of_the_tree(tiles, size):
    edge, grown = Edge.read(size, cut_from(tiles)), Edge()
    for index in range(size):
        grown.push(vectors.leaf(index))
    assert (edge.size, edge.rows, edge.root()) == (size, grown.rows, grown.root())
    for each in (edge, grown):
        each.push(vectors.leaf(size))
    assert edge.root() == grown.root()


class Counting:
    """Fetches tiles and remembers which."""

    def __init__(self, tiles):
        self.tiles, self.fetched = tiles, []

    def __call__(self, tile):
        self.fetched.append(tile.path)
        return self.tiles[tile.path]


def cut_from(tiles):
    """Return a fetch of the tiles of any smaller tree: cut from those it has grown into."""

    def fetch(tile):
        wider = (replace(tile, width=width).path for width in range(256, tile.width - 1, -1))
        return next(tiles[path] for path in wider if path in tiles)[: tile.width * 32]

    return fetch


@given(st.integers(0, SIZE - 1))
def test_an_inclusion_proof_needs_the_tiles_on_the_way_alone(tiles, index):
    fetch = Counting(tiles)
    proof = prove_inclusion(TileReader(SIZE, fetch), index, SIZE)
    verify_inclusion(index, SIZE, vectors.leaf(index), proof, vectors.ROOTS[SIZE])
    # Of each level, the tile on the way up and the one on the right edge.
    assert len(fetch.fetched) == len(set(fetch.fetched)) <= 5


@given(st.integers(0, SIZE))
def test_a_consistency_proof_needs_the_tiles_on_the_way_alone(tiles, old):
    fetch = Counting(tiles)
    proof = prove_consistency(TileReader(SIZE, fetch), old, SIZE)
    old_root = Edge.read(old, cut_from(tiles)).root()
    verify_consistency(old, SIZE, old_root, vectors.ROOTS[SIZE], proof)
    assert len(fetch.fetched) == len(set(fetch.fetched)) <= 5


@pytest.mark.parametrize("subtree", [Subtree(0, SIZE), Subtree(16, 1), Subtree(8, 273), Subtree(30, 0)])
def test_a_subtree_outside_the_tree_is_refused(tiles, subtree):
    with pytest.raises(InvalidTile):
        TileReader(SIZE, lambda tile: tiles[tile.path]).read([subtree])


def test_a_tile_of_another_length_is_refused(tiles):
    with pytest.raises(InvalidTile, match="tile/0/000 has 8191 bytes, not 8192"):
        prove_inclusion(TileReader(SIZE, lambda tile: tiles[tile.path][:-1]), 0, SIZE)


@pytest.mark.parametrize("size", [1, 2, 7, 255, 256, 257, 300])
def test_roots_of_tiles_are_those_of_the_leaves(size):
    kept = written(size)
    assert kept["tile/0/000" + (f".p/{size}" if size < 256 else "")] == b"".join(
        vectors.leaves(min(size, 256))
    )
    if size >= 256:
        assert kept["tile/1/000.p/1"] == tree_root(vectors.leaves(256))


def test_the_bundle_of_seven_entries_is_the_published_one():
    entries = [vectors.entry(index) for index in range(7)]
    assert encode_entries(entries) == vectors.BUNDLE_OF_7
    assert decode_entries(vectors.BUNDLE_OF_7, 7) == entries


@given(st.lists(st.binary(max_size=300), max_size=30))
def test_a_bundle_is_read_as_it_was_written(entries):
    assert decode_entries(encode_entries(entries), len(entries)) == entries


def test_an_entry_has_at_most_65535_bytes():
    longest = bytes(65_535)
    assert decode_entries(encode_entries([longest]), 1) == [longest]
    with pytest.raises(InvalidEntries, match="65536 bytes"):
        encode_entries([bytes(65_536)])


@pytest.mark.parametrize("cut", range(1, len(vectors.BUNDLE_OF_7)))
def test_a_bundle_cut_anywhere_is_refused(cut):
    with pytest.raises(InvalidEntries):
        decode_entries(vectors.BUNDLE_OF_7[:-cut], 7)


@pytest.mark.parametrize(
    ("bundle", "number"),
    [(vectors.BUNDLE_OF_7, 6), (vectors.BUNDLE_OF_7, 8), (vectors.BUNDLE_OF_7 + b"\0", 7), (b"\0\0", 0)],
)
def test_a_bundle_of_another_number_is_refused(bundle, number):
    with pytest.raises(InvalidEntries):
        decode_entries(bundle, number)
