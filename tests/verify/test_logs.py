"""Following a log: growth is accepted, and whatever else became of it is found and named."""

import json

import pytest

from app.domain.translog.signed_notes import SignedNote, sign
from app.domain.translog.tiles import Tile
from app.verify import following, state
from app.verify.__main__ import main
from tests.support.signing import SigningKey
from tests.support.translog import (
    LOG_KEY,
    ORIGIN,
    WITNESS_KEY,
    checkpoint_of,
    log_of,
    tree_of,
    write_files,
)
from tests.verify.serving import served

VKEY = LOG_KEY.verifier.vkey


def entries(size, prefix="entry"):
    return [f"{prefix}-{index}".encode() for index in range(size)]


@pytest.fixture
def run(capsys, tmp_path):
    """Run the command on a log and return its status and report."""

    def run_on(log, *options, kept=True):
        keeping = ["--state", str(tmp_path / "state.json")] if kept else []
        status = main(["log", str(log), "--key", VKEY, "--json", *keeping, *options])
        return status, json.loads(capsys.readouterr().out)

    return run_on


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "log"


def found(report):
    return [(finding["code"], finding["where"]) for finding in report["findings"]]


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 300, 511, 512, 513])
def test_an_honest_log_agrees_in_every_entry(run, folder, size):
    write_files(folder, log_of(entries(size)))
    assert run(folder) == (
        0,
        {
            "command": "log",
            "agrees": True,
            "findings": [],
            "omitted": {},
            "checked": {"log": {"origin": ORIGIN, "size": size}, "entries": size},
            "unchecked": [],
        },
    )


def test_a_log_that_grows_is_followed_from_where_the_last_run_ended(run, folder):
    last = None
    for size in (0, 1, 255, 256, 300, 300, 600, 1030):
        write_files(folder, log_of(entries(size)))
        status, report = run(folder)
        assert (status, report["findings"]) == (0, [])
        assert report["checked"].get("extends") == last
        read_before = 0 if last is None else last // 256 * 256
        assert report["checked"]["entries"] == size - read_before
        last = size


def test_a_grown_log_is_fetched_from_where_the_last_run_ended(run, folder):
    write_files(folder, log_of(entries(600)))
    run(folder)
    write_files(folder, log_of(entries(900)))
    with served(folder) as (address, asked):
        assert run(address)[0] == 0
    bundles = [path for path in asked if path.startswith("/tile/entries/")]
    assert bundles == ["/tile/entries/002", "/tile/entries/003.p/132"]


def test_partial_tiles_that_were_taken_away_are_cut_from_the_full_ones(run, folder):
    # The log may have grown between our reading of its checkpoint and of its tiles.
    files = log_of(entries(600))
    later = {path: data for path, data in log_of(entries(768)).items() if path != "checkpoint"}
    files = {path: data for path, data in files.items() if ".p/" not in path or path.startswith("tile/1")}
    write_files(folder, later | files)
    assert run(folder)[0] == 0


# --- forks, rollbacks, rewritten logs -----------------------------------------------------------------------


def test_a_log_that_shrank_is_named_and_the_larger_checkpoint_kept(run, folder):
    write_files(folder, log_of(entries(300)))
    run(folder)
    write_files(folder, log_of(entries(299)))
    for _ in range(2):
        status, report = run(folder)
        assert (status, found(report)) == (1, [("log-shrank", "checkpoint")])
    write_files(folder, log_of(entries(301)))
    assert run(folder)[0] == 0


@pytest.mark.parametrize("size", [300, 301, 700])
def test_a_log_with_another_past_is_a_fork(run, folder, size):
    write_files(folder, log_of(entries(300)))
    run(folder)
    other = entries(size)
    other[7] = b"rewritten"
    write_files(folder, log_of(other))
    status, report = run(folder)
    assert (status, found(report)) == (1, [("log-forked", "checkpoint")])
    write_files(folder, log_of(entries(size)))
    assert run(folder)[0] == 0


@pytest.mark.parametrize("change", ["dropped", "added", "reordered"])
def test_a_log_rewritten_under_its_old_key_is_a_fork(run, folder, change):
    write_files(folder, log_of(entries(300)))
    run(folder)
    other = entries(400)
    if change == "dropped":
        del other[100]
    elif change == "added":
        other.insert(100, b"stuffed")
    else:
        other[100], other[101] = other[101], other[100]
    write_files(folder, log_of(other))
    assert found(run(folder)[1]) == [("log-forked", "checkpoint")]


