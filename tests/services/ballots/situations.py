"""Situations in which somebody casts, and what must come of each."""

from __future__ import annotations

import dataclasses
import time
import uuid
from collections.abc import Callable
from typing import Any

from tests.services.ballots.booth import Booth
from tests.support.portal import Person
from tests.support.tokens import give


@dataclasses.dataclass
class Situation:
    """How it comes about, what is chosen then, and the outcome: "cast", "same", or why not."""

    outcome: str
    happens: Callable[[Booth, Person], None] = lambda _booth, _voter: None
    choice: Any = ("mint",)
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    opened: bool = True
    #: Done once, when both voters are ready.
    then: Callable[[Booth], None] = lambda _booth: None


def votes(*choices: str) -> Callable[[Booth, Person], None]:
    def happens(booth: Booth, voter: Person) -> None:
        for choice in choices:
            voter.ok("PUT", f"{booth.path}/votes/me", {"choice": [choice]})

    return happens


def joins_late(booth: Booth, voter: Person) -> None:
    late = booth.portal.join(booth.town)
    voter.token, voter.memberships = late.token, late.memberships


def loses_the_role(booth: Booth, voter: Person) -> None:
    booth.town.owner.ok("DELETE", f"{booth.member(voter)}/roles/member")


def becomes_auditor(booth: Booth, voter: Person) -> None:
    loses_the_role(booth, voter)
    booth.town.owner.ok("POST", f"{booth.member(voter)}/roles", {"role": "auditor"})


def becomes_auditor_beside(booth: Booth, voter: Person) -> None:
    """No use case lets it come to this; the policy says no all the same."""
    booth.execute(
        "INSERT INTO membership_roles (membership_id, role, granted_at) "
        "VALUES (:member, 'auditor', '2026-01-01 00:00:00')",
        member=booth.key(voter.memberships[booth.town.id]),
    )


def becomes_owner_too(booth: Booth, voter: Person) -> None:
    booth.town.owner.ok("POST", f"{booth.member(voter)}/roles", {"role": "brand_owner"})


def leaves(booth: Booth, voter: Person) -> None:
    voter.ok("DELETE", f"{booth.town.path}/members/me")


def leaves_and_returns(booth: Booth, voter: Person) -> None:
    leaves(booth, voter)
    voter.ok("POST", f"{booth.town.path}/members", {})


def signs_out(_booth: Booth, voter: Person) -> None:
    voter.ok("DELETE", "/v1/sessions/current")


def session_ends(booth: Booth, voter: Person) -> None:
    session = booth.actor(voter).session_id
    booth.execute(
        "UPDATE sign_in_sessions SET expires_at = '2026-01-01 00:00:00.000000' WHERE id = :id",
        id=booth.key(session),
    )


def closes(booth: Booth) -> None:
    while booth.town.owner.ok("GET", booth.path)["state"] != "closed":
        time.sleep(0.05)


def is_certified(booth: Booth) -> None:
    booth.town.owner.ok("POST", f"{booth.path}/close")


STOP = {"ground": "defect", "reason": "A wrong option."}


def is_suspended(booth: Booth) -> None:
    booth.town.owner.ok("POST", f"{booth.path}/suspend", STOP)


def is_resumed(booth: Booth) -> None:
    is_suspended(booth)
    booth.town.owner.ok("POST", f"{booth.path}/resume")


def is_another_ballot(booth: Booth) -> None:
    booth.ballot = uuid.uuid4()


def is_elsewhere(booth: Booth) -> None:
    other = booth.portal.town(members=1)
    booth.ballot = uuid.UUID(booth.portal.ballot(other).rsplit("/", 1)[1])


def holds(*, amount: int) -> Callable[[Booth, Person], None]:
    def happens(booth: Booth, voter: Person) -> None:
        give(booth.town, (voter, amount))

    return happens


def opens_with_a_holder(booth: Booth) -> None:
    holder = booth.portal.join(booth.town)
    give(booth.town, (holder, 1))
    booth.town.owner.ok("POST", f"{booth.path}/open")


FINAL = {"vote_change": False}
BRIEF = {"voting_period": "PT1S"}
LATER = {"opens_at": "2999-01-01T00:00:00Z"}
TOKEN = {"weighting": "token", "method": "plurality"}

SITUATIONS = {
    "a first vote": Situation("cast"),
    "the same again": Situation("same", votes("mint")),
    "another choice": Situation("cast", votes("lime")),
    "a third choice": Situation("cast", votes("lime", "plum")),
    "back to the first choice": Situation("cast", votes("mint", "lime")),
    "a first vote for good": Situation("cast", facts=FINAL),
    "the same again for good": Situation("same", votes("mint"), facts=FINAL),
    "another choice where votes are for good": Situation("already-voted", votes("lime"), facts=FINAL),
    "joined after the opening": Situation("not-on-roll", joins_late),
    "no longer a member by role": Situation("forbidden", loses_the_role),
    "now the auditor": Situation("forbidden", becomes_auditor),
    "auditor and member at once": Situation("forbidden", becomes_auditor_beside),
    "member and brand owner": Situation("cast", becomes_owner_too),
    "left": Situation("not-found", leaves),
    "left and came back": Situation("cast", leaves_and_returns),
    "signed out": Situation("invalid-token", signs_out),
    "session at its end": Situation("invalid-token", session_ends),
    "before it opens": Situation("ballot-not-open", facts=LATER),
    "after it closed": Situation("ballot-not-open", facts=BRIEF, then=closes),
    "the same again after it closed": Situation("ballot-not-open", votes("mint"), facts=BRIEF, then=closes),
    "certified": Situation(
        "ballot-not-open", votes("lime"), facts=FINAL | {"early_close": True}, then=is_certified
    ),
    "suspended": Situation("ballot-suspended", then=is_suspended),
    "suspended, another choice": Situation("ballot-suspended", votes("lime"), then=is_suspended),
    "suspended, the same again": Situation("ballot-suspended", votes("mint"), then=is_suspended),
    "suspended and resumed": Situation("cast", then=is_resumed),
    "sealed": Situation("cast", facts={"secrecy": "sealed"}),
    "sealed and changed": Situation("cast", votes("lime"), facts={"secrecy": "sealed"}),
    "pseudonymous": Situation("cast", facts={"disclosure": "pseudonymous"}),
    "a token holder": Situation(
        "cast", holds(amount=5), choice="mint", facts=TOKEN, opened=False, then=opens_with_a_holder
    ),
    "nothing held at the opening": Situation(
        "not-on-roll", holds(amount=0), choice="mint", facts=TOKEN, opened=False, then=opens_with_a_holder
    ),
    "a draft": Situation("not-found", opened=False),
    "no such ballot": Situation("not-found", then=is_another_ballot),
    "another community's ballot": Situation("not-found", then=is_elsewhere),
    "a choice that is no option": Situation("invalid-vote", choice=("cola",)),
    "a choice of the wrong form": Situation("invalid-vote", choice={"mint": 1}),
    "a blank vote where that is allowed": Situation(
        "cast", choice=(), facts={"method": "approval", "settings": {"min": 0}}
    ),
    "a blank vote": Situation("invalid-vote", choice=()),
}
