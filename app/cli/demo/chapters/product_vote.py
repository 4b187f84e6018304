"""Chapter 4: a product vote for which the brand says first what will follow."""

from __future__ import annotations

from app.cli.demo.portal import Ballot
from app.cli.demo.scene import Scene
from app.cli.demo.words import lasting


def tell(scene: Scene) -> Ballot:
    """Tell the chapter."""
    portal, sample, owner = scene.portal, scene.sample, scene.owner
    facts, promise = sample["product_vote"], sample["promises"]["product_vote"]
    scene.terminal.heading(f"4  {facts['title']}")
    draft = portal.draft_ballot(scene.steward, facts)
    below = draft.removeprefix(portal.community)
    scene.say(
        f"{scene.steward.name} drafts a product vote: everyone ranks the flavours, and instant runoff finds the "
        "one most people can agree on. The charter makes it binding, so it is not opened before the brand has "
        "said what will follow."
    )
    scene.refused(
        scene.steward,
        f"{scene.steward.name} tries to open it without",
        "precommitment-missing",
        ("POST", f"{below}/open"),
    )
    way_out = sample["way_out"]
    scene.refused(
        owner,
        f'{owner.name} would keep a way out ("{way_out["title"]}")',
        "refusal-not-allowed",
        ("POST", f"{below}/precommitments"),
        promise | {"refusal_grounds": [way_out]},
    )
    said = portal.post(owner, f"{below}/precommitments", promise)
    scene.say("So she says, and it is hashed into the ballot:")
    grounds = ", ".join(ground["title"] for ground in said["refusal_grounds"]) or "none, it is binding"
    scene.rows(
        [
            ("what", said["undertaking"]),
            ("by when", f"{lasting(said['within'])} after the result"),
            ("budget", said["budget"]),
            ("could be refused on", grounds),
        ]
    )
    portal.post(scene.steward, f"{below}/open")
    ballot = portal.ballot(scene.steward, draft.rpartition("/")[2])
    scene.say("A vote given stays, so the ballot may close early, once all have voted.")
    votes = [(voter["name"], voter["flavours"]) for voter in sample["members"]]
    receipts = scene.cast(ballot, votes)
    name, choice = votes[0]
    scene.refused(
        scene.members[name],
        f"{name} tries to vote once more, differently",
        "already-voted",
        ("PUT", f"{below}/votes/me"),
        {"choice": choice[::-1]},
    )
    portal.close(ballot, scene.steward)
    scene.say(
        f"All {len(votes)} have voted, so {scene.steward.name} closes it. From now on the brand owes an answer, "
        f"within {lasting(scene.portal.read(owner, below)['answer_within'])}."
    )
    scene.draw_and_recount(ballot, receipts)
    return ballot
