"""The repository's own files, as git would publish them."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MADE_BY_TOOLS = {"__pycache__", "var", "build", "dist"}


def published() -> list[Path]:
    """Return every file that is committed or would be: without git, all that no tool has made."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git by name
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0:
        paths = [ROOT / name.decode() for name in listing.stdout.split(b"\0") if name]
        return sorted(path for path in paths if path.is_file())
    return sorted(
        path for path in ROOT.rglob("*") if path.is_file() and not _made_by_tools(path.relative_to(ROOT))
    )


def text(path: Path) -> str:
    """Return a file's text; what is not UTF-8 comes back with replacement characters.

    A file that was there for a moment only (an editor's, or a tool's running beside) is not published.
    """
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return ""


def _made_by_tools(path: Path) -> bool:
    hidden = {part for part in path.parts[:-1] if part.startswith(".") and part != ".ci"}
    return bool(hidden or MADE_BY_TOOLS & set(path.parts) or path.name == ".env")
