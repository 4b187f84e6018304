"""Health for orchestrators: /livez without the database, /readyz with it."""

from __future__ import annotations

import json

import sqlalchemy.exc
from flask import Blueprint, Response

from app.db.health import NotReadyError, require_ready
from app.domain.errors import refuse
from app.http.operation import current_kit


def make_blueprint() -> Blueprint:
    """Make the blueprint of the two probes; they answer without token and are no part of the API."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/livez")
    def livez() -> Response:
        return Response(json.dumps({"status": "alive"}), mimetype="application/json")

    @blueprint.get("/readyz")
    def readyz() -> Response:
        try:
            with current_kit().units.read() as session:
                require_ready(session)
        except NotReadyError as error:
            raise refuse("unavailable", f"Not ready: {error}.") from None
        except sqlalchemy.exc.SQLAlchemyError:
            raise refuse("unavailable", "Not ready: the database does not answer.") from None
        return Response(json.dumps({"status": "ready"}), mimetype="application/json")

    return blueprint
