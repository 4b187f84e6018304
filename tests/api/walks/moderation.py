"""Reports, what is decided on them, and appeals."""

from __future__ import annotations

from typing import Any

from tests.api.walks.canary import CANARY
from tests.api.walks.comments import commented
from tests.api.walks.proposals import assembly_of
from tests.api.walks.walk import Call, Subject, Walk, answered, known, last_part, walk_for, walk_in
from tests.support.portal import UNKNOWN, Person, Portal, Town

REPORT = {"ground": CANARY, "note": f"{CANARY} note"}
REASON = {"reason": f"{CANARY} reason"}
JUDGED = REASON | {"text_number": 1}
HIDING = JUDGED | {"ground": CANARY}


class Bench:
    """A town in which the second member reported what the first wrote, with two stewards to judge it."""

    def __init__(self, portal: Portal) -> None:
        self.town: Town = assembly_of(portal)
        self.author, self.reporter = self.town.members
        self.steward, self.second = (portal.join(self.town, "steward") for _ in range(2))
        self.auditor = portal.join(self.town, "auditor")

    def reported(self, reporter: Person | None = None) -> str:
        path = commented(self.town)
        made = (reporter or self.reporter).ok("POST", f"{path}/reports", REPORT)
        return f"{self.town.path}/moderation/cases/{made['case_id']}"

    def hidden(self) -> str:
        case = self.reported()
        self.steward.ok("POST", f"{case}/hide", HIDING)
        return case

    def appealed(self) -> str:
        case = self.hidden()
        self.author.ok("POST", f"{case}/appeal", REASON)
        return case

    def walk(self, call: Call, action: str, subject: Subject, **facts: Any) -> Walk:
        return walk_in(self.town, call, f"moderation.{action}", subject, **({"role": "steward"} | facts))


def case_at(path: str) -> Subject:
    return known("moderation_case", last_part(path))


@walk_for
def report_content(portal: Portal) -> Walk:
    bench = Bench(portal)
    path, gone = commented(bench.town), commented(bench.town)
    bench.author.ok("POST", f"{gone}/withdraw")
    call = Call(bench.reporter, "POST", f"{path}/reports", REPORT, status=409)
    return bench.walk(
        call,
        "reported",
        answered("moderation_case", "case_id"),
        role="member",
        forbidden=bench.auditor,
        refused_before=[
            Call(bench.author, "POST", f"{path}/reports", REPORT, status=409),
            Call(bench.reporter, "POST", f"{gone}/reports", REPORT, status=409),
            Call(bench.reporter, "POST", f"{path}/reports", REPORT | {"ground": "unheard"}, status=409),
            Call(bench.reporter, "POST", f"{bench.town.path}/comments/{UNKNOWN}/reports", REPORT, status=404),
        ],
        refused_after=[call],
    )


def deciding(portal: Portal, way: str, action: str, body: Any) -> Walk:
    bench = Bench(portal)
    case, own = bench.reported(), bench.reported(bench.steward)
    call = Call(bench.steward, "POST", f"{case}/{way}", body, status=409)
    return bench.walk(
        call,
        action,
        case_at(case),
        forbidden=bench.author,
        refused_before=[
            Call(bench.steward, "POST", f"{own}/{way}", body, status=403),
            Call(bench.steward, "POST", f"{case}/{way}", body | {"text_number": 2}, status=409),
        ],
        refused_after=[Call(bench.second, "POST", f"{case}/{way}", body, status=409)],
    )


@walk_for
def dismiss_reports(portal: Portal) -> Walk:
    return deciding(portal, "dismiss", "dismissed", JUDGED)


@walk_for
def hide_content(portal: Portal) -> Walk:
    return deciding(portal, "hide", "hidden", HIDING)


@walk_for
def appeal_hiding(portal: Portal) -> Walk:
    bench = Bench(portal)
    case = bench.hidden()
    call = Call(bench.author, "POST", f"{case}/appeal", REASON, status=409)
    return bench.walk(
        call,
        "appealed",
        case_at(case),
        role="member",
        forbidden=bench.auditor,
        refused_before=[
            Call(bench.steward, "POST", f"{case}/appeal", REASON, status=403),
            Call(bench.reporter, "POST", f"{case}/appeal", REASON, status=404),
        ],
        refused_after=[call],
    )


def judging(portal: Portal, way: str, action: str) -> Walk:
    bench = Bench(portal)
    case, unasked = bench.appealed(), bench.hidden()
    call = Call(bench.second, "POST", f"{case}/{way}", REASON, status=409)
    return bench.walk(
        call,
        action,
        case_at(case),
        forbidden=bench.author,
        refused_before=[
            Call(bench.steward, "POST", f"{case}/{way}", REASON, status=403),
            Call(bench.second, "POST", f"{unasked}/{way}", REASON, status=409),
        ],
        refused_after=[call],
    )


@walk_for
def uphold_hiding(portal: Portal) -> Walk:
    return judging(portal, "uphold", "upheld")


@walk_for
def restore_content(portal: Portal) -> Walk:
    return judging(portal, "restore", "restored")
