"""A charter for a community whose members hold tokens: tokens weigh in what is made, and change nothing alone."""

from __future__ import annotations

from typing import Any

from app.domain.charter.templates import grounds
from app.domain.charter.templates.template import Template

_ARTICLES: list[dict[str, Any]] = [
    {
        "id": "purpose",
        "title": "Purpose",
        "body": """\
Members of this community hold tokens of the brand. This charter says what tokens decide, what members decide with
one vote each, what the brand owes both, and where the brand has the last word.

The articles say what is meant; decision types, reserved matters, veto grounds and powers say it exactly and are
applied as written.
""",
    },
    {
        "id": "tokens",
        "title": "What a token is, and is not",
        "body": """\
A token is a measure of weight in those votes that count by tokens, and nothing else. It is no share in the
company, gives no claim to profit, repayment or interest, and is not promised to have or keep any price.

The weight of a vote is what its member holds when the ballot opens. What the brand holds for itself weighs nothing.
In product votes nobody's tokens weigh more than a tenth of all that count, and what this cuts off is announced at
the opening. Tokens issued or passed on afterwards change nothing in that ballot. With every result it is published
how much of the weight the largest holders had.

Members may pass their tokens on, lock them for a time, and give them up; locked tokens weigh like any others. The
brand issues tokens, and destroys tokens of others only with a reason that their holder can read. The supply, and
what was ever issued and destroyed, is open to every member.
""",
        "entrenched_by": "amendment",
    },
    {
        "id": "people",
        "title": "What tokens do not decide alone",
        "body": """\
Proposals, elections and the choice of causes are decided by members with one vote each, however many tokens they
hold. This charter changes only where both agree: in one ballot the members are counted by one vote each and by
their tokens, and it passes only if it passes twice.

The rules of product votes, and the brand's veto over changes of these rules, are changed by a vote that counts as
they do, because those who hold tokens rely on them.
""",
        "entrenched_by": "amendment",
    },
    {
        "id": "membership",
        "title": "Membership",
        "body": """\
Whoever is invited and accepts this charter is a member, with tokens or without. Holding tokens makes nobody a
member, and leaving the community takes nobody's tokens away.

One person is one member. Whoever keeps several memberships to gain votes may lose all but one of them.
""",
    },
    {
        "id": "products",
        "title": "Product votes",
        "body": """\
Product votes count by tokens, up to a tenth of them for any one member, and bind the brand. The options, the method
and the quorum stand in the ballot before voting begins.
""",
    },
    {
        "id": "proposals",
        "title": "Proposals, charity votes, elections and polls",
        "body": """\
Any member may raise a proposal; once enough members sponsor it, it is discussed and put to the vote, and if it
passes the brand owes an answer with reasons. Charity votes bind the brand to pay what was announced to whoever
wins. Elections choose the stewards. Polls bind nobody.
""",
    },
    {
        "id": "promises",
        "title": "What the brand owes",
        "body": """\
Before a vote whose result is owed an answer, the brand states what it will do if it passes, by when and within
what budget. It answers in time, gives a reason for every refusal, and turns what it promises into dated
milestones, which members confirm or dispute. The record of all this is open to members.
""",
    },
    {
        "id": "reserved",
        "title": "What is not put to the vote",
        "body": """\
The reserved matters of this charter are decided by the brand alone or need its consent. The supply of tokens is
such a matter of both: a proposal to issue more or to retire some needs the brand's consent, and the brand changes
the supply only as it has announced to members beforehand.
""",
    },
    {
        "id": "veto",
        "title": "Veto and override",
        "body": """\
The brand may veto an amendment within the window after its result, on a listed ground, with a public reason, and
not more often in a year than stated. Those who voted may override it in a second vote at a higher threshold,
unless the ground is marked absolute.
""",
    },
    {
        "id": "stewards",
        "title": "Stewards and emergencies",
        "body": """\
Stewards facilitate, and hold no other power over the brand or over tokens. A steward or the brand may suspend an
open ballot on a listed ground, with a public reason; the suspension ends by itself.
""",
    },
    {
        "id": "discussion",
        "title": "Discussion",
        "body": """\
What somebody wrote may be hidden by a steward, never deleted, only on a listed ground and with a public reason.
Whoever wrote it may appeal, and another steward decides. Criticism of the brand is no ground, however many tokens
it may cost. How much is hidden and why is counted in public.
""",
    },
    {
        "id": "ideas",
        "title": "Ideas and contributions",
        "body": """\
Members keep the rights in what they contribute, and allow the brand and other members to use and change it for
the community and the brand's products. A reward in tokens may be promised for an idea; it is thanks and no wage,
and creates no employment.
""",
    },
    {
        "id": "record",
        "title": "Record and privacy",
        "body": """\
Everything that changes something, holdings included, is entered in a log that only grows and can be checked from
outside. Personal data is used to run the community alone, and erasing it leaves every count verifiable.
""",
    },
    {
        "id": "change",
        "title": "Changing this charter",
        "body": """\
This charter is changed by amendment, under a rule at least as strict as the rule that is changed, judged by the
charter in force. Nothing changes a ballot that has been opened.

If the brand ends the community it says so thirty days before, and says publicly what becomes of what it promised.
Tokens then weigh in nothing any more.
""",
        "entrenched_by": "amendment",
    },
]


