"""The one way in which a case moves: judged by the lifecycle table, written into its history and the log."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.instants import instant
from app.domain.lifecycle import Transition
from app.domain.moderation.lifecycle import CaseAction, CaseState, legal_actions, transition
from app.models.moderation import ModerationCase, ModerationStep
from app.policies.permissions import Actor
from app.services.audit import Action, record


def require(action: CaseAction, case: ModerationCase) -> Transition[CaseState, CaseAction]:
    """Return the table's row for an action that is legal in the case's state.

    :raises Refusal: ``case-not-open``, with the state, the action and the actions that are legal in it.
    """
    state = CaseState(case.state)
    row = transition(action, state)
    if row is None:
        raise refuse(
            "case-not-open",
            f"The case is in state {state.value}: {action.value} is not open there.",
            extensions={
                "state": state.value,
                "action": action.value,
                "legal_actions": [each.value for each in legal_actions(state)],
            },
        )
    return row


def take(
    session: Session,
    actor: Actor,
    case: ModerationCase,
    action: CaseAction,
    *,
    at: dt.datetime,
    ground: str | None = None,
    reason: str | None = None,
    due_at: dt.datetime | None = None,
    content: Mapping[str, Any] | None = None,
) -> None:
    """Take one step that moves a case: state, history and audit entry together.

    :param case: its row locked by the caller, and the row of what it is about before that.
    :param due_at: by when what may follow falls due.
    :param content: what an outsider needs besides to follow the step.
    :raises Refusal: ``case-not-open``.
    """
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    row = require(action, case)
    source, target = CaseState(case.state), row.target
    assert target is not None  # noqa: S101 - reports, which move nothing, are written by themselves
    case.state = target.value
    case.due_at = due_at if target.waits else None
    case.step_count += 1
    session.add(
        ModerationStep(
            case_id=case.id,
            number=case.step_count,
            action=action.value,
            source=source.value,
            target=target.value,
            membership_id=actor.membership_id,
            role=actor.role_used.value if actor.role_used else None,
            ground=ground,
            reason=reason,
            due_at=due_at,
            at=at,
        )
    )
    session.flush()
    record(
        session,
        actor,
        Action(row.records),
        ("moderation_case", case.id),
        {
            "subject": {"type": case.subject_type, "id": str(case.subject_id)},
            "state": {"before": source.value, "after": target.value},
            "ground": ground,
            "reason": reason,
            "due_at": None if due_at is None else instant(due_at),
            "effective_at": instant(at),
            **(content or {}),
        },
        at=at,
    )


def withdraw(session: Session, actor: Actor, subject_id: uuid.UUID, at: dt.datetime) -> None:
    """Close the case that waits for a decision on what its author has just taken back, if there is one.

    :param subject_id: of a thing whose row the caller holds.
    """
    waiting = [state.value for state in CaseState if state.waits]
    case = session.scalar(
        sa.select(ModerationCase)
        .where(ModerationCase.subject_id == subject_id, ModerationCase.state.in_(waiting))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if case is not None:
        take(session, actor, case, CaseAction.WITHDRAW, at=at)
