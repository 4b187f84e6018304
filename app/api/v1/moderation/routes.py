"""Moderation: reports, what stewards decide on them, appeals, and figures that everybody can see."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from app.api.v1.moderation import examples
from app.api.v1.moderation.presentation import (
    case_tag,
    series_lines,
    shown_case,
    shown_cases,
    shown_figures,
)
from app.api.v1.moderation.schemas import (
    AppealDecision,
    Appealing,
    Case,
    CaseQuery,
    CaseStep,
    Dismissing,
    HidingDecision,
    ModerationFigures,
    ModerationSeries,
    OwnReport,
    Report,
    Reporting,
    Sorting,
)
from app.api.v1.obligations.schemas import ScorecardQuery, SeriesQuery
from app.domain.instants import to_milliseconds
from app.http.blueprint import Blueprint
from app.http.exports import Stream
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.moderation import ModerationCase, ModerationReport, ModerationStep
from app.policies.permissions import Permission
from app.services.moderation import counting, deciding, finding, reporting
from app.services.moderation.things import KINDS

blp = Blueprint(
    "moderation",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>",
    description="Reports on what people wrote, decisions with a ground and a reason, appeals, public figures.",
)

_IMPARTIAL = "You wrote it, reported it or decided on it before, or you own the brand."
_NOT_OPEN = "The case is in no state in which this can be done"
_CSV = "text/csv; charset=utf-8; header=present"


def _now(context: Context) -> dt.datetime:
    return to_milliseconds(context.now())


@blp.operation(
    "POST",
    f"/<any({','.join(KINDS)}):subjects>/<uuid:subject_id>/reports",
    operation_id="report_content",
    permission=Permission.MODERATION_REPORT,
    body=Reporting,
    returns=(201, Report),
    idempotent=True,
    errors={
        409: "The charter does not list the ground, there is nothing to read, you wrote or reported it, or this very "
        "text was judged on appeal."
    },
    examples={"request": examples.REPORT},
)
def report_content(
    context: Context, *, subjects: str, subject_id: uuid.UUID, body: dict[str, Any]
) -> ModerationReport:
    """Report a comment or a proposal, once, on a ground that the charter lists.

    Who reported and with what note only stewards and auditors learn.
    """
    made, _ = reporting.report(context.session, context.actor, KINDS[subjects], subject_id, **body)
    return made


@blp.operation(
    "GET",
    "/members/me/reports",
    operation_id="list_own_reports",
    permission=Permission.MODERATION_READ,
    query=PageQuery,
    returns=(200, page_schema(OwnReport)),
)
def list_own_reports(context: Context, *, query: dict[str, Any]) -> Page:
    """List your own reports and what became of them, the newest first."""
    statement = finding.own_reports(context.actor)
    return context.page(statement, [(ModerationReport.id, uuid.UUID)], query, descending=True)


@blp.operation(
    "GET",
    "/moderation/cases",
    operation_id="list_moderation_cases",
    permission=Permission.MODERATION_READ,
    query=CaseQuery,
    returns=(200, page_schema(Case)),
)
def list_moderation_cases(context: Context, *, query: dict[str, Any]) -> Page:
    """List the cases: the queue of the stewards, for auditors to look into.

    Everybody else finds those in which something of theirs was hidden; a brand owner also an appeal that no
    steward is left to decide.
    """
    filters = {name: query[name] for name in ("state", "ground", "late")}
    kind = query["subject_type"]
    statement = finding.listed(
        context.actor, _now(context), subject_type=None if kind is None else kind.value, **filters
    )
    if query["sort"] is Sorting.DUE:
        order = [(ModerationCase.due_at, dt.datetime.fromisoformat), (ModerationCase.id, uuid.UUID)]
        page = context.page(finding.by_due(statement), order, query)
    else:
        page = context.page(statement, [(ModerationCase.id, uuid.UUID)], query, descending=True)
    return Page(shown_cases(context, page.items), page.next_cursor)


@blp.operation(
    "GET",
    "/moderation/cases/<uuid:case_id>",
    operation_id="get_moderation_case",
    permission=Permission.MODERATION_READ,
    returns=(200, Case),
    etag=case_tag,
)
def get_moderation_case(context: Context, *, case_id: uuid.UUID) -> dict[str, Any]:
    """Read a case."""
    return shown_case(context, finding.read(context.session, context.actor, case_id))


@blp.operation(
    "GET",
    "/moderation/cases/<uuid:case_id>/reports",
    operation_id="list_reports",
    permission=Permission.REPORT_LIST,
    query=PageQuery,
    returns=(200, page_schema(Report)),
)
def list_reports(context: Context, *, case_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List the reports in a case, the first one first."""
    statement = finding.reports(context.session, context.actor, case_id)
    return context.page(statement, [(ModerationReport.id, uuid.UUID)], query)


