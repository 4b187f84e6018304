"""Answers that fall due, and what the brand may answer."""

from __future__ import annotations

import functools

import pytest

from app.domain.charter.reading import read_charter
from tests.support import debts, journal
from tests.support.debts import DAY, MILLISECOND, instant, moment
from tests.support.queries import counted
from tests.support.races import at_once
from tests.support.versions import second_version


def test_a_binding_decision_owes_an_answer_and_what_was_undertaken_before_the_vote(portal, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock)
    ballot = town.members[0].ok("GET", owed["links"]["ballot"])
    closed_at = moment(ballot["closes_at"])
    assert owed["ballot_id"] == ballot["id"]
    assert owed["title"] == ballot["title"]
    assert owed["proposal_id"] is owed["links"]["proposal"] is None
    assert owed["owner_role"] == "brand_owner"
    assert owed["binding_level"] == "binding"
    assert owed["created_at"] == ballot["closes_at"]
    assert owed["due_at"] == instant(closed_at + 7 * DAY)
    assert (owed["state"], owed["late"], owed["answer"], owed["concluded_at"]) == (
        "pending",
        False,
        None,
        None,
    )
    (promised,) = owed["milestones"]
    assert promised["description"] == "We brew the winning flavour.\n\nBudget: 50000 EUR"
    assert promised["promised_at"] == ballot["closes_at"]
    assert promised["due_at"] == instant(closed_at + 30 * DAY)
    assert promised["state"] == "planned"
    assert owed["precommitment"] == ballot["precommitment"]


def test_an_advisory_decision_owes_nothing(portal, clock):
    town = debts.town_of(portal)
    path = portal.ballot(town, decision_type="house_vote")
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    clock.advance(DAY)
    assert town.owner.ok("GET", f"{path}/result")["outcome"] == "inquorate"
    assert town.owner.ok("GET", f"{town.path}/obligations")["items"] == []
    assert town.owner.ok("GET", f"{town.path}/scorecard")["obligations"] == 0


def test_a_decision_that_fails_its_quorum_owes_nothing(portal, clock):
    town = debts.town_of(portal)
    quorum = {"base": "participants", "count": 2}
    with pytest.raises(StopIteration):
        debts.decided(portal, town, clock, quorum=quorum)
    assert town.owner.ok("GET", f"{town.path}/obligations")["items"] == []


@pytest.mark.parametrize("level", ["must_answer", "co_decision"])
@pytest.mark.parametrize("precommitment", [debts.PRECOMMITMENT, None])
def test_what_was_undertaken_is_owed_at_once_only_of_a_shared_decision(portal, clock, level, precommitment):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock, level, precommitment)
    promised = precommitment is not None and level == "co_decision"
    assert len(owed["milestones"]) == promised
    assert (owed["precommitment"] is None) == (precommitment is None)


def test_the_rules_of_a_debt_are_those_frozen_with_its_ballot(app, portal, clock):
    town = debts.town_of(portal, threshold="2/3", least=5)
    own = {**debts.PRECOMMITMENT, "refusal_grounds": [debts.OWN_GROUND, {"id": "unlawful"}]}
    path = portal.ballot(town, opened=False, kind="charity_vote", method="plurality", voting_period="PT1H")
    town.owner.ok("POST", f"{path}/precommitments", own)
    town.owner.ok("POST", f"{path}/open")
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": "mint"})
    later = read_charter(debts.charter(threshold="1/10", least=1, answer_within="P1D"))
    second_version(app, town.id, later)
    clock.advance(DAY)
    (owed,) = town.owner.ok("GET", f"{town.path}/obligations")["items"]
    assert owed["delivery"] == {"dispute_threshold": "2/3", "least_attestations": 5}
    assert moment(owed["due_at"]) - moment(owed["created_at"]) == 7 * DAY
    unlawful = {"id": "unlawful", "title": "It would break the law"}
    assert owed["refusal_grounds"] == [debts.OWN_GROUND, unlawful]


