"""Random charters that are valid by construction, and random changes of them, for Hypothesis.

Whatever decision types are drawn, one amendment type stands above them all, so that everything can be changed.
"""

from hypothesis import strategies as st

from app.domain.charter.powers import INDISPENSABLE, LIMITS
from app.domain.charter.roles import Role
from app.domain.charter.words import CAN_BE_LEFT_OPEN, Scope

IDS = ("alpha", "beta", "gamma", "delta")
GROUNDS = ("law", "safety", "cost")
PARTS = [scope.value for scope in Scope]

ratios = st.sampled_from(["1/10", "1/3", "0.5", "3/5", "2/3"])
periods = st.sampled_from(["PT0S", "PT36H", "P3D", "P1W", "P10D"])
lengths = st.sampled_from(["PT36H", "P3D", "P1W", "P10D"])
lines = st.sampled_from(["One", "Two words", "Ünïcode", "Three"])
proses = st.lists(st.sampled_from(["a line", "another", "", "# Title"]), max_size=6).map("\n".join)
bodies = proses.filter(str.strip)
roles = st.lists(st.sampled_from(["member", "steward", "brand_owner"]), min_size=1, unique=True)
quorums = st.none() | st.one_of(
    st.builds(
        lambda base, ratio: {"base": base, "ratio": ratio},
        st.sampled_from(["participants", "weight"]),
        ratios,
    ),
    st.builds(lambda ratio: {"base": "for_plus_abstain", "ratio": ratio}, ratios),
)
thresholds = st.builds(
    lambda ratio, strict, of: {"ratio": ratio, "strict": strict, "of": of},
    ratios,
    st.booleans(),
    st.sampled_from(["for_plus_against", "cast", "electorate"]),
)
vetoes = st.none() | st.builds(
    lambda window, grounds, quota, override: {
        "window": window,
        "grounds": grounds,
        "yearly_quota": quota,
        "override": override,
    },
    lengths,
    st.lists(st.sampled_from(GROUNDS), min_size=1, unique=True),
    st.integers(1, 4),
    st.none()
    | st.builds(
        lambda quorum, period: {
            "threshold": {"ratio": "4/5", "of": "electorate"},
            "quorum": quorum,
            "call_within": "P7D",
            "voting_period": period,
        },
        quorums,
        lengths,
    ),
)


def top(type_id="top"):
    """Return an amendment type that is at least as strict as whatever is drawn here."""
    return {
        "id": type_id,
        "title": "Change of anything",
        "for": "amendment",
        "amends": PARTS,
        "opened_by": ["member"],
        "sponsors": 50,
        "sponsoring_period": "P30D",
        "discussion_period": "P30D",
        "voting_period": "P30D",
        "method": "yes_no",
        "quorum": {"base": "for_plus_abstain", "ratio": "4/5"},
        "threshold": {"ratio": "4/5", "strict": True, "of": "electorate"},
        "min_approval": "4/5",
        "rejection_quorum": "1/20",
        "binding_level": "binding",
        "veto": {"window": "P30D", "grounds": list(GROUNDS), "yearly_quota": 9, "override": None},
        "timelock": "P30D",
    }


@st.composite
def staged(draw, type_id, kind):
    """Draw a proposal or amendment type, voted on for or against by one vote each."""
    sponsors = draw(st.integers(0, 3))
    rule = {
        "id": type_id,
        "title": draw(lines),
        "description": draw(proses),
        "for": kind,
        "opened_by": draw(roles),
        "sponsors": sponsors,
        "sponsoring_period": draw(lengths) if sponsors else "PT0S",
        "discussion_period": draw(periods),
        "voting_period": draw(lengths),
        "method": "yes_no",
        "quorum": draw(quorums),
        "threshold": draw(thresholds),
        "min_approval": draw(st.none() | ratios),
        "rejection_quorum": draw(st.none() | ratios),
        "binding_level": "binding"
        if kind == "amendment"
        else draw(st.sampled_from(["co_decision", "binding"])),
        "answer_within": None if kind == "amendment" else draw(lengths),
        "veto": draw(vetoes),
        "timelock": draw(periods),
    }
    if kind == "amendment":
        rule["amends"] = draw(st.lists(st.sampled_from(PARTS), min_size=1, unique=True))
    return rule


@st.composite
def standalone(draw, type_id):
    """Draw a type whose ballots are opened directly, some of its fields left open."""
    kind = draw(st.sampled_from(["product_vote", "charity_vote", "election", "general"]))
    fields = [name for name in CAN_BE_LEFT_OPEN if name != "weighting"]
    return {
        "id": type_id,
        "title": draw(lines),
        "for": kind,
        "opened_by": draw(roles),
        "voting_period": draw(lengths),
        "method": draw(st.sampled_from(["plurality", "approval", "schulze", "stv"])),
        "quorum": draw(st.none() | ratios.map(lambda ratio: {"base": "participants", "ratio": ratio})),
        "binding_level": "binding" if kind == "election" else "advisory",
        "grants_role": "steward" if kind == "election" else None,
        "left_open": draw(st.lists(st.sampled_from(fields), unique=True)),
    }


