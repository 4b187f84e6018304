"""The charter that the demonstration founds its communities with: a shipped one, with weeks made seconds."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: A vote that its clock closes stays open at least so long, and longer on a slow machine.
SHORTEST_VOTE_SECONDS = 5
#: Opening an account takes longer than a vote, so all votes surely arrive within this many times that.
AMPLE = 4
#: A step that takes a few calls.
_FEW_CALLS = 12


@dataclass(frozen=True, slots=True)
class Periods:
    """How long the charter's periods last where the demonstration waits for them, in seconds.

    :param voting: of a vote that closes by its clock.
    :param step: of a discussion, which takes a few calls.
    :param pause: of what is only waited for: the cooling after a veto, the timelock.
    """

    voting: int = SHORTEST_VOTE_SECONDS
    step: int = 3
    pause: int = 2

    @classmethod
    def at_pace(cls, seconds: float, votes: int) -> Periods:
        """Return periods that suit a machine.

        :param seconds: what opening one account took, of many at once.
        :param votes: the most that are cast in a vote.
        """
        return cls(
            voting=max(SHORTEST_VOTE_SECONDS, math.ceil(votes * seconds * AMPLE)),
            step=max(3, math.ceil(_FEW_CALLS * seconds * AMPLE)),
            pause=2,
        )

    @property
    def amendment(self) -> int:
        """Return how long an amendment takes at least, from discussion over veto and override to its effect."""
        return self.step + 2 * self.voting + 2 * self.pause


def own_charter(
    template: Mapping[str, Any], title: str, periods: Periods, *more: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a charter made from a shipped one.

    :param template: the shipped charter's document, as the service serves it.
    :param more: decision types that it has besides.
    """
    charter = own_types(template, title, *more)
    rules = {rule["id"]: rule for rule in charter["decision_types"]}
    amendment = rules["amendment"]
    # All proposals alike: an amendment does not change rules that give people longer than its own do.
    for rule in (amendment, rules["member_proposal"]):
        rule |= {
            "discussion_period": _seconds(periods.step),
            "voting_period": _seconds(periods.voting),
            "late_quorum_extension": "PT1S",
        }
    amendment["timelock"] = _seconds(periods.pause)
    # A veto ends its window, so nobody waits for that; but it must not be missed.
    amendment["veto"]["window"] = _seconds(3 * periods.step)
    amendment["veto"]["override"] |= {
        "voting_period": _seconds(periods.voting),
        "cooling": _seconds(periods.pause),
    }
    rules["product_vote"]["answer_within"] = _seconds(periods.pause)
    return charter


def own_types(template: Mapping[str, Any], title: str, *more: Mapping[str, Any]) -> dict[str, Any]:
    """Return a shipped charter under another title, with decision types besides its own."""
    charter = copy.deepcopy(dict(template))
    charter["title"] = title
    charter["decision_types"] += copy.deepcopy([dict(rule) for rule in more])
    return charter


def _seconds(number: int) -> str:
    return f"PT{number}S"
