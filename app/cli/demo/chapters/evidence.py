"""Chapter 11: the auditor takes log and evidence home, and has them verified by a program that needs no server."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from app.cli.demo.client import ApiError
from app.cli.demo.portal import Ballot
from app.cli.demo.recount import Finding
from app.cli.demo.scene import Scene
from app.cli.demo.server import ROOT
from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.evidence.files import CASTS, INDEX
from app.domain.translog.checkpoints import Checkpoint
from app.domain.translog.signed_notes import SignedNote
from app.domain.translog.tiles import tiles_of

#: A checkpoint over what has just happened is waited for no longer.
_PATIENCE_SECONDS = 30


def tell(scene: Scene, ballot: Ballot, secret: Ballot) -> None:
    """Tell the chapter.

    :param secret: a secret ballot, whose bundle holds credentials and seals besides.
    """
    scene.terminal.heading("11  The log and the evidence, verified without the server")
    scene.say(
        f"{scene.auditor.name} downloads the whole log, with the key that {scene.auditor.name} wrote down, and the "
        "evidence bundles of two votes; then althing-verify judges them:"
    )
    with tempfile.TemporaryDirectory(prefix="althing-evidence-") as directory:
        folder = Path(directory)
        key = scene.portal.read(scene.auditor, "/log/keys")["keys"][0]["checkpoint_key"]
        bundle = folder / "bundle.zip"
        bundle.write_bytes(_covered(scene, f"/ballots/{ballot.id}/bundle"))
        size = _download_log(scene, folder / "log")
        _judge(scene, "log", ["log", str(folder / "log"), "--key", key], f"all {size:,} entries")
        _judge(
            scene,
            "bundle",
            ["bundle", str(bundle), "--log", str(folder / "log"), "--key", key],
            "roll, casts, count and decision, each entry proven in the log",
        )
        apart = folder / "secret.zip"
        apart.write_bytes(_covered(scene, f"/ballots/{secret.id}/bundle"))
        _judge(
            scene,
            "secret bundle",
            ["bundle", str(apart), "--log", str(folder / "log"), "--key", key],
            "every credential signed for this vote, every seal opened, no more votes than credentials",
        )
        tampered = _tampered(bundle, folder / "tampered.zip")
        scene.note(_control(_verify(["bundle", str(tampered), "--key", key])))


def _covered(scene: Scene, path: str) -> bytes:
    """Download what a checkpoint has to cover first."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            place = f"{scene.portal.community}{path}"
            return scene.portal.client.call("GET", place, token=scene.auditor.token).body
        except ApiError as refused:
            if refused.slug != "not-in-log-yet" or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _download_log(scene: Scene, folder: Path) -> int:
    """Lay a log out in files as its paths say; return its size."""
    signed = _covered(scene, "/log/checkpoint")
    size = Checkpoint.parse(SignedNote.parse(signed).text).size
    files = {"checkpoint": signed}
    for tile in tiles_of(size):
        files[tile.path] = _covered(scene, f"/log/{tile.path}")
        if tile.level == 0:
            files[tile.entries_path] = _covered(scene, f"/log/{tile.entries_path}")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return size


def _verify(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.verify", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own words


def _judge(scene: Scene, subject: str, arguments: list[str], looked_at: str) -> None:
    done = _verify(arguments)
    detail = f"althing-verify {arguments[0]}: {looked_at}" if done.returncode == 0 else done.stdout.strip()
    scene.note(Finding(subject, done.returncode == 0, detail or done.stderr.strip()))


def _tampered(bundle: Path, copy: Path) -> Path:
    """Change one vote in a copy of a bundle, and its index so that every digest fits."""
    with zipfile.ZipFile(bundle) as source:
        files = {name: source.read(name) for name in source.namelist()}
    first, *rest = files[CASTS].splitlines(keepends=True)
    cast = json.loads(first)
    cast["choice"] = next(
        (other["choice"] for other in map(json.loads, rest) if other["choice"] != cast["choice"]), ""
    )
    changed = json.dumps(cast, ensure_ascii=False, separators=(",", ":")).encode()
    files[CASTS] = b"".join([changed, b"\n", *rest])
    index = json.loads(files[INDEX])
    index["files"][CASTS] = {"sha256": sha256_hex(files[CASTS]), "size": len(files[CASTS])}
    files[INDEX] = canonical_json(index)
    with zipfile.ZipFile(copy, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return copy


def _control(done: subprocess.CompletedProcess[str]) -> Finding:
    if done.returncode == 1 and "cast-digest-wrong" in done.stdout:
        detail = (
            "one vote changed in a copy of the bundle, its index made to fit: caught by the cast's digest"
        )
        return Finding("control", agrees=True, detail=detail)
    return Finding("control", agrees=False, detail="one vote was changed in a copy of the bundle, unnoticed")
