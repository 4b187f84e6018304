"""Comments, replies and reactions."""

from __future__ import annotations

from typing import Any

from tests.api.walks.canary import CANARY
from tests.api.walks.proposals import assembly_of, proposed
from tests.api.walks.walk import Call, Walk, answered, known, last_part, walk_for, walk_in
from tests.support.discussion import comment, reply
from tests.support.portal import UNKNOWN, Portal, Town

COMMENT = {"body": f"{CANARY} body", "stance": "against"}


def commented(town: Town) -> str:
    """Return the path of a comment of the first member's on a proposal of theirs."""
    return comment(town, town.members[0], proposed(town), f"{CANARY} body")


def walk_of_comment(town: Town, call: Call, action: str, path: str = "", **facts: Any) -> Walk:
    """Return a walk of a member's; without a path the answer names the comment."""
    subject = known("comment", last_part(path)) if path else answered("comment")
    facts = {"role": "member"} | facts
    return walk_in(town, call, f"comment.{action}", subject, **facts)


@walk_for
def write_comment(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, over = proposed(town), proposed(town)
    town.members[0].ok("POST", f"{over}/withdraw")
    return walk_of_comment(
        town,
        Call(town.members[1], "POST", f"{path}/comments", COMMENT),
        "written",
        forbidden=portal.join(town, "auditor"),
        refused_before=[
            Call(town.members[1], "POST", f"{over}/comments", COMMENT, status=409),
            Call(town.members[1], "POST", f"{town.path}/proposals/{UNKNOWN}/comments", COMMENT, status=404),
        ],
    )


@walk_for
def reply_to_comment(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, gone = commented(town), commented(town)
    town.members[0].ok("POST", f"{gone}/withdraw")
    deepest = path
    for _ in range(5):
        deepest = reply(town, town.members[0], deepest)
    return walk_of_comment(
        town,
        Call(town.members[1], "POST", f"{path}/replies", COMMENT),
        "written",
        forbidden=portal.join(town, "auditor"),
        refused_before=[
            Call(town.members[1], "POST", f"{gone}/replies", COMMENT, status=409),
            Call(town.members[1], "POST", f"{deepest}/replies", COMMENT, status=409),
        ],
    )


@walk_for
def edit_comment(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, gone, (author, other) = commented(town), commented(town), town.members
    author.ok("POST", f"{gone}/withdraw")
    return walk_of_comment(
        town,
        Call(author, "PATCH", path, COMMENT, author.tag(path)),
        "edited",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[
            Call(other, "PATCH", path, COMMENT, "*", status=403),
            Call(author, "PATCH", gone, COMMENT, "*", status=409),
        ],
        repeats=[Call(author, "PATCH", path, COMMENT, "*")],
    )


@walk_for
def withdraw_comment(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, (author, other) = commented(town), town.members
    call = Call(author, "POST", f"{path}/withdraw", status=409)
    return walk_of_comment(
        town,
        call,
        "withdrawn",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(other, "POST", f"{path}/withdraw", status=403)],
        refused_after=[call],
    )


@walk_for
def react_to_comment(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, gone, (author, other) = commented(town), commented(town), town.members
    author.ok("POST", f"{gone}/withdraw")
    call = Call(other, "PUT", f"{path}/reactions/me", {"kind": "agree"})
    return walk_of_comment(
        town,
        call,
        "reacted",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(other, "PUT", f"{gone}/reactions/me", {"kind": "agree"}, status=409)],
        repeats=[call],
    )


@walk_for
def unreact_to_comment(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, other = commented(town), town.members[1]
    other.ok("PUT", f"{path}/reactions/me", {"kind": "thanks"})
    call = Call(other, "DELETE", f"{path}/reactions/me")
    return walk_of_comment(
        town, call, "unreacted", path, forbidden=portal.join(town, "auditor"), repeats=[call]
    )
