"""Chapter 6: what the brand owes after its votes, how late it is, and how it makes good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from app.cli.demo.chapters.charity_vote import Running
from app.cli.demo.figures import draw_scorecards
from app.cli.demo.findings import Finding
from app.cli.demo.portal import Ballot
from app.cli.demo.scene import Scene
from app.cli.demo.server import ServerError
from app.cli.demo.words import lowered, off
from app.domain.instants import instant

#: How long the deliveries take here.
_BOTTLING = dt.timedelta(seconds=2)
#: When the further promise falls due, after the answer.
_PROMISED_WITHIN = dt.timedelta(days=30)


def tell(scene: Scene, product: Ballot, charity: Running) -> None:
    """Tell the chapter.

    :param product: the vote whose answer comes too late; that of ``charity`` comes in time.
    """
    portal, owner, duties = scene.portal, scene.owner, scene.sample["duties"]
    scene.terminal.heading("6  What the brand owes")
    owed = _owed(scene, product)
    scene.wait(owed["due_at"], "The brand may still answer the product vote in time,")
    owed, overdue = _owed(scene, product), portal.read(owner, "/scorecard")
    while dt.datetime.fromisoformat(overdue["at"]) <= dt.datetime.fromisoformat(owed["due_at"]):
        owed, overdue = _owed(scene, product), portal.read(owner, "/scorecard")  # its clock decides, not ours
    other = _owed(scene, charity.ballot)
    scene.say(
        "Both votes bind the brand, so it owes an answer after each. Nobody has set these states: they follow "
        "from the dates and the clock."
    )
    _table(scene, [owed, other])
    if owed["state"] != "overdue":
        detail = f"the answer was due at {owed['due_at']}, and is {owed['state']} at {overdue['at']}"
        scene.note(Finding("overdue", agrees=False, detail=detail))

    _answer_late(scene, owed, duties["product_vote"])
    reason = duties["charity_vote"]["reason"]
    portal.post_to(owner, _path(other), "/answers", {"verdict": "accepted", "reason": reason})
    scene.say(f'The charity vote she answers in time: "{reason}"')
    scene.wait(instant(dt.datetime.now(dt.UTC) + _BOTTLING), "The bottles are filled, labelled and sent out,")
    _deliver(scene, _owed(scene, product), duties["product_vote"])

    settled = portal.read(owner, "/scorecard")
    scene.terminal.line()
    scene.say("How the brand keeps its word, for every member to read:")
    draw_scorecards(scene.terminal, [("before", overdue), ("after", settled)])


def _answer_late(scene: Scene, owed: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    portal, owner = scene.portal, scene.owner
    path = _path(owed)
    etag = portal.etag(owner, path)
    scene.refused(
        owner,
        f'{owner.name} would rather refuse ("{facts["refusal"]}")',
        "refusal-not-allowed",
        ("POST", f"{path}/answers"),
        {"verdict": "refused", "reason": facts["refusal"]},
        if_match=etag,
    )
    now = dt.datetime.now(dt.UTC)
    milestone = {"title": facts["milestone"], "due_at": instant(now + _PROMISED_WITHIN)}
    body = {"verdict": "accepted", "reason": facts["reason"], "milestones": [milestone]}
    portal.post_to(owner, path, "/answers", body)
    owed = portal.read(owner, path)
    due_at, answered_at = (dt.datetime.fromisoformat(owed[name]) for name in ("due_at", "answered_at"))
    scene.say(
        f"So she accepts, {(answered_at - due_at).total_seconds():.1f} s late, which stays on record: "
        f'"{facts["reason"]}" And she promises more, with a date: {lowered(facts["milestone"])} in '
        f"{_PROMISED_WITHIN.days} days."
    )


def _deliver(scene: Scene, owed: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Show evidence for every promise, and have members say what they saw."""
    portal, owner = scene.portal, scene.owner
    undertaken, promised = owed["milestones"]
    early = scene.members[facts["words"][0][0]]
    scene.refused(
        early,
        f"{early.name} would confirm it already",
        "obligation-not-open",
        ("PUT", f"/milestones/{promised['id']}/attestations/me"),
        {"verdict": "confirmed"},
    )
    for milestone, shown in ((promised, facts), (undertaken, facts["undertaking"])):
        path = f"/milestones/{milestone['id']}"
        given = portal.post(owner, f"{path}/evidence", shown["evidence"])
        scene.say(f'{owner.name} shows evidence for "{milestone["title"]}": {shown["evidence"]["note"]}')
        for name, verdict, comment in shown["words"]:
            said = {"verdict": verdict, "comment": comment, "round": given["round"]}
            portal.put(scene.members[name], f"{path}/attestations/me", said)
            if verdict == "disputed":
                scene.say(f"{name} disputes it: {comment}")
        now = portal.read(owner, path)
        limit = owed["delivery"]["dispute_threshold"]
        disputed = (
            f", {now['disputed']} disputes (from {limit} on it would be open again)"
            if now["disputed"]
            else ""
        )
        scene.say(
            f"{now['confirmed']} members confirm{disputed}: {now['state']}, delivered "
            f"{'on time' if now['on_time'] else 'late'}."
        )
    concluded = portal.read(owner, _path(owed))["concluded_at"]
    if concluded is None:
        scene.note(
            Finding("delivery", agrees=False, detail="everything is confirmed, and yet something is owed")
        )
    else:
        scene.terminal.paragraph("Nothing is left to do for the product vote.", sign="✔", fg="green")


def _owed(scene: Scene, ballot: Ballot) -> Any:
    """Find what is owed after a ballot.

    :raises ServerError: where nothing is.
    """
    for owed in scene.portal.read_all(scene.auditor, "/obligations"):
        if owed["ballot_id"] == ballot.id:
            return owed
    raise ServerError(f"nothing is owed after ballot {ballot.id}, which was binding")


def _table(scene: Scene, found: Sequence[Mapping[str, Any]]) -> None:
    scene.rows([(owed["title"], f"answer due {off(owed['due_at'])}: {owed['state']}") for owed in found])


def _path(owed: Mapping[str, Any]) -> str:
    return f"/obligations/{owed['id']}"