# --- the clock ----------------------------------------------------------------------------------------


def states(town, path):
    """Return the state that is shown, and those whose list it is in."""
    shown = town.owner.ok("GET", path)
    listed = {
        state
        for state in ("pending", "answered", "overdue")
        if any(
            each["id"] == shown["id"]
            for each in town.owner.ok("GET", f"{town.path}/obligations?state={state}")["items"]
        )
    }
    return shown["state"], listed


def test_an_answer_is_overdue_by_the_clock_alone_and_not_before(portal, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock)
    path = f"{town.path}/obligations/{owed['id']}"
    assert states(town, path) == ("pending", {"pending"})
    before = town.owner.call("GET", path).headers["ETag"]
    clock.stop(moment(owed["due_at"]))
    assert states(town, path) == ("pending", {"pending"})
    assert town.owner.call("GET", path).headers["ETag"] == before
    clock.stop(moment(owed["due_at"]) + MILLISECOND)
    assert states(town, path) == ("overdue", {"overdue"})
    after = town.owner.call("GET", path, headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.headers["ETag"] != before
    assert after.get_json()["version"] == owed["version"]


@pytest.mark.parametrize(("after", "late"), [(0 * MILLISECOND, False), (MILLISECOND, True)])
def test_an_answer_is_late_after_its_very_instant(portal, clock, after, late):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock)
    answered_at = clock.stop(moment(owed["due_at"]) + after)
    debts.answer(town, owed)
    path = f"{town.path}/obligations/{owed['id']}"
    assert states(town, path) == ("answered", {"answered"})
    shown = town.owner.ok("GET", path)
    assert (shown["late"], shown["answered_at"]) == (late, instant(answered_at))


def test_a_promise_is_overdue_by_the_clock_alone_and_moves_the_tag(portal, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock)
    debts.answer(town, owed)
    path = f"{town.path}/obligations/{owed['id']}"
    due_at = moment(owed["milestones"][0]["due_at"])

    def promise():
        answer = town.owner.call("GET", path)
        (shown,) = answer.get_json()["milestones"]
        assert town.owner.ok("GET", f"{town.path}/milestones/{shown['id']}") == shown
        return answer.headers["ETag"], shown["state"], shown["overdue"]

    clock.stop(due_at)
    tag, *standing = promise()
    assert standing == ["planned", False]
    clock.stop(due_at + MILLISECOND)
    later, *standing = promise()
    assert standing == ["overdue", True]
    assert later != tag


# --- what may be answered -----------------------------------------------------------------------------

#: (level, verdict, ground) -> whether it is open to the brand, where own ground and a milestone are there.
OPEN = {
    ("must_answer", "accepted", None): True,
    ("must_answer", "accepted", "no_harvest"): False,
    ("must_answer", "accepted_in_part", None): True,
    ("must_answer", "refused", None): True,
    ("must_answer", "refused", "no_harvest"): True,
    ("must_answer", "refused", "unlawful"): False,
    ("co_decision", "accepted", None): True,
    ("co_decision", "accepted_in_part", None): False,
    ("co_decision", "accepted_in_part", "no_harvest"): True,
    ("co_decision", "refused", None): False,
    ("co_decision", "refused", "no_harvest"): True,
    ("co_decision", "refused", "unlawful"): False,
    ("binding", "accepted", None): True,
    ("binding", "accepted_in_part", None): False,
    ("binding", "refused", None): False,
    ("binding", "refused", "no_harvest"): False,
}


