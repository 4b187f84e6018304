"""What a charter says of weights: read whole, refused where it makes no sense, and entrenched."""

import copy

import pytest

from app.domain.charter.amendments import Entrenched, InvalidCharter, check, read_operations
from app.domain.charter.difference import difference
from app.domain.charter.reading import read_charter, read_decision_type
from app.domain.charter.roles import Role
from app.domain.charter.templates import TEMPLATES
from app.domain.charter.words import Exclusion
from app.domain.decision import DecisionRules, Quorum, Ratio, Threshold
from app.domain.weights import WeightCap, Weighting

from .plain import OWNER_POWERS, POWERS, PROPOSAL, VETO, VOTE, document

TOKENS = read_charter(TEMPLATES["token_community"].document)
MAJORITY = {"threshold": {"ratio": "1/2", "strict": True}, "quorum": {"base": "weight", "ratio": "1/5"}}
CAPPED = VOTE | {"weighting": "token_capped", "weight_cap": {"ratio": "1/10"}}
DUAL = PROPOSAL | {"weighting": "dual", "token_majority": MAJORITY}
OVER = VETO["override"] | {"token_majority": {"threshold": {"ratio": "2/3"}}}
OPEN = VOTE | {"left_open": ["weighting"]}


def test_weights_are_read_with_all_that_shapes_them():
    rule = read_decision_type(CAPPED | {"count_unvested": False, "exclude": ["brand_holdings"]})
    assert rule.weighting is Weighting.TOKEN_CAPPED
    assert rule.weight_cap == WeightCap(ratio=Ratio(1, 10))
    assert (rule.count_unvested, rule.exclude) == (False, (Exclusion.BRAND_HOLDINGS,))
    assert [each.role for each in Exclusion] == [Role.BRAND_OWNER, Role.STEWARD]


def test_a_token_majority_is_a_threshold_and_what_else_is_stated():
    rule = read_decision_type(DUAL)
    assert rule.token_majority == DecisionRules(
        Quorum("weight", Ratio(1, 5)), Threshold(Ratio(1, 2), strict=True), None, None
    )


def test_a_type_that_says_nothing_of_weights_is_as_it_always_was():
    """So stored charters, frozen rules and the ballots under them still read."""
    written = read_decision_type(PROPOSAL).to_json()
    new = {"weight_cap": None, "count_unvested": True, "exclude": [], "token_majority": None}
    assert {name: written[name] for name in new} == new
    older = {name: value for name, value in written.items() if name not in new}
    assert read_decision_type(older) == read_decision_type(written)
    charter = TOKENS.to_json()
    del charter["verified_accounts"]
    assert read_charter(charter) == TOKENS
    assert not TOKENS.verified_accounts


ACCEPTED = {
    "a cap by amount": CAPPED | {"weight_cap": {"amount": 500}},
    "a cap for whoever chooses it": OPEN | {"weight_cap": {"amount": 500}},
    "a double majority for whoever chooses it": OPEN
    | {"token_majority": MAJORITY, "left_open": ["weighting", "method", "threshold"]},
    "roots": VOTE | {"weighting": "quadratic_token", "exclude": ["steward_holdings", "brand_holdings"]},
    "exclusions for whoever weighs tokens": OPEN | {"exclude": ["brand_holdings"], "count_unvested": False},
    "a double majority over a veto": DUAL | {"veto": VETO | {"override": OVER}},
    "a double majority that cannot be overridden": DUAL | {"veto": VETO | {"override": None}},
}


@pytest.mark.parametrize("value", ACCEPTED.values(), ids=ACCEPTED)
def test_weights_that_make_sense_are_read(value):
    rule = read_decision_type(value)
    assert read_decision_type(rule.to_json()) == rule


