"""What members give an idea: endorsements, dots, opinions, and their attention."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from app.api.v1.ideas.presentation import idea_tag, shown
from app.api.v1.ideas.schemas import DotPlacing, Idea, OpinionGiving, Supporter
from app.http.blueprint import Blueprint
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.ideas import IdeaSupport
from app.policies.permissions import Permission
from app.services.ideas import finding, following, opinions, supporting

blp = Blueprint(
    "support",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/ideas/<uuid:idea_id>",
    description="What members give an idea: endorsements or dots, as the board's phase says, opinions, attention.",
)

_ILLEGAL = "It is in no state, or the board in no phase, in which this can be done."


@blp.operation(
    "PUT",
    "/endorsements/me",
    operation_id="endorse_idea",
    permission=Permission.IDEA_SUPPORT,
    returns=(200, Idea),
    etag=idea_tag,
    errors={409: _ILLEGAL},
)
def endorse_idea(context: Context, *, idea_id: uuid.UUID) -> dict[str, Any]:
    """Endorse an idea, and follow it from then on.

    Doing so again changes nothing, unless its text has changed: then it is the new text that you endorse.
    """
    held = finding.locked(context.session, context.actor, idea_id)
    supporting.endorse(context.session, context.actor, held)
    return shown(context, held.idea, held.now)


@blp.operation(
    "DELETE",
    "/endorsements/me",
    operation_id="withdraw_endorsement",
    permission=Permission.IDEA_WRITE,
    returns=(200, Idea),
    etag=idea_tag,
    errors={409: _ILLEGAL},
)
def withdraw_endorsement(context: Context, *, idea_id: uuid.UUID) -> dict[str, Any]:
    """Take your endorsement back, while the phase allows it."""
    held = finding.locked(context.session, context.actor, idea_id)
    supporting.withdraw_endorsement(context.session, context.actor, held)
    return shown(context, held.idea, held.now)


@blp.operation(
    "PUT",
    "/dots/me",
    operation_id="place_dots",
    permission=Permission.IDEA_SUPPORT,
    body=DotPlacing,
    returns=(200, Idea),
    etag=idea_tag,
    errors={409: f"You have fewer dots left, or an idea takes fewer. {_ILLEGAL}"},
    examples={"request": {"dots": 3}},
)
def place_dots(context: Context, *, idea_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Say how many of your dots an idea is to hold, in place of those it holds now."""
    held = finding.locked(context.session, context.actor, idea_id)
    supporting.place_dots(context.session, context.actor, held, body["dots"])
    return shown(context, held.idea, held.now)


@blp.operation(
    "GET",
    "/supporters",
    operation_id="list_supporters",
    permission=Permission.BOARD_READ,
    query=PageQuery,
    returns=(200, page_schema(Supporter)),
)
def list_supporters(context: Context, *, idea_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List an idea's supporters in the order in which they last said so, with the text they supported."""
    found = supporting.supporters(finding.read(context.session, context.actor, idea_id))
    order = [(IdeaSupport.supported_at, dt.datetime.fromisoformat), (IdeaSupport.membership_id, uuid.UUID)]
    return context.page(found, order, query)


@blp.operation(
    "PUT",
    "/opinions/me",
    operation_id="give_opinion",
    permission=Permission.IDEA_SUPPORT,
    body=OpinionGiving,
    returns=(200, Idea),
    etag=idea_tag,
    errors={409: "It is in no state in which this can be done."},
    examples={"request": {"opinion": "agree"}},
)
def give_opinion(context: Context, *, idea_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Say whether you agree with an idea, disagree, or have seen it and pass.

    Opinions make groups, and ideas that all groups agree on are found by them; who said what is shown to nobody else.
    """
    held = finding.locked(context.session, context.actor, idea_id)
    opinions.opine(context.session, context.actor, held, body["opinion"])
    return shown(context, held.idea, held.now)


@blp.operation(
    "DELETE",
    "/opinions/me",
    operation_id="withdraw_opinion",
    permission=Permission.IDEA_WRITE,
    returns=(200, Idea),
    etag=idea_tag,
    errors={409: "It is in no state in which this can be done."},
)
def withdraw_opinion(context: Context, *, idea_id: uuid.UUID) -> dict[str, Any]:
    """Take your opinion back."""
    held = finding.locked(context.session, context.actor, idea_id)
    opinions.withdraw(context.session, context.actor, held)
    return shown(context, held.idea, held.now)


@blp.operation(
    "PUT",
    "/followers/me",
    operation_id="follow_idea",
    permission=Permission.IDEA_WRITE,
    returns=(200, Idea),
    etag=idea_tag,
    errors={409: "It is a draft, of which there is nothing to hear."},
)
def follow_idea(context: Context, *, idea_id: uuid.UUID) -> dict[str, Any]:
    """Follow an idea; whoever posts or supports one does so by that."""
    idea = finding.read(context.session, context.actor, idea_id)
    following.follow(context.session, context.actor, idea)
    return shown(context, idea)


@blp.operation(
    "DELETE",
    "/followers/me",
    operation_id="unfollow_idea",
    permission=Permission.IDEA_WRITE,
    returns=(200, Idea),
    etag=idea_tag,
)
def unfollow_idea(context: Context, *, idea_id: uuid.UUID) -> dict[str, Any]:
    """Follow an idea no longer."""
    idea = finding.read(context.session, context.actor, idea_id)
    following.unfollow(context.session, context.actor, idea)
    return shown(context, idea)
