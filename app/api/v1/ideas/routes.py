"""Ideas: their texts, their authors, what the brand answers, and what became of them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from app.api.v1.ideas.presentation import all_shown, idea_tag, shown
from app.api.v1.ideas.schemas import (
    Author,
    AuthorInviting,
    AuthorshipDeciding,
    ComparisonQuery,
    Idea,
    IdeaChanges,
    IdeaPage,
    IdeasQuery,
    IdeaText,
    Lineage,
    OfficialAnswer,
    OfficialAnswering,
    TextComparison,
)
from app.domain.lifecycle import IdeaState
from app.http.blueprint import Blueprint
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.ideas import Idea as IdeaRow
from app.models.ideas import IdeaAnswer, IdeaAuthor
from app.models.ideas import IdeaText as IdeaTextRow
from app.policies.permissions import Permission
from app.services.ideas import answering, authors, drafting, finding, lineage, listing, origins, texts

blp = Blueprint(
    "ideas",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/ideas",
    description="Ideas on boards: texts, co-authors, official answers, and what they led to.",
)

_IDEA = "/<uuid:idea_id>"
_ILLEGAL = "It is in no state in which this can be done."


@blp.operation(
    "GET",
    "",
    operation_id="list_ideas",
    permission=Permission.BOARD_READ,
    query=IdeasQuery,
    returns=(200, IdeaPage),
)
def list_ideas(context: Context, *, query: dict[str, Any]) -> Page:
    """List the community's ideas, the newest first: yours, those you follow, those that led to something.

    Drafts are listed for their authors alone.
    """
    statement = finding.visible_to(context.actor)
    if query["author"] is not None:
        statement = statement.where(IdeaRow.author_id == context.actor.membership_id)
    if query["followed_by"] is not None:
        statement = listing.followed_by(statement, context.actor)
    if query["supported_by"] is not None:
        statement = listing.supported_by(statement, context.actor)
    ends = {name: query[name] for name in ("ballot_id", "proposal_id", "obligation_id")}
    if any(ends.values()):
        statement = statement.where(lineage.led_to(**ends))
    page = context.page(statement, [(IdeaRow.id, uuid.UUID)], query, descending=True)
    return Page(all_shown(context, page.items), page.next_cursor)


@blp.operation(
    "GET",
    _IDEA,
    operation_id="get_idea",
    permission=Permission.BOARD_READ,
    returns=(200, Idea),
    etag=idea_tag,
)
def get_idea(context: Context, *, idea_id: uuid.UUID) -> dict[str, Any]:
    """Read an idea: where it stands, what you gave it, and what you may do."""
    return shown(context, finding.read(context.session, context.actor, idea_id))


@blp.operation(
    "PATCH",
    _IDEA,
    operation_id="update_idea",
    permission=Permission.IDEA_WRITE,
    body=IdeaChanges,
    returns=(200, Idea),
    if_match=True,
    etag=idea_tag,
    errors={
        403: "You are none of its authors.",
        409: "It is in no state, or the board in no phase, in which this can be done.",
    },
    examples={"request": {"body": "Brown glass, washed and filled again, with a deposit of 25 cents."}},
)
def update_idea(context: Context, *, idea_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Change your draft, or write the next text of your idea.

    Once it is posted, every text is kept under its number, and supporters see which one they supported.
    """
    held = finding.locked(context.session, context.actor, idea_id)
    context.check_etag(idea_tag(shown(context, held.idea, held.now)))
    drafting.update(context.session, context.actor, held, body)
    return shown(context, held.idea, held.now)


@blp.operation(
    "DELETE",
    _IDEA,
    operation_id="delete_idea",
    permission=Permission.IDEA_WRITE,
    returns=(204, None),
    if_match=True,
    errors={403: "You did not draft it.", 409: "It was posted, and stays."},
)
def delete_idea(context: Context, *, idea_id: uuid.UUID) -> None:
    """Delete your draft."""
    held = finding.locked(context.session, context.actor, idea_id)
    context.check_etag(idea_tag(shown(context, held.idea, held.now)))
    drafting.delete(context.session, context.actor, held)


@blp.operation(
    "POST",
    f"{_IDEA}/post",
    operation_id="post_idea",
    permission=Permission.IDEA_POST,
    returns=(200, Idea),
    idempotent=True,
    etag=idea_tag,
    errors={
        403: "You did not draft it, or your roles post no ideas.",
        409: "It was posted, or the board is in no phase in which your roles post.",
    },
)
def post_idea(context: Context, *, idea_id: uuid.UUID) -> dict[str, Any]:
    """Put your draft on its board. You follow it from then on."""
    held = finding.locked(context.session, context.actor, idea_id)
    drafting.post(context.session, context.actor, held)
    return shown(context, held.idea, held.now)


@blp.operation(
    "POST",
    f"{_IDEA}/withdraw",
    operation_id="withdraw_idea",
    permission=Permission.IDEA_WRITE,
    returns=(200, Idea),
    idempotent=True,
    etag=idea_tag,
    errors={403: "You did not draft it.", 409: _ILLEGAL},
)
def withdraw_idea(context: Context, *, idea_id: uuid.UUID) -> dict[str, Any]:
    """Take your idea back, while nothing has come of it; everyone can still read it."""
    held = finding.locked(context.session, context.actor, idea_id)
    drafting.withdraw(context.session, context.actor, held)
    return shown(context, held.idea, held.now)


