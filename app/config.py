"""Settings from the environment: typed, documented, checked once at start with one clear line per mistake."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

Environment = Literal["development", "test", "production"]

#: Where the embedded defaults live, below the working directory.
STATE_DIRECTORY = Path("var")


class SettingsError(Exception):
    """The environment does not make a usable configuration; the message is one clear line."""


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


def _integer(low: int, high: int) -> Callable[[str], int]:
    def convert(value: str) -> int:
        if not value.strip().isascii() or not value.strip().isdigit():
            raise ValueError(f"must be a whole number from {low} to {high}")
        number = int(value)
        if not low <= number <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return number

    return convert


def _choice(*allowed: str) -> Callable[[str], str]:
    def convert(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return convert


def _flag(value: str) -> bool:
    if value not in {"true", "false"}:
        raise ValueError("must be true or false")
    return value == "true"


@dataclass(frozen=True, slots=True)
class Setting:
    """One documented setting: the environment variable ``ALTHING_<NAME>``."""

    name: str
    default: str
    convert: Callable[[str], Any]
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "ENV",
        "development",
        _choice("development", "test", "production"),
        "development | test | production. Production refuses embedded secrets and weak password hashing.",
    ),
    Setting(
        "DATABASE_URL",
        "sqlite:///var/althing.db",
        _text,
        "sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME (needs the postgres extra).",
    ),
    Setting(
        "SECRET_KEY",
        "",
        str,
        "At least 32 characters; seals the signing keys at rest and signs list cursors. The same on every "
        "host. In development one is made and kept in var/secret.",
    ),
    Setting(
        "PUBLIC_URL",
        "",
        str.strip,
        "The address clients use, without a trailing slash; the issuer of access tokens. When empty, "
        "http://127.0.0.1 and the port.",
    ),
    Setting("HOST", "127.0.0.1", _text, "Address the server listens on."),
    Setting("PORT", "8000", _integer(1, 65535), "TCP port the server listens on."),
    Setting(
        "SERVER",
        "waitress",
        _choice("waitress", "granian"),
        "waitress buffers slow clients and may face them directly; granian is twice as fast and uses every "
        "core, and belongs behind a proxy that buffers requests.",
    ),
    Setting(
        "PROCESSES", "1", _integer(1, 256), "Server processes on this host (granian on PostgreSQL only)."
    ),
    Setting("THREADS", "8", _integer(1, 256), "Request threads in each process."),
    Setting(
        "WORKER",
        "auto",
        _choice("auto", "inline", "off"),
        "Where due work runs: inline (a thread in the server), off (`flask worker` does it), auto (inline on "
        "SQLite, off on PostgreSQL).",
    ),
    Setting(
        "CHECKPOINT_STORE",
        "var/checkpoints",
        _text,
        "Directory of the second place of each log's newest checkpoint: on durable storage that backups of the "
        "database do not bring back, reached by every host that runs the worker.",
    ),
    Setting("ACCESS_TOKEN_SECONDS", "900", _integer(60, 3600), "Lifetime of an access token, in seconds."),
    Setting("REFRESH_TOKEN_DAYS", "30", _integer(1, 365), "Days after which a session must sign in again."),
    Setting(
        "ARGON2_MEMORY_KIB",
        "19456",
        _integer(8, 4_194_304),
        "Memory of one argon2id password hash, in KiB; production demands at least 19456.",
    ),
    Setting(
        "ARGON2_PASSES", "2", _integer(1, 64), "Passes of one argon2id hash; production demands at least 2."
    ),
    Setting(
        "SIGN_IN_ATTEMPTS",
        "10",
        _integer(1, 10_000),
        "Failed sign-ins an e-mail address may have in 15 minutes before it must wait.",
    ),
    Setting("MAX_BODY_BYTES", "1048576", _integer(1024, 104_857_600), "Largest request body, in bytes."),
    Setting(
        "BEHIND_TLS",
        "false",
        _flag,
        "true behind a TLS-terminating proxy: adds Strict-Transport-Security.",
    ),
    Setting("LOG_LEVEL", "info", _choice("debug", "info", "warning", "error"), "Least severe level logged."),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration of one process. Field names are the setting names in lower case."""

    env: Environment
    database_url: str
    secret_key: str
    public_url: str
    host: str
    port: int
    server: Literal["waitress", "granian"]
    processes: int
    threads: int
    worker: Literal["auto", "inline", "off"]
    checkpoint_store: str
    access_token_seconds: int
    refresh_token_days: int
    argon2_memory_kib: int
    argon2_passes: int
    sign_in_attempts: int
    max_body_bytes: int
    behind_tls: bool
    log_level: str

    @property
    def issuer(self) -> str:
        """The ``iss`` of access tokens."""
        return self.public_url

    @property
    def audience(self) -> str:
        """The ``aud`` of access tokens."""
        return f"{self.public_url}/v1"

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")

    def make_sqlite_directory(self) -> None:
        """Make the directory in which the SQLite file will lie."""
        path = self.database_url.removeprefix("sqlite:///")
        if path and path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)

    @property
    def runs_worker_inline(self) -> bool:
        """Whether the server process also runs the worker's loop."""
        return self.worker == "inline" or (self.worker == "auto" and self.is_sqlite)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read and check every setting.

        :param environment: variables by name; ``os.environ`` when None.
        :raises SettingsError: naming the first variable that cannot be used, and why.
        """
        environment = os.environ if environment is None else environment
        known = {f"ALTHING_{s.name}" for s in SETTINGS}
        unknown = sorted(
            name
            for name in environment
            if name.startswith("ALTHING_") and name not in known and not name.startswith("ALTHING_TEST_")
        )
        if unknown:
            raise SettingsError(f"{unknown[0]} is not a setting of Althing; see .env.example")
        values: dict[str, Any] = {}
        for setting in SETTINGS:
            name = f"ALTHING_{setting.name}"
            try:
                values[setting.name.lower()] = setting.convert(environment.get(name, setting.default))
            except ValueError as error:
                raise SettingsError(f"{name} {error}") from None
        local = f"http://127.0.0.1:{values['port']}"
        values["public_url"] = values["public_url"].rstrip("/") or local
        settings = cls(**values)
        return _checked(_with_secret(settings))


def _with_secret(settings: Settings) -> Settings:
    """Fill in the development secret, made once and kept in ``var/secret`` (mode 600)."""
    if settings.secret_key:
        return settings
    if settings.env == "production":
        raise SettingsError("ALTHING_SECRET_KEY must be set in production (at least 32 random characters)")
    path = STATE_DIRECTORY / "secret"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
    values = {f.name: getattr(settings, f.name) for f in fields(settings)}
    return Settings(**values | {"secret_key": path.read_text().strip()})


def _checked(settings: Settings) -> Settings:
    """Refuse what must not run.

    :raises SettingsError: with one clear line.
    """
    if not settings.database_url.startswith(("sqlite:", "postgresql:", "postgres:")):
        raise SettingsError("ALTHING_DATABASE_URL must start with sqlite: or postgresql:")
    if settings.env == "production" and settings.public_url.startswith("http://127.0.0.1"):
        raise SettingsError("ALTHING_PUBLIC_URL must be set in production: tokens name it as their issuer")
    if not settings.public_url.startswith(("http://", "https://")):
        raise SettingsError("ALTHING_PUBLIC_URL must start with http:// or https://")
    if len(settings.secret_key) < 32:  # noqa: PLR2004 - stated in the setting's help
        raise SettingsError("ALTHING_SECRET_KEY must have at least 32 characters")
    if len(set(settings.secret_key)) < 10:  # noqa: PLR2004 - "changeme" repeated is no secret
        raise SettingsError("ALTHING_SECRET_KEY is too simple to be a secret: make one at random")
    if settings.env == "production" and (settings.argon2_memory_kib < 19_456 or settings.argon2_passes < 2):  # noqa: PLR2004 - OWASP's floor, stated in the help
        raise SettingsError("ALTHING_ARGON2_MEMORY_KIB and _PASSES are below 19456 and 2 in production")
    if settings.processes > 1 and (settings.is_sqlite or settings.server == "waitress"):
        raise SettingsError("ALTHING_PROCESSES above 1 needs PostgreSQL and ALTHING_SERVER=granian")
    return settings
