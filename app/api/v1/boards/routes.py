"""Boards: their phases, the ideas on them in every order, what is promoted, and where opinions meet."""

from __future__ import annotations

import uuid
from typing import Any

from app.api.v1.boards import examples
from app.api.v1.boards.presentation import board_tag, consensus_tag, facts_of, shown
from app.api.v1.boards.schemas import (
    Board,
    BoardChanges,
    BoardDraft,
    BoardQuery,
    Consensus,
    ConsensusIdea,
    IdeaSketch,
    Promotion,
    PromotionRequest,
    SimilarIdeas,
)
from app.api.v1.ideas.presentation import all_shown, idea_tag
from app.api.v1.ideas.presentation import shown as idea_shown
from app.api.v1.ideas.schemas import BoardIdeasQuery, Idea, IdeaDraft, IdeaPage
from app.http.blueprint import Blueprint
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.boards import Board as BoardRow
from app.models.boards import ConsensusScore, OpinionSnapshot
from app.models.boards import Promotion as PromotionRow
from app.policies.permissions import Permission
from app.services.boards import consensus, editing, finding, promoting
from app.services.ideas import drafting, listing, searching

blp = Blueprint(
    "boards",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/boards",
    description="Co-creation boards: phases, ideas in every order, promotion to a vote, consensus across groups.",
)

_BOARD = "/<uuid:board_id>"


