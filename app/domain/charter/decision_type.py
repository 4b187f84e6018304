"""Decision types: named rule sets that say how something is decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.charter.roles import Role
from app.domain.charter.words import (
    STANDALONE,
    BindingLevel,
    DecisionKind,
    Disclosure,
    Exclusion,
    Scope,
    Secrecy,
    TieRule,
)
from app.domain.decision import DecisionRules, Quorum, Ratio, Threshold
from app.domain.delegation.facts import DelegationCap, DelegationScope
from app.domain.durations import format_duration
from app.domain.weights import WeightCap, Weighting

_NOTHING = dt.timedelta()


@dataclass(frozen=True, slots=True)
class OverrideRule:
    """How members override a veto: a second ballot of its own, for or against what was vetoed.

    :param threshold: what share must be for; at least as strict as the type's own.
    :param quorum: how much must take part, or None.
    :param call_within: how long from then on it can be called.
    :param voting_period: how long its vote runs.
    :param cooling: how long after the veto it can first be called.
    :param token_majority: the rules of the override's token tally where the type is a double majority, else
        None; ``threshold`` and ``quorum`` are then those of its members' tally.
    """

    threshold: Threshold
    quorum: Quorum | None
    call_within: dt.timedelta
    voting_period: dt.timedelta
    cooling: dt.timedelta = _NOTHING
    token_majority: DecisionRules | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the rule as the charter writes it."""
        return {
            "threshold": threshold_to_json(self.threshold),
            "quorum": _quorum_to_json(self.quorum),
            "call_within": format_duration(self.call_within),
            "voting_period": format_duration(self.voting_period),
            "cooling": format_duration(self.cooling),
            "token_majority": majority_to_json(self.token_majority),
        }


@dataclass(frozen=True, slots=True)
class VetoRule:
    """The brand's veto over what passed under a type.

    :param window: how long after the result it can be used.
    :param grounds: ids of the charter's veto grounds on which it can be used, in their stated order.
    :param yearly_quota: how often in a year it can be used under this type, at least 1.
    :param override: how members override it, or None: they cannot.
    """

    window: dt.timedelta
    grounds: tuple[str, ...]
    yearly_quota: int
    override: OverrideRule | None

    def to_json(self) -> dict[str, Any]:
        """Return the rule as the charter writes it."""
        return {
            "window": format_duration(self.window),
            "grounds": list(self.grounds),
            "yearly_quota": self.yearly_quota,
            "override": None if self.override is None else self.override.to_json(),
        }


