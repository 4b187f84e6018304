from __future__ import annotations

import functools
import threading

import pytest

from tests.support.assembly import HOUR, MINUTE, SUGGESTION, Assembly, add_article, replace_article
from tests.support.charters import proposal, with_types

OPTIONS = [{"id": "mint", "title": "Mint"}, {"title": "Lime"}, {"id": "status_quo", "title": "As it is"}]


@pytest.fixture
def hall(portal, clock):
    return Assembly(portal, clock)


# --- drafts -------------------------------------------------------------------------------------------


def test_a_draft_is_there_for_its_author_alone(hall):
    path = hall.draft()
    listed = f"{hall.town.path}/proposals"
    for person in (hall.others[0], hall.steward, hall.owner):
        person.refused(404, "not-found", "GET", path)
        for part in ("history", "texts", "sponsors", "suggestions"):
            person.refused(404, "not-found", "GET", f"{path}/{part}")
        assert person.ok("GET", listed)["items"] == []
    assert [one["id"] for one in hall.author.ok("GET", listed)["items"]] == [hall.of(path)["id"]]


def test_a_draft_taken_back_stays_with_its_author(hall):
    path = hall.draft()
    hall.author.ok("POST", f"{path}/withdraw")
    hall.others[0].refused(404, "not-found", "GET", path)
    assert hall.state(path) == "withdrawn"


def test_a_draft_can_become_something_else(hall):
    path = hall.draft("quick")
    changes = {"decision_type": "choice", "options": OPTIONS, "title": "Which?", "matters": ["price"]}
    hall.author.ok("PATCH", path, changes, if_match=hall.tag(path))
    shown = hall.of(path)
    assert [option["id"] for option in shown["options"]] == ["mint", "o2", "status_quo"]
    assert (shown["decision_type"], shown["matters"]) == ("choice", ["price"])
    back = {"decision_type": "amendment", "options": None, "operations": [add_article("new")]}
    assert hall.author.ok("PATCH", path, back, if_match=hall.tag(path))["kind"] == "amendment"
    assert hall.author.ok("GET", f"{path}/texts")["items"] == []


@pytest.mark.parametrize(
    ("facts", "slug", "pointer"),
    [
        ({"decision_type": "unheard"}, "unknown-decision-type", "#/decision_type"),
        ({"decision_type": "product_vote"}, "unknown-decision-type", "#/decision_type"),
        ({"options": OPTIONS}, "invalid-question", "#/options"),
        ({"decision_type": "choice"}, "invalid-question", None),
        ({"operations": [add_article("new")]}, "invalid-amendment", "#/operations"),
        ({"decision_type": "amendment"}, "invalid-amendment", "#/operations"),
        (
            {"decision_type": "amendment", "operations": [{"op": "x"}]},
            "invalid-amendment",
            "#/operations/0/op",
        ),
        ({"matters": ["price", "weather"]}, "reserved-matter", "#/matters/1"),
    ],
)
def test_what_does_not_fit_the_decision_type_is_no_draft(hall, facts, slug, pointer):
    body = {"decision_type": "quick", "title": "T", "body": "B"} | facts
    problem = hall.author.refused(409, slug, "POST", f"{hall.town.path}/proposals", body)
    if pointer is not None:
        assert problem["errors"][0]["pointer"] == pointer


def test_a_float_in_an_operation_is_refused_not_stored(hall):
    kind = hall.author.ok("GET", f"{hall.town.path}/charter")["charter"]["decision_types"][0]
    operation = {"op": "set_decision_type", "decision_type": kind | {"settings": {"range": 1.5}}}
    body = {"decision_type": "amendment", "title": "T", "operations": [operation]}
    hall.author.refused(409, "invalid-amendment", "POST", f"{hall.town.path}/proposals", body)


def test_a_type_is_used_by_the_roles_that_may_open_it(portal, clock):
    types = with_types(proposal("quick", opened_by=["steward"]))["decision_types"]
    hall = Assembly(portal, clock, decision_types=types)
    body = {"decision_type": "quick", "title": "T"}
    hall.author.refused(403, "forbidden", "POST", f"{hall.town.path}/proposals", body)
    hall.steward.ok("POST", f"{hall.town.path}/proposals", body)


