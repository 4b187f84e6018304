"""Chapter 3: the charter is changed by the charter, over the brand's veto."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from app.cli.demo.chapters.charity_vote import Running
from app.cli.demo.client import crowd
from app.cli.demo.differences import draw_changes, summary
from app.cli.demo.drawing import draw_result
from app.cli.demo.findings import Finding
from app.cli.demo.portal import Ballot, Person
from app.cli.demo.recount import Receipt
from app.cli.demo.scene import Scene
from app.cli.demo.terminal import Progress
from app.cli.demo.words import lasting, listed

_TYPE = "amendment"

#: A vote that was held, and what its voters keep.
Voted = tuple[Ballot, list[Receipt]]


def tell(scene: Scene, *, meanwhile: Running) -> None:
    """Tell the chapter.

    :param meanwhile: a vote that was opened under the charter as it was, and goes on.
    """
    facts = scene.sample["amendment"]
    scene.terminal.heading(f"3  An amendment of the charter: {facts['title']}")
    author = scene.members[facts["author"]]
    proposal = _raise_it(scene, facts, author)
    _smuggle(scene, facts["smuggling"])
    _discuss(scene, facts, author, proposal)
    voted = _vote(scene, facts, author, proposal)
    _veto(scene, facts["veto"], proposal)
    # The window of a veto is short, the time after it is not: that is when the auditor counts.
    scene.recount(*voted, briefly=True)
    overridden = _override(scene, facts, author, proposal)
    scene.recount(*overridden, briefly=True)
    _enact(scene, facts, proposal, meanwhile)


def _raise_it(scene: Scene, facts: Mapping[str, Any], author: Person) -> str:
    """Preview it, draft it, put it to the community and find its sponsors; return its path."""
    portal = scene.portal
    charter = portal.read(author, "/charter")["charter"]
    draft = {"decision_type": _TYPE, "operations": _operations(charter, facts)}
    tried = portal.post(author, "/charter/preview-amendment", draft)
    scene.say(
        f"{author.name} tries out on version {tried['base_version']} what she would like to change, before "
        f"anybody sees it: it fits the charter, and comes to {summary(tried['changes'])}."
    )
    rule = next(rule for rule in charter["decision_types"] if rule["id"] == _TYPE)
    scene.say(
        f"The charter says how it goes on: {rule['sponsors']} sponsors, {lasting(rule['discussion_period'])} of "
        f"discussion, {lasting(rule['voting_period'])} to vote in, {rule['threshold']['ratio']} to pass; then "
        f"{lasting(rule['veto']['window'])} in which the brand may veto it, which "
        f"{rule['veto']['override']['threshold']['ratio']} of a second vote override; "
        f"{lasting(rule['timelock'])} later it takes effect."
    )
    made = portal.post(author, "/proposals", draft | {"title": facts["title"], "body": facts["body"]})
    path = f"/proposals/{made['id']}"
    portal.post(author, f"{path}/submit")
    for name in facts["sponsors"]:
        shown = portal.put(scene.members[name], f"{path}/sponsors/me")
    scene.say(
        f"She puts it to the community. {listed(facts['sponsors'])} sponsor it, {shown['sponsor_count']} of "
        f"{shown['sponsors_needed']} needed, so the discussion begins."
    )
    return path


def _operations(charter: Mapping[str, Any], facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the amendment does to the charter, as the API takes it."""
    rules = {rule["id"]: rule for rule in charter["decision_types"]}
    operations = [{"op": "add_article", "article": facts["article"], "after": facts["after"]}]
    for type_id, quorum in facts["quorums"].items():
        rule = copy.deepcopy(rules[type_id]) | {"quorum": quorum}
        rule["left_open"] = [name for name in rule["left_open"] if name != "quorum"]
        operations.append({"op": "set_decision_type", "decision_type": rule})
    return operations


def _smuggle(scene: Scene, facts: Mapping[str, Any]) -> None:
    """Try to have a simple majority weaken the rule for changing the charter."""
    smuggler, portal = scene.members[facts["author"]], scene.portal
    rules = portal.read(smuggler, "/charter")["charter"]["decision_types"]
    weaker = next(rule for rule in rules if rule["id"] == _TYPE) | {"threshold": facts["threshold"]}
    draft = {
        "decision_type": "housekeeping",
        "title": facts["title"],
        "operations": [{"op": "set_decision_type", "decision_type": weaker}],
    }
    made = portal.post(smuggler, "/proposals", draft)
    scene.refused(
        smuggler,
        f'{smuggler.name} submits "{facts["title"]}" as housekeeping, by which a simple majority would do for '
        "every amendment",
        "entrenched",
        ("POST", f"/proposals/{made['id']}/submit"),
    )


def _discuss(scene: Scene, facts: Mapping[str, Any], author: Person, path: str) -> None:
    portal, suggestion = scene.portal, facts["suggestion"]
    reader = scene.members[suggestion["author"]]
    body = {name: suggestion[name] for name in ("title", "body", "reason")}
    made = portal.post(reader, f"{path}/suggestions", body)
    scene.say(f'{reader.name} suggests another text ("{suggestion["reason"]}"): {suggestion["body"]}')
    portal.post(author, f"{path}/suggestions/{made['id']}/accept", {"reason": facts["acceptance"]})
    shown = portal.read(author, path)
    scene.say(
        f'{author.name} takes it over ("{facts["acceptance"]}"): text {shown["text_number"]} stands, and '
        f"{reader.name} is named with it."
    )
    scene.wait(shown["vote_opens_from"], "The discussion runs")


