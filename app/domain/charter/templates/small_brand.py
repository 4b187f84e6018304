"""A charter for a brand whose community is young: few rules, much left open to try."""

from __future__ import annotations

from typing import Any

from app.domain.charter.templates import grounds
from app.domain.charter.templates.template import Template

_ARTICLES: list[dict[str, Any]] = [
    {
        "id": "purpose",
        "title": "What this charter is for",
        "body": """\
This charter is an agreement between the brand and the members of its community. It says what members decide,
what the brand owes them afterwards, and where the brand has the last word.

It has two parts that belong together. The articles say in words what is meant. The decision types, reserved
matters, veto grounds and powers say the same exactly, and the service applies them as they are written. Where an
article and a rule seem to differ, the rule is what was applied, and either side may propose to bring the two
together again.
""",
    },
    {
        "id": "membership",
        "title": "Membership",
        "body": """\
Whoever is invited and accepts this charter is a member. Every member may read everything that is not somebody's
private affair, take part in discussions, raise and sponsor proposals, and vote.

Membership is free. A member may leave at any time, without giving a reason; votes already cast stay in the count.

The brand may keep accounts of points or tokens for members. It issues them, and takes any back only with a reason
that the member can read. Members do not pass them on to each other: while the community is young, what somebody
holds should say what the brand gave them, and nothing of who bought whose.
When this charter changes, members are asked to accept the new version; whoever does not wish to may leave.
""",
    },
    {
        "id": "decisions",
        "title": "What members decide",
        "body": """\
Members decide in these ways:

- **Product votes and charity votes**, which the brand or a steward opens, are binding: the brand carries out what
  wins, and says by when.
- **Member proposals** may be raised by anyone in the community. Once enough members sponsor one, it is discussed
  and put to the vote. If it passes, the brand owes an answer with reasons.
- **Elections** choose the stewards.
- **Polls** ask for opinions and bind nobody.

What a vote binds the brand to is stated before voting begins and cannot be changed afterwards. While the
community is young, whoever opens a ballot may choose its method and times within the rules; every choice is
published with the ballot before the first vote is cast.
""",
    },
    {
        "id": "promises",
        "title": "What the brand owes",
        "body": """\
Before a proposal whose result will be owed an answer is put to the vote, the brand says what it will do if it
passes, by when, within what budget, and on what grounds it might refuse. If the brand says nothing in time, the
vote takes place all the same, and the silence is public.

After the result the brand answers within the time stated. A refusal always gives its reason. What the brand
promises becomes dated milestones; when the brand calls one done, members may confirm or dispute it, and enough
disputes open it again. The record of answers and promises kept is open to every member.
""",
    },
    {
        "id": "reserved",
        "title": "What is not put to the vote",
        "body": """\
The brand remains a business with duties to its owners, its workers and the law. The reserved matters listed in
this charter are therefore decided by the brand alone, or need its consent. The list is complete: what is not on
it may be proposed.

Nothing in this charter transfers ownership of the brand, its trade marks or its company, nor makes members liable
for its debts.
""",
    },
    {
        "id": "veto",
        "title": "Veto and override",
        "body": """\
Where a decision type gives the brand a veto, the brand may use it only within the window after the result, only
on a ground listed there, only as often in a year as stated, and only with a public reason.

A veto suspends the decision. Members may override it in a second vote at a higher threshold, unless the ground
is marked absolute: nobody can be outvoted into breaking the law or endangering people.
""",
    },
    {
        "id": "stewards",
        "title": "Stewards",
        "body": """\
Stewards keep the community in order: they open ballots, say which reserved matters a proposal touches, and look
after discussions. The office gives no vote beyond the steward's own as a member, and no say over the brand.

A steward or the brand may suspend an open ballot in an emergency, only on a listed ground and with a public
reason. The suspension ends by itself.
""",
    },
    {
        "id": "discussion",
        "title": "Discussion",
        "body": """\
Whoever thinks that something written here breaks the rules may report it. A steward who has nothing to do with it
dismisses the report or hides the text, on a ground that this charter lists and with a public reason. Nothing is
deleted: its place and its author stay to be seen. Criticism, of the brand above all, is no ground.

Whoever wrote what was hidden may appeal, and somebody else decides. How much is hidden, on which grounds and how
often an appeal succeeds is public.
""",
    },
    {
        "id": "ideas",
        "title": "Ideas and contributions",
        "body": """\
Members keep the rights in what they write and make. By putting an idea, text or design into the community they
allow the brand and the other members to use it, without payment and without time limit, for the purposes of the
community and the brand's products, and to change it for that purpose. The brand credits those whose idea it
carries out, unless they prefer not to be named.

Nobody should contribute what they are not free to share.
""",
    },
    {
        "id": "record",
        "title": "The record, and people's data",
        "body": """\
Everything that changes something is entered in a log that only grows. Anyone entitled to see a ballot can count
it again and check the count against the log.

Personal data is used to run the community and for nothing else without consent. A member who asks to be erased is
erased; the counts they took part in stay true without their name.
""",
    },
    {
        "id": "change",
        "title": "Changing this charter",
        "body": """\
This charter is changed only by an amendment voted under it. A rule can be changed only under a rule that is at
least as strict, judged by the charter in force at the time. No amendment changes a ballot that has been opened.

If the brand ends the community, it says so at least thirty days before, lets members take their contributions and
the record with them, and carries out what it has promised by then or says publicly why it will not.
""",
        "entrenched_by": "amendment",
    },
]

