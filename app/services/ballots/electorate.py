"""What a draft's roll would come to if it were opened now: figures, no names. Nothing is frozen by looking."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.charter.powers import Power
from app.domain.instants import to_milliseconds
from app.domain.lifecycle import BallotAction
from app.domain.weights import Weighting
from app.policies.permissions import Actor, Permission
from app.services.ballots.decision_types import acting_in, check_weighting, choose
from app.services.ballots.drafts import read, require
from app.services.ballots.influence import Weights, concentration
from app.services.ballots.lines import dialect_of
from app.services.ballots.roll import Entries, electorate_of, totals_of, weighed
from app.services.ballots.rules import weight_rules
from app.services.charters.versions import in_force
from app.services.groups.acting import seen_in


def preview_electorate(session: Session, actor: Actor, ballot_id: uuid.UUID) -> dict[str, Any]:
    """Weigh everyone who would stand on a draft's roll, as its opening would at this moment.

    :return: ``roll_size``, ``roll_weight``, ``roll_tokens``, ``weight_limit`` and ``weight_overflow`` as an opened
        ballot has them, and ``concentration`` and ``token_concentration``; None where there is nothing to spread.
    :raises Refusal: ``not-found``; ``ballot-not-draft``; ``unknown-decision-type`` and ``fixed-by-charter`` where the
        charter has changed; ``forbidden`` to whom the decision type does not let open it; ``not-in-group``.
    """
    ballot = read(session, actor, ballot_id)
    now = to_milliseconds(database_now(session))
    require(BallotAction.OPEN, ballot, now)
    _, charter = in_force(session, ballot.community_id)
    actor = seen_in(session, actor, ballot.group_id, Permission.BALLOT_OPEN)
    acting_in(choose(charter, ballot.decision_type, ballot.kind), charter, actor, Power.BALLOT_OPEN)
    check_weighting(charter, ballot)
    rules = weight_rules(ballot)
    dual = rules.weighting is Weighting.DUAL
    entries = weighed(electorate_of(ballot, charter, rules), dialect_of(session), now)
    totals = totals_of(session, entries)
    limit = totals.limit(rules)
    return {
        "roll_size": totals.size,
        "roll_weight": totals.weight,
        "roll_tokens": totals.tokens if dual else None,
        "weight_limit": limit,
        "weight_overflow": None if limit is None else totals.overflow,
        "concentration": _spread(session, entries, "weight") if totals.weight else None,
        "token_concentration": _spread(session, entries, "tokens") if totals.tokens else None,
    }


def _spread(session: Session, entries: Entries, weights: Weights) -> dict[str, str]:
    found = concentration(session, entries, weights)
    return found.held.to_json() | {"brand_affiliated": f"{found.brand_affiliated}/{found.held.total}"}
