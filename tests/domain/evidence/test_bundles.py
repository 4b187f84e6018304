"""An honest bundle agrees, and whatever is changed in its files is found and named."""

import json

import pytest

from app.domain.canonical_json import canonical_json
from app.domain.evidence.faults import FAULTS, MOST_OF_A_KIND
from tests.domain.evidence.opened import FILES, HONEST, found, verified
from tests.support.evidence import (
    OTHER_BALLOT,
    indexed,
)


def test_an_honest_bundle_agrees_in_everything():
    report = verified(FILES)
    assert report.agrees
    assert report.unchecked == []
    assert report.checked == {
        "files": 9,
        "log": {"origin": "vote.example/audit", "size": 311},
        "ballot": HONEST.ballot,
        "entries": 10,
        "roll": 7,
        "casts": 7,
        "voters": 6,
        "method": "irv",
        "outcome": "decided",
    }


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_changed_byte_anywhere_is_found_in_its_file(name):
    content = FILES[name]
    step = max(1, len(content) // 40)
    for at in range(0, len(content), step):
        flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        places = {where for code, where in found(FILES | {name: flipped})}
        assert any(where.startswith(name) for where in places) or (name == "evidence.json" and places), at


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_cut_or_grown_is_found(name):
    for content in (b"", FILES[name][:-1], FILES[name] + b"\n"):
        assert any(where.startswith(name) for _, where in found(FILES | {name: content}))


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_missing_file_is_named(name):
    rest = {each: content for each, content in FILES.items() if each != name}
    assert ("file-missing", name) in found(rest)
    if name != "evidence.json":
        assert not verified(indexed(rest)).agrees  # nor does it help to leave it out of the index


def test_a_file_that_nobody_listed_is_named():
    assert found(FILES | {"notes.txt": b"hello"}) == {("file-unlisted", "notes.txt")}


@pytest.mark.parametrize("name", ["notes.txt", "log/tile/0/1", "log/extra", "tile/0/000"])
def test_a_file_that_no_bundle_has_is_named_though_it_is_listed(name):
    assert found(indexed(FILES | {name: b"hello"})) == {("file-unknown", name)}


def test_an_index_of_another_format_is_refused():
    index = json.loads(FILES["evidence.json"])
    for other in (
        {"format": "althing-evidence/2"},
        {"files": []},
        {"files": {"roll.csv": 1}},
        {"origin": None},
    ):
        broken = FILES | {"evidence.json": canonical_json(index | other)}
        assert ("file-malformed", "evidence.json") in found(broken)


def test_an_index_of_another_ballot_or_log_is_found():
    assert found(indexed(FILES, ballot=OTHER_BALLOT)) == {("result-of-another-ballot", "manifest.json")}
    assert found(indexed(FILES, origin="elsewhere.example")) == {
        ("result-of-another-ballot", "log/checkpoint")
    }


@pytest.mark.parametrize("name", sorted(set(FILES) - {"evidence.json"}))
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"null\n",
        b"{}",
        b"[]\n",
        b"\xff\xfe\n",
        b"[" * 100_000,
        b'{"v":2,"v":2}',
        b"1" * 5000,
        b"{}\n{}\n",
    ],
    ids=range(10),
)
def test_a_file_that_is_something_else_is_found_and_no_crash(name, content):
    report = verified(indexed(FILES | {name: content}))
    assert not report.agrees
    assert all(finding.code in FAULTS for finding in report.findings)


def every_place(value, pointer=()):
    """Yield the way to every value inside a JSON document."""
    yield pointer
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in items:
        yield from every_place(each, (*pointer, name))


@pytest.mark.parametrize("name", ["manifest.json", "result.json", "charter.json"])
def test_a_member_of_another_type_is_found_and_no_crash(name):
    document = json.loads(FILES[name])
    places = [place for place in every_place(document) if place]
    for place in places[:: max(1, len(places) // 40)]:
        for value in (None, {}, -1, 2**70, "\u0000", [[]]):
            forged_one = json.loads(FILES[name])
            inner = forged_one
            for step in place[:-1]:
                inner = inner[step]
            if inner[place[-1]] == value and type(inner[place[-1]]) is type(value):
                continue
            inner[place[-1]] = value
            assert not verified(indexed(FILES | {name: canonical_json(forged_one)})).agrees, (place, value)


def test_only_so_many_findings_of_a_kind_are_listed_and_the_rest_counted():
    pieces = HONEST.copy()
    names = [f"notes-{number:03}.txt" for number in range(50)]
    report = verified(pieces.files() | dict.fromkeys(names, b""))
    assert [finding.where for finding in report.findings] == names[:MOST_OF_A_KIND]
    assert report.omitted == {"file-unlisted": 30}
