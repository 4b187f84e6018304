"""Templates of the methods that compare options two by two."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "duel": "{for:number} to {against:number}",
    "pair": "{winner:name} over {loser:name}",
    "pairwise.beats": "{option:name} beats {duels:duels}.",
    "pairwise.beats_many": "{option:name} beats {number} of the {others} others.",
    "pairwise.condorcet_winner": "{winner:name} beats every other option.",
    "pairwise.no_condorcet_winner": "No option beats every other.",
    "pairwise.winner": "{winner:name} wins.",
    "status_quo.passes": "{option:name} beats the status quo, {status_quo:name}, with {for:number} to "
    "{against:number} as required.",
    "status_quo.fails": "{option:name} does not beat the status quo, {status_quo:name}, as required "
    "({for:number} to {against:number}), and is set aside.",
    "status_quo.stays": "Nothing changes: {winner:name} stays.",
    "schulze.paths": "The strongest chain of victories from {one:name} to {other:name} has {forth:duel} as its "
    "weakest, the one back {back:duel}.",
    "schulze.path": "The strongest chain of victories from {one:name} to {other:name} has {forth:duel} as its "
    "weakest; none leads back.",
    "ranked_pairs.locked": "Locked in at {strength:duel}: {pairs:pairs}.",
    "ranked_pairs.skipped": "Left out at {strength:duel}, contradicted by victories locked in before: {pairs:pairs}.",
    "copeland.matches": "Matches won, a tied one counting half: {matches:figures}.",
}
