"""The machine that walks: whatever anybody might try, at whatever time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.stateful import before_vote, calls, debts, ending, from_vote
from tests.stateful.choices import (
    AMENDMENTS,
    CHOICES,
    GROUNDS,
    INSIDERS,
    MATTERS,
    PATTERNS,
    PEOPLE,
    PLACES,
    STATED,
    TYPES,
    operation,
)
from tests.stateful.facts import ROLES, Milestone, Obligation, Proposal
from tests.stateful.stage import Stage
from tests.stateful.walk import Walk

HOUR = dt.timedelta(hours=1)
MILLISECOND = dt.timedelta(milliseconds=1)
#: Where a walk has so many proposals, no more are raised.
MOST_PROPOSALS = 8
AMOUNTS = st.sampled_from([HOUR / 60, HOUR / 6, HOUR / 2, HOUR, 2 * HOUR, 26 * HOUR, 49 * HOUR])
READERS = st.sampled_from(["worker", "ann", "own", "aud", "out"])
VOTERS = ("ann", "bob", "cat", "dan")
SHORT = {"f": "for", "a": "against", "b": "abstain"}

has_proposals = precondition(lambda self: bool(self.walk.town.proposals))
has_debts = precondition(lambda self: bool(self.walk.town.obligations))
has_promises = precondition(lambda self: any(each.milestones for each in self.walk.town.obligations))


def machine_on(stage: Stage) -> type[RuleBasedStateMachine]:
    """Return the machine that walks in one database."""

    class Walking(Walker):
        place = stage

    return Walking


class Walker(RuleBasedStateMachine):
    """Everything that people and time do to one community."""

    place: Stage

    @initialize()
    def found(self) -> None:
        self.walk = Walk(self.place)
        self.town = self.walk.town
        self.reader = "ann"

    # --- picking --------------------------------------------------------------------------------------

    def proposal(self, place: int) -> Proposal:
        """Return one of the last proposals."""
        return self.town.proposals[-1 - place % len(self.town.proposals)]

    def debt(self, place: int) -> Obligation:
        return self.town.obligations[-1 - place % len(self.town.obligations)]

    def promise_at(self, place: int) -> tuple[Obligation, Milestone]:
        found = [(owed, each) for owed in self.town.obligations for each in owed.milestones]
        return found[-1 - place % len(found)]

    def with_power(self, power: str, but: str = "") -> str:
        """Return somebody who has a power."""
        for who in ("bob", "cat", "ann", "dan", "sue", "own"):
            if who != but and any(self.town.gives(role, power) for role in self.town.roles[who]):
                return who
        return "ann"

    # --- before the vote ------------------------------------------------------------------------------

    @precondition(lambda self: len(self.town.proposals) < MOST_PROPOSALS)
    @rule(who=PEOPLE, type_id=TYPES, change=AMENDMENTS, matters=MATTERS, swap=st.integers(0, 9), go=st.booleans())
    def draft(
        self, who: str, type_id: str, change: Any, matters: list[str], swap: int, *, go: bool
    ) -> None:
        """Draft a proposal, perhaps with operations where none belong; and put it to the community."""
        who = who or "ann"
        amends = (type_id in ("amend", "swift")) != (swap == 0)
        operations = [operation(self.town, change)] if amends else None
        made = self.walk.do(
            who,
            lambda: before_vote.draft(self.town, who, type_id, operations, matters),
            calls.draft(type_id, operations, matters),
        )
        if made is not None and go:
            self.submit(made, who)

    def submit(self, each: Proposal, who: str) -> None:
        caller = calls.on(each, "POST", "/submit")
        self.walk.do(who, lambda: before_vote.submit(self.town, who, each), caller)

    @has_proposals
    @rule(who=PEOPLE, place=PLACES)
    def submit_one(self, who: str, place: int) -> None:
        each = self.proposal(place)
        self.submit(each, who or each.author)

    @has_proposals
    @rule(who=st.sampled_from(sorted(ROLES)), place=PLACES)
    def sponsor(self, who: str, place: int) -> None:
        self.sponsor_as(who, self.proposal(place))

    def sponsor_as(self, who: str, each: Proposal) -> None:
        caller = calls.on(each, "PUT", "/sponsors/me")
        self.walk.do(who, lambda: before_vote.sponsor(self.town, who, each), caller)

    @has_proposals
    @rule(who=st.sampled_from(sorted(ROLES)), place=PLACES)
    def unsponsor(self, who: str, place: int) -> None:
        each = self.proposal(place)
        caller = calls.on(each, "DELETE", "/sponsors/me")
        self.walk.do(who, lambda: before_vote.unsponsor(self.town, who, each), caller)

    @has_proposals
    @rule(who=PEOPLE, place=PLACES, sure=st.integers(0, 2))
    def withdraw(self, who: str, place: int, sure: int) -> None:
        each = self.proposal(place)
        who = who or ("sue" if sure else each.author)
        caller = calls.on(each, "POST", "/withdraw")
        self.walk.do(who, lambda: before_vote.withdraw(self.town, who, each), caller)

    @has_proposals
    @rule(who=PEOPLE, place=PLACES, change=st.none() | AMENDMENTS)
    def rewrite(self, who: str, place: int, change: Any) -> None:
        each = self.proposal(place)
        who = who or each.author
        operations = None if change is None else [operation(self.town, change)]
        body = {"body": "Better said."} if operations is None else {"operations": operations}
        caller = calls.on(each, "PATCH", "", body, if_match=True)
        self.walk.do(who, lambda: before_vote.rewrite(self.town, who, each, operations), caller)

    @has_proposals
    @rule(who=PEOPLE, place=PLACES)
    def suggest(self, who: str, place: int) -> None:
        each = self.proposal(place)
        who = who or self.with_power("proposal.suggest")
        body = {"title": "Better so", "body": "As we said.", "reason": "It was missing."}
        town = self.town

        def judge() -> Any:
            before_vote.suggest(town, who, each)
            return each.suggestions[-1]

        self.walk.do(who, judge, calls.on(each, "POST", "/suggestions", body))

    @precondition(lambda self: any(each.suggestions for each in self.town.proposals))
    @rule(who=PEOPLE, place=PLACES, verdict=st.sampled_from(["accepted", "refused", "withdrawn"]))
    def decide(self, who: str, place: int, verdict: str) -> None:
        found = [(each, one) for each in self.town.proposals for one in each.suggestions]
        each, one = found[-1 - place % len(found)]
        who = who or (one.by if verdict == "withdrawn" else each.author)
        self.walk.do(
            who,
            lambda: before_vote.decide(self.town, who, each, one, verdict),
            calls.decide(each, one, verdict),
        )

    @has_proposals
    @rule(who=PEOPLE, place=PLACES, matters=MATTERS)
    def classify(self, who: str, place: int, matters: list[str]) -> None:
        each, who = self.proposal(place), who or "sue"
        body = {"matters": matters, "reason": "It does."}
        caller = calls.on(each, "PUT", "/matters", body, if_match=True)
        self.walk.do(who, lambda: before_vote.classify(self.town, who, each, matters), caller)

    @has_proposals
    @rule(who=PEOPLE, place=PLACES, stated=STATED)
    def precommit(self, who: str, place: int, stated: Any) -> None:
        each, who = self.proposal(place), who or "own"
        caller = calls.on(each, "POST", "/precommitments", stated | {"undertaking": "We do it."})
        self.walk.do(who, lambda: before_vote.precommit(self.town, who, each, stated), caller)

    @has_proposals
    @rule(who=PEOPLE, place=PLACES, change=st.none() | AMENDMENTS)
    def rebase(self, who: str, place: int, change: Any) -> None:
        stale = [each for each in self.town.proposals if each.state == "stale"]
        each = stale[place % len(stale)] if stale else self.proposal(place)
        who, operations, body = who or each.author, each.operations, {}
        if change is not None and operations is not None:
            operations = [operation(self.town, change)]
            body = {"operations": operations}
        caller = calls.on(each, "POST", "/rebase", body)
        self.walk.do(who, lambda: before_vote.rebase(self.town, who, each, operations), caller)

    # --- the vote and after ---------------------------------------------------------------------------

    @has_proposals
    @rule(who=PEOPLE, place=PLACES)
    def open_vote(self, who: str, place: int) -> None:
        each = self.proposal(place)
        self.open_as(who or self.with_power("proposal.open_vote"), each)

    def open_as(self, who: str, each: Proposal) -> None:
        caller = calls.on(each, "POST", "/open-vote")
        if self.walk.do(who, lambda: from_vote.open_vote(self.town, who, each), caller):
            self.walk.name_ballots(each)

    @has_proposals
    @rule(who=st.sampled_from(sorted(ROLES)), place=PLACES, choice=CHOICES)
    def cast(self, who: str, place: int, choice: str) -> None:
        self.cast_as(who, self.proposal(place), choice)

    def cast_as(self, who: str, each: Proposal, choice: str) -> None:
        ballot = each.override or each.ballot
        if ballot is not None:
            self.walk.do(
                who,
                lambda: from_vote.cast(self.town, who, each, ballot, choice),
                calls.cast(ballot, choice),
            )

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
    def veto(self, who: str, place: int, ground: str) -> None:
        open_to_it = [each for each in self.town.proposals if each.state == "veto_window"]
        each = open_to_it[place % len(open_to_it)] if open_to_it else self.proposal(place)
        self.veto_as(who or "own", each, ground)

    def veto_as(self, who: str, each: Proposal, ground: str) -> None:
        caller = calls.on(each, "POST", "/veto", {"ground": ground, "reason": "We cannot."})
        self.walk.do(who, lambda: from_vote.veto(self.town, who, each, ground), caller)

    @has_proposals
    @rule(who=PEOPLE, place=PLACES)
    def call_override(self, who: str, place: int) -> None:
        vetoed = [each for each in self.town.proposals if each.state == "vetoed"]
        each = vetoed[place % len(vetoed)] if vetoed else self.proposal(place)
        self.override_as(who or "bob", each)

    def override_as(self, who: str, each: Proposal) -> None:
        caller = calls.on(each, "POST", "/override")
        if self.walk.do(who, lambda: from_vote.call_override(self.town, who, each), caller):
            self.walk.name_ballots(each)

    @has_proposals
    @rule(who=PEOPLE, place=PLACES, matter=st.sampled_from(["label", "label", "price", "name"]))
    def consent(self, who: str, place: int, matter: str) -> None:
        each = self.proposal(place)
        asked = (self.town.matter(matter) or {}).get("consent")
        who = who or ("own" if asked == "brand_owner" else "sue")
        caller = calls.on(each, "PUT", f"/consents/{matter}", {"reason": "Let it be."})
        self.walk.do(who, lambda: from_vote.consent(self.town, who, each, matter), caller)

    @rule(who=PEOPLE, back=st.integers(0, 2))
    def accept(self, who: str, back: int) -> None:
        who, number = who or "ann", max(1, self.town.version.number + 1 - back)
        self.walk.do(who, lambda: from_vote.accept(self.town, who, number), calls.accept(number))

    # --- debts ----------------------------------------------------------------------------------------

    @has_debts
    @rule(
        who=PEOPLE,
        place=PLACES,
        verdict=st.sampled_from(["accepted", "accepted", *debts.VERDICTS]),
        ground=st.sampled_from([None, None, "no_harvest", "unaffordable", "identity"]),
        promised=st.lists(st.sampled_from([HOUR, 25 * HOUR, 100 * HOUR, -HOUR]), max_size=1),
    )
    def answer(self, who: str, place: int, verdict: str, ground: str | None, promised: list[Any]) -> None:
        owed, who = self.debt(place), who or "own"
        self.walk.act_on(owed)
        due = [self.town.now + each for each in promised]
        self.walk.do(
            who,
            lambda: debts.answer(self.town, who, owed, verdict, ground, due),
            calls.answer(owed, verdict, ground, due),
        )

    @has_debts
    @rule(who=PEOPLE, place=PLACES, later=st.sampled_from([HOUR, 48 * HOUR, dt.timedelta(0)]))
    def promise(self, who: str, place: int, later: dt.timedelta) -> None:
        owed, who, due = self.debt(place), who or "own", self.town.now + later
        self.walk.act_on(owed)
        self.walk.do(
            who, lambda: debts.promise(self.town, who, owed, due), calls.promise(owed, due)
        )

    @has_promises
    @rule(who=PEOPLE, place=PLACES)
    def give_evidence(self, who: str, place: int) -> None:
        (owed, milestone), who = self.promise_at(place), who or "own"
        self.walk.act_on(milestone)
        self.walk.do(
            who,
            lambda: debts.give_evidence(self.town, who, owed, milestone),
            calls.evidence(milestone),
        )

    @has_promises
    @rule(
        who=st.lists(st.sampled_from([*VOTERS, "own", "sue", "late"]), min_size=1, max_size=3),
        place=PLACES,
        verdict=st.sampled_from(["confirmed", "disputed"]),
        number=st.sampled_from([None, None, 1, 2]),
    )
    def attest(self, who: list[str], place: int, verdict: str, number: int | None) -> None:
        owed, milestone = self.promise_at(place)
        self.walk.act_on(milestone)
        for each in who:
            self.walk.do(
                each,
                lambda each=each: debts.attest(self.town, each, owed, milestone, verdict, number),
                calls.attest(milestone, verdict, number),
            )

    # --- time, newcomers, and whole stretches ---------------------------------------------------------

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
    def join(self) -> None:
        """Have one more member join."""
        self.town.roles["late"] = frozenset({"member"})
        self.town.accepted.add(("late", self.town.version.number))
        for place in (self.walk.here, self.walk.twin):
            self.place.join(place, "late", self.town.roles["late"])

    @has_proposals
    @rule(place=PLACES, steps=st.integers(1, 6), reader=READERS, ground=st.sampled_from(["", "", "unaffordable"]))
    def carry(self, place: int, steps: int, reader: str, ground: str) -> None:
        """Bring a proposal on by what usually comes next, so that walks get far."""
        each = self.proposal(place)
        for _ in range(steps):
            self.look()
            self.bring_on(each, reader, ground)

    def bring_on(self, each: Proposal, reader: str, ground: str) -> None:
        state, due = each.state, each.due
        ballot = each.override if state == "override_voting" else each.ballot
        if state == "draft":
            self.submit(each, each.author)
        elif state == "sponsoring":
            supporters = [who for who in VOTERS if who not in {each.author, *each.sponsors}]
            self.sponsor_as(supporters[0], each)
        elif state == "discussion":
            opens = [at for at in self.town.instants() if at > self.town.now]
            if "discussion-not-over" in (self._why_not_open(each) or ()) and opens:
                self.walk.wait(each.discussed - self.town.now, reader)  # type: ignore[operator]
            elif "precommitment-missing" in (self._why_not_open(each) or ()):
                self.walk.wait(HOUR, reader)
            else:
                self.open_as("bob", each)
        elif state in ("voting", "override_voting") and ballot and len(ballot.votes) < 3:
            for who in VOTERS[:3]:
                self.cast_as(who, each, ballot.votes.get(who, "for"))
        elif state == "veto_window" and ground:
            self.veto_as("own", each, ground)
        elif state == "vetoed" and each.override is None and each.vetoes[each.text].since:
            begins = each.vetoes[each.text].since
            self.walk.wait(begins - self.town.now, reader)  # type: ignore[operator]
            self.override_as("bob", each)
        elif due is not None:
            self.walk.wait(due - self.town.now, reader)

    def _why_not_open(self, each: Proposal) -> frozenset[str] | None:
        return self.walk.would(lambda: from_vote.open_vote(self.town, "bob", each))

    @precondition(lambda self: len(self.town.proposals) < MOST_PROPOSALS)
    @rule(change=AMENDMENTS, reader=READERS)
    def amend(self, change: Any, reader: str) -> None:
        """Amend the charter by the swift way, as far as it goes."""
        operations = [operation(self.town, change)]
        made = self.walk.do(
            "cat",
            lambda: before_vote.draft(self.town, "cat", "swift", operations, []),
            calls.draft("swift", operations, []),
        )
        if made is not None:
            for _ in range(4):
                self.bring_on(made, reader, "")

    # --- always ---------------------------------------------------------------------------------------

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
