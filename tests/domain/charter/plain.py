"""A plain charter and plain decision types, for tests to spoil in one place."""

from . import charters

POWERS = ["ballot.cast", "proposal.raise", "proposal.sponsor", "proposal.open_vote", "proposal.override"]

OWNER_POWERS = [
    "role.grant",
    "obligation.answer",
    "proposal.veto",
    "precommitment.record",
    "ballot.create",
    "ballot.open",
]

AMENDMENT = charters.top("amendment") | {
    "quorum": {"base": "participants", "ratio": "1/5"},
    "threshold": {"ratio": "2/3"},
    "min_approval": None,
    "rejection_quorum": None,
    "veto": None,
}

PROPOSAL = {
    "id": "proposal",
    "title": "Proposal",
    "for": "proposal",
    "opened_by": ["member"],
    "sponsors": 2,
    "sponsoring_period": "P7D",
    "voting_period": "P7D",
    "method": "yes_no",
    "threshold": {"ratio": "1/2", "strict": True},
    "binding_level": "advisory",
}

VETO = {
    "window": "P7D",
    "grounds": ["law"],
    "yearly_quota": 1,
    "override": {"threshold": {"ratio": "3/4"}, "call_within": "P7D", "voting_period": "P7D"},
}

VOTE = {
    "id": "vote",
    "title": "Vote",
    "for": "product_vote",
    "opened_by": ["brand_owner"],
    "voting_period": "P7D",
    "method": "plurality",
    "binding_level": "advisory",
}


def document(*types, **rest):
    return {
        "title": "Charter",
        "articles": [],
        "decision_types": [AMENDMENT, *types],
        "veto_grounds": [{"id": "law", "title": "Law"}],
        "delivery": {"dispute_threshold": "1/2", "least_attestations": 3},
        "role_powers": {"member": POWERS, "brand_owner": OWNER_POWERS},
    } | rest
