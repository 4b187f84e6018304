"""Chapter 7: fifty ideas for a packaging, from the board to a ballot, a promise, and one that is delivered."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.cli.demo.drawing import draw_result
from app.cli.demo.portal import Ballot, Person
from app.cli.demo.recount import Finding
from app.cli.demo.scene import Scene
from app.cli.demo.server import ServerError
from app.cli.demo.terminal import Progress
from app.cli.demo.words import listed
from app.domain.instants import instant

_SAMPLE = Path(__file__).parents[1] / "electorate" / "packaging.json"

_EVERYONE = ["member", "steward", "brand_owner"]
_SHORTLIST = 5
#: Supporters of an idea sit beside each other, those of the next idea so many places on.
_STRIDE = 3
#: How long the collecting goes on once everything is in.
_LAST_CALL = dt.timedelta(seconds=2)


def tell(scene: Scene) -> None:
    """Tell the chapter."""
    sample = json.loads(_SAMPLE.read_text(encoding="utf-8"))
    scene.terminal.heading(f"7  {sample['board']['title']}")
    board = _open_board(scene, sample)
    ideas = _post(scene, board, sample)
    _support(scene, ideas, sample)
    _search(scene, board, sample["search"])
    kept, merged = (ideas[sample["twins"][name]] for name in ("kept", "merged"))
    _merge(scene, kept, merged, sample)
    _end_collecting(scene, board, sample)
    ballot = _vote(scene, board, sample)
    _deliver(scene, ballot, sample)
    _follow_back(scene, ballot, kept, merged)


def _phases(scene: Scene, until: str | None = None) -> list[dict[str, Any]]:
    """Return a board's phases: collecting, and deciding from an instant on."""
    founded = scene.portal.read(scene.steward, "")["created_at"]
    phases = [{"phase": "collecting", "starts_at": founded, "post": _EVERYONE, "support": "endorsements"}]
    return phases if until is None else [*phases, {"phase": "deciding", "starts_at": until, "editing": False}]


def _open_board(scene: Scene, sample: Mapping[str, Any]) -> str:
    made = scene.portal.post(scene.steward, "/boards", sample["board"] | {"phases": _phases(scene)})
    scene.say(f"{scene.steward.name} opens a board. While it is collecting, everybody posts and endorses.")
    return f"/boards/{made['id']}"


def _post(scene: Scene, board: str, sample: Mapping[str, Any]) -> dict[str, str]:
    """Have members post an idea each, the one that resembles another last; return the ideas' paths by title."""
    portal, people = scene.portal, list(scene.members.values())
    by_author = list(zip(people, sample["ideas"], strict=False))
    twin = next(each for each in by_author if each[1]["title"] == sample["twins"]["merged"])

    def post(each: tuple[Person, Mapping[str, Any]]) -> str:
        author, idea = each
        draft = {name: idea[name] for name in ("title", "body", "tags")}
        path = f"/ideas/{portal.post(author, f'{board}/ideas', draft)['id']}"
        portal.post(author, f"{path}/post")
        return path

    others = [each for each in by_author if each is not twin]
    with Progress(scene.terminal, "Posting", "ideas", len(others)) as progress:
        paths = portal.each(post, others, progress)
    author, idea = twin
    sketch = {name: idea[name] for name in ("title", "body")}
    similar = portal.post(author, f"{board}/similar-ideas", sketch)["items"]
    found = similar[0]["idea"]["title"] if similar else "nothing"
    scene.say(
        f'{len(others)} members post an idea each. Before {author.name} posts "{idea["title"]}", the board shows '
        f'him what resembles it most: "{found}". He posts all the same.'
    )
    return {each[1]["title"]: path for each, path in zip(others, paths, strict=True)} | {
        idea["title"]: post(twin)
    }


