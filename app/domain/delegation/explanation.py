"""Tells one member what becomes of their weight. Every sentence stands here, ready for translation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from app.domain.counting.explanation import readable
from app.domain.delegation.chains import Outcome
from app.domain.delegation.facts import SCOPES, DelegationScope
from app.domain.delegation.resolution import Resolution
from app.domain.delegation.selection import OFF_ROLL
from app.domain.instants import instant

TEMPLATES: Mapping[str, str] = {
    "cast": "{voter} voted; the vote counts with a weight of {counted}.",
    "cast.carrying": "{voter} voted; the vote counts with a weight of {counted}, of which {received} was delegated.",
    "link": "{delegator} did not vote and delegated to {delegate} ({scope}, given {given_at}).",
    "link.off_roll": "{delegator} did not vote and delegated to someone without a vote in this ballot "
    "({scope}, given {given_at}).",
    "delegated": "{representative} voted and carries the weight of {weight}.",
    "over_cap": "{representative} voted but may carry no more than {limit} of others; the weight of {weight} was "
    "returned to {voter}, who did not vote, and is not counted.",
    "no_vote": "{voter} neither voted nor delegated; the weight of {weight} is not counted.",
    "opted_out": "{voter} did not vote and lets nobody else do it ({scope}, since {given_at}); the weight of "
    "{weight} is not counted.",
    "expired": "{voter} did not vote, and the delegation had expired; the weight of {weight} is not counted.",
    "revoked": "{voter} did not vote and had revoked the delegation; the weight of {weight} is not counted.",
    "nobody_voted": "There the chain ends, and {end} did not vote; the weight of {weight} is not counted.",
    "cycle": "There the chain comes back to {end}, and nobody in that circle voted; the weight of {weight} is not "
    "counted.",
    "off_roll": "There the chain ends; the weight of {weight} is not counted.",
    "more_links": "{number} further delegations follow.",
}

FORESEEN: Mapping[str, str] = {
    "cast": "{voter} has voted; that vote counts, whatever {voter} has delegated, and carries what others delegate "
    "to {voter}.",
    "link": "{delegator} delegates to {delegate} ({scope}, given {given_at}).",
    "link.off_roll": "{delegator} delegates to someone without a vote in this ballot ({scope}, given {given_at}).",
    "delegated": "{representative} has voted and would carry the weight of {weight}.",
    "no_vote": "{voter} has neither voted nor delegated; unless that changes, the weight of {weight} is not counted.",
    "opted_out": "{voter} lets nobody else vote ({scope}, since {given_at}); unless {voter} votes, the weight of "
    "{weight} is not counted.",
    "expired": "The delegation ends before voting does; unless {voter} votes or delegates anew, the weight of "
    "{weight} is not counted.",
    "revoked": "The delegation was revoked; unless {voter} votes or delegates anew, the weight of {weight} is not "
    "counted.",
    "nobody_voted": "There the chain ends. The first along it who votes carries the weight of {weight}; if nobody "
    "does, it is not counted.",
    "cycle": "There the chain comes back to {end}. The first along it who votes carries the weight of {weight}; if "
    "nobody does, it is not counted.",
    "off_roll": "There the chain ends. The first along it who votes carries the weight of {weight}; if nobody does, "
    "it is not counted.",
    "more_links": "{number} further delegations follow.",
    "own_vote": "A vote of {voter} takes the weight back at any time before {closes_at}.",
    "limit": "No delegate may carry more than {limit} of others; what is above it returns to its owners and is not "
    "counted unless they vote.",
}
"""Before the close: what would become of the weight if nothing changed."""

SCOPE_WORDS: Mapping[DelegationScope, str] = {
    DelegationScope.BALLOT: "for this ballot",
    DelegationScope.GROUP: "for this group",
    DelegationScope.DECISION_TYPE: "for this kind of decision",
    DelegationScope.COMMUNITY: "for the whole community",
}

SHOWN_LINKS = 20
"""Links told one by one; of a longer chain the rest is summed up."""


def explain(resolution: Resolution, voter: str, names: Mapping[str, str], *, decimals: int = 0) -> list[str]:
    """Tell a member, link by link, what became of their weight: one sentence each.

    :param names: name on the roll to the name members know; one without is called by its name on the roll.
    :param decimals: weights are counted in units of 10**-decimals.
    :raises KeyError: for a voter who is not on the roll.
    """
    teller = _Teller(resolution, voter, names, decimals)
    if teller.outcome is Outcome.CAST and teller.received:
        return [TEMPLATES["cast.carrying"].format_map(teller.facts)]
    return teller.chain(TEMPLATES)


def foresee(resolution: Resolution, voter: str, names: Mapping[str, str], *, decimals: int = 0) -> list[str]:
    """Tell a member before the close what would become of their weight: one sentence each.

    :param resolution: for the close, of the delegations and votes so far; where it must not be told who has
        voted, of no other votes than the member's own.
    :param names, decimals: as :func:`explain`.
    :raises KeyError: for a voter who is not on the roll.
    """
    teller = _Teller(resolution, voter, names, decimals)
    sentences = teller.chain(FORESEEN)
    if len(sentences) > 1:  # there are links
        sentences.append(FORESEEN["own_vote"].format_map(teller.facts))
        if resolution.cap is not None:
            sentences.append(FORESEEN["limit"].format_map(teller.facts))
    return sentences


@dataclass(frozen=True, slots=True)
class _Teller:
    resolution: Resolution
    voter: str
    names: Mapping[str, str]
    decimals: int

    @property
    def position(self) -> int:
        return self.resolution.roll.positions[self.voter]

    @property
    def outcome(self) -> Outcome:
        return self.resolution.outcome_of(self.voter)

    @property
    def received(self) -> int:
        return self.resolution.counted[self.position] - self.resolution.roll.weights[self.position]

    @property
    def facts(self) -> dict[str, str]:
        resolution, position = self.resolution, self.position
        told = {
            "voter": self._name(position),
            "weight": self._amount(resolution.roll.weights[position]),
            "counted": self._amount(resolution.counted[position]),
            "received": self._amount(self.received),
            "closes_at": instant(resolution.closes_at),
        }
        if self.outcome in {Outcome.DELEGATED, Outcome.OVER_CAP}:
            told["representative"] = self._name(resolution.chains.representative[position])
        if resolution.cap is not None:
            told["limit"] = self._amount(resolution.cap.limit(resolution.roll.total))
        return told

    def chain(self, templates: Mapping[str, str]) -> list[str]:
        """Tell the links of the chain, and where it leads."""
        selection, outcome = self.resolution.chains.selection, self.outcome
        if outcome is Outcome.CAST:
            return [templates["cast"].format_map(self.facts)]
        if outcome is Outcome.OPTED_OUT:
            return [templates["opted_out"].format_map(self.facts | self._link(self.position))]
        walked = list(self.resolution.chains.walk(self.position))
        links = [
            templates["link"].format_map(self._link(one) | {"delegate": self._name(other)})
            for one, other in pairwise(walked[: SHOWN_LINKS + 1])
        ]
        number = self.resolution.chains.hops[self.position] or len(walked) - 1
        if number > SHOWN_LINKS:
            links.append(templates["more_links"].format(number=number - SHOWN_LINKS))
        if selection.delegate[walked[-1]] == OFF_ROLL and outcome is Outcome.OFF_ROLL:
            links.append(templates["link.off_roll"].format_map(self._link(walked[-1])))
        return [*links, templates[outcome.word].format_map(self.facts | {"end": self._name(walked[-1])})]

    def _name(self, place: int) -> str:
        name = self.resolution.roll.names[place]
        return self.names.get(name, name)

    def _amount(self, weight: int) -> str:
        return readable(str(weight), self.decimals)

    def _link(self, place: int) -> dict[str, str]:
        selection = self.resolution.chains.selection
        scope = SCOPE_WORDS[SCOPES[selection.breadth[place]]]
        return {
            "delegator": self._name(place),
            "scope": scope,
            "given_at": instant(selection.given(place)),
        }
