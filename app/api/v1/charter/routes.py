"""The charter: templates, versions, differences, acceptance, and trying amendments out."""

from __future__ import annotations

import uuid
from typing import Any

from app.api.v1.charter.schemas import (
    Acceptance,
    AcceptanceSetting,
    AmendmentPreview,
    Difference,
    DifferenceQuery,
    PreviewedAmendment,
    Template,
    TemplateList,
    Version,
    VersionItem,
)
from app.domain.charter.difference import difference
from app.domain.charter.templates import TEMPLATES
from app.domain.errors import refuse
from app.http.blueprint import Blueprint
from app.http.operation import PUBLIC, Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.charters import CharterVersion
from app.policies.permissions import Permission
from app.services.charters import acceptance, amending, versions

templates_blp = Blueprint(
    "charter-templates",
    __name__,
    url_prefix="/v1/charter-templates",
    description="Charters to begin with.",
)

blp = Blueprint(
    "charter",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/charter",
    description="The charter in force, its earlier versions, what changed between them, and accepting it.",
)

_NUMBER = "<int(min=1, max=2147483647):number>"


def version_tag(document: dict[str, Any]) -> tuple[str, str]:
    """Return what the entity tag of a version is made of: its own digest."""
    return ("charter", document["digest"])


@templates_blp.operation(
    "GET",
    "",
    operation_id="list_charter_templates",
    permission=PUBLIC,
    returns=(200, TemplateList),
    cache_control="public, max-age=3600",
)
def list_charter_templates(_context: Context) -> dict[str, Any]:
    """List the charters to begin with."""
    return {"items": list(TEMPLATES.values())}


@templates_blp.operation(
    "GET",
    "/<string:name>",
    operation_id="get_charter_template",
    permission=PUBLIC,
    returns=(200, Template),
    cache_control="public, max-age=3600",
)
def get_charter_template(_context: Context, *, name: str) -> dict[str, Any]:
    """Read a charter to begin with.

    Take it as it is by its name when founding a community, or change it and send the whole document.
    """
    template = TEMPLATES.get(name)
    if template is None:
        raise refuse("not-found")
    return {
        "name": template.name,
        "title": template.title,
        "summary": template.summary,
        "charter": template.document,
    }


@blp.operation(
    "GET",
    "",
    operation_id="get_charter",
    permission=Permission.CHARTER_READ,
    returns=(200, Version),
    etag=version_tag,
)
def get_charter(context: Context) -> dict[str, Any]:
    """Read the charter in force."""
    return versions.as_document(versions.version(context.session, context.actor))


@blp.operation(
    "GET",
    "/versions",
    operation_id="list_charter_versions",
    permission=Permission.CHARTER_READ,
    query=PageQuery,
    returns=(200, page_schema(VersionItem)),
)
def list_charter_versions(context: Context, *, query: dict[str, Any]) -> Page:
    """List the versions of the charter, the newest first."""
    return context.page(
        versions.versions(context.actor), [(CharterVersion.number, int)], query, descending=True
    )


@blp.operation(
    "GET",
    f"/versions/{_NUMBER}",
    operation_id="get_charter_version",
    permission=Permission.CHARTER_READ,
    returns=(200, Version),
    etag=version_tag,
)
def get_charter_version(context: Context, *, number: int) -> dict[str, Any]:
    """Read a version of the charter."""
    return versions.as_document(versions.version(context.session, context.actor, number))


@blp.operation(
    "GET",
    f"/versions/{_NUMBER}/diff",
    operation_id="compare_charter_versions",
    permission=Permission.CHARTER_READ,
    query=DifferenceQuery,
    returns=(200, Difference),
)
def compare_charter_versions(
    context: Context, *, community_id: uuid.UUID, number: int, query: dict[str, Any]
) -> dict[str, Any]:
    """Say what changed between two versions of the charter, in either direction."""
    since = query["since"] or max(1, number - 1)
    for each in (since, number):
        versions.version(context.session, context.actor, each)
    old, new = (versions.charter_of(context.session, community_id, each) for each in (since, number))
    return {"from_version": since, "to_version": number, "changes": difference(old, new)}


@blp.operation(
    "PUT",
    "/acceptances/me",
    operation_id="accept_charter",
    permission=Permission.CHARTER_ACCEPT,
    body=AcceptanceSetting,
    returns=(200, Acceptance),
    errors={409: "It is not the version in force."},
    examples={"request": {"charter_version": 2}},
)
def accept_charter(context: Context, *, body: dict[str, Any]) -> Any:
    """Accept the charter in force.

    Joining does so too; a new version asks every member again. Nobody loses anything by not answering.
    """
    return acceptance.accept(context.session, context.actor, body["charter_version"])


@blp.operation(
    "POST",
    "/preview-amendment",
    operation_id="preview_amendment",
    permission=Permission.CHARTER_READ,
    body=AmendmentPreview,
    returns=(200, PreviewedAmendment),
    writes=False,
    errors={409: "The operations do not fit the charter, or would change a rule by a weaker one."},
    examples={
        "request": {
            "decision_type": "charter_amendment",
            "operations": [
                {
                    "op": "add_article",
                    "article": {"id": "seasons", "title": "Seasons", "body": "Flavours follow the seasons."},
                    "after": None,
                }
            ],
        }
    },
)
def preview_amendment(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Try an amendment of the charter out.

    Nothing is stored: the answer says what would change, or every reason for which it would be refused.
    """
    return amending.preview(context.session, context.actor, body["decision_type"], body["operations"])
