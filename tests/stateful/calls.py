"""How each thing that people do is asked for over the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from tests.stateful.facts import Ballot, Milestone, Obligation, Proposal, Suggestion
from tests.stateful.stage import Community

#: (method, path, body, whether it takes an If-Match)
Call = tuple[str, str, Any, bool]
#: Builds a call from whatever names things in a community.
Caller = Callable[[Community], Call]


def instant(moment: dt.datetime) -> str:
    """Write an instant as the API does."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def draft(type_id: str, operations: list[Any] | None, matters: list[str]) -> Caller:
    body = {"decision_type": type_id, "title": "More mint", "body": "Mint is good.", "matters": matters}
    return lambda _: ("POST", "/proposals", body | {"operations": operations}, False)


def on(proposal: Proposal, method: str, way: str, body: Any = None, *, if_match: bool = False) -> Caller:
    """Return a call on a proposal."""
    return lambda place: (method, f"/proposals/{place.path_to(proposal)}{way}", body, if_match)


def decide(proposal: Proposal, suggestion: Suggestion, verdict: str) -> Caller:
    ways = {
        "accepted": ("accept", {}),
        "refused": ("refuse", {"reason": "No."}),
        "withdrawn": ("withdraw", None),
    }
    way, body = ways[verdict]
    return lambda place: (
        "POST",
        f"/proposals/{place.path_to(proposal)}/suggestions/{place.path_to(suggestion)}/{way}",
        body,
        False,
    )


def cast(ballot: Ballot, choice: str) -> Caller:
    return lambda place: ("PUT", f"/ballots/{place.path_to(ballot)}/votes/me", {"choice": choice}, False)


def owing(owed: Obligation, way: str, body: Any, *, if_match: bool = False) -> Caller:
    """Return a call on an obligation."""
    return lambda place: ("POST", f"/obligations/{place.path_to(owed)}/{way}", body, if_match)


def answer(owed: Obligation, verdict: str, ground: str | None, promised: list[dt.datetime]) -> Caller:
    made = [{"title": "A promise", "due_at": instant(due)} for due in promised]
    body = {"verdict": verdict, "reason": "We looked into it.", "ground": ground, "milestones": made}
    return owing(owed, "answers", body, if_match=True)


def promise(owed: Obligation, due: dt.datetime) -> Caller:
    return owing(owed, "milestones", {"title": "One more", "due_at": instant(due)})


def evidence(milestone: Milestone) -> Caller:
    return lambda place: (
        "POST",
        f"/milestones/{place.path_to(milestone)}/evidence",
        {"note": "See here."},
        False,
    )


def attest(milestone: Milestone, verdict: str, number: int | None) -> Caller:
    body = {"verdict": verdict, "round": number}
    return lambda place: ("PUT", f"/milestones/{place.path_to(milestone)}/attestations/me", body, False)


def accept(number: int) -> Caller:
    return lambda _: ("PUT", "/charter/acceptances/me", {"charter_version": number}, False)
