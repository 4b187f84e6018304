"""Running alembic without an alembic.ini: its configuration stands in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config

ROOT = Path(__file__).resolve().parents[2]


def configuration(url: str | None = None) -> Config:
    """Return alembic's configuration.

    :param url: the database to migrate; the settings' own when None.
    """
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    if url is not None:
        config.attributes["url"] = url
    return config
