"""Templates of the methods that spend a budget, choose a committee from approvals, or draw a jury."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "budget.support": "The options have these votes: {totals:tally}.",
    "budget.below_threshold": "{options:names} cannot be funded: that takes at least {fewest:number} votes.",
    "budget.funded": "{option:name} is next with {votes:number} votes and costs {cost:figure}: it is funded, "
    "which leaves {left:figure}.",
    "budget.too_dear": "{option:name} is next with {votes:number} votes, but costs {cost:figure}, and only "
    "{left:figure} is left: it is passed over.",
    "budget.stopped": "{option:name} is next with {votes:number} votes, but costs {cost:figure}, and only "
    "{left:figure} is left: here the rule stops.",
    "budget.spent": "Of {budget:figure}, {spent:figure} is spent and {left:figure} is left.",
    "budget.tie.election": "{options:names} are tied for the next place.",
    "budget.tie.order": "{options:names} are tied, and the money reaches for all of them; only the order is "
    "open.",
    "tie.lower_cost": "By cost this leaves {left:names}.",
    "equal_shares.share": "The {votes:number} votes share the budget of {budget:figure}: each has "
    "{share:figure} to spend.",
    "equal_shares.raised": "So that more of the budget is used, the shares are raised {raises:figure} times, "
    "to {share:figure} each.",
    "equal_shares.purchase": "{option:name}, supported by {votes:number} votes, now costs its supporters "
    "least for what it gives them: at most {payment:figure} each. It is funded for {cost:figure}, which "
    "leaves {left:figure}.",
    "equal_shares.completed": "Of the rest {option:name} is next with {votes:number} votes and costs "
    "{cost:figure}: it is funded, which leaves {left:figure}.",
    "equal_shares.kept": "{prefer_equal_shares:number} votes prefer this outcome to the one of spending by "
    "votes alone, {prefer_most_votes:number} prefer that one: this outcome stands.",
    "equal_shares.replaced": "{prefer_most_votes:number} votes prefer the outcome of spending by votes alone, "
    "and only {prefer_equal_shares:number} the one of equal shares: spending by votes stands.",
    "equal_shares.other": "The other outcome would fund {options:names}.",
    "pav.best": "Of all committees of {size}, the one of {winners:names} has the highest score, {score:figure}: "
    "they are elected.",
    "pav.tied": "{committees:figure} committees share the highest score, {score:figure}.",
    "pav.next": "{option:name} adds most to the score, {gain:figure}, and is elected.",
    "phragmen.tie": "{options:names} are tied for the next seat.",
    "phragmen.next": "{option:name}, supported by {votes:number} votes, is the first whose supporters can "
    "bear its cost, each with a load of {load:figure} in all, and is elected.",
    "sortition.drawn": "{size:figure} of {roll:figure} on the roll are drawn: {drawn:names}.",
    "sortition.stratum": "{stratum}: {size:figure} of {roll:figure} are drawn: {drawn:names}.",
}
