"""The counting methods there are, generated from the registry."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from app.domain.counting import METHODS
from app.http.blueprint import Blueprint
from app.http.fields import Representation, String
from app.http.operation import PUBLIC, Context

blp = Blueprint("methods", __name__, url_prefix="/v1/methods", description="The counting methods there are.")


class BallotMeaning(Representation):
    """What becomes of a ballot that is not simply complete."""

    invalid = String(max_length=2000)
    empty = String(max_length=2000)
    partial = String(max_length=2000)


class CountingMethod(Representation):
    """One counting method: its settings, the form of a choice, and how it treats ties and odd ballots."""

    name = String(max_length=32)
    version = String(max_length=32)
    title = String(max_length=200)
    seats = String(
        max_length=8,
        metadata={"description": "none, one or many options are elected, or a budget is divided."},
    )
    settings_schema = ma.fields.Dict(metadata={"description": "JSON Schema of the ballot's settings."})
    choice_schema = ma.fields.Dict(metadata={"description": "JSON Schema of a choice."})
    choice_example = ma.fields.Raw(allow_none=True)
    ballots = ma.fields.Nested(BallotMeaning)
    ties = String(max_length=2000)


class CountingMethods(Representation):
    """Every counting method."""

    items = ma.fields.List(ma.fields.Nested(CountingMethod))


@blp.operation(
    "GET",
    "",
    operation_id="list_methods",
    permission=PUBLIC,
    returns=(200, CountingMethods),
    cache_control="public, max-age=3600",
)
def list_methods(_context: Context) -> dict[str, Any]:
    """List the counting methods."""
    return {
        "items": [
            {
                "name": method.name,
                "version": method.version,
                "title": method.title,
                "seats": method.seats,
                "settings_schema": method.settings_schema(),
                "choice_schema": method.choice_schema(),
                "choice_example": method.choice_example,
                "ballots": method.ballots,
                "ties": method.ties,
            }
            for method in METHODS.values()
        ]
    }
