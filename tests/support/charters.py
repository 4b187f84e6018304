"""A wide charter: decision types that leave open whatever can be left, and short-lived ones of every kind.

Towns are founded with it unless a test says otherwise, so that a test states the rules it is about and no others.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from app.domain.charter.templates import TEMPLATES
from app.domain.charter.words import CAN_BE_LEFT_OPEN

EVERYONE = ["member", "steward", "brand_owner"]
OPENERS = ["steward", "brand_owner"]
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
HALF = {"ratio": "1/2", "strict": True, "of": "for_plus_against"}
TWO_THIRDS = {"ratio": "2/3", "strict": True, "of": "for_plus_against"}
TENTH = {"base": "participants", "ratio": "1/10"}

#: What a type states so that whoever drafts may choose any weighting.
ANY_WEIGHTS: Mapping[str, Any] = {
    "weight_cap": {"ratio": "1/2"},
    "exclude": ["brand_holdings"],
    "token_majority": {"threshold": HALF, "quorum": {"base": "weight", "ratio": "1/10"}},
}

VETO = {
    "window": "PT2H",
    "grounds": ["unlawful", "unaffordable"],
    "yearly_quota": 2,
    "override": {
        "threshold": {"ratio": "3/4", "strict": False, "of": "for_plus_against"},
        "quorum": {"base": "participants", "ratio": "1/4"},
        "call_within": "PT2H",
        "voting_period": "PT1H",
        "cooling": "PT30M",
    },
}


def standalone(kind: str, **facts: Any) -> dict[str, Any]:
    """Return an advisory type of ballots opened directly that leaves everything open."""
    return {
        "id": kind,
        "title": kind.replace("_", " ").capitalize(),
        "for": kind,
        "opened_by": OPENERS,
        "voting_period": "P1D",
        "method": "irv",
        "binding_level": "advisory",
        "left_open": list(CAN_BE_LEFT_OPEN),
    } | facts


def proposal(type_id: str, **facts: Any) -> dict[str, Any]:
    """Return an advisory type of proposals, voted on at once and for an hour."""
    return {
        "id": type_id,
        "title": type_id.replace("_", " ").capitalize(),
        "for": "proposal",
        "opened_by": EVERYONE,
        "voting_period": "PT1H",
        "method": "yes_no",
        "threshold": HALF,
        "binding_level": "advisory",
    } | facts


#: A ballot whose rules are all fixed, with every promise there is: what comes late, and what is owed.
FIXED: Mapping[str, Any] = standalone(
    "election",
    id="house_vote",
    title="House vote",
    voting_period="PT100M",
    method="approval",
    vote_change=False,
    quorum={"base": "participants", "ratio": "1/2"},
    late_quorum_extension="PT20M",
    left_open=[],
)

# Product votes, charity votes and general ballots have one type each, so that naming the kind is enough. Further
# standalone types are elections.
DECISION_TYPES: list[dict[str, Any]] = [
    standalone("product_vote", **ANY_WEIGHTS),
    standalone("charity_vote", **ANY_WEIGHTS),
    standalone("general", **ANY_WEIGHTS),
    dict(FIXED),
    standalone(
        "election",
        id="steward_election",
        method="stv",
        grants_role="steward",
        binding_level="binding",
        left_open=["seats", "voting_period", "vote_change", "early_close", "method", "settings"],
    ),
    standalone(
        "election",
        id="binding_vote",
        method="approval",
        binding_level="binding",
        precommitment_within="PT1H",
        answer_within="P14D",
        voting_period="PT1H",
        left_open=["vote_change", "early_close", "secrecy"],
    ),
    proposal("quick"),
    proposal(
        "petition",
        sponsors=2,
        sponsoring_period="P1D",
        discussion_period="PT1H",
        quorum=TENTH,
        late_quorum_extension="PT10M",
        binding_level="must_answer",
        precommitment_within="PT1H",
        answer_within="P7D",
    ),
    proposal("binding_decision", binding_level="binding", answer_within="P7D", timelock="PT1H"),
    proposal(
        "joint_decision",
        quorum=TENTH,
        binding_level="co_decision",
        precommitment_within="PT1H",
        answer_within="P7D",
        veto=VETO,
        timelock="PT1H",
    ),
    proposal("choice", method="schulze", threshold=None),
    proposal(
        "amendment",
        **{"for": "amendment"},
        amends=EVERY_PART,
        sponsors=2,
        sponsoring_period="P1D",
        discussion_period="PT1H",
        voting_period="PT2H",
        quorum={"base": "participants", "ratio": "1/2"},
        threshold=TWO_THIRDS,
        binding_level="binding",
        veto=VETO,
        timelock="PT1H",
    ),
    proposal(
        "plain_amendment",
        **{"for": "amendment"},
        amends=["articles", "decision_types", "reserved_matters", "emergency_stop"],
        quorum=TENTH,
        binding_level="binding",
    ),
]


def wide_charter(**parts: Any) -> dict[str, Any]:
    """Return the wide charter; keyword arguments replace whole parts of it."""
    charter = copy.deepcopy(dict(TEMPLATES["small_brand"].document))
    charter["title"] = "A wide charter"
    charter["articles"] = [
        {"id": "purpose", "title": "Purpose", "body": "To be tried out."},
        {"id": "change", "title": "Change", "body": "By amendment.", "entrenched_by": "amendment"},
    ]
    charter["decision_types"] = copy.deepcopy(DECISION_TYPES)
    charter["role_powers"] = {
        role: sorted({*powers, "token.transfer"}) for role, powers in charter["role_powers"].items()
    }
    return charter | parts


def with_types(*types: Mapping[str, Any], **parts: Any) -> dict[str, Any]:
    """Return the wide charter with some decision types set, by id."""
    charter = wide_charter(**parts)
    kept = {each["id"]: each for each in charter["decision_types"]}
    charter["decision_types"] = list((kept | {each["id"]: dict(each) for each in types}).values())
    return charter
