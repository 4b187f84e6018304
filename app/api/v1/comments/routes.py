"""Comments: what people say about proposals and ideas, to each other, and in what words they changed their minds."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from app.api.v1.comments import examples
from app.api.v1.comments.presentation import all_shown, comment_tag, one_shown
from app.api.v1.comments.schemas import (
    Comment,
    CommentChanges,
    CommentQuery,
    CommentTextItem,
    CommentWriting,
    Reacting,
    ReactionItem,
    ReplyQuery,
    Sorting,
)
from app.http.blueprint import Blueprint
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.discussion import Comment as CommentRow
from app.models.discussion import CommentMention, CommentReaction, CommentText
from app.policies.permissions import Permission
from app.services.discussion import finding, reacting, shown, writing
from app.services.discussion.subjects import SUBJECTS

blp = Blueprint(
    "comments",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>",
    description="Threads of comments on what is under discussion, with stances, mentions and reactions.",
)

_ON = f"/<any({','.join(SUBJECTS)}):subjects>/<uuid:subject_id>/comments"
_CLOSED = "What is discussed is not open to discussion"
_COMMENTS = page_schema(Comment)


def _location(made: dict[str, Any]) -> str:
    return f"/v1/communities/{made['community_id']}/comments/{made['id']}"


def _page(context: Context, statement: sa.Select[Any], query: dict[str, Any]) -> Page:
    order: list[Any] = [(CommentRow.id, uuid.UUID)]
    if query["sort"] is Sorting.MOST_REACTIONS:
        order.insert(0, (CommentRow.reaction_count, int))
    page = context.page(statement, order, query, descending=query["sort"] is not Sorting.OLDEST)
    return Page(all_shown(context, page.items), page.next_cursor)


@blp.operation(
    "POST",
    _ON,
    operation_id="write_comment",
    permission=Permission.COMMENT_WRITE,
    body=CommentWriting,
    returns=(201, Comment),
    idempotent=True,
    etag=comment_tag,
    location=_location,
    errors={409: f"{_CLOSED}, or the comment mentions too many members."},
    examples={"request": examples.COMMENT},
)
def write_comment(
    context: Context, *, subjects: str, subject_id: uuid.UUID, body: dict[str, Any]
) -> dict[str, Any]:
    """Comment on what is under discussion, for it, against it, with a question, or without a stance.

    A proposal is under discussion from when it is put to the community until its vote opens; an idea while its board
    is in a phase with comments. On a group's board its members discuss, and those who act for the community.
    """
    made = writing.comment(context.session, context.actor, SUBJECTS[subjects], subject_id, body)
    return one_shown(context, made)


@blp.operation(
    "GET",
    _ON,
    operation_id="list_comments",
    permission=Permission.COMMENT_READ,
    query=CommentQuery,
    returns=(200, _COMMENTS),
)
def list_comments(context: Context, *, subjects: str, subject_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List the comments on a thing itself; each says how many replies it has."""
    statement = finding.on(context.session, context.actor, SUBJECTS[subjects], subject_id)
    if query["stance"] is not None:
        statement = finding.of_stance(statement, query["stance"])
    return _page(context, statement, query)


