"""Decisions on reports: who makes them, what is hidden by them and from whom, and what is not."""

from __future__ import annotations

import functools

import pytest

from tests.support import journal
from tests.support.discussion import comment, discussed, last_part, reply
from tests.support.moderation import APPEALING, DISMISSING, HIDING, JUDGING, REPORT, Court
from tests.support.races import at_once


@pytest.fixture
def court(portal):
    return Court(portal)


def test_of_what_is_hidden_place_and_author_stay_and_ground_and_reason_stand_for_the_text(court):
    path = court.commented("Ben lies.", stance="against")
    answer = reply(court.town, court.other, path)
    court.author.ok("PATCH", path, {"body": "Ben still lies."}, if_match="*")
    before = court.other.ok("GET", path)
    case = court.hidden(path, text_number=2)
    for person in court.readers:
        seen = person.ok("GET", path)
        assert (seen["state"], seen["body"], seen["body_html"], seen["stance"]) == (
            "hidden",
            None,
            None,
            None,
        )
        assert (seen["mentions"], seen["author_id"]) == ([], before["author_id"])
        assert seen["hidden"] | {"ground": "abuse", "title": "It attacks people"} == seen["hidden"]
        assert (seen["hidden"]["reason"], seen["hidden"]["case_id"]) == (HIDING["reason"], last_part(case))
        assert seen in person.ok("GET", f"{court.debate}/comments")["items"]
        assert person.ok("GET", f"{court.debate}/comments?stance=against")["items"] == []
        person.refused(409, "not-shown", "GET", f"{path}/texts")
    for person in (court.author, court.steward, court.second, court.auditor):
        seen = person.ok("GET", path)
        assert (seen["state"], seen["body"], seen["stance"]) == ("hidden", "Ben still lies.", "against")
        assert seen["hidden"]["reason"] == HIDING["reason"]
        assert [each["number"] for each in person.ok("GET", f"{path}/texts")["items"]] == [2, 1]
    assert court.other.ok("GET", answer)["body"] == "Indeed."


def test_nothing_more_is_done_to_what_is_hidden(court):
    path = court.commented()
    court.hidden(path)
    ways = [
        (court.other, "POST", f"{path}/replies", {"body": "What?"}, {}),
        (court.other, "PUT", f"{path}/reactions/me", {"kind": "agree"}, {}),
        (court.author, "PATCH", path, {"body": "Ben errs."}, {"if_match": court.author.tag(path)}),
        (court.other, "POST", f"{path}/reports", REPORT, {}),
    ]
    for person, method, there, body, options in ways:
        person.refused(409, "not-shown", method, there, body, **options)


def test_the_tag_of_a_comment_changes_when_it_is_hidden_and_when_it_is_restored(court):
    path = court.commented()
    tags = [court.other.tag(path)]
    case = court.appealed(path)
    tags.append(court.other.tag(path))
    court.decided(case, "restore")
    tags.append(court.other.tag(path))
    assert tags[0] != tags[1] != tags[2]


def test_a_dismissed_report_leaves_everything_as_it_is_and_another_member_may_report(court):
    path = court.commented()
    before = court.other.ok("GET", path)
    case = court.reported(path)
    assert court.steward.ok("POST", f"{case}/dismiss", DISMISSING)["state"] == "dismissed"
    assert court.other.ok("GET", path) == before
    (step,) = court.auditor.ok("GET", f"{case}/steps")["items"]
    assert (step["action"], step["reason"], step["role"]) == ("dismiss", DISMISSING["reason"], "steward")
    court.reporter.refused(409, "already-reported", "POST", f"{path}/reports", REPORT)
    again = court.reported(path, court.other)
    assert again != case
    assert court.steward.ok("GET", again)["number"] == 2


