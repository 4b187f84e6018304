"""A charter for a community that owns or carries its brand together: members decide most things, by fixed rules."""

from __future__ import annotations

from typing import Any

from app.domain.charter.templates import grounds
from app.domain.charter.templates.template import Template

_ARTICLES: list[dict[str, Any]] = [
    {
        "id": "purpose",
        "title": "Purpose",
        "body": """\
We run this brand together. This charter says how members and those who manage the brand decide, who is bound by
what, and how anyone can check that it was so.

The articles state what we mean; the decision types, reserved matters, veto grounds and powers state it exactly and
are applied as written. The law and the statutes of any legal body behind the brand stand above this charter; where
they require something else, the brand says so publicly and proposes an amendment.
""",
        "entrenched_by": "constitutional_amendment",
    },
    {
        "id": "equality",
        "title": "One member, one vote",
        "body": """\
Every member has one vote in every decision under this charter, whatever they hold, buy or have done. Office in
the community carries no further vote, and neither does office in the company.

Whatever points or tokens the brand may issue weigh in no decision, and members do not pass them on to each other.

No vote is bought, sold or lent. Ballots are sealed while they are open: nobody, whatever their office, sees how a
vote stands before it closes.
""",
        "entrenched_by": "constitutional_amendment",
    },
    {
        "id": "membership",
        "title": "Membership",
        "body": """\
Whoever is invited by a member, a steward or the brand and accepts this charter is a member, and may read,
propose, sponsor, discuss and vote. Members may leave at any time.

A member is shut out of a discussion only by a steward's reasoned decision, which another person reviews if the
member asks. Nobody loses the right to vote by it.
""",
    },
    {
        "id": "proposals",
        "title": "Proposals",
        "body": """\
Any member may raise a proposal. Others may suggest changes, which the author accepts or refuses with a reason. A
proposal that gathers its sponsors in time is discussed for the period stated and then put to the vote; its text
is fixed when voting begins.

A **member proposal** obliges the brand to answer. A **joint decision** binds the brand, unless it uses the veto
it has; it needs wider support for that reason.
""",
    },
    {
        "id": "votes",
        "title": "Product votes, charity votes and polls",
        "body": """\
Product votes settle what is made next and charity votes who benefits from the common fund. Both bind the brand.
The options, the method and the budget stand in the ballot before voting begins, and everything put to the vote
can really be carried out.

Any member may open a poll. It binds nobody, and its result is published like any other.
""",
    },
    {
        "id": "stewards",
        "title": "Stewards",
        "body": """\
Stewards are elected by transferable vote. They facilitate: they prepare ballots, say which reserved matters a
proposal touches, and moderate. They neither own nor manage the brand, and owe members a reason for every
decision they take in office.
""",
    },
    {
        "id": "discussion",
        "title": "Discussion",
        "body": """\
Members discuss in the open. A steward may hide what somebody wrote, only after a report, on a ground that this
charter lists, and with a public reason; nothing is deleted. No steward decides on what they wrote or reported
themselves. Whoever wrote it may appeal to another steward.

Criticism of the cooperative, its managers and its stewards is no ground. The figures of what is hidden and why are
open to every member.
""",
    },
    {
        "id": "duties",
        "title": "What the brand owes",
        "body": """\
Those who manage the brand state before a vote what they will do if it passes, by when and at what cost. They
answer every decision that is owed an answer in time and with reasons, turn promises into dated milestones, and
show evidence when a milestone is met. Members confirm or dispute it; a milestone disputed by enough of them is
open again.

Answers are never withdrawn or rewritten. A changed answer stands beside the earlier one.
""",
    },
    {
        "id": "reserved",
        "title": "Reserved matters",
        "body": """\
What the law gives to the company's bodies, what concerns a single person at work, and what safety and data
protection require is not put to the vote. Selling the brand, its name or its recipes, or granting an exclusive
licence to them, is put to the vote, and needs the brand's consent as well.

Where it is disputed whether a proposal touches a reserved matter, the stewards decide with a public reason.
""",
    },
    {
        "id": "veto",
        "title": "Veto and override",
        "body": """\
The brand may veto a joint decision or an amendment within its window, on a listed ground and with a public
reason, and not more often in a year than stated. Members may then call an override, which passes at a higher
threshold. A veto because of the law or of danger to people stands; it is reported at the next general discussion.
""",
    },
    {
        "id": "commons",
        "title": "What members contribute",
        "body": """\
What members contribute stays theirs. They license it to the community and the brand, without payment, for use in
the community and in the brand's products, with credit to its authors. If the brand is sold, the licence passes on
only on the same terms.
""",
    },
    {
        "id": "record",
        "title": "Record and privacy",
        "body": """\
All that changes something is recorded in a log that only grows, and auditors read all of it and
change nothing. Every count can be repeated by anyone entitled to see it.

Personal data is kept only for running the community. Erasing a person leaves every count verifiable.
""",
    },
    {
        "id": "change",
        "title": "Changing this charter",
        "body": """\
Ordinary articles, matters and rules are changed by amendment. The articles on purpose, on equality and on change,
the powers of roles and the veto grounds are changed by constitutional amendment only.

A rule is never changed under one that is weaker, judged by the charter in force. If the community is dissolved,
what is promised is carried out first, and what remains in the common fund goes where a charity vote decides.
""",
        "entrenched_by": "constitutional_amendment",
    },
]

