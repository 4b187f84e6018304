"""Ballots: draft, open, cast, close, result, log."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from app.api.v1.ballots import examples
from app.api.v1.ballots.hot_path import cast_at_once, encoded, has_waited, promised
from app.api.v1.ballots.presentation import all_shown, ballot_tag, shown
from app.api.v1.ballots.result_schemas import Charts, Electorate, Jury, JuryQuery, Result
from app.api.v1.ballots.schemas import (
    Ballot,
    BallotChanges,
    BallotDraft,
    BallotQuery,
    BallotSuspension,
    CountPreview,
    LogQuery,
    OwnVote,
    PreviewedCount,
    SignedReceipt,
    TieRule,
    Turnout,
    VoteCasting,
)
from app.domain import counting
from app.http.blueprint import Blueprint
from app.http.exports import Stream
from app.http.operation import Context, Reply
from app.http.paging import Page, page_schema
from app.models.ballots import Ballot as BallotRow
from app.policies.permissions import Permission
from app.services.ballots import (
    casting,
    charting,
    closing,
    drafts,
    electorate,
    juries,
    logs,
    opening,
    suspension,
)
from app.services.ballots.manifest import manifest_bytes
from app.services.ballots.preview import preview
from app.services.ballots.rules import question_of
from app.services.ballots.turnout import issued, turnout

blp = Blueprint(
    "ballots",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/ballots",
    description="Ballots: drafting, opening, casting, closing, results and logs.",
)

_CSV = "text/csv; charset=utf-8; header=present"


def _facts(body: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a validated request into the facts a draft stores: plain values, the period in seconds."""
    facts = {name: _plain(value) for name, value in body.items() if name != "options"}
    if "voting_period" in facts:
        period = facts.pop("voting_period")
        facts["voting_period_seconds"] = None if period is None else int(period.total_seconds())
    return facts


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


