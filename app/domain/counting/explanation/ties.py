"""Templates of ties and how they were broken."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "tie.election": "{options:names} are tied on {value:number}, and not all of them can win.",
    "tie.exclusion": "{options:names} are tied with the fewest votes ({value:number}).",
    "tie.exclusion.surplus": "{options:names} are within the surplus left of the fewest votes ({value:number}), "
    "which is a tie.",
    "tie.surplus": "{options:names} are tied for the largest surplus, each with {value:number} votes.",
    "tie.order": "{options:names} are elected together with {value:number} each; only the order is open.",
    "tie.finalist": "{options:names} are tied on {value:number} for a place in the runoff.",
    "tie.election.mean": "{options:names} are tied on a mean of {value:figure}, and not all of them can win.",
    "tie.order.mean": "{options:names} are elected together, each with a mean of {value:figure}; only the order "
    "is open.",
    "tie.election.grades": "{options:names} are graded alike throughout, and only one can win.",
    "tie.election.equal": "{options:names} are equal first, and only one can win.",
    "tie.lock": "Victories over {options:names} have the same strength, {value:duel}, and contradict each other; "
    "who is the last to be beaten is open.",
    "tie.status_quo": "Who is merely level with the status quo does not replace it.",
    "tie.margins": "Their margins over all others add up to {values:tally}, which leaves {left:names}.",
    "tie.matches_won": "Of the matches among them they win {values:figures}, which leaves {left:names}.",
    "tie.top_scores": "The highest score comes from {values:tally}, which leaves {left:names}.",
    "tie.sum": "Their sums are {values:tally}, which leaves {left:names}.",
    "tie.earlier_round": "In round {round} they had {values:tally}, which leaves {left:names}.",
    "tie.stated_order": "The order stated before voting picks {chosen:name}.",
    "tie.lot": "The lot picks {chosen:name}.",
}
