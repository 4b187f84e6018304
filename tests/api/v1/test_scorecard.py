"""How the brand keeps its word: figures by hand, over time, and from the audit log alone."""

from __future__ import annotations

import csv
import io
import random

import pytest

from tests.support import debts
from tests.support.debts import DAY, HOUR, MILLISECOND, instant, moment
from tests.support.queries import counted
from tests.support.scorecard_from_log import scorecard_from_entries, served, stored


def card_of(town, at=None):
    query = "" if at is None else f"?at={at}"
    return town.members[0].ok("GET", f"{town.path}/scorecard{query}")


def test_a_community_of_which_nothing_is_owed_has_a_scorecard_of_nothing(portal, clock):
    town = debts.town_of(portal)
    now = instant(clock.stop())
    nothing = {"count": 0, "of": 0, "ratio": None}
    assert card_of(town) == {
        "at": now,
        "obligations": 0,
        "answered": nothing,
        "answered_late": 0,
        "overdue": 0,
        "median_seconds_to_answer": None,
        "verdicts": {"accepted": 0, "accepted_in_part": 0, "refused": 0},
        "promised": 0,
        "delivered_on_time": nothing,
        "promises_overdue": 0,
        "promises_disputed": 0,
        "vetoes": {},
        "precommitments_missing": 0,
    }


def test_the_figures_are_those_a_person_would_count(portal, clock):
    town = debts.town_of(portal, members=3)
    clock.stop()
    made = [
        debts.decided(portal, town, clock, "must_answer"),
        debts.decided(portal, town, clock, "must_answer"),
        debts.decided(portal, town, clock, "co_decision"),
        debts.decided(portal, town, clock, "must_answer", None),
    ]
    waits = (2 * DAY, 3 * DAY, 7 * DAY + MILLISECOND)
    verdicts = ("accepted", "refused", "accepted")
    for owed, wait, verdict in zip(made, waits, verdicts, strict=False):
        clock.stop(moment(owed["created_at"]) + wait)
        debts.answer(town, owed, verdict)
    clock.stop(moment(made[3]["due_at"]))
    card = card_of(town)
    assert card["obligations"] == 4
    assert card["answered"] == {"count": 3, "of": 3, "ratio": "3/3"}
    assert (card["answered_late"], card["overdue"]) == (1, 0)
    assert card["median_seconds_to_answer"] == "259200"
    assert card["verdicts"] == {"accepted": 2, "accepted_in_part": 0, "refused": 1}
    assert (card["promised"], card["precommitments_missing"]) == (1, 1)
    clock.advance(MILLISECOND)
    card = card_of(town)
    assert card["answered"] == {"count": 3, "of": 4, "ratio": "3/4"}
    assert card["overdue"] == 1
    clock.stop(moment(made[3]["created_at"]) + 8 * DAY)
    debts.answer(town, made[3])
    # 2 d, 3 d, 7 d and a millisecond, 8 d: the mean of the middle two.
    assert card_of(town)["median_seconds_to_answer"] == "864000001/2000"
    (promise,) = made[2]["milestones"]
    clock.stop(moment(promise["due_at"]))
    assert card_of(town)["delivered_on_time"] == {"count": 0, "of": 0, "ratio": None}
    town.owner.ok("POST", f"{town.path}/milestones/{promise['id']}/evidence", {"note": "Look."})
    assert card_of(town)["delivered_on_time"] == {"count": 1, "of": 1, "ratio": "1/1"}
    for member in town.members[:2]:
        path = f"{town.path}/milestones/{promise['id']}/attestations/me"
        member.ok("PUT", path, {"verdict": "disputed"})
    clock.advance(MILLISECOND)
    card = card_of(town)
    assert card["delivered_on_time"] == {"count": 0, "of": 1, "ratio": "0/1"}
    assert (card["promises_overdue"], card["promises_disputed"]) == (1, 1)


def test_what_happens_later_never_changes_a_figure_of_the_past(portal, clock):
    town = debts.town_of(portal)
    owed = debts.decided(portal, town, clock)
    at = instant(moment(owed["due_at"]) + DAY)
    clock.stop(moment(at))
    before = card_of(town)
    assert before["overdue"] == 1
    clock.advance(DAY)
    debts.answer(town, owed)
    town.owner.ok("POST", f"{town.path}/milestones/{owed['milestones'][0]['id']}/evidence", {"note": "Look."})
    assert card_of(town, at) == before
    assert card_of(town)["overdue"] == 0


def test_nothing_is_known_of_the_future(portal, clock):
    town = debts.town_of(portal)
    now = clock.stop()
    path, member = f"{town.path}/scorecard", town.members[0]
    later = instant(now + MILLISECOND)
    assert card_of(town, instant(now))["at"] == instant(now)
    member.refused(409, "conflict", "GET", f"{path}?at={later}")
    for place in ("series", "series.csv"):
        member.ok("GET", f"{path}/{place}?from={instant(now)}&to={instant(now)}")
        member.refused(409, "conflict", "GET", f"{path}/{place}?from={instant(now)}&to={later}")
        member.refused(409, "conflict", "GET", f"{path}/{place}?from={later}")
        member.refused(409, "conflict", "GET", f"{path}/{place}?every=P99999D")


