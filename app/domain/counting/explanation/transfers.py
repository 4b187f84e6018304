"""Templates of the methods whose ballots move from option to option."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "first_preferences": "Every ballot counts for its first choice: {totals:tally}.",
    "exclusion": "{option:name} has the fewest votes ({votes:number}) and is excluded.",
    "transfers": "Votes passed on to the next choice: {transfers:tally}.",
    "non_transferable": "{votes:number} could not be passed on, because no further choice was left.",
    "irv.majority": "{winner:name} has {votes:number} of the {counting:number} votes still counting, more "
    "than half, and wins.",
    "irv.last_one": "{winner:name} is the only one left, with {votes:number} votes, and wins.",
    "stv.quota": "With {valid:number} valid votes and {seats} to elect, the quota is {quota:number}.",
    "stv.surplus": "{option:name} has {surplus:number} more than the quota; this surplus is passed on.",
    "meek.surplus": "The elected have more than they need, so each passes on a share of every vote.",
    "meek.quota": "The quota is now {quota:number}.",
    "stv.quota_reached": "{option:name} reaches the quota with {votes:number} and is elected.",
    "stv.last_vacancy": "One seat is left and only {options:names}, who is elected.",
    "stv.last_vacancies": "As many are left as there are seats to fill, so {options:names} are elected.",
}
