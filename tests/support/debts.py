"""Decisions that the brand owes something after, made over the API with the clock moved on."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.support.charters import standalone, with_types
from tests.support.clock import Clock
from tests.support.portal import Portal, Town

#: The kind of ballot by which each level of influence is tried out.
KINDS = {"must_answer": "general", "co_decision": "charity_vote", "binding": "product_vote"}

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
MILLISECOND = dt.timedelta(milliseconds=1)

PRECOMMITMENT: dict[str, Any] = {
    "undertaking": "We brew the winning flavour.",
    "within": "P30D",
    "budget": "50000 EUR",
}
OWN_GROUND = {"id": "no_harvest", "title": "The harvest fails"}


def charter(*, answer_within: str = "P7D", threshold: str = "1/2", least: int = 2) -> dict[str, Any]:
    """Return a charter under which every level of influence can be tried out by a ballot of an hour.

    :param threshold: share of the attestations that must dispute a delivery; ``least`` their least number.
    """
    types = [
        standalone(
            kind,
            binding_level=level,
            answer_within=answer_within,
            precommitment_within="PT1H",
            voting_period="PT1H",
            method="plurality",
        )
        for level, kind in KINDS.items()
    ]
    delivery = {"dispute_threshold": threshold, "least_attestations": least}
    return with_types(*types, delivery=delivery)


def town_of(portal: Portal, members: int = 3, **rules: Any) -> Town:
    """Found a community under :func:`charter`."""
    return portal.town(members=members, charter=charter(**rules))


def decided(
    portal: Portal,
    town: Town,
    clock: Clock,
    level: str = "binding",
    precommitment: dict[str, Any] | None = PRECOMMITMENT,
    **facts: Any,
) -> dict[str, Any]:
    """Hold a ballot at a level of influence until it has closed, and return the obligation that follows.

    :param precommitment: None: the brand says nothing in time, and a steward opens the ballot.
    """
    kind, method = KINDS[level], "plurality"
    path = portal.ballot(town, opened=False, kind=kind, method=method, voting_period="PT1H", **facts)
    opener = town.owner
    if precommitment is None:
        opener = portal.join(town, "steward")
        clock.advance(HOUR)
    else:
        town.owner.ok("POST", f"{path}/precommitments", precommitment)
    opener.ok("POST", f"{path}/open")
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": "mint"})
    clock.advance(HOUR + MILLISECOND)
    ballot = path.rsplit("/", 1)[1]
    listed = town.owner.ok("GET", f"{town.path}/obligations?limit=100")["items"]
    return next(each for each in listed if each["ballot_id"] == ballot)


def answer(town: Town, obligation: dict[str, Any], verdict: str = "accepted", **facts: Any) -> Any:
    """Answer for the brand whatever stands there now."""
    body = {"verdict": verdict, "reason": "We looked into it."} | facts
    path = f"{town.path}/obligations/{obligation['id']}/answers"
    return town.owner.ok("POST", path, body, if_match="*")


def instant(moment: dt.datetime) -> str:
    """Write an instant as the API does."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def moment(text: str) -> dt.datetime:
    """Read an instant that the API wrote."""
    return dt.datetime.fromisoformat(text)


def put_forward(town: Town, decision_type: str, sponsors: int = 0, **facts: Any) -> str:
    """Raise a proposal, put it to the community with its sponsors, and return its path."""
    author, *others = town.members
    made = author.ok(
        "POST",
        f"{town.path}/proposals",
        {"decision_type": decision_type, "title": "More mint", "body": "Mint is good."} | facts,
    )
    path = f"{town.path}/proposals/{made['id']}"
    author.ok("POST", f"{path}/submit")
    for sponsor in others[:sponsors]:
        sponsor.ok("PUT", f"{path}/sponsors/me")
    return path


def vote(town: Town, clock: Clock, path: str, choice: str = "for") -> str:
    """Open a proposal's vote, vote, let the vote close, and return the ballot's path."""
    shown = town.members[0].ok("POST", f"{path}/open-vote")
    ballot = f"{town.path}/ballots/{shown['ballot_id']}"
    for member in town.members:
        member.ok("PUT", f"{ballot}/votes/me", {"choice": choice})
    clock.advance(HOUR + MILLISECOND)
    return ballot
