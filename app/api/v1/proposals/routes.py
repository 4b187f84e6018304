"""Proposals: from draft through sponsors, discussion and vote to what became of them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from app.api.v1.proposals import examples
from app.api.v1.proposals.presentation import all_shown, proposal_tag, shown
from app.api.v1.proposals.schemas import (
    Author,
    Classification,
    ConsentGiving,
    HistoryStep,
    Proposal,
    ProposalChanges,
    ProposalDraft,
    ProposalKind,
    ProposalQuery,
    ProposalReading,
    ProposalTextItem,
    Rebasing,
    Sorting,
    Sponsor,
    Vetoing,
)
from app.domain.lifecycle import ProposalState
from app.http.blueprint import Blueprint
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.proposals import Proposal as ProposalRow
from app.models.proposals import ProposalSponsor, ProposalStep, ProposalText
from app.policies.permissions import Permission
from app.services import markdown
from app.services.proposals import (
    drafting,
    finding,
    matters,
    rebasing,
    sponsoring,
    texts,
    vetoes,
    voting,
)

blp = Blueprint(
    "proposals",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/proposals",
    description="Proposals and charter amendments: drafting, sponsoring, discussing, voting, veto, effect.",
)

_ILLEGAL = "It is in no state in which this can be done."


@blp.operation(
    "POST",
    "",
    operation_id="create_proposal",
    permission=Permission.PROPOSAL_RAISE,
    body=ProposalDraft,
    returns=(201, Proposal),
    idempotent=True,
    etag=proposal_tag,
    location=lambda made: f"/v1/communities/{made['community_id']}/proposals/{made['id']}",
    errors={
        403: "Your roles do not raise proposals, or none under this decision type, or not in this group.",
        404: "No such community or group.",
        409: "The charter has no such decision type, what is asked does not fit it, it is not open to groups, or the "
        "group is archived.",
    },
    examples={"requests": {"proposal": examples.PROPOSAL, "amendment": examples.AMENDMENT}},
)
def create_proposal(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Draft a proposal.

    Nobody else sees it until you submit it. An amendment of the charter states its operations; a choice states
    its options.
    """
    return shown(context, drafting.create(context.session, context.actor, body))


@blp.operation(
    "GET",
    "",
    operation_id="list_proposals",
    permission=Permission.PROPOSAL_READ,
    query=ProposalQuery,
    returns=(200, page_schema(Proposal)),
)
def list_proposals(context: Context, *, query: dict[str, Any]) -> Page:
    """List the proposals, the newest first.

    Drafts are listed for their authors alone.
    """
    statement = finding.visible_to(context.actor)
    if query["state"] is not None:
        statement = statement.where(ProposalRow.state == query["state"].value)
    if query["decision_type"] is not None:
        statement = statement.where(ProposalRow.decision_type == query["decision_type"])
    if query["group_id"] is not None:
        statement = statement.where(ProposalRow.group_id == query["group_id"])
    if query["kind"] is not None:
        statement = finding.of_kind(statement, amendment=query["kind"] is ProposalKind.AMENDMENT)
    if query["author"] is Author.ME:
        statement = statement.where(ProposalRow.author_id == context.actor.membership_id)
    if query["sort"] is Sorting.DUE:
        order = [(ProposalRow.due_at, dt.datetime.fromisoformat), (ProposalRow.id, uuid.UUID)]
        page = context.page(finding.by_due(statement), order, query)
    else:
        page = context.page(statement, [(ProposalRow.id, uuid.UUID)], query, descending=True)
    return Page(all_shown(context, page.items), page.next_cursor)


@blp.operation(
    "GET",
    "/<uuid:proposal_id>",
    operation_id="get_proposal",
    permission=Permission.PROPOSAL_READ,
    returns=(200, ProposalReading),
    etag=proposal_tag,
)
def get_proposal(context: Context, *, proposal_id: uuid.UUID) -> dict[str, Any]:
    """Read a proposal: where it stands, since when, what comes next and what you may do."""
    document = shown(context, finding.read(context.session, context.actor, proposal_id))
    return document | {"body_html": markdown.to_html(document["body"])}


