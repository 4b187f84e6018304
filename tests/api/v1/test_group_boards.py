"""Boards of groups: whose members take part, who sees them, and what is said about their ideas."""

from __future__ import annotations

import pytest

from tests.support.groups import Circle
from tests.support.moderation import HIDING, REPORT
from tests.support.races import at_once
from tests.support.workshop import phase


@pytest.fixture
def circle(portal):
    return Circle(portal)


def test_only_members_of_the_group_post_and_support(circle):
    board = circle.board()
    idea = circle.idea(board)
    assert circle.out.ok("GET", board)["group_id"] == circle.id
    for method, path, body in (
        ("POST", f"{board}/ideas", {"title": "Tin"}),
        ("PUT", f"{idea}/endorsements/me", None),
        ("PUT", f"{idea}/opinions/me", {"opinion": "agree"}),
        ("POST", f"{idea}/comments", {"body": "Why?"}),
    ):
        circle.out.refused(403, "not-in-group", method, path, body)
    circle.ben.ok("PUT", f"{idea}/endorsements/me")
    circle.ben.ok("PUT", f"{idea}/opinions/me", {"opinion": "agree"})
    assert "support" not in circle.out.ok("GET", idea)["actions"]
    assert "support" in circle.head.ok("GET", idea)["actions"]


def test_whoever_was_removed_posts_no_more_and_takes_support_back(circle):
    board = circle.board()
    idea = circle.idea(board, circle.head)
    circle.ann.ok("PUT", f"{idea}/endorsements/me")
    circle.head.ok("DELETE", circle.member(circle.ann))
    circle.ann.refused(403, "not-in-group", "POST", f"{board}/ideas", {"title": "Tin"})
    circle.ann.refused(403, "not-in-group", "PUT", f"{idea}/endorsements/me")
    assert "unsupport" in circle.ann.ok("GET", idea)["actions"]
    assert circle.ann.ok("DELETE", f"{idea}/endorsements/me")["endorsement_count"] == 0


def test_the_group_s_steward_runs_its_boards_and_no_plain_member_does(circle):
    board = circle.board()
    idea, other = circle.idea(board), circle.idea(board, circle.ben)
    body = {"title": "Bottles", "group_id": circle.id, "phases": [phase()]}
    circle.ann.refused(403, "forbidden", "POST", f"{circle.town.path}/boards", body)
    circle.ann.refused(403, "forbidden", "PATCH", board, {"title": "Mine"}, if_match="*")
    circle.head.ok("PATCH", board, {"title": "Bottles and caps"}, if_match="*")
    circle.head.ok("POST", f"{idea}/answers", {"state": "planned", "reason": "We do."})
    assert circle.ann.ok("GET", idea)["answer"]["role"] == "steward"
    circle.head.ok("POST", f"{board}/consensus")
    circle.head.refused(404, "not-found", "POST", f"{other}/merges", {"into": circle.id, "reason": "So."})


def test_a_board_for_the_group_s_eyes_is_nowhere_for_others(circle):
    hidden, shown = circle.board(visibility="group"), circle.board()
    idea = circle.idea(hidden)
    comment = circle.ben.ok("POST", f"{idea}/comments", {"body": "Why?"})
    said = f"{circle.town.path}/comments/{comment['id']}"
    reply = circle.head.ok("POST", f"{said}/replies", {"body": "So."})
    answer = f"{circle.town.path}/comments/{reply['id']}"
    paths = (hidden, f"{hidden}/ideas", f"{hidden}/promotions", idea, f"{idea}/texts", f"{idea}/lineage")
    paths = (*paths, f"{idea}/comments", said, answer, f"{said}/replies", f"{said}/texts")
    for path in paths:
        circle.out.refused(404, "not-found", "GET", path)
        circle.owner.refused(404, "not-found", "GET", path)
        # The community's stewards judge what is reported, and auditors check what everybody does.
        for person in (circle.ann, circle.steward, circle.auditor):
            person.ok("GET", path)
    for method, path, body in (
        ("POST", f"{hidden}/ideas", {"title": "Tin"}),
        ("PUT", f"{idea}/endorsements/me", None),
        ("POST", f"{idea}/comments", {"body": "Why?"}),
        ("POST", f"{idea}/reports", REPORT),
        ("POST", f"{said}/reports", REPORT),
        ("PUT", f"{said}/reactions/me", {"kind": "agree"}),
    ):
        assert circle.out.call(method, path, body).status_code in {404, 422}
    listed = circle.out.ok("GET", f"{circle.town.path}/boards?group_id={circle.id}")["items"]
    assert [each["id"] for each in listed] == [shown.rsplit("/", 1)[1]]
    assert circle.out.ok("GET", f"{circle.town.path}/ideas")["items"] == []
    assert len(circle.ben.ok("GET", f"{circle.town.path}/ideas")["items"]) == 1


def test_whoever_leaves_sees_no_more_what_the_group_keeps_to_itself(circle):
    idea = circle.idea(circle.board(visibility="group"), circle.ann)
    circle.ann.ok("DELETE", f"{circle.path}/members/me")
    circle.ann.refused(404, "not-found", "GET", idea)
    circle.ann.ok("PUT", f"{circle.path}/members/me")
    circle.ann.ok("GET", idea)


def test_a_mention_shows_nobody_what_they_may_not_see(circle):
    idea = circle.idea(circle.board(visibility="group"))
    for person in (circle.out, circle.ben):
        reference = person.ok("GET", f"{circle.town.path}/members/me")["reference"]
        circle.ann.ok("POST", f"{idea}/comments", {"body": f"Ask @{reference}."})
    path = f"{circle.town.path}/members/me/mentions"
    assert circle.out.ok("GET", path)["items"] == []
    assert len(circle.ben.ok("GET", path)["items"]) == 1


