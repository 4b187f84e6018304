"""Random walks of people through a group, each step compared with a small model of who stands where.

The model is written out step by step, not taken from the tables of :mod:`app.domain.groups`.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.stateful.length import walking
from tests.support.groups import Circle
from tests.support.portal import Person, Portal

INSIDERS = ("head", "ann", "ben", "out", "far")
PEOPLE = st.sampled_from(INSIDERS)
ACTORS = st.sampled_from([*INSIDERS, "head", "steward"])
JOINING = ("open", "approval", "invitation")

#: What a call answers that is refused.
CLOSED, ARCHIVED = (409, "group-closed-to-you"), (409, "group-archived")
NOT_THEIRS, NOBODY = (403, "not-in-group"), (404, "not-found")
FINE = None


class Group:
    """Who stands where, by name; nobody who stands nowhere is in ``standing``."""

    def __init__(self) -> None:
        self.standing = dict.fromkeys(("head", "ann", "ben"), "member")
        self.stewards = {"head"}
        self.away: set[str] = set()
        self.joining = "open"
        self.archived = False
        self.ballots: list[tuple[str, frozenset[str], set[str]]] = []

    @property
    def members(self) -> frozenset[str]:
        return frozenset(who for who, where in self.standing.items() if where == "member")

    def oversees(self, who: str) -> bool:
        return who == "steward" or who in self.stewards

    def drop(self, who: str) -> None:
        self.standing.pop(who, None)
        self.stewards.discard(who)


class Walking(RuleBasedStateMachine):
    """Everything that people do in a group and about each other there."""

    portal: Portal

    @initialize()
    def found(self) -> None:
        self.circle, self.group = Circle(self.portal), Group()

    def person(self, who: str) -> Person:
        found: Person = getattr(self.circle, who)
        return found

    def tried(
        self,
        expected: tuple[int, str] | None,
        who: str,
        method: str,
        path: str,
        body: Any = None,
        **options: Any,
    ) -> bool:
        """Make a call and see that it is refused as expected, or is not; return whether it was done."""
        if expected is None:
            self.person(who).ok(method, path, body, **options)
        else:
            self.person(who).refused(*expected, method, path, body, **options)
        return expected is None

    def judged(self, who: str, *others: tuple[bool, tuple[int, str]]) -> tuple[int, str] | None:
        """Return what somebody is told: that there is no such place, where they left, or the first that holds."""
        if who in self.group.away:
            return NOBODY
        return next((told for holds, told in others if holds), FINE)

    # --- about oneself --------------------------------------------------------------------------------

    @rule(who=PEOPLE)
    def ask(self, who: str) -> None:
        group = self.group
        before = group.standing.get(who)
        invited = before in ("invited", "member")
        shut = before == "removed" or (group.joining == "invitation" and before is None)
        expected = self.judged(who, (group.archived, ARCHIVED), (shut, CLOSED))
        if self.tried(expected, who, "PUT", f"{self.circle.path}/members/me"):
            waits = group.joining != "open" and not invited
            group.standing[who] = "requested" if waits else "member"

    @rule(who=PEOPLE)
    def leave(self, who: str) -> None:
        expected = self.judged(who)
        left = self.tried(expected, who, "DELETE", f"{self.circle.path}/members/me")
        if left and self.group.standing.get(who) != "removed":
            self.group.drop(who)

    @rule(who=PEOPLE)
    def go(self, who: str) -> None:
        if self.tried(self.judged(who), who, "DELETE", f"{self.circle.town.path}/members/me"):
            self.group.away.add(who)
            if self.group.standing.get(who) != "removed":
                self.group.drop(who)

    @precondition(lambda self: self.group.away)
    @rule(pick=st.integers(0, 4))
    def come_back(self, pick: int) -> None:
        who = sorted(self.group.away)[pick % len(self.group.away)]
        self.person(who).ok("POST", f"{self.circle.town.path}/members", {})
        self.group.away.remove(who)

    # --- about others ---------------------------------------------------------------------------------

    @rule(actor=ACTORS, who=PEOPLE)
    def admit(self, actor: str, who: str) -> None:
        group = self.group
        expected = self.judged(
            actor,
            (group.archived, ARCHIVED),
            (not group.oversees(actor), NOT_THEIRS),
            (who in group.away, NOBODY),
        )
        if self.tried(expected, actor, "PUT", self.circle.member(self.person(who))):
            asked = group.standing.get(who) in ("requested", "member")
            group.standing[who] = "member" if asked else "invited"

    @rule(actor=ACTORS, who=PEOPLE)
    def turn_away(self, actor: str, who: str) -> None:
        group = self.group
        nowhere = group.standing.get(who) in (None, "removed")
        expected = self.judged(actor, (not group.oversees(actor), NOT_THEIRS), (nowhere, NOBODY))
        if self.tried(expected, actor, "DELETE", self.circle.member(self.person(who))):
            was_member = group.standing[who] == "member"
            group.drop(who)
            if was_member:
                group.standing[who] = "removed"

    @rule(actor=ACTORS, who=PEOPLE)
    def appoint(self, actor: str, who: str) -> None:
        group = self.group
        expected = self.judged(
            actor,
            (group.archived, ARCHIVED),
            (not group.oversees(actor), NOT_THEIRS),
            (who not in group.members, (409, "not-a-group-member")),
        )
        if self.tried(expected, actor, "PUT", self.circle.stewarding(self.person(who))):
            group.stewards.add(who)

    @rule(actor=ACTORS, who=PEOPLE)
    def dismiss(self, actor: str, who: str) -> None:
        group = self.group
        none = who not in group.stewards
        expected = self.judged(actor, (not group.oversees(actor), NOT_THEIRS), (none, NOBODY))
        if self.tried(expected, actor, "DELETE", self.circle.stewarding(self.person(who))):
            group.stewards.remove(who)

    # --- about the group ------------------------------------------------------------------------------

    @rule(actor=ACTORS, joining=st.sampled_from(JOINING))
    def set_joining(self, actor: str, joining: str) -> None:
        group = self.group
        expected = self.judged(actor, (not group.oversees(actor), NOT_THEIRS), (group.archived, ARCHIVED))
        if self.tried(expected, actor, "PATCH", self.circle.path, {"joining": joining}, if_match="*"):
            group.joining = joining

    @rule(actor=ACTORS, sure=st.integers(0, 3))
    def archive(self, actor: str, sure: int) -> None:
        group = self.group
        if sure:  # seldom: nothing happens in an archived group
            return
        expected = self.judged(actor, (not group.oversees(actor), NOT_THEIRS), (group.archived, ARCHIVED))
        if self.tried(expected, actor, "POST", f"{self.circle.path}/archive", {"reason": "Done."}):
            group.archived = True

    @precondition(lambda self: self.group.archived)
    @rule(actor=st.sampled_from(["head", "steward", "steward"]))
    def restore(self, actor: str) -> None:
        expected = self.judged(actor, (actor != "steward", (403, "forbidden")))
        if self.tried(expected, actor, "POST", f"{self.circle.path}/restore"):
            self.group.archived = False

    # --- what its members decide ----------------------------------------------------------------------

    @precondition(lambda self: self.group.members and not self.group.archived)
    @rule(by_group=st.booleans())
    def open_ballot(self, *, by_group: bool) -> None:
        group = self.group
        opener = min(group.stewards) if by_group and group.stewards else "steward"
        ballot = self.circle.ballot(self.person(opener))
        group.ballots.append((ballot, group.members, set()))

    @precondition(lambda self: self.group.ballots)
    @rule(who=PEOPLE, pick=st.integers(0, 2))
    def vote(self, who: str, pick: int) -> None:
        path, roll, voted = self.group.ballots[-1 - pick % len(self.group.ballots)]
        expected = FINE if who in roll else self.judged(who, (True, (403, "not-on-roll")))
        if self.tried(expected, who, "PUT", f"{path}/votes/me", {"choice": "mint"}):
            voted.add(who)

    # --- what all see ---------------------------------------------------------------------------------

    @invariant()
    def everybody_stands_where_the_model_has_them(self) -> None:
        group, circle = self.group, self.circle
        names = {circle.id_of(self.person(who)): who for who in INSIDERS}
        seen = circle.steward.ok("GET", f"{circle.path}/members?limit=100")["items"]
        assert {names[each["membership_id"]]: each["standing"] for each in seen} == group.standing
        assert {names[each["membership_id"]] for each in seen if each["steward"]} == group.stewards
        shown = circle.of(circle.steward)
        assert (shown["member_count"], shown["joining"]) == (len(group.members), group.joining)
        assert (shown["archived_at"] is not None) == group.archived

    @invariant()
    def a_roll_is_the_group_as_it_was(self) -> None:
        for path, roll, voted in self.group.ballots[-2:]:
            shown = self.circle.steward.ok("GET", path)
            assert (shown["group_id"], shown["roll_size"]) == (self.circle.id, len(roll))
            assert self.circle.steward.ok("GET", f"{path}/turnout")["voters"] == len(voted)


def test_whoever_comes_and_goes_a_group_is_who_its_rules_say(portal, units):
    class There(Walking):
        pass

    There.portal = portal
    walking(There, units)
