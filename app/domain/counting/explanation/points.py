"""Templates of the methods whose ballots give points: by rank, from a purse, or in shares."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "points.totals": "The points add up to {totals:tally}.",
    "points.winner": "{winners:names} has the most points and wins.",
    "points.winners": "{winners:names} have the most points and are elected.",
    "bought_votes.totals": "The votes bought add up to {totals:tally}.",
    "bought_votes.winner": "{winners:names} has the most votes and wins.",
    "bought_votes.winners": "{winners:names} have the most votes and are elected.",
    "shares.totals": "Divided as the ballots ask, the weight goes to {totals:tally}.",
    "shares.winner": "{winners:names} has the largest part and wins.",
    "shares.winners": "{winners:names} have the largest parts and are elected.",
}
