"""The chapter of tokens and delegation is told to its end; its looks fail where the service says otherwise."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from app import create_app
from app.cli.demo.chapters import weight
from app.cli.demo.own_charter import Periods
from app.cli.demo.portal import Person, Portal
from app.cli.demo.recount import Receipt
from app.cli.demo.scene import Scene
from app.cli.demo.terminal import Terminal
from tests.cli.demo.conftest import InProcess
from tests.support.settings import settings_for

SAMPLE = json.loads(weight._SAMPLE.read_text(encoding="utf-8"))
HELD = weight._Held(SimpleNamespace(id="b1", names={}), [Receipt("t", "d", "l", "c")])


@pytest.fixture
def scene(templates, tmp_path):
    app = create_app(settings_for(templates.database("sqlite", tmp_path)))
    portal = Portal(InProcess(app))
    made = Scene(Terminal(), portal)
    made.periods = Periods(voting=4)
    made.owner, made.auditor = portal.register("Maren"), portal.register("Benedikt")
    made.members = {name: portal.register(name) for name in SAMPLE["holdings"]}
    yield made
    app.extensions["althing.units"].dispose()


def test_the_chapter_is_told_and_everything_agrees(scene):
    weight.tell(scene)
    assert [found for found in scene.findings if not found.agrees] == []
    subjects = [found.subject for found in scene.findings]
    assert [each for each in subjects if each in {"both sides", "taken back"}] == ["both sides", "taken back"]
    assert subjects.count("control") == 3
    assert subjects.count("links") == 1


@pytest.fixture
def orchard(monkeypatch):
    """The end of the chapter, with answers of our own in place of a service's."""
    monkeypatch.setattr(weight, "draw_result", lambda *_: None)

    def told(tell, *answers, result=None):
        queue = list(answers)
        made = Scene(Terminal(), SimpleNamespace(read=lambda *_: queue.pop(0)))
        made.members = {name: Person(name, "") for name in SAMPLE["holdings"]}
        made.auditor = Person("Benedikt", "")
        monkeypatch.setattr(made, "result", lambda _: result)
        monkeypatch.setattr(made, "recount", lambda *_, **__: None)
        tell(made)
        (finding,) = made.findings
        return finding.agrees

    return told


@pytest.mark.parametrize(
    ("members", "tokens", "outcome", "agrees"),
    [
        ("passed", "rejected", "rejected", True),
        ("passed", "passed", "passed", False),
        ("passed", "rejected", "passed", False),
        ("rejected", "rejected", "rejected", False),
    ],
)
def test_a_double_majority_that_does_not_fail_on_the_one_side_is_noticed(
    orchard, members, tokens, outcome, agrees
):
    result = {
        "decision": {"members": {"outcome": members}, "tokens": {"outcome": tokens}},
        "outcome": outcome,
    }
    assert orchard(lambda made: weight._tell_both(made, HELD), result=result) is agrees


@pytest.mark.parametrize(
    ("carried", "kofi", "mei", "agrees"),
    [(1, "delegated", "cast", True), (2, "delegated", "delegated", False), (1, "cast", "cast", False)],
)
def test_a_weight_that_is_not_taken_back_is_noticed(orchard, carried, kofi, mei, agrees):
    answers = [
        {"carried": {"carried": {"members": carried, "weight": carried}}},
        {"outcome": kofi},
        {"outcome": mei},
    ]
    assert orchard(lambda made: weight._tell_trust(made, HELD, SAMPLE["speaker"]), *answers) is agrees
