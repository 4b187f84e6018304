"""A proposal's lifecycle: the one table of what leads from where to where, by whom, and what it records."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.domain.charter.powers import Power
from app.domain.lifecycle.table import Transition, Who


class ProposalState(StrEnum):
    """Where a proposal stands. Stored, with the instant since when and that of the next step due."""

    DRAFT = "draft"
    SPONSORING = "sponsoring"
    DISCUSSION = "discussion"
    VOTING = "voting"
    VETO_WINDOW = "veto_window"
    VETOED = "vetoed"
    OVERRIDE_VOTING = "override_voting"
    OVERRIDDEN = "overridden"
    TIMELOCK = "timelock"
    OBLIGATIONS = "obligations"
    CLOSED = "closed"
    REJECTED = "rejected"
    INQUORATE = "inquorate"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    STALE = "stale"


class ProposalAction(StrEnum):
    """What can be done to a proposal, by people and by the clock."""

    UPDATE = "update"
    SUBMIT = "submit"
    SPONSOR = "sponsor"
    UNSPONSOR = "unsponsor"
    REWRITE = "rewrite"
    SUGGEST = "suggest"
    DECIDE_SUGGESTION = "decide_suggestion"
    CLASSIFY = "classify"
    PRECOMMIT = "precommit"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    OPEN_VOTE = "open_vote"
    CERTIFY = "certify"
    CONSENT = "consent"
    VETO = "veto"
    END_VETO_WINDOW = "end_veto_window"
    CALL_OVERRIDE = "call_override"
    UPHOLD = "uphold"
    CERTIFY_OVERRIDE = "certify_override"
    ENACT = "enact"
    CONCLUDE = "conclude"
    REBASE = "rebase"


_S = ProposalState
_A = ProposalAction
_T = Transition[ProposalState, ProposalAction]

_UNDER_DISCUSSION = frozenset({_S.SPONSORING, _S.DISCUSSION})
#: Where a decision that takes effect can end up: the debt it made, nothing more to do, or overtaken.
_EFFECT = frozenset({_S.OBLIGATIONS, _S.CLOSED, _S.STALE})
_STAYS: frozenset[ProposalState] = frozenset()

PROPOSAL_LIFECYCLE: tuple[_T, ...] = (
    _T(
        _A.UPDATE,
        sources=frozenset({_S.DRAFT}),
        targets=_STAYS,
        by=Who.AUTHOR,
        records="proposal.updated",
        title="change the draft",
    ),
    _T(
        _A.SUBMIT,
        sources=frozenset({_S.DRAFT}),
        targets=_UNDER_DISCUSSION,
        by=Who.AUTHOR,
        records="proposal.submitted",
        title="put it to the community; straight to discussion where no sponsors are needed",
    ),
    _T(
        _A.SPONSOR,
        sources=frozenset({_S.SPONSORING}),
        targets=_UNDER_DISCUSSION,
        by=Who.POWER,
        power=Power.PROPOSAL_SPONSOR,
        records="proposal.sponsored",
        title="support it; the last sponsor needed opens the discussion",
    ),
    _T(
        _A.UNSPONSOR,
        sources=frozenset({_S.SPONSORING}),
        targets=_STAYS,
        by=Who.AUTHOR,
        records="proposal.unsponsored",
        title="take one's own support back",
    ),
    _T(
        _A.REWRITE,
        sources=_UNDER_DISCUSSION,
        targets=_STAYS,
        by=Who.AUTHOR,
        records="proposal.rewritten",
        title="replace the text by a new number of it",
    ),
    _T(
        _A.SUGGEST,
        sources=_UNDER_DISCUSSION,
        targets=_STAYS,
        by=Who.POWER,
        power=Power.PROPOSAL_SUGGEST,
        records="proposal.suggested",
        title="suggest another text",
    ),
    _T(
        _A.DECIDE_SUGGESTION,
        sources=_UNDER_DISCUSSION,
        targets=_STAYS,
        by=Who.AUTHOR,
        records="proposal.suggestion_decided",
        title="accept a suggestion, or refuse it with a reason",
    ),
    _T(
        _A.CLASSIFY,
        sources=_UNDER_DISCUSSION,
        targets=_STAYS,
        by=Who.POWER,
        power=Power.PROPOSAL_CLASSIFY,
        records="proposal.classified",
        title="say which reserved matters it touches",
    ),
    _T(
        _A.PRECOMMIT,
        sources=frozenset({_S.DRAFT, _S.SPONSORING, _S.DISCUSSION}),
        targets=_STAYS,
        by=Who.POWER,
        power=Power.PRECOMMITMENT_RECORD,
        records="proposal.precommitted",
        title="record what the brand will do if it passes",
    ),
    _T(
        _A.WITHDRAW,
        sources=frozenset({_S.DRAFT, _S.SPONSORING, _S.DISCUSSION}),
        targets=frozenset({_S.WITHDRAWN}),
        by=Who.AUTHOR,
        records="proposal.withdrawn",
        title="take it back before any vote",
    ),
    _T(
        _A.LAPSE,
        sources=frozenset({_S.SPONSORING}),
        targets=frozenset({_S.LAPSED}),
        by=Who.CLOCK,
        records="proposal.lapsed",
        title="too few sponsors in time",
    ),
    _T(
        _A.OPEN_VOTE,
        sources=frozenset({_S.DISCUSSION}),
        targets=frozenset({_S.VOTING}),
        by=Who.POWER,
        power=Power.PROPOSAL_OPEN_VOTE,
        records="proposal.vote_opened",
        title="lock the text and open its ballot",
    ),
    _T(
        _A.CERTIFY,
        sources=frozenset({_S.VOTING}),
        targets=frozenset({_S.VETO_WINDOW, _S.TIMELOCK, _S.REJECTED, _S.INQUORATE}) | _EFFECT,
        by=Who.CLOCK,
        records="proposal.certified",
        title="the ballot has closed: passed, rejected or inquorate",
    ),
    _T(
        _A.CONSENT,
        sources=frozenset(
            {_S.VOTING, _S.VETO_WINDOW, _S.VETOED, _S.OVERRIDE_VOTING, _S.OVERRIDDEN, _S.TIMELOCK}
        ),
        targets=_STAYS,
        by=Who.POWER,
        power=Power.PROPOSAL_CONSENT,
        records="proposal.consented",
        title="give the consent that a reserved matter asks for",
    ),
    _T(
        _A.VETO,
        sources=frozenset({_S.VETO_WINDOW}),
        targets=frozenset({_S.VETOED}),
        by=Who.POWER,
        power=Power.PROPOSAL_VETO,
        records="proposal.vetoed",
        title="veto it on a listed ground, with a public reason",
    ),
    _T(
        _A.END_VETO_WINDOW,
        sources=frozenset({_S.VETO_WINDOW}),
        targets=frozenset({_S.TIMELOCK}) | _EFFECT,
        by=Who.CLOCK,
        records="proposal.veto_window_ended",
        title="nobody vetoed it in time",
    ),
    _T(
        _A.CALL_OVERRIDE,
        sources=frozenset({_S.VETOED}),
        targets=frozenset({_S.OVERRIDE_VOTING}),
        by=Who.POWER,
        power=Power.PROPOSAL_OVERRIDE,
        records="proposal.override_called",
        title="open the second ballot, over the veto",
    ),
    _T(
        _A.UPHOLD,
        sources=frozenset({_S.VETOED}),
        targets=_STAYS,
        by=Who.CLOCK,
        records="proposal.veto_upheld",
        title="nobody called an override in time: the veto stands",
    ),
    _T(
        _A.CERTIFY_OVERRIDE,
        sources=frozenset({_S.OVERRIDE_VOTING}),
        targets=frozenset({_S.OVERRIDDEN, _S.VETOED}) | _EFFECT,
        by=Who.CLOCK,
        records="proposal.override_certified",
        title="the second ballot has closed: the veto is overridden or stands",
    ),
    _T(
        _A.ENACT,
        sources=frozenset({_S.TIMELOCK, _S.OVERRIDDEN}),
        targets=_EFFECT,
        by=Who.CLOCK,
        records="proposal.enacted",
        title="the timelock is over: it takes effect",
    ),
    _T(
        _A.CONCLUDE,
        sources=frozenset({_S.OBLIGATIONS}),
        targets=frozenset({_S.CLOSED}),
        by=Who.CLOCK,
        records="proposal.concluded",
        title="the brand owes nothing more",
    ),
    _T(
        _A.REBASE,
        sources=frozenset({_S.STALE}),
        targets=_UNDER_DISCUSSION,
        by=Who.AUTHOR,
        records="proposal.rebased",
        title="put it to the community again, fitted to the charter in force",
    ),
)

#: What nobody does with a text that is hidden.
NEEDS_ITS_TEXT = frozenset({_A.SPONSOR, _A.REWRITE, _A.SUGGEST, _A.DECIDE_SUGGESTION, _A.OPEN_VOTE})

_HIDEABLE = _UNDER_DISCUSSION | {_S.WITHDRAWN, _S.LAPSED}
_ROWS: Mapping[ProposalAction, _T] = {row.action: row for row in PROPOSAL_LIFECYCLE}
_FINAL = frozenset({_S.CLOSED, _S.REJECTED, _S.INQUORATE, _S.WITHDRAWN, _S.LAPSED, _S.STALE})


def transition(action: ProposalAction, state: ProposalState) -> _T | None:
    """Return the row of an action that is legal in a state, or None where it is not."""
    row = _ROWS[action]
    return row if state in row.sources else None


def legal_actions(state: ProposalState) -> tuple[ProposalAction, ...]:
    """Return what may be done in a state, the clock's steps included, in the order of the table."""
    return tuple(row.action for row in PROPOSAL_LIFECYCLE if state in row.sources)


def is_discussed(state: ProposalState) -> bool:
    """Say whether the community discusses it: from when it is put to them until its vote opens.

    What is said later nobody who has voted could have weighed.
    """
    return state in _UNDER_DISCUSSION


def may_be_hidden(state: ProposalState) -> bool:
    """Say whether moderation may hide its text: once the community can read it, unless it went to the vote.

    What people vote on, voted on or are bound by nobody takes from their eyes.
    """
    return state in _HIDEABLE


def is_final(state: ProposalState) -> bool:
    """Say whether nothing more happens by itself or by right; a stale proposal's author may still rebase it."""
    return state in _FINAL
