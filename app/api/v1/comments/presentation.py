"""Comments as they are shown to the caller."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from app.api.v1.moderation.presentation import shown_hidden
from app.http.operation import Context
from app.models.discussion import Comment
from app.services import markdown
from app.services.discussion.shown import ShownComment, shown

_SHOWN = (
    *("id", "community_id", "subject_type", "subject_id", "parent_id", "depth", "author_id", "text_number"),
    *("created_at", "edited_at", "withdrawn_at", "reply_count", "version"),
)


def one_shown(context: Context, comment: Comment) -> dict[str, Any]:
    """Return a comment as its schema dumps it, after whatever was done to it."""
    return all_shown(context, [comment])[0]


def all_shown(context: Context, comments: Sequence[Comment]) -> list[dict[str, Any]]:
    """Return some comments as their schema dumps them."""
    context.session.flush()
    return [_document(each) for each in shown(context.session, context.actor, comments)]


def comment_tag(document: dict[str, Any]) -> tuple[object, ...]:
    """Return what the entity tag of a shown comment is made of.

    Besides its version, what is shown depends on who asks and on what the members it mentions are called.
    """
    moving = [document[name] for name in ("state", "body_html", "own_reaction", "hidden")]
    code = hashlib.sha256("\n".join(map(str, moving)).encode()).hexdigest()[:12]
    return ("comment", document["id"], document["version"], code)


def _document(known: ShownComment) -> dict[str, Any]:
    text = known.text
    names = {each.reference: each.display_name for each in known.mentions}
    return {name: getattr(known.comment, name) for name in _SHOWN} | {
        "state": known.state,
        "stance": None if text is None else text.stance,
        "body": None if text is None else text.body,
        "body_html": None if text is None else markdown.served(text.html, names),
        "mentions": [
            {"membership_id": each.id, "reference": each.reference, "display_name": each.display_name}
            for each in known.mentions
        ],
        "reactions": {kind.value: number for kind, number in known.reactions.items()},
        "own_reaction": known.own_reaction,
        "hidden": shown_hidden(known.hidden),
    }
