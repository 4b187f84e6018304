"""Ballots that close in a moment, and waiting for that moment."""

from __future__ import annotations

import datetime as dt
import time

from app.db.clock import database_now
from app.domain.errors import Refusal
from app.policies.permissions import Permission
from app.services import access
from app.services.ballots import drafts, opening
from tests.services.ballots.booth import OPTIONS, Booth


def brief_ballot(booth: Booth, milliseconds: int) -> tuple[str, dt.datetime]:
    """Open a ballot that closes in so many milliseconds by the database's clock.

    A machine that is too busy to open it in time is asked again.
    """
    owner = booth.town.owner
    facts = {
        "kind": "general",
        "title": "Soon over",
        "description": "",
        "method": "approval",
        "settings": {},
        "seats": 1,
        "weighting": "one_member_one_vote",
        "secrecy": "open",
        "disclosure": "named",
        "vote_change": True,
        "early_close": False,
        "tie_rule": "lot",
    }
    for attempt in range(1, 20):
        try:
            with booth.units.write() as session:
                actor = access.enter(session, booth.actor(owner), booth.community, Permission.BALLOT_OPEN)
                tomorrow = database_now(session) + dt.timedelta(days=1)
                ballot = drafts.create(session, actor, facts | {"closes_at": tomorrow}, OPTIONS)
                period = dt.timedelta(milliseconds=milliseconds * attempt)
                ballot.closes_at = database_now(session) + period
                opening.open_ballot(session, actor, ballot)
                return f"{booth.town.path}/ballots/{ballot.id}", ballot.closes_at
        except Refusal as refusal:
            if refusal.problem.slug != "invalid-period":
                raise
    raise AssertionError("no ballot could be opened in time")


def sleep_until(moment: dt.datetime) -> None:
    time.sleep(max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds()))