#: What every vote by tokens leaves out.
_NOT_THE_BRANDS = ["brand_holdings"]
#: The most that one member's tokens weigh, of all that count.
_CAP = {"ratio": "1/10"}


def _veto(on: list[str], base: str, token_majority: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the brand's veto over amendments.

    :param on: ids of the grounds on which it can be used.
    :param base: what the quorum of its override counts.
    :param token_majority: what the override takes of tokens, where both are counted.
    """
    return {
        "window": "P14D",
        "grounds": on,
        "yearly_quota": 2,
        "override": {
            "threshold": {"ratio": "3/4", "of": "for_plus_against"},
            "quorum": {"base": base, "ratio": "1/4"},
            "call_within": "P14D",
            "voting_period": "P14D",
            "cooling": "P7D",
            "token_majority": token_majority,
        },
    }


_DECISION_TYPES: list[dict[str, Any]] = [
    {
        "id": "member_proposal",
        "title": "Member proposal",
        "description": "Something that members ask of the brand, by one vote each. If it passes, an answer is owed.",
        "for": "proposal",
        "opened_by": ["member", "steward", "brand_owner"],
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
        "id": "amendment",
        "title": "Charter amendment",
        "description": "Changes this charter where members, by one vote each, and their tokens both agree.",
        "for": "amendment",
        "amends": grounds.EVERY_PART,
        "opened_by": ["member", "steward", "brand_owner"],
        "sponsors": 10,
        "sponsoring_period": "P30D",
        "discussion_period": "P14D",
        "voting_period": "P14D",
        "method": "yes_no",
        "weighting": "dual",
        "exclude": _NOT_THE_BRANDS,
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "quorum": {"base": "participants", "ratio": "1/5"},
        "threshold": {"ratio": "2/3", "of": "for_plus_against"},
        "token_majority": {
            "threshold": {"ratio": "1/2", "strict": True, "of": "for_plus_against"},
            "quorum": {"base": "weight", "ratio": "1/10"},
        },
        "late_quorum_extension": "P2D",
        "binding_level": "binding",
        "veto": _veto(
            ["unlawful", "unsafe", "contract", "unaffordable", "identity"],
            "participants",
            {
                "threshold": {"ratio": "2/3", "of": "for_plus_against"},
                "quorum": {"base": "weight", "ratio": "1/10"},
            },
        ),
        "timelock": "P7D",
    },
    {
        "id": "token_amendment",
        "title": "Amendment of the token rules",
        "description": "Changes the rules of votes that count by tokens, itself by a vote that counts as they do.",
        "for": "amendment",
        "amends": ["decision_types", "veto_grounds"],
        "opened_by": ["member", "steward", "brand_owner"],
        "sponsors": 10,
        "sponsoring_period": "P30D",
        "discussion_period": "P14D",
        "voting_period": "P14D",
        "method": "yes_no",
        "weighting": "token_capped",
        "weight_cap": _CAP,
        "exclude": _NOT_THE_BRANDS,
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "quorum": {"base": "weight", "ratio": "1/5"},
        "threshold": {"ratio": "2/3", "of": "for_plus_against"},
        "late_quorum_extension": "P2D",
        "binding_level": "binding",
        "veto": _veto(["token_law", "token_promise"], "weight"),
        "timelock": "P7D",
    },
    {
        "id": "product_vote",
        "title": "Product vote",
        "description": "What is made next, by tokens up to a tenth for each member. The brand makes what wins.",
        "for": "product_vote",
        "opened_by": ["steward", "brand_owner"],
        "voting_period": "P7D",
        "method": "irv",
        "weighting": "token_capped",
        "weight_cap": _CAP,
        "exclude": _NOT_THE_BRANDS,
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "quorum": {"base": "weight", "ratio": "1/20"},
        "late_quorum_extension": "P1D",
        "binding_level": "binding",
        "precommitment_within": "P3D",
        "answer_within": "P14D",
        "left_open": ["method", "settings", "seats", "tie_rule"],
    },
    {
        "id": "charity_vote",
        "title": "Charity vote",
        "description": "Who receives the money set aside for good causes, by one vote each.",
        "for": "charity_vote",
        "opened_by": ["steward", "brand_owner"],
        "voting_period": "P7D",
        "method": "approval",
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "quorum": {"base": "participants", "ratio": "1/20"},
        "late_quorum_extension": "P1D",
        "binding_level": "binding",
        "precommitment_within": "P3D",
        "answer_within": "P14D",
        "left_open": ["method", "settings", "seats", "tie_rule"],
    },
    {
        "id": "steward_election",
        "title": "Election of stewards",
        "description": "Elects stewards by transferable vote, one vote each.",
        "for": "election",
        "opened_by": ["steward", "brand_owner"],
        "voting_period": "P14D",
        "method": "stv",
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "quorum": {"base": "participants", "ratio": "1/20"},
        "binding_level": "binding",
        "grants_role": "steward",
        "left_open": ["seats"],
    },
    {
        "id": "general",
        "title": "Poll",
        "description": "Asks for opinions, by tokens, by one vote each or by both, as its ballot says.",
        "for": "general",
        "opened_by": ["steward", "brand_owner"],
        "voting_period": "P7D",
        "method": "plurality",
        "weight_cap": _CAP,
        "exclude": _NOT_THE_BRANDS,
        "token_majority": {"threshold": {"ratio": "1/2", "strict": True, "of": "for_plus_against"}},
        "disclosure": "pseudonymous",
        "binding_level": "advisory",
        "groups": True,
        "left_open": [
            "method",
            "settings",
            "seats",
            "weighting",
            "voting_period",
            "quorum",
            "threshold",
            "secrecy",
            "tie_rule",
        ],
    },
]

TOKEN_COMMUNITY = Template(
    name="token_community",
    title="Token community",
    summary=(
        "For a brand whose members hold its tokens. Tokens weigh in product votes, up to a cap; proposals, causes "
        "and elections are decided by one vote each; the charter changes where members and tokens both agree."
    ),
    document={
        "title": "Charter of the token community",
        "articles": _ARTICLES,
        "decision_types": _DECISION_TYPES,
        "reserved_matters": [
            grounds.OWNERSHIP,
            grounds.PERSONNEL,
            grounds.COMPLIANCE,
            grounds.TRADE_MARKS,
            {
                "id": "token_supply",
                "title": "Supply of tokens",
                "description": "Issuing tokens beyond what has been announced, retiring them, or locking them.",
                "decided_by": "community",
                "consent": "brand_owner",
            },
        ],
        "veto_grounds": [
            grounds.UNLAWFUL,
            grounds.UNSAFE,
            grounds.CONTRACT,
            grounds.UNAFFORDABLE,
            grounds.IDENTITY,
            {
                "id": "token_law",
                "title": "It would break the law on tokens",
                "description": (
                    "It would break a law that binds the brand, or give tokens a legal character, such as that of a "
                    "security or of money, which they were not issued with. The reason names the provision."
                ),
                "absolute": True,
            },
            {
                "id": "token_promise",
                "title": "It would break what holders were promised",
                "description": (
                    "It would take away what holders of tokens were promised when these were issued. The reason "
                    "quotes the promise."
                ),
                "absolute": False,
            },
        ],
        "moderation_grounds": grounds.MODERATION_GROUNDS,
        "emergency_stop": {"grounds": grounds.STOP_GROUNDS, "lapses_after": "P3D"},
        "delivery": {"dispute_threshold": "1/2", "least_attestations": 10},
        "role_powers": grounds.role_powers(member_extra=["token.transfer"]),
    },
)