# --- texts --------------------------------------------------------------------------------------------


@blp.operation(
    "GET",
    f"{_IDEA}/texts",
    operation_id="list_idea_texts",
    permission=Permission.BOARD_READ,
    query=PageQuery,
    returns=(200, page_schema(IdeaText)),
    errors={409: "Its text is hidden."},
)
def list_idea_texts(context: Context, *, idea_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List every text that an idea had since it was posted, the latest first."""
    idea = finding.read(context.session, context.actor, idea_id)
    found = texts.of(context.session, context.actor, idea)
    return context.page(found, [(IdeaTextRow.number, int)], query, descending=True)


@blp.operation(
    "GET",
    f"{_IDEA}/texts/<int(min=1, max=2147483647):number>/changes",
    operation_id="compare_idea_texts",
    permission=Permission.BOARD_READ,
    query=ComparisonQuery,
    returns=(200, TextComparison),
    errors={409: "The text to compare with is not the older one, or its text is hidden."},
)
def compare_idea_texts(
    context: Context, *, idea_id: uuid.UUID, number: int, query: dict[str, Any]
) -> dict[str, Any]:
    """Compare a text of an idea with an older one, line by line."""
    idea = finding.read(context.session, context.actor, idea_id)
    since = number - 1 if query["since"] is None else query["since"]
    return texts.compare(context.session, context.actor, idea, since, number)


# --- authors ------------------------------------------------------------------------------------------


@blp.operation(
    "POST",
    f"{_IDEA}/authors",
    operation_id="invite_author",
    permission=Permission.IDEA_WRITE,
    body=AuthorInviting,
    returns=(201, Author),
    idempotent=True,
    errors={
        403: "You did not draft it.",
        409: "They are an author, or asked to be, or it is too late for that.",
    },
    examples={"request": {"membership_id": "0192f0c1-7c1e-7abc-8def-0123456789ab"}},
)
def invite_author(context: Context, *, idea_id: uuid.UUID, body: dict[str, Any]) -> IdeaAuthor:
    """Ask a member to be an author of your idea, too; they are none until they consent."""
    held = finding.locked(context.session, context.actor, idea_id)
    return authors.invite(context.session, context.actor, held, body["membership_id"])


@blp.operation(
    "GET",
    f"{_IDEA}/authors",
    operation_id="list_authors",
    permission=Permission.BOARD_READ,
    query=PageQuery,
    returns=(200, page_schema(Author)),
)
def list_authors(context: Context, *, idea_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List an idea's authors, invited ones included, in the order in which they came to stand so."""
    found = authors.of(finding.read(context.session, context.actor, idea_id))
    order = [(IdeaAuthor.since, dt.datetime.fromisoformat), (IdeaAuthor.membership_id, uuid.UUID)]
    return context.page(found, order, query)


@blp.operation(
    "PUT",
    f"{_IDEA}/authors/me",
    operation_id="decide_authorship",
    permission=Permission.IDEA_WRITE,
    body=AuthorshipDeciding,
    returns=(200, Author),
    errors={
        404: "Nobody asked you.",
        409: "You declined, or drafted it yourself, or it is too late for that.",
    },
    examples={"request": {"consents": True}},
)
def decide_authorship(context: Context, *, idea_id: uuid.UUID, body: dict[str, Any]) -> IdeaAuthor:
    """Consent to be an author, decline, or be one no longer."""
    held = finding.locked(context.session, context.actor, idea_id)
    return authors.decide(context.session, context.actor, held, consents=body["consents"])


# --- what becomes of it -------------------------------------------------------------------------------


@blp.operation(
    "POST",
    f"{_IDEA}/answers",
    operation_id="answer_idea",
    permission=Permission.IDEA_ANSWER,
    body=OfficialAnswering,
    returns=(201, OfficialAnswer),
    idempotent=True,
    errors={409: _ILLEGAL},
    examples={"request": {"state": "planned", "reason": "The washing line is ordered for March."}},
)
def answer_idea(context: Context, *, idea_id: uuid.UUID, body: dict[str, Any]) -> IdeaAnswer:
    """Say officially what becomes of an idea, with a public reason.

    Answers are kept for good; whoever thinks better of one gives a further one.
    """
    held = finding.locked(context.session, context.actor, idea_id)
    state = IdeaState(body["state"].value)
    return answering.answer(context.session, context.actor, held, state, body["reason"])


@blp.operation(
    "GET",
    f"{_IDEA}/answers",
    operation_id="list_idea_answers",
    permission=Permission.BOARD_READ,
    query=PageQuery,
    returns=(200, page_schema(OfficialAnswer)),
)
def list_idea_answers(context: Context, *, idea_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List the official answers to an idea, the latest first."""
    found = answering.of(finding.read(context.session, context.actor, idea_id))
    return context.page(found, [(IdeaAnswer.number, int)], query, descending=True)


@blp.operation(
    "GET",
    f"{_IDEA}/lineage",
    operation_id="get_lineage",
    permission=Permission.BOARD_READ,
    returns=(200, Lineage),
)
def get_lineage(context: Context, *, idea_id: uuid.UUID) -> dict[str, Any]:
    """Read where an idea came from and where it led: merges, proposal or ballot, result, obligation, delivery.

    The other way, `GET .../ideas` finds the ideas that led to a ballot, a proposal or an obligation.
    """
    idea = finding.read(context.session, context.actor, idea_id)
    return origins.lineage_of(context.session, idea, context.now())
