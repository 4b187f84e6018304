"""Althing: community governance and voting as a REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Make the WSGI application.

    :param settings: read from the environment when None.
    :raises app.config.SettingsError: when the environment makes no usable configuration.
    """
    # Here and not above: whoever imports app.domain alone, as a recount does, needs no framework.
    from app.application import wire  # noqa: PLC0415
    from app.config import Settings as FromEnvironment  # noqa: PLC0415

    return wire(settings or FromEnvironment.from_environment())
