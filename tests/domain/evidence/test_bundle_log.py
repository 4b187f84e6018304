"""The log in a bundle: entries, tiles and checkpoint prove what they must, or what does not is named."""

from tests.domain.evidence.opened import FILES, HONEST, STRANGER, codes, found, verified
from tests.support.evidence import (
    OTHER_BALLOT,
    entry,
    indexed,
    small_ballot,
)
from tests.support.translog import checkpoint_of, tree_of


def test_a_checkpoint_of_another_key_or_none_proves_nothing():
    pieces = HONEST.copy()
    pieces.key = STRANGER
    assert codes(pieces.files()) == {"checkpoint-not-signed"}
    assert ("checkpoint-malformed", "log/checkpoint") in found(indexed(FILES | {"log/checkpoint": b"none\n"}))


def test_entries_of_another_log_are_not_in_this_one():
    edge, _ = tree_of([each.leaf for each in HONEST.log[:-1]])
    other = indexed(FILES | {"log/checkpoint": checkpoint_of(edge)})
    assert codes(other) == {"tile-wrong"}


def test_an_entry_changed_under_a_checkpoint_is_not_in_the_log():
    lines = FILES["log/entries.jsonl"].replace(b"09:00:00.250Z", b"09:00:00.251Z")
    assert ("entry-not-in-log", "log/entries.jsonl index 302") in found(
        indexed(FILES | {"log/entries.jsonl": lines})
    )


def test_an_entry_moved_in_the_log_is_not_where_it_says():
    lines = FILES["log/entries.jsonl"].replace(b'"index":302', b'"index":3020')
    named = found(indexed(FILES | {"log/entries.jsonl": lines}))
    assert ("entry-not-in-log", "log/entries.jsonl index 3020") in named


def test_entries_in_another_order_are_named():
    lines = FILES["log/entries.jsonl"].splitlines(keepends=True)
    swapped = b"".join([*lines[:3], lines[4], lines[3], *lines[5:]])
    assert "entry-out-of-order" in codes(indexed(FILES | {"log/entries.jsonl": swapped}))


def test_a_tile_changed_or_left_out_is_named():
    pieces = small_ballot(noise=100)
    pieces.log += [entry("ballot.updated", f"later {number}", OTHER_BALLOT) for number in range(300)]
    files = pieces.files()
    assert verified(files).agrees
    tile = "log/tile/0/000"
    broken = files | {tile: bytes(32) + files[tile][32:]}
    assert found(indexed(broken)) == {("tile-wrong", tile)}
    assert found(indexed({name: each for name, each in files.items() if name != tile})) == {
        ("tile-wrong", tile)
    }
