"""The brand's veto and the members' override, at their limits and in their races."""

from __future__ import annotations

import datetime as dt
import functools

import pytest

from tests.api.v1.test_proposals import at_once
from tests.support.assembly import HOUR, VETO, Assembly
from tests.support.charters import VETO as RULE
from tests.support.charters import proposal, with_types
from tests.support.clock import MICROSECOND

MILLISECOND = dt.timedelta(milliseconds=1)


@pytest.fixture
def hall(portal, clock):
    return Assembly(portal, clock)


def at(instant: str) -> dt.datetime:
    return dt.datetime.fromisoformat(instant)


def under_veto(hall: Assembly, **facts) -> str:
    """Return a proposal that has passed and whose veto window has just begun."""
    path = hall.passed("joint_decision", **facts)
    assert hall.state(path) == "veto_window"
    return path


def test_a_veto_names_a_listed_ground_and_its_reason_is_public(hall):
    path = under_veto(hall)
    where = f"{path}/veto"
    hall.owner.refused(409, "ground-not-listed", "POST", where, VETO | {"ground": "identity"})
    hall.owner.refused(409, "ground-not-listed", "POST", where, VETO | {"ground": "unheard_of"})
    hall.owner.refused(422, "invalid-request", "POST", where, {"ground": "unaffordable"})
    hall.owner.refused(422, "invalid-request", "POST", where, VETO | {"reason": ""})
    hall.author.refused(403, "forbidden", "POST", where, VETO)
    hall.owner.ok("POST", where, VETO)
    veto = hall.of(path, hall.others[0])["veto"]
    assert (veto["ground"], veto["reason"], veto["absolute"]) == (*VETO.values(), False)
    assert hall.history(path)[-1]["reason"] == VETO["reason"]


@pytest.mark.parametrize(("before", "status"), [(MILLISECOND, 200), (dt.timedelta(0), 409)])
def test_the_window_is_half_open_to_the_millisecond(hall, before, status):
    path = under_veto(hall)
    ends_at = at(hall.of(path)["veto_ends_at"])
    hall.clock.stop(ends_at - before)
    answer = hall.owner.call("POST", f"{path}/veto", VETO)
    assert answer.status_code == status
    assert hall.state(path) == ("vetoed" if status == 200 else "timelock")
    if status == 409:
        assert answer.get_json()["type"] == "/problems/illegal-step"
        assert at(hall.of(path)["since"]) == ends_at


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite's clock counts milliseconds
def test_the_window_is_open_until_the_last_microsecond_of_a_finer_clock(hall):
    path = under_veto(hall)
    hall.clock.stop(at(hall.of(path)["veto_ends_at"]) - MICROSECOND)
    hall.owner.ok("POST", f"{path}/veto", VETO)


def test_the_quota_counts_the_year_before_and_each_decision_type_by_itself(hall):
    assert RULE["yearly_quota"] == 2
    first = under_veto(hall)
    hall.owner.ok("POST", f"{first}/veto", VETO)
    first_at = at(hall.of(first)["veto"]["vetoed_at"])
    second = under_veto(hall)
    hall.owner.ok("POST", f"{second}/veto", VETO)
    third = under_veto(hall)
    problem = hall.owner.refused(409, "veto-not-possible", "POST", f"{third}/veto", VETO)
    assert (problem["used"], problem["yearly_quota"]) == (2, 2)
    assert hall.state(third) == "veto_window"
    other = hall.in_state("veto_window")
    hall.owner.ok("POST", f"{other}/veto", VETO)
    # In the window of a fourth, the first veto comes to lie a year back.
    hall.clock.stop(first_at + dt.timedelta(days=365) - 2 * HOUR)
    fourth = under_veto(hall)
    hall.clock.stop(first_at + dt.timedelta(days=365) - MILLISECOND)
    hall.owner.refused(409, "veto-not-possible", "POST", f"{fourth}/veto", VETO)
    hall.clock.stop(first_at + dt.timedelta(days=365))
    hall.owner.ok("POST", f"{fourth}/veto", VETO)


def test_two_vetoes_at_once_cannot_use_what_is_left_of_a_quota_twice(portal, clock):
    once = proposal("vetoable", binding_level="binding", answer_within="P7D", veto=RULE | {"yearly_quota": 1})
    hall = Assembly(portal, clock, decision_types=with_types(once)["decision_types"])
    ballots = {path: hall.open(path) for path in (hall.submitted("vetoable") for _ in range(2))}
    for ballot in ballots.values():
        hall.vote(ballot)
    hall.wait(HOUR)
    assert [hall.state(path) for path in ballots] == ["veto_window", "veto_window"]
    calls = [functools.partial(hall.owner.call, "POST", f"{path}/veto", VETO) for path in ballots]
    assert at_once(calls) == [200, 409]
    assert sorted(hall.state(path) for path in ballots) == ["veto_window", "vetoed"]


