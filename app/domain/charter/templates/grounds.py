"""Veto grounds, moderation grounds, stop grounds, reserved matters and powers that the shipped charters share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

UNLAWFUL = {
    "id": "unlawful",
    "title": "It would break the law",
    "description": (
        "Carrying it out would break a law, a regulation or an order of a court or authority that binds the brand. "
        "The reason names the provision or order."
    ),
    "absolute": True,
}
UNSAFE = {
    "id": "unsafe",
    "title": "It would endanger people",
    "description": (
        "There is evidence, named in the reason, that carrying it out would put the health or safety of customers, "
        "workers or the public at risk."
    ),
    "absolute": True,
}
CONTRACT = {
    "id": "contract",
    "title": "It would breach a contract",
    "description": (
        "Carrying it out would breach a contract that the brand had concluded before discussion of the decision "
        "ended. The reason says what kind of contract it is and until when it binds."
    ),
    "absolute": False,
}
UNAFFORDABLE = {
    "id": "unaffordable",
    "title": "It costs more than the brand can bear",
    "description": (
        "Carrying it out would cost materially more than the pre-commitment foresaw, or than the brand can bear "
        "without endangering its business. The reason gives the figures."
    ),
    "absolute": False,
}
IDENTITY = {
    "id": "identity",
    "title": "It would harm the trade mark",
    "description": (
        "Carrying it out would weaken the brand's trade marks, or make them mean something that the brand does "
        "not stand for. The reason says how."
    ),
    "absolute": False,
}

MODERATION_GROUNDS = [
    {
        "id": "unlawful_content",
        "title": "It breaks the law",
        "description": (
            "To publish it is forbidden by law: threats, incitement, libel, somebody else's work without leave. The "
            "reason names the provision. That it is unwelcome to the brand is no such thing."
        ),
        "decide_within": "P2D",
        "appeal_within": "P30D",
    },
    {
        "id": "private_data",
        "title": "It exposes somebody's private affairs",
        "description": (
            "It shows, without their consent, where somebody lives, how to reach them, or what is theirs to tell."
        ),
        "decide_within": "P2D",
        "appeal_within": "P30D",
    },
    {
        "id": "abuse",
        "title": "It attacks people",
        "description": (
            "It insults, harasses or degrades people instead of arguing with what they say. Sharp criticism of the "
            "brand, its products, a proposal or a decision is no attack on people."
        ),
        "decide_within": "P7D",
        "appeal_within": "P30D",
    },
    {
        "id": "spam",
        "title": "It is advertising or noise",
        "description": (
            "It advertises something foreign to the community, or repeats the same thing so often that others cannot "
            "be heard."
        ),
        "decide_within": "P7D",
        "appeal_within": "P30D",
    },
]

STOP_GROUNDS = [
    {
        "id": "manipulation",
        "title": "Signs of manipulation",
        "description": "There are signs that votes are bought, coerced or cast by somebody other than the voter.",
    },
    {
        "id": "defect",
        "title": "A defect in the ballot",
        "description": "A question, an option or the electoral roll is wrong in a way that could change the result.",
    },
    {
        "id": "danger",
        "title": "Danger to people",
        "description": "An option turns out to endanger somebody's health, safety or privacy.",
    },
]

OWNERSHIP = {
    "id": "ownership",
    "title": "Ownership of the company",
    "description": "Shares, sale, merger, financing, and who manages the company.",
    "decided_by": "brand_owner",
    "consent": None,
}
PERSONNEL = {
    "id": "personnel",
    "title": "Individual people at work",
    "description": "Hiring, pay, promotion, discipline and dismissal of any one person.",
    "decided_by": "brand_owner",
    "consent": None,
}
COMPLIANCE = {
    "id": "compliance",
    "title": "Legal and safety duties",
    "description": "What law, product safety and the protection of personal data require of the brand.",
    "decided_by": "brand_owner",
    "consent": None,
}
TRADE_MARKS = {
    "id": "trade_marks",
    "title": "Trade marks and logo",
    "description": "The name, the logo and other registered signs, and licences to use them.",
    "decided_by": "community",
    "consent": "brand_owner",
}

_EVERYONES = [
    "ballot.close",
    "idea.post",
    "idea.merge",
    "comment.react",
    "comment.write",
    "group.create",
    "moderation.report",
    "proposal.open_vote",
    "proposal.raise",
    "proposal.suggest",
]
#: What it takes to put a ballot of one's own to the vote.
DRAFTING_POWERS = ["ballot.create", "ballot.update", "ballot.delete", "ballot.open"]

#: What it takes to run a board: its phases, what is merged, and what becomes of its ideas.
_BOARD_POWERS = ["board.create", "board.update", "idea.decide_merge", "idea.answer", "idea.promote"]

#: What only members can do: vote, sponsor, override, support ideas, and say whether a promise was kept.
MEMBER_POWERS = [
    *_EVERYONES,
    "ballot.cast",
    "proposal.sponsor",
    "proposal.override",
    "milestone.attest",
    "idea.support",
]
STEWARD_POWERS = [
    *_EVERYONES,
    *DRAFTING_POWERS,
    *_BOARD_POWERS,
    "ballot.suspend",
    "group.oversee",
    "invitation.create",
    "invitation.revoke",
    "member.verify",
    "moderation.appeal_decide",
    "moderation.decide",
    "proposal.classify",
]
BRAND_OWNER_POWERS = [
    *_EVERYONES,
    *DRAFTING_POWERS,
    *_BOARD_POWERS,
    "ballot.suspend",
    "community.update",
    "group.oversee",
    "invitation.create",
    "invitation.revoke",
    "member.verify",
    "moderation.appeal_decide",
    "obligation.answer",
    "precommitment.record",
    "proposal.classify",
    "proposal.consent",
    "proposal.veto",
    "role.grant",
    "role.revoke",
    "token.burn",
    "token.issue",
    "token.transfer",
]

EVERY_PART = [
    "articles",
    "decision_types",
    "reserved_matters",
    "veto_grounds",
    "moderation_grounds",
    "emergency_stop",
    "delivery",
    "role_powers",
]


def role_powers(*, member_extra: Sequence[str] = ()) -> dict[str, Any]:
    """Return the powers of each role as the shipped charters give them.

    :param member_extra: what members may do besides.
    """
    return {
        "member": [*MEMBER_POWERS, *member_extra],
        "steward": STEWARD_POWERS,
        "brand_owner": BRAND_OWNER_POWERS,
    }
