"""How a decision becomes a debt: the answer that falls due, and the first promise, made before the vote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.domain.charter.document import Charter
from app.domain.charter.roles import Role
from app.domain.durations import parse_duration
from app.domain.instants import instant, to_milliseconds
from app.domain.obligations import BindingLevel
from app.models.ballots import Ballot
from app.models.ids import resource_id
from app.models.obligations import Obligation
from app.models.proposals import Proposal
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.charters.versions import charter_of
from app.services.obligations.promises import promise

#: Levels under which what the brand undertook before the vote is owed as soon as the vote has passed.
_OWED_AT_ONCE = frozenset({BindingLevel.CO_DECISION, BindingLevel.BINDING})

#: Greatest length of a promise's title, in code points.
_TITLE = 200


def arise(
    session: Session,
    *,
    ballot: Ballot,
    rules: Mapping[str, Any],
    title: str,
    closed_at: dt.datetime,
    actor: Actor,
    proposal: Proposal | None = None,
) -> Obligation | None:
    """Write down what the brand owes after a decision that takes effect; None where it owes nothing.

    The answer falls due ``answer_within`` after ``closed_at``. Of a co-decision or a binding decision the
    undertaking of the pre-commitment is the first promise, due its own time after ``closed_at``: the brand
    agreed to it before anybody voted.

    :param ballot: opened, with what was frozen then: the pre-commitment, and the charter version by number.
    :param rules: the decision type as frozen, as :meth:`DecisionType.to_json` writes it.
    :param title: the decision's, as people know it.
    :param closed_at: the instant from which times count, in whole milliseconds: a standalone ballot's close;
        for a proposal when its decision took effect. Never when somebody asked.
    :param actor: in the ballot's community; the service, where the clock took the step.
    :param proposal: whose decision it is, None for a standalone ballot.
    """
    level = BindingLevel(rules["binding_level"])
    if rules["answer_within"] is None:
        return None
    assert ballot.charter_number is not None  # noqa: S101 - frozen at opening
    charter = charter_of(session, ballot.community_id, ballot.charter_number)
    since = to_milliseconds(closed_at)
    frozen = {
        "decision_type": rules["id"],
        "charter_version": ballot.charter_number,
        "answer_within": rules["answer_within"],
        "refusal_grounds": list(_grounds(charter, rules, ballot.precommitment)),
        "delivery": charter.delivery.to_json(),
        "precommitment": ballot.precommitment,
    }
    obligation = Obligation(
        id=resource_id(),
        community_id=ballot.community_id,
        ballot_id=ballot.id,
        proposal_id=None if proposal is None else proposal.id,
        title=title,
        owner_role=Role.BRAND_OWNER.value,
        binding_level=level.value,
        rules=frozen,
        created_at=since,
        due_at=since + parse_duration(rules["answer_within"]),
    )
    session.add(obligation)
    session.flush()
    record(
        session,
        actor,
        Action.OBLIGATION_CREATED,
        ("obligation", obligation.id),
        {
            "ballot_id": str(ballot.id),
            "proposal_id": None if proposal is None else str(proposal.id),
            "title": title,
            "owner_role": obligation.owner_role,
            "binding_level": level.value,
            "created_at": instant(obligation.created_at),
            "due_at": instant(obligation.due_at),
            "rules": frozen,
        },
    )
    if ballot.precommitment is not None and level in _OWED_AT_ONCE:
        promise(
            session,
            actor,
            obligation,
            {
                "title": _headline(ballot.precommitment["undertaking"]),
                "description": _undertaking(ballot.precommitment),
                "due_at": since + parse_duration(ballot.precommitment["within"]),
            },
            position=1,
            at=since,
        )
    return obligation


def _grounds(
    charter: Charter, rules: Mapping[str, Any], precommitment: Mapping[str, Any] | None
) -> Iterator[dict[str, str]]:
    """Yield the grounds on which the decision can be refused: those stated before the vote, then the type's."""
    stated = [] if precommitment is None else precommitment["refusal_grounds"]
    for ground in stated:
        yield {"id": ground["id"], "title": ground["title"]}
    named = {ground["id"] for ground in stated}
    for identifier in [] if rules["veto"] is None else rules["veto"]["grounds"]:
        listed = charter.veto_ground(identifier)
        if identifier not in named and listed is not None:
            yield {"id": identifier, "title": listed.title}


def _headline(undertaking: str) -> str:
    """Return the first line of an undertaking as far as a title holds it: what the promise is called in lists."""
    line = undertaking.strip().partition("\n")[0].strip()
    return line if len(line) <= _TITLE else line[: _TITLE - 1] + "…"


def _undertaking(precommitment: Mapping[str, Any]) -> str:
    budget = precommitment["budget"]
    return str(precommitment["undertaking"]) + ("" if budget is None else f"\n\nBudget: {budget}")