@blp.operation(
    "GET",
    "/moderation/cases/<uuid:case_id>/steps",
    operation_id="list_moderation_steps",
    permission=Permission.MODERATION_READ,
    query=PageQuery,
    returns=(200, page_schema(CaseStep)),
)
def list_moderation_steps(context: Context, *, case_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List what was decided in a case, and what came of it, the first step first."""
    statement = finding.steps(context.session, context.actor, case_id)
    return context.page(statement, [(ModerationStep.number, int)], query)


@blp.operation(
    "POST",
    "/moderation/cases/<uuid:case_id>/dismiss",
    operation_id="dismiss_reports",
    permission=Permission.MODERATION_DECIDE,
    body=Dismissing,
    returns=(200, Case),
    idempotent=True,
    etag=case_tag,
    errors={403: _IMPARTIAL, 409: f"{_NOT_OPEN}, or the text has changed since you judged it."},
    examples={"request": examples.DISMISSAL},
)
def dismiss_reports(context: Context, *, case_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Leave what was reported as it is, with a public reason."""
    return shown_case(context, deciding.dismiss(context.session, context.actor, case_id, **body))


@blp.operation(
    "POST",
    "/moderation/cases/<uuid:case_id>/hide",
    operation_id="hide_content",
    permission=Permission.MODERATION_DECIDE,
    body=HidingDecision,
    returns=(200, Case),
    idempotent=True,
    etag=case_tag,
    errors={
        403: _IMPARTIAL,
        409: f"{_NOT_OPEN}, the text has changed since you judged it, the charter does not list the ground, or it "
        "was put to the vote.",
    },
    examples={"request": examples.HIDING},
)
def hide_content(context: Context, *, case_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Hide what was reported, on a ground that the charter lists and with a public reason.

    Nothing is deleted: its place and its author stay, ground and reason stand where the text stood, and its
    author, stewards and auditors can still read it.
    """
    return shown_case(context, deciding.hide(context.session, context.actor, case_id, **body))


@blp.operation(
    "POST",
    "/moderation/cases/<uuid:case_id>/appeal",
    operation_id="appeal_hiding",
    permission=Permission.MODERATION_APPEAL,
    body=Appealing,
    returns=(200, Case),
    idempotent=True,
    etag=case_tag,
    errors={
        403: "You did not write it.",
        409: f"{_NOT_OPEN}, you have taken it back, or the time to appeal is over.",
    },
    examples={"request": examples.APPEAL},
)
def appeal_hiding(context: Context, *, case_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Ask that somebody else judges what was hidden of yours: once, until `appeal_until`."""
    return shown_case(context, deciding.appeal(context.session, context.actor, case_id, **body))


@blp.operation(
    "POST",
    "/moderation/cases/<uuid:case_id>/uphold",
    operation_id="uphold_hiding",
    permission=Permission.MODERATION_APPEAL_DECIDE,
    body=AppealDecision,
    returns=(200, Case),
    idempotent=True,
    etag=case_tag,
    errors={403: _IMPARTIAL, 409: f"{_NOT_OPEN}."},
    examples={"request": examples.UPHOLDING},
)
def uphold_hiding(context: Context, *, case_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Decide an appeal against its author, with a public reason: the text stays hidden."""
    return shown_case(context, deciding.uphold(context.session, context.actor, case_id, **body))


@blp.operation(
    "POST",
    "/moderation/cases/<uuid:case_id>/restore",
    operation_id="restore_content",
    permission=Permission.MODERATION_APPEAL_DECIDE,
    body=AppealDecision,
    returns=(200, Case),
    idempotent=True,
    etag=case_tag,
    errors={403: _IMPARTIAL, 409: f"{_NOT_OPEN}."},
    examples={"request": examples.RESTORING},
)
def restore_content(context: Context, *, case_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Decide an appeal for its author, with a public reason: the text is shown again.

    Where no steward is left to decide, because each wrote, reported or hid it, a brand owner may do this, and
    this alone.
    """
    return shown_case(context, deciding.restore(context.session, context.actor, case_id, **body))


# --- figures ------------------------------------------------------------------------------------------


@blp.operation(
    "GET",
    "/moderation/figures",
    operation_id="get_moderation_figures",
    permission=Permission.MODERATION_READ,
    query=ScorecardQuery,
    returns=(200, ModerationFigures),
    errors={409: "The instant lies in the future."},
)
def get_moderation_figures(
    context: Context, *, community_id: uuid.UUID, query: dict[str, Any]
) -> dict[str, Any]:
    """Read what was reported, hidden and restored, and how soon, now or as of an instant of the past.

    Every figure can be recomputed from the contents of the audit log: nothing is hidden in silence.
    """
    return shown_figures(counting.at_instant(context.session, community_id, query["at"], _now(context)))


@blp.operation(
    "GET",
    "/moderation/figures/series",
    operation_id="get_moderation_series",
    permission=Permission.MODERATION_READ,
    query=SeriesQuery,
    returns=(200, ModerationSeries),
    errors={409: "The series ends in the future or before it begins, or has too many points."},
)
def get_moderation_series(
    context: Context, *, community_id: uuid.UUID, query: dict[str, Any]
) -> dict[str, Any]:
    """Read the figures of moderation over time."""
    found = counting.at_instants(context.session, community_id, **query, now=_now(context))
    return {"items": [shown_figures(each) for each in found]}


@blp.operation(
    "GET",
    "/moderation/figures/series.csv",
    operation_id="download_moderation_series",
    permission=Permission.MODERATION_READ,
    query=SeriesQuery,
    returns=(200, "text/csv"),
    errors={409: "The series ends in the future or before it begins, or has too many points."},
)
def download_moderation_series(context: Context, *, community_id: uuid.UUID, query: dict[str, Any]) -> Stream:
    """Download the figures of moderation over time, one line an instant."""
    found = counting.at_instants(context.session, community_id, **query, now=_now(context))
    return Stream(series_lines(found), f"moderation-{community_id}.csv", _CSV)
