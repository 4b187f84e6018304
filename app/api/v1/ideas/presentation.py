"""An idea as it is shown: its stored facts, and what follows from them for the caller at a moment."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

from app.api.v1.moderation.presentation import shown_hidden
from app.http.operation import Context
from app.models.ideas import Idea
from app.services.ideas.standing import Standing, standing

_SHOWN = (
    "id",
    "community_id",
    "board_id",
    "author_id",
    "title",
    "body",
    "links",
    "text_number",
    "merged_into_id",
    "endorsement_count",
    "dot_count",
    "agree_count",
    "disagree_count",
    "pass_count",
    "created_at",
    "posted_at",
    "version",
)


def shown(context: Context, idea: Idea, now: dt.datetime | None = None) -> dict[str, Any]:
    """Return an idea as its schema dumps it, after whatever was done to it.

    :param now: the database's clock; read where it is None.
    """
    return all_shown(context, [idea], now)[0]


def all_shown(
    context: Context, ideas: Sequence[Idea], now: dt.datetime | None = None
) -> list[dict[str, Any]]:
    """Return some ideas as their schema dumps them."""
    context.session.flush()
    moment = context.now() if now is None else now
    return [_shown(each) for each in standing(context.session, context.actor, ideas, moment)]


def idea_tag(document: dict[str, Any]) -> tuple[object, ...]:
    """Return what the entity tag of a shown idea is made of.

    Besides its version, what is shown depends on the caller, the clock, and rows of others.
    """
    moving = [
        document["state"],
        *document["actions"],
        *document["author_ids"],
        document["my_support"],
        document["my_opinion"],
        document["i_follow"],
        document["hidden"],
        document["title"],
    ]
    code = hashlib.sha256("\n".join(map(str, moving)).encode()).hexdigest()[:12]
    return ("idea", document["id"], document["version"], code)


def _shown(known: Standing) -> dict[str, Any]:
    support = known.support
    document = {name: getattr(known.idea, name) for name in _SHOWN} | {
        "state": known.state.value,
        "since": known.idea.state_since,
        "tags": list(known.tags),
        "author_ids": list(known.authors),
        "actions": [action.value for action in known.actions],
        "answer": known.answer,
        "my_support": {
            "endorsed": support is not None and support.endorsed,
            "dots": 0 if support is None else support.dots,
            "text_number": None if support is None else support.text_number,
            "carried": [
                {
                    "merge_id": merge.id,
                    "from_idea_id": merge.source_id,
                    "endorsed": carried.endorsed,
                    "dots": carried.dots,
                    "opt_out_until": merge.opt_out_until,
                }
                for carried, merge in known.carried
            ],
        },
        "my_opinion": known.opinion,
        "i_follow": known.follows,
        "hidden": shown_hidden(known.hidden),
    }
    if known.masked and known.hidden is not None:
        instead = {"title": known.hidden.ground_title, "body": known.hidden.reason}
        document |= instead | {"links": [], "tags": []}
    return document
