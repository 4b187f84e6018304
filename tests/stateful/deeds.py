"""What people can do in a walk, each deed done in the model, in the community and in its twin.

Somebody named "" is whoever the deed is for; ``place`` counts back from the last thing there is.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.stateful import before_vote, calls, debts, from_vote
from tests.stateful.choices import VOTERS, operation
from tests.stateful.facts import Milestone, Obligation, Proposal
from tests.stateful.stage import Stage
from tests.stateful.town import Town
from tests.stateful.walk import Walk

HOUR = dt.timedelta(hours=1)


class Deeds:
    """The deeds of one walk."""

    place: Stage
    walk: Walk
    town: Town

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

    def draft(self, who: str, type_id: str, change: Any, matters: list[str], swap: int, *, go: bool) -> Any:
        """Draft a proposal, with operations where they belong (``swap`` 0: where they do not), and put it forward."""
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
        return made

    def submit(self, each: Proposal, who: str) -> None:
        caller = calls.on(each, "POST", "/submit")
        self.walk.do(who, lambda: before_vote.submit(self.town, who, each), caller)

    def submit_one(self, who: str, place: int) -> None:
        each = self.proposal(place)
        self.submit(each, who or each.author)

    def sponsor(self, who: str, place: int) -> None:
        self.sponsor_as(who, self.proposal(place))

    def sponsor_as(self, who: str, each: Proposal) -> None:
        caller = calls.on(each, "PUT", "/sponsors/me")
        self.walk.do(who, lambda: before_vote.sponsor(self.town, who, each), caller)

    def unsponsor(self, who: str, place: int) -> None:
        each = self.proposal(place)
        caller = calls.on(each, "DELETE", "/sponsors/me")
        self.walk.do(who, lambda: before_vote.unsponsor(self.town, who, each), caller)

    def withdraw(self, who: str, place: int, sure: int) -> None:
        each = self.proposal(place)
        who = who or ("sue" if sure else each.author)
        caller = calls.on(each, "POST", "/withdraw")
        self.walk.do(who, lambda: before_vote.withdraw(self.town, who, each), caller)

    def rewrite(self, who: str, place: int, change: Any) -> None:
        each = self.proposal(place)
        who = who or each.author
        operations = None if change is None else [operation(self.town, change)]
        body = {"body": "Better said."} if operations is None else {"operations": operations}
        caller = calls.on(each, "PATCH", "", body, if_match=True)
        self.walk.do(who, lambda: before_vote.rewrite(self.town, who, each, operations), caller)

    def suggest(self, who: str, place: int) -> None:
        each = self.proposal(place)
        who = who or self.with_power("proposal.suggest")
        body = {"title": "Better so", "body": "As we said.", "reason": "It was missing."}
        town = self.town

        def judge() -> Any:
            before_vote.suggest(town, who, each)
            return each.suggestions[-1]

        self.walk.do(who, judge, calls.on(each, "POST", "/suggestions", body))

    def decide(self, who: str, place: int, verdict: str) -> None:
        found = [(each, one) for each in self.town.proposals for one in each.suggestions]
        if not found:
            return
        each, one = found[-1 - place % len(found)]
        who = who or (one.by if verdict == "withdrawn" else each.author)
        self.walk.do(
            who,
            lambda: before_vote.decide(self.town, who, each, one, verdict),
            calls.decide(each, one, verdict),
        )

    def classify(self, who: str, place: int, matters: list[str]) -> None:
        each, who = self.proposal(place), who or "sue"
        body = {"matters": matters, "reason": "It does."}
        caller = calls.on(each, "PUT", "/matters", body, if_match=True)
        self.walk.do(who, lambda: before_vote.classify(self.town, who, each, matters), caller)

    def precommit(self, who: str, place: int, stated: Any) -> None:
        each, who = self.proposal(place), who or "own"
        caller = calls.on(each, "POST", "/precommitments", stated | {"undertaking": "We do it."})
        self.walk.do(who, lambda: before_vote.precommit(self.town, who, each, stated), caller)

    def rebase(self, who: str, place: int, change: Any) -> None:
        stale = [each for each in self.town.proposals if each.state == "stale"]
        each = stale[place % len(stale)] if stale else self.proposal(place)
        who, operations, body = who or each.author, each.operations, {}
        if change is not None and operations is not None:
            operations = [operation(self.town, change)]
            body = {"operations": operations}
        caller = calls.on(each, "POST", "/rebase", body)
        self.walk.do(who, lambda: before_vote.rebase(self.town, who, each, operations), caller)

    def open_vote(self, who: str, place: int) -> None:
        each = self.proposal(place)
        self.open_as(who or self.with_power("proposal.open_vote"), each)

    def open_as(self, who: str, each: Proposal) -> None:
        caller = calls.on(each, "POST", "/open-vote")
        if self.walk.do(who, lambda: from_vote.open_vote(self.town, who, each), caller):
            self.walk.name_ballots(each)

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

    def veto(self, who: str, place: int, ground: str) -> None:
        open_to_it = [each for each in self.town.proposals if each.state == "veto_window"]
        each = open_to_it[place % len(open_to_it)] if open_to_it else self.proposal(place)
        self.veto_as(who or "own", each, ground)

    def veto_as(self, who: str, each: Proposal, ground: str) -> None:
        caller = calls.on(each, "POST", "/veto", {"ground": ground, "reason": "We cannot."})
        self.walk.do(who, lambda: from_vote.veto(self.town, who, each, ground), caller)

    def call_override(self, who: str, place: int) -> None:
        vetoed = [each for each in self.town.proposals if each.state == "vetoed"]
        each = vetoed[place % len(vetoed)] if vetoed else self.proposal(place)
        self.override_as(who or "bob", each)

    def override_as(self, who: str, each: Proposal) -> None:
        caller = calls.on(each, "POST", "/override")
        if self.walk.do(who, lambda: from_vote.call_override(self.town, who, each), caller):
            self.walk.name_ballots(each)

    def consent(self, who: str, place: int, matter: str) -> None:
        each = self.proposal(place)
        asked = (self.town.matter(matter) or {}).get("consent")
        who = who or ("own" if asked == "brand_owner" else "sue")
        caller = calls.on(each, "PUT", f"/consents/{matter}", {"reason": "Let it be."})
        self.walk.do(who, lambda: from_vote.consent(self.town, who, each, matter), caller)

    def accept(self, who: str, _place: int, back: int) -> None:
        who, number = who or "ann", max(1, self.town.version.number + 1 - back)
        self.walk.do(who, lambda: from_vote.accept(self.town, who, number), calls.accept(number))

    def answer(self, who: str, place: int, verdict: str, ground: str | None, promised: list[Any]) -> None:
        owed, who = self.debt(place), who or "own"
        self.walk.act_on(owed)
        due = [self.town.now + each for each in promised]
        self.walk.do(
            who,
            lambda: debts.answer(self.town, who, owed, verdict, ground=ground, promised=due),
            calls.answer(owed, verdict, ground, due),
        )

    def promise(self, who: str, place: int, later: dt.timedelta) -> None:
        owed, who, due = self.debt(place), who or "own", self.town.now + later
        self.walk.act_on(owed)
        self.walk.do(who, lambda: debts.promise(self.town, who, owed, due), calls.promise(owed, due))

    def give_evidence(self, who: str, place: int) -> None:
        (owed, milestone), who = self.promise_at(place), who or "own"
        self.walk.act_on(milestone)
        self.walk.do(
            who,
            lambda: debts.give_evidence(self.town, who, owed, milestone),
            calls.evidence(milestone),
        )

    def attest(self, who: list[str], place: int, verdict: str, number: int | None) -> None:
        owed, milestone = self.promise_at(place)
        self.walk.act_on(milestone)
        for each in who:
            self.walk.do(
                each,
                lambda each=each: debts.attest(
                    self.town, each, owed, milestone, verdict=verdict, number=number
                ),
                calls.attest(milestone, verdict, number),
            )

    def join(self) -> None:
        """Have one more member join."""
        self.town.roles["late"] = frozenset({"member"})
        self.town.accepted.add(("late", self.town.version.number))
        for place in (self.walk.here, self.walk.twin):
            self.place.join(place, "late", self.town.roles["late"])

    # --- whole stretches ------------------------------------------------------------------------------

    def bring_on(self, each: Proposal, reader: str, ground: str = "") -> None:
        """Do to a proposal what usually comes next.

        :param ground: on which it is vetoed if it can be; "": it is not.
        """
        state, due = each.state, each.due
        ballot = each.override if state == "override_voting" else each.ballot
        if state == "draft":
            self.submit(each, each.author)
        elif state == "sponsoring":
            supporters = [who for who in VOTERS if who not in {each.author, *each.sponsors}]
            self.sponsor_as(supporters[0], each)
        elif state == "discussion":
            self._towards_the_vote(each, reader)
        elif state in ("voting", "override_voting") and ballot and len(ballot.votes) < 3:
            for who in VOTERS[:3]:
                self.cast_as(who, each, ballot.votes.get(who, "for"))
        elif state == "veto_window" and ground:
            self.veto_as("own", each, ground)
        elif state == "vetoed" and each.override is None and each.vetoes[each.text].since is not None:
            self.walk.wait_until(each.vetoes[each.text].since, reader)
            self.override_as("bob", each)
        else:
            self.walk.wait_until(due, reader)

    def _towards_the_vote(self, each: Proposal, reader: str) -> None:
        why = self.walk.would(lambda: from_vote.open_vote(self.town, "bob", each)) or frozenset()
        if "discussion-not-over" in why:
            self.walk.wait_until(each.discussed, reader)
        elif "precommitment-missing" in why:
            self.walk.wait(HOUR, reader)
        else:
            self.open_as("bob", each)
