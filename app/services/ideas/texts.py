"""The texts that an idea had since it was posted, and what changed from one to another."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.charter.difference import line_difference
from app.domain.errors import refuse
from app.models.ideas import Idea, IdeaText
from app.policies.permissions import Actor
from app.services.moderation.hiding import hidings, masked


def of(session: Session, actor: Actor, idea: Idea) -> sa.Select[IdeaText]:
    """Select an idea's texts.

    :raises Refusal: ``not-shown`` where they are hidden from the actor.
    """
    _require_legible(session, actor, idea)
    return sa.select(IdeaText).where(IdeaText.idea_id == idea.id)


def compare(session: Session, actor: Actor, idea: Idea, since: int, number: int) -> dict[str, Any]:
    """Compare two texts of an idea line by line: title, body, tags and addresses of links.

    :param since: the older number; 0 is the empty text before the first.
    :raises Refusal: ``not-found``, ``conflict`` where the older is not older, ``not-shown``.
    """
    _require_legible(session, actor, idea)
    if since >= number:
        raise refuse("conflict", "The text to compare with is not the older one.")
    before, after = (_text(session, idea, each) for each in (since, number))
    changes = {name: line_difference(before[name], after[name]) for name in after}
    return {"from_number": since, "to_number": number} | changes


def _require_legible(session: Session, actor: Actor, idea: Idea) -> None:
    if masked(session, actor, hidings(session, [idea.id])):
        raise refuse("not-shown", "It is hidden.")


def _text(session: Session, idea: Idea, number: int) -> dict[str, str]:
    if number == 0:
        return dict.fromkeys(("title", "body", "tags", "links"), "")
    found = session.get(IdeaText, (idea.id, number))
    if found is None:
        raise refuse("not-found")
    return {
        "title": found.title,
        "body": found.body,
        "tags": "\n".join(found.tags),
        "links": "\n".join(link["url"] for link in found.links),
    }
