"""Reports, the cases they open, and who sees which."""

from __future__ import annotations

import datetime as dt
import functools

import pytest

from tests.support import journal
from tests.support.charters import wide_charter
from tests.support.discussion import discussed, last_part, walked
from tests.support.moderation import DISMISSING, HIDING, REPORT, Court
from tests.support.races import answers_at_once, at_once

DAY = dt.timedelta(days=1)
MILLISECOND = dt.timedelta(milliseconds=1)


@pytest.fixture
def court(portal):
    return Court(portal)


def test_a_report_opens_a_case_that_says_by_when_it_is_to_be_decided(court, clock):
    now = clock.stop()
    path = court.commented()
    made = court.reporter.ok("POST", f"{path}/reports", REPORT)
    assert (made["subject_id"], made["ground"], made["note"]) == (last_part(path), "abuse", REPORT["note"])
    case = court.steward.ok("GET", f"{court.town.path}/moderation/cases/{made['case_id']}")
    assert (case["state"], case["report_count"], case["grounds"]) == ("open", 1, {"abuse": 1})
    assert (case["subject_type"], case["subject_id"]) == ("comment", last_part(path))
    assert (case["number"], case["late"], case["ground"], case["decided_by"]) == (1, False, None, None)
    assert dt.datetime.fromisoformat(case["due_at"]) - now.replace(microsecond=0) < 7 * DAY + DAY / 24
    clock.stop(dt.datetime.fromisoformat(case["due_at"]))
    assert not court.steward.ok("GET", court.town.path + f"/moderation/cases/{case['id']}")["late"]
    clock.advance(MILLISECOND)
    assert court.steward.ok("GET", court.town.path + f"/moderation/cases/{case['id']}")["late"]


def test_reports_on_one_thing_gather_in_one_case_due_as_the_most_urgent_asks(court, clock):
    now = clock.stop()
    path = court.commented()
    first = court.reported(path)
    before = court.steward.ok("GET", first)["due_at"]
    assert court.reported(path, court.other, ground="private_data") == first
    case = court.steward.ok("GET", first)
    assert (case["report_count"], case["grounds"]) == (2, {"abuse": 1, "private_data": 1})
    assert case["due_at"] < before
    assert dt.datetime.fromisoformat(case["due_at"]) <= now + 2 * DAY
    court.reported(path, court.owner, ground="spam")
    assert court.steward.ok("GET", first)["due_at"] == case["due_at"]


def test_a_member_reports_a_thing_once(court, units):
    path = court.commented()
    court.reported(path)
    before = journal.entries(units)
    court.reporter.refused(409, "already-reported", "POST", f"{path}/reports", REPORT)
    court.reporter.refused(409, "already-reported", "POST", f"{path}/reports", REPORT | {"ground": "spam"})
    assert journal.entries(units) == before


def test_one_member_s_reports_at_once_make_one_report(court):
    path = court.commented()
    calls = [functools.partial(court.reporter.call, "POST", f"{path}/reports", REPORT)] * 6
    statuses = at_once(calls)
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 409, 503}
    (case,) = court.steward.ok("GET", f"{court.town.path}/moderation/cases")["items"]
    assert case["report_count"] == 1


def test_reports_of_several_members_at_once_open_one_case(court, portal):
    people = [court.reporter, court.other, court.owner, *(portal.join(court.town) for _ in range(4))]
    path = court.commented()
    calls = [functools.partial(person.call, "POST", f"{path}/reports", REPORT) for person in people]
    answers = answers_at_once(calls)
    made = [answer.get_json() for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 503}
    assert len({report["case_id"] for report in made}) == 1
    (case,) = court.steward.ok("GET", f"{court.town.path}/moderation/cases")["items"]
    assert case["report_count"] == len(made) == sum(case["grounds"].values())


def test_only_on_a_ground_of_the_charter_and_never_on_what_one_wrote(court):
    path = court.commented()
    refusal = court.reporter.refused(
        409, "ground-not-listed", "POST", f"{path}/reports", REPORT | {"ground": "criticism"}
    )
    assert "abuse" in refusal["detail"]
    assert refusal["errors"][0]["pointer"] == "#/ground"
    court.author.refused(409, "conflict", "POST", f"{path}/reports", REPORT)
    assert court.steward.ok("GET", f"{court.town.path}/moderation/cases")["items"] == []


