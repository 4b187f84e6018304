import dataclasses
import re

import pytest

from app import create_app
from app.services.identity import signing_keys

KID = r"[A-Za-z0-9_-]{43}"


@pytest.fixture
def keys(app):
    """Run ``flask keys`` with some arguments."""

    def run(*arguments, of=app):
        return of.test_cli_runner().invoke(args=["keys", *arguments])

    return run


def listed(keys):
    """Return the state of each key by its name, the newest first."""
    return {line.split()[0]: line.split(maxsplit=1)[1] for line in keys("list").output.splitlines()}


def test_the_first_key_is_made_once(keys):
    assert keys("rotate", "--if-none").exit_code == 0
    first = listed(keys)
    assert keys("rotate", "--if-none").exit_code == 0

    assert listed(keys).keys() == first.keys()
    assert len(first) == 1


def test_a_rotation_says_when_the_new_key_signs(keys):
    keys("rotate", "--if-none")
    result = keys("rotate")

    assert re.fullmatch(rf"{KID} signs from [0-9T:.-]+Z\n", result.output)
    new, old = listed(keys).items()
    assert new[0] == result.output.split()[0]
    assert new[1].startswith("will sign")
    assert old[1].startswith("signs")


def test_a_rotation_at_once_signs_at_once(keys):
    keys("rotate", "--if-none")
    keys("rotate", "--now")

    new, old = listed(keys).values()
    assert new.startswith("signs")
    assert old.startswith("verifies")


def test_an_old_key_can_be_retired_and_the_one_that_signs_cannot(keys):
    keys("rotate", "--if-none")
    keys("rotate", "--now")
    new, old = listed(keys)

    assert keys("retire", old).exit_code == 0
    assert listed(keys)[old].startswith("retired")
    refused = keys("retire", new)
    assert refused.exit_code == 1
    assert "rotate --now" in refused.output
    assert len(refused.output.splitlines()) == 1
    assert keys("retire", "no such key").exit_code == 1


def test_a_key_whose_name_begins_with_a_hyphen_can_be_retired(keys, monkeypatch):
    named = signing_keys.thumbprint
    monkeypatch.setattr(signing_keys, "thumbprint", lambda public: "-" + named(public)[1:])
    keys("rotate", "--if-none")
    monkeypatch.undo()
    keys("rotate", "--now")
    _, old = listed(keys)
    assert old.startswith("-")

    assert keys("retire", old).exit_code == 0
    assert listed(keys)[old].startswith("retired")


def test_a_wrong_secret_is_told_in_one_line(keys, settings):
    keys("rotate", "--if-none")
    other = create_app(dataclasses.replace(settings, secret_key="another secret of thirty-two characters"))

    result = keys("rotate", "--if-none", of=other)

    assert result.exit_code == 1
    assert result.output.startswith("ALTHING_SECRET_KEY is not the secret")
    assert len(result.output.splitlines()) == 1
    assert keys("rotate", "--now", of=other).exit_code == 0
    assert keys("rotate", "--if-none", of=other).exit_code == 0
    other.extensions["althing.units"].engine.dispose()