def types(type_id):
    """Return a strategy of decision types of any kind."""
    return staged(type_id, "proposal") | staged(type_id, "amendment") | standalone(type_id)


def articles(article_id, guards=(None,)):
    return st.builds(
        lambda title, body, guard: {"id": article_id, "title": title, "body": body, "entrenched_by": guard},
        lines,
        bodies,
        st.sampled_from(guards),
    )


def matters(matter_id):
    return st.builds(
        lambda title, decided, consent: {
            "id": matter_id,
            "title": title,
            "decided_by": decided,
            "consent": consent if decided == "community" else None,
        },
        lines,
        st.sampled_from(["brand_owner", "community"]),
        st.sampled_from([None, "brand_owner"]),
    )


def veto_grounds(ground_id):
    return st.builds(
        lambda title, absolute: {"id": ground_id, "title": title, "absolute": absolute}, lines, st.booleans()
    )


def moderation_grounds(ground_id):
    return st.builds(
        lambda title, decide, appeal: {
            "id": ground_id,
            "title": title,
            "decide_within": decide,
            "appeal_within": appeal,
        },
        lines,
        lengths,
        lengths,
    )


deliveries = st.builds(
    lambda ratio, least: {"dispute_threshold": ratio, "least_attestations": least}, ratios, st.integers(1, 9)
)
stops = st.none() | st.builds(
    lambda title, period: {"grounds": [{"id": "fraud", "title": title}], "lapses_after": period},
    lines,
    lengths,
)


def every_power(role):
    return sorted(power.value for power, possible in LIMITS.items() if role in possible)


@st.composite
def powers(draw, role):
    """Draw powers of a role that suffice for every type drawn here."""
    kept = {power.value for power, holder in INDISPENSABLE.items() if holder is role}
    kept |= {"proposal.raise", "ballot.create", "ballot.open", "proposal.override", "proposal.veto"}
    kept |= {"precommitment.record", "proposal.consent", "ballot.suspend", "member.verify"}
    kept |= {"moderation.appeal_decide"}
    possible = every_power(role)
    dropped = draw(st.sets(st.sampled_from(possible))) - kept
    return [power for power in possible if power not in dropped]


def some(strategy, ids=IDS):
    """Return a strategy of lists with an item for each of some ids, in any order."""
    return st.lists(st.sampled_from(ids), unique=True).flatmap(
        lambda chosen: st.tuples(*(strategy(each) for each in chosen)).map(list)
    )


@st.composite
def documents(draw):
    """Draw a valid charter as JSON."""
    rules = [*draw(some(types)), top()]
    guards = [rule["id"] for rule in rules if rule["for"] == "amendment" and "articles" in rule["amends"]]
    return {
        "title": draw(lines),
        "articles": draw(some(lambda each: articles(each, (None, *guards)))),
        "decision_types": draw(st.permutations(rules)),
        "reserved_matters": draw(some(matters)),
        "veto_grounds": [draw(veto_grounds(ground)) for ground in GROUNDS],
        "moderation_grounds": draw(some(moderation_grounds)),
        "emergency_stop": draw(stops),
        "delivery": draw(deliveries),
        "role_powers": {
            role.value: draw(powers(role)) for role in (Role.MEMBER, Role.STEWARD, Role.BRAND_OWNER)
        },
        "verified_accounts": draw(st.booleans()),
    }


@st.composite
def operations(draw):
    """Draw an operation that reads; whether it fits a charter is another matter."""
    each, ground = draw(st.sampled_from(IDS)), draw(st.sampled_from(GROUNDS))
    role = draw(st.sampled_from([Role.MEMBER, Role.STEWARD, Role.BRAND_OWNER]))
    after = draw(st.sampled_from([None, *IDS]))
    article = draw(articles(each, (None, "top", *IDS)))
    return draw(
        st.sampled_from(
            [
                {"op": "add_article", "article": article, "after": after},
                {"op": "replace_article", "article": article},
                {"op": "remove_article", "id": each},
                {"op": "set_decision_type", "decision_type": draw(types(each))},
                {"op": "set_decision_type", "decision_type": draw(types(each))},
                {"op": "remove_decision_type", "id": each},
                {"op": "set_reserved_matter", "reserved_matter": draw(matters(each))},
                {"op": "remove_reserved_matter", "id": each},
                {
                    "op": "set_veto_ground",
                    "veto_ground": draw(veto_grounds(draw(st.sampled_from([ground, each])))),
                },
                {"op": "remove_veto_ground", "id": draw(st.sampled_from([ground, each]))},
                {"op": "set_moderation_ground", "moderation_ground": draw(moderation_grounds(each))},
                {"op": "remove_moderation_ground", "id": each},
                {"op": "set_emergency_stop", "emergency_stop": draw(stops)},
                {"op": "set_delivery", "delivery": draw(deliveries)},
                {"op": "set_role_powers", "role": role.value, "powers": draw(powers(role))},
                {"op": "set_verified_accounts", "verified_accounts": draw(st.booleans())},
                {"op": "set_title", "title": draw(lines)},
            ]
        )
    )