@pytest.mark.parametrize("level", ["must_answer", "co_decision", "binding"])
def test_the_binding_level_decides_what_may_be_answered(portal, clock, level):
    town = debts.town_of(portal)
    grounds = [] if level == "binding" else [debts.OWN_GROUND]
    stated = {**debts.PRECOMMITMENT, "refusal_grounds": grounds}
    cases = {key[1:]: allowed for key, allowed in OPEN.items() if key[0] == level}
    for (verdict, ground), allowed in cases.items():
        owed = debts.decided(portal, town, clock, level, stated)
        path = f"{town.path}/obligations/{owed['id']}/answers"
        body = {"verdict": verdict, "reason": "We looked into it.", "ground": ground}
        if allowed:
            given = town.owner.ok("POST", path, body, if_match="*")
            assert (given["number"], given["verdict"], given["ground"]) == (1, verdict, ground)
            continue
        told = town.owner.refused(409, "refusal-not-allowed", "POST", path, body, if_match="*")
        assert told["detail"]
        assert told["binding_level"] == level
        assert told["refusal_grounds"] == owed["refusal_grounds"]
        assert town.owner.ok("GET", path)["items"] == []
        assert town.owner.ok("GET", f"{town.path}/obligations/{owed['id']}") == owed


def test_the_answer_to_a_binding_decision_says_by_when_it_is_done(portal, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock, precommitment=None)
    path = f"{town.path}/obligations/{owed['id']}/answers"
    body = {"verdict": "accepted", "reason": "Yes."}
    town.owner.refused(409, "refusal-not-allowed", "POST", path, body, if_match="*")
    due_at = instant(clock.now() + 10 * DAY)
    promise = {"title": "Bottled", "description": "In *every* shop.", "due_at": due_at}
    town.owner.ok("POST", path, body | {"milestones": [promise]}, if_match="*")
    shown = town.owner.ok("GET", f"{town.path}/obligations/{owed['id']}")
    (made,) = shown["milestones"]
    assert {name: made[name] for name in promise} == promise
    assert made["promised_at"] == shown["answered_at"]


def test_a_further_answer_takes_the_place_of_the_last_and_unmakes_no_promise(portal, clock):
    town = debts.town_of(portal)
    stated = {**debts.PRECOMMITMENT, "refusal_grounds": [debts.OWN_GROUND]}
    owed = debts.decided(portal, town, clock, "co_decision", stated)
    path = f"{town.path}/obligations/{owed['id']}"
    first = debts.answer(town, owed)
    clock.advance(DAY)
    second = debts.answer(town, owed, "refused", ground="no_harvest", reason="The harvest failed.")
    shown = town.members[0].ok("GET", path)
    assert shown["answer"] == second
    assert shown["answer_count"] == 2
    assert shown["answered_at"] == first["answered_at"] < second["answered_at"]
    assert [each["state"] for each in shown["milestones"]] == ["planned"]
    assert town.members[0].ok("GET", f"{path}/answers?limit=1")["items"] == [first]
    assert town.members[0].ok("GET", f"{path}/answers")["items"] == [first, second]
    assert shown["concluded_at"] == second["answered_at"]
    card = town.members[0].ok("GET", f"{town.path}/scorecard")
    assert (card["verdicts"]["refused"], card["promised"], card["promises_overdue"]) == (1, 1, 0)
    clock.advance(40 * DAY)
    assert town.members[0].ok("GET", f"{town.path}/scorecard")["promises_overdue"] == 1
    milestone = f"{town.path}/milestones/{shown['milestones'][0]['id']}"
    town.owner.ok("POST", f"{milestone}/evidence", {"note": "We found a farm after all."})
    assert town.members[0].ok("GET", f"{town.path}/scorecard")["promises_overdue"] == 0


def test_what_is_concluded_takes_neither_answers_nor_promises(portal, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock, "must_answer")
    path = f"{town.path}/obligations/{owed['id']}"
    debts.answer(town, owed, "refused")
    shown = town.owner.ok("GET", path)
    assert shown["concluded_at"] == shown["answered_at"]
    body = {"verdict": "accepted", "reason": "We changed our mind."}
    town.owner.refused(409, "obligation-not-open", "POST", f"{path}/answers", body, if_match="*")
    promise = {"title": "Bottled", "due_at": instant(clock.now() + DAY)}
    town.owner.refused(409, "obligation-not-open", "POST", f"{path}/milestones", promise)
    assert town.owner.ok("GET", path) == shown


