"""The OpenAPI document at /openapi.json, its interactive page at /docs, the catalogue of /problems.

No other host is needed. Swagger UI 5 comes from the flask-swagger-ui package's files; page and script are our
own, because the package's page needs inline scripts.
"""

from __future__ import annotations

import functools
import hashlib
import json
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, render_template, request, send_from_directory
from werkzeug.exceptions import NotFound

from app.domain.errors import PROBLEMS
from app.http.api import Api
from app.http.encoding import encode_json
from app.http.etags import matches_weakly
from app.http.problems import HTTP_PROBLEMS, STATUS_OF_KIND

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_CACHED = "public, max-age=3600"
_SWAGGER_FILES = frozenset({"swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "LICENSE"})


def make_blueprint(api: Api) -> Blueprint:
    """Make the blueprint that serves document and page.

    :param api: all of whose blueprints are registered before the first request for the document.
    """
    here = Path(__file__).parent
    swagger = str(files("flask_swagger_ui") / "dist")
    blueprint = Blueprint("docs", __name__, template_folder=str(here / "templates"))

    @functools.cache
    def document() -> tuple[bytes, str]:
        body = json.dumps(api.spec.to_dict(), ensure_ascii=False, indent=1).encode()
        return body, hashlib.sha256(body).hexdigest()[:32]

    @blueprint.get("/openapi.json")
    def openapi_json() -> Response:
        body, tag = document()
        if matches_weakly(request.headers.get("If-None-Match", ""), tag):
            response = Response(status=304)
        else:
            response = Response(body, content_type="application/json")
        response.set_etag(tag)
        response.headers["Cache-Control"] = "no-cache"
        return response

    @blueprint.get("/problems")
    def problems() -> Response:
        return Response(encode_json({"items": list(_catalogue().values())}), content_type="application/json")

    @blueprint.get("/problems/<slug>")
    def problem(slug: str) -> Response:
        entry = _catalogue().get(slug)
        if entry is None:
            raise NotFound
        return Response(encode_json(entry), content_type="application/json")

    @blueprint.get("/docs")
    def page() -> Response:
        response = Response(render_template("docs.html", title=api.spec.title), mimetype="text/html")
        response.headers["Content-Security-Policy"] = _PAGE_POLICY
        return response

    @blueprint.get("/docs/<any('init.js','page.css'):name>")
    def own_file(name: str) -> Response:
        return _static(str(here / "static"), name)

    @blueprint.get("/docs/swagger/<name>")
    def swagger_file(name: str) -> Response:
        # Only what the page loads; the package's other pages bring scripts of their own.
        return _static(swagger, name if name in _SWAGGER_FILES else "")

    return blueprint


def _catalogue() -> dict[str, dict[str, object]]:
    """List every problem type by slug, so that the type URIs of problem documents lead somewhere."""
    statuses = {p.slug: (p.status, p.title) for p in HTTP_PROBLEMS.values()}
    statuses |= {p.slug: (STATUS_OF_KIND[p.kind], p.title) for p in PROBLEMS.values()}
    return {
        slug: {"type": f"/problems/{slug}", "status": status, "title": title}
        for slug, (status, title) in statuses.items()
    }


def _static(directory: str, name: str) -> Response:
    response = send_from_directory(directory, name)
    response.headers["Cache-Control"] = _CACHED
    return response
