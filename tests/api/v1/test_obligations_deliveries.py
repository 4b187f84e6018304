"""Evidence for what was promised, and what members say of it."""

from __future__ import annotations

import functools

import pytest

from app.domain.charter.reading import read_charter
from tests.support import debts
from tests.support.debts import DAY, MILLISECOND, instant, moment
from tests.support.races import at_once
from tests.support.versions import second_version


class Promised:
    """A promise under a binding decision, and what people do with it."""

    def __init__(self, portal, clock, members=3, **rules):
        self.portal, self.clock = portal, clock
        self.town = debts.town_of(portal, members, **rules)
        self.members = self.town.members
        owed = debts.decided(portal, self.town, clock)
        self.obligation_path = f"{self.town.path}/obligations/{owed['id']}"
        self.path = f"{self.town.path}/milestones/{owed['milestones'][0]['id']}"
        self.due_at = moment(owed["milestones"][0]["due_at"])

    def answer(self):
        return debts.answer(self.town, {"id": self.obligation_path.rsplit("/", 1)[1]})

    def shown(self):
        return self.members[0].ok("GET", self.path)

    def obligation(self):
        return self.members[0].ok("GET", self.obligation_path)

    def evidence(self, note="Look."):
        return self.town.owner.ok("POST", f"{self.path}/evidence", {"note": note})

    def attest(self, verdicts, start=0):
        """Have members attest, one a letter: c confirms, d disputes."""
        words = {"c": "confirmed", "d": "disputed"}
        for member, letter in zip(self.members[start:], verdicts, strict=False):
            member.ok("PUT", f"{self.path}/attestations/me", {"verdict": words[letter]})
        return self.standing()

    def standing(self):
        shown = self.shown()
        return shown["state"], shown["confirmed"], shown["disputed"]


def test_evidence_delivers_while_nothing_stands_against_it(portal, clock):
    promised = Promised(portal, clock)
    body = {"note": "In **ten** shops.", "url": "https://fizz.example/shops?city=oslo#north"}
    given = promised.town.owner.ok("POST", f"{promised.path}/evidence", body)
    assert {name: given[name] for name in body} == body
    assert given["round"] == 1
    shown = promised.shown()
    assert (shown["state"], shown["evidence"]) == ("submitted", given)
    assert (shown["delivered_at"], shown["on_time"]) == (given["submitted_at"], True)
    assert promised.members[0].ok("GET", f"{promised.path}/evidence")["items"] == [given]


@pytest.mark.parametrize(("after", "on_time"), [(0 * MILLISECOND, True), (MILLISECOND, False)])
def test_a_delivery_is_on_time_up_to_its_very_instant(portal, clock, after, on_time):
    promised = Promised(portal, clock)
    clock.stop(promised.due_at + after)
    promised.evidence()
    shown = promised.shown()
    assert (shown["on_time"], shown["overdue"]) == (on_time, False)


@pytest.mark.parametrize(
    "url",
    [
        "http://fizz.example/",
        "https://",
        "javascript:alert(1)",
        "https://user@fizz.example/",
        "https://fizz.example/ ",
        "https://fizz.example/\n",
        'https://fizz.example/"><script>',
        "https://fizz.example\\@evil.example/",
        "ftp://fizz.example",
        "//fizz.example",
    ],
)
def test_evidence_points_to_https_alone(portal, clock, url):
    promised = Promised(portal, clock)
    body = {"note": "Look.", "url": url}
    told = promised.town.owner.refused(422, "invalid-request", "POST", f"{promised.path}/evidence", body)
    assert told["errors"][0]["pointer"] == "#/url"


def test_nobody_attests_before_there_is_evidence(portal, clock):
    promised = Promised(portal, clock)
    said = {"verdict": "confirmed"}
    path = f"{promised.path}/attestations/me"
    promised.members[0].refused(409, "obligation-not-open", "PUT", path, said)
    promised.evidence()
    promised.members[0].ok("PUT", path, said)


# --- disputes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "said", "state"),
    [
        (("1/2", 2), "d", "submitted"),  # one short of the least number
        (("1/2", 2), "dc", "disputed"),  # the threshold exactly reached
        (("1/2", 2), "dcc", "confirmed"),  # one confirmation too many
        (("1/2", 3), "dc", "submitted"),
        (("1/2", 3), "ddc", "disputed"),
        (("2/3", 3), "ddc", "disputed"),
        (("2/3", 3), "dcc", "confirmed"),
        (("2/3", 4), "ddcc", "confirmed"),
        (("2/3", 4), "dddc", "disputed"),
        (("1/1", 2), "dd", "disputed"),
        (("1/1", 2), "dc", "confirmed"),
        (("1/10", 1), "d", "disputed"),
        (("1/10", 1), "c", "confirmed"),
    ],
)
def test_disputes_count_from_the_charters_threshold_on(portal, clock, rules, said, state):
    threshold, least = rules
    promised = Promised(portal, clock, members=4, threshold=threshold, least=least)
    promised.evidence()
    assert promised.attest(said) == (state, said.count("c"), said.count("d"))
    shown = promised.shown()
    assert (shown["delivered_at"] is None) == (state == "disputed")
    assert (shown["on_time"] is None) == (state == "disputed")


