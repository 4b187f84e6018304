"""Walks by hand, step by step beside the same model: the instants and the quarrels that chance seldom finds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.stateful.choices import operation
from tests.stateful.deeds import HOUR
from tests.stateful.facts import Proposal
from tests.stateful.from_vote import YEAR
from tests.stateful.machine import MILLISECOND, Walker, machine_on

MINUTE = HOUR / 60
BRIEF = {"within": "PT2H", "refusal_grounds": []}


@pytest.fixture
def walker(stage):
    made: Any = machine_on(stage)()
    made.found()
    yield made
    made.look()
    made.teardown()


def raised(walker: Walker, type_id: str, change: Any = None, **facts: Any) -> Proposal:
    """Put something to the community, and return it."""
    matters, who = facts.get("matters", []), facts.get("who", "ann")
    walker.draft(who, type_id, change or ("add", "one", 0), matters, 1, go=True)
    walker.look()
    return walker.town.proposals[-1]


def opened(walker: Walker, each: Proposal, votes: str = "fff.", *, brief: Any = None) -> Proposal:
    """Bring something to its vote, and have people vote."""
    place = walker.town.proposals[::-1].index(each)
    if brief is not None:
        walker.precommit("own", place, brief)
    while each.state != "voting":
        walker.bring_on(each, "ann", "")
        walker.look()
    cast(walker, each, votes)
    return each


def cast(walker: Walker, each: Proposal, votes: str) -> None:
    for who, choice in zip(("ann", "bob", "cat", "dan"), votes, strict=True):
        if choice != ".":
            walker.cast_as(who, each, {"f": "for", "a": "against", "b": "abstain"}[choice])
    walker.look()


def to(walker: Walker, moment: dt.datetime | None, off: int = 0, reader: str = "worker") -> None:
    """Go to an instant, or some milliseconds to a side of it."""
    assert moment is not None
    walker.walk.wait(moment - walker.town.now + off * MILLISECOND, reader)
    walker.look()


def passed(walker: Walker, type_id: str, change: Any = None, **facts: Any) -> Proposal:
    """Return something whose vote has just passed."""
    each = opened(walker, raised(walker, type_id, change, **facts), brief=facts.get("brief"))
    to(walker, each.due)
    return each


def test_vetoes_at_the_edges_of_window_quota_and_year(walker):
    first = passed(walker, "joint", brief=BRIEF)
    for who in ("ann", "sue", "aud", "out"):
        walker.veto_as(who, first, "unaffordable")
    walker.veto_as("own", first, "identity")
    to(walker, first.due, -1)
    walker.veto_as("own", first, "unaffordable")
    assert first.state == "vetoed"
    vetoed_at = walker.town.now
    second = passed(walker, "joint", brief=BRIEF)
    walker.veto_as("own", second, "unaffordable")
    assert second.state == "veto_window"
    to(walker, second.due)
    walker.veto_as("own", second, "unaffordable")
    assert second.state == "timelock"
    amendment = passed(walker, "amend")
    walker.veto_as("own", amendment, "unlawful")
    assert amendment.state == "vetoed"
    walker.override_as("bob", amendment)
    third = opened(walker, raised(walker, "joint"), brief=BRIEF)
    assert third.state == "voting"
    to(walker, vetoed_at + YEAR, -61 * 60_000)
    fourth = opened(walker, raised(walker, "joint"), brief=BRIEF)
    to(walker, fourth.due)
    to(walker, vetoed_at + YEAR, -1)
    walker.veto_as("own", fourth, "unaffordable")
    assert fourth.state == "veto_window"
    to(walker, vetoed_at + YEAR)
    walker.veto_as("own", fourth, "unaffordable")
    assert fourth.state == "vetoed"


def test_overrides_at_the_edges_of_their_time(walker):
    each = passed(walker, "amend")
    walker.veto_as("own", each, "unaffordable")
    veto = each.vetoes[1]
    to(walker, veto.since, -1)
    walker.override_as("bob", each)
    to(walker, veto.since)
    walker.override_as("own", each)
    walker.override_as("bob", each)
    assert each.state == "override_voting"
    cast(walker, each, "fffa")
    to(walker, each.due)
    assert each.state == "overridden"
    to(walker, each.due, 90 * 60_000, reader="ann")
    assert each.enacted_version == 2
    other = passed(walker, "amend", ("article", "purpose", 1))
    walker.veto_as("own", other, "unaffordable")
    to(walker, other.vetoes[1].until, -1)
    walker.override_as("cat", other)
    cast(walker, other, "ffaa")
    to(walker, other.due)
    walker.override_as("cat", other)
    assert (other.state, other.due) == ("vetoed", None)
    third = passed(walker, "joint", brief=BRIEF)
    walker.veto_as("own", third, "unaffordable")
    to(walker, third.vetoes[1].until)
    walker.override_as("cat", third)
    assert (third.state, third.due) == ("vetoed", None)


def test_sponsors_silence_and_a_quorum_that_comes_late(walker):
    each = raised(walker, "petition")
    walker.sponsor_as("ann", each)
    for who in ("bob", "bob", "sue"):
        walker.sponsor_as(who, each)
    walker.unsponsor("bob", 0)
    walker.sponsor_as("bob", each)
    walker.sponsor_as("dan", each)
    assert each.state == "discussion"
    to(walker, each.discussed, -1)
    walker.open_as("bob", each)
    to(walker, each.discussed)
    walker.open_as("bob", each)
    to(walker, each.discussed + HOUR, -1)
    walker.open_as("bob", each)
    to(walker, each.discussed + HOUR)
    walker.open_as("bob", each)
    assert (each.state, len(walker.town.silences)) == ("voting", 1)
    cast(walker, each, "f...")
    to(walker, each.due, -1)
    walker.join()
    walker.cast_as("late", each, "for")
    cast(walker, each, ".f..")
    assert each.ballot is not None
    assert each.ballot.extended
    to(walker, each.due, -1)
    cast(walker, each, "..a.")
    cast(walker, each, "a...")
    to(walker, each.due)
    cast(walker, each, "...f")
    lapsing = raised(walker, "petition")
    walker.sponsor_as("bob", lapsing)
    to(walker, lapsing.due, -1)
    to(walker, lapsing.due)
    assert lapsing.state == "lapsed"


def test_answers_and_promises_at_the_edges_of_their_dates(walker):
    passed(walker, "mandate", brief=BRIEF)
    passed(walker, "mandate", brief=BRIEF)
    first, second = walker.town.obligations
    (promise,) = first.milestones
    to(walker, promise.due)
    to(walker, promise.due, 1)
    walker.give_evidence("own", 1)
    walker.attest(["dan", "own", "late"], 1, "disputed", None)
    walker.give_evidence("own", 1)
    walker.attest(["ann"], 1, "confirmed", 1)
    walker.look()
    walker.give_evidence("own", 1)
    walker.attest(["ann"], 1, "confirmed", 1)
    walker.attest(["ann", "bob"], 1, "confirmed", 2)
    walker.look()
    to(walker, first.due)
    to(walker, first.due, 1)
    for verdict in ("refused", "accepted_in_part", "accepted"):
        walker.answer("own", 1, verdict, None, [])
    walker.answer("ann", 1, "accepted", None, [])
    assert first.concluded is not None
    to(walker, second.due)
    walker.answer("own", 0, "accepted", None, [HOUR])
    walker.deliver(0, [], "cd")
    walker.attest(["cat", "bob"], 0, "confirmed", None)
    walker.look()
    passed(walker, "mandate")
    walker.answer("own", 0, "accepted", None, [])
    walker.answer("own", 0, "accepted", None, [HOUR])


def test_amendments_that_meet(walker):
    """Of two on one thing the one that ends first takes effect, whoever was there first and whoever looks."""
    late = raised(walker, "swift", ("article", "purpose", 1))
    early = raised(walker, "swift", ("article", "purpose", 2))
    waiting = raised(walker, "swift", ("article", "purpose", 0))
    opened(walker, early)
    to(walker, walker.town.now + MINUTE)
    opened(walker, late)
    to(walker, walker.town.now + 5 * HOUR, reader="own")
    assert (early.state, late.stale) == ("closed", "conflict")
    walker.open_as("bob", waiting)
    assert waiting.state == "discussion"
    walker.rebase("ann", 0, None)
    assert late.state == "discussion"
    strict = raised(walker, "swift", ("quorum", "swift", "3/4"))
    weak = raised(walker, "swift", ("power", ("member", "proposal.suggest"), 0))
    opened(walker, strict)
    to(walker, walker.town.now + MINUTE)
    opened(walker, weak)
    to(walker, weak.due)
    assert weak.stale == "entrenched"
    raised(walker, "swift", ("quorum", "petition", "1/4"))
    raised(walker, "swift", ("article", "guarded", 1))
    assert [each.state for each in walker.town.proposals[-2:]] == ["draft", "draft"]


def test_powers_follow_the_version_in_force(walker):
    subject = raised(walker, "motion")
    for role, power, verb, given in (
        ("member", "proposal.suggest", "suggest", {}),
        ("steward", "proposal.classify", "classify", {"matters": ["price"]}),
    ):
        for _ in range(2):
            passed(walker, "swift", ("power", (role, power), 0))
            place = walker.town.proposals[::-1].index(subject)
            for who in ("ann", "dan", "sue", "aud"):
                getattr(walker, verb)(who, place, **given)
            walker.look()
    assert walker.town.version.number == 5
    brief = passed(walker, "mandate", brief=BRIEF)
    walker.give_evidence("own", 0)
    passed(walker, "swift", ("power", ("member", "milestone.attest"), 0))
    walker.attest(["ann", "dan", "sue"], 0, "disputed", None)
    assert brief.state == "obligations"


def test_reserved_matters_before_effect(walker):
    passed(walker, "swift", ("matter", "label", "steward"))
    for consents, change in (((), None), (("own", "sue"), None), (("sue",), "owner")):
        if change is not None:
            raised(walker, "swift", ("matter", "label", change))
            opened(walker, walker.town.proposals[-1])
        each = opened(walker, raised(walker, "motion", matters=["label"]))
        for who in consents:
            walker.consent(who, 0, "label")
        to(walker, each.due)
        assert (each.state == "closed") == (bool(consents) and change is None)
    raised(walker, "motion", matters=["name"])
    assert walker.town.proposals[-1].state == "draft"


def test_what_follows_a_vote_keeps_its_rules_and_its_instants(walker):
    first = passed(walker, "joint", brief=BRIEF)
    walker.veto_as("own", first, "unaffordable")
    amendment = passed(walker, "amend", ("quota", "joint", 2))
    to(walker, amendment.due)
    each = opened(walker, raised(walker, "joint"), brief=BRIEF)
    to(walker, each.due, 1)
    assert walker.town.version.number == 2
    walker.veto_as("own", each, "unaffordable")
    assert each.state == "veto_window"
    to(walker, each.due, 3 * 3_600_000, reader="aud")
    assert each.obligation is not None
    newer = passed(walker, "joint", brief=BRIEF)
    walker.veto_as("own", newer, "unaffordable")
    assert newer.state == "vetoed"


def test_a_quorum_lowered_later_revives_nothing(walker):
    failed = opened(walker, raised(walker, "motion"), "f...")
    to(walker, failed.due)
    assert failed.state == "inquorate"
    passed(walker, "swift", ("quorum", "motion", "1/4"))
    assert walker.town.version.number == 2
    to(walker, walker.town.now + 50 * HOUR)
    again = opened(walker, raised(walker, "motion"), "f...")
    to(walker, again.due)
    assert (failed.state, again.state) == ("inquorate", "closed")
    assert operation(walker.town, ("quorum", "motion", "1/2"))["decision_type"]["id"] == "motion"
