"""Roll and tallies made again from what was downloaded: weights, counts, and what they decide."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.cli.demo.findings import Notes, number_of
from app.domain import counting, double_majority
from app.domain.canonical_json import sha256_hex
from app.domain.concentration import distribution
from app.domain.decision import (
    ChoiceFigures,
    Decision,
    DecisionRules,
    DualDecision,
    Quorum,
    Ratio,
    Threshold,
    YesNoFigures,
    decide,
    decide_dual,
)
from app.domain.evidence.ballot_log import Cast, Roll
from app.domain.evidence.digests import tie_seed, vote_line
from app.domain.weights import WeightCap

_Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Weights:
    """What votes weigh in a tally.

    :param members: people on the roll who weigh anything here.
    :param roll_weight: what they weigh together.
    :param counted: by voter, the weight with which their vote counts.
    """

    members: int
    roll_weight: int
    counted: Mapping[str, int]


def weights_of(manifest: _Json, roll: Roll, counted: Sequence[Mapping[str, int]]) -> list[Weights]:
    """Return what votes weigh in each tally.

    :param counted: for each, by voter, the weight with which their vote counts.
    """
    stated = manifest["roll"]
    rolls = [(stated["size"], stated["weight"])]
    if roll.tokens is not None:
        rolls.append((sum(tokens > 0 for tokens in roll.tokens.values()), stated["tokens"]))
    return [Weights(*each, by_voter) for each, by_voter in zip(rolls, counted, strict=True)]


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes that count, by one kind of weight; of a double majority there are two.

    :param members: people on the roll who weigh anything here.
    :param roll_weight: what they weigh together.
    :param votes: choices with their weights.
    :param count: what the votes come to.
    """

    members: int
    roll_weight: int
    votes: Sequence[tuple[str, int]]
    count: counting.CountResult

    def turnout(self) -> dict[str, Any]:
        """Return how many voted, as a result states it."""
        return {
            "voters": len(self.votes),
            "weight": str(sum(weight for _, weight in self.votes)),
            "roll_size": self.members,
            "roll_weight": str(self.roll_weight),
        }

    def figures(self) -> YesNoFigures | ChoiceFigures:
        """Return what was counted, as deciding takes it."""
        roll = {
            "roll_weight": self.roll_weight,
            "participants": len(self.votes),
            "members": self.members,
        }
        if self.count.method == "yes_no":
            weights = {f"{answer}_weight": int(total) for answer, total in self.count.totals.items()}
            return YesNoFigures(**weights, **roll)
        return ChoiceFigures(int(self.count.valid), int(self.count.blank), **roll)

    def largest_vote(self) -> str:
        """Return the share of the vote that counts most."""
        return f"{max((weight for _, weight in self.votes), default=0)}/{self.roll_weight}"


def check_roll(notes: Notes, result: _Json, manifest: _Json, roll: Roll, casts: Sequence[Cast]) -> None:
    """Make the roll's hash and figures again, and find every vote's voter on it with the same weight."""
    stated = manifest["roll"]
    strangers = sorted({cast.voter for cast in casts if roll.of(cast.voter) != cast.weights})
    held = result["concentration"]
    notes.compare(
        "roll",
        {
            "the hash": (sha256_hex(roll.lines()), stated["hash"]),
            "the size": (len(roll.weights), stated["size"]),
            "the weight": (sum(roll.weights.values()), stated["weight"]),
            "the tokens": (None if roll.tokens is None else sum(roll.tokens.values()), stated["tokens"]),
            "the list of voters who are not on it with their weight": (strangers, []),
        }
        | _concentration(roll.weights, held)
        | ({} if roll.tokens is None else _concentration(roll.tokens, held["tokens"], " of tokens"))
        | _cap(roll, manifest),
        f"the hash of its {len(roll.weights):,} lines is the one published, and whoever voted is on it",
    )


