"""The charter that the walks begin with: every stage there is, short, and amendments both slow and swift."""

from __future__ import annotations

from typing import Any

from tests.support.charters import wide_charter

ALL = ["member", "steward", "brand_owner"]
HALF = {"ratio": "1/2", "strict": True, "of": "for_plus_against"}
TWO_THIRDS = {"ratio": "2/3", "strict": True, "of": "for_plus_against"}

#: Whom a founding charter lets do what. Everything else is right of whoever wrote it, or nobody's.
POWERS: dict[str, list[str]] = {
    "member": [
        "ballot.cast",
        "milestone.attest",
        "proposal.open_vote",
        "proposal.override",
        "proposal.raise",
        "proposal.sponsor",
        "proposal.suggest",
    ],
    "steward": [
        "ballot.suspend",
        "proposal.classify",
        "proposal.consent",
        "proposal.open_vote",
        "proposal.raise",
        "proposal.suggest",
    ],
    "brand_owner": [
        "obligation.answer",
        "precommitment.record",
        "proposal.classify",
        "proposal.consent",
        "proposal.open_vote",
        "proposal.raise",
        "proposal.suggest",
        "proposal.veto",
        "role.grant",
        "role.revoke",
    ],
}


def quorum(ratio: str) -> dict[str, Any]:
    """Return a quorum of people."""
    return {"base": "participants", "ratio": ratio}


def veto(quota: int) -> dict[str, Any]:
    """Return the brand's veto: two hours, two grounds, and an override that takes three quarters."""
    return {
        "window": "PT2H",
        "grounds": ["unlawful", "unaffordable"],
        "yearly_quota": quota,
        "override": {
            "threshold": {"ratio": "3/4", "strict": False, "of": "for_plus_against"},
            "quorum": quorum("1/2"),
            "call_within": "PT2H",
            "voting_period": "PT1H",
            "cooling": "PT30M",
        },
    }


def kind(type_id: str, **facts: Any) -> dict[str, Any]:
    """Return a decision type, voted on for or against for an hour."""
    return {
        "id": type_id,
        "title": type_id.capitalize(),
        "for": "proposal",
        "opened_by": ["member", "brand_owner"],
        "voting_period": "PT1H",
        "method": "yes_no",
        "threshold": HALF,
        "quorum": quorum("1/2"),
        "binding_level": "advisory",
    } | facts


TYPES = [
    kind("motion", opened_by=["member", "steward"], vote_change=True),
    kind(
        "petition",
        opened_by=ALL,
        sponsors=2,
        sponsoring_period="P1D",
        discussion_period="PT1H",
        late_quorum_extension="PT10M",
        vote_change=False,
        binding_level="must_answer",
        precommitment_within="PT1H",
        answer_within="P2D",
    ),
    kind(
        "joint",
        opened_by=["member"],
        quorum=quorum("1/4"),
        binding_level="co_decision",
        precommitment_within="PT1H",
        answer_within="P2D",
        veto=veto(1),
        timelock="PT1H",
    ),
    kind("mandate", binding_level="binding", precommitment_within="PT30M", answer_within="P2D"),
    kind(
        "amend",
        **{"for": "amendment"},
        amends=[
            "articles",
            "decision_types",
            "reserved_matters",
            "veto_grounds",
            "emergency_stop",
            "delivery",
            "role_powers",
        ],
        sponsors=2,
        sponsoring_period="PT3H",
        discussion_period="PT1H",
        quorum=quorum("3/4"),
        threshold=TWO_THIRDS,
        binding_level="binding",
        veto=veto(2),
        timelock="PT1H",
    ),
    kind(
        "swift",
        **{"for": "amendment"},
        amends=["articles", "decision_types", "reserved_matters", "delivery", "role_powers"],
        binding_level="binding",
    ),
]
MATTERS = [
    {"id": "label", "title": "The label", "decided_by": "community", "consent": "steward"},
    {"id": "price", "title": "The price", "decided_by": "community", "consent": "brand_owner"},
    {"id": "name", "title": "The name", "decided_by": "brand_owner"},
]
GROUNDS = [
    {"id": "unlawful", "title": "It is unlawful", "absolute": True},
    {"id": "unaffordable", "title": "It is unaffordable"},
    {"id": "identity", "title": "It is not us"},
]
ARTICLES = [
    {"id": "purpose", "title": "Purpose", "body": "To be tried out."},
    {"id": "guarded", "title": "Guarded", "body": "Slowly.", "entrenched_by": "amend"},
]


def charter() -> dict[str, Any]:
    """Return the founding charter as a request states it."""
    return wide_charter(
        articles=ARTICLES,
        decision_types=TYPES,
        reserved_matters=MATTERS,
        veto_grounds=GROUNDS,
        moderation_grounds=[],
        delivery={"dispute_threshold": "1/2", "least_attestations": 2},
        role_powers=POWERS,
    )
