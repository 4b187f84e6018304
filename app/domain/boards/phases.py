"""A board's phases: when each begins, and what members may do while it lasts.

A phase runs in the half-open interval from its own beginning to that of the next; the last one never ends. So the
phase is a function of stored instants and the clock, and no scheduler has to run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from app.domain.charter.roles import Role


class Phase(StrEnum):
    """What a board is about at a time, in the only order in which phases follow each other."""

    COLLECTING = "collecting"
    REFINING = "refining"
    SHORTLISTING = "shortlisting"
    DECIDING = "deciding"
    BUILDING = "building"
    DONE = "done"


class Support(StrEnum):
    """How members support ideas: once each, by dividing a budget of dots, or not at all."""

    ENDORSEMENTS = "endorsements"
    DOTS = "dots"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PhaseRules:
    """One phase of a board.

    :param starts_at: aware UTC, in whole milliseconds.
    :param post: roles whose holders may post ideas, where the charter gives them that power; empty: nobody.
    :param support: the kind of support that is given, and taken back, while it lasts.
    :param comments: whether ideas are discussed.
    :param editing: whether authors may rewrite ideas that are posted.
    """

    phase: Phase
    starts_at: dt.datetime
    post: frozenset[Role]
    support: Support
    comments: bool
    editing: bool

    def to_json(self) -> dict[str, Any]:
        """Return the phase as it is stored and committed to; roles in the order of :class:`Role`."""
        return {
            "phase": self.phase.value,
            "starts_at": self.starts_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "post": [role.value for role in Role if role in self.post],
            "support": self.support.value,
            "comments": self.comments,
            "editing": self.editing,
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> PhaseRules:
        """Read what :meth:`to_json` wrote."""
        return cls(
            phase=Phase(written["phase"]),
            starts_at=dt.datetime.fromisoformat(written["starts_at"]),
            post=frozenset(Role(role) for role in written["post"]),
            support=Support(written["support"]),
            comments=written["comments"],
            editing=written["editing"],
        )


def phase_problems(phases: Sequence[PhaseRules]) -> Iterator[tuple[str, str]]:
    """Name what does not fit together in a board's phases, as (JSON pointer below the list, sentence) pairs."""
    order = list(Phase)
    for index, (before, after) in enumerate(pairwise(phases), 1):
        if order.index(after.phase) <= order.index(before.phase):
            yield f"/{index}/phase", f"{after.phase.value} does not come after {before.phase.value}"
        if after.starts_at <= before.starts_at:
            yield f"/{index}/starts_at", "does not lie after the beginning of the phase before"
    for index, each in enumerate(phases):
        if Role.AUDITOR in each.post:
            yield f"/{index}/post", "auditors write nothing"


def phase_at(phases: Sequence[PhaseRules], now: dt.datetime) -> PhaseRules | None:
    """Return the phase that runs at ``now`` (the database's clock); None before the first has begun."""
    begun = [each for each in phases if each.starts_at <= now]
    return begun[-1] if begun else None


def next_start(phases: Sequence[PhaseRules], now: dt.datetime) -> dt.datetime | None:
    """Return when the next phase begins; None where none is left to come."""
    return next((each.starts_at for each in phases if each.starts_at > now), None)
