"""Templates of any count, and of the methods that only add votes up."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "round": "Round {number}:",
    "no_votes": "Nobody expressed a choice, so nothing is decided.",
    "yes_no.sums": "{for:number} for, {against:number} against, {abstain:number} abstaining.",
    "most_votes.totals": "The votes are {totals:tally}.",
    "most_votes.winner": "{winners:names} has the most votes and wins.",
    "most_votes.winners": "The most votes have {elected:tally}; they are elected.",
}
