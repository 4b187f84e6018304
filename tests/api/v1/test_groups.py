"""Groups: who comes in and how, who stewards them, and what that is worth outside of them."""

from __future__ import annotations

import pytest

from tests.support.groups import GROUP, Circle
from tests.support.portal import UNKNOWN
from tests.support.races import at_once


@pytest.fixture
def circle(portal):
    return Circle(portal)


def test_whoever_makes_a_group_is_its_first_member_and_steward(circle):
    made = circle.of(circle.head)
    assert {name: made[name] for name in GROUP} == GROUP
    assert (made["member_count"], made["my_standing"], made["i_steward"]) == (3, "member", True)
    assert made["created_by"] == circle.id_of(circle.head)
    seen = circle.of(circle.out)
    assert (seen["my_standing"], seen["i_steward"]) == (None, False)


def test_groups_are_listed_by_kind_by_archive_and_by_membership(circle):
    chapter = circle.make(circle.out, kind="chapter", name="Berlin")
    circle.out.ok("POST", f"{chapter}/archive", {"reason": "We moved."})

    def listed(person, query=""):
        return [each["name"] for each in person.ok("GET", f"{circle.town.path}/groups{query}")["items"]]

    assert listed(circle.far) == ["Berlin", "Bottle lab"]
    assert listed(circle.far, "?kind=chapter") == ["Berlin"]
    assert listed(circle.far, "?archived=false") == ["Bottle lab"]
    assert listed(circle.out, "?member=me") == ["Berlin"]
    assert listed(circle.far, "?member=me") == []


def test_an_open_group_is_joined_and_left_at_will(circle):
    assert circle.out.ok("PUT", f"{circle.path}/members/me")["my_standing"] == "member"
    assert circle.out.ok("PUT", f"{circle.path}/members/me")["member_count"] == 4
    assert circle.out.ok("DELETE", f"{circle.path}/members/me")["my_standing"] is None
    assert circle.out.ok("DELETE", f"{circle.path}/members/me")["member_count"] == 3


def test_a_request_waits_for_a_steward(portal):
    circle = Circle(portal, joining="approval")
    assert circle.out.ok("PUT", f"{circle.path}/members/me")["my_standing"] == "requested"
    assert circle.out.ok("PUT", f"{circle.path}/members/me")["my_standing"] == "requested"
    assert circle.of(circle.out)["member_count"] == 3
    # Whoever waits is the stewards' business, and their own.
    out = circle.id_of(circle.out)
    assert circle.listed(circle.head)[out] == circle.listed(circle.out)[out] == "requested"
    assert circle.listed(circle.steward, standing="requested") == {out: "requested"}
    assert out not in circle.listed(circle.ann)
    circle.ann.refused(403, "not-in-group", "PUT", circle.member(circle.out))
    assert circle.head.ok("PUT", circle.member(circle.out))["standing"] == "member"
    assert circle.of(circle.out)["member_count"] == 4


def test_a_group_by_invitation_takes_one(portal):
    circle = Circle(portal, joining="invitation")
    circle.out.refused(409, "group-closed-to-you", "PUT", f"{circle.path}/members/me")
    assert circle.head.ok("PUT", circle.member(circle.out))["standing"] == "invited"
    # An invitation makes nobody a member.
    assert circle.of(circle.out)["member_count"] == 3
    assert circle.out.ok("PUT", f"{circle.path}/members/me")["my_standing"] == "member"
    circle.head.ok("PUT", circle.member(circle.far))
    assert circle.far.ok("DELETE", f"{circle.path}/members/me")["my_standing"] is None
    circle.far.refused(409, "group-closed-to-you", "PUT", f"{circle.path}/members/me")