def test_two_stewards_at_once_make_one_decision(court, units):
    for first, second in (("hide", "dismiss"), ("hide", "hide"), ("dismiss", "hide")):
        case = court.reported()
        before = len(journal.entries(units))
        bodies = {"hide": HIDING, "dismiss": DISMISSING}
        statuses = at_once(
            [
                functools.partial(court.steward.call, "POST", f"{case}/{first}", bodies[first]),
                functools.partial(court.second.call, "POST", f"{case}/{second}", bodies[second]),
            ]
        )
        assert sorted(statuses) == [200, 409]
        assert len(court.auditor.ok("GET", f"{case}/steps")["items"]) == 1
        assert len(journal.entries(units)) == before + 1


def test_a_text_that_changed_since_it_was_judged_is_not_decided_on(court):
    path = court.commented()
    case = court.reported(path)
    court.author.ok("PATCH", path, {"body": "Ben errs."}, if_match="*")
    for action, body in {"hide": HIDING, "dismiss": DISMISSING}.items():
        refusal = court.steward.refused(409, "text-superseded", "POST", f"{case}/{action}", body)
        assert refusal["text_number"] == 2
    court.steward.ok("POST", f"{case}/dismiss", DISMISSING | {"text_number": 2})


def test_something_is_hidden_only_on_a_ground_of_the_charter(court):
    case = court.reported()
    court.steward.refused(409, "ground-not-listed", "POST", f"{case}/hide", HIDING | {"ground": "critical"})
    assert court.steward.ok("POST", f"{case}/hide", HIDING | {"ground": "spam"})["ground"] == "spam"


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_no_decision_goes_without_a_reason(reason, court):
    case = court.reported()
    for action, body in {"hide": HIDING, "dismiss": DISMISSING}.items():
        assert court.steward.call("POST", f"{case}/{action}", body | {"reason": reason}).status_code == 422


def test_nobody_decides_on_what_they_wrote_or_reported_themselves(court):
    own = comment(court.town, court.steward, court.debate)
    case = court.reported(own)
    refusal = court.steward.refused(403, "not-impartial", "POST", f"{case}/dismiss", DISMISSING)
    assert "wrote" in refusal["detail"]
    case = court.reported(reporter=court.steward)
    for action, body in {"hide": HIDING, "dismiss": DISMISSING}.items():
        refusal = court.steward.refused(403, "not-impartial", "POST", f"{case}/{action}", body)
        assert "reported" in refusal["detail"]
    court.second.ok("POST", f"{case}/hide", HIDING)


def test_whoever_owns_the_brand_hides_nothing_also_where_they_are_steward(court, portal):
    both = portal.join(court.town, "steward", "brand_owner")
    case = court.reported()
    refusal = both.refused(403, "not-impartial", "POST", f"{case}/hide", HIDING)
    assert "owns the brand" in refusal["detail"]
    court.owner.refused(403, "forbidden", "POST", f"{case}/hide", HIDING)
    assert court.other.ok("GET", court.subject(case))["state"] == "shown"


# --- what authors take back ---------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["reported", "appealed"])
def test_what_its_author_takes_back_before_a_decision_is_not_decided_on(state, court, units):
    path = court.commented()
    case = getattr(court, state)(path)
    court.author.ok("POST", f"{path}/withdraw")
    assert court.steward.ok("GET", case)["state"] == "withdrawn"
    actions = [entry.said["action"] for entry in journal.entries(units)][-2:]
    assert actions == ["moderation.withdrawn", "comment.withdrawn"]
    court.second.refused(409, "case-not-open", "POST", f"{case}/dismiss", DISMISSING)
    court.second.refused(409, "case-not-open", "POST", f"{case}/restore", JUDGING)
    court.other.refused(409, "not-shown", "POST", f"{path}/reports", REPORT)


def test_what_was_hidden_stays_decided_when_its_author_takes_it_back(court):
    path = court.commented()
    case = court.hidden(path)
    gone = court.author.ok("POST", f"{path}/withdraw")
    assert (gone["state"], gone["body"]) == ("withdrawn", None)
    assert court.steward.ok("GET", case)["state"] == "hidden"
    assert court.steward.ok("GET", path)["body"] is None
    court.author.refused(409, "not-shown", "POST", f"{case}/appeal", APPEALING)


