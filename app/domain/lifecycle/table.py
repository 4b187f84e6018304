"""The shape that every lifecycle table shares: one row an action."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from app.domain.charter.powers import Power

State = TypeVar("State", bound=StrEnum)
Action = TypeVar("Action", bound=StrEnum)


class Who(StrEnum):
    """Whose an action is.

    ``author``: whoever wrote what the action changes (the proposal's author, the member whose support it is);
    no charter gives that right and none takes it. ``power``: members with a role to which the charter in force
    gives the power. ``clock``: the service, when an instant or the last missing fact has come; done by whoever
    asks first or by the worker, and recorded as the service's.
    """

    AUTHOR = "author"
    POWER = "power"
    CLOCK = "clock"


# Without slots, as Passage: Python 3.11 cannot make a generic class that has slots and is frozen.
@dataclass(frozen=True)
class Transition(Generic[State, Action]):
    """One row: what an action does, and to whom it is open.

    :param sources: the states in which it is legal; in every other it is refused and changes nothing.
    :param targets: the states it may lead to, decided by facts where there are several; empty: it never
        moves the state.
    :param power: the power it asks for; set exactly where ``by`` is ``POWER``.
    :param records: the name of the audit action that it records.
    :param title: the action in words, for the documentation.
    :param removes: whether the thing itself is gone afterwards.
    """

    action: Action
    sources: frozenset[State]
    targets: frozenset[State]
    by: Who
    records: str
    title: str
    power: Power | None = None
    removes: bool = False

    def __post_init__(self) -> None:
        if (self.by is Who.POWER) != (self.power is not None):
            raise ValueError(f"{self.action}: a power is named exactly where the action asks for one")

    @property
    def target(self) -> State | None:
        """Return the one state it leads to; None where the state stays.

        :raises ValueError: where facts decide between several.
        """
        if len(self.targets) > 1:
            raise ValueError(f"{self.action} leads to one of several states")
        return next(iter(self.targets), None)

    def may_lead_to(self, source: State, target: State) -> bool:
        """Say whether the action can leave something that was in ``source`` in ``target``."""
        return source in self.sources and (target in self.targets if self.targets else target is source)


@dataclass(frozen=True)
class Passage(Generic[State]):
    """A move that time alone makes: the state is computed, so nobody does it and nothing records it."""

    source: State
    target: State
    title: str