def test_whoever_was_removed_comes_in_by_invitation_alone(circle):
    circle.head.ok("DELETE", circle.member(circle.ann))
    assert circle.of(circle.ann)["my_standing"] == "removed"
    circle.ann.refused(409, "group-closed-to-you", "PUT", f"{circle.path}/members/me")
    # Leaving does not undo it.
    circle.ann.ok("DELETE", f"{circle.path}/members/me")
    circle.ann.refused(409, "group-closed-to-you", "PUT", f"{circle.path}/members/me")
    assert circle.head.ok("PUT", circle.member(circle.ann))["standing"] == "invited"
    assert circle.ann.ok("PUT", f"{circle.path}/members/me")["my_standing"] == "member"


def test_whoever_was_removed_is_so_when_they_come_back_to_the_community(circle):
    circle.head.ok("DELETE", circle.member(circle.ann))
    circle.ann.ok("DELETE", f"{circle.town.path}/members/me")
    circle.head.refused(404, "not-found", "PUT", circle.member(circle.ann))
    circle.ann.ok("POST", f"{circle.town.path}/members", {})
    circle.ann.refused(409, "group-closed-to-you", "PUT", f"{circle.path}/members/me")
    assert circle.head.ok("PUT", circle.member(circle.ann))["standing"] == "invited"


def test_a_request_is_refused_and_an_invitation_taken_back(portal):
    circle = Circle(portal, joining="approval")
    circle.out.ok("PUT", f"{circle.path}/members/me")
    circle.head.ok("PUT", circle.member(circle.far))
    for person in (circle.out, circle.far):
        circle.head.ok("DELETE", circle.member(person))
        circle.head.refused(404, "not-found", "DELETE", circle.member(person))
        assert circle.of(person)["my_standing"] is None


def test_a_group_that_opens_lets_whoever_waits_in_when_they_ask_again(portal):
    circle = Circle(portal, joining="approval")
    circle.out.ok("PUT", f"{circle.path}/members/me")
    circle.head.ok("PATCH", circle.path, {"joining": "open"}, if_match="*")
    assert circle.out.ok("PUT", f"{circle.path}/members/me")["my_standing"] == "member"


def test_nobody_who_is_not_in_the_community_is_let_in(circle):
    left = circle.portal.join(circle.town)
    left.ok("DELETE", f"{circle.town.path}/members/me")
    for membership in (circle.id_of(left), UNKNOWN):
        circle.head.refused(404, "not-found", "PUT", f"{circle.path}/members/{membership}")


def test_whoever_leaves_the_community_is_in_none_of_its_groups(circle):
    circle.ann.ok("DELETE", f"{circle.town.path}/members/me")
    assert circle.of(circle.head)["member_count"] == 2
    circle.ann.ok("POST", f"{circle.town.path}/members", {})
    assert circle.of(circle.ann)["my_standing"] is None


def test_whoever_leaves_the_community_while_they_are_asked_back_in_is_in_no_group(circle):
    circle.head.ok("DELETE", circle.member(circle.ann))
    calls = [
        lambda: circle.ann.call("DELETE", f"{circle.town.path}/members/me"),
        lambda: circle.head.call("PUT", circle.member(circle.ann)),
    ]
    left, asked = at_once(calls)
    assert (left, asked) in {(204, 200), (204, 404)}
    standing = circle.listed(circle.steward).get(circle.id_of(circle.ann))
    assert standing == (None if asked == 200 else "removed")


# --- stewards -----------------------------------------------------------------------------------------


def test_stewards_are_given_by_stewards_of_the_group_or_of_the_community(circle):
    circle.ann.refused(403, "not-in-group", "PUT", circle.stewarding(circle.ann))
    circle.owner.ok("GET", circle.path)
    assert circle.head.ok("PUT", circle.stewarding(circle.ann))["steward"] is True
    assert circle.ann.ok("PUT", circle.stewarding(circle.ben))["steward"] is True
    circle.ann.ok("DELETE", circle.stewarding(circle.head))
    assert circle.steward.ok("PUT", circle.stewarding(circle.head))["steward"] is True
    circle.head.refused(409, "not-a-group-member", "PUT", circle.stewarding(circle.out))


