"""The story's own looks at the service fail where the service says something else."""

from __future__ import annotations

import dataclasses
import json
import uuid

import pytest

from app.cli.demo.chapters import evidence as evidence_chapter
from app.cli.demo.chapters import secret_vote, verification
from app.cli.demo.scene import Scene
from app.cli.demo.terminal import Terminal


@pytest.fixture
def scene(town, kept):  # noqa: ARG001 - something was promised and kept before
    made = Scene(Terminal(), town.portal)
    made.owner, made.auditor = town.owner, town.auditor
    made.members = {voter.name: voter for voter in town.voters}
    return made


def tamper(monkeypatch, portal, ending, change):
    """Have the portal receive something else than the service sent, wherever a path ends so."""
    honest = portal.read

    def read(reader, path):
        answer = honest(reader, path)
        if path.partition("?")[0].endswith(ending):
            change(answer)
        return answer

    monkeypatch.setattr(portal, "read", read)


def disagreeing(scene):
    return {finding.subject for finding in scene.findings if finding.agrees is False}


def test_the_last_chapter_agrees_with_an_honest_service(scene):
    verification.tell(scene)
    assert disagreeing(scene) == set()
    assert {"digests", "versions", "amendments", "scorecard", "control"} <= {
        f.subject for f in scene.findings
    }


@pytest.mark.parametrize(
    ("ending", "change", "subject"),
    [
        ("/scorecard", lambda card: card.update(overdue=card["overdue"] + 1), "scorecard"),
        ("/series", lambda series: series["items"][-1].update(promised=99), "scorecard"),
        ("/versions/1", lambda version: version["charter"].update(title="Another"), "digests"),
        ("/versions/1", lambda version: version.update(digest="0" * 64), "versions"),
    ],
)
def test_the_last_chapter_notices_an_answer_that_was_tampered_with(
    scene, monkeypatch, ending, change, subject
):
    tamper(monkeypatch, scene.portal, ending, change)
    verification.tell(scene)
    assert subject in disagreeing(scene)


def test_a_refusal_that_does_not_come_or_is_another_is_a_disagreement(scene):
    scene.refused(scene.owner, "Maren reads", "forbidden", ("GET", "/charter"))
    scene.refused(scene.owner, "Maren reads nothing", "forbidden", ("GET", "/charter/versions/99"))
    scene.refused(scene.owner, "Maren reads nothing", "not-found", ("GET", "/charter/versions/99"))
    assert [finding.agrees for finding in scene.findings] == [False, False, True]
    assert "allowed" in scene.findings[0].detail
    assert "404" in scene.findings[1].detail


@pytest.fixture
def voted(scene, town):
    """The scene, ready for a secret vote of six."""
    scene.steward = town.owner
    choices = {"no": 1, "expenses": 3, "paid": 2}
    scene.sample = scene.sample | {"secret_vote": scene.sample["secret_vote"] | {"choices": choices}}
    return scene


def test_the_secret_chapter_agrees_with_an_honest_service(voted):
    ballot = secret_vote.tell(voted)
    assert {f.subject: f.agrees for f in voted.findings} == {"refusal": True, "counts": True, "silence": True}
    assert voted.result(ballot)["winners"] == ["expenses"]


def test_the_secret_chapter_notices_a_log_that_names_voters(voted, monkeypatch):
    honest = voted.portal.client.call

    def call(method, path, *arguments, **options):
        answer = honest(method, path, *arguments, **options)
        if not path.endswith("/log?format=jsonl"):
            return answer
        lines = [json.loads(line) | {"voter": "Voter 1"} for line in answer.body.splitlines()]
        return dataclasses.replace(answer, body="\n".join(map(json.dumps, lines)).encode())

    monkeypatch.setattr(voted.portal.client, "call", call)
    secret_vote.tell(voted)
    assert disagreeing(voted) == {"silence"}


def test_the_secret_chapter_notices_votes_that_were_counted_otherwise(voted, monkeypatch):
    honest = voted.portal.result

    def result(*arguments):
        told = honest(*arguments)
        told["count"]["totals"] |= {"expenses": "2", "paid": "3"}
        return told

    monkeypatch.setattr(voted.portal, "result", result)
    secret_vote.tell(voted)
    assert disagreeing(voted) == {"counts"}


def test_the_evidence_chapter_agrees_and_catches_a_tampered_copy(voted, town):
    ballot = town.ballot()
    town.cast(ballot)
    town.portal.close(ballot, town.owner)
    secret = secret_vote.tell(voted)
    voted.findings.clear()
    log = town.portal.client._app.extensions["althing.log"]
    while log.advance(uuid.UUID(town.portal.community.rpartition("/")[2])):
        pass
    evidence_chapter.tell(voted, ballot, secret)
    assert [(f.subject, f.agrees) for f in voted.findings] == [
        ("log", True),
        ("bundle", True),
        ("secret bundle", True),
        ("control", True),
    ]
