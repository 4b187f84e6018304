"""What the brand owes: pre-commitments, obligations, answers, promises, deliveries and the scorecard."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from app.api.v1.obligations import examples
from app.api.v1.obligations.presentation import (
    obligation_tag,
    series_lines,
    shown_milestone,
    shown_obligations,
    shown_precommitment,
    shown_scorecard,
)
from app.api.v1.obligations.schemas import (
    Answer,
    Answering,
    Attestation,
    AttestationItem,
    AttestationQuery,
    Attesting,
    Evidence,
    EvidenceGiving,
    Milestone,
    MilestonePromising,
    Obligation,
    ObligationQuery,
    Precommitment,
    PrecommitmentRecording,
    Scorecard,
    ScorecardQuery,
    ScorecardSeries,
    SeriesQuery,
    Sort,
)
from app.domain.instants import to_milliseconds
from app.http.blueprint import Blueprint
from app.http.exports import Stream
from app.http.operation import Context, Reply
from app.http.paging import Page, PageQuery, page_schema
from app.models.obligations import Answer as AnswerRow
from app.models.obligations import Attestation as AttestationRow
from app.models.obligations import Evidence as EvidenceRow
from app.models.obligations import Milestone as MilestoneRow
from app.models.obligations import Obligation as ObligationRow
from app.models.obligations import Precommitment as PrecommitmentRow
from app.policies.permissions import Permission
from app.services.obligations import answering, delivering, precommitting, scoring
from app.services.obligations.standing import (
    StandingObligation,
    listed,
    locked,
    read,
    read_milestone,
    standing,
    standing_milestones,
)

blp = Blueprint(
    "obligations",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>",
    description="What the brand says before a vote, owes after it, promises and delivers, and how it keeps its word.",
)

_PRECOMMITMENTS = page_schema(Precommitment)
_CSV = "text/csv; charset=utf-8; header=present"


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """Turn members of enumerations into the text that columns hold."""
    return {name: str.__str__(value) if isinstance(value, str) else value for name, value in body.items()}


def _now(context: Context) -> dt.datetime:
    """Return the database's clock to the milliseconds that are shown, so that what is shown is what is judged."""
    return to_milliseconds(context.now())


# --- pre-commitments ----------------------------------------------------------------------------------


@blp.operation(
    "POST",
    "/proposals/<uuid:proposal_id>/precommitments",
    operation_id="record_proposal_precommitment",
    permission=Permission.PRECOMMITMENT_RECORD,
    body=PrecommitmentRecording,
    returns=(201, Precommitment),
    idempotent=True,
    errors={409: "The vote is open, the decision is advisory, or a ground of refusal is none."},
    examples={"request": examples.PRECOMMITMENT},
)
def record_proposal_precommitment(
    context: Context, *, proposal_id: uuid.UUID, body: dict[str, Any]
) -> dict[str, Any]:
    """Say what will happen if a proposal passes.

    A later version takes the place of this one until the vote opens; the last one is published with the ballot
    and hashed into its manifest.
    """
    made = precommitting.record_for_proposal(context.session, context.actor, proposal_id, body)
    return shown_precommitment(made)


