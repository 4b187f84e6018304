"""Charts of a certified result: Vega-Lite from the domain, SVG through vl-convert where it is installed."""

from __future__ import annotations

import importlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.domain.charts import Chart, charts
from app.domain.errors import refuse
from app.policies.permissions import Actor
from app.services.ballots import closing
from app.services.ballots.drafts import read
from app.services.ballots.rules import names_of


def result_charts(session: Session, actor: Actor, ballot_id: uuid.UUID) -> tuple[Chart, ...]:
    """Return the charts of a ballot's result, the most telling first.

    :param session: a session that may write: the result is certified if nobody has asked for it yet.
    :raises Refusal: ``not-found``, ``ballot-not-closed``.
    """
    document = closing.as_document(closing.result(session, actor, ballot_id))
    return charts(document["count"], names_of(read(session, actor, ballot_id)))


def result_chart(session: Session, actor: Actor, ballot_id: uuid.UUID, name: str) -> Chart:
    """Return one chart of a ballot's result.

    :raises Refusal: ``not-found`` where the result has no such chart; as :func:`result_charts`.
    """
    for chart in result_charts(session, actor, ballot_id):
        if chart.name == name:
            return chart
    raise refuse("not-found", "The result has no chart of this name.")


def render_svg(specification: Mapping[str, Any]) -> bytes:
    """Draw a Vega-Lite specification, whose data stands in it, as SVG.

    :raises Refusal: ``charts-not-installed`` where the extra ``charts`` is not installed.
    """
    try:
        converter = importlib.import_module("vl_convert")
    except ModuleNotFoundError:
        raise refuse(
            "charts-not-installed", "Install the extra named charts, or draw the specification."
        ) from None
    svg: str = converter.vegalite_to_svg(json.dumps(specification), allowed_base_urls=[])
    return svg.encode()