FAULTS = {
    "no cap": (CAPPED | {"weight_cap": None}, "/weight_cap", "required"),
    "no cap by default": (
        OPEN | {"weighting": "token_capped"},
        "/weight_cap",
        "required",
    ),
    "a cap of nothing": (CAPPED | {"weight_cap": {"amount": 0}}, "/weight_cap/amount", "from 1"),
    "a cap of a float": (CAPPED | {"weight_cap": {"ratio": 0.1}}, "/weight_cap/ratio", "ratio"),
    "a ratio of nothing": (CAPPED | {"weight_cap": {"ratio": "0"}}, "/weight_cap/ratio", "above 0"),
    "two caps": (CAPPED | {"weight_cap": {"amount": 1, "ratio": "1/2"}}, "/weight_cap", "either"),
    "a cap that is neither": (CAPPED | {"weight_cap": {}}, "/weight_cap", "either"),
    "a cap on members": (PROPOSAL | {"weight_cap": {"amount": 1}}, "/weight_cap", "no meaning"),
    "a cap on a double majority": (DUAL | {"weight_cap": {"amount": 1}}, "/weight_cap", "no meaning"),
    "whose holdings": (CAPPED | {"exclude": ["member_holdings"]}, "/exclude/0", "must be one of"),
    "excluded twice": (CAPPED | {"exclude": ["brand_holdings"] * 2}, "/exclude/1", "already"),
    "excluded where members count": (PROPOSAL | {"exclude": ["brand_holdings"]}, "/exclude", "no meaning"),
    "vested where members count": (PROPOSAL | {"count_unvested": False}, "/count_unvested", "no meaning"),
    "vested perhaps": (CAPPED | {"count_unvested": None}, "/count_unvested", "true or false"),
    "no token majority": (DUAL | {"token_majority": None}, "/token_majority", "required"),
    "a token majority without threshold": (
        DUAL | {"token_majority": {"quorum": None}},
        "/token_majority/threshold",
        "required",
    ),
    "a token majority of one tally": (PROPOSAL | {"token_majority": MAJORITY}, "/token_majority", "no mean"),
    "a token majority of a choice": (OPEN | {"token_majority": MAJORITY}, "/token_majority", "no meaning"),
    "a double majority of a choice": (
        VOTE | {"weighting": "dual", "token_majority": MAJORITY},
        "/weighting",
        "yes_no",
    ),
    "an override without token majority": (
        DUAL | {"veto": VETO},
        "/veto/override/token_majority",
        "required",
    ),
    "an override with one too many": (
        PROPOSAL | {"veto": VETO | {"override": OVER}},
        "/veto/override/token_majority",
        "no meaning",
    ),
    "an override below the token majority": (
        DUAL
        | {
            "token_majority": {"threshold": {"ratio": "3/4"}},
            "veto": VETO | {"override": OVER},
        },
        "/veto/override/token_majority/threshold",
        "at least the threshold",
    ),
}


@pytest.mark.parametrize("case", FAULTS.values(), ids=FAULTS)
def test_weights_that_make_no_sense_are_refused(case):
    value, pointer, words = case
    with pytest.raises(InvalidCharter) as caught:
        read_decision_type(value)
    assert words in dict(caught.value.errors)[pointer]


# --- verified accounts --------------------------------------------------------------------------------------

ROOTS = VOTE | {"weighting": "quadratic_token"}
ROOTS_AMENDMENT = copy.deepcopy(TOKENS.decision_type("token_amendment").to_json()) | {
    "id": "roots_amendment",
    "opened_by": ["member"],
    "weighting": "quadratic_token",
    "weight_cap": None,
    "exclude": [],
    "veto": None,
}
VERIFIERS = {"member": POWERS, "steward": ["member.verify"], "brand_owner": OWNER_POWERS}


def test_roots_of_tokens_take_verified_accounts():
    with pytest.raises(InvalidCharter) as caught:
        read_charter(document(ROOTS, ROOTS_AMENDMENT, role_powers=VERIFIERS))
    assert [pointer for pointer, _ in caught.value.errors] == [
        "/decision_types/1/weighting",
        "/decision_types/2/weighting",
    ]
    assert read_charter(
        document(ROOTS, ROOTS_AMENDMENT, role_powers=VERIFIERS, verified_accounts=True)
    ).verified_accounts


