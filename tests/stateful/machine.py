"""The machine that walks: whatever anybody might try, at whatever time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.stateful import debts, ending, from_vote
from tests.stateful.choices import (
    AMENDMENTS,
    AMOUNTS,
    GROUNDS,
    INSIDERS,
    MATTERS,
    PATTERNS,
    PEOPLE,
    PLACES,
    READERS,
    STATED,
    TYPES,
    VOTERS,
)
from tests.stateful.deeds import HOUR, Deeds
from tests.stateful.facts import ROLES
from tests.stateful.stage import Stage
from tests.stateful.walk import Walk

MILLISECOND = dt.timedelta(milliseconds=1)
#: Where a walk has so many proposals, no more are raised.
MOST_PROPOSALS = 8
SHORT = {"f": "for", "a": "against", "b": "abstain"}

has_proposals = precondition(lambda self: bool(self.walk.town.proposals))
has_debts = precondition(lambda self: bool(self.walk.town.obligations))
has_promises = precondition(lambda self: any(each.milestones for each in self.walk.town.obligations))


#: What is done or tried to a proposal, and what it takes besides.
VERBS: dict[str, tuple[str, ...]] = {
    "submit_one": (),
    "sponsor": (),
    "unsponsor": (),
    "withdraw": ("sure",),
    "rewrite": ("change",),
    "suggest": (),
    "decide": ("verdict",),
    "classify": ("matters",),
    "precommit": ("stated",),
    "rebase": ("change",),
    "open_vote": (),
    "cast": ("choice",),
    "call_override": (),
    "consent": ("matter",),
    "accept": ("back",),
}


def machine_on(stage: Stage) -> type[RuleBasedStateMachine]:
    """Return the machine that walks in one database."""

    class Walking(Walker):
        place = stage

    return Walking


class Walker(Deeds, RuleBasedStateMachine):
    """Everything that people and time do to one community."""

    @initialize()
    def found(self) -> None:
        self.walk = Walk(self.place)
        self.town = self.walk.town
        self.reader = "ann"

    @has_proposals
    @rule(
        verb=st.sampled_from(sorted(VERBS)),
        who=st.one_of(PEOPLE, st.just("")),
        place=PLACES,
        change=st.none() | AMENDMENTS,
        matters=MATTERS,
        stated=STATED,
        pick=st.integers(0, 2),
        anybody=st.sampled_from(sorted(ROLES)),
    )
    def tinker(self, verb: str, who: str, place: int, **given: Any) -> None:
        """Do, or try, one of the smaller things."""
        words = {
            "choice": ("for", "against", "abstain")[given["pick"]],
            "verdict": ("accepted", "refused", "withdrawn")[given["pick"]],
            "matter": ("label", "price", "name")[given["pick"]],
            "sure": given["pick"],
            "back": given["pick"],
        }
        asked = {name: (given | words)[name] for name in VERBS[verb]}
        if verb in ("sponsor", "unsponsor", "cast"):
            who = given["anybody"]
        getattr(self, verb)(who, place, **asked)

    @precondition(lambda self: len(self.town.proposals) < MOST_PROPOSALS)
    @rule(
        who=PEOPLE,
        type_id=TYPES,
        change=AMENDMENTS,
        matters=MATTERS,
        swap=st.integers(0, 9),
        go=st.sampled_from([True, True, True, False]),
    )
    def try_draft(
        self, who: str, type_id: str, change: Any, matters: list[str], swap: int, *, go: bool
    ) -> None:
        self.draft(who, type_id, change, matters, swap, go=go)

    @has_proposals
    @rule(place=PLACES, pattern=PATTERNS)
    def cast_all(self, place: int, pattern: str) -> None:
        """Have four people vote."""
        each = self.proposal(place)
        for who, choice in zip(VOTERS, pattern, strict=True):
            if choice in SHORT:
                self.cast_as(who, each, SHORT[choice])

    @has_proposals
    @rule(who=PEOPLE, place=PLACES, ground=GROUNDS)
    def try_veto(self, who: str, place: int, ground: str) -> None:
        self.veto(who, place, ground)

    @has_debts
    @rule(
        who=PEOPLE,
        place=PLACES,
        verdict=st.sampled_from(["accepted", "accepted", *debts.VERDICTS]),
        ground=st.sampled_from([None, None, "no_harvest", "unaffordable", "identity"]),
        promised=st.lists(st.sampled_from([HOUR, 25 * HOUR, 100 * HOUR, -HOUR]), max_size=1),
    )
    def try_answer(self, who: str, place: int, verdict: str, ground: str | None, promised: list[Any]) -> None:
        self.answer(who, place, verdict, ground, promised)

    @has_debts
    @rule(who=PEOPLE, place=PLACES, later=st.sampled_from([HOUR, 48 * HOUR, dt.timedelta(0)]))
    def try_promise(self, who: str, place: int, later: dt.timedelta) -> None:
        self.promise(who, place, later)

    @has_promises
    @rule(who=PEOPLE, place=PLACES)
    def try_give_evidence(self, who: str, place: int) -> None:
        self.give_evidence(who, place)

    @has_promises
    @rule(
        who=st.lists(st.sampled_from([*VOTERS, "own", "sue", "late"]), min_size=1, max_size=3),
        place=PLACES,
        verdict=st.sampled_from(["confirmed", "disputed"]),
        number=st.sampled_from([None, None, 1, 2]),
    )
    def try_attest(self, who: list[str], place: int, verdict: str, number: int | None) -> None:
        self.attest(who, place, verdict, number)

    @rule(by=AMOUNTS, reader=READERS)
    def wait(self, by: dt.timedelta, reader: str) -> None:
        self.walk.wait(by, reader)

    @precondition(lambda self: bool(self.town.instants()))
    @rule(place=st.integers(0, 2), off=st.sampled_from([-1, 0, 0, 1]), reader=READERS)
    def reach(self, place: int, off: int, reader: str) -> None:
        """Move to an instant at which something begins or ends, or one millisecond to a side of it."""
        ahead = self.town.instants()
        self.walk.wait(ahead[place % len(ahead)] - self.town.now + off * MILLISECOND, reader)

    @precondition(lambda self: bool(from_vote.vetoes(self.town)))
    @rule(off=st.sampled_from([-121, -61, -1, 0]), reader=READERS)
    def year(self, off: int, reader: str) -> None:
        """Move to about a year after a veto."""
        at = from_vote.vetoes(self.town)[0].at + from_vote.YEAR + off * HOUR / 60
        self.walk.wait(at - self.town.now, reader)

    @precondition(lambda self: not self.town.roles["late"])
    @rule()
    def try_join(self) -> None:
        self.join()

    @has_proposals
    @rule(place=PLACES, steps=st.integers(3, 9), reader=READERS, ground=st.sampled_from(["", "unaffordable"]))
    def carry(self, place: int, steps: int, reader: str, ground: str) -> None:
        """Bring a proposal on by what usually comes next, so that walks get far."""
        each = self.proposal(place)
        for _ in range(steps):
            self.look()
            self.bring_on(each, reader, ground)

    @precondition(lambda self: len(self.town.proposals) < MOST_PROPOSALS)
    @rule(change=AMENDMENTS, reader=READERS)
    def amend(self, change: Any, reader: str) -> None:
        """Amend the charter by the swift way, as far as it goes."""
        if self.draft("cat", "swift", change, [], 1, go=True) is not None:
            for _ in range(3):
                self.bring_on(self.proposal(0), reader)

    @precondition(lambda self: len(self.town.proposals) < MOST_PROPOSALS)
    @rule(
        type_id=st.sampled_from(["petition", "joint", "mandate"]),
        matters=st.sampled_from([[], [], ["label"]]),
        stated=st.none() | STATED,
        steps=st.integers(3, 10),
        reader=READERS,
    )
    def decide_something(
        self, type_id: str, matters: list[str], stated: Any, steps: int, reader: str
    ) -> None:
        """Bring something from which a debt follows to where it follows, or less far."""
        self.draft("ann", type_id, ("add", "one", 0), matters, 1, go=True)
        if stated is not None:
            self.precommit("own", 0, stated)
        self.carry(0, steps, reader, "")

    @has_debts
    @rule(
        place=PLACES,
        promised=st.lists(st.sampled_from([HOUR, 100 * HOUR]), max_size=1),
        said=st.sampled_from(["", "c", "cc", "cd", "dd", "dc", "ccd"]),
    )
    def deliver(self, place: int, promised: list[Any], said: str) -> None:
        """Answer a debt, show what was done, and have members speak of it."""
        owed = self.debt(place)
        self.answer("own", place, "accepted", None, promised)
        self.look()
        for milestone in owed.milestones[-1:]:
            which = [each for one in self.town.obligations for each in one.milestones][::-1].index(milestone)
            self.give_evidence("own", which)
            for who, word in zip(VOTERS, said, strict=False):
                self.attest([who], which, "confirmed" if word == "c" else "disputed", None)

    @rule(reader=INSIDERS)
    def see_as(self, reader: str) -> None:
        """From here on somebody else looks."""
        self.reader = reader

    @invariant()
    def look(self) -> None:
        self.walk.look(self.reader)

    def teardown(self) -> None:
        if hasattr(self, "walk"):
            ending.check(self.walk)
