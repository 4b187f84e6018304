"""What may not be in a published tree: a machine's paths, package hosts, giants, leftovers of a merge."""

from __future__ import annotations

import re

import pytest

from tests.repository import tree

LARGEST_FILE = 2_000_000

# Spelled so that this file does not match itself.
MACHINE_PATHS = re.compile(
    r"(?<![\w.])/(?:(?:work|farm|root)\b|(?:home|Users|tmp|private)/)|[A-Z]:\\\\?Users"
)
PACKAGE_HOSTS = re.compile(
    r"python[h]osted|index[-]url|[p]ypi\.org|registry\.[n]pmjs"
    r"|deb\.[d]ebian|_index *[=]|resolved\": *\"[h]ttp",
    re.IGNORECASE,
)
MERGE_MARKERS = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)


def offences(pattern: re.Pattern[str], *, besides: set[str]) -> list[str]:
    """Return ``file:line: text`` for every line that matches, outside the files that may say it."""
    return [
        f"{path.relative_to(tree.ROOT)}:{number}: {line.strip()[:100]}"
        for path in tree.published()
        if path.name not in besides
        for number, line in enumerate(tree.text(path).splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_holds_an_absolute_path_of_a_machine():
    assert offences(MACHINE_PATHS, besides={"Dockerfile"}) == []


def test_no_file_names_a_package_host():
    assert offences(PACKAGE_HOSTS, besides=set()) == []


def test_no_file_holds_a_merge_marker():
    assert offences(MERGE_MARKERS, besides=set()) == []


def test_no_file_is_a_giant():
    giants = [
        str(path.relative_to(tree.ROOT)) for path in tree.published() if path.stat().st_size > LARGEST_FILE
    ]
    assert giants == []


@pytest.mark.parametrize("name", [".env", "var/secret", "var/althing.db"])
def test_what_an_installation_keeps_is_not_published(name):
    assert tree.ROOT / name not in tree.published()


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE_PATHS, "see /" + "home/ada/althing"),
        (MACHINE_PATHS, 'open("/' + 'tmp/votes.csv")'),
        (PACKAGE_HOSTS, "--index" + "-url something"),
        (MERGE_MARKERS, "<" * 7 + " HEAD"),
    ],
)
def test_the_patterns_recognise_what_they_are_for(pattern, line):
    assert pattern.search(line)


@pytest.mark.parametrize("line", ["/v1/log/root/", "`PUT .../votes/me`", "app/tmp/x", "/" + "rooted/"])
def test_the_path_pattern_leaves_other_slashes_alone(line):
    assert not MACHINE_PATHS.search(line)
