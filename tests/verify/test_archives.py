"""Bundles as they come in from outside: folders and archives, honest and hostile."""

import os
import stat
import struct
import zipfile

import pytest

from app.domain.evidence.faults import DamagedFile
from app.verify import archives
from app.verify.archives import RefusedBundle, open_bundle
from tests.support.evidence import write_archive
from tests.support.translog import write_files

FILES = {"evidence.json": b"{}", "log/tile/0/000.p/7": bytes(224), "roll.csv": b"voter,weight\r\n" * 100}


def contents(bundle):
    read = {}
    for name in bundle.names():
        with bundle.open(name) as stream:
            read[name] = stream.read()
    return read


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_is_read_as_it_was_packed(tmp_path, packing):
    assert contents(open_bundle(write_archive(tmp_path / "bundle.zip", FILES, packing))) == FILES


def test_a_folder_is_read_as_it_lies_there(tmp_path):
    assert contents(open_bundle(write_files(tmp_path, FILES))) == FILES


def test_folders_that_an_archive_names_are_passed_over(tmp_path):
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
        archive.mkdir("log")
        archive.writestr("log/checkpoint", b"text")
    assert contents(open_bundle(tmp_path / "bundle.zip")) == {"log/checkpoint": b"text"}


@pytest.mark.parametrize(
    "name",
    [
        "../roll.csv",
        "log/../../roll.csv",
        "/roll.csv",
        "C:/roll.csv",
        "log\\roll.csv",
        "log//roll.csv",
        "./roll.csv",
        ".hidden",
        "log/.hidden",
        "ROLL.CSV",
        "r\u00f4le.csv",
        "roll.csv\u202e",
        "a" * 201,
        "ro\nll.csv",
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path, name):
    path = write_archive(tmp_path / "bundle.zip", {"evidence.json": b"{}", name: b"x"})
    with pytest.raises(RefusedBundle, match=r"no name of a file|no ZIP archive"):
        open_bundle(path)


def test_a_name_that_comes_twice_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
        archive.writestr("roll.csv", b"one")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("roll.csv", b"two")
    with pytest.raises(RefusedBundle, match=r"roll\.csv is there twice"):
        open_bundle(tmp_path / "bundle.zip")


def test_a_name_that_is_file_and_folder_is_refused(tmp_path):
    path = write_archive(tmp_path / "bundle.zip", {"log": b"x", "log/": b""})
    with pytest.raises(RefusedBundle, match="twice"):
        open_bundle(path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_a_link_or_device_in_an_archive_is_refused(tmp_path, kind):
    info = zipfile.ZipInfo("roll.csv")
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
        archive.writestr(info, b"elsewhere")
    with pytest.raises(RefusedBundle, match="link or a device"):
        open_bundle(tmp_path / "bundle.zip")


@pytest.mark.parametrize("target", ["roll.csv", "."])
def test_a_link_in_a_folder_is_refused(tmp_path, target):
    folder = write_files(tmp_path / "bundle", FILES)
    (folder / "log" / "checkpoint").symlink_to(folder / target)
    with pytest.raises(RefusedBundle, match="log/checkpoint is a link or a device"):
        open_bundle(folder)


def test_a_pipe_in_a_folder_is_refused(tmp_path):
    folder = write_files(tmp_path / "bundle", FILES)
    os.mkfifo(folder / "casts.jsonl")
    with pytest.raises(RefusedBundle, match=r"casts\.jsonl is a link or a device"):
        open_bundle(folder)


def test_a_link_put_in_a_file_s_place_meanwhile_is_not_followed(tmp_path):
    folder = write_files(tmp_path / "bundle", FILES)
    bundle = open_bundle(folder)
    (folder / "roll.csv").unlink()
    (folder / "roll.csv").symlink_to(folder / "evidence.json")
    with pytest.raises(OSError, match=r"roll\.csv"):
        bundle.open("roll.csv")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = write_archive(tmp_path / "bundle.zip", {"casts.jsonl": bytes(archives.EXPANSION_ALLOWANCE * 2)})
    assert path.stat().st_size < 200_000
    with pytest.raises(RefusedBundle, match="would unpack to 134,217,728 bytes"):
        open_bundle(path)


def test_many_small_bombs_are_one_bomb(tmp_path):
    part = bytes(archives.EXPANSION_ALLOWANCE // 8)
    path = write_archive(tmp_path / "bundle.zip", {f"part-{number}": part for number in range(9)})
    with pytest.raises(RefusedBundle, match="would unpack"):
        open_bundle(path)


def test_more_files_than_any_bundle_has_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_FILES", 2)
    for path in (write_archive(tmp_path / "bundle.zip", FILES), write_files(tmp_path / "bundle", FILES)):
        with pytest.raises(RefusedBundle, match="more than 2 files"):
            open_bundle(path)


def test_a_folder_larger_than_any_bundle_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST_BUNDLE", 1000)
    with pytest.raises(RefusedBundle, match="more than 1,000"):
        open_bundle(write_files(tmp_path / "bundle", FILES))


def patched(path, signature, offset, value):
    """Overwrite two bytes at an offset from the first header with a signature, in place."""
    data = bytearray(path.read_bytes())
    struct.pack_into("<H", data, data.index(signature) + offset, value)
    path.write_bytes(data)
    return path


DIRECTORY = b"PK\x01\x02"


def test_an_encrypted_or_strangely_packed_file_is_refused(tmp_path):
    encrypted = patched(write_archive(tmp_path / "one.zip", FILES), DIRECTORY, 8, 1)
    strange = patched(write_archive(tmp_path / "two.zip", FILES), DIRECTORY, 10, zipfile.ZIP_LZMA)
    for path in (encrypted, strange):
        with pytest.raises(RefusedBundle, match="encrypted, or packed otherwise"):
            open_bundle(path)


def test_a_file_whose_bytes_are_not_those_of_its_checksum_is_damaged(tmp_path):
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = write_archive(tmp_path / "bundle.zip", FILES, packing)
        data = bytearray(path.read_bytes())
        data[data.index(b"roll.csv") + len(b"roll.csv") + 3] ^= 0x55
        path.write_bytes(data)
        bundle = open_bundle(path)
        with pytest.raises(DamagedFile), bundle.open("roll.csv") as stream:
            stream.read()


def test_a_file_that_says_it_is_smaller_yields_no_more(tmp_path):
    path = write_archive(tmp_path / "bundle.zip", {"roll.csv": b"x" * 1000})
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(DIRECTORY) + 24, 10)
    path.write_bytes(data)
    with pytest.raises(DamagedFile), open_bundle(path).open("roll.csv") as stream:
        stream.read()


def test_a_directory_that_names_another_file_than_lies_there_is_damaged(tmp_path):
    path = write_archive(tmp_path / "bundle.zip", FILES)
    data = path.read_bytes()
    at = data.rindex(b"roll.csv")
    path.write_bytes(data[:at] + b"role.csv" + data[at + 8 :])
    with pytest.raises(DamagedFile), open_bundle(path).open("role.csv"):
        pass


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "bundle.zip").write_bytes(content)
    with pytest.raises(RefusedBundle, match="no ZIP archive"):
        open_bundle(tmp_path / "bundle.zip")


def test_a_name_that_is_not_there_is_no_file(tmp_path):
    for path in (write_archive(tmp_path / "bundle.zip", FILES), write_files(tmp_path / "bundle", FILES)):
        with pytest.raises(KeyError):
            open_bundle(path).open("result.json")