def _concentration(
    weights: Mapping[str, int], stated: _Json, of: str = ""
) -> dict[str, tuple[object, object]]:
    spread = distribution((weight, 1) for weight in sorted(weights.values()) if weight).to_json()
    names = {
        "largest_holder": "the largest holder's share",
        "top_ten": "the ten largest holders' share",
        "gini": "the Gini coefficient",
    }
    return {f"{names[name]}{of}": (spread[name], stated[name]) for name in names}


def _cap(roll: Roll, manifest: _Json) -> dict[str, tuple[object, object]]:
    """Compare the announced limit with the cap's rule: of what all would weigh, the announced overflow included."""
    cap, stated = manifest["weight_cap"], manifest["roll"]
    if cap is None:
        return {
            "the limit": (None, stated["weight_limit"]),
            "the overflow": (None, stated["weight_overflow"]),
        }
    rule = WeightCap(cap.get("amount"), _ratio(cap.get("ratio")))
    limit = rule.limit(sum(roll.weights.values()) + stated["weight_overflow"])
    above = sum(weight > limit for weight in roll.weights.values())
    return {"the limit": (limit, stated["weight_limit"]), "the number of weights above it": (above, 0)}


def count_again(
    notes: Notes,
    result: _Json,
    manifest: _Json,
    counted: Sequence[Cast],
    weights: Sequence[Weights],
) -> list[Tally]:
    """Make the digest of the votes and the seed of the lot again, group by choice, add up and count.

    :param counted: the casts that count, by tracker.
    :param weights: for each tally.
    :return: the tally; of a double majority by members, then by tokens.
    """
    lines = (vote_line(cast.tracker, cast.weights, cast.choice) for cast in counted)
    votes_digest = sha256_hex(b"".join(lines))
    pairs: dict[str, tuple[object, object]] = {"the digest": (votes_digest, result["votes_digest"])}
    notes.compare("counted votes", pairs, f"the digest over all {len(counted):,} is the certified one")
    question = counting.Question(
        method=manifest["method"]["name"],
        options=tuple(option["id"] for option in manifest["options"]),
        seats=manifest["method"]["seats"],
        settings=manifest["method"]["settings"],
    )
    ties = _tie_order(notes, result, manifest, question, votes_digest)
    tallies = []
    for each in weights:
        votes = [(cast.choice, each.counted[cast.voter]) for cast in counted if each.counted[cast.voter]]
        tallies.append(Tally(each.members, each.roll_weight, votes, _counted(question, ties, votes)))
    return tallies


def _counted(
    question: counting.Question, ties: counting.TieOrder, votes: Sequence[tuple[str, int]]
) -> counting.CountResult:
    tally: Counter[str] = Counter()
    for choice, weight in votes:
        tally[choice] += weight
    return counting.count(question, tally, tie_order=ties)


def compare_totals(notes: Notes, result: _Json, manifest: _Json, tallies: Sequence[Tally]) -> None:
    """Compare what was counted, and what it came to."""
    pairs = _pairs(result, tallies, "input_digest")
    choices = len({choice for choice, _ in tallies[0].votes})
    notes.compare("tally", pairs, f"{choices:,} different choices weigh what was counted")
    winners = list(tallies[0].count.winners) if result["outcome"] == "decided" else []
    notes.compare(
        "winners",
        {
            "who is elected": (winners, result["winners"]),
            "the version of the method": (tallies[0].count.version, manifest["method"]["version"]),
        }
        | _pairs(result, tallies, "winners", "totals", "valid", "blank"),
        "winners and totals are those of the recount",
    )


def compare_rounds(notes: Notes, result: _Json, tallies: Sequence[Tally], explanation: Sequence[str]) -> None:
    """Compare every figure of every round, and every word."""
    ours, theirs = _counts(result, tallies)
    rounds = [[made for count in counts for made in count["rounds"]] for counts in (ours, theirs)]
    notes.compare(
        "rounds",
        {f"round {number}": pair for number, pair in enumerate(itertools.zip_longest(*rounds), 1)}
        | {"the count": (ours, theirs), "the explanation": (list(explanation), result["explanation"])},
        f"{number_of(len(rounds[0]), 'round')} equal to the last digit, and so in words",
    )