def _support(scene: Scene, ideas: Mapping[str, str], sample: Mapping[str, Any]) -> None:
    people = list(scene.members.values())
    given = [
        (people[(place * _STRIDE + 1 + n) % len(people)], ideas[idea["title"]])
        for place, idea in enumerate(sample["ideas"])
        for n in range(idea["supporters"])
    ]
    with Progress(scene.terminal, "Endorsing", "endorsements", len(given)) as progress:
        scene.portal.each(lambda one: scene.portal.put(one[0], f"{one[1]}/endorsements/me"), given, progress)
    counted = sum(scene.portal.read(scene.auditor, path)["endorsement_count"] for path in ideas.values())
    detail = f"{counted} endorsements are counted, {len(given)} were given"
    scene.note(Finding("endorsements", counted == len(given), detail), quietly=True)


def _search(scene: Scene, board: str, query: str) -> None:
    found = scene.portal.search(scene.auditor, f"{board}/ideas", query)
    titles = listed([f'"{idea["title"]}"' for idea in found]) or "nothing"
    scene.say(f'A search for "{query}", typed on an Arabic keyboard, finds {titles}.')


def _merge(scene: Scene, kept: str, merged: str, sample: Mapping[str, Any]) -> None:
    """Merge two ideas with the consent of the one's author, and have a supporter opt out."""
    portal, steward = scene.portal, scene.steward
    target, source = portal.read(steward, kept), portal.read(steward, merged)
    body = {"into": target["id"], "reason": sample["twins"]["reason"]}
    path = f"{merged}/merges/{portal.post(steward, f'{merged}/merges', body)['id']}"
    author = _author(scene, source)
    scene.say(
        f"{steward.name} proposes to merge {author.name}'s idea ({source['endorsement_count']} endorsements) into "
        f'{_author(scene, target).name}\'s ({target["endorsement_count"]}): "{body["reason"]}" It is for '
        f"{author.name} to say."
    )
    scene.refused(
        steward,
        f"{steward.name} would decide it without him",
        "merge-not-due",
        ("POST", f"{path}/decide"),
        {"reason": body["reason"]},
    )
    portal.post(author, f"{path}/accept")
    together = portal.read(steward, kept)["endorsement_count"]
    leaver = scene.members[sample["opts_out"]]
    left = portal.post(leaver, f"{path}/opt-out")["endorsement_count"]
    scene.say(
        f"He consents. Together they have {together} endorsements, for whoever supported both counts once, and "
        f"both authors are credited. {leaver.name}'s endorsement came along, and {leaver.name} takes it back: {left}."
    )
    everyone = {each["membership_id"] for path in (kept, merged) for each in _supporters(scene, path)}
    detail = (
        f"{together} endorsements after the merge, and {len(everyone)} people who endorsed either before it"
    )
    agrees = together == len(everyone) and left == together - 1
    scene.note(Finding("merge", agrees, detail), quietly=True)


def _end_collecting(scene: Scene, board: str, sample: Mapping[str, Any]) -> None:
    portal, steward, late = scene.portal, scene.steward, sample["late"]
    author = scene.members[late["author"]]
    until = instant(dt.datetime.now(dt.UTC) + _LAST_CALL)
    portal.change(steward, board, {"phases": _phases(scene, until)})
    scene.wait(until, "Ideas are collected")
    while portal.read(steward, board)["phase"] != "deciding":
        pass  # its clock decides, not ours
    draft = portal.post(author, f"{board}/ideas", {"title": late["title"]})
    scene.refused(
        author,
        f'{author.name} comes too late with "{late["title"]}"',
        "phase-not-open",
        ("POST", f"/ideas/{draft['id']}/post"),
    )


def _vote(scene: Scene, board: str, sample: Mapping[str, Any]) -> Ballot:
    """Promote the most supported ideas to a ballot, and have everybody rank them."""
    portal, steward = scene.portal, scene.steward
    promotion = sample["vote"] | {"top": _SHORTLIST, "to": "ballot", "decision_type": "product_vote"}
    made = portal.post(steward, f"{board}/promotions", promotion)
    below = f"/ballots/{made['ballot_id']}"
    portal.change(steward, below, {"method": "irv", "vote_change": False, "early_close": True})
    portal.post(scene.owner, f"{below}/precommitments", sample["promise"])
    portal.post(steward, f"{below}/open")
    ballot = portal.ballot(steward, made["ballot_id"])
    scene.say(
        f"In one call the {_SHORTLIST} most supported ideas become the options of a product vote, to be ranked. "
        f"{scene.owner.name} says what will follow: {sample['promise']['undertaking']}"
    )
    options = list(ballot.names)
    rankings = [options[turn:] + options[:turn] for turn in sample["rotations"]]
    votes = [(name, rankings[place % len(rankings)]) for place, name in enumerate(scene.members)]
    receipts = scene.cast(ballot, votes)
    portal.close(ballot, steward)
    draw_result(scene.terminal, ballot.names, scene.result(ballot))
    scene.recount(ballot, receipts, briefly=True)
    return ballot


