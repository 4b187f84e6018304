"""A further version of a charter, put in force without the months that an amendment takes."""

from __future__ import annotations

import dataclasses
import uuid

from flask import Flask

from app.db.clock import database_now
from app.db.units import Units
from app.domain.charter.document import Article, Charter
from app.services.charters import versions


def second_version(app: Flask, community_id: str, charter: Charter | None = None) -> Charter:
    """Put ``charter`` in force, or the charter in force with one article more; return it."""
    units: Units = app.extensions["althing.units"]
    with units.write() as session:
        number, before = versions.in_force(session, uuid.UUID(community_id))
        extra = Article(id=f"seasons_{number}", title="Seasons", body="Flavours follow the seasons.")
        after = charter or dataclasses.replace(before, articles=(*before.articles, extra))
        now = database_now(session)
        versions.enter_into_force(session, uuid.UUID(community_id), after, number=number + 1, at=now)
    return after