def test_nobody_else_changes_what_somebody_wrote(hall):
    path = hall.submitted("amendment")
    for person in (hall.others[0], hall.steward, hall.owner):
        tag = hall.tag(path, person)
        person.refused(403, "not-the-author", "PATCH", path, {"title": "Mine"}, if_match=tag)
        person.refused(403, "not-the-author", "POST", f"{path}/submit")
        person.refused(403, "not-the-author", "POST", f"{path}/withdraw")
        person.refused(403, "not-the-author", "POST", f"{path}/rebase", {})


def test_an_edit_of_a_version_that_is_gone_is_refused(hall):
    path = hall.draft()
    old = hall.tag(path)
    hall.author.ok("PATCH", path, {"title": "One"}, if_match=old)
    assert hall.author.call("PATCH", path, {"title": "Two"}, if_match=old).status_code == 412
    assert hall.of(path)["title"] == "One"


# --- putting it to the community ----------------------------------------------------------------------


def test_a_reserved_matter_is_not_put_to_the_community(hall):
    path = hall.draft("quick", matters=["price", "name"])
    problem = hall.author.refused(409, "reserved-matter", "POST", f"{path}/submit")
    assert problem["errors"] == [
        {
            "pointer": "#/matters/1",
            "detail": "The charter reserves this matter to the brand owner: The name.",
        }
    ]
    assert hall.state(path) == "draft"


def test_an_amendment_that_weakens_its_own_guard_is_refused(hall):
    kind = next(
        each
        for each in hall.author.ok("GET", f"{hall.town.path}/charter")["charter"]["decision_types"]
        if each["id"] == "amendment"
    )
    weaker = kind | {"threshold": {"ratio": "1/2", "strict": True, "of": "for_plus_against"}}
    path = hall.draft("plain_amendment", operations=[{"op": "set_decision_type", "decision_type": weaker}])
    hall.author.refused(409, "entrenched", "POST", f"{path}/submit")
    assert hall.state(path) == "draft"


def test_what_is_submitted_names_what_it_is_based_on(hall):
    path = hall.submitted("amendment")
    shown = hall.of(path)
    assert (shown["base_version"], shown["text_number"], shown["state"]) == (1, 1, "sponsoring")
    (text,) = hall.others[0].ok("GET", f"{path}/texts")["items"]
    assert text["operations"] == shown["operations"]
    assert [step["action"] for step in hall.history(path)] == ["create", "submit"]


# --- sponsors -----------------------------------------------------------------------------------------


def test_the_last_sponsor_needed_opens_the_discussion(hall):
    path = hall.submitted("petition")
    first, second = hall.others[:2]
    assert first.ok("PUT", f"{path}/sponsors/me")["sponsor_count"] == 1
    assert first.ok("PUT", f"{path}/sponsors/me")["sponsor_count"] == 1
    assert hall.state(path) == "sponsoring"
    shown = second.ok("PUT", f"{path}/sponsors/me")
    assert (shown["state"], shown["sponsor_count"], shown["due_at"]) == ("discussion", 2, None)
    assert second.ok("PUT", f"{path}/sponsors/me")["version"] == shown["version"]
    listed = hall.author.ok("GET", f"{path}/sponsors")["items"]
    assert [one["membership_id"] for one in listed] == [p.memberships[hall.town.id] for p in (first, second)]
    assert [step["action"] for step in hall.history(path)].count("sponsor") == 2


def test_an_author_is_none_of_the_sponsors(hall):
    path = hall.submitted("petition")
    hall.author.refused(409, "conflict", "PUT", f"{path}/sponsors/me")
    assert hall.of(path)["sponsor_count"] == 0


def test_support_is_taken_back_while_sponsors_are_sought(hall):
    path = hall.submitted("petition")
    person = hall.others[0]
    person.ok("PUT", f"{path}/sponsors/me")
    for _time in range(2):
        assert person.ok("DELETE", f"{path}/sponsors/me")["sponsor_count"] == 0
    hall.sponsored(path)
    person.refused(409, "illegal-step", "DELETE", f"{path}/sponsors/me")


