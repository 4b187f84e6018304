"""Chapter 1: a charter, a community under it, and the people who accept it by joining."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.cli.demo.own_charter import Periods, own_charter
from app.cli.demo.scene import Scene
from app.cli.demo.terminal import Progress
from app.cli.demo.words import listed, lowered

#: What whoever holds a power does by it, in the order in which it is told.
_WORDS = {
    "ballot.cast": "vote",
    "proposal.sponsor": "sponsor proposals",
    "proposal.override": "override a veto",
    "milestone.attest": "attest what was delivered",
    "precommitment.record": "says before a vote what will follow",
    "obligation.answer": "answers for it afterwards",
    "proposal.veto": "vetoes on listed grounds",
    "role.grant": "names stewards",
}
_HOLDERS = {"member": "members", "steward": "stewards", "brand_owner": "the brand"}


def tell(scene: Scene) -> None:
    """Tell the chapter."""
    terminal, portal, sample = scene.terminal, scene.portal, scene.sample
    people, voters = sample["people"], sample["members"]
    terminal.heading(f"1  {sample['community']['name']} finds its community, and gives it a charter")
    with Progress(terminal, "Registering", "people", len(voters)) as progress:
        accounts = portal.register_all([voter["name"] for voter in voters], progress)
        pace = progress.seconds / len(voters)
    casts = sum(1 + ("charities_at_first" in voter) for voter in voters)
    scene.periods = Periods.at_pace(pace, casts)

    shipped = portal.template(sample["charter"]["template"])
    charter = own_charter(
        shipped["charter"], sample["charter"]["title"], scene.periods, sample["charter"]["housekeeping"]
    )
    scene.owner = portal.register(people["founder"])
    portal.found(scene.owner, sample["community"] | {"charter": charter})
    scene.say(
        f"{people['founder']} founds it for the brand. That makes her brand owner and gives her no vote: "
        "ownership and membership are separate powers."
    )
    in_force = portal.read(scene.owner, "/charter")
    scene.say(
        f'It begins with a charter of its own: the shipped one called "{shipped["title"]}", with a simple '
        "majority added for housekeeping, and with seconds for weeks wherever this demonstration would wait for "
        f"them. It is version {in_force['number']}, with SHA-256 {in_force['digest'][:16]}…:"
    )
    for text in _in_two_lines(in_force["charter"]):
        terminal.paragraph(text, sign="·")

    code = portal.invite(scene.owner, "member", len(voters))
    with Progress(terminal, "Joining", "members", len(voters)) as progress:
        joined = portal.join_all(accounts, code, in_force["number"], progress)
    scene.members = {person.name: person for person in joined}
    scene.say(
        f"{len(voters)} people register and join with her invitation. Joining accepts the charter that each of "
        "them was shown."
    )
    scene.steward = scene.members[people["steward"]]
    portal.grant(scene.owner, scene.steward, "steward")
    scene.auditor = portal.enrol(people["auditor"], portal.invite(scene.owner, "auditor", 1))
    scene.say(
        f"{people['steward']} becomes their steward; {people['auditor']} joins as auditor, who reads everything "
        "and changes nothing."
    )


def _in_two_lines(charter: Mapping[str, Any]) -> Iterator[str]:
    """Say what a charter reserves, and what it gives to whom that nobody else has."""
    matters = charter["reserved_matters"]
    alone = [lowered(matter["title"]) for matter in matters if matter["decided_by"] == "brand_owner"]
    asked = [lowered(matter["title"]) for matter in matters if matter["consent"] == "brand_owner"]
    yield f"Reserved to the brand: {listed(alone)}; only with its consent: {listed(asked)}."
    powers = charter["role_powers"]
    given = []
    for role, holders in _HOLDERS.items():
        others = {power for other, held in powers.items() if other != role for power in held}
        own = [words for power, words in _WORDS.items() if power in powers[role] and power not in others]
        if own:
            given.append(f"{holders} alone {listed(own)}")
    yield f"Given to one role: {'; '.join(given)}."
