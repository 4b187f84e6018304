"""What the documents promise exists, and what exists is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.config import SETTINGS, Setting
from tests.repository import tree

SETTINGS_PAGE = tree.ROOT / "docs" / "settings.md"
NOT_SETTINGS = {
    "ALTHING_TEST_LOG_KILLS",
    "ALTHING_TEST_POSTGRES_URL",
    "ALTHING_TEST_REQUIRE_GO",
    "ALTHING_TEST_REQUIRE_POSTGRES",
}
MARKDOWN_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def documents() -> list[Path]:
    return [path for path in tree.published() if path.suffix == ".md"]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", tree.text(tree.ROOT / "Makefile"), re.MULTILINE))


def in_backticks_or_fences(markdown: str) -> str:
    """Return the code of a Markdown document: fenced blocks and inline code, one a line."""
    return "\n".join(
        fence or inline
        for fence, inline in re.findall(r"```[^\n]*\n(.*?)```|`([^`\n]+)`", markdown, re.DOTALL)
    )


def test_every_make_command_in_the_documents_is_a_target():
    unknown = {
        f"{path.name}: make {name}"
        for path in documents()
        for name in re.findall(
            r"(?:^|[\s;&(])make ([a-z][a-z-]*)", in_backticks_or_fences(tree.text(path)), re.MULTILINE
        )
        if name not in targets()
    }
    assert unknown == set()


@pytest.mark.parametrize("target", ["run", "test", "demo", "bench", "lint", "lock"])
def test_the_readme_tells_of_every_command_a_newcomer_needs(target):
    assert re.search(rf"\bmake {target}\b", tree.text(tree.ROOT / "README.md"))


def test_every_target_is_explained():
    explained = set(re.findall(r"^([a-z][a-z-]*):.*## \S", tree.text(tree.ROOT / "Makefile"), re.MULTILINE))
    assert targets() - explained == set()


def test_every_link_between_documents_leads_somewhere():
    dead = [
        f"{path.relative_to(tree.ROOT)} -> {link}"
        for path in documents()
        for link in MARKDOWN_LINK.findall(tree.text(path))
        if not re.match(r"[a-z]+:|/", link) and not (path.parent / link).exists()
    ]
    assert dead == []


def test_the_example_environment_names_every_setting_with_its_default():
    lines = tree.text(tree.ROOT / ".env.example").splitlines()
    named = {line.removeprefix("#").strip() for line in lines if "ALTHING_" in line}
    assert named == {f"ALTHING_{setting.name}={setting.default}" for setting in SETTINGS}


def test_the_page_of_settings_is_the_table_of_settings():
    rows = [line for line in tree.text(SETTINGS_PAGE).splitlines() if line.startswith("| `ALTHING_")]
    assert rows == [row(setting) for setting in SETTINGS]


def row(setting: Setting) -> str:
    default = f"`{setting.default}`" if setting.default else "none"
    meaning = setting.help.replace("|", "\\|")
    return f"| `ALTHING_{setting.name}` | {default} | {meaning} |"


def test_no_file_names_a_setting_that_does_not_exist():
    known = {f"ALTHING_{setting.name}" for setting in SETTINGS} | NOT_SETTINGS
    unknown = {
        f"{path.relative_to(tree.ROOT)}: {name}"
        for path in tree.published()
        if tree.ROOT / "tests" not in path.parents
        for name in re.findall(r"\bALTHING_[A-Z0-9_]*[A-Z0-9]\b", tree.text(path))
        if name not in known
    }
    assert unknown == set()
