"""The two locked lists agree, and every line of them can be checked by its hash."""

from __future__ import annotations

import re

import pytest

from tests.repository import tree


def pins(name: str) -> dict[str, str]:
    lines = tree.text(tree.ROOT / "requirements" / name)
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lines, re.MULTILINE))


def test_the_image_runs_the_versions_that_were_tested():
    tested = pins("dev.txt")
    assert pins("runtime.txt").items() <= tested.items()


@pytest.mark.parametrize("name", ["dev.txt", "runtime.txt"])
def test_every_requirement_is_pinned_by_version_and_hash(name):
    lines = tree.text(tree.ROOT / "requirements" / name)
    requirements = re.split(r"\n(?=\S)", lines.strip())
    loose = [
        text.split()[0]
        for text in requirements
        if "==" not in text.split("\n")[0] or "--hash=sha256:" not in text
    ]
    assert loose == []