def test_a_series_shows_each_point_as_the_scorecard_of_its_instant(portal, clock):
    town = debts.town_of(portal)
    since = clock.stop()
    owed = debts.decided(portal, town, clock)
    clock.stop(since + 9 * DAY)
    debts.answer(town, owed)
    clock.stop(since + 20 * DAY)
    path = f"{town.path}/scorecard/series?from={instant(since)}"
    shown = town.members[0].ok("GET", f"{path}&every=P1D")["items"]
    assert [point["at"] for point in shown] == [instant(since + day * DAY) for day in range(21)]
    assert [point["overdue"] for point in shown] == [0] * 8 + [1] + [0] * 12
    assert shown == [card_of(town, point["at"]) for point in shown]
    weekly = town.members[0].ok("GET", f"{path}&to={instant(since + 15 * DAY)}")["items"]
    assert weekly == [shown[0], shown[7], shown[14], shown[15]]  # and where it ends
    path = f"{town.path}/scorecard/series?to={instant(since + 12 * DAY)}"
    twelve = town.members[0].ok("GET", f"{path}&every=P1D")["items"]
    assert twelve == shown[1:13]


def test_a_series_has_120_points_and_no_more(portal, clock):
    town = debts.town_of(portal)
    since = clock.stop()
    clock.stop(since + 119 * HOUR)
    path = f"{town.path}/scorecard/series?from={instant(since)}"
    assert len(town.members[0].ok("GET", f"{path}&every=PT1H")["items"]) == 120
    clock.advance(MILLISECOND)
    town.members[0].refused(409, "conflict", "GET", f"{path}&every=PT1H")
    town.members[0].refused(409, "conflict", "GET", f"{path}&every=PT0S")


def test_a_series_is_downloaded_as_a_table(portal, clock):
    town = debts.town_of(portal, members=4)
    since = clock.stop()
    owed = debts.decided(portal, town, clock)
    path = debts.put_forward(town, "joint_decision")
    town.owner.ok("POST", f"{path}/precommitments", debts.PRECOMMITMENT)
    debts.vote(town, clock, path)
    town.owner.ok("POST", f"{path}/veto", {"ground": "unaffordable", "reason": "Too dear."})
    clock.advance(DAY)
    debts.answer(town, owed)
    query = f"from={instant(since)}&every=PT6H"
    answer = town.members[0].call("GET", f"{town.path}/scorecard/series.csv?{query}")
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    cards = town.members[0].ok("GET", f"{town.path}/scorecard/series?{query}")["items"]
    assert len(rows) == len(cards) == 6
    for row, card in zip(rows, cards, strict=True):
        assert row["at"] == card["at"]
        assert row["answered_count"] == str(card["answered"]["count"])
        assert row["answered_of"] == str(card["answered"]["of"])
        assert row["median_seconds_to_answer"] == (card["median_seconds_to_answer"] or "")
        assert row["verdicts_accepted"] == str(card["verdicts"]["accepted"])
        vetoed = card["vetoes"].get("unaffordable", {"vetoed": 0})["vetoed"]
        assert row["vetoes_unaffordable_vetoed"] == str(vetoed)
    assert [row["vetoes_unaffordable_vetoed"] for row in rows] == ["0", "1", "1", "1", "1", "1"]


def test_the_scorecard_takes_as_many_queries_whatever_there_is_of_it(app, portal, clock):
    town = debts.town_of(portal)
    engine = app.extensions["althing.units"].engine

    def queries(path):
        with counted(engine) as sent:
            town.members[0].ok("GET", f"{town.path}/{path}")
        return len(sent)

    since = instant(clock.now())
    paths = ("scorecard", f"scorecard/series?from={since}&every=PT1H")
    few = [[queries(path) for path in paths] for _warm in range(2)][1]
    for level in ("binding", "co_decision", "must_answer"):
        owed = debts.decided(portal, town, clock, level)
        debts.answer(town, owed, milestones=[{"title": "More", "due_at": instant(clock.now() + DAY)}])
        for promise in town.owner.ok("GET", owed["links"]["milestones"])["items"]:
            path = f"{town.path}/milestones/{promise['id']}"
            town.owner.ok("POST", f"{path}/evidence", {"note": "Look."})
            town.members[0].ok("PUT", f"{path}/attestations/me", {"verdict": "disputed"})
    assert [queries(path) for path in paths] == few


# --- from the log -------------------------------------------------------------------------------------