def test_a_disputed_promise_is_delivered_by_the_evidence_of_a_new_round_at_its_own_time(portal, clock):
    promised = Promised(portal, clock)
    first = promised.evidence()
    assert promised.attest("dd") == ("disputed", 0, 2)
    clock.stop(promised.due_at + MILLISECOND)
    assert promised.shown()["overdue"] is True
    second = promised.evidence("Now they are.")
    assert second["round"] == 2
    assert promised.standing() == ("submitted", 0, 0)
    shown = promised.shown()
    assert (shown["delivered_at"], shown["on_time"], shown["overdue"]) == (
        second["submitted_at"],
        False,
        False,
    )
    assert promised.attest("cc") == ("confirmed", 2, 0)
    listed = promised.members[0].ok("GET", f"{promised.path}/evidence")["items"]
    assert listed == [first, second]
    card = promised.members[0].ok("GET", f"{promised.town.path}/scorecard")
    assert card["promises_disputed"] == 1  # new evidence does not wipe a dispute out


def test_the_brand_begins_no_round_to_escape_a_dispute_or_after_a_confirmation(portal, clock):
    promised = Promised(portal, clock, least=3)
    path, body = f"{promised.path}/evidence", {"note": "Once more."}
    promised.evidence()
    assert promised.evidence("A better picture.")["round"] == 2  # nobody has disputed anything
    assert promised.attest("d") == ("submitted", 0, 1)
    promised.town.owner.refused(409, "obligation-not-open", "POST", path, body)
    assert promised.attest("cc", start=1) == ("confirmed", 2, 1)
    promised.town.owner.refused(409, "obligation-not-open", "POST", path, body)
    assert len(promised.members[0].ok("GET", path)["items"]) == 2


# --- whose word counts --------------------------------------------------------------------------------


def test_a_members_last_word_counts_and_the_same_word_again_changes_nothing(portal, clock):
    promised = Promised(portal, clock)
    promised.evidence()
    member, path = promised.members[0], f"{promised.path}/attestations/me"
    first = member.call("PUT", path, {"verdict": "disputed", "comment": "Not here."})
    again = member.call("PUT", path, {"verdict": "disputed", "comment": "Not here."})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    assert promised.standing() == ("submitted", 0, 1)
    reworded = member.ok("PUT", path, {"verdict": "disputed", "comment": "Still not here."})
    changed = member.call("PUT", path, {"verdict": "confirmed", "round": 1})
    assert changed.status_code == 200
    assert [reworded["revision"], changed.get_json()["revision"]] == [2, 3]
    assert promised.standing() == ("submitted", 1, 0)
    listed = promised.members[1].ok("GET", f"{promised.path}/attestations")["items"]
    assert [(each["revision"], each["counts"]) for each in listed] == [(1, False), (2, False), (3, True)]
    assert {name: listed[2][name] for name in changed.get_json()} == changed.get_json()


def test_the_word_of_an_earlier_round_does_not_count_for_the_next(portal, clock):
    promised = Promised(portal, clock)
    promised.evidence()
    path = f"{promised.path}/attestations"
    promised.attest("dd")
    promised.evidence()
    member = promised.members[0]
    stale = {"verdict": "disputed", "round": 1}
    told = member.refused(409, "conflict", "PUT", f"{path}/me", stale)
    assert (told["round"], told["errors"][0]["pointer"]) == (2, "#/round")
    member.refused(409, "conflict", "PUT", f"{path}/me", stale | {"round": 3})
    assert member.call("PUT", f"{path}/me", stale | {"round": 2}).status_code == 201
    listed = member.ok("GET", f"{path}?round=2")["items"]
    assert [(each["round"], each["revision"], each["counts"]) for each in listed] == [(2, 1, True)]
    everything = member.ok("GET", path)["items"]
    assert [each["round"] for each in everything] == [1, 1, 2]
    first = member.ok("GET", f"{path}?limit=2")
    rest = member.ok("GET", f"{path}?limit=2&cursor={first['next_cursor']}")
    assert first["items"] + rest["items"] == everything


def test_members_attest_and_nobody_who_owns_the_brand(portal, clock):
    promised = Promised(portal, clock)
    promised.evidence()
    town, path, said = promised.town, f"{promised.path}/attestations/me", {"verdict": "confirmed"}
    both = portal.join(town, "member", "brand_owner")
    for person in (town.owner, both, portal.join(town, "steward"), portal.join(town, "auditor")):
        person.refused(403, "forbidden", "PUT", path, said)
    portal.person().refused(404, "not-found", "PUT", path, said)
    assert promised.standing() == ("submitted", 0, 0)
    portal.join(town, "member", "steward").ok("PUT", path, said)
    assert promised.standing() == ("submitted", 1, 0)