@blp.operation(
    "PATCH",
    "/<uuid:proposal_id>",
    operation_id="update_proposal",
    permission=Permission.PROPOSAL_WRITE,
    body=ProposalChanges,
    returns=(200, Proposal),
    if_match=True,
    etag=proposal_tag,
    errors={
        403: "You did not write it.",
        409: "Its text is locked or hidden, or what is asked does not fit the decision type or the charter.",
    },
    examples={"request": {"title": "Two refill stations at the factory gate"}},
)
def update_proposal(context: Context, *, proposal_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Change your proposal.

    Anything of a draft. Once it is with the community, its text alone: every rewrite is public and gets the next
    number, and sponsors stay. The text locks when the vote opens.
    """
    proposal, now = finding.locked(context.session, context.actor, proposal_id)
    context.check_etag(proposal_tag(shown(context, proposal, now)))
    is_text = set(body) <= set(texts.TEXT_FIELDS)
    if proposal.state == ProposalState.DRAFT or not is_text:
        drafting.update(context.session, context.actor, proposal, body, now)
    else:
        texts.rewrite(context.session, context.actor, proposal, body, now)
    return shown(context, proposal, now)


@blp.operation(
    "POST",
    "/<uuid:proposal_id>/submit",
    operation_id="submit_proposal",
    permission=Permission.PROPOSAL_WRITE,
    returns=(200, Proposal),
    idempotent=True,
    etag=proposal_tag,
    errors={
        403: "You did not write it, or your roles raise nothing under this decision type.",
        409: "It is no draft, or the charter in force does not admit it.",
    },
)
def submit_proposal(context: Context, *, proposal_id: uuid.UUID) -> dict[str, Any]:
    """Put your draft to the community.

    Its sponsors come first where the decision type asks for any, else its discussion begins. An amendment is
    checked against the charter in force, and everything against its reserved matters.
    """
    proposal, now = finding.locked(context.session, context.actor, proposal_id)
    drafting.submit(context.session, context.actor, proposal, now)
    return shown(context, proposal, now)


@blp.operation(
    "POST",
    "/<uuid:proposal_id>/withdraw",
    operation_id="withdraw_proposal",
    permission=Permission.PROPOSAL_WRITE,
    returns=(200, Proposal),
    idempotent=True,
    etag=proposal_tag,
    errors={403: "You did not write it.", 409: "Its vote has been opened, or it is over."},
)
def withdraw_proposal(context: Context, *, proposal_id: uuid.UUID) -> dict[str, Any]:
    """Take your proposal back, before any vote."""
    proposal, now = finding.locked(context.session, context.actor, proposal_id)
    drafting.withdraw(context.session, context.actor, proposal, now)
    return shown(context, proposal, now)


@blp.operation(
    "PUT",
    "/<uuid:proposal_id>/sponsors/me",
    operation_id="sponsor_proposal",
    permission=Permission.PROPOSAL_SPONSOR,
    returns=(200, Proposal),
    etag=proposal_tag,
    errors={409: "It is not looking for sponsors, it is hidden, or you wrote it."},
)
def sponsor_proposal(context: Context, *, proposal_id: uuid.UUID) -> dict[str, Any]:
    """Support a proposal; the last sponsor needed opens the discussion.

    Doing so again changes nothing.
    """
    proposal, now = finding.locked(context.session, context.actor, proposal_id)
    sponsoring.sponsor(context.session, context.actor, proposal, now)
    return shown(context, proposal, now)


@blp.operation(
    "DELETE",
    "/<uuid:proposal_id>/sponsors/me",
    operation_id="unsponsor_proposal",
    permission=Permission.PROPOSAL_WRITE,
    returns=(200, Proposal),
    etag=proposal_tag,
    errors={409: "It is not looking for sponsors."},
)
def unsponsor_proposal(context: Context, *, proposal_id: uuid.UUID) -> dict[str, Any]:
    """Take your support back while sponsors are being sought."""
    proposal, now = finding.locked(context.session, context.actor, proposal_id)
    sponsoring.unsponsor(context.session, context.actor, proposal, now)
    return shown(context, proposal, now)


@blp.operation(
    "GET",
    "/<uuid:proposal_id>/sponsors",
    operation_id="list_sponsors",
    permission=Permission.PROPOSAL_READ,
    query=PageQuery,
    returns=(200, page_schema(Sponsor)),
)
def list_sponsors(context: Context, *, proposal_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List a proposal's sponsors in the order in which they came."""
    found = finding.sponsors(context.session, context.actor, proposal_id)
    order = [
        (ProposalSponsor.sponsored_at, dt.datetime.fromisoformat),
        (ProposalSponsor.membership_id, uuid.UUID),
    ]
    return context.page(found, order, query)


@blp.operation(
    "GET",
    "/<uuid:proposal_id>/texts",
    operation_id="list_proposal_texts",
    permission=Permission.PROPOSAL_READ,
    query=PageQuery,
    returns=(200, page_schema(ProposalTextItem)),
    errors={409: "Its text is hidden."},
)
def list_proposal_texts(context: Context, *, proposal_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List every text that the community has seen, the latest first."""
    found = finding.texts(context.session, context.actor, proposal_id)
    return context.page(found, [(ProposalText.number, int)], query, descending=True)


@blp.operation(
    "GET",
    "/<uuid:proposal_id>/history",
    operation_id="list_proposal_history",
    permission=Permission.PROPOSAL_READ,
    query=PageQuery,
    returns=(200, page_schema(HistoryStep)),
)
def list_proposal_history(context: Context, *, proposal_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List a proposal's steps in their order, those of the clock included."""
    found = finding.history(context.session, context.actor, proposal_id)
    return context.page(found, [(ProposalStep.number, int)], query)


@blp.operation(
    "PUT",
    "/<uuid:proposal_id>/matters",
    operation_id="classify_proposal",
    permission=Permission.PROPOSAL_CLASSIFY,
    body=Classification,
    returns=(200, Proposal),
    if_match=True,
    etag=proposal_tag,
    errors={409: "It is not under discussion, or the charter has no such reserved matter."},
    examples={"request": {"matters": [], "reason": "It touches the bottle, not the name on it."}},
)
def classify_proposal(context: Context, *, proposal_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Say which reserved matters a proposal touches, with a public reason."""
    proposal, now = finding.locked(context.session, context.actor, proposal_id)
    context.check_etag(proposal_tag(shown(context, proposal, now)))
    named, reason = body["matters"], body["reason"]
    matters.classify(context.session, context.actor, proposal, named, reason=reason, now=now)
    return shown(context, proposal, now)


@blp.operation(
    "POST",
    "/<uuid:proposal_id>/open-vote",
    operation_id="open_vote",
    permission=Permission.PROPOSAL_OPEN_VOTE,
    returns=(200, Proposal),
    idempotent=True,
    etag=proposal_tag,
    errors={
        409: "The discussion is not over, the brand's pre-commitment is awaited, its text is hidden, or the charter "
        "in force does not admit it as it reads."
    },
)
def open_vote(context: Context, *, proposal_id: uuid.UUID) -> dict[str, Any]:
    """Open a proposal's vote.

    Locks the text and freezes the rules: the decision type as the charter in force states it now, the
    pre-commitment if there is one, and the electoral roll. Nothing about this vote or what follows from it
    changes with a later charter.
    """
    proposal, now = voting.open_vote(context.session, context.actor, proposal_id)
    return shown(context, proposal, now)


@blp.operation(
    "PUT",
    "/<uuid:proposal_id>/consents/<string:matter>",
    operation_id="consent_to_proposal",
    permission=Permission.PROPOSAL_CONSENT,
    body=ConsentGiving,
    returns=(200, Proposal),
    etag=proposal_tag,
    errors={
        403: "It is not your role whose consent is asked for.",
        409: "It is not being decided, or no consent is asked for about this matter.",
    },
    examples={"request": {"reason": "The new label keeps the name as it is."}},
)
def consent_to_proposal(
    context: Context, *, proposal_id: uuid.UUID, matter: str, body: dict[str, Any]
) -> dict[str, Any]:
    """Give the consent that a reserved matter asks for.

    Without it the decision takes no effect. It is given once, for the text that was voted on; again changes
    nothing.
    """
    proposal, now = finding.locked(context.session, context.actor, proposal_id)
    matters.consent(context.session, context.actor, proposal, matter, reason=body["reason"], now=now)
    return shown(context, proposal, now)


@blp.operation(
    "POST",
    "/<uuid:proposal_id>/veto",
    operation_id="veto_proposal",
    permission=Permission.PROPOSAL_VETO,
    body=Vetoing,
    returns=(200, Proposal),
    idempotent=True,
    etag=proposal_tag,
    errors={409: "The window is not open, the ground is not listed, or the year's quota is used up."},
    examples={"request": {"ground": "unlawful", "reason": "Food law asks for closed bottles."}},
)
def veto_proposal(context: Context, *, proposal_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Veto a proposal that passed.

    Within its window, on a ground that its decision type lists, with a public reason, and only so often a year.
    """
    ground, reason = body["ground"], body["reason"]
    proposal, now = vetoes.veto(context.session, context.actor, proposal_id, ground, reason)
    return shown(context, proposal, now)


@blp.operation(
    "POST",
    "/<uuid:proposal_id>/override",
    operation_id="call_override",
    permission=Permission.PROPOSAL_OVERRIDE,
    returns=(200, Proposal),
    idempotent=True,
    etag=proposal_tag,
    errors={409: "It is not vetoed, or the veto cannot be overridden, or not at this time."},
)
def call_override(context: Context, *, proposal_id: uuid.UUID) -> dict[str, Any]:
    """Call the vote over a veto.

    A second ballot, for or against what was vetoed, at the override's own threshold and quorum.
    """
    proposal, now = vetoes.call_override(context.session, context.actor, proposal_id)
    return shown(context, proposal, now)


@blp.operation(
    "POST",
    "/<uuid:proposal_id>/rebase",
    operation_id="rebase_proposal",
    permission=Permission.PROPOSAL_WRITE,
    body=Rebasing,
    returns=(200, Proposal),
    idempotent=True,
    etag=proposal_tag,
    errors={
        403: "You did not write it.",
        409: "It is not stale, or the operations do not fit the charter in force.",
    },
    examples={"request": {"operations": examples.AMENDMENT["operations"]}},
)
def rebase_proposal(context: Context, *, proposal_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Put your stale proposal to the community again, fitted to the charter in force.

    Its sponsors stay, its discussion begins anew, and it is voted on again.
    """
    proposal, now = finding.locked(context.session, context.actor, proposal_id)
    rebasing.rebase(context.session, context.actor, proposal, body, now)
    return shown(context, proposal, now)