def test_a_checkpoint_that_another_key_signed_is_not_the_log_s(run, folder):
    thief = SigningKey.of(ORIGIN, bytes(32))
    other = SigningKey.of("other.example", bytes(range(32)))
    for key in (thief, other):
        write_files(folder, log_of(entries(3), key))
        status, report = run(folder)
        assert (status, found(report)) == (1, [("checkpoint-not-signed", "checkpoint")])


def test_a_checkpoint_of_another_tree_is_named(run, folder):
    edge, _ = tree_of([*entries(299), b"another"])
    write_files(folder, log_of(entries(300)) | {"checkpoint": checkpoint_of(edge)})
    assert found(run(folder)[1]) == [("root-differs", "checkpoint")]


@pytest.mark.parametrize("size", [299, 301])
def test_a_checkpoint_of_another_size_is_named(run, folder, size):
    edge, _ = tree_of(entries(size))
    write_files(folder, log_of(entries(300)) | {"checkpoint": checkpoint_of(edge)})
    status, report = run(folder)
    assert status == 1
    assert {code for code, _ in found(report)} <= {"tile-wrong", "entries-wrong", "root-differs"}


# --- single changes to the files ----------------------------------------------------------------------------


SMALL = log_of(entries(600))


@pytest.mark.parametrize("path", sorted(SMALL))
def test_a_changed_byte_anywhere_is_found_in_its_file(run, folder, path):
    content = SMALL[path]
    for at in range(0, len(content), max(1, len(content) // 9)):
        flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        write_files(folder, SMALL | {path: flipped})
        status, report = run(folder, kept=False)
        assert status == 1
        assert [where.split()[0] for _, where in found(report)] == [path], at


@pytest.mark.parametrize("path", sorted(SMALL))
def test_a_file_cut_grown_emptied_or_missing_is_found_by_name(run, folder, path):
    for content in (b"", SMALL[path][:-1], SMALL[path] + b"\0"):
        write_files(folder, SMALL | {path: content})
        status, report = run(folder, kept=False)
        assert (status, [where.split()[0] for _, where in found(report)]) == (1, [path])
    write_files(folder, {each: content for each, content in SMALL.items() if each != path})
    status, report = run(folder, kept=False)
    assert (status, [where.split()[0] for _, where in found(report)]) == (1, [path])


def test_every_altered_bundle_is_named_not_the_first_alone(run, folder):
    altered = {path: data.replace(b"7", b"8", 1) for path, data in SMALL.items() if "entries" in path}
    write_files(folder, SMALL | altered)
    assert [where for _, where in found(run(folder)[1])] == [
        "tile/entries/000 entry 7",
        "tile/entries/001 entry 257",
        "tile/entries/002.p/88 entry 517",
    ]


def test_exchanged_entries_and_exchanged_bundles_are_named(run, folder):
    path, other = "tile/entries/000", "tile/entries/001"
    swapped = SMALL[path].replace(b"entry-10\0", b"entry-XX\0").replace(b"entry-11\0", b"entry-10\0")
    write_files(folder, SMALL | {path: swapped.replace(b"entry-XX\0", b"entry-11\0")})
    assert found(run(folder, kept=False)[1]) == [("entries-wrong", "tile/entries/000 entry 10")]
    write_files(folder, SMALL | {path: SMALL[other], other: SMALL[path]})
    assert found(run(folder, kept=False)[1]) == [
        ("entries-wrong", "tile/entries/000 entry 0"),
        ("entries-wrong", "tile/entries/001 entry 256"),
    ]


def test_a_bundle_rewritten_with_its_tile_is_still_not_under_the_checkpoint(run, folder):
    other = entries(600)
    other[5] = b"rewritten"
    forged = log_of(other)
    for names in (["tile/entries/000", "tile/0/000"], ["tile/entries/000", "tile/0/000", "tile/1/000.p/2"]):
        write_files(folder, SMALL | {name: forged[name] for name in names})
        assert run(folder, kept=False)[0] == 1


# --- state --------------------------------------------------------------------------------------------------


def test_a_fault_is_met_again_by_the_next_run(run, folder):
    write_files(folder, SMALL | {"tile/entries/001": SMALL["tile/entries/000"]})
    for _ in range(2):
        assert [code for code, _ in found(run(folder)[1])] == ["entries-wrong"]
    write_files(folder, SMALL)
    assert run(folder)[1]["checked"]["entries"] == 600


def test_a_long_run_that_was_cut_off_goes_on_where_it_was(run, folder, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(following, "STEP", 256)
    write_files(folder, SMALL)
    (folder / "tile/entries/001").rename(tmp_path / "aside")
    (folder / "tile/entries/001").mkdir()  # reading it fails, as when a disk or a network does
    assert main(["log", str(folder), "--key", VKEY, "--state", str(tmp_path / "state.json")]) == 2
    assert "256 of 600 entries" in capsys.readouterr().err
    (folder / "tile/entries/001").rmdir()
    (tmp_path / "aside").rename(folder / "tile/entries/001")
    status, report = run(folder)
    assert (status, report["checked"]["entries"]) == (0, 344)


def test_the_state_is_replaced_whole(tmp_path, folder, run, monkeypatch):
    write_files(folder, log_of(entries(10)))
    run(folder)
    before = (tmp_path / "state.json").read_bytes()

    def fail(_):
        raise OSError("disk full")

    monkeypatch.setattr(state.os, "fsync", fail)
    write_files(folder, log_of(entries(20)))
    status, report = run(folder)
    assert (status, report["error"]) == (2, "disk full")
    assert (tmp_path / "state.json").read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        "[" * 100_000,
        '{"format":"althing-log-state/2","verified":[],"checkpoint":""}',
        '{"format":"althing-log-state/1","verified":[["00"]],"checkpoint":""}',
        '{"format":"althing-log-state/1","verified":[],"checkpoint":7}',
        '{"format":"althing-log-state/1","verified":[],"checkpoint":"no checkpoint"}',
    ],
    ids=range(8),
)
def test_a_file_that_is_no_state_is_not_written_over(run, folder, tmp_path, content):
    write_files(folder, log_of(entries(3)))
    (tmp_path / "state.json").write_text(content)
    assert run(folder)[0] == 2
    assert (tmp_path / "state.json").read_text() == content


def test_the_state_of_another_log_is_refused(run, folder, tmp_path, capsys):
    other = SigningKey.of("other.example", bytes(32))
    write_files(folder, log_of(entries(3), other))
    assert (
        main(["log", str(folder), "--key", other.verifier.vkey, "--state", str(tmp_path / "state.json")]) == 0
    )
    capsys.readouterr()
    write_files(folder, log_of(entries(3)))
    assert run(folder)[0] == 2


def test_an_edge_that_was_tampered_with_makes_no_root(run, folder, tmp_path):
    write_files(folder, log_of(entries(300)))
    run(folder)
    path = tmp_path / "state.json"
    kept = json.loads(path.read_text())
    kept["verified"][1][0] = "00" * 32
    path.write_text(json.dumps(kept))
    assert found(run(folder)[1]) == [("root-differs", "checkpoint")]


# --- witnesses, servers -------------------------------------------------------------------------------------


def test_a_witness_that_is_demanded_must_have_cosigned(run, folder):
    files = log_of(entries(3))
    write_files(folder, files)
    witness = ["--witness", WITNESS_KEY.verifier.vkey]
    assert found(run(folder, *witness, kept=False)[1]) == [("checkpoint-not-signed", "checkpoint")]
    note = SignedNote.parse(files["checkpoint"])
    cosigned = note.with_signature(sign(note.text, WITNESS_KEY.verifier, WITNESS_KEY.sign, time=1767000000))
    write_files(folder, files | {"checkpoint": cosigned.encode()})
    assert run(folder, *witness, kept=False)[0] == 0


def test_a_log_is_read_over_http_with_a_token(run, folder, tmp_path):
    write_files(folder, SMALL)
    (tmp_path / "token").write_text("s3cret\n")
    with served(folder, token="s3cret") as (address, _):
        assert run(address, "--bearer-file", str(tmp_path / "token"))[0] == 0
        status, report = run(address)
        assert (status, report["error"]) == (2, "the server answers 401 for keys")


@pytest.mark.parametrize("status", [301, 302, 500, 503])
def test_a_server_that_fails_or_sends_elsewhere_is_no_finding(run, folder, status):
    write_files(folder, SMALL)
    with served(folder, status=status) as (address, asked):
        code, report = run(address)
        assert (code, report["error"]) == (2, f"the server answers {status} for keys")
        assert asked == ["/keys"]


def test_what_a_server_does_not_have_is_a_finding(run, folder):
    write_files(folder, {path: data for path, data in SMALL.items() if path != "tile/entries/001"})
    with served(folder) as (address, _):
        assert found(run(address)[1]) == [("entries-wrong", "tile/entries/001")]


def test_a_server_that_is_not_there_is_unreadable(run):
    assert run("http://127.0.0.1:9/")[0] == 2
    assert run("there/is/no/such/folder")[0] == 2


def test_an_answer_without_end_is_cut_off(run, folder):
    tile = Tile(0, 0).path
    write_files(folder, SMALL | {tile: bytes(1_000_000), "tile/entries/001": bytes(20_000_000)})
    assert [where for _, where in found(run(folder)[1])] == [tile, "tile/entries/001"]