def test_a_decision_and_a_withdrawal_at_once_leave_one_of_both(court):
    for _ in range(3):
        path = court.commented()
        case = court.reported(path)
        statuses = at_once(
            [
                functools.partial(court.steward.call, "POST", f"{case}/hide", HIDING),
                functools.partial(court.author.call, "POST", f"{path}/withdraw"),
            ]
        )
        assert statuses[1] == 200
        state = court.auditor.ok("GET", case)["state"]
        assert (statuses[0], state) in {(200, "hidden"), (409, "withdrawn")}


# --- proposals ----------------------------------------------------------------------------------------


def test_a_proposal_is_hidden_before_its_vote_and_nothing_is_done_with_it_meanwhile(court):
    path = discussed(court.town, court.author)
    said = comment(court.town, court.other, path)
    case = court.reported(path)
    court.steward.ok("POST", f"{case}/hide", HIDING)
    for person in court.readers:
        seen = person.ok("GET", path)
        assert (seen["title"], seen["body"]) == ("It attacks people", HIDING["reason"])
        assert (seen["options"], seen["operations"], seen["state"]) == (None, None, "discussion")
        assert HIDING["reason"] in seen["body_html"]
        assert seen["hidden"]["case_id"] == last_part(case)
        listed = person.ok("GET", f"{court.town.path}/proposals")["items"]
        assert next(each for each in listed if each["id"] == seen["id"])["title"] == seen["title"]
        person.refused(409, "not-shown", "GET", f"{path}/texts")
    for person in (court.author, court.steward, court.auditor):
        assert person.ok("GET", path)["title"] == "A pump"
        assert person.ok("GET", f"{path}/texts")["items"][0]["title"] == "A pump"
    assert court.author.ok("GET", path)["actions"] == ["withdraw"]
    other = {"title": "Other", "body": "Other."}
    suggesting = other | {"reason": "So."}
    court.other.refused(409, "not-shown", "POST", f"{path}/open-vote")
    court.other.refused(409, "not-shown", "POST", f"{path}/suggestions", suggesting)
    court.author.refused(409, "not-shown", "PATCH", path, other, if_match="*")
    refusal = court.other.refused(409, "discussion-closed", "POST", f"{path}/comments", {"body": "Hm."})
    assert "hidden" in refusal["detail"]
    assert court.other.ok("GET", said)["body"] == "Well."
    court.author.ok("POST", f"{case}/appeal", APPEALING)
    court.decided(case, "restore")
    assert court.other.ok("GET", path)["title"] == "A pump"
    court.other.ok("POST", f"{path}/open-vote")


def test_what_is_put_to_the_vote_is_not_hidden(court):
    path = discussed(court.town, court.author)
    case = court.reported(path)
    court.other.ok("POST", f"{path}/open-vote")
    refusal = court.steward.refused(409, "cannot-be-hidden", "POST", f"{case}/hide", HIDING)
    assert "voting" in refusal["detail"]
    assert court.steward.ok("POST", f"{case}/dismiss", DISMISSING)["state"] == "dismissed"


def test_a_vote_and_a_decision_to_hide_at_once_leave_one_of_both(court):
    for _ in range(3):
        path = discussed(court.town, court.author)
        case = court.reported(path)
        statuses = at_once(
            [
                functools.partial(court.steward.call, "POST", f"{case}/hide", HIDING),
                functools.partial(court.other.call, "POST", f"{path}/open-vote"),
            ]
        )
        assert sorted(statuses) == [200, 409]


def test_a_draft_is_nobody_s_to_report(court):
    body = {"decision_type": "quick", "title": "A draft"}
    made = court.author.ok("POST", f"{court.town.path}/proposals", body)
    path = f"{court.town.path}/proposals/{made['id']}/reports"
    assert court.reporter.call("POST", path, REPORT).status_code == 404