def test_a_refusal_promises_nothing(portal, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock, "must_answer")
    promise = {"title": "Bottled", "due_at": instant(clock.now() + DAY)}
    body = {"verdict": "refused", "reason": "No.", "milestones": [promise]}
    path = f"{town.path}/obligations/{owed['id']}/answers"
    told = town.owner.refused(409, "conflict", "POST", path, body, if_match="*")
    assert told["errors"][0]["pointer"] == "#/milestones"
    assert town.owner.ok("GET", path)["items"] == []


@pytest.mark.parametrize("reason", ["", " \n\t"])
def test_every_answer_has_a_reason(portal, clock, reason):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock, "must_answer")
    path = f"{town.path}/obligations/{owed['id']}/answers"
    for body in ({"verdict": "refused"}, {"verdict": "refused", "reason": reason}):
        town.owner.refused(422, "invalid-request", "POST", path, body, if_match="*")


# --- two owners ---------------------------------------------------------------------------------------


def test_nobody_answers_past_an_answer_they_have_not_seen(portal, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock)
    path = f"{town.path}/obligations/{owed['id']}"
    body = {"verdict": "accepted", "reason": "Yes."}
    tag = town.owner.call("GET", path).headers["ETag"]
    town.owner.refused(428, "precondition-required", "POST", f"{path}/answers", body)
    town.owner.ok("POST", f"{path}/answers", body, if_match=tag)
    town.owner.refused(412, "precondition-failed", "POST", f"{path}/answers", body, if_match=tag)
    assert len(town.owner.ok("GET", f"{path}/answers")["items"]) == 1


def test_of_two_owners_who_answer_at_once_one_is_told_to_look_again(portal, clock):
    town = debts.town_of(portal)
    owners = [town.owner, portal.join(town, "brand_owner")]
    owed = debts.decided(portal, town, clock)
    path = f"{town.path}/obligations/{owed['id']}"
    for round_number in range(3):
        tag = town.owner.call("GET", path).headers["ETag"]
        calls = [
            functools.partial(
                owner.call,
                "POST",
                f"{path}/answers",
                {"verdict": "accepted", "reason": f"{round_number} {place}"},
                if_match=tag,
            )
            for place, owner in enumerate(owners)
        ]
        assert sorted(at_once(calls)) == [201, 412]
        given = town.owner.ok("GET", f"{path}/answers")["items"]
        assert [each["number"] for each in given] == list(range(1, round_number + 2))


