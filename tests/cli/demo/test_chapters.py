"""The story's own looks at the service fail where the service says something else."""

from __future__ import annotations

import uuid

import pytest

from app.cli.demo.chapters import evidence as evidence_chapter
from app.cli.demo.chapters import verification
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


def test_the_evidence_chapter_agrees_and_catches_a_tampered_copy(scene, town):
    ballot = town.ballot()
    town.cast(ballot)
    town.portal.close(ballot, town.owner)
    log = town.portal.client._app.extensions["althing.log"]
    while log.advance(uuid.UUID(town.portal.community.rpartition("/")[2])):
        pass
    evidence_chapter.tell(scene, ballot)
    assert [(f.subject, f.agrees) for f in scene.findings] == [
        ("log", True),
        ("bundle", True),
        ("control", True),
    ]