def test_only_a_group_s_board_is_for_a_group_s_eyes(circle):
    body = {"title": "Bottles", "visibility": "group", "phases": [phase()]}
    problem = circle.steward.refused(409, "invalid-board", "POST", f"{circle.town.path}/boards", body)
    assert problem["errors"][0]["pointer"] == "#/visibility"
    unknown = body | {"group_id": circle.id_of(circle.head)}
    circle.steward.refused(404, "not-found", "POST", f"{circle.town.path}/boards", unknown)


def test_only_members_of_the_group_are_authors_there(circle):
    idea = circle.idea(circle.board())
    body = {"membership_id": circle.id_of(circle.out)}
    circle.ann.refused(409, "not-a-group-member", "POST", f"{idea}/authors", body)
    circle.ann.ok("POST", f"{idea}/authors", {"membership_id": circle.id_of(circle.ben)})


# --- ideas are discussed, reported and hidden ---------------------------------------------------------


def test_ideas_are_discussed_in_phases_that_say_so(circle):
    open_, closed = circle.board(), circle.board(phases=[phase(comments=False)])
    idea, silent = circle.idea(open_), circle.idea(closed)
    said = circle.ben.ok("POST", f"{idea}/comments", {"body": "Why?", "stance": "question"})
    assert (said["subject_type"], said["subject_id"]) == ("idea", idea.rsplit("/", 1)[1])
    assert [each["id"] for each in circle.out.ok("GET", f"{idea}/comments")["items"]] == [said["id"]]
    circle.ben.refused(409, "discussion-closed", "POST", f"{silent}/comments", {"body": "Why?"})
    circle.ann.ok("POST", f"{idea}/withdraw")
    circle.ben.refused(409, "discussion-closed", "POST", f"{idea}/comments", {"body": "Why?"})
    draft = circle.ann.ok("POST", f"{open_}/ideas", {"title": "Draft"})["id"]
    path = f"{circle.town.path}/ideas/{draft}"
    circle.ann.refused(404, "not-found", "POST", f"{path}/comments", {"body": "Mine."})


def test_a_hidden_idea_keeps_its_place_and_shows_no_text(circle):
    board = circle.board()
    idea = circle.idea(board, title="Ben lies", body="He does, always.", tags=["ben"])
    case = circle.out.ok("POST", f"{idea}/reports", REPORT)["case_id"]
    case = f"{circle.town.path}/moderation/cases/{case}"
    circle.steward.ok("POST", f"{case}/hide", HIDING)
    seen = circle.out.ok("GET", idea)
    assert (seen["body"], seen["tags"], seen["links"]) == (HIDING["reason"], [], [])
    assert seen["title"] == seen["hidden"]["title"] != "Ben lies"
    assert circle.ann.ok("GET", idea)["title"] == circle.steward.ok("GET", idea)["title"] == "Ben lies"
    for path in (f"{idea}/texts", f"{idea}/texts/1/changes"):
        circle.out.refused(409, "not-shown", "GET", path)
    found = circle.ben.ok("GET", f"{board}/ideas?q=lies")["items"]
    similar = circle.ben.ok("POST", f"{board}/similar-ideas", {"title": "Ben lies", "body": "He does."})
    assert found == similar["items"] == []
    assert [each["title"] for each in circle.ben.ok("GET", f"{board}/ideas")["items"]] == [seen["title"]]
    for method, path, body in (
        ("PUT", f"{idea}/endorsements/me", None),
        ("PUT", f"{idea}/opinions/me", {"opinion": "agree"}),
    ):
        circle.ben.refused(409, "not-shown", method, path, body)
    circle.ben.refused(409, "discussion-closed", "POST", f"{idea}/comments", {"body": "He does not."})
    promotion = {"idea_ids": [idea.rsplit("/", 1)[1]], "to": "ballot", "decision_type": "general"}
    circle.head.refused(409, "not-shown", "POST", f"{board}/promotions", promotion)
    circle.ann.refused(409, "not-shown", "PATCH", idea, {"title": "Ben"}, if_match="*")


def test_what_was_promoted_is_not_hidden(circle):
    board = circle.board()
    idea = circle.idea(board)
    promotion = {"idea_ids": [idea.rsplit("/", 1)[1]], "to": "ballot", "decision_type": "general"}
    circle.head.ok("POST", f"{board}/promotions", promotion)
    case = circle.out.ok("POST", f"{idea}/reports", REPORT)["case_id"]
    path = f"{circle.town.path}/moderation/cases/{case}/hide"
    circle.steward.refused(409, "cannot-be-hidden", "POST", path, HIDING)


# --- races --------------------------------------------------------------------------------------------


def test_a_post_and_an_archiving_that_cross_are_one_after_the_other(circle):
    board = circle.board()
    drafts = [circle.ann.ok("POST", f"{board}/ideas", {"title": f"Idea {n}"})["id"] for n in range(3)]
    paths = [f"{circle.town.path}/ideas/{each}/post" for each in drafts]
    calls = [lambda path=path: circle.ann.call("POST", path) for path in paths]
    archive = f"{circle.path}/archive"
    *posted, archived = at_once([*calls, lambda: circle.head.call("POST", archive, {"reason": "Done."})])
    assert archived == 200
    assert set(posted) <= {200, 409}
    entries = circle.auditor.ok("GET", f"{circle.town.path}/audit-entries?limit=100")["items"]
    actions = [each["entry"]["action"] for each in entries]
    archived_at = actions.index("group.archived")
    assert actions[:archived_at].count("idea.posted") == posted.count(200)
    assert "idea.posted" not in actions[archived_at:]
