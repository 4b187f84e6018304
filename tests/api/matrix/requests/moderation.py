"""Reports, cases, appeals and the figures of moderation."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.moderation import APPEALING, DISMISSING, HIDING, JUDGING, REPORT
from tests.support.portal import Person


@request_for
def report_content(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.comment(scene.writer())}/reports", REPORT)


@request_for
def list_own_reports(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/members/me/reports")


@request_for
def list_moderation_cases(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/moderation/cases")


@request_for
def get_moderation_case(scene: Scene, person: Person) -> Request:
    return Request("GET", scene.hidden(person))


@request_for
def list_reports(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.case()}/reports")


@request_for
def list_moderation_steps(scene: Scene, person: Person) -> Request:
    return Request("GET", f"{scene.hidden(person)}/steps")


@request_for
def dismiss_reports(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.case()}/dismiss", DISMISSING)


@request_for
def hide_content(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.case()}/hide", HIDING)


@request_for
def appeal_hiding(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{scene.hidden(person)}/appeal", APPEALING)


@request_for
def uphold_hiding(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.appealed()}/uphold", JUDGING)


@request_for
def restore_content(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.appealed()}/restore", JUDGING)


@request_for
def get_moderation_figures(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/moderation/figures")


@request_for
def get_moderation_series(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/moderation/figures/series")


@request_for
def download_moderation_series(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/moderation/figures/series.csv")