@blp.operation(
    "GET",
    "/proposals/<uuid:proposal_id>/precommitments",
    operation_id="list_proposal_precommitments",
    permission=Permission.PROPOSAL_READ,
    query=PageQuery,
    returns=(200, _PRECOMMITMENTS),
)
def list_proposal_precommitments(context: Context, *, proposal_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List what the brand said about a proposal before its vote, the latest version first."""
    statement = precommitting.of_proposal(context.session, context.actor, proposal_id)
    page = context.page(statement, [(PrecommitmentRow.number, int)], query, descending=True)
    return Page([shown_precommitment(made) for made in page.items], page.next_cursor)


@blp.operation(
    "POST",
    "/ballots/<uuid:ballot_id>/precommitments",
    operation_id="record_ballot_precommitment",
    permission=Permission.PRECOMMITMENT_RECORD,
    body=PrecommitmentRecording,
    returns=(201, Precommitment),
    idempotent=True,
    errors={409: "The ballot is no draft, its decision is advisory, or a ground of refusal is none."},
    examples={"request": examples.PRECOMMITMENT},
)
def record_ballot_precommitment(
    context: Context, *, ballot_id: uuid.UUID, body: dict[str, Any]
) -> dict[str, Any]:
    """Say what will follow from a standalone ballot.

    A later version takes the place of this one until the ballot is opened; the last one is published with the
    ballot and hashed into its manifest.
    """
    made = precommitting.record_for_ballot(context.session, context.actor, ballot_id, body)
    return shown_precommitment(made)


@blp.operation(
    "GET",
    "/ballots/<uuid:ballot_id>/precommitments",
    operation_id="list_ballot_precommitments",
    permission=Permission.BALLOT_READ,
    query=PageQuery,
    returns=(200, _PRECOMMITMENTS),
)
def list_ballot_precommitments(context: Context, *, ballot_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List what the brand said about a standalone ballot before it was opened, the latest version first."""
    statement = precommitting.of_ballot(context.session, context.actor, ballot_id)
    page = context.page(statement, [(PrecommitmentRow.number, int)], query, descending=True)
    return Page([shown_precommitment(made) for made in page.items], page.next_cursor)


# --- obligations --------------------------------------------------------------------------------------


def _standing(context: Context, obligation: ObligationRow) -> StandingObligation:
    (found,) = standing(context.session, [obligation], _now(context))
    return found


@blp.operation(
    "GET",
    "/obligations",
    operation_id="list_obligations",
    permission=Permission.OBLIGATION_READ,
    query=ObligationQuery,
    returns=(200, page_schema(Obligation)),
)
def list_obligations(context: Context, *, query: dict[str, Any]) -> Page:
    """List what the brand owes: by state and binding level, or of one ballot or proposal."""
    now = _now(context)
    statement = listed(
        context.actor,
        now,
        state=query["state"],
        level=query["binding_level"],
        ballot_id=query["ballot_id"],
        proposal_id=query["proposal_id"],
    )
    newest = query["sort"] is Sort.NEWEST
    by_date = [] if newest else [(ObligationRow.due_at, dt.datetime.fromisoformat)]
    page = context.page(statement, [*by_date, (ObligationRow.id, uuid.UUID)], query, descending=newest)
    found = standing(context.session, page.items, now)
    return Page(shown_obligations(context, found), page.next_cursor)


@blp.operation(
    "GET",
    "/obligations/<uuid:obligation_id>",
    operation_id="get_obligation",
    permission=Permission.OBLIGATION_READ,
    returns=(200, Obligation),
    etag=obligation_tag,
)
def get_obligation(context: Context, *, obligation_id: uuid.UUID) -> dict[str, Any]:
    """Read an obligation with its last answer and every promise."""
    found = _standing(context, read(context.session, context.actor, obligation_id))
    return shown_obligations(context, [found])[0]


@blp.operation(
    "POST",
    "/obligations/<uuid:obligation_id>/answers",
    operation_id="answer_obligation",
    permission=Permission.OBLIGATION_ANSWER,
    body=Answering,
    returns=(201, Answer),
    idempotent=True,
    if_match=True,
    errors={409: "The binding level does not allow this answer, or nothing is left to do."},
    examples={"requests": examples.ANSWERS},
)
def answer_obligation(context: Context, *, obligation_id: uuid.UUID, body: dict[str, Any]) -> AnswerRow:
    """Answer for the brand.

    No answer is ever changed: a further one takes its place, and all stay public. Which answers are open to the
    brand follows from the binding level: a binding decision is not refused and its answer says by when it is
    done; a co-decision is refused, whole or in part, only on a ground of `refusal_grounds`; wherever an answer
    is owed, a reason is, too. A refusal unmakes no promise.
    """
    obligation = locked(context.session, context.actor, obligation_id)
    found = _standing(context, obligation)
    context.check_etag(found.version)
    return answering.answer(context.session, context.actor, found, _plain(body), _now(context))


@blp.operation(
    "GET",
    "/obligations/<uuid:obligation_id>/answers",
    operation_id="list_answers",
    permission=Permission.OBLIGATION_READ,
    query=PageQuery,
    returns=(200, page_schema(Answer)),
)
def list_answers(context: Context, *, obligation_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List the answers to an obligation, the first one first."""
    statement = answering.answers(context.session, context.actor, obligation_id)
    return context.page(statement, [(AnswerRow.number, int)], query)


@blp.operation(
    "POST",
    "/obligations/<uuid:obligation_id>/milestones",
    operation_id="promise_milestone",
    permission=Permission.OBLIGATION_ANSWER,
    body=MilestonePromising,
    returns=(201, Milestone),
    idempotent=True,
    location=lambda made: f"/v1/communities/{made['community_id']}/milestones/{made['id']}",
    errors={409: "The date is no promise, or nothing is left to do."},
    examples={"request": examples.MILESTONE},
)
def promise_milestone(
    context: Context, *, community_id: uuid.UUID, obligation_id: uuid.UUID, body: dict[str, Any]
) -> dict[str, Any]:
    """Promise something more, with a date.

    A promise is never changed and its date never moved: a new date is a new promise, and the old one is judged
    by its own.
    """
    obligation = locked(context.session, context.actor, obligation_id)
    now = _now(context)
    made = answering.promise(context.session, context.actor, _standing(context, obligation), body, now)
    (found,) = standing_milestones(context.session, obligation, [made], now)
    return shown_milestone(found) | {"community_id": community_id}


@blp.operation(
    "GET",
    "/obligations/<uuid:obligation_id>/milestones",
    operation_id="list_milestones",
    permission=Permission.OBLIGATION_READ,
    query=PageQuery,
    returns=(200, page_schema(Milestone)),
)
def list_milestones(context: Context, *, obligation_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List the promises under an obligation, the first one first."""
    obligation = read(context.session, context.actor, obligation_id)
    statement = answering.milestones(context.session, context.actor, obligation_id)
    page = context.page(statement, [(MilestoneRow.position, int)], query)
    found = standing_milestones(context.session, obligation, page.items, _now(context))
    return Page([shown_milestone(each) for each in found], page.next_cursor)


@blp.operation(
    "GET",
    "/milestones/<uuid:milestone_id>",
    operation_id="get_milestone",
    permission=Permission.OBLIGATION_READ,
    returns=(200, Milestone),
)
def get_milestone(context: Context, *, milestone_id: uuid.UUID) -> dict[str, Any]:
    """Read a promise."""
    milestone = read_milestone(context.session, context.actor, milestone_id)
    obligation = read(context.session, context.actor, milestone.obligation_id)
    (found,) = standing_milestones(context.session, obligation, [milestone], _now(context))
    return shown_milestone(found)


@blp.operation(
    "POST",
    "/milestones/<uuid:milestone_id>/evidence",
    operation_id="give_evidence",
    permission=Permission.OBLIGATION_ANSWER,
    body=EvidenceGiving,
    returns=(201, Evidence),
    idempotent=True,
    errors={409: "The delivery is confirmed, or is being disputed and too few have attested yet."},
    examples={"request": examples.EVIDENCE},
)
def give_evidence(context: Context, *, milestone_id: uuid.UUID, body: dict[str, Any]) -> EvidenceRow:
    """Show that a promise was kept.

    Each evidence begins a round of attestations. What is disputed is delivered only by evidence of a later
    round, at that evidence's own time; what the members confirmed needs no more.
    """
    owed = delivering.locked_with_obligation(context.session, context.actor, milestone_id)
    return delivering.give_evidence(context.session, context.actor, owed, body, _now(context))


@blp.operation(
    "GET",
    "/milestones/<uuid:milestone_id>/evidence",
    operation_id="list_evidence",
    permission=Permission.OBLIGATION_READ,
    query=PageQuery,
    returns=(200, page_schema(Evidence)),
)
def list_evidence(context: Context, *, milestone_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List the evidence for a promise, the first one first."""
    statement = delivering.evidence(context.session, context.actor, milestone_id)
    return context.page(statement, [(EvidenceRow.round, int)], query)


@blp.operation(
    "PUT",
    "/milestones/<uuid:milestone_id>/attestations/me",
    operation_id="attest",
    permission=Permission.MILESTONE_ATTEST,
    body=Attesting,
    returns=[(200, Attestation), (201, Attestation)],
    errors={
        403: "Members attest; brand owners do not, also where they are members.",
        409: "There is no evidence yet, or further evidence has come since.",
    },
    examples={"request": examples.ATTESTATION},
)
def attest(context: Context, *, milestone_id: uuid.UUID, body: dict[str, Any]) -> Reply:
    """Say of the last evidence whether it delivers.

    Whoever is a member may, also who joined after the evidence was given. Your last word in a round counts;
    saying it again changes nothing. Enough disputes (`delivery` of the obligation) reopen the promise, also
    after everything had been done.
    """
    owed = delivering.locked_with_obligation(context.session, context.actor, milestone_id)
    said, first = delivering.attest(context.session, context.actor, owed, _plain(body), _now(context))
    return Reply(said, status=201 if first else 200)


@blp.operation(
    "GET",
    "/milestones/<uuid:milestone_id>/attestations",
    operation_id="list_attestations",
    permission=Permission.OBLIGATION_READ,
    query=AttestationQuery,
    returns=(200, page_schema(AttestationItem)),
)
def list_attestations(context: Context, *, milestone_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List what members said of a delivery, by round and member."""
    statement = delivering.attestations(context.session, context.actor, milestone_id, query["round"])
    order = [
        (AttestationRow.round, int),
        (AttestationRow.membership_id, uuid.UUID),
        (AttestationRow.revision, int),
    ]
    return context.page(statement, order, query)


# --- scorecard ----------------------------------------------------------------------------------------


@blp.operation(
    "GET",
    "/scorecard",
    operation_id="get_scorecard",
    permission=Permission.SCORECARD_READ,
    query=ScorecardQuery,
    returns=(200, Scorecard),
    errors={409: "The instant lies in the future."},
    examples={"response": examples.SCORECARD},
)
def get_scorecard(context: Context, *, community_id: uuid.UUID, query: dict[str, Any]) -> dict[str, Any]:
    """Read how the brand keeps its word, now or as of an instant of the past.

    Every figure can be recomputed from the contents of the audit log. What happens later never changes a figure
    of the past.
    """
    return shown_scorecard(scoring.at_instant(context.session, community_id, query["at"], _now(context)))


@blp.operation(
    "GET",
    "/scorecard/series",
    operation_id="get_scorecard_series",
    permission=Permission.SCORECARD_READ,
    query=SeriesQuery,
    returns=(200, ScorecardSeries),
    errors={409: "The series ends in the future or before it begins, or has too many points."},
)
def get_scorecard_series(
    context: Context, *, community_id: uuid.UUID, query: dict[str, Any]
) -> dict[str, Any]:
    """Read how the brand kept its word over time."""
    cards = scoring.at_instants(context.session, community_id, **query, now=_now(context))
    return {"items": [shown_scorecard(card) for card in cards]}


@blp.operation(
    "GET",
    "/scorecard/series.csv",
    operation_id="download_scorecard_series",
    permission=Permission.SCORECARD_READ,
    query=SeriesQuery,
    returns=(200, "text/csv"),
    errors={409: "The series ends in the future or before it begins, or has too many points."},
)
def download_scorecard_series(context: Context, *, community_id: uuid.UUID, query: dict[str, Any]) -> Stream:
    """Download how the brand kept its word over time, one line an instant."""
    cards = scoring.at_instants(context.session, community_id, **query, now=_now(context))
    return Stream(series_lines(cards), f"scorecard-{community_id}.csv", _CSV)