def _vote(scene: Scene, facts: Mapping[str, Any], author: Person, path: str) -> Voted:
    shown = scene.portal.post(author, f"{path}/open-vote")
    scene.say(
        f"{author.name} opens the vote. Text and rules are locked now: whatever follows from this vote follows "
        f"version {shown['charter_version']} of the charter."
    )
    return _hold(scene, shown["ballot_id"], facts["vote"], "The vote runs")


def _veto(scene: Scene, facts: Mapping[str, Any], path: str) -> None:
    owner = scene.owner
    scene.say(
        f"Now {owner.name} may veto it for the brand, in public and on a ground that the charter lists."
    )
    reason = facts["reason"]
    scene.refused(
        owner,
        f"{owner.name} vetoes it because it is {facts['unlisted']}",
        "ground-not-listed",
        ("POST", f"{path}/veto"),
        {"ground": facts["unlisted"], "reason": reason},
    )
    shown = scene.portal.post(owner, f"{path}/veto", {"ground": facts["ground"], "reason": reason})
    scene.terminal.paragraph(
        f'Vetoed on the ground "{shown["veto"]["ground"]}", in public: {shown["veto"]["reason"]}',
        sign="✘",
        fg="red",
    )


def _override(scene: Scene, facts: Mapping[str, Any], author: Person, path: str) -> Voted:
    shown = scene.portal.read(author, path)
    scene.wait(shown["veto"]["override_from"], "Tempers cool, as the charter asks,")
    shown = scene.portal.post(author, f"{path}/override")
    scene.say(f"Once tempers have cooled, {author.name} calls the members to a second vote, over the veto.")
    return _hold(scene, shown["override_ballot_id"], facts["override"], "The vote over the veto runs")


def _hold(scene: Scene, ballot_id: str, votes: Mapping[str, Any], what: str) -> Voted:
    """Hold a vote for or against, in which votes for it who is not named, and draw its result."""
    ballot = scene.portal.ballot(scene.auditor, ballot_id)
    named = {name: choice for choice in ("against", "abstain") for name in votes[choice]}
    cast = [(name, named.get(name, "for")) for name in scene.members if name not in votes["absent"]]
    receipts = scene.cast(ballot, cast)
    scene.say(f"{len(cast)} of {len(scene.members)} members vote.")
    scene.wait(ballot.closes_at, what)
    draw_result(scene.terminal, ballot.names, scene.result(ballot))
    return ballot, receipts


def _enact(scene: Scene, facts: Mapping[str, Any], path: str, meanwhile: Running) -> None:
    portal, terminal = scene.portal, scene.terminal
    shown = portal.read(scene.owner, path)
    scene.say("The veto is overridden. What is left is the timelock, so that nobody is taken by surprise.")
    scene.wait(shown["due_at"] or shown["since"], "The timelock runs")
    shown = portal.read(scene.owner, path)
    version = portal.read(scene.owner, "/charter")
    terminal.line()
    digest = f"{version['digest'][:16]}…"
    terminal.paragraph(
        f"Version {version['number']} of the charter is in force, with SHA-256 {digest}",
        sign="✔",
        fg="green",
    )
    enacted = shown["enacted_version"] == version["number"] and version["proposal_id"] == shown["id"]
    if not enacted:
        scene.note(
            Finding("enactment", agrees=False, detail=f"the amendment is {shown['state']}, not in force")
        )
    difference = portal.read(scene.owner, f"/charter/versions/{version['number']}/diff")
    draw_changes(terminal, difference["changes"])
    _accept(scene, facts, version["number"])
    same = portal.manifest(meanwhile.ballot, scene.auditor) == meanwhile.manifest
    still = portal.read(scene.auditor, f"/ballots/{meanwhile.ballot.id}")
    detail = (
        f"the charity vote of chapter 2, now {still['state']}, stays under version {still['charter_version']} with "
        f"its quorum of {still['quorum']['ratio']}; its manifest "
        f"{'is byte for byte what it was' if same else 'has changed'}"
    )
    scene.note(Finding("untouched", same and still["charter_version"] < version["number"], detail))


def _accept(scene: Scene, facts: Mapping[str, Any], number: int) -> None:
    """Have nearly everyone accept the new version."""
    portal = scene.portal

    def asked() -> int:
        return sum(one["charter_acceptance_due"] for one in portal.read_all(scene.auditor, "/members"))

    before = asked()
    willing = [person for name, person in scene.members.items() if name not in facts["not_accepting"]]
    with Progress(scene.terminal, "Accepting", "members", len(willing)) as progress:
        crowd(
            portal.client,
            lambda person: portal.put(person, "/charter/acceptances/me", {"charter_version": number}),
            willing,
            progress,
        )
    left = asked()
    scene.say(
        f"All {before} who had accepted version {number - 1} are asked again. {len(willing)} members accept version "
        f"{number}; the other {left} lose nothing by not answering."
    )
