"""An idea's lifecycle: the one table of what leads from where to where, by whom, and what it records."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.domain.charter.powers import Power
from app.domain.lifecycle.table import Passage, Transition, Who


class IdeaState(StrEnum):
    """Where an idea stands. Stored, but for what follows by rule from an obligation that is kept."""

    DRAFT = "draft"
    OPEN = "open"
    SHORTLISTED = "shortlisted"
    PLANNED = "planned"
    BUILDING = "building"
    DELIVERED = "delivered"
    DECLINED = "declined"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class IdeaAction(StrEnum):
    """What can be done to an idea."""

    UPDATE = "update"
    DELETE = "delete"
    POST = "post"
    REWRITE = "rewrite"
    INVITE = "invite"
    DECIDE_AUTHORSHIP = "decide_authorship"
    SUPPORT = "support"
    UNSUPPORT = "unsupport"
    OPINE = "opine"
    UNOPINE = "unopine"
    PROPOSE_MERGE = "propose_merge"
    RETRACT_MERGE = "retract_merge"
    REFUSE_MERGE = "refuse_merge"
    ACCEPT_MERGE = "accept_merge"
    DECIDE_MERGE = "decide_merge"
    OPT_OUT = "opt_out"
    PROMOTE = "promote"
    SHORTLIST = "shortlist"
    PLAN = "plan"
    BUILD = "build"
    DELIVER = "deliver"
    DECLINE = "decline"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


_S = IdeaState
_A = IdeaAction
_T = Transition[IdeaState, IdeaAction]

_STAYS: frozenset[IdeaState] = frozenset()
_IN_QUESTION = frozenset({_S.OPEN, _S.SHORTLISTED})
_ALIVE = frozenset({_S.OPEN, _S.SHORTLISTED, _S.PLANNED, _S.BUILDING, _S.DELIVERED})


def _answer(action: IdeaAction, sources: frozenset[IdeaState], target: IdeaState, title: str) -> _T:
    """Return the row of an official answer, which always has a public reason."""
    return _T(
        action,
        sources=sources,
        targets=frozenset({target}),
        by=Who.POWER,
        power=Power.IDEA_ANSWER,
        records="idea.answered",
        title=title,
    )


def _own(
    action: IdeaAction,
    sources: frozenset[IdeaState],
    records: str,
    title: str,
    *,
    targets: frozenset[IdeaState] = _STAYS,
    removes: bool = False,
) -> _T:
    """Return the row of what is its author's, or the member's whose word it is."""
    return _T(
        action, sources=sources, targets=targets, by=Who.AUTHOR, records=records, title=title, removes=removes
    )


def _given(
    action: IdeaAction,
    sources: frozenset[IdeaState],
    power: Power,
    records: str,
    title: str,
    *,
    targets: frozenset[IdeaState] = _STAYS,
) -> _T:
    """Return the row of what the charter gives a power for."""
    return _T(
        action, sources=sources, targets=targets, by=Who.POWER, power=power, records=records, title=title
    )


IDEA_LIFECYCLE: tuple[_T, ...] = (
    _own(_A.UPDATE, frozenset({_S.DRAFT}), "idea.updated", "change the draft"),
    _own(_A.DELETE, frozenset({_S.DRAFT}), "idea.deleted", "delete the draft", removes=True),
    _given(
        _A.POST,
        frozenset({_S.DRAFT}),
        Power.IDEA_POST,
        "idea.posted",
        "put it on the board, in a phase in which one's roles post",
        targets=frozenset({_S.OPEN}),
    ),
    _own(
        _A.REWRITE,
        frozenset({_S.OPEN}),
        "idea.rewritten",
        "replace the text by a new number of it, in a phase in which texts are edited",
    ),
    _own(
        _A.INVITE,
        frozenset({_S.DRAFT}) | _IN_QUESTION,
        "idea.author_invited",
        "invite a member to be its author, too",
    ),
    _own(
        _A.DECIDE_AUTHORSHIP,
        frozenset({_S.DRAFT}) | _ALIVE,
        "idea.authorship_decided",
        "consent to be an author, or not or no longer",
    ),
    _given(
        _A.SUPPORT,
        _IN_QUESTION,
        Power.IDEA_SUPPORT,
        "idea.supported",
        "endorse it, or put dots on it, as the phase says",
    ),
    _own(
        _A.UNSUPPORT,
        _IN_QUESTION | {_S.DECLINED, _S.WITHDRAWN},
        "idea.unsupported",
        "take one's own support back, while the phase allows it",
    ),
    _given(_A.OPINE, _IN_QUESTION, Power.IDEA_SUPPORT, "idea.opined", "agree with it, disagree or pass"),
    _own(_A.UNOPINE, _IN_QUESTION, "idea.opinion_withdrawn", "take one's own opinion back"),
    _given(
        _A.PROPOSE_MERGE,
        _IN_QUESTION,
        Power.IDEA_MERGE,
        "idea.merge_proposed",
        "propose that it be merged into another idea of the board",
    ),
    _own(_A.RETRACT_MERGE, _IN_QUESTION, "idea.merge_retracted", "take one's own proposal to merge it back"),
    _own(_A.REFUSE_MERGE, _IN_QUESTION, "idea.merge_refused", "refuse to have it merged"),
    _own(
        _A.ACCEPT_MERGE,
        _IN_QUESTION,
        "idea.merged",
        "consent to have it merged",
        targets=frozenset({_S.MERGED}),
    ),
    _given(
        _A.DECIDE_MERGE,
        _IN_QUESTION,
        Power.IDEA_DECIDE_MERGE,
        "idea.merge_decided",
        "merge it without its author's consent, after the waiting time and with a reason",
        targets=frozenset({_S.MERGED}),
    ),
    _own(
        _A.OPT_OUT,
        _ALIVE | {_S.DECLINED},
        "idea.support_opted_out",
        "take back the support that a merge carried here",
    ),
    _given(
        _A.PROMOTE,
        _IN_QUESTION,
        Power.IDEA_PROMOTE,
        "idea.promoted",
        "make it a ballot's option or a proposal",
        targets=frozenset({_S.SHORTLISTED}),
    ),
    _answer(_A.SHORTLIST, frozenset({_S.OPEN, _S.DECLINED}), _S.SHORTLISTED, "shortlist it"),
    _answer(_A.PLAN, _IN_QUESTION, _S.PLANNED, "say that it will be done"),
    _answer(_A.BUILD, frozenset({_S.PLANNED}), _S.BUILDING, "say that it is being done"),
    _answer(_A.DELIVER, frozenset({_S.PLANNED, _S.BUILDING}), _S.DELIVERED, "say that it is done"),
    _answer(_A.DECLINE, _IN_QUESTION | {_S.PLANNED, _S.BUILDING}, _S.DECLINED, "decline it"),
    _answer(_A.REOPEN, frozenset({_S.SHORTLISTED, _S.DECLINED}), _S.OPEN, "open it again"),
    _own(
        _A.WITHDRAW,
        frozenset({_S.OPEN}),
        "idea.withdrawn",
        "take it back",
        targets=frozenset({_S.WITHDRAWN}),
    ),
)

#: What an obligation that is kept makes of the ideas it came from: nobody does it, and it is stored nowhere.
IDEA_FACTS: tuple[Passage[IdeaState], ...] = tuple(
    Passage(source, IdeaState.DELIVERED, "the obligation it led to is kept")
    for source in (IdeaState.SHORTLISTED, IdeaState.PLANNED, IdeaState.BUILDING)
)

#: What nobody does with a text that is hidden.
IDEA_NEEDS_ITS_TEXT = frozenset({_A.REWRITE, _A.SUPPORT, _A.OPINE, _A.PROPOSE_MERGE, _A.PROMOTE})

#: The action by which an official answer leads to a state.
ANSWERS: Mapping[IdeaState, IdeaAction] = {
    target: row.action for row in IDEA_LIFECYCLE if row.records == "idea.answered" for target in row.targets
}

_ROWS: Mapping[IdeaAction, _T] = {row.action: row for row in IDEA_LIFECYCLE}


def idea_transition(action: IdeaAction, state: IdeaState) -> _T | None:
    """Return the row of an action that is legal in a state, or None where it is not."""
    row = _ROWS[action]
    return row if state in row.sources else None


def legal_idea_actions(state: IdeaState) -> tuple[IdeaAction, ...]:
    """Return what may be done in a state, in the order of the table."""
    return tuple(row.action for row in IDEA_LIFECYCLE if state in row.sources)


def is_idea_discussed(state: IdeaState) -> bool:
    """Say whether there is something left to say about it: not of a draft, nor once it went or was taken back."""
    return state in _ALIVE | {IdeaState.DECLINED}


def idea_state(stored: IdeaState, *, kept: bool) -> IdeaState:
    """Return where an idea stands.

    :param kept: whether an obligation that it led to has been kept: accepted, and every promise confirmed.
    """
    return next((fact.target for fact in IDEA_FACTS if kept and fact.source is stored), stored)