def _pairs(result: _Json, tallies: Sequence[Tally], *names: str) -> dict[str, tuple[object, object]]:
    ours, theirs = _counts(result, tallies)
    return {
        f"the {name.replace('_', ' ')}": ([count[name] for count in ours], [count[name] for count in theirs])
        for name in names
    }


def _counts(result: _Json, tallies: Sequence[Tally]) -> tuple[list[Any], list[Any]]:
    stated = [result["count"], result["token_count"]]
    return [tally.count.to_json() for tally in tallies], [count for count in stated if count is not None]


def _tie_order(
    notes: Notes, result: _Json, manifest: _Json, question: counting.Question, votes_digest: str
) -> counting.TieOrder:
    if manifest["tie_rule"] == "stated_order":
        return counting.StatedOrder(question.options)
    secret = bytes.fromhex(result["tie_seed"]["secret"])
    seed = tie_seed(secret, votes_digest)
    notes.compare(
        "lot",
        {
            "the commitment": (sha256_hex(secret), manifest["tie_commitment"]),
            "the seed": (seed.hex(), result["tie_seed"]["seed"]),
        },
        "its secret is the one committed to at opening, its seed follows from the votes",
    )
    return counting.LotOrder(manifest["ballot"], seed, question.options)


def decide_again(manifest: _Json, tallies: Sequence[Tally]) -> tuple[Decision | DualDecision, list[str]]:
    """Return what the tallies decide by the manifest's rules, and all of it in words."""
    names = {option["id"]: option["title"] for option in manifest["options"]}
    words = [counting.explain(tally.count, names) for tally in tallies]
    figures = [tally.figures() for tally in tallies]
    if len(tallies) == 1:
        return decide(figures[0], _rules(manifest)), words[0]
    members, tokens = (each for each in figures if isinstance(each, YesNoFigures))
    decision = decide_dual((members, _rules(manifest)), (tokens, _rules(manifest["token_majority"])))
    sides = [double_majority.Side(*side) for side in zip(words, (members, tokens), strict=True)]
    return decision, double_majority.explain(sides[0], sides[1], decision)


def compare_decision(
    notes: Notes, result: _Json, tallies: Sequence[Tally], decision: Decision | DualDecision
) -> None:
    """Compare the outcome and who took part in it."""
    first, *others = [tally.turnout() for tally in tallies]
    turnout = first | {"tokens": others[0] if others else None}
    held = [result["concentration"], result["concentration"]["tokens"]][: len(tallies)]
    largest = [tally.largest_vote() for tally in tallies]
    notes.compare(
        "outcome",
        {
            "the outcome": (decision.outcome, result["outcome"]),
            "the decision": (decision.to_json(), result["decision"]),
            "the turnout": (turnout, result["turnout"]),
            "the vote that counts most": (largest, [each["largest_vote"] for each in held]),
        },
        f"{decision.outcome} by the rules of the manifest, {first['voters']:,} of {first['roll_size']:,} voting",
    )


def _rules(stated: _Json) -> DecisionRules:
    quorum, threshold = stated["quorum"], stated["threshold"]
    return DecisionRules(
        quorum=quorum and Quorum(quorum["base"], _ratio(quorum.get("ratio")), quorum.get("count")),
        threshold=threshold
        and Threshold(
            Ratio.parse(threshold["ratio"]),
            threshold.get("strict", False),
            threshold.get("of", "for_plus_against"),
        ),
        min_approval=_ratio(stated["min_approval"]),
        rejection_quorum=_ratio(stated["rejection_quorum"]),
    )


def _ratio(text: str | None) -> Ratio | None:
    return None if text is None else Ratio.parse(text)