def test_who_joins_after_the_evidence_attests_like_everybody_and_who_leaves_has_said_so(portal, clock):
    promised = Promised(portal, clock)
    promised.evidence()
    late = portal.join(promised.town)
    late.ok("PUT", f"{promised.path}/attestations/me", {"verdict": "disputed"})
    promised.attest("d")
    late.ok("DELETE", f"{promised.town.path}/members/me")
    assert promised.standing() == ("disputed", 0, 2)


def test_the_charter_can_take_the_members_word_and_evidence_stays_open(portal, clock, app):
    promised = Promised(portal, clock)
    promised.evidence()
    charter = debts.charter()
    charter["role_powers"]["member"].remove("milestone.attest")
    second_version(app, promised.town.id, read_charter(charter))
    path = f"{promised.path}/attestations/me"
    promised.members[0].refused(403, "forbidden", "PUT", path, {"verdict": "confirmed"})
    assert promised.evidence()["round"] == 2


# --- at once ------------------------------------------------------------------------------------------


def test_members_who_attest_at_once_are_all_counted_and_the_last_of_them_concludes(portal, clock):
    promised = Promised(portal, clock, members=6, least=6)
    promised.answer()
    promised.evidence()
    path = f"{promised.path}/attestations/me"
    calls = [
        functools.partial(member.call, "PUT", path, {"verdict": "confirmed"}) for member in promised.members
    ]
    assert at_once(calls) == [201] * 6
    assert promised.standing() == ("confirmed", 6, 0)
    assert promised.obligation()["concluded_at"] is not None


def test_two_owners_who_give_evidence_at_once_begin_two_rounds(portal, clock):
    promised = Promised(portal, clock)
    owners = [promised.town.owner, portal.join(promised.town, "brand_owner")]
    path = f"{promised.path}/evidence"
    calls = [functools.partial(owner.call, "POST", path, {"note": owner.email}) for owner in owners]
    assert at_once(calls) == [201, 201]
    given = promised.members[0].ok("GET", path)["items"]
    assert [each["round"] for each in given] == [1, 2]
    assert {each["note"] for each in given} == {owner.email for owner in owners}


# --- the end ------------------------------------------------------------------------------------------


def test_an_obligation_concludes_when_it_is_answered_and_every_promise_confirmed(portal, clock):
    promised = Promised(portal, clock)
    promised.evidence()
    promised.attest("cc")
    assert promised.obligation()["concluded_at"] is None  # not answered
    due_at = instant(promised.clock.now() + DAY)
    promise = {"title": "And exported", "due_at": due_at}
    promised.town.owner.ok("POST", f"{promised.obligation_path}/milestones", promise)
    promised.answer()
    assert promised.obligation()["concluded_at"] is None  # not everything is delivered
    promised.path = f"{promised.town.path}/milestones/{promised.obligation()['milestones'][1]['id']}"
    promised.evidence()
    promised.attest("c")
    assert promised.obligation()["concluded_at"] is None  # too few have attested
    clock.stop()
    concluded_at = clock.advance(DAY)
    promised.attest("c", start=1)
    assert promised.obligation()["concluded_at"] == instant(concluded_at)


def test_an_answer_after_every_promise_was_confirmed_concludes(portal, clock):
    promised = Promised(portal, clock)
    promised.evidence()
    promised.attest("cc")
    given = promised.answer()
    assert promised.obligation()["concluded_at"] == given["answered_at"]


def test_a_dispute_after_the_end_reopens_the_promise_and_not_the_obligation(portal, clock):
    promised = Promised(portal, clock)
    promised.answer()
    promised.evidence()
    promised.attest("cc")
    ended = promised.obligation()["concluded_at"]
    assert ended is not None
    clock.advance(DAY)
    assert promised.attest("dd") == ("disputed", 0, 2)
    card = promised.members[0].ok("GET", f"{promised.town.path}/scorecard")
    assert (card["promises_disputed"], card["delivered_on_time"]["of"]) == (1, 0)
    assert promised.obligation()["concluded_at"] == ended
    assert promised.evidence()["round"] == 2
    promised.attest("cc")
    assert promised.obligation()["concluded_at"] == ended


def test_what_members_say_moves_the_tag_of_the_obligation(portal, clock):
    promised = Promised(portal, clock)
    member, path = promised.members[0], promised.obligation_path

    def tag():
        return member.call("GET", path).headers["ETag"]

    tags = [tag()]
    promised.evidence()
    tags.append(tag())
    promised.attest("c")
    tags.append(tag())
    promised.attest("c")  # the same word again
    assert tag() == tags[-1]
    assert len(set(tags)) == 3
    assert member.call("GET", path, headers={"If-None-Match": tags[-1]}).status_code == 304