@blp.operation(
    "POST",
    "",
    operation_id="create_ballot",
    permission=Permission.BALLOT_CREATE,
    body=BallotDraft,
    returns=(201, Ballot),
    idempotent=True,
    etag=ballot_tag,
    location=lambda ballot: f"/v1/communities/{ballot['community_id']}/ballots/{ballot['id']}",
    errors={
        403: "The charter does not let you open ballots of this decision type, or not in this group.",
        404: "No such community or group.",
        409: "The charter has no such decision type or fixes what the draft states otherwise, a matter is reserved, "
        "the group is archived or the type not open to groups, a candidate cannot be elected, or the parts do not "
        "make a question.",
    },
    examples={"requests": examples.drafts()},
)
def create_ballot(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Draft a ballot.

    It is held under a decision type of the charter, which fixes its rules but for what it leaves open. Nobody can
    vote in it until it is opened; opening freezes everything about it.
    """
    ballot = drafts.create(context.session, context.actor, _facts(body), body.get("options", []))
    return shown(context, ballot)


@blp.operation(
    "GET",
    "",
    operation_id="list_ballots",
    permission=Permission.BALLOT_LIST,
    query=BallotQuery,
    returns=(200, page_schema(Ballot)),
)
def list_ballots(context: Context, *, query: dict[str, Any]) -> Page:
    """List the ballots, the newest first, of any sort and state or of one.

    Drafts are listed for those who prepare ballots and for auditors.
    """
    now = context.now()
    wanted = {name: query[name] for name in ("state", "kind", "decision_type", "proposal_id", "group_id")}
    statement = drafts.listed(context.actor, now, **wanted)
    page = context.page(statement, [(BallotRow.id, uuid.UUID)], query, descending=True)
    return Page(all_shown(context, page.items), page.next_cursor)


@blp.operation(
    "POST",
    "/preview-count",
    operation_id="preview_count",
    permission=Permission.BALLOT_CREATE,
    body=CountPreview,
    returns=(200, PreviewedCount),
    writes=False,
    errors={409: "The question makes no sense, or a vote of the sample does not answer it."},
    examples={
        "request": {
            "method": "irv",
            "options": examples.OPTIONS,
            "votes": [
                {"choice": ["mint", "plum"], "weight": 40},
                {"choice": ["plum", "lime"], "weight": 25},
                {"choice": ["lime", "plum"], "weight": 35},
            ],
        }
    },
)
def preview_count(_context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Count a sample of votes, to see what a method makes of them.

    Nothing is stored. Ties by lot are drawn here from a public seed; a real ballot draws them from one that
    nobody can know before its close.
    """
    options = [
        (option.get("id") or f"o{position}", option["title"])
        for position, option in enumerate(body["options"], 1)
    ]
    question = counting.Question(
        method=body["method"].value,
        options=tuple(option for option, _ in options),
        seats=body["seats"],
        settings=body["settings"],
    )
    sample = [(vote["choice"], vote["weight"]) for vote in body["votes"]]
    return preview(question, dict(options), sample, stated_order=body["tie_rule"] is TieRule.STATED_ORDER)


@blp.operation(
    "GET",
    "/<uuid:ballot_id>",
    operation_id="get_ballot",
    permission=Permission.BALLOT_READ,
    returns=(200, Ballot),
    etag=ballot_tag,
)
def get_ballot(context: Context, *, ballot_id: uuid.UUID) -> dict[str, Any]:
    """Read a ballot."""
    return shown(context, drafts.read(context.session, context.actor, ballot_id))


@blp.operation(
    "PATCH",
    "/<uuid:ballot_id>",
    operation_id="update_ballot",
    permission=Permission.BALLOT_UPDATE,
    body=BallotChanges,
    returns=(200, Ballot),
    if_match=True,
    etag=ballot_tag,
    errors={409: "It has been opened, or its parts do not fit together."},
    examples={"request": {"title": "Which flavour this summer?"}},
)
def update_ballot(context: Context, *, ballot_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Change a draft.

    Any change brings what its decision type fixes up to date with the charter in force.
    """
    ballot = drafts.locked(context.session, context.actor, ballot_id)
    context.check_etag(ballot_tag(shown(context, ballot)))
    drafts.update(context.session, context.actor, ballot, _facts(body), body.get("options"))
    return shown(context, ballot)


@blp.operation(
    "DELETE",
    "/<uuid:ballot_id>",
    operation_id="delete_ballot",
    permission=Permission.BALLOT_DELETE,
    returns=(204, None),
    if_match=True,
    errors={409: "It has been opened: it stays for ever."},
)
def delete_ballot(context: Context, *, ballot_id: uuid.UUID) -> None:
    """Delete a draft."""
    ballot = drafts.locked(context.session, context.actor, ballot_id)
    context.check_etag(ballot_tag(shown(context, ballot)))
    drafts.delete(context.session, context.actor, ballot)


@blp.operation(
    "GET",
    "/<uuid:ballot_id>/electorate",
    operation_id="preview_electorate",
    permission=Permission.BALLOT_OPEN,
    returns=(200, Electorate),
    errors={
        403: "The charter does not let you open ballots of this decision type.",
        409: "It has been opened, or the charter has changed since it was drafted.",
    },
)
def preview_electorate(context: Context, *, ballot_id: uuid.UUID) -> dict[str, Any]:
    """See what a draft's roll would come to if it were opened now.

    How many would stand on it, with what weight, how concentrated, and what a cap would cut off; no names.
    """
    return electorate.preview_electorate(context.session, context.actor, ballot_id)


@blp.operation(
    "POST",
    "/<uuid:ballot_id>/open",
    operation_id="open_ballot",
    permission=Permission.BALLOT_OPEN,
    returns=(200, Ballot),
    idempotent=True,
    etag=ballot_tag,
    errors={
        403: "The charter does not let you open ballots of this decision type.",
        409: "It is no draft, the charter has changed since, the brand has not said what will follow, its period "
        "does not lie ahead, or nobody would be entitled to vote.",
    },
)
def open_ballot(context: Context, *, ballot_id: uuid.UUID) -> dict[str, Any]:
    """Open a ballot.

    Freezes roll, weights, rules and options in one transaction, under the charter in force, and publishes their
    hashes. Voting begins at opens_at, or now.
    """
    ballot = drafts.locked(context.session, context.actor, ballot_id)
    opening.open_ballot(context.session, context.actor, ballot)
    return shown(context, ballot)


@blp.operation(
    "POST",
    "/<uuid:ballot_id>/suspend",
    operation_id="suspend_ballot",
    permission=Permission.BALLOT_SUSPEND,
    body=BallotSuspension,
    returns=(200, Ballot),
    idempotent=True,
    etag=ballot_tag,
    errors={409: "Voting does not run, it was suspended before, or the charter does not list the ground."},
    examples={"request": {"ground": "defect", "reason": "Two options have each other's description."}},
)
def suspend_ballot(context: Context, *, ballot_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Suspend an open ballot in an emergency.

    Once a ballot, on a ground that the charter lists, in public. It lapses by itself after the charter's period,
    and the time it takes is given back: closes_at moves later by that period at once.
    """
    ballot = drafts.locked(context.session, context.actor, ballot_id)
    suspension.suspend(context.session, context.actor, ballot, ground=body["ground"], reason=body["reason"])
    return shown(context, ballot)


@blp.operation(
    "POST",
    "/<uuid:ballot_id>/resume",
    operation_id="resume_ballot",
    permission=Permission.BALLOT_SUSPEND,
    returns=(200, Ballot),
    idempotent=True,
    etag=ballot_tag,
    errors={409: "Voting is not suspended."},
)
def resume_ballot(context: Context, *, ballot_id: uuid.UUID) -> dict[str, Any]:
    """End a suspension before it lapses; closes_at moves back by what was left of it."""
    ballot = drafts.locked(context.session, context.actor, ballot_id)
    suspension.resume(context.session, context.actor, ballot)
    return shown(context, ballot)


@blp.operation(
    "GET",
    "/<uuid:ballot_id>/manifest",
    operation_id="get_manifest",
    permission=Permission.BALLOT_READ,
    returns=(200, "application/json"),
    errors={404: "No such ballot, or it has not been opened."},
)
def get_manifest(context: Context, *, ballot_id: uuid.UUID) -> bytes:
    """Download the manifest: the exact bytes whose SHA-256 is manifest_hash."""
    return manifest_bytes(drafts.read(context.session, context.actor, ballot_id))


@blp.operation(
    "GET",
    "/<uuid:ballot_id>/turnout",
    operation_id="get_turnout",
    permission=Permission.BALLOT_READ,
    returns=(200, Turnout),
)
def get_turnout(context: Context, *, ballot_id: uuid.UUID) -> dict[str, int | None]:
    """Read how many have voted so far."""
    ballot = drafts.read(context.session, context.actor, ballot_id)
    return {
        "voters": turnout(context.session, ballot),
        "roll_size": ballot.roll_size or 0,
        "credentials": issued(context.session, ballot),
    }


@blp.operation(
    "PUT",
    "/<uuid:ballot_id>/votes/me",
    operation_id="cast_vote",
    permission=Permission.BALLOT_CAST,
    body=VoteCasting,
    returns=[(200, SignedReceipt), (201, SignedReceipt)],
    shortcut=cast_at_once,
    errors={
        403: "You lack the role member, or are not on this ballot's roll.",
        409: "The ballot is not open or suspended, the choice does not answer it, or your vote cannot be changed.",
    },
    examples={"requests": examples.votes()},
)
def cast_vote(context: Context, *, ballot_id: uuid.UUID, body: dict[str, Any]) -> Reply:
    """Cast your vote.

    The same choice again returns the same receipt and adds nothing; another choice replaces your vote where
    the ballot allows it. A vote answered 2xx is in the tally.
    """
    receipt = casting.cast(
        context.session, context.actor, ballot_id, body["choice"], patient=not has_waited()
    )
    note = promised(context.actor.community_id, receipt, session=context.session)
    return Reply(encoded(receipt, note), status=201 if receipt.created else 200)


@blp.operation(
    "GET",
    "/<uuid:ballot_id>/votes/me",
    operation_id="get_own_vote",
    permission=Permission.BALLOT_OWN_VOTE,
    returns=(200, OwnVote),
    errors={404: "No such ballot, or no vote of yours in it."},
)
def get_own_vote(context: Context, *, ballot_id: uuid.UUID) -> dict[str, Any]:
    """Read your own vote and its receipt."""
    ballot, row = casting.own_vote(context.session, context.actor, ballot_id)
    choice = counting.to_choice(question_of(ballot), row.choice)
    return casting.facts_of(row) | {"choice": choice}


@blp.operation(
    "POST",
    "/<uuid:ballot_id>/close",
    operation_id="close_ballot",
    permission=Permission.BALLOT_CLOSE,
    returns=(200, Result),
    idempotent=True,
    errors={409: "Votes may still come."},
)
def close_ballot(context: Context, *, ballot_id: uuid.UUID) -> dict[str, Any]:
    """Close a ballot and certify its result.

    After closes_at; or early, where the ballot's rules allow that and everyone on the roll has voted.
    """
    ballot = drafts.locked(context.session, context.actor, ballot_id)
    return closing.as_document(closing.close(context.session, context.actor, ballot))


@blp.operation(
    "GET",
    "/<uuid:ballot_id>/result",
    operation_id="get_result",
    permission=Permission.BALLOT_READ,
    returns=(200, Result),
    writes=True,
    errors={409: "Voting has not ended."},
)
def get_result(context: Context, *, ballot_id: uuid.UUID) -> dict[str, Any]:
    """Read the certified result.

    Whoever asks first after the close has it counted; it is counted once.
    """
    return closing.as_document(closing.result(context.session, context.actor, ballot_id))


@blp.operation(
    "GET",
    "/<uuid:ballot_id>/result/charts",
    operation_id="list_charts",
    permission=Permission.BALLOT_READ,
    returns=(200, Charts),
    writes=True,
    errors={409: "Voting has not ended."},
)
def list_charts(context: Context, *, ballot_id: uuid.UUID) -> dict[str, Any]:
    """List the result's charts, each as a Vega-Lite specification to embed."""
    return {"items": charting.result_charts(context.session, context.actor, ballot_id)}


@blp.operation(
    "GET",
    "/<uuid:ballot_id>/result/charts/<any(spending,flow,pairwise,totals):name>.svg",
    operation_id="draw_chart",
    permission=Permission.BALLOT_READ,
    returns=(200, "image/svg+xml"),
    writes=True,
    errors={
        404: "No such ballot, or its result has no such chart.",
        409: "Voting has not ended, or this installation does not draw SVG.",
    },
)
def draw_chart(context: Context, *, ballot_id: uuid.UUID, name: str) -> bytes:
    """Draw one of the result's charts as SVG."""
    chart = charting.result_chart(context.session, context.actor, ballot_id, name)
    return charting.render_svg(chart.specification)


@blp.operation(
    "GET",
    "/<uuid:ballot_id>/log",
    operation_id="download_log",
    permission=Permission.BALLOT_LOG,
    query=LogQuery,
    returns=(200, ("text/csv", "application/jsonl")),
    errors={403: "This ballot is sealed until it closes.", 409: "The ballot has not opened yet."},
)
def download_log(context: Context, *, ballot_id: uuid.UUID, query: dict[str, Any]) -> Stream:
    """Download the ballot's log.

    Every cast with its tracker, as CSV (RFC 4180) or JSON Lines; Repr-Digest carries the SHA-256 of the file.
    The casts that count have `counts` true: group them by choice and add up their weights to count again.
    """
    form = logs.LogFormat(query["format"])
    log = logs.export(context.session, context.actor, ballot_id, form)
    content_type = {
        logs.LogFormat.CSV: _CSV,
        logs.LogFormat.JSON_LINES: "application/jsonl",
    }[form]
    return Stream(log.chunks, log.filename, content_type)


@blp.operation(
    "GET",
    "/<uuid:ballot_id>/roll",
    operation_id="download_roll",
    permission=Permission.BALLOT_LOG,
    returns=(200, "text/csv"),
    errors={409: "The ballot has not been opened."},
)
def download_roll(context: Context, *, ballot_id: uuid.UUID) -> Stream:
    """Download the electoral roll: each voter's random name in this ballot's log, and their weight.

    Joined by a space instead of the comma, its lines give roll_hash.
    """
    roll = logs.export_roll(context.session, context.actor, ballot_id)
    return Stream(roll.chunks, roll.filename, _CSV)


@blp.operation(
    "GET",
    "/<uuid:ballot_id>/jury",
    operation_id="draw_jury",
    permission=Permission.BALLOT_LOG,
    query=JuryQuery,
    returns=(200, Jury),
    writes=True,
    errors={409: "Voting has not ended, the roll is too small, or the ballot's ties fall in a stated order."},
)
def draw_jury(context: Context, *, ballot_id: uuid.UUID, query: dict[str, Any]) -> dict[str, Any]:
    """Draw a jury by lot from the ballot's roll.

    The same for everyone who asks, and for whoever draws it again from the roll and the result's seed: each
    ballot has one order of its roll, unknown before its close, and a larger jury continues a smaller one.
    """
    return juries.draw_jury(context.session, context.actor, ballot_id, **query)
