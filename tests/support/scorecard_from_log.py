"""The scorecard recomputed from the audit log alone: its entries and what their commitments open to.

Nothing of the service's tables or queries is used, so that a figure which the log does not bear out shows.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.db.units import Units
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
from app.domain.scorecard import ScorecardFacts, VetoFacts, scorecard
from tests.support import journal
from tests.support.portal import Person, Town

#: An entry as an auditor receives it: ``{"entry": the body, parsed, "content": what its commitment opens to}``.
ServedEntry = Mapping[str, Any]


def served(auditor: Person, town: Town) -> list[ServedEntry]:
    """Read a community's whole log over the API, in the order in which it was written."""
    found: list[ServedEntry] = []
    path = f"{town.path}/audit-entries?limit=100"
    cursor = ""
    while True:
        page = auditor.ok("GET", f"{path}{cursor}")
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def stored(units: Units, town: Town) -> list[ServedEntry]:
    """Read a community's whole log from the database, for tests that must not disturb what they look at."""
    return [
        {"entry": json.loads(entry.body), "content": entry.content}
        for entry in journal.entries(units)
        if entry.log == town.id
    ]


def facts_from_entries(entries: Iterable[ServedEntry]) -> ScorecardFacts:
    """Build the facts of the scorecard from the entries of one community's log, in their order."""
    walk = _Walk()
    for served_entry in entries:
        entry = served_entry["entry"]
        if read := _READERS.get(entry["action"]):
            read(walk, entry, served_entry["content"])
    return walk.facts()


def scorecard_from_entries(entries: Iterable[ServedEntry], at: str) -> dict[str, Any]:
    """Return the scorecard at an instant as the API words it.

    :param at: as the API writes instants.
    """
    return {"at": at} | scorecard(facts_from_entries(entries), _instant(at)).to_json()


@dataclass
class _Promise:
    obligation: str
    promised_at: dt.datetime
    due_at: dt.datetime
    evidence: list[Evidence] = field(default_factory=list)
    attestations: list[Attestation] = field(default_factory=list)


@dataclass
class _Walk:
    obligations: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    promises: dict[str, _Promise] = field(default_factory=dict)
    vetoes: dict[str, list[VetoFacts]] = field(default_factory=lambda: defaultdict(list))
    missing: list[dt.datetime] = field(default_factory=list)

    def created(self, entry: dict[str, Any], content: dict[str, Any]) -> None:
        self.obligations[entry["object"]["id"]] = content

    def answered(self, entry: dict[str, Any], content: dict[str, Any]) -> None:
        verdict = AnswerVerdict(content["verdict"])
        answer = Answer(content["number"], _instant(content["answered_at"]), verdict)
        self.answers[entry["object"]["id"]].append(answer)

    def promised(self, entry: dict[str, Any], content: dict[str, Any]) -> None:
        self.promises[entry["object"]["id"]] = _Promise(
            content["obligation_id"], _instant(content["promised_at"]), _instant(content["due_at"])
        )

    def evidenced(self, entry: dict[str, Any], content: dict[str, Any]) -> None:
        shown = Evidence(content["round"], _instant(content["submitted_at"]))
        self.promises[entry["object"]["id"]].evidence.append(shown)

    def attested(self, entry: dict[str, Any], content: dict[str, Any]) -> None:
        said = Attestation(
            content["round"],
            entry["actor"],
            content["revision"],
            _instant(content["attested_at"]),
            AttestationVerdict(content["verdict"]),
        )
        self.promises[entry["object"]["id"]].attestations.append(said)

    def vetoed(self, entry: dict[str, Any], content: dict[str, Any]) -> None:
        veto = VetoFacts(_instant(content["effective_at"]), content["ground"])
        self.vetoes[entry["object"]["id"]].append(veto)

    def override_certified(self, entry: dict[str, Any], content: dict[str, Any]) -> None:
        if content["outcome"] == "passed":
            vetoes = self.vetoes[entry["object"]["id"]]
            vetoes[-1] = replace(vetoes[-1], overridden_at=_instant(content["effective_at"]))

    def opened(self, entry: dict[str, Any], content: dict[str, Any]) -> None:
        asked = content["owes_answer"] and content["kind"] != "override"
        if asked and not content["precommitted"]:
            self.missing.append(_instant(entry["at"]))

    def facts(self) -> ScorecardFacts:
        promises: dict[str, list[MilestoneFacts]] = defaultdict(list)
        for promise in self.promises.values():
            delivery = self.obligations[promise.obligation]["rules"]["delivery"]
            threshold = Ratio.parse(delivery["dispute_threshold"])
            promises[promise.obligation].append(
                MilestoneFacts(
                    promise.promised_at,
                    promise.due_at,
                    Delivery(threshold, delivery["least_attestations"]),
                    promise.evidence,
                    promise.attestations,
                )
            )
        return ScorecardFacts(
            obligations=[
                ObligationFacts(
                    _instant(content["created_at"]),
                    _instant(content["due_at"]),
                    self.answers[identifier],
                    promises[identifier],
                )
                for identifier, content in self.obligations.items()
            ],
            vetoes=[veto for vetoes in self.vetoes.values() for veto in vetoes],
            precommitments_missing=self.missing,
        )


_READERS: Mapping[str, Callable[[_Walk, dict[str, Any], dict[str, Any]], None]] = {
    "obligation.created": _Walk.created,
    "obligation.answered": _Walk.answered,
    "milestone.promised": _Walk.promised,
    "milestone.evidenced": _Walk.evidenced,
    "milestone.attested": _Walk.attested,
    "proposal.vetoed": _Walk.vetoed,
    "proposal.override_certified": _Walk.override_certified,
    "ballot.opened": _Walk.opened,
}


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
