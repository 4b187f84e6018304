"""The lifecycle of a case: what was reported, what was decided on it, and what came of an appeal. Data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.domain.charter.powers import Power
from app.domain.lifecycle.table import Transition, Who


class CaseState(StrEnum):
    """Where a case stands. One is open about a thing at a time; the next report after it is closed opens another."""

    OPEN = "open"
    DISMISSED = "dismissed"
    HIDDEN = "hidden"
    APPEALED = "appealed"
    UPHELD = "upheld"
    RESTORED = "restored"
    WITHDRAWN = "withdrawn"

    @property
    def hides(self) -> bool:
        """Whether the thing is hidden: from the decision until an appeal restores it."""
        return self in {CaseState.HIDDEN, CaseState.APPEALED, CaseState.UPHELD}

    @property
    def waits(self) -> bool:
        """Whether a decision is asked for."""
        return self in {CaseState.OPEN, CaseState.APPEALED}


class CaseAction(StrEnum):
    """What can be done in a case."""

    REPORT = "report"
    DISMISS = "dismiss"
    HIDE = "hide"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    RESTORE = "restore"
    WITHDRAW = "withdraw"


_S = CaseState
_A = CaseAction
_T = Transition[CaseState, CaseAction]

CASE_LIFECYCLE: tuple[_T, ...] = (
    _T(
        _A.REPORT,
        sources=frozenset({_S.OPEN}),
        targets=frozenset(),
        by=Who.POWER,
        power=Power.MODERATION_REPORT,
        records="moderation.reported",
        title="report it on a listed ground; the first report opens the case",
    ),
    _T(
        _A.DISMISS,
        sources=frozenset({_S.OPEN}),
        targets=frozenset({_S.DISMISSED}),
        by=Who.POWER,
        power=Power.MODERATION_DECIDE,
        records="moderation.dismissed",
        title="leave it as it is, with a public reason",
    ),
    _T(
        _A.HIDE,
        sources=frozenset({_S.OPEN}),
        targets=frozenset({_S.HIDDEN}),
        by=Who.POWER,
        power=Power.MODERATION_DECIDE,
        records="moderation.hidden",
        title="hide it on a listed ground, with a public reason",
    ),
    _T(
        _A.APPEAL,
        sources=frozenset({_S.HIDDEN}),
        targets=frozenset({_S.APPEALED}),
        by=Who.AUTHOR,
        records="moderation.appealed",
        title="ask for somebody else's judgement, once, within the ground's time",
    ),
    _T(
        _A.UPHOLD,
        sources=frozenset({_S.APPEALED}),
        targets=frozenset({_S.UPHELD}),
        by=Who.POWER,
        power=Power.MODERATION_APPEAL_DECIDE,
        records="moderation.upheld",
        title="leave it hidden, with a public reason",
    ),
    _T(
        _A.RESTORE,
        sources=frozenset({_S.APPEALED}),
        targets=frozenset({_S.RESTORED}),
        by=Who.POWER,
        power=Power.MODERATION_APPEAL_DECIDE,
        records="moderation.restored",
        title="show it again, with a public reason",
    ),
    _T(
        _A.WITHDRAW,
        sources=frozenset({_S.OPEN, _S.APPEALED}),
        targets=frozenset({_S.WITHDRAWN}),
        by=Who.AUTHOR,
        records="moderation.withdrawn",
        title="take back what it is about, so that nothing is left to decide",
    ),
)

_ROWS: Mapping[CaseAction, _T] = {row.action: row for row in CASE_LIFECYCLE}
#: States after which a case moves no more; a case hidden and never appealed rests as well.
CLOSED = frozenset({_S.DISMISSED, _S.HIDDEN, _S.UPHELD, _S.RESTORED, _S.WITHDRAWN})


def transition(action: CaseAction, state: CaseState) -> _T | None:
    """Return the row of an action that is legal in a state, or None where it is not."""
    row = _ROWS[action]
    return row if state in row.sources else None


def legal_actions(state: CaseState) -> tuple[CaseAction, ...]:
    """Return what may be done in a state, in the order of the table."""
    return tuple(row.action for row in CASE_LIFECYCLE if state in row.sources)
