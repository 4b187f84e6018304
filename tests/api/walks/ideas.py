"""Ideas: their texts and authors, what members give them, merging, and what becomes of them."""

from __future__ import annotations

from typing import Any

from tests.api.walks.boards import IDEA, workshop_of
from tests.api.walks.canary import CANARY
from tests.api.walks.walk import Call, Walk, known, last_part, walk_for, walk_in
from tests.support.portal import UNKNOWN, Portal
from tests.support.workshop import Workshop, phase

REASON = {"reason": f"{CANARY} reason"}


def walk_of_idea(shop: Workshop, call: Call, action: str, path: str, **facts: Any) -> Walk:
    """Return a walk of a member's, or of whoever's role is given, which an auditor may not do."""
    if "forbidden" not in facts:
        facts["forbidden"] = shop.portal.join(shop.town, "auditor")
    facts = {"role": "member"} | facts
    return walk_in(shop.town, call, f"idea.{action}", known("idea", last_part(path)), **facts)


@walk_for
def update_idea(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path, author = shop.idea(**IDEA), shop.members[0]
    gone = shop.idea(**IDEA)
    author.ok("POST", f"{gone}/withdraw")
    body = IDEA | {"title": f"{CANARY} other", "body": f"{CANARY} better"}
    return walk_of_idea(
        shop,
        Call(author, "PATCH", path, body, author.tag(path)),
        "rewritten",
        path,
        refused_before=[
            Call(shop.members[1], "PATCH", path, body, "*", status=403),
            Call(author, "PATCH", gone, body, "*", status=409),
        ],
        repeats=[Call(author, "PATCH", path, body, "*")],
    )


@walk_for
def delete_idea(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path, posted, author = shop.draft(**IDEA), shop.idea(**IDEA), shop.members[0]
    return walk_of_idea(
        shop,
        Call(author, "DELETE", path, None, author.tag(path)),
        "deleted",
        path,
        refused_before=[
            Call(shop.members[1], "DELETE", path, None, "*", status=404),
            Call(shop.members[1], "DELETE", posted, None, "*", status=403),
            Call(author, "DELETE", posted, None, "*", status=409),
        ],
        refused_after=[Call(author, "DELETE", path, None, "*", status=404)],
    )


@walk_for
def post_idea(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    later = shop.make_board(phases=[phase(starts_at="2999-01-01T00:00:00Z")])
    path, early, author = shop.draft(**IDEA), shop.draft(board=later), shop.members[0]
    return walk_of_idea(
        shop,
        Call(author, "POST", f"{path}/post", status=409),
        "posted",
        path,
        refused_before=[
            Call(shop.members[1], "POST", f"{path}/post", status=404),
            Call(author, "POST", f"{early}/post", status=409),
        ],
        refused_after=[Call(author, "POST", f"{path}/post", status=409)],
    )


@walk_for
def withdraw_idea(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path, author = shop.idea(**IDEA), shop.members[0]
    call = Call(author, "POST", f"{path}/withdraw", status=409)
    wrong = Call(shop.members[1], "POST", f"{path}/withdraw", status=403)
    return walk_of_idea(shop, call, "withdrawn", path, refused_before=[wrong], refused_after=[call])


@walk_for
def invite_author(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path, (author, other) = shop.idea(**IDEA), shop.members
    here, body = f"{path}/authors", {"membership_id": other.memberships[shop.town.id]}
    call = Call(author, "POST", here, body, status=409)
    return walk_of_idea(
        shop,
        call,
        "author_invited",
        path,
        refused_before=[
            Call(other, "POST", here, body, status=403),
            Call(author, "POST", here, {"membership_id": UNKNOWN}, status=404),
        ],
        refused_after=[call],
    )


@walk_for
def decide_authorship(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path, (author, other) = shop.idea(**IDEA), shop.members
    author.ok("POST", f"{path}/authors", {"membership_id": other.memberships[shop.town.id]})
    call = Call(other, "PUT", f"{path}/authors/me", {"consents": True})
    return walk_of_idea(
        shop,
        call,
        "authorship_decided",
        path,
        refused_before=[
            Call(author, "PUT", f"{path}/authors/me", {"consents": False}, status=409),
            Call(shop.steward, "PUT", f"{path}/authors/me", {"consents": True}, status=404),
        ],
        repeats=[call],
    )


@walk_for
def answer_idea(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path = shop.idea(**IDEA)
    call = Call(shop.steward, "POST", f"{path}/answers", {"state": "planned"} | REASON, status=409)
    return walk_of_idea(
        shop,
        call,
        "answered",
        path,
        role="steward",
        forbidden=shop.members[0],
        refused_before=[
            Call(shop.steward, "POST", f"{path}/answers", {"state": "building"} | REASON, status=409)
        ],
        refused_after=[call],
    )


# --- what members give it -----------------------------------------------------------------------------


@walk_for
def endorse_idea(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path, draft = shop.idea(**IDEA), shop.draft(**IDEA)
    call = Call(shop.members[1], "PUT", f"{path}/endorsements/me")
    return walk_of_idea(
        shop,
        call,
        "supported",
        path,
        forbidden=shop.steward,
        refused_before=[Call(shop.members[0], "PUT", f"{draft}/endorsements/me", status=409)],
        repeats=[call],
    )


@walk_for
def withdraw_endorsement(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path, supporter = shop.idea(**IDEA), shop.members[1]
    shop.endorse(path, supporter)
    call = Call(supporter, "DELETE", f"{path}/endorsements/me")
    return walk_of_idea(shop, call, "unsupported", path, repeats=[call])


@walk_for
def place_dots(portal: Portal) -> Walk:
    shop = workshop_of(portal, phases=[phase(support="dots")])
    path, here = shop.idea(**IDEA), shop.members[1]
    call = Call(here, "PUT", f"{path}/dots/me", {"dots": 2})
    return walk_of_idea(
        shop,
        call,
        "supported",
        path,
        forbidden=shop.steward,
        refused_before=[
            Call(here, "PUT", f"{path}/dots/me", {"dots": 6}, status=409),
            Call(here, "PUT", f"{path}/endorsements/me", status=409),
        ],
        repeats=[call],
    )


@walk_for
def give_opinion(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path, draft = shop.idea(**IDEA), shop.draft(**IDEA)
    body = {"opinion": "disagree"}
    call = Call(shop.members[1], "PUT", f"{path}/opinions/me", body)
    return walk_of_idea(
        shop,
        call,
        "opined",
        path,
        forbidden=shop.steward,
        refused_before=[Call(shop.members[0], "PUT", f"{draft}/opinions/me", body, status=409)],
        repeats=[call],
    )


@walk_for
def withdraw_opinion(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path, here = shop.idea(**IDEA), shop.members[1]
    here.ok("PUT", f"{path}/opinions/me", {"opinion": "agree"})
    call = Call(here, "DELETE", f"{path}/opinions/me")
    return walk_of_idea(shop, call, "opinion_withdrawn", path, repeats=[call])


@walk_for
def follow_idea(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path, draft = shop.idea(**IDEA), shop.draft(**IDEA)
    call = Call(shop.members[1], "PUT", f"{path}/followers/me")
    wrong = Call(shop.members[0], "PUT", f"{draft}/followers/me", status=409)
    return walk_of_idea(shop, call, "followed", path, refused_before=[wrong], repeats=[call])


@walk_for
def unfollow_idea(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path = shop.idea(**IDEA)
    call = Call(shop.members[0], "DELETE", f"{path}/followers/me")
    return walk_of_idea(shop, call, "unfollowed", path, repeats=[call])


# --- merging ------------------------------------------------------------------------------------------


@walk_for
def propose_merge(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path, into, draft = shop.idea(**IDEA), shop.idea(**IDEA), shop.draft(**IDEA)
    here, body = f"{path}/merges", {"into": last_part(into)} | REASON
    call = Call(shop.members[1], "POST", here, body, status=409)
    return walk_of_idea(
        shop,
        call,
        "merge_proposed",
        path,
        refused_before=[
            Call(shop.members[1], "POST", here, body | {"into": last_part(path)}, status=409),
            Call(shop.members[1], "POST", here, body | {"into": last_part(draft)}, status=404),
            Call(shop.members[0], "POST", here, body | {"into": last_part(draft)}, status=409),
        ],
        refused_after=[call],
    )


def deciding_a_merge(portal: Portal, way: str, action: str, body: Any = None, **facts: Any) -> Walk:
    shop = workshop_of(portal, merge_wait="PT0S")
    path, into, (author, proposer) = shop.idea(**IDEA), shop.idea(**IDEA), shop.members
    made = proposer.ok("POST", f"{path}/merges", {"into": last_part(into)} | REASON)["id"]
    here = f"{path}/merges/{made}/{way}"
    people = {"member": author, "proposer": proposer, "steward": shop.steward}
    rightly = people[facts.pop("by", "member")]
    call = Call(rightly, "POST", here, body, status=409)
    refused = [Call(rightly, "POST", here.replace(made, UNKNOWN), body, status=404)]
    if rightly is not shop.steward:
        wrongly = proposer if rightly is author else author
        refused.append(Call(wrongly, "POST", here, body, status=403))
    else:
        facts |= {"role": "steward", "forbidden": proposer}
    return walk_of_idea(shop, call, action, path, refused_before=refused, refused_after=[call], **facts)


@walk_for
def accept_merge(portal: Portal) -> Walk:
    return deciding_a_merge(portal, "accept", "merged")


@walk_for
def refuse_merge(portal: Portal) -> Walk:
    return deciding_a_merge(portal, "refuse", "merge_refused", REASON)


@walk_for
def retract_merge(portal: Portal) -> Walk:
    return deciding_a_merge(portal, "retract", "merge_retracted", by="proposer")


@walk_for
def decide_merge(portal: Portal) -> Walk:
    return deciding_a_merge(portal, "decide", "merge_decided", REASON, by="steward")


@walk_for
def opt_out_of_merge(portal: Portal) -> Walk:
    shop = workshop_of(portal)
    path, into, supporter = shop.idea(**IDEA), shop.idea(**IDEA), shop.members[1]
    shop.endorse(path, supporter)
    body = {"into": last_part(into)} | REASON
    merge = shop.members[0].ok("POST", f"{path}/merges", body)["id"]
    here = f"{path}/merges/{merge}/opt-out"
    call = Call(supporter, "POST", here, status=409)
    return walk_of_idea(
        shop,
        call,
        "support_opted_out",
        into,
        refused_before=[Call(shop.members[0], "POST", here, status=409)],
        refused_after=[call],
    )
