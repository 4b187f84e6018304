from __future__ import annotations

import pytest

from app.config import SETTINGS, Settings, SettingsError

SECRET = "a-secret-for-tests-0123456789-abcdef"
PRODUCTION = {
    "ALTHING_ENV": "production",
    "ALTHING_SECRET_KEY": SECRET,
    "ALTHING_PUBLIC_URL": "https://vote.example",
}


def refusal(environment):
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment(environment)
    message = str(raised.value)
    assert "\n" not in message
    return message


def test_every_setting_has_a_field_and_a_help():
    settings = Settings.from_environment({"ALTHING_SECRET_KEY": SECRET})
    assert {s.name.lower() for s in SETTINGS} == set(settings.__slots__)
    assert all(s.help.endswith(".") for s in SETTINGS)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ALTHING_PORT", "eighty", "whole number"),
        ("ALTHING_PORT", "0", "1 to 65535"),
        ("ALTHING_ENV", "prod", "one of"),
        ("ALTHING_BEHIND_TLS", "yes", "true or false"),
        ("ALTHING_DATABASE_URL", "mysql://localhost/x", "sqlite: or postgresql:"),
        ("ALTHING_SECRET_KEY", "short", "32 characters"),
        ("ALTHING_SECRET_KEY", "changeme" * 8, "too simple"),
        ("ALTHING_PROCESSES", "4", "PostgreSQL"),
        ("ALTHING_SERVR", "granian", "not a setting"),
    ],
)
def test_a_mistake_is_named_in_one_line(name, value, why):
    message = refusal({"ALTHING_SECRET_KEY": SECRET} | {name: value})
    assert why in message
    assert name.removeprefix("ALTHING_") in message


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ALTHING_SECRET_KEY": ""}, "ALTHING_SECRET_KEY must be set"),
        ({"ALTHING_PUBLIC_URL": ""}, "ALTHING_PUBLIC_URL must be set"),
        ({"ALTHING_ARGON2_MEMORY_KIB": "8"}, "below 19456"),
    ],
)
def test_production_refuses_what_only_development_may_do(changes, why):
    assert Settings.from_environment(PRODUCTION).env == "production"
    assert why in refusal(PRODUCTION | changes)


def test_development_makes_its_secret_once_and_keeps_it_to_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = Settings.from_environment({}), Settings.from_environment({})
    assert first.secret_key == second.secret_key
    assert (tmp_path / "var" / "secret").stat().st_mode & 0o777 == 0o600


def test_the_public_address_follows_the_port():
    settings = Settings.from_environment({"ALTHING_SECRET_KEY": SECRET, "ALTHING_PORT": "8123"})
    assert (settings.issuer, settings.audience) == ("http://127.0.0.1:8123", "http://127.0.0.1:8123/v1")