class Community:
    """People who do at random whatever the API lets them do."""

    def __init__(self, portal, clock, seed):
        self.portal, self.clock = portal, clock
        self.chance = random.Random(seed)
        self.town = debts.town_of(portal, members=4, answer_within="P2D")
        self.owed = []

    def step(self):
        actions = (self.decide, self.answer, self.promise, self.show, self.attest, self.attest, self.wait)
        self.chance.choice(actions)()

    def decide(self):
        stated = {**debts.PRECOMMITMENT, "within": "P2D", "refusal_grounds": []}
        level = self.chance.choice(list(debts.KINDS))
        if level != "binding":
            stated["refusal_grounds"] = [debts.OWN_GROUND]
        said = self.chance.choice([stated, stated, None])
        made = debts.decided(self.portal, self.town, self.clock, level, said)
        self.owed.append(made["id"])

    def any_obligation(self):
        if not self.owed:
            self.decide()
        return f"{self.town.path}/obligations/{self.chance.choice(self.owed)}"

    def any_milestone(self):
        shown = self.town.owner.ok("GET", self.any_obligation())["milestones"]
        return f"{self.town.path}/milestones/{self.chance.choice(shown)['id']}" if shown else None

    def answer(self):
        body = {"verdict": self.chance.choice(["accepted", "accepted", "accepted_in_part", "refused"])}
        if body["verdict"] != "accepted":
            body["ground"] = self.chance.choice([None, "no_harvest"])
        elif self.chance.random() < 0.5:
            due_at = self.clock.now() + self.chance.randint(1, 72) * HOUR
            body["milestones"] = [{"title": "Bottled", "due_at": instant(due_at)}]
        body["reason"] = "We looked into it."
        self.try_to(self.town.owner, "POST", f"{self.any_obligation()}/answers", body, if_match="*")

    def promise(self):
        due_at = self.clock.now() + self.chance.randint(1, 72) * HOUR
        body = {"title": "Bottled", "due_at": instant(due_at)}
        self.try_to(self.town.owner, "POST", f"{self.any_obligation()}/milestones", body)

    def show(self):
        if path := self.any_milestone():
            self.try_to(self.town.owner, "POST", f"{path}/evidence", {"note": "Look."})

    def attest(self):
        if path := self.any_milestone():
            member = self.chance.choice(self.town.members)
            verdict = self.chance.choice(["confirmed", "disputed"])
            self.try_to(member, "PUT", f"{path}/attestations/me", {"verdict": verdict})

    def wait(self):
        self.clock.advance(self.chance.randint(1, 48) * HOUR + self.chance.randint(0, 999) * MILLISECOND)

    @staticmethod
    def try_to(person, *call, **options):
        assert person.call(*call, **options).status_code in {200, 201, 409}


@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_is_borne_out_by_the_audit_log_alone(portal, units, clock, seed):
    community = Community(portal, clock, seed)
    town = community.town
    since = clock.now()
    for _ in range(60):
        community.step()
        card = card_of(town)
        assert scorecard_from_entries(stored(units, town), card["at"]) == card
    auditor = portal.join(town, "auditor")
    log = served(auditor, town)
    every = (clock.now() - since) // 50 // (1000 * MILLISECOND)
    points = auditor.ok("GET", f"{town.path}/scorecard/series?from={instant(since)}&every=PT{every}S")[
        "items"
    ]
    assert len(points) >= 50
    for point in points:
        assert scorecard_from_entries(log, point["at"]) == point
    last = points[-1]
    reached = [last[name] for name in ("answered_late", "promises_disputed", "promises_overdue", "overdue")]
    assert sum(map(bool, reached)) >= 3  # else nothing much was compared


def test_vetoes_and_overrides_are_borne_out_by_the_audit_log(portal, clock):
    town = debts.town_of(portal, members=4)
    silent = debts.put_forward(town, "joint_decision")
    stated = debts.put_forward(town, "joint_decision")
    town.owner.ok("POST", f"{stated}/precommitments", debts.PRECOMMITMENT)
    clock.advance(HOUR)
    for path, ground in ((silent, "unlawful"), (stated, "unaffordable")):
        debts.vote(town, clock, path)
        town.owner.ok("POST", f"{path}/veto", {"ground": ground, "reason": "No."})
    clock.advance(HOUR)
    ballot = town.members[0].ok("POST", f"{stated}/override")["override_ballot_id"]
    for member in town.members:
        member.ok("PUT", f"{town.path}/ballots/{ballot}/votes/me", {"choice": "for"})
    clock.advance(DAY)
    card = card_of(town)
    assert card["vetoes"] == {
        "unaffordable": {"vetoed": 1, "overridden": 1},
        "unlawful": {"vetoed": 1, "overridden": 0},
    }
    assert (card["precommitments_missing"], card["obligations"]) == (1, 1)
    assert scorecard_from_entries(served(portal.join(town, "auditor"), town), card["at"]) == card
