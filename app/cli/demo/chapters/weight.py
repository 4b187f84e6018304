"""Chapter 8: a second community, in which tokens weigh, and who cannot come lets another vote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.cli.demo.drawing import draw_result
from app.cli.demo.findings import Finding
from app.cli.demo.own_charter import own_types
from app.cli.demo.portal import Ballot, Portal
from app.cli.demo.recount import Receipt
from app.cli.demo.scene import Scene
from app.cli.demo.words import listed

_SAMPLE = Path(__file__).parents[1] / "electorate" / "orchard.json"


@dataclass(frozen=True, slots=True)
class _Held:
    """A vote in which everybody who votes has: its ballot, and what its voters keep."""

    ballot: Ballot
    receipts: list[Receipt]


def tell(scene: Scene) -> None:
    """Tell the chapter. The community is another, so what is found there does not change the other chapters."""
    sample = json.loads(_SAMPLE.read_text(encoding="utf-8"))
    scene.terminal.heading(f"8  Weight and trust: {sample['community']['name']}")
    orchard = _found(scene, sample)
    press = _vote(orchard, sample["press"])
    land = _vote(orchard, sample["land"])
    speaker = _speaker(orchard, sample["speaker"])
    orchard.wait(speaker.ballot.closes_at, "All three votes run")
    _tell_tokens(orchard, press)
    _tell_both(orchard, land)
    _tell_trust(orchard, speaker, sample["speaker"])


def _found(scene: Scene, sample: Mapping[str, Any]) -> Scene:
    """Found the community, have some of the people join it, and issue tokens; return it as a scene of its own."""
    portal = Portal(scene.portal.client)
    orchard = Scene(scene.terminal, portal)
    orchard.findings, orchard.periods = scene.findings, scene.periods
    charter = own_types(
        portal.template(sample["charter"]["template"])["charter"],
        sample["charter"]["title"],
        sample["charter"]["speakers"],
    )
    orchard.owner = scene.owner
    portal.found(scene.owner, sample["community"] | {"charter": charter})
    holdings: Mapping[str, int] = sample["holdings"]
    orchard.members = {name: portal.join(scene.members[name]) for name in holdings}
    orchard.auditor = portal.join(scene.auditor, portal.invite(scene.owner, "auditor", 1))
    for name, amount in holdings.items():
        body = {"to": orchard.members[name].membership, "amount": amount, "reason": "Trees planted"}
        portal.post(scene.owner, "/tokens/issues", body)
    most = sorted(holdings, key=lambda name: -holdings[name])[:2]
    scene.say(
        f"{scene.owner.name} founds a second community, for those who own a part of the trees: {len(holdings)} "
        f"people with {sum(holdings.values()):,} tokens, of which {listed(most)} hold "
        f"{sum(holdings[name] for name in most):,}. Three votes are opened side by side."
    )
    return orchard


def _open(orchard: Scene, draft: Mapping[str, Any]) -> Ballot:
    period = {"voting_period": f"PT{2 * orchard.periods.voting}S"}
    return orchard.portal.open_ballot(orchard.owner, dict(draft) | period)


def _vote(orchard: Scene, facts: Mapping[str, Any]) -> _Held:
    ballot = _open(orchard, facts["draft"])
    return _Held(ballot, orchard.cast(ballot, list(facts["votes"].items())))


def _speaker(orchard: Scene, facts: Mapping[str, Any]) -> _Held:
    """Have two let a third vote for them, who does, and one of them vote after all."""
    portal, delegate = orchard.portal, orchard.members[facts["delegate"]]
    for name in facts["delegators"]:
        body = {"scope": "community", "delegate_id": delegate.membership}
        portal.post(orchard.members[name], "/delegations", body)
    ballot = _open(orchard, facts["draft"])
    receipts = orchard.cast(ballot, list(facts["votes"].items()))
    back = facts["returns"]
    foreseen = portal.read(orchard.members[back], f"/ballots/{ballot.id}/delegations/me")
    orchard.say(
        f"{listed(facts['delegators'])} let {delegate.name} vote for them, who does. {back} reads what becomes of "
        f"her weight: {' '.join(foreseen['explanation'])} She would rather decide this one herself, and votes."
    )
    orchard.note(
        Finding(
            "foreseen",
            foreseen["outcome"] == "delegated"
            and foreseen["representative"]["display_name"] == delegate.name,
            f"before she votes, the service has {back}'s weight go with the vote of {delegate.name}",
        ),
        quietly=True,
    )
    own = orchard.cast(ballot, [(back, facts["own"])])
    return _Held(ballot, receipts + own)


def _tell_tokens(orchard: Scene, held: _Held) -> None:
    shown = orchard.portal.read(orchard.auditor, f"/ballots/{held.ballot.id}")
    orchard.say(
        f"By tokens, nobody with more than {shown['weight_cap']['ratio']} of all: {int(shown['weight_limit']):,} "
        f"at most, so {int(shown['weight_overflow']):,} tokens of the largest holders weigh nothing here, which "
        "was announced at opening."
    )
    draw_result(orchard.terminal, held.ballot.names, orchard.result(held.ballot))
    orchard.recount(held.ballot, held.receipts, briefly=True)


def _tell_both(orchard: Scene, held: _Held) -> None:
    orchard.say("By members and by tokens, and both have to pass:")
    result = orchard.result(held.ballot)
    draw_result(orchard.terminal, held.ballot.names, result)
    sides = {side: result["decision"][side]["outcome"] for side in ("members", "tokens")}
    orchard.note(
        Finding(
            "both sides",
            (sides, result["outcome"]) == ({"members": "passed", "tokens": "rejected"}, "rejected"),
            f"it {sides['members']} by members and is {sides['tokens']} by tokens, so it is {result['outcome']}",
        )
    )
    orchard.recount(held.ballot, held.receipts, briefly=True)


def _tell_trust(orchard: Scene, held: _Held, facts: Mapping[str, Any]) -> None:
    """Draw the vote with delegations, and see that whoever voted took their own weight back."""
    delegate, back = facts["delegate"], facts["returns"]
    orchard.say("By one vote each, and some carry others':")
    draw_result(orchard.terminal, held.ballot.names, orchard.result(held.ballot))
    path = f"/ballots/{held.ballot.id}/delegations/me"
    carried = orchard.portal.read(orchard.members[delegate], path)["carried"]["carried"]
    outcomes = {
        name: orchard.portal.read(orchard.members[name], path)["outcome"] for name in facts["delegators"]
    }
    others = [name for name in facts["delegators"] if name != back]
    agrees = carried == {"members": len(others), "weight": len(others)} and outcomes == {
        **dict.fromkeys(others, "delegated"),
        back: "cast",
    }
    detail = (
        f"{delegate} voted with the weight of {listed(others)} and no longer with that of {back}, who took it "
        f"back by voting after {delegate} had"
    )
    orchard.note(Finding("taken back", agrees, detail))
    orchard.recount(held.ballot, held.receipts, briefly=True)
