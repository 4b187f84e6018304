"""Templates of the methods whose ballots score or grade options."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "score.sums": "The scores add up to {sums:tally}.",
    "score.means": "The mean scores are {means:figures}.",
    "score.not_electable": "Not enough support to be elected: {options:names}.",
    "score.sum.one": "{elected:names} has the highest sum and wins.",
    "score.sum.many": "{elected:names} have the highest sums and are elected.",
    "score.mean.one": "{elected:names} has the highest mean and wins.",
    "score.mean.many": "{elected:names} have the highest means and are elected.",
    "star.finalists": "The two highest sums have {finalists:names}; they meet in the runoff.",
    "star.only_finalist": "Nobody scores any other option above the lowest score, so {finalists:names} needs no "
    "runoff and wins.",
    "star.runoff": "Scored higher than the other in the runoff: {runoff:tally}; {equal:number} score both alike.",
    "star.winner": "{winner:name} is scored higher by more and wins.",
    "star.tied_winner": "{winner:name} wins.",
    "majority_judgment.profile": "{option:name} is graded {profile:words}; its majority grade is {grade:word}.",
    "majority_judgment.shared": "{options:names} share the best majority grade, {grade:word}.",
    "majority_judgment.removed": "When {removed:number} has been removed from the middle of each, the middle "
    "grades are {grades:graded}, which leaves {left:names}.",
    "majority_judgment.winner": "{winner:name} wins with the majority grade {grade:word}.",
}