_LEFT_OPEN = [
    "method",
    "settings",
    "seats",
    "voting_period",
    "quorum",
    "vote_change",
    "early_close",
    "secrecy",
    "disclosure",
    "tie_rule",
    "threshold",
    "min_approval",
    "rejection_quorum",
]

_DECISION_TYPES: list[dict[str, Any]] = [
    {
        "id": "member_proposal",
        "title": "Member proposal",
        "description": "Something that members ask of the brand. If it passes, the brand owes an answer.",
        "for": "proposal",
        "opened_by": ["member", "steward", "brand_owner"],
        "sponsors": 2,
        "sponsoring_period": "P14D",
        "discussion_period": "P7D",
        "voting_period": "P7D",
        "method": "yes_no",
        "secrecy": "sealed",
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
        "description": "Changes this charter, in words or in rules. The brand may veto it; members may override.",
        "for": "amendment",
        "amends": grounds.EVERY_PART,
        "opened_by": ["member", "steward", "brand_owner"],
        "sponsors": 3,
        "sponsoring_period": "P21D",
        "discussion_period": "P14D",
        "voting_period": "P14D",
        "method": "yes_no",
        "secrecy": "sealed",
        "quorum": {"base": "participants", "ratio": "1/5"},
        "threshold": {"ratio": "2/3", "of": "for_plus_against"},
        "late_quorum_extension": "P2D",
        "binding_level": "binding",
        "veto": {
            "window": "P14D",
            "grounds": ["unlawful", "unsafe", "contract", "unaffordable", "identity"],
            "yearly_quota": 2,
            "override": {
                "threshold": {"ratio": "3/4", "of": "for_plus_against"},
                "quorum": {"base": "participants", "ratio": "1/4"},
                "call_within": "P14D",
                "voting_period": "P14D",
                "cooling": "P7D",
            },
        },
        "timelock": "P7D",
    },
    {
        "id": "product_vote",
        "title": "Product vote",
        "description": "Which product, flavour, colour or feature comes next. The brand makes what wins.",
        "for": "product_vote",
        "opened_by": ["steward", "brand_owner"],
        "voting_period": "P7D",
        "method": "approval",
        "binding_level": "binding",
        "precommitment_within": "P3D",
        "answer_within": "P14D",
        "left_open": _LEFT_OPEN,
    },
    {
        "id": "charity_vote",
        "title": "Charity vote",
        "description": "Who receives the money that the brand has set aside for good causes.",
        "for": "charity_vote",
        "opened_by": ["steward", "brand_owner"],
        "voting_period": "P7D",
        "method": "approval",
        "binding_level": "binding",
        "precommitment_within": "P3D",
        "answer_within": "P14D",
        "left_open": _LEFT_OPEN,
    },
    {
        "id": "steward_election",
        "title": "Election of stewards",
        "description": "Elects stewards by transferable vote, so that every sizeable group can elect one.",
        "for": "election",
        "opened_by": ["steward", "brand_owner"],
        "voting_period": "P7D",
        "method": "stv",
        "binding_level": "binding",
        "grants_role": "steward",
        "left_open": _LEFT_OPEN,
    },
    {
        "id": "general",
        "title": "Poll",
        "description": "Asks for members' opinions on anything. It binds nobody; its ballot says how it is counted.",
        "for": "general",
        "opened_by": ["steward", "brand_owner"],
        "voting_period": "P7D",
        "method": "plurality",
        "binding_level": "advisory",
        "groups": True,
        "left_open": [*_LEFT_OPEN, "weighting"],
    },
]

SMALL_BRAND = Template(
    name="small_brand",
    title="Small brand",
    summary=(
        "For a brand that starts a community and wants to try things. Members propose and the brand answers; "
        "product and charity votes bind it; whoever opens a ballot chooses how it is counted."
    ),
    document={
        "title": "Community charter",
        "articles": _ARTICLES,
        "decision_types": _DECISION_TYPES,
        "reserved_matters": [
            grounds.OWNERSHIP,
            grounds.PERSONNEL,
            grounds.COMPLIANCE,
            grounds.TRADE_MARKS,
        ],
        "veto_grounds": [
            grounds.UNLAWFUL,
            grounds.UNSAFE,
            grounds.CONTRACT,
            grounds.UNAFFORDABLE,
            grounds.IDENTITY,
        ],
        "moderation_grounds": grounds.MODERATION_GROUNDS,
        "emergency_stop": {"grounds": grounds.STOP_GROUNDS, "lapses_after": "P3D"},
        "delivery": {"dispute_threshold": "1/2", "least_attestations": 3},
        "role_powers": grounds.role_powers(),
    },
)
