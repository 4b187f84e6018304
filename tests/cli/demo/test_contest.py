"""The contest's own looks at the service fail where the service says something else."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace

import pytest

from app.cli.demo.chapters import contest
from app.cli.demo.portal import Person
from app.cli.demo.scene import Scene
from app.cli.demo.terminal import Terminal

BALLOT = SimpleNamespace(id="b1")
WAY = {
    "outcome": "decided",
    "won": True,
    "option_id": "o1",
    "obligation": {"id": "owed", "kept": True},
}
HONEST = {
    "/obligations?ballot_id=b1": [{"id": "owed"}],
    "/ideas?obligation_id=owed": [
        {"id": "kept", "state": "delivered"},
        {"id": "other", "state": "shortlisted"},
    ],
    "/ideas/kept": {
        "id": "kept",
        "title": "Glass",
        "state": "delivered",
        "author_id": "m1",
        "author_ids": ["m1", "m2"],
    },
    "/ideas/kept/lineage": {"promotions": [WAY]},
    "/ideas/merged": {"author_id": "m2", "merged_into_id": "kept"},
}


@pytest.fixture
def told():
    """Tells the end of the chapter of what a service says, and returns its one finding."""

    def tell(answers):
        portal = SimpleNamespace(
            read=lambda _reader, path: answers[path], read_all=lambda _reader, path: answers[path]
        )
        scene = Scene(Terminal(), portal)
        scene.auditor = Person("Benedikt", "")
        scene.members = {name: Person(name, "", each) for name, each in (("Ada", "m1"), ("Bilal", "m2"))}
        contest._follow_back(scene, BALLOT, "/ideas/kept", "/ideas/merged")
        (finding,) = scene.findings
        return finding

    return tell


def test_an_honest_service_agrees(told):
    assert told(HONEST).agrees


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/ideas?obligation_id=owed", lambda ideas: ideas[0].update(state="shortlisted")),
        ("/ideas?obligation_id=owed", lambda ideas: ideas[1].update(state="delivered")),
        ("/ideas/kept", lambda idea: idea.update(author_ids=["m1"])),
        ("/ideas/kept/lineage", lambda lineage: lineage["promotions"][0]["obligation"].update(id="another")),
        ("/ideas/merged", lambda idea: idea.update(merged_into_id="other")),
    ],
)
def test_an_answer_that_was_tampered_with_is_noticed(path, change, told):
    answers = copy.deepcopy(HONEST)
    change(answers[path])
    assert not told(answers).agrees


def test_the_sample_has_fifty_ideas_and_the_twins_among_them():
    sample = json.loads(contest._SAMPLE.read_text(encoding="utf-8"))
    titles = [idea["title"] for idea in sample["ideas"]]
    assert len(titles) == len(set(titles)) == 50
    assert {sample["twins"]["kept"], sample["twins"]["merged"]} <= set(titles)
