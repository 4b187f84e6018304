"""The public figures of moderation: over time, as CSV, and from the audit log alone."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random

import pytest

from app.domain.instants import instant
from tests.support.discussion import last_part, walked
from tests.support.moderation import APPEALING, DISMISSING, HIDING, JUDGING, REPORT, Court
from tests.support.moderation_from_log import figures_from_entries, hidden_in_entries
from tests.support.queries import counted
from tests.support.scorecard_from_log import served, stored

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
MILLISECOND = dt.timedelta(milliseconds=1)

#: What a spreadsheet would compute, in every text that somebody can write.
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("https://evil.example")')


@pytest.fixture
def court(portal):
    return Court(portal)


def figures_of(court, at=None):
    query = "" if at is None else f"?at={at}"
    return court.other.ok("GET", f"{court.town.path}/moderation/figures{query}")


def test_everybody_inside_reads_the_figures(court):
    court.hidden()
    found = [
        person.ok("GET", f"{court.town.path}/moderation/figures") | {"at": None}
        for person in (court.author, court.owner, court.steward, court.auditor)
    ]
    assert found.count(found[0]) == len(found)
    assert (found[0]["reports"], found[0]["hidden"]) == (1, 1)


def test_the_figures_are_those_a_person_would_count(court, clock):
    clock.stop()
    dismissed, hidden, restored, waiting = (court.reported() for _ in range(4))
    clock.advance(HOUR)
    court.steward.ok("POST", f"{dismissed}/dismiss", DISMISSING)
    clock.advance(HOUR)
    court.steward.ok("POST", f"{hidden}/hide", HIDING)
    court.steward.ok("POST", f"{restored}/hide", HIDING | {"ground": "spam"})
    court.author.ok("POST", f"{restored}/appeal", APPEALING)
    clock.advance(3 * HOUR)
    court.decided(restored, "restore")
    found = figures_of(court)
    assert (found["reports"], found["cases"], found["dismissed"], found["hidden"]) == (4, 4, 1, 2)
    assert found["decisions"] == {
        "waiting": 1,
        "late": 0,
        "decided_late": 0,
        "withdrawn": 0,
        "median_seconds": "7200",
    }
    assert (found["appeals"], found["upheld"], found["restored"]) == (1, 0, 1)
    assert found["appeal_decisions"]["median_seconds"] == "10800"
    assert found["grounds"] == {
        "abuse": {"reported": 4, "hidden": 1, "restored": 0},
        "spam": {"reported": 0, "hidden": 1, "restored": 1},
    }
    clock.stop(dt.datetime.fromisoformat(court.steward.ok("GET", waiting)["due_at"]))
    assert figures_of(court)["decisions"]["late"] == 0
    clock.advance(MILLISECOND)
    assert figures_of(court)["decisions"]["late"] == 1


def test_what_happens_later_never_changes_a_figure_of_the_past(court, clock):
    case = court.reported()
    at = instant(clock.stop())
    before = figures_of(court, at)
    clock.advance(DAY)
    court.steward.ok("POST", f"{case}/hide", HIDING)
    court.author.ok("POST", f"{court.subject(case)}/withdraw")
    assert figures_of(court, at) == before
    assert figures_of(court)["hidden"] == 1


def test_nothing_is_known_of_the_future(court, clock):
    now = clock.stop()
    path, later = f"{court.town.path}/moderation/figures", instant(now + MILLISECOND)
    court.other.ok("GET", f"{path}?at={instant(now)}")
    court.other.refused(409, "conflict", "GET", f"{path}?at={later}")
    for place in ("series", "series.csv"):
        court.other.refused(409, "conflict", "GET", f"{path}/{place}?to={later}")
        court.other.refused(409, "conflict", "GET", f"{path}/{place}?every=PT0S")


def test_a_series_shows_each_point_as_the_figures_of_its_instant(court, clock):
    since = clock.stop()
    court.hidden()
    clock.advance(DAY)
    court.reported(ground="spam")
    until = clock.advance(DAY)
    query = f"from={instant(since)}&to={instant(until)}&every=P1D"
    items = court.other.ok("GET", f"{court.town.path}/moderation/figures/series?{query}")["items"]
    assert [item["reports"] for item in items] == [1, 2, 2]
    assert items == [figures_of(court, item["at"]) for item in items]
    answer = court.other.call("GET", f"{court.town.path}/moderation/figures/series.csv?{query}")
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["at"] for row in rows] == [item["at"] for item in items]
    assert [row["grounds_spam_reported"] for row in rows] == ["0", "1", "1"]
    assert [row["decisions_waiting"] for row in rows] == ["0", "1", "1"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_a_download_computes_anything(formula, portal, clock):
    court = Court(portal, name=f"Town {formula.strip()}")
    clock.stop()
    path = court.commented(formula)
    case = court.reported(path, note=formula)
    court.steward.ok("POST", f"{case}/hide", HIDING | {"reason": formula})
    court.author.ok("POST", f"{case}/appeal", {"reason": formula})
    court.second.ok("POST", f"{case}/uphold", {"reason": formula})
    text = court.other.call("GET", f"{court.town.path}/moderation/figures/series.csv?every=PT1H").text
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert len(cells) > 100
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"}]


@pytest.mark.parametrize("seed", range(3))
def test_the_log_alone_bears_every_figure_out_and_names_everything_hidden(seed, court, clock, units):
    """A random life of a discussion: no removal is silent, and none is invented."""
    chance = random.Random(seed)
    clock.stop()
    paths, instants = [court.commented(str(number)) for number in range(6)], []
    open_cases: dict[str, str] = {}

    def report(path):
        reporter = chance.choice([court.reporter, court.other, court.owner])
        ground = chance.choice(["abuse", "spam", "private_data"])
        made = reporter.call("POST", f"{path}/reports", REPORT | {"ground": ground})
        if made.status_code == 201:
            open_cases[path] = f"{court.town.path}/moderation/cases/{made.get_json()['case_id']}"

    def act(path):
        case = open_cases.get(path)
        ways = [
            lambda: report(path),
            lambda: court.author.call("POST", f"{path}/withdraw") if chance.random() < 0.2 else None,
        ]
        if case is not None:
            ways += [
                lambda: court.steward.call("POST", f"{case}/hide", HIDING),
                lambda: court.steward.call("POST", f"{case}/dismiss", DISMISSING),
                lambda: court.author.call("POST", f"{case}/appeal", APPEALING),
                lambda: court.second.call("POST", f"{case}/{chance.choice(['uphold', 'restore'])}", JUDGING),
            ]
        chance.choice(ways)()

    for _ in range(40):
        act(chance.choice(paths))
        clock.advance(chance.choice([MILLISECOND, HOUR, DAY]))
        instants.append(instant(clock.now()))
    entries = served(court.auditor, court.town)
    shown = [figures_of(court, at) for at in instants]
    assert shown == [figures_from_entries(entries, at) for at in instants]
    assert shown[-1]["reports"] > 3
    assert shown == [figures_from_entries(stored(units, court.town), at) for at in instants]
    comments = walked(court.other, f"{court.debate}/comments", limit=50)
    concealed = {each["id"] for each in comments if each["hidden"] is not None}
    assert concealed == hidden_in_entries(entries) & {last_part(path) for path in paths}


def test_figures_take_as_many_queries_whatever_there_is_of_them(court, units):
    sent = {}
    for number in (1, 4):
        for _ in range(number):
            court.hidden()
        with counted(units.engine) as statements:
            figures_of(court)
        sent[number] = len(statements)
    assert sent[1] == sent[4]
