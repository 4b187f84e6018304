"""Chapters 2 and 5: a charity vote that its clock closes, while other things happen."""

from __future__ import annotations

from dataclasses import dataclass

from app.cli.demo.portal import Ballot
from app.cli.demo.recount import Receipt
from app.cli.demo.scene import Scene


@dataclass(frozen=True, slots=True)
class Running:
    """A vote under way: its ballot, what its voters keep, and its manifest as everybody saw it at opening."""

    ballot: Ballot
    receipts: list[Receipt]
    manifest: bytes


def open_it(scene: Scene) -> Running:
    """Open it and cast its votes at once."""
    facts, sample = scene.sample["charity_vote"], scene.sample
    scene.terminal.heading(f"2  {facts['title']}")
    voters = [voter for voter in sample["members"] if voter["charities"]]
    revised = [voter for voter in voters if "charities_at_first" in voter]
    promise = sample["promises"]["charity_vote"]
    # Long enough to be still open when the next chapter ends.
    period = scene.periods.amendment + 2 * scene.periods.voting
    ballot = scene.portal.open_ballot(
        scene.steward, facts | {"voting_period": f"PT{period}S"}, (scene.owner, promise)
    )
    scene.say(
        f"The charter makes it binding, so {scene.owner.name} says first what will follow: "
        f"{promise['undertaking']}"
    )
    scene.say(
        f"{scene.steward.name} opens a charity vote by approval. Its log is sealed until it closes, votes can be "
        f"changed, and its clock closes it after {period} s."
    )
    # One member's votes follow each other; different members' come as they come.
    scene.cast(ballot, [(voter["name"], voter["charities_at_first"]) for voter in revised])
    receipts = scene.cast(ballot, [(voter["name"], voter["charities"]) for voter in voters])
    scene.say(f"{len(voters)} members vote; {len(revised)} of them change their minds.")
    reader = scene.members[voters[0]["name"]]
    scene.refused(
        reader,
        f"{reader.name} asks for the log already",
        "log-not-disclosed",
        ("GET", f"/ballots/{ballot.id}/log"),
    )
    manifest = scene.portal.manifest(ballot, scene.auditor)
    return Running(ballot, receipts, manifest)


def close_it(scene: Scene, running: Running) -> None:
    """Wait for its close, then count it."""
    facts = scene.sample["charity_vote"]
    scene.terminal.heading(f"5  {facts['title']} (closed by its clock)")
    scene.wait(running.ballot.closes_at, "Voting runs")
    scene.result(running.ballot)
    name = next(voter["name"] for voter in scene.sample["members"] if not voter["charities"])
    scene.refused(
        scene.members[name],
        f"{name} comes too late",
        "ballot-not-open",
        ("PUT", f"/ballots/{running.ballot.id}/votes/me"),
        {"choice": [facts["options"][0]["id"]]},
    )
    scene.draw_and_recount(running.ballot, running.receipts)