def test_two_owners_who_veto_at_once_make_one_veto(hall, portal):
    path = under_veto(hall)
    second = portal.join(hall.town, "brand_owner")
    calls = [functools.partial(owner.call, "POST", f"{path}/veto", VETO) for owner in (hall.owner, second)]
    assert at_once(calls) == [200, 409]
    assert [step["action"] for step in hall.history(path)].count("veto") == 1


def test_an_override_is_called_after_the_cooling_and_before_its_time_is_over(hall):
    path = hall.in_state("vetoed")
    veto, caller = hall.of(path)["veto"], hall.others[0]
    vetoed_at = at(veto["vetoed_at"])
    assert at(veto["override_from"]) == vetoed_at + HOUR / 2
    assert at(veto["override_until"]) == vetoed_at + HOUR / 2 + 2 * HOUR
    hall.owner.refused(403, "forbidden", "POST", f"{path}/override")
    hall.clock.stop(at(veto["override_from"]) - MILLISECOND)
    assert "call_override" not in hall.of(path, caller)["actions"]
    problem = caller.refused(409, "override-not-possible", "POST", f"{path}/override")
    assert problem["override_from"] == veto["override_from"]
    hall.reach(veto["override_from"])
    assert "call_override" in hall.of(path, caller)["actions"]
    shown = caller.ok("POST", f"{path}/override")
    assert (shown["state"], shown["since"]) == ("override_voting", veto["override_from"])


def test_a_veto_nobody_overrides_in_time_stands_for_good(hall):
    path = hall.in_state("vetoed")
    until = hall.of(path)["veto"]["override_until"]
    hall.reach(until)
    problem = hall.others[0].refused(409, "override-not-possible", "POST", f"{path}/override")
    assert problem["override_until"] == until
    step = hall.history(path)[-1]
    assert (step["action"], step["at"], step["role"]) == ("uphold", until, None)
    shown = hall.of(path)
    assert (shown["state"], shown["due_at"]) == ("vetoed", None)
    assert shown["since"] == shown["veto"]["vetoed_at"]


def test_an_absolute_ground_is_not_overridden(hall):
    path = under_veto(hall)
    hall.owner.ok("POST", f"{path}/veto", VETO | {"ground": "unlawful"})
    shown = hall.of(path)
    assert (shown["veto"]["absolute"], shown["veto"]["override_from"], shown["due_at"]) == (True, None, None)
    hall.wait(HOUR)
    hall.others[0].refused(409, "override-not-possible", "POST", f"{path}/override")
    assert hall.state(path) == "vetoed"


def test_an_override_has_its_own_threshold_and_its_own_roll(hall, portal):
    path = hall.in_state("vetoed")
    late = portal.join(hall.town)
    hall.reach(hall.of(path)["veto"]["override_from"])
    made = late.ok("POST", f"{path}/override")
    ballot = late.ok("GET", f"{hall.town.path}/ballots/{made['override_ballot_id']}")
    assert (ballot["kind"], ballot["roll_size"], ballot["method"]) == ("override", 5, "yes_no")
    assert ballot["threshold"]["ratio"] == "3/4"
    here = f"{hall.town.path}/ballots/{made['override_ballot_id']}"
    hall.vote(here, "for", [late, *hall.others[:2]])
    hall.vote(here, "against", [hall.author, hall.others[2]])
    hall.reach_due(path)
    shown = hall.of(path)
    assert (shown["state"], shown["overridden_at"], shown["due_at"]) == ("vetoed", None, None)
    hall.others[0].refused(409, "override-not-possible", "POST", f"{path}/override")


def test_an_override_that_passes_takes_effect_after_its_timelock(hall):
    path = hall.in_state("overridden")
    shown = hall.of(path)
    assert shown["overridden_at"] == shown["since"]
    assert at(shown["due_at"]) == at(shown["since"]) + HOUR
    hall.steward.ok("PUT", f"{path}/consents/label", {"reason": "Let it be."})
    due_at = hall.reach_due(path)
    shown = hall.of(path)
    assert (shown["state"], shown["enacted_at"], shown["enacted_version"]) == ("closed", due_at, 2)
    hall.owner.refused(409, "illegal-step", "POST", f"{path}/veto", VETO)


def test_an_override_at_the_last_instant_races_the_end_of_its_time(hall):
    path = hall.in_state("vetoed")
    hall.clock.stop(at(hall.of(path)["veto"]["override_until"]) - MILLISECOND)
    hall.of(path)
    calls = [functools.partial(p.call, "POST", f"{path}/override") for p in hall.others]
    assert at_once(calls) == [200, 409, 409]
    hall.wait(MILLISECOND)
    assert hall.state(path) == "override_voting"
    assert [step["action"] for step in hall.history(path)].count("uphold") == 0