def test_who_was_a_steward_is_none_at_once(circle):
    circle.head.ok("PUT", circle.stewarding(circle.ann))
    circle.ann.ok("PATCH", circle.path, {"name": "Glass lab"}, if_match="*")
    draft = circle.drafted(circle.ann)
    circle.head.ok("DELETE", circle.stewarding(circle.ann))
    circle.ann.refused(403, "not-in-group", "PATCH", circle.path, {"name": "Mine"}, if_match="*")
    circle.ann.refused(403, "forbidden", "POST", f"{draft}/open")
    body = {"decision_type": "general", "title": "Which?", "group_id": circle.id}
    circle.ann.refused(403, "forbidden", "POST", f"{circle.town.path}/ballots", body)


def test_a_steward_who_leaves_or_is_removed_stewards_nothing_any_more(circle):
    for person in (circle.ann, circle.ben):
        circle.head.ok("PUT", circle.stewarding(person))
    circle.ann.ok("DELETE", f"{circle.path}/members/me")
    circle.head.ok("DELETE", circle.member(circle.ben))
    for person in (circle.ann, circle.ben):
        person.refused(403, "not-in-group", "PUT", circle.member(circle.far))
    circle.ann.ok("PUT", f"{circle.path}/members/me")
    assert circle.of(circle.ann)["i_steward"] is False


def test_a_group_may_be_without_stewards_until_others_are_appointed(circle):
    circle.head.ok("DELETE", circle.stewarding(circle.head))
    circle.head.refused(403, "not-in-group", "PUT", circle.stewarding(circle.head))
    circle.steward.ok("PUT", circle.stewarding(circle.ben))
    assert circle.listed(circle.ann, steward="true") == {circle.id_of(circle.ben): "member"}


def test_stewarding_a_group_gives_nothing_outside_of_it(circle):
    """Neither in the community nor in another group: what goes by the name of a power asks in which group."""
    town, head = circle.town, circle.head
    other = circle.make(circle.out, name="Cap lab").rsplit("/", 1)[1]
    ballot = {
        "decision_type": "general",
        "title": "Which?",
        "method": "plurality",
        "voting_period": "PT1H",
        "options": [{"title": "Mint"}, {"title": "Lime"}],
    }
    board = {"title": "Bottles", "phases": [{"phase": "collecting", "starts_at": "2020-01-01T00:00:00Z"}]}
    for path, body in ((f"{town.path}/ballots", ballot), (f"{town.path}/boards", board)):
        head.ok("POST", path, body | {"group_id": circle.id})
        head.refused(403, "forbidden", "POST", path, body)
        head.refused(403, "not-in-group", "POST", path, body | {"group_id": other})
    theirs = circle.steward.ok("POST", f"{town.path}/boards", board)["id"]
    head.refused(403, "forbidden", "PATCH", f"{town.path}/boards/{theirs}", {"title": "Mine"}, if_match="*")
    head.refused(403, "forbidden", "POST", f"{town.path}/boards/{theirs}/consensus")
    drafted = circle.steward.ok("POST", f"{town.path}/ballots", ballot)["id"]
    head.refused(404, "not-found", "POST", f"{town.path}/ballots/{drafted}/open")
    for path, body in (
        (f"{town.path}/members/{circle.id_of(circle.out)}/roles", {"role": "steward"}),
        (f"{town.path}/groups/{other}/restore", None),
        (f"{town.path}/members/{circle.id_of(head)}/roles", {"role": "steward"}),
    ):
        head.refused(403, "forbidden", "POST", path, body)
    assert head.ok("GET", f"{town.path}/members/me")["roles"] == ["member"]


def test_the_log_says_that_a_group_s_steward_did_it(circle):
    path = circle.ballot()
    circle.ballot(circle.steward)
    entries = circle.auditor.ok("GET", f"{circle.town.path}/audit-entries?limit=100&action=ballot.opened")
    roles = {each["entry"]["object"]["id"]: each["entry"]["role"] for each in entries["items"]}
    assert roles.pop(path.rsplit("/", 1)[1]) == "group_steward"
    assert list(roles.values()) == ["steward"]


