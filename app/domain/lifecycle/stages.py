"""When a proposal's stages begin and end: arithmetic on frozen rules and due instants, never on who asked when.

A stage runs in the half-open interval from where the one before it ended: at its end the next has begun. A
stage of no length is passed through at once. The order, veto window before timelock, is that of Aragon OSx's
staged proposal processor; what it does not have is the override of a veto.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.domain.lifecycle.proposal import ProposalState

_NONE = dt.timedelta(0)


@dataclass(frozen=True, slots=True)
class StageRules:
    """What is frozen at the opening of the vote about the time after it; no length is negative.

    :param veto_window: how long a passed proposal waits for a veto; None where nobody may veto.
    :param timelock: how long it then waits for its effect.
    :param override_cooling: how long after a veto an override can first be called.
    :param override_call_within: how long from then on it can be called; None where no veto can be overridden.
    """

    veto_window: dt.timedelta | None
    timelock: dt.timedelta
    override_cooling: dt.timedelta = _NONE
    override_call_within: dt.timedelta | None = None

    def __post_init__(self) -> None:
        lengths = (self.veto_window, self.timelock, self.override_cooling, self.override_call_within)
        if any(length is not None and length < _NONE for length in lengths):
            raise ValueError("a stage has no negative length")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a proposal stands from an instant on.

    :param state: None where no stage is left: the decision takes effect at ``since``.
    :param since: when it began; aware UTC.
    :param due_at: when the clock moves it on; None where nothing is due.
    """

    state: ProposalState | None
    since: dt.datetime
    due_at: dt.datetime | None

    @property
    def takes_effect(self) -> bool:
        """Whether the decision takes effect at ``since``."""
        return self.state is None


@dataclass(frozen=True, slots=True)
class OverrideCall:
    """When an override can be called: in [opens_at, closes_at)."""

    opens_at: dt.datetime
    closes_at: dt.datetime

    def is_open(self, now: dt.datetime) -> bool:
        """Say whether it can be called at ``now``."""
        return self.opens_at <= now < self.closes_at


def vote_opens_from(
    discussion_ends_at: dt.datetime, precommitment_within: dt.timedelta | None, *, precommitted: bool
) -> dt.datetime:
    """Return from when on a vote may be opened.

    :param precommitment_within: how long the vote then waits for the brand's pre-commitment; None where the
        decision asks for none. When the time is over the vote opens without it: nobody stalls a vote by silence.
    :param precommitted: whether the pre-commitment has been recorded.
    """
    if precommitted or precommitment_within is None:
        return discussion_ends_at
    return discussion_ends_at + precommitment_within


def after_pass(closed_at: dt.datetime, rules: StageRules) -> Stage:
    """Return what follows the close of a ballot that passed: veto window, else timelock, else effect.

    :param closed_at: the ballot's close, not the time of its count.
    """
    if rules.veto_window:
        return Stage(ProposalState.VETO_WINDOW, closed_at, closed_at + rules.veto_window)
    return after_veto_window(closed_at, rules)


def after_veto_window(ended_at: dt.datetime, rules: StageRules) -> Stage:
    """Return what follows a veto window in which nobody vetoed: timelock, else effect.

    :param ended_at: the instant at which the window was due to end.
    """
    return _locked(ProposalState.TIMELOCK, ended_at, rules)


def override_call(vetoed_at: dt.datetime, rules: StageRules, *, absolute: bool) -> OverrideCall | None:
    """Return when an override can be called over a veto; None where it cannot be.

    :param absolute: whether the veto's ground is one that no override reaches.
    """
    if absolute or not rules.override_call_within:
        return None
    opens_at = vetoed_at + rules.override_cooling
    return OverrideCall(opens_at, opens_at + rules.override_call_within)


def after_veto(vetoed_at: dt.datetime, rules: StageRules, *, absolute: bool) -> Stage:
    """Return the stage a veto begins; due when the time to call an override is over, never where there is none."""
    call = override_call(vetoed_at, rules, absolute=absolute)
    return Stage(ProposalState.VETOED, vetoed_at, None if call is None else call.closes_at)


def after_override(closed_at: dt.datetime, rules: StageRules) -> Stage:
    """Return what follows the close of an override ballot that passed: its timelock, else effect.

    No second veto window: a veto that could be repeated could not be overridden.
    """
    return _locked(ProposalState.OVERRIDDEN, closed_at, rules)


def after_failed_override(closed_at: dt.datetime) -> Stage:
    """Return what follows an override ballot that did not pass: the veto stands, and no second one is called."""
    return Stage(ProposalState.VETOED, closed_at, None)


def _locked(state: ProposalState, since: dt.datetime, rules: StageRules) -> Stage:
    if rules.timelock:
        return Stage(state, since, since + rules.timelock)
    return Stage(None, since, None)