def test_an_answer_sent_again_under_its_key_is_given_once(portal, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock)
    path = f"{town.path}/obligations/{owed['id']}"
    tag = town.owner.call("GET", path).headers["ETag"]
    body = {"verdict": "accepted", "reason": "Yes."}
    answers = [
        town.owner.call("POST", f"{path}/answers", body, if_match=tag, key="the-same") for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
    assert town.owner.ok("GET", path)["answer_count"] == 1


# --- promises -----------------------------------------------------------------------------------------


def test_a_promise_is_for_the_future_and_for_one_that_people_see(portal, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock)
    path = f"{town.path}/obligations/{owed['id']}"
    now = clock.stop()
    for due_at, sound in ((now, False), (now + MILLISECOND, True), (now + 3660 * DAY, True)):
        body = {"title": "Bottled", "due_at": instant(due_at)}
        if sound:
            town.owner.ok("POST", f"{path}/milestones", body)
        else:
            told = town.owner.refused(409, "conflict", "POST", f"{path}/milestones", body)
            assert told["errors"][0]["pointer"] == "#/due_at"
    body = {"title": "Bottled", "due_at": instant(now + 3660 * DAY + MILLISECOND)}
    town.owner.refused(409, "conflict", "POST", f"{path}/milestones", body)
    answer = {"verdict": "accepted", "reason": "Yes.", "milestones": [body]}
    told = town.owner.refused(409, "conflict", "POST", f"{path}/answers", answer, if_match="*")
    assert told["errors"][0]["pointer"] == "#/milestones/0/due_at"
    assert town.owner.ok("GET", path)["answer_count"] == 0


def test_promises_are_only_ever_added_and_found_where_they_are_said_to_be(portal, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock)
    path = f"{town.path}/obligations/{owed['id']}/milestones"
    due_at = instant(clock.now() + DAY)
    made = [town.owner.call("POST", path, {"title": f"Step {n}", "due_at": due_at}) for n in (1, 2)]
    for answer in made:
        assert town.members[0].ok("GET", answer.headers["Location"]) == answer.get_json()
    listed = town.members[0].ok("GET", path)["items"]
    assert [each["position"] for each in listed] == [1, 2, 3]
    assert listed[1:] == [answer.get_json() for answer in made]
    assert listed == town.members[0].ok("GET", f"{town.path}/obligations/{owed['id']}")["milestones"]
    first = town.members[0].ok("GET", f"{path}?limit=2")
    rest = town.members[0].ok("GET", f"{path}?limit=2&cursor={first['next_cursor']}")
    assert first["items"] + rest["items"] == listed


def test_an_obligation_has_no_more_promises_than_anybody_can_follow(portal, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock)
    promise = {"title": "Bottled", "due_at": instant(clock.now() + DAY)}
    path = f"{town.path}/obligations/{owed['id']}"
    body = {"verdict": "accepted", "reason": "Yes."}
    too_many = body | {"milestones": [promise] * 50}
    town.owner.refused(409, "conflict", "POST", f"{path}/answers", too_many, if_match="*")
    assert town.owner.ok("GET", path) == owed
    town.owner.ok("POST", f"{path}/answers", body | {"milestones": [promise] * 49}, if_match="*")
    town.owner.refused(409, "conflict", "POST", f"{path}/milestones", promise)
    assert len(town.owner.ok("GET", path)["milestones"]) == 50


# --- lists --------------------------------------------------------------------------------------------


def walked(person, path):
    """Return the items of a list, page by page of two."""
    found, cursor = [], ""
    while True:
        page = person.ok("GET", f"{path}limit=2{cursor}")
        assert len(page["items"]) <= 2
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def test_obligations_are_listed_by_state_level_and_date(portal, clock):
    town = debts.town_of(portal)
    member = town.members[0]
    made = [debts.decided(portal, town, clock, level) for level in ("must_answer", "binding", "co_decision")]
    debts.answer(town, made[1])
    clock.stop(moment(made[0]["due_at"]) + MILLISECOND)
    made += [debts.decided(portal, town, clock, "must_answer")]
    clock.stop(moment(made[1]["due_at"]))
    path = f"{town.path}/obligations?"

    def ids(query=""):
        return [each["id"] for each in walked(member, f"{path}{query}")]

    order = [each["id"] for each in made]
    assert ids() == order[::-1]
    assert ids("sort=newest&") == order[::-1]
    assert ids("sort=due_at&") == order
    assert ids("state=overdue&sort=due_at&") == [order[0]]
    assert ids("state=answered&") == [order[1]]
    assert ids("state=pending&sort=due_at&") == order[2:]
    assert ids("binding_level=must_answer&") == [order[3], order[0]]
    assert ids("binding_level=must_answer&state=overdue&") == [order[0]]
    assert ids("binding_level=advisory&") == []
    member.refused(422, "invalid-request", "GET", f"{path}sort=title")
    cursor = member.ok("GET", f"{path}limit=1")["next_cursor"]
    member.refused(400, "invalid-cursor", "GET", f"{path}limit=1&sort=due_at&cursor={cursor}")


def test_a_list_takes_as_many_queries_whatever_is_in_it(app, portal, clock):
    town = debts.town_of(portal)
    member = town.members[0]
    engine = app.extensions["althing.units"].engine

    def queries():
        with counted(engine) as statements:
            member.ok("GET", f"{town.path}/obligations")
        return len(statements)

    debts.decided(portal, town, clock)
    few = queries()
    for level in ("binding", "must_answer", "co_decision"):
        owed = debts.decided(portal, town, clock, level)
        promises = [{"title": "More", "due_at": instant(clock.now() + DAY)}] * 3
        debts.answer(town, owed, milestones=promises)
        for promise in member.ok("GET", f"{town.path}/obligations/{owed['id']}")["milestones"]:
            milestone = f"{town.path}/milestones/{promise['id']}"
            town.owner.ok("POST", f"{milestone}/evidence", {"note": "Look."})
            member.ok("PUT", f"{milestone}/attestations/me", {"verdict": "confirmed"})
    assert queries() == few


# --- who sees and does what ---------------------------------------------------------------------------


def test_another_communitys_obligations_are_not_there(portal, clock):
    town, other = debts.town_of(portal), debts.town_of(portal)
    owed = debts.decided(portal, town, clock)
    stranger, rival = other.members[0], other.owner
    path = f"{other.path}/obligations/{owed['id']}"
    milestone = f"{other.path}/milestones/{owed['milestones'][0]['id']}"
    ballot = f"{other.path}/ballots/{owed['ballot_id']}"
    for place in (path, f"{path}/answers", f"{path}/milestones", milestone):
        stranger.refused(404, "not-found", "GET", place)
    for place in (f"{milestone}/evidence", f"{milestone}/attestations", f"{ballot}/precommitments"):
        stranger.refused(404, "not-found", "GET", place)
    answer = {"verdict": "accepted", "reason": "Yes."}
    rival.refused(404, "not-found", "POST", f"{path}/answers", answer, if_match="*")
    promise = {"title": "Bottled", "due_at": instant(clock.now() + DAY)}
    rival.refused(404, "not-found", "POST", f"{path}/milestones", promise)
    rival.refused(404, "not-found", "POST", f"{milestone}/evidence", {"note": "Look."})
    rival.refused(404, "not-found", "POST", f"{ballot}/precommitments", debts.PRECOMMITMENT)
    stranger.refused(404, "not-found", "PUT", f"{milestone}/attestations/me", {"verdict": "confirmed"})
    assert stranger.ok("GET", f"{other.path}/obligations")["items"] == []
    assert stranger.ok("GET", f"{other.path}/scorecard")["obligations"] == 0
    assert town.owner.ok("GET", f"{town.path}/obligations/{owed['id']}") == owed


def test_an_auditor_reads_all_of_it_and_writes_nothing(portal, units, clock):
    town = debts.town_of(portal)
    auditor = portal.join(town, "auditor")
    owed = debts.decided(portal, town, clock)
    path = f"{town.path}/obligations/{owed['id']}"
    milestone = f"{town.path}/milestones/{owed['milestones'][0]['id']}"
    town.owner.ok("POST", f"{milestone}/evidence", {"note": "Look."})
    draft = portal.ballot(town, opened=False, kind="product_vote", method="plurality")
    before = journal.everything(units)
    readable = [f"{town.path}/obligations", path, f"{path}/answers", f"{path}/milestones", milestone]
    readable += [f"{milestone}/evidence", f"{milestone}/attestations", f"{draft}/precommitments"]
    readable += [f"{town.path}/scorecard", f"{town.path}/scorecard/series?from={owed['created_at']}"]
    for place in readable:
        auditor.ok("GET", place)
    answer = {"verdict": "accepted", "reason": "Yes."}
    auditor.refused(403, "forbidden", "POST", f"{path}/answers", answer, if_match="*")
    promise = {"title": "Bottled", "due_at": instant(clock.now() + DAY)}
    auditor.refused(403, "forbidden", "POST", f"{path}/milestones", promise)
    auditor.refused(403, "forbidden", "POST", f"{milestone}/evidence", {"note": "Look."})
    auditor.refused(403, "forbidden", "PUT", f"{milestone}/attestations/me", {"verdict": "confirmed"})
    auditor.refused(403, "forbidden", "POST", f"{draft}/precommitments", debts.PRECOMMITMENT)
    assert journal.everything(units) == before
