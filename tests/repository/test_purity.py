"""The pure packages import the standard library and each other; nothing in them asks the time or rolls dice.

The contracts in .importlinter name the frameworks that must stay out; these tests name what may come in, so a
framework nobody has thought of stays out as well.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.repository import tree

CLOCKS_AND_DICE = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "os.urandom",
    "uuid.uuid1",
    "uuid.uuid4",
}
#: Each pure package and what of Althing's own it may import.
PURE = {
    "app/domain": ("app.domain",),
    "app/policies": ("app.domain", "app.policies"),
    "app/verify": ("app.domain", "app.verify"),
}
#: What some modules may import besides: the standard library has neither Ed25519 nor RSA, P-256 and AES.
BESIDES = {"app/verify/ed25519.py": ("cryptography",), "app/verify/secret_votes.py": ("cryptography",)}
WHOLE_MODULES = {"random", "secrets", "time"}


def imports(source: str) -> set[str]:
    """Return the absolute dotted names that a module's import statements bring in."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module or '.'}.{alias.name}" for alias in node.names}
    return names


def foreign(source: str, *, own: tuple[str, ...]) -> set[str]:
    """Return the imports that are neither of the standard library nor inside one of the packages ``own``."""
    return {
        name
        for name in imports(source)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not any(name == package or name.startswith(f"{package}.") for package in own)
    }


def clocks_and_dice(source: str) -> set[str]:
    """Return the uses of a clock or of randomness, by the names under which they were imported."""
    module = ast.parse(source)
    aliases = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            aliases |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            aliases |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    used = {name for name in aliases.values() if name.split(".")[0] in WHOLE_MODULES}
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute | ast.Name):
            first, _, rest = ast.unparse(node).partition(".")
            name = ".".join(filter(None, (aliases.get(first, first), rest)))
            used |= {name} & CLOCKS_AND_DICE
    return used


def modules(package: str) -> list[Path]:
    return sorted((tree.ROOT / package).rglob("*.py"))


@pytest.mark.parametrize(("package", "own"), PURE.items())
def test_a_pure_package_imports_the_standard_library_and_the_packages_under_it_alone(package, own):
    assert modules(package), f"{package} is gone; so is this check"
    paths = {str(path.relative_to(tree.ROOT)): path for path in modules(package)}
    offences = {
        name: foreign(tree.text(path), own=(*own, *BESIDES.get(name, ()))) for name, path in paths.items()
    }
    assert {path: names for path, names in offences.items() if names} == {}


@pytest.mark.parametrize("package", ["app/domain", "app/policies"])
def test_time_and_randomness_are_passed_into_the_pure_packages(package):
    offences = {
        str(path.relative_to(tree.ROOT)): clocks_and_dice(tree.text(path)) for path in modules(package)
    }
    assert {path: names for path, names in offences.items() if names} == {}


def test_the_checks_recognise_what_they_are_for():
    assert foreign("import json, orjson\nfrom app.db import engine", own=("app.domain",)) == {
        "orjson",
        "app.db.engine",
    }
    assert foreign("from app.domain.ledger import post", own=("app.domain",)) == set()
    assert clocks_and_dice("import datetime as dt\nat = dt.datetime.now(dt.UTC)") == {"datetime.datetime.now"}
    assert clocks_and_dice("from random import choice") == {"random.choice"}
    assert clocks_and_dice("from uuid import UUID, uuid4\nuuid4()") == {"uuid.uuid4"}
    assert (
        clocks_and_dice("from datetime import datetime, UTC\nat = datetime(2026, 1, 1, tzinfo=UTC)") == set()
    )
