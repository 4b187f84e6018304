"""Instant runoff: the option with the fewest votes is excluded until one has more than half."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.domain.counting.forms.rankings import StrictRanking
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Question
from app.domain.counting.result import Round, Statement, Tally, tie_statements
from app.domain.counting.settings import ChoiceSetting
from app.domain.counting.ties import TieOrder
from app.domain.counting.transferable import Piles, lowest, movement_statements, shown_values

FORM = StrictRanking()

TIES = ChoiceSetting(
    "ties",
    "How a tie for the fewest votes is broken.",
    "earlier_rounds",
    {
        "earlier_rounds": "whoever had fewer in the latest earlier round that tells them apart is excluded, "
        "then the ballot's tie order decides",
        "tie_order": "the ballot's tie order decides at once",
    },
)


def tally_irv(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Count by instant runoff, one exclusion a round. ``ballots`` is not empty."""
    read = FORM.reader(question)
    piles = Piles(question.options, [(read(text), weight) for text, weight in ballots.items()], unit=1)
    continuing = list(question.options)
    first = {option: str(total) for option, total in piles.totals.items()}
    rounds = [
        Round(1, "first_preferences", first, statements=(Statement("first_preferences", {"totals": first}),))
    ]
    history = [dict(piles.totals)]
    # Somebody who still holds a vote always remains, so more than half of the rest is reached in the end.
    while (leader := _majority(piles, continuing)) is None:
        excluded, ties = lowest(
            piles.totals,
            continuing,
            tie_order,
            round_number=len(rounds),
            earlier=history[:-1] if question.settings["ties"] == "earlier_rounds" else (),
            show=str,
        )
        continuing.remove(excluded)
        votes = piles.totals[excluded]
        movement = piles.pass_on(excluded, continuing)
        history.append(dict(piles.totals))
        statements = [said for tie in ties for said in tie_statements(tie)]
        statements.append(Statement("exclusion", {"option": excluded, "votes": str(votes)}))
        statements += movement_statements(movement, str)
        rounds.append(
            Round(
                number=len(rounds) + 1,
                action="exclusion",
                totals={option: str(total) for option, total in piles.totals.items()},
                subject=excluded,
                transfers={option: str(amount) for option, amount in movement.received.items()},
                transfer_values=shown_values(movement, str),
                non_transferable=str(movement.non_transferable),
                exhausted=str(piles.exhausted),
                excluded=(excluded,),
                ties=ties,
                statements=tuple(statements),
            )
        )
    return _finished(piles, continuing, rounds, leader)


def _majority(piles: Piles[int], continuing: list[str]) -> str | None:
    """Return the continuing option with more than half of the votes still counting, if there is one."""
    counting = sum(piles.totals.values())
    return next((option for option in continuing if 2 * piles.totals[option] > counting), None)


def _finished(piles: Piles[int], continuing: list[str], rounds: list[Round], winner: str) -> Tally:
    counting = str(sum(piles.totals.values()))
    votes = str(piles.totals[winner])
    key = "irv.last_one" if len(continuing) == 1 else "irv.majority"
    majority = Statement(key, {"winner": winner, "votes": votes, "counting": counting})
    last = rounds[-1]
    rounds[-1] = replace(
        last, figures={"counting": counting}, elected=(winner,), statements=(*last.statements, majority)
    )
    return Tally((winner,), last.totals, tuple(rounds))


IRV = Method(
    name="irv",
    version="1",
    title="Instant runoff: ranked choices, one winner",
    rule=lambda question: (
        "Each ballot counts for the option it ranks first. As long as no option has more than half of the "
        "votes still counting, the option with the fewest is excluded, one a round, and its ballots go to "
        "the next option they rank that is still in; a ballot that ranks none stops counting. A tie for the "
        "fewest: "
        f"{TIES.choices[question.settings['ties']]}."
    ),
    ballots=BallotMeaning(
        invalid="Unknown or repeated options, equal ranks, fewer than min or more than max, are refused when "
        "cast.",
        empty="An empty list is a blank ballot: admitted where min is 0; it takes part and counts for none.",
        partial="A ballot counts for the options it ranks and for no others; when all of these are excluded, "
        "it stops counting.",
    ),
    ties="The option with fewer votes in the latest earlier round that tells them apart is excluded, then "
    "the ballot's tie order decides (setting: ties).",
    form=FORM,
    tally=tally_irv,
    choice_example=["mint", "lime", "plum"],
    own_settings=(TIES,),
)