# --- archive ------------------------------------------------------------------------------------------


def test_in_an_archived_group_everything_is_read_and_nothing_done(circle):
    board, draft = circle.board(), circle.drafted()
    idea, running = circle.idea(board), circle.ballot()
    circle.ann.refused(403, "not-in-group", "POST", f"{circle.path}/archive", {"reason": "Done."})
    gone = circle.head.ok("POST", f"{circle.path}/archive", {"reason": "Done."})
    assert (gone["archived_at"] is not None, gone["archived_because"]) == (True, "Done.")
    for person, method, path, body in (
        (circle.out, "PUT", f"{circle.path}/members/me", None),
        (circle.head, "PUT", circle.member(circle.out), None),
        (circle.head, "PUT", circle.stewarding(circle.ann), None),
        (circle.head, "POST", f"{circle.path}/archive", {"reason": "Again."}),
        (circle.ann, "POST", f"{board}/ideas", {"title": "Late"}),
        (circle.ben, "PUT", f"{idea}/endorsements/me", None),
        (circle.head, "POST", f"{draft}/open", None),
        (circle.ann, "POST", f"{idea}/comments", {"body": "Late."}),
    ):
        person.refused(409, "group-archived", method, path, body)
    circle.head.refused(409, "group-archived", "PATCH", circle.path, {"name": "New"}, if_match="*")
    # What runs is not stopped by it, and whoever wants to leave does.
    circle.ann.ok("PUT", f"{running}/votes/me", {"choice": "mint"})
    circle.ann.ok("DELETE", f"{circle.path}/members/me")
    assert circle.of(circle.out)["name"] == GROUP["name"]


def test_the_community_s_stewards_take_a_group_out_of_the_archive(circle):
    circle.head.ok("POST", f"{circle.path}/archive", {"reason": "Done."})
    circle.head.refused(403, "forbidden", "POST", f"{circle.path}/restore")
    back = circle.steward.ok("POST", f"{circle.path}/restore")
    assert (back["archived_at"], back["archived_because"], back["member_count"]) == (None, None, 3)
    circle.out.ok("PUT", f"{circle.path}/members/me")


# --- editing ------------------------------------------------------------------------------------------


def test_a_change_states_the_version_it_was_made_of(circle):
    tag = circle.head.tag(circle.path)
    circle.head.refused(428, "precondition-required", "PATCH", circle.path, {"name": "Glass lab"})
    circle.head.ok("PATCH", circle.path, {"name": "Glass lab"}, if_match=tag)
    circle.head.refused(412, "precondition-failed", "PATCH", circle.path, {"name": "Cap lab"}, if_match=tag)
    assert circle.of(circle.out)["name"] == "Glass lab"
    circle.ann.refused(403, "not-in-group", "PATCH", circle.path, {"name": "Mine"}, if_match="*")


# --- races --------------------------------------------------------------------------------------------


def test_two_who_join_at_once_are_two_and_one_who_joins_twice_is_one(circle):
    calls = [
        lambda person=person: person.call("PUT", f"{circle.path}/members/me")
        for person in (circle.out, circle.far, circle.out, circle.far)
    ]
    assert at_once(calls) == [200] * 4
    assert circle.of(circle.head)["member_count"] == 5
    entries = circle.auditor.ok("GET", f"{circle.town.path}/audit-entries?limit=100&action=group.joined")
    assert len(entries["items"]) == 2 + 2


def test_an_invitation_and_a_request_that_cross_make_a_member_once(portal):
    circle = Circle(portal, joining="approval")
    calls = [
        lambda: circle.out.call("PUT", f"{circle.path}/members/me"),
        lambda: circle.head.call("PUT", circle.member(circle.out)),
    ]
    assert at_once(calls) == [200, 200]
    assert circle.of(circle.out)["my_standing"] == "member"