@blp.operation(
    "POST",
    "",
    operation_id="create_board",
    permission=Permission.BOARD_CREATE,
    body=BoardDraft,
    returns=(201, Board),
    idempotent=True,
    etag=board_tag,
    location=lambda made: f"/v1/communities/{made['community_id']}/boards/{made['id']}",
    errors={
        403: "The charter does not let you make boards, or you are no steward of the group.",
        404: "No such community or group.",
        409: "The phases or the dots do not fit together, or the group is archived.",
    },
    examples={"request": examples.BOARD},
)
def create_board(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Make a board with its phases.

    The clock moves it from one phase to the next. Each phase says who posts, how ideas are supported, and whether
    they are discussed and rewritten.
    """
    return shown(context, editing.create(context.session, context.actor, facts_of(body)))


@blp.operation(
    "GET",
    "",
    operation_id="list_boards",
    permission=Permission.BOARD_READ,
    query=BoardQuery,
    returns=(200, page_schema(Board)),
)
def list_boards(context: Context, *, query: dict[str, Any]) -> Page:
    """List the boards, the newest first.

    Not those that other people's groups keep to themselves.
    """
    found = finding.visible_to(context.actor)
    if query["group_id"] is not None:
        found = found.where(BoardRow.group_id == query["group_id"])
    page = context.page(found, [(BoardRow.id, uuid.UUID)], query, descending=True)
    return Page([shown(context, board) for board in page.items], page.next_cursor)


@blp.operation(
    "GET",
    _BOARD,
    operation_id="get_board",
    permission=Permission.BOARD_READ,
    returns=(200, Board),
    etag=board_tag,
)
def get_board(context: Context, *, board_id: uuid.UUID) -> dict[str, Any]:
    """Read a board: its rules, the phase that runs, and how many dots you have left."""
    return shown(context, finding.read(context.session, context.actor, board_id))


@blp.operation(
    "PATCH",
    _BOARD,
    operation_id="update_board",
    permission=Permission.BOARD_UPDATE,
    body=BoardChanges,
    returns=(200, Board),
    if_match=True,
    etag=board_tag,
    errors={409: "The phases or the dots do not fit together, or dots have been given."},
    examples={"request": {"title": "The next bottle, and its cap"}},
)
def update_board(context: Context, *, board_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Change a board's rules; they hold from now on, and every change is in the audit log."""
    board = finding.locked(context.session, context.actor, board_id)
    context.check_etag(board_tag(shown(context, board)))
    return shown(context, editing.update(context.session, context.actor, board, facts_of(body)))


# --- ideas --------------------------------------------------------------------------------------------


@blp.operation(
    "POST",
    f"{_BOARD}/ideas",
    operation_id="create_idea",
    permission=Permission.IDEA_POST,
    body=IdeaDraft,
    returns=(201, Idea),
    idempotent=True,
    etag=idea_tag,
    location=lambda made: f"/v1/communities/{made['community_id']}/ideas/{made['id']}",
    examples={"request": examples.IDEA},
)
def create_idea(context: Context, *, board_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Draft an idea.

    Nobody but its authors sees it until it is posted. Look for similar ideas first: supporting one that is there
    goes further than a second one.
    """
    board = finding.locked(context.session, context.actor, board_id, shared=True)
    return idea_shown(context, drafting.create(context.session, context.actor, board, body))


@blp.operation(
    "GET",
    f"{_BOARD}/ideas",
    operation_id="list_board_ideas",
    permission=Permission.BOARD_READ,
    query=BoardIdeasQuery,
    returns=(200, IdeaPage),
)
def list_board_ideas(context: Context, *, board_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List a board's ideas: search them, narrow them down, and choose their order.

    Orders stand still while you page: keys are stored, and none changes because time passes.
    """
    board = finding.read(context.session, context.actor, board_id)
    found = listing.on_board(
        context.session, context.actor, board, state=query["state"], tag=query["tag"], query=query["q"]
    )
    day = context.now().date()
    wanted = listing.ordered(found, query["sort"], context.actor, board, day)
    if query["sort"] is listing.Sorting.FAIR:
        query = query | {"day": day}  # a cursor of yesterday's order fits today's no more
    page = context.page(wanted.statement, wanted.order, query, descending=wanted.descending)
    ideas = [listing.idea_in(row) for row in page.items]
    return Page(all_shown(context, ideas), page.next_cursor)


@blp.operation(
    "POST",
    f"{_BOARD}/similar-ideas",
    operation_id="find_similar_ideas",
    permission=Permission.BOARD_READ,
    body=IdeaSketch,
    returns=(200, SimilarIdeas),
    writes=False,
    examples={"request": examples.SIMILAR},
)
def find_similar_ideas(context: Context, *, board_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Find ideas that resemble what somebody is about to post, the most similar first; at most ten.

    Nothing is kept of the text.
    """
    board = finding.read(context.session, context.actor, board_id)
    found = searching.similar(context.session, board.id, body["title"], body["body"])
    ideas = all_shown(context, [idea for idea, _ in found])
    return {
        "items": [{"idea": idea, "similarity": share} for idea, (_, share) in zip(ideas, found, strict=True)]
    }


# --- promotion ----------------------------------------------------------------------------------------


@blp.operation(
    "POST",
    f"{_BOARD}/promotions",
    operation_id="promote_ideas",
    permission=Permission.IDEA_PROMOTE,
    body=PromotionRequest,
    returns=(201, Promotion),
    idempotent=True,
    errors={
        403: "Your roles do not promote ideas, or draft nothing under this decision type.",
        409: "One of the ideas is in no state for it, or the decision type does not fit; nothing was promoted.",
    },
    examples={"request": examples.PROMOTION},
)
def promote_ideas(context: Context, *, board_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Make ideas the options of a ballot, or a proposal, all at once or not at all.

    The ballot is a draft, to be opened like any other; the proposal is yours, to be submitted. What becomes of
    either is in the ideas' lineage.
    """
    made = promoting.promote(context.session, context.actor, board_id, body)
    return _promotions(context, [made])[0]


@blp.operation(
    "GET",
    f"{_BOARD}/promotions",
    operation_id="list_promotions",
    permission=Permission.BOARD_READ,
    query=PageQuery,
    returns=(200, page_schema(Promotion)),
)
def list_promotions(context: Context, *, board_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List what was promoted from a board, the latest first."""
    board = finding.read(context.session, context.actor, board_id)
    page = context.page(promoting.of(board), [(PromotionRow.id, uuid.UUID)], query, descending=True)
    return Page(_promotions(context, page.items), page.next_cursor)


def _promotions(context: Context, rows: Any) -> list[dict[str, Any]]:
    ideas = promoting.ideas_of(context.session, rows)
    names = ("id", "board_id", "ballot_id", "proposal_id", "membership_id", "promoted_at")
    return [{name: getattr(row, name) for name in names} | {"ideas": ideas[row.id]} for row in rows]


# --- consensus ----------------------------------------------------------------------------------------


@blp.operation(
    "POST",
    f"{_BOARD}/consensus",
    operation_id="compute_consensus",
    permission=Permission.BOARD_UPDATE,
    returns=(201, Consensus),
    idempotent=True,
    etag=consensus_tag,
)
def compute_consensus(context: Context, *, board_id: uuid.UUID) -> OpinionSnapshot:
    """Find the groups of opinion, and which ideas all of them agree on, from the opinions there are now.

    Whoever has the opinions computes the same; docs/ranking.md has the rule. The last three are kept.
    """
    return consensus.compute(context.session, context.actor, board_id)


@blp.operation(
    "GET",
    f"{_BOARD}/consensus",
    operation_id="get_consensus",
    permission=Permission.BOARD_READ,
    returns=(200, Consensus),
    etag=consensus_tag,
)
def get_consensus(context: Context, *, board_id: uuid.UUID) -> OpinionSnapshot:
    """Read a board's groups of opinion, as they were computed last."""
    return consensus.read(context.session, finding.read(context.session, context.actor, board_id))


@blp.operation(
    "GET",
    f"{_BOARD}/consensus/<int(min=1, max=2147483647):number>/ideas",
    operation_id="list_consensus_ideas",
    permission=Permission.BOARD_READ,
    query=PageQuery,
    returns=(200, page_schema(ConsensusIdea)),
)
def list_consensus_ideas(
    context: Context, *, board_id: uuid.UUID, number: int, query: dict[str, Any]
) -> Page:
    """List ideas by their consensus across groups, the greatest first.

    One group that is against an idea outweighs any majority for it.
    """
    board = finding.read(context.session, context.actor, board_id)
    snapshot = consensus.read(context.session, board, number)
    order = [(ConsensusScore.score, int), (ConsensusScore.idea_id, uuid.UUID)]
    page = context.page(consensus.scores(snapshot), order, query, descending=True)
    ideas = all_shown(context, [row.Idea for row in page.items])
    items = [
        {
            "idea": idea,
            "billionths": row.score,
            "groups": [{"agreements": agreements, "opinions": opinions} for agreements, opinions in row.seen],
        }
        for idea, row in zip(ideas, page.items, strict=True)
    ]
    return Page(items, page.next_cursor)