@blp.operation(
    "POST",
    "/comments/<uuid:comment_id>/replies",
    operation_id="reply_to_comment",
    permission=Permission.COMMENT_WRITE,
    body=CommentWriting,
    returns=(201, Comment),
    idempotent=True,
    etag=comment_tag,
    location=_location,
    errors={
        409: f"{_CLOSED}, the comment is withdrawn or hidden, the thread is at its greatest depth, or the reply "
        "mentions too many members."
    },
    examples={"request": examples.REPLY},
)
def reply_to_comment(context: Context, *, comment_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Reply to a comment."""
    return one_shown(context, writing.reply(context.session, context.actor, comment_id, body))


@blp.operation(
    "GET",
    "/comments/<uuid:comment_id>/replies",
    operation_id="list_replies",
    permission=Permission.COMMENT_READ,
    query=ReplyQuery,
    returns=(200, _COMMENTS),
)
def list_replies(context: Context, *, comment_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List the direct replies to a comment."""
    return _page(context, finding.replies(context.session, context.actor, comment_id), query)


@blp.operation(
    "GET",
    "/comments/<uuid:comment_id>",
    operation_id="get_comment",
    permission=Permission.COMMENT_READ,
    returns=(200, Comment),
    etag=comment_tag,
)
def get_comment(context: Context, *, comment_id: uuid.UUID) -> dict[str, Any]:
    """Read a comment."""
    return one_shown(context, finding.read(context.session, context.actor, comment_id))


@blp.operation(
    "PATCH",
    "/comments/<uuid:comment_id>",
    operation_id="edit_comment",
    permission=Permission.COMMENT_REVISE,
    body=CommentChanges,
    returns=(200, Comment),
    if_match=True,
    etag=comment_tag,
    errors={
        403: "You did not write it.",
        409: f"{_CLOSED}, the comment is withdrawn or hidden, or it would mention too many members.",
    },
    examples={"request": {"body": "Who cleans it in winter, and who pays for that?"}},
)
def edit_comment(context: Context, *, comment_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Change what your comment says, while the thing is under discussion.

    Every version stays readable to whoever can read the comment.
    """
    comment, now = writing.held(context.session, context.actor, comment_id)
    context.check_etag(comment_tag(one_shown(context, comment)))
    writing.edit(context.session, context.actor, comment, body, now)
    return one_shown(context, comment)


@blp.operation(
    "POST",
    "/comments/<uuid:comment_id>/withdraw",
    operation_id="withdraw_comment",
    permission=Permission.COMMENT_REVISE,
    returns=(200, Comment),
    idempotent=True,
    etag=comment_tag,
    errors={403: "You did not write it.", 409: "You have withdrawn it before."},
)
def withdraw_comment(context: Context, *, comment_id: uuid.UUID) -> dict[str, Any]:
    """Take your comment back, at any time.

    Every version of its text is deleted; its place stays, so that replies to it can be followed.
    """
    return one_shown(context, writing.withdraw(context.session, context.actor, comment_id))


@blp.operation(
    "GET",
    "/comments/<uuid:comment_id>/texts",
    operation_id="list_comment_texts",
    permission=Permission.COMMENT_READ,
    query=PageQuery,
    returns=(200, page_schema(CommentTextItem)),
    errors={409: "The comment is hidden."},
)
def list_comment_texts(context: Context, *, comment_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List the versions of what a comment says, the latest first; none of a withdrawn one is left."""
    statement = shown.texts(context.session, context.actor, comment_id)
    return context.page(statement, [(CommentText.number, int)], query, descending=True)


@blp.operation(
    "PUT",
    "/comments/<uuid:comment_id>/reactions/me",
    operation_id="react_to_comment",
    permission=Permission.COMMENT_REACT,
    body=Reacting,
    returns=(200, Comment),
    etag=comment_tag,
    errors={409: f"{_CLOSED}, or the comment is withdrawn or hidden."},
    examples={"request": {"kind": "insightful"}},
)
def react_to_comment(context: Context, *, comment_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """React to a comment.

    You have one reaction to it: another takes the place of the first, the same again changes nothing.
    """
    return one_shown(context, reacting.react(context.session, context.actor, comment_id, body["kind"]))


@blp.operation(
    "DELETE",
    "/comments/<uuid:comment_id>/reactions/me",
    operation_id="unreact_to_comment",
    permission=Permission.COMMENT_REVISE,
    returns=(200, Comment),
    etag=comment_tag,
)
def unreact_to_comment(context: Context, *, comment_id: uuid.UUID) -> dict[str, Any]:
    """Take your reaction back, at any time; without any, nothing changes."""
    return one_shown(context, reacting.unreact(context.session, context.actor, comment_id))


@blp.operation(
    "GET",
    "/comments/<uuid:comment_id>/reactions",
    operation_id="list_reactions",
    permission=Permission.COMMENT_READ,
    query=PageQuery,
    returns=(200, page_schema(ReactionItem)),
)
def list_reactions(context: Context, *, comment_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List who reacted to a comment and how, the earliest first."""
    found = finding.reactions(context.session, context.actor, comment_id)
    order = [
        (CommentReaction.reacted_at, dt.datetime.fromisoformat),
        (CommentReaction.membership_id, uuid.UUID),
    ]
    return context.page(found, order, query)


@blp.operation(
    "GET",
    "/members/me/mentions",
    operation_id="list_own_mentions",
    permission=Permission.COMMENT_READ,
    query=PageQuery,
    returns=(200, _COMMENTS),
)
def list_own_mentions(context: Context, *, query: dict[str, Any]) -> Page:
    """List the comments that mention you as they read now, the latest mention first."""
    statement = finding.mentions(context.actor)
    page = context.page(statement, [(CommentMention.id, uuid.UUID)], query, descending=True)
    found = finding.in_order(context.session, [mention.comment_id for mention in page.items])
    return Page(all_shown(context, found), page.next_cursor)
