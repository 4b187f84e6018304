"""Tells one member what became of their weight. Every sentence stands here, ready for translation."""

from __future__ import annotations

from collections.abc import Mapping
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
}

SCOPE_WORDS: Mapping[DelegationScope, str] = {
    DelegationScope.BALLOT: "for this ballot",
    DelegationScope.GROUP: "for this group",
    DelegationScope.DECISION_TYPE: "for this kind of decision",
    DelegationScope.COMMUNITY: "for the whole community",
}

SHOWN_LINKS = 20
"""Links told one by one; of a longer chain the rest is summed up."""

_LEFT_OUT = "{number} further delegations follow."


def explain(resolution: Resolution, voter: str, names: Mapping[str, str], *, decimals: int = 0) -> list[str]:
    """Tell a member, link by link, what became of their weight: one sentence each.

    :param names: name on the roll to the name members know; one without is called by its name on the roll.
    :param decimals: weights are counted in units of 10**-decimals.
    :raises KeyError: for a voter who is not on the roll.
    """
    roll, chains, selection = resolution.roll, resolution.chains, resolution.chains.selection
    position = roll.positions[voter]
    outcome = resolution.outcome_of(voter)
    walked = list(chains.walk(position))

    def name(place: int) -> str:
        return names.get(roll.names[place], roll.names[place])

    def amount(weight: int) -> str:
        return readable(str(weight), decimals)

    def link(place: int) -> dict[str, str]:
        scope = SCOPE_WORDS[SCOPES[selection.breadth[place]]]
        return {"delegator": name(place), "scope": scope, "given_at": instant(selection.given(place))}

    told = {"voter": name(position), "weight": amount(roll.weights[position]), "end": name(walked[-1])}
    if outcome is Outcome.CAST:
        received = resolution.counted[position] - roll.weights[position]
        figures = {"counted": amount(resolution.counted[position]), "received": amount(received)}
        return [TEMPLATES["cast.carrying" if received else "cast"].format_map(told | figures)]
    if outcome is Outcome.OPTED_OUT:
        return [TEMPLATES["opted_out"].format_map(told | link(position))]
    links = [
        TEMPLATES["link"].format_map(link(one) | {"delegate": name(other)})
        for one, other in pairwise(walked[: SHOWN_LINKS + 1])
    ]
    if len(walked) - 1 > SHOWN_LINKS:
        links.append(_LEFT_OUT.format(number=len(walked) - 1 - SHOWN_LINKS))
    if selection.delegate[walked[-1]] == OFF_ROLL and outcome is Outcome.OFF_ROLL:
        links.append(TEMPLATES["link.off_roll"].format_map(link(walked[-1])))
    if outcome in {Outcome.DELEGATED, Outcome.OVER_CAP}:
        told["representative"] = name(chains.representative[position])
    if resolution.cap is not None:
        told["limit"] = amount(resolution.cap.limit(roll.total))
    return [*links, TEMPLATES[outcome.word].format_map(told)]
