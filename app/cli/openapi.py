"""``flask openapi-document``: write the OpenAPI document that the repository carries."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from app.http.api import Api


def document(api: Api) -> str:
    """Return the OpenAPI document as committed: indented, with a final newline."""
    return json.dumps(api.spec.to_dict(), indent=1, ensure_ascii=False) + "\n"


@click.command("openapi-document")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default=Path("openapi/openapi.json"))
@with_appcontext
def openapi_command(path: Path) -> None:
    """Write the OpenAPI document to PATH."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document(current_app.extensions["althing.api"]))
    click.echo(f"Wrote {path}.")