_VETO_GROUNDS = ["unlawful", "unsafe", "contract", "unaffordable"]

_OVERRIDE = {
    "threshold": {"ratio": "3/4", "of": "for_plus_against"},
    "quorum": {"base": "participants", "ratio": "1/4"},
    "call_within": "P21D",
    "voting_period": "P14D",
    "cooling": "P7D",
}

_DECISION_TYPES: list[dict[str, Any]] = [
    {
        "id": "member_proposal",
        "title": "Member proposal",
        "description": "Something that members ask of the brand. If it passes, an answer with reasons is owed.",
        "for": "proposal",
        "opened_by": ["member"],
        "sponsors": 5,
        "sponsoring_period": "P21D",
        "discussion_period": "P7D",
        "voting_period": "P7D",
        "method": "yes_no",
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "quorum": {"base": "participants", "ratio": "1/10"},
        "threshold": {"ratio": "1/2", "strict": True, "of": "for_plus_against"},
        "late_quorum_extension": "P1D",
        "binding_level": "must_answer",
        "precommitment_within": "P7D",
        "answer_within": "P14D",
    },
    {
        "id": "joint_decision",
        "title": "Joint decision",
        "description": "Binds the brand to carry out what passes, unless it vetoes it on a listed ground.",
        "for": "proposal",
        "opened_by": ["member", "steward", "brand_owner"],
        "sponsors": 10,
        "sponsoring_period": "P30D",
        "discussion_period": "P14D",
        "voting_period": "P14D",
        "method": "yes_no",
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "quorum": {"base": "participants", "ratio": "3/20"},
        "threshold": {"ratio": "3/5", "of": "for_plus_against"},
        "late_quorum_extension": "P2D",
        "binding_level": "co_decision",
        "precommitment_within": "P14D",
        "answer_within": "P14D",
        "veto": {"window": "P14D", "grounds": _VETO_GROUNDS, "yearly_quota": 2, "override": _OVERRIDE},
    },
    {
        "id": "amendment",
        "title": "Charter amendment",
        "description": "Changes ordinary articles, decision types, matters, the emergency stop and delivery.",
        "for": "amendment",
        "amends": ["articles", "decision_types", "reserved_matters", "emergency_stop", "delivery"],
        "opened_by": ["member", "steward", "brand_owner"],
        "sponsors": 10,
        "sponsoring_period": "P30D",
        "discussion_period": "P21D",
        "voting_period": "P14D",
        "method": "yes_no",
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "quorum": {"base": "participants", "ratio": "1/5"},
        "threshold": {"ratio": "2/3", "of": "for_plus_against"},
        "late_quorum_extension": "P2D",
        "binding_level": "binding",
        "veto": {"window": "P14D", "grounds": _VETO_GROUNDS, "yearly_quota": 2, "override": _OVERRIDE},
        "timelock": "P7D",
    },
    {
        "id": "constitutional_amendment",
        "title": "Constitutional amendment",
        "description": "Changes anything, entrenched articles, veto grounds and the powers of roles included.",
        "for": "amendment",
        "amends": grounds.EVERY_PART,
        "opened_by": ["member", "steward", "brand_owner"],
        "sponsors": 20,
        "sponsoring_period": "P30D",
        "discussion_period": "P30D",
        "voting_period": "P21D",
        "method": "yes_no",
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "quorum": {"base": "participants", "ratio": "1/4"},
        "threshold": {"ratio": "3/4", "of": "for_plus_against"},
        "late_quorum_extension": "P3D",
        "binding_level": "binding",
        "veto": {
            "window": "P21D",
            "grounds": _VETO_GROUNDS,
            "yearly_quota": 2,
            "override": _OVERRIDE | {"threshold": {"ratio": "4/5"}, "voting_period": "P21D"},
        },
        "timelock": "P14D",
    },
    {
        "id": "product_vote",
        "title": "Product vote",
        "description": "Settles what is made next. Ranked, so that nobody wastes a vote on an outsider.",
        "for": "product_vote",
        "opened_by": ["member", "steward", "brand_owner"],
        "voting_period": "P10D",
        "method": "schulze",
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "quorum": {"base": "participants", "ratio": "1/10"},
        "late_quorum_extension": "P1D",
        "binding_level": "binding",
        "precommitment_within": "P3D",
        "answer_within": "P14D",
        "left_open": ["method", "settings", "seats"],
    },
    {
        "id": "charity_vote",
        "title": "Charity vote",
        "description": "Divides the common fund fairly among causes, each voter having an equal share of it to give.",
        "for": "charity_vote",
        "opened_by": ["member", "steward", "brand_owner"],
        "voting_period": "P14D",
        "method": "equal_shares",
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "quorum": {"base": "participants", "ratio": "1/10"},
        "late_quorum_extension": "P1D",
        "binding_level": "binding",
        "precommitment_within": "P3D",
        "answer_within": "P14D",
        "left_open": ["method", "settings", "seats"],
    },
    {
        "id": "steward_election",
        "title": "Election of stewards",
        "description": "Elects stewards by transferable vote, so that every sizeable group can elect one.",
        "for": "election",
        "opened_by": ["steward", "brand_owner"],
        "voting_period": "P14D",
        "method": "stv",
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "quorum": {"base": "participants", "ratio": "1/10"},
        "binding_level": "binding",
        "grants_role": "steward",
        "left_open": ["seats"],
    },
    {
        "id": "general",
        "title": "Poll",
        "description": "Asks for members' opinions on anything. It binds nobody.",
        "for": "general",
        "opened_by": ["member", "steward", "brand_owner"],
        "voting_period": "P7D",
        "method": "approval",
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "binding_level": "advisory",
        "groups": True,
        "left_open": ["method", "settings", "seats", "voting_period", "quorum", "threshold", "tie_rule"],
    },
]