def at_once(calls):
    barrier, statuses = threading.Barrier(len(calls)), []

    def make(call):
        barrier.wait()
        statuses.append(call().status_code)

    threads = [threading.Thread(target=make, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def test_sponsors_who_come_all_at_once_are_counted_exactly(portal, clock):
    hall = Assembly(portal, clock, members=8)
    path = hall.submitted("petition")
    statuses = at_once([functools.partial(p.call, "PUT", f"{path}/sponsors/me") for p in hall.others])
    assert statuses == [200, 200, 409, 409, 409, 409, 409]
    shown = hall.of(path)
    assert (shown["sponsor_count"], shown["state"]) == (2, "discussion")
    assert len(hall.author.ok("GET", f"{path}/sponsors")["items"]) == 2


# --- texts and suggestions ----------------------------------------------------------------------------


def test_a_rewrite_is_public_and_numbered_and_sponsors_stay(hall):
    path = hall.sponsored(hall.submitted("petition"))
    hall.author.ok("PATCH", path, {"body": "Better said."}, if_match=hall.tag(path))
    shown = hall.of(path)
    assert (shown["text_number"], shown["sponsor_count"], shown["body"]) == (2, 2, "Better said.")
    texts = hall.others[0].ok("GET", f"{path}/texts")["items"]
    assert [(text["number"], text["body"]) for text in texts] == [(2, "Better said."), (1, "Because.")]
    assert hall.history(path)[-1]["action"] == "rewrite"


def test_only_the_text_is_rewritten_once_it_is_with_the_community(hall):
    path = hall.submitted("petition")
    for changes in ({"decision_type": "quick"}, {"matters": ["price"]}, {"title": "T", "matters": []}):
        hall.author.refused(409, "illegal-step", "PATCH", path, changes, if_match=hall.tag(path))
    assert hall.of(path)["text_number"] == 1


def test_an_accepted_suggestion_becomes_the_text_and_is_credited(hall):
    path = hall.sponsored(hall.submitted("petition"))
    maker = hall.others[2]
    made = maker.ok("POST", f"{path}/suggestions", SUGGESTION)
    accepted = hall.author.ok("POST", f"{path}/suggestions/{made['id']}/accept", {"reason": "Right."})
    assert (accepted["verdict"], accepted["verdict_reason"]) == ("accepted", "Right.")
    text = hall.author.ok("GET", f"{path}/texts")["items"][0]
    assert (text["number"], text["title"], text["suggestion_id"]) == (2, SUGGESTION["title"], made["id"])
    assert hall.of(path)["body"] == SUGGESTION["body"]
    for way, body in (("accept", {}), ("refuse", {"reason": "No."}), ("withdraw", None)):
        person = maker if way == "withdraw" else hall.author
        here = f"{path}/suggestions/{made['id']}/{way}"
        assert person.refused(409, "suggestion-decided", "POST", here, body)["verdict"] == "accepted"


def test_a_suggestion_for_an_earlier_text_can_only_be_refused(hall):
    path = hall.sponsored(hall.submitted("petition"))
    made = hall.others[2].ok("POST", f"{path}/suggestions", SUGGESTION)
    hall.author.ok("PATCH", path, {"title": "Something else"}, if_match=hall.tag(path))
    here = f"{path}/suggestions/{made['id']}"
    assert hall.author.refused(409, "text-superseded", "POST", f"{here}/accept", {})["text_number"] == 2
    assert hall.of(path)["title"] == "Something else"
    hall.author.refused(422, "invalid-request", "POST", f"{here}/refuse", {})
    assert hall.author.ok("POST", f"{here}/refuse", {"reason": "Too late."})["verdict"] == "refused"


def test_two_suggestions_accepted_at_once_make_one_text(hall):
    path = hall.sponsored(hall.submitted("petition"))
    made = [hall.others[2].ok("POST", f"{path}/suggestions", SUGGESTION)["id"] for _ in range(2)]
    calls = [functools.partial(hall.author.call, "POST", f"{path}/suggestions/{m}/accept", {}) for m in made]
    assert at_once(calls) == [200, 409]
    assert hall.of(path)["text_number"] == 2


def test_a_suggestion_is_decided_by_the_author_and_taken_back_by_its_maker(hall):
    path = hall.sponsored(hall.submitted("petition"))
    made = hall.others[2].ok("POST", f"{path}/suggestions", SUGGESTION)
    here = f"{path}/suggestions/{made['id']}"
    hall.others[2].refused(403, "not-the-author", "POST", f"{here}/accept", {})
    hall.author.refused(403, "not-the-author", "POST", f"{here}/withdraw")
    elsewhere = hall.sponsored(hall.submitted("petition"))
    moved = here.replace(path, elsewhere)
    hall.author.refused(404, "not-found", "POST", f"{moved}/accept", {})
    assert hall.others[2].ok("POST", f"{here}/withdraw")["verdict"] == "withdrawn"


# --- reserved matters ---------------------------------------------------------------------------------


def test_a_steward_says_what_it_touches_and_the_vote_does_not_open(hall):
    path = hall.submitted("quick")
    body = {"matters": ["name"], "reason": "It changes the name on the bottle."}
    hall.others[0].refused(
        403, "forbidden", "PUT", f"{path}/matters", body, if_match=hall.tag(path, hall.others[0])
    )
    hall.steward.ok("PUT", f"{path}/matters", body, if_match=hall.tag(path, hall.steward))
    step = hall.history(path)[-1]
    assert (step["action"], step["reason"], step["role"]) == ("classify", body["reason"], "steward")
    hall.others[0].refused(409, "reserved-matter", "POST", f"{path}/open-vote")
    assert hall.state(path) == "discussion"


def test_a_consent_is_its_own_roles_to_give_and_is_given_once(hall):
    path = hall.submitted("joint_decision", matters=["label", "price"])
    hall.open(path)
    label, price = f"{path}/consents/label", f"{path}/consents/price"
    hall.owner.refused(403, "forbidden", "PUT", label, {"reason": "Mine."})
    hall.steward.refused(403, "forbidden", "PUT", price, {"reason": "Mine."})
    hall.steward.refused(409, "reserved-matter", "PUT", f"{path}/consents/name", {"reason": "It."})
    assert "consent" in hall.of(path, hall.steward)["actions"]
    first = hall.steward.ok("PUT", label, {"reason": "It stays readable."})
    again = hall.steward.ok("PUT", label, {"reason": "Another reason."})
    assert again["consents"] == first["consents"]
    assert (first["consents"][0]["role"], first["consents"][0]["matter"]) == ("steward", "label")
    assert "consent" not in again["actions"]
    assert "consent" in hall.of(path, hall.owner)["actions"]


def test_a_decision_without_the_consent_it_needs_takes_no_effect(hall):
    path = hall.passed("binding_decision", matters=["price"])
    hall.reach_due(path)
    shown = hall.of(path)
    assert (shown["state"], shown["stale"]["reason"]) == ("stale", "consent_missing")
    assert (shown["enacted_at"], shown["obligation_id"]) == (None, None)


def test_a_consent_given_in_the_timelock_lets_it_take_effect(hall):
    path = hall.passed("binding_decision", matters=["price"])
    hall.owner.ok("PUT", f"{path}/consents/price", {"reason": "We can bear it."})
    due_at = hall.reach_due(path)
    shown = hall.of(path)
    assert (shown["state"], shown["enacted_at"], shown["stale"]) == ("obligations", due_at, None)


# --- opening the vote ---------------------------------------------------------------------------------


def test_the_vote_waits_for_discussion_and_precommitment_and_no_longer(hall):
    path = hall.sponsored(hall.submitted("petition"))
    ends_at = hall.of(path)["discussion_ends_at"]
    opener = hall.others[0]
    assert "open_vote" not in hall.of(path)["actions"]
    problem = opener.refused(409, "discussion-not-over", "POST", f"{path}/open-vote")
    assert problem["discussion_ends_at"] == ends_at
    hall.reach(ends_at)
    problem = opener.refused(409, "precommitment-missing", "POST", f"{path}/open-vote")
    assert problem["vote_opens_from"] == hall.of(path)["vote_opens_from"] > ends_at
    hall.reach(problem["vote_opens_from"])
    assert "open_vote" in hall.of(path)["actions"]
    shown = opener.ok("POST", f"{path}/open-vote")
    assert (shown["state"], shown["since"]) == ("voting", problem["vote_opens_from"])
    ballot = opener.ok("GET", f"{hall.town.path}/ballots/{shown['ballot_id']}")
    assert shown["due_at"] == ballot["closes_at"]


def test_a_precommitment_lets_the_vote_open_and_is_frozen_with_it(hall):
    path = hall.sponsored(hall.submitted("petition"))
    said = {"undertaking": "We build it.", "within": "P30D", "budget": "1000 EUR", "refusal_grounds": []}
    assert "precommit" in hall.of(path, hall.owner)["actions"]
    hall.owner.ok("POST", f"{path}/precommitments", said)
    hall.reach(hall.of(path)["discussion_ends_at"])
    shown = hall.others[0].ok("POST", f"{path}/open-vote")
    ballot = hall.others[0].ok("GET", f"{hall.town.path}/ballots/{shown['ballot_id']}/manifest")
    assert ballot["precommitment"]["undertaking"] == said["undertaking"]


def test_the_text_locks_when_the_vote_opens(hall):
    path = hall.submitted("quick")
    hall.open(path)
    tag = hall.tag(path)
    hall.author.refused(409, "illegal-step", "PATCH", path, {"title": "Bait"}, if_match=tag)
    hall.others[0].refused(409, "illegal-step", "POST", f"{path}/suggestions", SUGGESTION)


def test_two_who_open_the_vote_at_once_open_one_ballot(hall):
    path = hall.submitted("quick")
    calls = [functools.partial(p.call, "POST", f"{path}/open-vote") for p in hall.others]
    assert at_once(calls) == [200, 409, 409]
    ballots = hall.author.ok("GET", f"{hall.town.path}/ballots")["items"]
    assert [ballot["id"] for ballot in ballots] == [hall.of(path)["ballot_id"]]


def test_a_proposal_whose_decision_type_is_gone_is_not_voted_on(hall):
    path = hall.submitted("quick")
    hall.passed("amendment", operations=[{"op": "remove_decision_type", "id": "quick"}])
    hall.wait(4 * HOUR)
    assert hall.author.ok("GET", f"{hall.town.path}/charter")["number"] == 2
    hall.others[0].refused(409, "unknown-decision-type", "POST", f"{path}/open-vote")
    shown = hall.of(path)
    assert shown["state"] == "discussion"
    assert "open_vote" not in shown["actions"]
    assert hall.author.ok("POST", f"{path}/withdraw")["state"] == "withdrawn"


def test_an_open_vote_keeps_its_rules_whatever_the_charter_becomes(hall):
    path = hall.submitted("binding_decision")
    ballot = hall.open(path)
    hall.vote(ballot)
    number = hall.of(path)["charter_version"]
    hall.reach_due(path)
    assert hall.state(path) == "timelock"
    hall.passed("amendment", operations=[{"op": "remove_decision_type", "id": "binding_decision"}])
    shown = hall.of(path)
    assert (shown["state"], shown["charter_version"], number) == ("obligations", 1, 1)


def test_a_choice_of_the_status_quo_is_a_rejection(hall):
    path = hall.passed("choice", choice=["status_quo", "mint"], options=OPTIONS)
    shown = hall.of(path)
    assert (shown["state"], shown["outcome"], shown["passed_at"]) == ("rejected", "rejected", None)


def test_a_choice_of_something_new_passes(hall):
    path = hall.passed("choice", choice=["mint", "status_quo"], options=OPTIONS)
    assert (hall.of(path)["state"], hall.of(path)["outcome"]) == ("closed", "passed")


def test_an_advisory_decision_is_closed_at_once_and_dated_at_the_close(hall):
    path = hall.submitted("quick")
    ballot = hall.open(path)
    hall.vote(ballot)
    closes_at = hall.of(path)["due_at"]
    hall.clock.run()
    hall.wait(5 * HOUR)
    shown = hall.of(path)
    assert (shown["state"], shown["since"], shown["enacted_at"]) == ("closed", closes_at, closes_at)
    assert hall.history(path)[-1]["at"] == closes_at


# --- stale and again ----------------------------------------------------------------------------------


def test_a_stale_amendment_is_fitted_to_the_charter_and_voted_on_again(hall):
    first = hall.passed("plain_amendment", operations=[replace_article("purpose", "To last.")])
    assert hall.of(first)["enacted_version"] == 2
    path = hall.submitted("plain_amendment", operations=[replace_article("purpose", "To grow.")])
    ballot = hall.open(path)
    hall.vote(ballot)
    other = hall.submitted("plain_amendment", operations=[replace_article("purpose", "To shrink.")])
    assert hall.of(other)["base_version"] == 2
    hall.reach_due(path)
    assert hall.of(path)["enacted_version"] == 3
    # The other was written against version 2: its vote opens once it is written against version 3.
    hall.others[0].refused(409, "invalid-amendment", "POST", f"{other}/open-vote")
    changes = {"operations": [replace_article("purpose", "To shrink.")]}
    hall.author.ok("PATCH", other, changes, if_match=hall.tag(other))
    assert hall.of(other)["base_version"] == 3
    hall.vote(hall.open(other))
    hall.reach_due(other)
    assert hall.of(other)["enacted_version"] == 4


def test_a_rebase_keeps_the_sponsors_and_asks_for_consent_anew(hall):
    path = hall.in_state("stale")
    ballots = hall.of(path)["ballot_id"]
    operations = [add_article("fitted_again")]
    shown = hall.author.ok("POST", f"{path}/rebase", {"operations": operations, "title": "Once more"})
    assert (shown["state"], shown["sponsor_count"], shown["text_number"]) == ("discussion", 2, 2)
    assert (shown["stale"], shown["ballot_id"], shown["outcome"], shown["consents"]) == (None, None, None, [])
    hall.vote(hall.open(path))
    again = hall.of(path)
    assert again["ballot_id"] not in {None, ballots}
    hall.reach_due(path)
    hall.steward.ok("PUT", f"{path}/consents/label", {"reason": "Now it does."})
    hall.owner.ok("POST", f"{path}/veto", {"ground": "unaffordable", "reason": "Not now."})
    assert hall.of(path)["veto"]["reason"] == "Not now."


def test_a_consent_does_not_outlive_the_text_it_was_given_to(hall):
    path = hall.submitted("joint_decision", matters=["label", "price"])
    hall.vote(hall.open(path))
    hall.steward.ok("PUT", f"{path}/consents/label", {"reason": "This text."})
    hall.reach_due(path)
    hall.reach_due(path)
    hall.reach_due(path)
    assert hall.of(path)["stale"]["detail"] == "price: the consent of a brand_owner was not given."
    assert hall.author.ok("POST", f"{path}/rebase", {"body": "Other words."})["consents"] == []


# --- lists --------------------------------------------------------------------------------------------


def test_lists_are_filtered_sorted_and_paged(hall):
    quick = [hall.submitted("quick") for _ in range(3)]
    petitions = [hall.submitted("petition", hall.others[0]) for _ in range(3)]
    hall.wait(MINUTE)
    late = hall.submitted("amendment", hall.others[0])
    path = f"{hall.town.path}/proposals"

    def listed(query: str) -> list[str]:
        found, cursor = [], ""
        while cursor is not None:
            page = hall.author.ok("GET", f"{path}?limit=2&{query}{cursor}")
            found += [f"{path}/{one['id']}" for one in page["items"]]
            cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
        return found

    assert listed("") == [late, *petitions[::-1], *quick[::-1]]
    assert listed("sort=newest&state=discussion") == quick[::-1]
    assert listed("decision_type=petition") == petitions[::-1]
    assert listed("kind=amendment") == [late]
    assert listed("kind=proposal&author=me") == quick[::-1]
    assert listed("sort=due")[-1] == late
    assert sorted(listed("sort=due")) == sorted([*petitions, late])
    assert hall.author.call("GET", f"{path}?sort=due&cursor=zzz").status_code == 400


def test_nothing_crosses_from_one_community_to_another(hall, portal, clock):
    path = hall.submitted("quick")
    elsewhere = Assembly(portal, clock)
    moved = path.replace(hall.town.id, elsewhere.town.id)
    elsewhere.author.refused(404, "not-found", "GET", moved)
    elsewhere.others[0].refused(404, "not-found", "POST", f"{moved}/open-vote")
    elsewhere.owner.refused(404, "not-found", "POST", f"{moved}/veto", {"ground": "x", "reason": "y"})
    hall.others[0].refused(404, "not-found", "GET", path.replace(hall.town.id, elsewhere.town.id))