@dataclass(frozen=True, slots=True)
class DelegationRule:
    """How members may let others vote for them in a type's ballots.

    :param scopes: the scopes of the delegations that count, the most specific first, at least one.
    :param cap: the most weight that one delegate carries for others, or None.
    """

    scopes: tuple[DelegationScope, ...]
    cap: DelegationCap | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the rule as the charter writes it."""
        return {
            "scopes": [scope.value for scope in self.scopes],
            "cap": None if self.cap is None else self.cap.to_json(),
        }


@dataclass(frozen=True, slots=True)
class DecisionType:
    """One way of deciding. Durations are exact; one of no length means that there is no such stage.

    :param kind: what it decides; ``for`` in the document.
    :param amends: the parts of the charter an amendment of this type may change; empty for other kinds.
    :param opened_by: roles that may raise the proposal, or draft and open the standalone ballot.
    :param sponsors: how many members must back a proposal within ``sponsoring_period`` before it is discussed.
    :param settings: the method's settings that the type fixes; the method's defaults hold for the rest.
    :param weight_cap: the most one voter's tokens weigh; required where ``weighting`` is token_capped, possible
        where it is left open.
    :param count_unvested: whether tokens that have not vested weigh as well, where tokens weigh.
    :param exclude: whose holdings weigh nothing, where tokens weigh.
    :param quorum, threshold, min_approval, rejection_quorum: see :class:`app.domain.decision.DecisionRules`; in
        a double majority those of the members' tally.
    :param token_majority: the rules of the token tally; required where ``weighting`` is dual, possible where it
        is left open.
    :param late_quorum_extension: how long voting goes on at least once the quorum is reached, or None.
    :param delegation: how others may vote for a member, or None: only direct votes count.
    :param precommitment_within: how long after discussion the vote waits for the brand's pre-commitment.
    :param answer_within: when the brand's answer falls due after the result; None where it owes none.
    :param timelock: how long what passed waits before it takes effect.
    :param grants_role: the role that whoever is elected receives (elections only).
    :param groups: whether the community's groups may decide so among themselves, besides the community as a whole.
    :param left_open: fields that whoever drafts a standalone ballot chooses; the type's values are defaults.
    """

    id: str
    title: str
    description: str
    kind: DecisionKind
    opened_by: tuple[Role, ...]
    voting_period: dt.timedelta
    binding_level: BindingLevel
    method: str
    amends: tuple[Scope, ...] = ()
    sponsors: int = 0
    sponsoring_period: dt.timedelta = _NOTHING
    discussion_period: dt.timedelta = _NOTHING
    settings: Mapping[str, Any] = field(default_factory=dict)
    seats: int = 1
    weighting: Weighting = Weighting.ONE_MEMBER_ONE_VOTE
    weight_cap: WeightCap | None = None
    count_unvested: bool = True
    exclude: tuple[Exclusion, ...] = ()
    secrecy: Secrecy = Secrecy.OPEN
    disclosure: Disclosure = Disclosure.NAMED
    vote_change: bool = True
    early_close: bool = False
    tie_rule: TieRule = TieRule.LOT
    quorum: Quorum | None = None
    threshold: Threshold | None = None
    min_approval: Ratio | None = None
    rejection_quorum: Ratio | None = None
    token_majority: DecisionRules | None = None
    late_quorum_extension: dt.timedelta | None = None
    delegation: DelegationRule | None = None
    precommitment_within: dt.timedelta = _NOTHING
    answer_within: dt.timedelta | None = None
    veto: VetoRule | None = None
    timelock: dt.timedelta = _NOTHING
    grants_role: Role | None = None
    groups: bool = False
    left_open: tuple[str, ...] = ()

    @property
    def rules(self) -> DecisionRules:
        """Return the part that turns figures into an outcome, in a double majority those of the members."""
        return DecisionRules(self.quorum, self.threshold, self.min_approval, self.rejection_quorum)

    @property
    def takes_effect_by_itself(self) -> bool:
        """Say whether the result is carried out by being certified: the charter changes, the role is given."""
        return self.kind is DecisionKind.AMENDMENT or self.grants_role is not None

    @property
    def owes_answer(self) -> bool:
        """Say whether a pass makes the brand owe anything: neither opinions nor what takes effect by itself do."""
        return self.answer_within is not None

    @property
    def standalone(self) -> bool:
        """Say whether its ballots are opened directly, without a proposal."""
        return self.kind in STANDALONE

    def weighing(self, weighting: Weighting) -> dict[str, Any]:
        """Return what shapes the weights of a ballot, as written; blank where its weighting has no use for it.

        :param weighting: the ballot's: this type's own, or one chosen where that is left open.
        """
        written = self.to_json()
        tokens = weighting is not Weighting.ONE_MEMBER_ONE_VOTE
        return {
            "weight_cap": written["weight_cap"] if weighting is Weighting.TOKEN_CAPPED else None,
            "count_unvested": written["count_unvested"] if tokens else True,
            "exclude": written["exclude"] if tokens else [],
            "token_majority": written["token_majority"] if weighting is Weighting.DUAL else None,
        }

    def amends_part(self, scope: Scope) -> bool:
        """Say whether it is an amendment type that may change this part of the charter."""
        return self.kind is DecisionKind.AMENDMENT and scope in self.amends

    def to_json(self) -> dict[str, Any]:
        """Return the type as the charter writes it, every default spelled out."""
        return {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "for": self.kind.value,
            "amends": [scope.value for scope in self.amends],
            "opened_by": [role.value for role in self.opened_by],
            "sponsors": self.sponsors,
            "sponsoring_period": format_duration(self.sponsoring_period),
            "discussion_period": format_duration(self.discussion_period),
            "voting_period": format_duration(self.voting_period),
            "method": self.method,
            "settings": dict(self.settings),
            "seats": self.seats,
            "weighting": self.weighting.value,
            "weight_cap": None if self.weight_cap is None else self.weight_cap.to_json(),
            "count_unvested": self.count_unvested,
            "exclude": [each.value for each in self.exclude],
            "secrecy": self.secrecy.value,
            "disclosure": self.disclosure.value,
            "vote_change": self.vote_change,
            "early_close": self.early_close,
            "tie_rule": self.tie_rule.value,
            **_rules_to_json(self.rules),
            "token_majority": majority_to_json(self.token_majority),
            "late_quorum_extension": _duration_to_json(self.late_quorum_extension),
            "delegation": None if self.delegation is None else self.delegation.to_json(),
            "binding_level": self.binding_level.value,
            "precommitment_within": format_duration(self.precommitment_within),
            "answer_within": _duration_to_json(self.answer_within),
            "veto": None if self.veto is None else self.veto.to_json(),
            "timelock": format_duration(self.timelock),
            "grants_role": None if self.grants_role is None else self.grants_role.value,
            "groups": self.groups,
            "left_open": list(self.left_open),
        }


def threshold_to_json(threshold: Threshold) -> dict[str, Any]:
    """Return a threshold as charters and ballots write it."""
    return {"ratio": str(threshold.ratio), "strict": threshold.strict, "of": threshold.of}


def majority_to_json(rules: DecisionRules | None) -> dict[str, Any] | None:
    """Return the rules of a token tally as charters and ballots write them."""
    return None if rules is None else _rules_to_json(rules)


def _rules_to_json(rules: DecisionRules) -> dict[str, Any]:
    return {
        "quorum": _quorum_to_json(rules.quorum),
        "threshold": None if rules.threshold is None else threshold_to_json(rules.threshold),
        "min_approval": None if rules.min_approval is None else str(rules.min_approval),
        "rejection_quorum": None if rules.rejection_quorum is None else str(rules.rejection_quorum),
    }


def _quorum_to_json(quorum: Quorum | None) -> dict[str, Any] | None:
    if quorum is None:
        return None
    if quorum.ratio is not None:
        return {"base": quorum.base, "ratio": str(quorum.ratio)}
    return {"base": quorum.base, "count": quorum.count}


def _duration_to_json(value: dt.timedelta | None) -> str | None:
    return None if value is None else format_duration(value)