def _deliver(scene: Scene, ballot: Ballot, sample: Mapping[str, Any]) -> None:
    """Have the brand accept what it owes, show what it did, and members confirm it."""
    portal, owner = scene.portal, scene.owner
    path = _owed(scene, ballot)
    portal.post_to(owner, path, "/answers", {"verdict": "accepted", "reason": sample["answer"]})
    scene.say(f'{owner.name} answers: "{sample["answer"]}"')
    for milestone in portal.read(owner, path)["milestones"]:
        below = f"/milestones/{milestone['id']}"
        given = portal.post(owner, f"{below}/evidence", sample["evidence"])
        for name in sample["confirmed_by"]:
            said = {"verdict": "confirmed", "round": given["round"]}
            portal.put(scene.members[name], f"{below}/attestations/me", said)
    scene.say(f"{sample['evidence']['note']} {listed(sample['confirmed_by'])} confirm it.")


def _follow_back(scene: Scene, ballot: Ballot, kept: str, merged: str) -> None:
    """Walk from the obligation back to the idea, and from the idea to the obligation."""
    portal, auditor = scene.portal, scene.auditor
    obligation = _owed(scene, ballot).rpartition("/")[2]
    back = portal.read_all(auditor, f"/ideas?obligation_id={obligation}")
    delivered = [idea for idea in back if idea["state"] == "delivered"]
    idea, lineage = portal.read(auditor, kept), portal.read(auditor, f"{kept}/lineage")
    credited = [_named(scene, each) for each in idea["author_ids"]]
    scene.rows(
        [
            ("idea", f"{idea['title']}: {idea['state']}"),
            ("credited", listed(credited)),
            *((way["outcome"] or "open", _way(way)) for way in lineage["promotions"]),
        ]
    )
    source = portal.read(auditor, merged)
    agrees = (
        [each["id"] for each in delivered] == [idea["id"]] == [source["merged_into_id"]]
        and lineage["promotions"][0]["obligation"]["id"] == obligation
        and {source["author_id"], idea["author_id"]} == set(idea["author_ids"])
    )
    detail = (
        f"of the {len(back)} ideas that led to what the brand owed one is delivered, without anybody's saying so, "
        f"and {listed(credited)} are credited"
    )
    scene.note(Finding("lineage", agrees, detail))


def _way(way: Mapping[str, Any]) -> str:
    owed = way["obligation"]
    kept = "kept" if owed and owed["kept"] else "not kept"
    return f"{'won' if way['won'] else 'lost'} the vote as {way['option_id']}; what the brand owed is {kept}"


def _owed(scene: Scene, ballot: Ballot) -> str:
    """Return the path of what is owed after a ballot.

    :raises ServerError: where nothing is.
    """
    for owed in scene.portal.read_all(scene.auditor, f"/obligations?ballot_id={ballot.id}"):
        return f"/obligations/{owed['id']}"
    raise ServerError(f"nothing is owed after ballot {ballot.id}, which was binding")


def _supporters(scene: Scene, path: str) -> Sequence[Any]:
    return scene.portal.read_all(scene.auditor, f"{path}/supporters")


def _author(scene: Scene, idea: Mapping[str, Any]) -> Person:
    return next(each for each in scene.members.values() if each.membership == idea["author_id"])


def _named(scene: Scene, membership: str) -> str:
    return next(each.name for each in scene.members.values() if each.membership == membership)
