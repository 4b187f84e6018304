"""The API of an application: blueprints, error handling, headers and the OpenAPI document."""

from __future__ import annotations

from typing import Any

import flask_smorest
import marshmallow as ma
from flask import Flask

from app.http.blueprint import Blueprint
from app.http.description import register_components
from app.http.failures import register_error_handlers
from app.http.fields import Document, Map
from app.http.headers import register_headers
from app.http.logging import register_access_log
from app.http.operation import Operation

OPENAPI_VERSION = "3.1.0"


class Api(flask_smorest.Api):
    """Binds the kit to an application.

    :param app: with ``app.extensions["althing"]`` set to a :class:`app.http.operation.Kit` before the first
        request, and ``MAX_CONTENT_LENGTH`` configured. No rule may have been added yet.
    :param title: of the OpenAPI document.
    :param version: of the API.
    :param behind_tls: whether to send Strict-Transport-Security.

    ``operations`` holds every operation by its id, in the order of declaration.
    """

    DEFAULT_ERROR_RESPONSE_NAME = None  # every status is documented by name

    def __init__(
        self, app: Flask, *, title: str, version: str, behind_tls: bool = False, **spec_options: Any
    ) -> None:
        self.operations: dict[str, Operation] = {}
        # A redirect to add or drop a slash would be an answer no client asked for, and in HTML.
        app.url_map.strict_slashes = False
        app.url_map.merge_slashes = False
        register_access_log(app)  # first registered, last run: it sees the final status
        register_headers(app, behind_tls=behind_tls)
        app.config |= {"API_TITLE": title, "API_VERSION": version, "OPENAPI_VERSION": OPENAPI_VERSION}
        super().__init__(app, spec_kwargs=spec_options)
        self.ma_plugin.converter.add_attribute_function(_map_to_properties)
        self.ma_plugin.converter.add_parameter_attribute_function(_absent_not_null)

    def register_blueprint(self, blp: Blueprint, **options: Any) -> None:
        """Add a blueprint's operations.

        :raises ValueError: when an operation id is taken.
        """
        for operation in blp.operations:
            if operation.operation_id in self.operations:
                raise ValueError(f"operation id {operation.operation_id} is declared twice")
            self.operations[operation.operation_id] = operation
        super().register_blueprint(blp, **options)

    def _register_error_handlers(self) -> None:
        register_error_handlers(self._app)

    def _register_responses(self) -> None:
        register_components(self.spec)

    def _register_etag_headers(self) -> None:
        """Leave it to register_components."""

    def _register_pagination_header(self) -> None:
        """Leave it out: pages have cursors, not totals."""


def _map_to_properties(self: Any, field: ma.fields.Field, **_: Any) -> dict[str, Any]:
    """Document names, values and size of an open object (an attribute function of apispec's converter)."""
    if isinstance(field, Document):
        return {"maxProperties": field.most}
    if not isinstance(field, Map):
        return {}
    return {"maxProperties": field.most, "propertyNames": self.field2property(field.key_field)}


def _absent_not_null(_self: Any, _field: ma.fields.Field, *, ret: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Keep null out of parameters: ``load_default=None`` means "not given", which a query cannot spell."""
    schema = ret["schema"]
    if schema.get("default", "") is None:
        del schema["default"]
    if isinstance(schema.get("type"), list):
        (schema["type"],) = [name for name in schema["type"] if name != "null"]
    if None in schema.get("enum", ()):
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    return {}
