"""The scorecard worked out again from the audit log alone, outside the server."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.cli.demo.audit_entries import Entry, broken
from app.cli.demo.findings import Finding
from app.domain.decision import Ratio
from app.domain.obligations import (
    Answer,
    AnswerVerdict,
    Attestation,
    AttestationVerdict,
    Delivery,
    Evidence,
    MilestoneFacts,
    ObligationFacts,
)
from app.domain.scorecard import ScorecardFacts, VetoFacts, series

_Content = Mapping[str, Any]


def check_scorecards(served: Sequence[Mapping[str, Any]], entries: Sequence[Entry]) -> Finding:
    """Compare scorecards as served with those that follow from the log.

    :param served: at any instants.
    :param entries: the whole log of the community, in its order, read after the scorecards.
    """
    try:
        problems = list(broken(entries))
        facts = facts_of(entries)
        own = series(facts, [_instant(card["at"]) for card in served])
    except (ValueError, KeyError, TypeError, AttributeError) as unreadable:
        return Finding("scorecard", agrees=False, detail=f"the log cannot be read: {unreadable!r}")
    for card, recomputed in zip(served, own, strict=True):
        problems += _differences(recomputed.to_json(), card)
    if problems:
        more = f" (and {len(problems) - 1:,} more)" if len(problems) > 1 else ""
        return Finding("scorecard", agrees=False, detail=problems[0] + more)
    detail = (
        f"worked out again from {len(entries):,} entries of the log, it equals the one served, at each of "
        f"{len(served):,} instants"
    )
    return Finding("scorecard", agrees=True, detail=detail)


def _differences(ours: Mapping[str, Any], card: Mapping[str, Any]) -> Iterator[str]:
    theirs = {name: value for name, value in card.items() if name != "at"}
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            yield (
                f"{name.replace('_', ' ')} at {card['at']} is {json.dumps(ours.get(name))} by the log, "
                f"{json.dumps(theirs.get(name))} as served"
            )


def facts_of(entries: Sequence[Entry]) -> ScorecardFacts:
    """Return what the scorecard rests on, from the entries of a community's log in their order."""
    walk = _Walk()
    for shown in entries:
        entry = json.loads(shown["body"])
        read = _READERS.get(entry["action"])
        if read is not None:
            read(walk, entry, shown["content"])
    return walk.facts()


@dataclass
class _Promise:
    obligation: str
    promised_at: dt.datetime
    due_at: dt.datetime
    evidence: list[Evidence] = field(default_factory=list)
    attestations: list[Attestation] = field(default_factory=list)


@dataclass
class _Walk:
    """What has been read so far, by the ids of obligations, milestones and proposals."""

    obligations: dict[str, _Content] = field(default_factory=dict)
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    promises: dict[str, _Promise] = field(default_factory=dict)
    vetoes: dict[str, list[VetoFacts]] = field(default_factory=lambda: defaultdict(list))
    missing: list[dt.datetime] = field(default_factory=list)

    def created(self, entry: _Content, content: _Content) -> None:
        self.obligations[entry["object"]["id"]] = content

    def answered(self, entry: _Content, content: _Content) -> None:
        verdict = AnswerVerdict(content["verdict"])
        answer = Answer(content["number"], _instant(content["answered_at"]), verdict)
        self.answers[entry["object"]["id"]].append(answer)

    def promised(self, entry: _Content, content: _Content) -> None:
        promised_at, due_at = _instant(content["promised_at"]), _instant(content["due_at"])
        self.promises[entry["object"]["id"]] = _Promise(content["obligation_id"], promised_at, due_at)

    def shown(self, entry: _Content, content: _Content) -> None:
        evidence = Evidence(content["round"], _instant(content["submitted_at"]))
        self.promises[entry["object"]["id"]].evidence.append(evidence)

    def attested(self, entry: _Content, content: _Content) -> None:
        said = Attestation(
            content["round"],
            entry["actor"],
            content["revision"],
            _instant(content["attested_at"]),
            AttestationVerdict(content["verdict"]),
        )
        self.promises[entry["object"]["id"]].attestations.append(said)

    def vetoed(self, entry: _Content, content: _Content) -> None:
        veto = VetoFacts(_instant(content["effective_at"]), content["ground"])
        self.vetoes[entry["object"]["id"]].append(veto)

    def override_certified(self, entry: _Content, content: _Content) -> None:
        if content["outcome"] == "passed":
            vetoes = self.vetoes[entry["object"]["id"]]
            vetoes[-1] = replace(vetoes[-1], overridden_at=_instant(content["effective_at"]))

    def opened(self, entry: _Content, content: _Content) -> None:
        asked = content["owes_answer"] and content["kind"] != "override"
        if asked and not content["precommitted"]:
            self.missing.append(_instant(entry["at"]))

    def facts(self) -> ScorecardFacts:
        promises: dict[str, list[MilestoneFacts]] = defaultdict(list)
        for promise in self.promises.values():
            stated = self.obligations[promise.obligation]["rules"]["delivery"]
            delivery = Delivery(Ratio.parse(stated["dispute_threshold"]), stated["least_attestations"])
            promises[promise.obligation].append(
                MilestoneFacts(
                    promise.promised_at, promise.due_at, delivery, promise.evidence, promise.attestations
                )
            )
        obligations = [
            ObligationFacts(
                _instant(content["created_at"]),
                _instant(content["due_at"]),
                self.answers[name],
                promises[name],
            )
            for name, content in self.obligations.items()
        ]
        vetoes = [veto for found in self.vetoes.values() for veto in found]
        return ScorecardFacts(obligations, vetoes, self.missing)


_READERS: Mapping[str, Callable[[_Walk, _Content, _Content], None]] = {
    "obligation.created": _Walk.created,
    "obligation.answered": _Walk.answered,
    "milestone.promised": _Walk.promised,
    "milestone.evidenced": _Walk.shown,
    "milestone.attested": _Walk.attested,
    "proposal.vetoed": _Walk.vetoed,
    "proposal.override_certified": _Walk.override_certified,
    "ballot.opened": _Walk.opened,
}


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