def test_accounts_are_not_verified_by_nobody():
    with pytest.raises(InvalidCharter) as caught:
        read_charter(document(verified_accounts=True))
    assert caught.value.errors == [("/verified_accounts", "no role holds member.verify")]


def test_whether_accounts_are_verified_is_amended_with_the_role_powers():
    (on,) = read_operations([{"op": "set_verified_accounts", "verified_accounts": True}])
    assert on.scope == "role_powers"
    verified = check(TOKENS, [on], TOKENS.decision_type("amendment"))
    assert verified.verified_accounts
    assert difference(TOKENS, verified) == {"verified_accounts": {"from": False, "to": True}}
    with pytest.raises(Entrenched):
        check(TOKENS, [on], TOKENS.decision_type("token_amendment"))


def test_verification_is_not_dropped_from_under_a_vote_by_roots():
    charter = read_charter(document(ROOTS, ROOTS_AMENDMENT, role_powers=VERIFIERS, verified_accounts=True))
    off = read_operations([{"op": "set_verified_accounts", "verified_accounts": False}])
    with pytest.raises(InvalidCharter, match="quadratic_token takes verified_accounts"):
        check(charter, off, charter.decision_type("amendment"))


# --- entrenchment ---------------------------------------------------------------------------------------------


def changed(*type_ids, **changes):
    """Return operations that set the same fields in some types of the token community."""
    documents = [copy.deepcopy(TOKENS.decision_type(each).to_json()) | changes for each in type_ids]
    return read_operations([{"op": "set_decision_type", "decision_type": each} for each in documents])


@pytest.mark.parametrize("changes", [{"weight_cap": {"ratio": "1/2"}}, {"exclude": []}, {"sponsors": 10}])
def test_the_rules_of_votes_by_capped_tokens_change_by_a_vote_that_counts_like_them(changes):
    """With the vote, so that something as strict can change it again."""
    types = ("token_amendment",) if "sponsors" in changes else ("product_vote", "token_amendment")
    assert check(TOKENS, changed(*types, **changes), TOKENS.decision_type("token_amendment"))
    with pytest.raises(
        Entrenched, match="weighted by token_capped \\(at most 1/10\\), without brand_holdings"
    ):
        check(TOKENS, changed(*types, **changes), TOKENS.decision_type("amendment"))


def test_a_vote_is_not_given_weights_by_which_nothing_could_change_it_again():
    with pytest.raises(InvalidCharter, match="nothing could ever change it"):
        check(
            TOKENS,
            changed("product_vote", weight_cap={"ratio": "1/2"}),
            TOKENS.decision_type("token_amendment"),
        )


def test_no_double_majority_is_given_up_by_one_majority_alone():
    plain = TOKENS.decision_type("amendment").to_json()
    plain |= {"weighting": "one_member_one_vote", "token_majority": None, "exclude": [], "veto": None}
    operations = read_operations([{"op": "set_decision_type", "decision_type": plain | {"id": "plain"}}])
    assert check(TOKENS, operations, TOKENS.decision_type("amendment"))
    with pytest.raises(Entrenched, match="weighted by token"):
        check(TOKENS, operations, read_decision_type(plain))


def test_a_double_majority_may_take_the_place_of_both_single_ones():
    """Whatever passes twice would have passed once, so the way it is made is strict enough for either."""
    small = read_charter(TEMPLATES["small_brand"].document)
    both = small.decision_type("amendment").to_json()
    both |= {"weighting": "dual", "token_majority": MAJORITY}
    both["veto"]["override"]["token_majority"] = {"threshold": {"ratio": "3/4"}}
    operations = read_operations([{"op": "set_decision_type", "decision_type": both}])
    amended = check(small, operations, small.decision_type("amendment"))
    assert amended.decision_type("amendment").weighting is Weighting.DUAL
