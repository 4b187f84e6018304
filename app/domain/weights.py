"""What each voter's vote weighs, from what they hold as the ballot opens.

A service computes the same in one statement at opening; this is what that statement is tested against, and what
a verifier recounts with. Weights are exact integers in the token's minor unit.

What is excluded are holdings, never people: who may vote is a matter of roles. An excluded account, such as the
brand's own, weighs nothing wherever tokens weigh, and its holder keeps a member's single vote where members
count. Nor does what is excluded enter the total of which a cap is a share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from math import isqrt
from typing import Any

from app.domain.decision import Ratio

GREATEST_TOTAL = 2**53 - 1
"""The most a roll weighs in total: the largest integer that every JSON client reads exactly."""


class Weighting(StrEnum):
    """Where a voter's weight comes from.

    ``one_member_one_vote``: 1 each. ``token``: the holding. ``token_capped``: the holding, but at most the cap.
    ``quadratic_token``: the integer part of the holding's square root; ten accounts of one token outweigh one
    account of ten, so it is only for communities that verify accounts. ``dual``: two tallies, members and
    tokens, of one ballot.
    """

    ONE_MEMBER_ONE_VOTE = "one_member_one_vote"
    TOKEN = "token"  # noqa: S105 - no secret: the members' holdings
    TOKEN_CAPPED = "token_capped"  # noqa: S105 - as above
    QUADRATIC_TOKEN = "quadratic_token"  # noqa: S105 - as above
    DUAL = "dual"


@dataclass(frozen=True, slots=True)
class WeightCap:
    """The most that one voter's tokens weigh.

    A ratio is of the total **before** clamping: of all that would weigh without the cap. That is one number,
    known at opening and the same for everyone; a share of what is left after clamping would have to be solved
    for, and might have no solution (three holders can never have less than a third each). So whoever is clamped
    to 1/10 may weigh more than 1/10 of the roll, and how much more is disclosed with the result. It is rounded
    down, but never below 1: a cap is no exclusion.

    :param amount: in minor units, at least 1; or None.
    :param ratio: above 0; or None. Exactly one of the two.
    """

    amount: int | None = None
    ratio: Ratio | None = None

    def __post_init__(self) -> None:
        if (self.amount is None) == (self.ratio is None):
            raise ValueError("a cap is either an amount or a ratio")
        if self.amount is not None and (type(self.amount) is not int or self.amount < 1):
            raise ValueError("the amount of a cap is an integer of at least 1")
        if self.ratio is not None and self.ratio.numerator == 0:
            raise ValueError("the ratio of a cap is above 0")

    def limit(self, total: int) -> int:
        """Return the cap in minor units, for this total before clamping."""
        if self.ratio is not None:
            return max(1, total * self.ratio.numerator // self.ratio.denominator)
        assert self.amount is not None  # noqa: S101 - exactly one of the two is set
        return self.amount

    def to_json(self) -> dict[str, Any]:
        """Return the cap as a decision type states it."""
        return {"ratio": str(self.ratio)} if self.ratio is not None else {"amount": self.amount}


@dataclass(frozen=True, slots=True)
class WeightRules:
    """How a ballot weighs its voters.

    :param weighting: where weight comes from.
    :param cap: for ``token_capped``, and for no other.
    :param count_unvested: whether tokens that have not vested yet weigh as well. Locked tokens always do: a
        lock keeps them from being moved, not from being owned.
    """

    weighting: Weighting
    cap: WeightCap | None = None
    count_unvested: bool = True

    def __post_init__(self) -> None:
        if (self.cap is not None) != (self.weighting is Weighting.TOKEN_CAPPED):
            raise ValueError("a cap belongs to token_capped, and token_capped to a cap")


@dataclass(frozen=True, slots=True)
class Holder:
    """Someone entitled to vote, with what they hold as the ballot opens.

    :param reference: how the roll names them.
    :param balance: in minor units, 0 or more; who has no token account holds 0.
    :param unvested: the part of the balance that has not vested yet, 0 to ``balance``.
    :param excluded: whether the decision type excludes the account.
    """

    reference: str
    balance: int = 0
    unvested: int = 0
    excluded: bool = False

    def __post_init__(self) -> None:
        if type(self.balance) is not int or type(self.unvested) is not int:
            raise TypeError("holdings are integers")
        if not 0 <= self.unvested <= self.balance:
            raise ValueError("what has not vested is a part of the balance")


@dataclass(frozen=True, slots=True)
class Weighed:
    """One entry of the roll.

    :param weight: what the vote weighs; for ``dual`` 1, its weight among members.
    :param tokens: for ``dual``, its weight among tokens, 0 or more; else 0.
    :param overflow: what the cap cut off, to be told to the voter.
    """

    reference: str
    weight: int
    tokens: int = 0
    overflow: int = 0


@dataclass(frozen=True, slots=True)
class Weights:
    """The roll's entries in the order given, and what they come to. Entries of no weight are not in it.

    :param limit: the cap in minor units, or None.
    :param total: the weight of the roll; for ``dual`` its members.
    :param tokens: for ``dual``, the weight of the token tally; else 0.
    :param overflow: what the cap cut off in all, to be announced at opening.
    """

    entries: tuple[Weighed, ...]
    limit: int | None
    total: int = field(init=False)
    tokens: int = field(init=False)
    overflow: int = field(init=False)

    def __post_init__(self) -> None:
        for name, total in (
            ("total", sum(entry.weight for entry in self.entries)),
            ("tokens", sum(entry.tokens for entry in self.entries)),
            ("overflow", sum(entry.overflow for entry in self.entries)),
        ):
            if total > GREATEST_TOTAL:
                raise ValueError("the weights on the roll exceed 2^53 - 1 in total")
            object.__setattr__(self, name, total)


def weigh(holders: Iterable[Holder], rules: WeightRules) -> Weights:
    """Weigh everyone entitled to vote.

    :param holders: everyone with the right to vote, each once, in any order; whoever then weighs nothing does
        not enter the roll. Under ``dual`` everyone does, with 0 tokens if they hold none.
    :raises ValueError: where the total, or what a cap cuts off, exceeds 2^53 - 1.
    """
    counted = [(holder.reference, _counted(holder, rules)) for holder in holders]
    limit = None if rules.cap is None else rules.cap.limit(sum(held for _, held in counted))
    weighed = _weighed(counted, rules.weighting, limit)
    return Weights(tuple(entry for entry in weighed if entry.weight > 0), limit)


def _counted(holder: Holder, rules: WeightRules) -> int:
    if holder.excluded:
        return 0
    return holder.balance if rules.count_unvested else holder.balance - holder.unvested


def _weighed(
    counted: Iterable[tuple[str, int]], weighting: Weighting, limit: int | None
) -> Iterator[Weighed]:
    for reference, held in counted:
        match weighting:
            case Weighting.ONE_MEMBER_ONE_VOTE:
                yield Weighed(reference, 1)
            case Weighting.TOKEN:
                yield Weighed(reference, held)
            case Weighting.TOKEN_CAPPED:
                weight = held if limit is None else min(held, limit)
                yield Weighed(reference, weight, overflow=held - weight)
            case Weighting.QUADRATIC_TOKEN:
                yield Weighed(reference, isqrt(held))
            case Weighting.DUAL:
                yield Weighed(reference, 1, tokens=held)