def test_under_a_charter_without_grounds_nothing_is_reported_or_hidden(portal):
    court = Court(portal, charter=wide_charter(moderation_grounds=[]))
    path = court.commented()
    refusal = court.reporter.refused(409, "ground-not-listed", "POST", f"{path}/reports", REPORT)
    assert "none" in refusal["detail"]


def test_who_reported_and_why_stewards_and_auditors_learn_and_nobody_else(court):
    case = court.hidden()
    for person in (court.steward, court.second, court.auditor):
        (report,) = person.ok("GET", f"{case}/reports")["items"]
        assert report["membership_id"] == court.reporter.memberships[court.town.id]
        assert report["note"] == REPORT["note"]
    court.author.refused(403, "forbidden", "GET", f"{case}/reports")
    assert court.reporter.memberships[court.town.id] not in court.author.call("GET", case).text
    assert court.reporter.memberships[court.town.id] not in court.author.call("GET", f"{case}/steps").text


def test_whoever_reported_can_follow_what_became_of_it(court):
    one, two = court.reported(), court.hidden()
    mine = walked(court.reporter, f"{court.town.path}/members/me/reports", limit=1)
    assert [(each["case_id"], each["state"], each["subject_type"]) for each in mine] == [
        (last_part(two), "hidden", "comment"),
        (last_part(one), "open", "comment"),
    ]
    assert walked(court.other, f"{court.town.path}/members/me/reports") == []


# --- who sees which case ------------------------------------------------------------------------------


def test_the_queue_is_the_stewards_and_open_to_auditors(court):
    waiting, hidden, dismissed = court.reported(), court.hidden(), court.reported()
    court.steward.ok("POST", f"{dismissed}/dismiss", DISMISSING)
    path = f"{court.town.path}/moderation/cases"
    for person in (court.steward, court.auditor):
        assert [each["id"] for each in walked(person, path)] == [
            last_part(case) for case in (dismissed, hidden, waiting)
        ]
    assert [each["id"] for each in walked(court.author, path)] == [last_part(hidden)]
    assert court.author.ok("GET", hidden)["reason"] == HIDING["reason"]
    for case in (waiting, dismissed):
        assert court.author.call("GET", case).status_code == 404
    for person in court.readers:
        assert walked(person, path) == []
        assert person.call("GET", hidden).status_code == 404


def test_the_queue_is_listed_by_state_kind_ground_lateness_and_what_falls_due_first(court, clock):
    clock.stop()
    spam = court.reported(ground="spam")
    urgent = court.reported(ground="private_data")
    hidden = court.hidden()
    on_proposal = court.reported(discussed(court.town, court.author), ground="spam")
    path = f"{court.town.path}/moderation/cases"

    def listed(query):
        return [each["id"] for each in walked(court.steward, f"{path}?{query}")]

    assert listed("state=open") == [last_part(case) for case in (on_proposal, urgent, spam)]
    assert listed("state=hidden") == [last_part(hidden)]
    assert listed("ground=spam") == [last_part(case) for case in (on_proposal, spam)]
    assert listed("subject_type=proposal") == [last_part(on_proposal)]
    assert listed("sort=due") == [last_part(case) for case in (urgent, spam, on_proposal)]
    assert listed("late=true") == []
    clock.advance(3 * DAY)
    assert listed("late=true") == [last_part(urgent)]
    assert listed("late=false") == [last_part(case) for case in (on_proposal, spam)]


# --- other communities --------------------------------------------------------------------------------


def test_a_steward_elsewhere_is_nobody_here(court, portal):
    there = Court(portal)
    case = court.reported()
    moved = case.replace(court.town.id, there.town.id)
    for method, path, body in (
        ("GET", moved, None),
        ("POST", f"{moved}/hide", HIDING),
        ("GET", f"{moved}/reports", None),
        ("GET", case, None),
    ):
        assert there.steward.call(method, path, body).status_code == 404
    assert court.steward.ok("GET", case)["state"] == "open"
