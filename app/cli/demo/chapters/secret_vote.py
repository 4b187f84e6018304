"""Chapter 9: a vote of which not even the service knows who cast what."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from app.cli.demo.drawing import draw_result
from app.cli.demo.findings import Finding
from app.cli.demo.portal import Ballot, Person, Portal
from app.cli.demo.scene import Scene
from app.cli.demo.secret_device import Device
from app.cli.demo.terminal import Progress

#: What a line of the ballot's log says: what was sent and signed, and what it opened to. No voter and no time.
_TOLD = {
    *("tracker", "digest", "seq", "public_key", "prefix", "credential", "sealed_choice", "signature"),
    *("choice", "counts", "invalid"),
}


def tell(scene: Scene) -> Ballot:
    """Tell the chapter."""
    portal, sample = scene.portal, scene.sample["secret_vote"]
    scene.terminal.heading(f"9  {sample['draft']['title']} (in secret)")
    ballot = portal.open_ballot(scene.steward, sample["draft"])
    manifest = json.loads(portal.manifest(ballot, scene.auditor))
    people = list(scene.members.values())
    devices = [Device.of(manifest) for _ in people]
    with Progress(scene.terminal, "Credentials", "members", len(people)) as progress:
        portal.each(_register(portal), list(zip(people, devices, strict=True)), progress)
    scene.say(
        f"Each of the {len(people)} members, signed in, has a credential signed for their device that the service "
        "does not see: what it signs is blinded (RFC 9474). Later the devices vote, in another order, without "
        "saying whose they are, and what they send is sealed until the close."
    )
    choices = [choice for choice, number in sample["choices"].items() for _ in range(number)]
    random.shuffle(choices)
    random.shuffle(devices)
    first = devices[0]
    scene.refused(
        people[0],
        f"{people[0].name} sends such a vote with her name on it, her access token",
        "identifies-sender",
        ("PUT", first.path.removeprefix(portal.community)),
        first.vote(choices[0]),
    )
    with Progress(scene.terminal, "Voting", "votes", len(devices)) as progress:
        receipts = portal.each(_cast(portal), list(zip(devices, choices, strict=True)), progress)
    portal.close(ballot, scene.steward)
    draw_result(scene.terminal, ballot.names, scene.result(ballot))
    scene.terminal.line()
    _look(scene, ballot, sample["choices"], receipts)
    return ballot


def _register(portal: Portal) -> Callable[[tuple[Person, Device]], None]:
    def register(voter: tuple[Person, Device]) -> None:
        person, device = voter
        blinded, unblinding = device.blinded()
        place = f"{device.place.removeprefix(portal.community)}/credentials"
        given = portal.post(person, place, {"blinded_message": blinded.hex()})
        device.take(bytes.fromhex(given["blind_signature"]), unblinding)

    return register


def _cast(portal: Portal) -> Callable[[tuple[Device, str]], str]:
    def cast(vote: tuple[Device, str]) -> str:
        device, choice = vote
        # No token: nothing that is sent says who sends it.
        made = portal.client.call("PUT", device.path, device.vote(choice)).json()
        return str(made["tracker"])

    return cast


def _look(scene: Scene, ballot: Ballot, choices: dict[str, int], receipts: list[str]) -> None:
    """Compare what came out with what went in, and with what the log tells of it."""
    answer = scene.portal.client.call(
        "GET", f"{ballot.path}/log?format=jsonl", token=scene.auditor.token
    ).body
    lines = [json.loads(line) for line in answer.splitlines()]
    result = scene.result(ballot)
    box = result["ballot_box"]
    everybody = len(receipts)
    scene.note(
        Finding(
            "counts",
            [box[name] for name in ("casts", "voted", "issued")] == [everybody] * 3
            and result["count"]["totals"] == {option: str(number) for option, number in choices.items()},
            f"{everybody} on the roll, as many credentials, as many votes, and each is counted as it was meant",
        )
    )
    more = set().union(*lines) - _TOLD
    in_order = sorted(receipts) == [line["tracker"] for line in lines]
    detail = (
        f"the log that {scene.auditor.name} reads has no voter and no time, and its lines are in the order of their "
        "trackers, which are random"
    )
    if more or not in_order:
        detail = f"the log tells more than what was sent: {', '.join(sorted(more)) or 'an order'}"
    scene.note(Finding("silence", not more and in_order, detail))