COOPERATIVE = Template(
    name="cooperative",
    title="Cooperative",
    summary=(
        "For a brand that its members own or carry together. Decisions bind under fixed rules, members open polls "
        "and votes themselves, and the foundations need a constitutional amendment at three quarters."
    ),
    document={
        "title": "Charter of the cooperative community",
        "articles": _ARTICLES,
        "decision_types": _DECISION_TYPES,
        "reserved_matters": [
            grounds.PERSONNEL,
            grounds.COMPLIANCE,
            {
                "id": "company",
                "title": "Acts of the company's bodies",
                "description": "What law or statutes give to a general meeting, a board or an auditor of accounts.",
                "decided_by": "brand_owner",
                "consent": None,
            },
            {
                "id": "disposal",
                "title": "Sale and exclusive licences",
                "description": "Selling the brand, its name, marks or recipes, or licensing them exclusively.",
                "decided_by": "community",
                "consent": "brand_owner",
            },
        ],
        "veto_grounds": [grounds.UNLAWFUL, grounds.UNSAFE, grounds.CONTRACT, grounds.UNAFFORDABLE],
        "moderation_grounds": grounds.MODERATION_GROUNDS,
        "emergency_stop": {"grounds": grounds.STOP_GROUNDS, "lapses_after": "P2D"},
        "delivery": {"dispute_threshold": "1/3", "least_attestations": 5},
        "role_powers": grounds.role_powers(member_extra=[*grounds.DRAFTING_POWERS, "invitation.create"]),
    },
)
