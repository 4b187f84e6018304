"""Appeals: in time, decided by somebody else, and where nobody else is left in the author's favour alone."""

from __future__ import annotations

import datetime as dt
import functools

import pytest

from tests.support.discussion import comment, last_part, walked
from tests.support.moderation import APPEALING, HIDING, JUDGING, REPORT, Court
from tests.support.queries import counted
from tests.support.races import at_once

MILLISECOND = dt.timedelta(milliseconds=1)


@pytest.fixture
def court(portal):
    return Court(portal)


def test_an_appeal_is_decided_by_another_steward(court):
    path = court.commented()
    case = court.appealed(path)
    assert court.other.ok("GET", path)["hidden"]["state"] == "appealed"
    for action in ("uphold", "restore"):
        refusal = court.steward.refused(403, "not-impartial", "POST", f"{case}/{action}", JUDGING)
        assert "somebody else" in refusal["detail"]
    assert court.decided(case, "restore")["state"] == "restored"
    seen = court.other.ok("GET", path)
    assert (seen["state"], seen["body"], seen["hidden"]) == ("shown", "Ben lies.", None)
    steps = court.author.ok("GET", f"{case}/steps")["items"]
    assert [(step["action"], step["reason"]) for step in steps] == [
        ("hide", HIDING["reason"]),
        ("appeal", APPEALING["reason"]),
        ("restore", JUDGING["reason"]),
    ]


def test_what_an_appeal_upholds_stays_hidden_and_is_not_appealed_again(court):
    path = court.commented()
    case = court.appealed(path)
    court.decided(case, "uphold")
    assert court.other.ok("GET", path)["hidden"]["state"] == "upheld"
    refusal = court.author.refused(409, "case-not-open", "POST", f"{case}/appeal", APPEALING)
    assert (refusal["state"], refusal["legal_actions"]) == ("upheld", [])
    court.second.refused(409, "case-not-open", "POST", f"{case}/restore", JUDGING)


def test_a_text_that_was_restored_is_judged_no_more_until_it_changes(court):
    path = court.commented()
    court.decided(court.appealed(path), "restore")
    court.other.refused(409, "already-judged", "POST", f"{path}/reports", REPORT)
    court.author.ok("PATCH", path, {"body": "Ben lies, and so do you."}, if_match="*")
    assert court.steward.ok("GET", court.reported(path, court.other))["number"] == 2


def test_an_appeal_comes_in_time_or_not_at_all(court, clock):
    clock.stop()
    one, two = court.hidden(), court.hidden()
    until = dt.datetime.fromisoformat(court.author.ok("GET", one)["appeal_until"])
    clock.stop(until - MILLISECOND)
    assert court.author.ok("POST", f"{one}/appeal", APPEALING)["state"] == "appealed"
    clock.stop(until)
    refusal = court.author.refused(409, "appeal-over", "POST", f"{two}/appeal", APPEALING)
    assert dt.datetime.fromisoformat(refusal["until_at"]) == until
    assert court.author.ok("GET", two)["state"] == "hidden"


def test_only_the_author_appeals(court):
    case = court.hidden()
    court.steward.refused(403, "not-the-author", "POST", f"{case}/appeal", APPEALING)
    assert court.other.call("POST", f"{case}/appeal", APPEALING).status_code == 404


def test_two_stewards_at_once_make_one_decision_of_an_appeal(court, portal):
    third = portal.join(court.town, "steward")
    case = court.appealed()
    statuses = at_once(
        [
            functools.partial(court.second.call, "POST", f"{case}/uphold", JUDGING),
            functools.partial(third.call, "POST", f"{case}/restore", JUDGING),
        ]
    )
    assert sorted(statuses) == [200, 409]
    assert len(court.auditor.ok("GET", f"{case}/steps")["items"]) == 3


# --- where no steward is left -------------------------------------------------------------------------


@pytest.fixture
def lonely(court):
    """A court of one steward: the other lays the office down."""
    path = f"{court.town.path}/members/{court.second.memberships[court.town.id]}"
    court.town.owner.ok("DELETE", f"{path}/roles/steward")
    return court


def test_where_no_steward_is_left_a_brand_owner_may_restore_and_nothing_else(lonely):
    path = lonely.commented()
    case = lonely.appealed(path)
    lonely.steward.refused(403, "not-impartial", "POST", f"{case}/uphold", JUDGING)
    assert lonely.owner.ok("GET", case)["state"] == "appealed"
    assert lonely.owner.ok("GET", path)["body"] == "Ben lies."
    assert [each["id"] for each in walked(lonely.owner, f"{lonely.town.path}/moderation/cases")] == [
        last_part(case)
    ]
    lonely.owner.refused(403, "not-impartial", "POST", f"{case}/uphold", JUDGING)
    assert lonely.owner.ok("POST", f"{case}/restore", JUDGING)["state"] == "restored"
    assert lonely.other.ok("GET", path)["body"] == "Ben lies."
    assert lonely.owner.call("GET", case).status_code == 404


def test_a_page_of_appeals_takes_as_many_queries_as_one_of_one(lonely, units):
    for _ in range(3):
        lonely.appealed(lonely.commented())
    sent = {}
    for limit in (1, 3):
        with counted(units.engine) as statements:
            items = lonely.owner.ok("GET", f"{lonely.debate}/comments?limit={limit}")["items"]
        assert [item["body"] for item in items] == ["Ben lies."] * limit
        sent[limit] = len(statements)
    assert sent[1] == sent[3]


def test_while_a_steward_is_left_the_appeal_is_none_of_the_brand_owner_s_business(court):
    case = court.appealed()
    assert court.owner.call("GET", case).status_code == 404
    assert court.owner.call("POST", f"{case}/restore", JUDGING).status_code == 404
    assert court.owner.ok("GET", court.subject(case))["body"] is None


@pytest.mark.parametrize("part", ["reporter", "author", "owner"])
def test_a_steward_with_a_part_in_the_case_is_none_who_is_left(part, lonely, portal):
    involved = portal.join(lonely.town, *({"owner": ["steward", "brand_owner"]}.get(part, ["steward"])))
    path = comment(lonely.town, involved if part == "author" else lonely.author, lonely.debate)
    if part == "reporter":
        lonely.reported(path, involved)
    else:
        lonely.reported(path)
    (case,) = (
        f"{lonely.town.path}/moderation/cases/{each['id']}"
        for each in walked(lonely.auditor, f"{lonely.town.path}/moderation/cases")
    )
    lonely.steward.ok("POST", f"{case}/hide", HIDING)
    (involved if part == "author" else lonely.author).ok("POST", f"{case}/appeal", APPEALING)
    if part == "owner":
        involved.ok("POST", f"{case}/restore", JUDGING)
        return
    involved.refused(403, "not-impartial", "POST", f"{case}/restore", JUDGING)
    lonely.owner.ok("POST", f"{case}/restore", JUDGING)


def test_an_owner_who_wrote_or_reported_it_restores_nothing(lonely):
    path = lonely.commented()
    lonely.reported(path, lonely.owner)
    case = lonely.appealed(path)
    refusal = lonely.owner.refused(403, "not-impartial", "POST", f"{case}/restore", JUDGING)
    assert "reported" in refusal["detail"]
