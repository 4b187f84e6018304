"""Amendments: what operations make of a charter, what they were written against, and under which rule."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.charter.amendments import (
    AmendmentConflict,
    Entrenched,
    InvalidCharter,
    Op,
    apply,
    based_on,
    check,
    conflicts,
    read_operations,
)
from app.domain.charter.difference import difference
from app.domain.charter.entrenchment import guards
from app.domain.charter.operations import FORMS, Operation
from app.domain.charter.reading import read_charter
from app.domain.charter.roles import Role
from app.domain.charter.strictness import at_least_as_strict
from app.domain.charter.templates import TEMPLATES
from app.domain.charter.words import Scope

from . import charters

SMALL = read_charter(TEMPLATES["small_brand"].document)
COOPERATIVE = read_charter(TEMPLATES["cooperative"].document)
TOKENS = read_charter(TEMPLATES["token_community"].document)
ARTICLE = {"id": "new", "title": "New", "body": "Text"}


def rule(charter, type_id, **changes):
    return copy.deepcopy(charter.decision_type(type_id).to_json()) | changes


def ops(*operations):
    return read_operations(list(operations))


def set_type(document):
    return {"op": "set_decision_type", "decision_type": document}


class TestReading:
    def test_an_operation_reads_as_what_it_was_written_from(self):
        (read,) = ops({"op": "replace_article", "article": ARTICLE, "was": "Old text"})
        assert read == Operation(
            Op.REPLACE_ARTICLE, "new", ARTICLE | {"entrenched_by": None}, None, "Old text"
        )
        assert read_operations([read.to_json()]) == (read,)

    @given(charters.operations())
    def test_every_operation_reads_as_what_it_was_written_from(self, drawn):
        (read,) = read_operations([drawn])
        assert read_operations([read.to_json()]) == (read,)

    @pytest.mark.parametrize(
        ("value", "pointer"),
        [
            (None, ""),
            ([], ""),
            ([{"op": "set_title", "title": "T"}] * 101, ""),
            ([3], "/0"),
            ([{}], "/0/op"),
            ([{"op": "abolish"}], "/0/op"),
            ([{"op": ["set_title"]}], "/0/op"),
            ([{"op": "set_title", "title": "T", "more": 1}], "/0/more"),
            ([{"op": "set_title"}], "/0/title"),
            ([{"op": "add_article", "article": ARTICLE}], "/0/after"),
            ([{"op": "add_article", "article": ARTICLE | {"body": ""}, "after": None}], "/0/article/body"),
            ([{"op": "remove_article", "id": "A"}], "/0/id"),
            ([set_type({"id": "x"})], "/0/decision_type/title"),
            ([set_type(rule(SMALL, "amendment", timelock="P1Y"))], "/0/decision_type/timelock"),
            ([{"op": "set_role_powers", "role": "auditor", "powers": []}], "/0/role"),
            ([{"op": "set_role_powers", "role": "steward", "powers": ["ballot.cast"]}], "/0/powers/0"),
            ([{"op": "set_role_powers", "role": "steward", "powers": 5}], "/0/powers"),
            ([{"op": "set_delivery", "delivery": None}], "/0/delivery"),
            ([{"op": "set_verified_accounts", "verified_accounts": 1}], "/0/verified_accounts"),
        ],
    )
    def test_what_is_no_operation_is_refused_where_it_stands(self, value, pointer):
        with pytest.raises(AmendmentConflict) as caught:
            read_operations(value)
        assert pointer in dict(caught.value.errors)

    def test_every_fault_is_named(self):
        with pytest.raises(AmendmentConflict) as caught:
            read_operations([{"op": "set_title", "title": ""}, {"op": "remove_article"}])
        assert [pointer for pointer, _ in caught.value.errors] == ["/0/title", "/1/id"]

    def test_every_operation_has_a_form_and_every_part_an_operation(self):
        assert set(FORMS) == set(Op)
        assert {form.scope for form in FORMS.values()} == set(Scope)


class TestApplying:
    def test_an_article_goes_where_it_is_put(self):
        first = apply(SMALL, ops({"op": "add_article", "article": ARTICLE, "after": None}))
        assert first.articles[0].id == "new"
        third = apply(SMALL, ops({"op": "add_article", "article": ARTICLE, "after": "membership"}))
        assert third.articles[2].id == "new"
        assert len(SMALL.articles) + 1 == len(third.articles)

    def test_operations_follow_one_another(self):
        amended = apply(
            SMALL,
            ops(
                {"op": "add_article", "article": ARTICLE, "after": None},
                {"op": "replace_article", "article": ARTICLE | {"body": "Other"}, "was": "Text"},
                {"op": "remove_article", "id": "purpose"},
            ),
        )
        assert amended.articles[0].body == "Other"
        assert amended.article("purpose") is None

    def test_setting_replaces_in_place_or_adds_at_the_end(self):
        matter = {"id": "personnel", "title": "People", "decided_by": "community"}
        amended = apply(SMALL, ops({"op": "set_reserved_matter", "reserved_matter": matter}))
        places = [each.id for each in amended.reserved_matters]
        assert places == [each.id for each in SMALL.reserved_matters]
        added = apply(
            SMALL, ops({"op": "set_reserved_matter", "reserved_matter": matter | {"id": "recipes"}})
        )
        assert [each.id for each in added.reserved_matters] == [*places, "recipes"]

    def test_what_there_is_one_of_is_replaced(self):
        amended = apply(
            SMALL,
            ops(
                {"op": "set_title", "title": "Ours"},
                {"op": "set_delivery", "delivery": {"dispute_threshold": "1/4", "least_attestations": 7}},
                {"op": "set_emergency_stop", "emergency_stop": None},
                {
                    "op": "set_role_powers",
                    "role": "steward",
                    "powers": ["ballot.open", "ballot.create", "proposal.raise"],
                },
            ),
        )
        assert (amended.title, amended.delivery.least_attestations, amended.emergency_stop) == (
            "Ours",
            7,
            None,
        )
        assert {power.value for power in amended.role_powers[Role.STEWARD]} == {
            "ballot.open",
            "ballot.create",
            "proposal.raise",
        }

    @pytest.mark.parametrize(
        ("operation", "pointer"),
        [
            ({"op": "add_article", "article": ARTICLE | {"id": "purpose"}, "after": None}, "/0/article/id"),
            ({"op": "add_article", "article": ARTICLE, "after": "nowhere"}, "/0/after"),
            ({"op": "replace_article", "article": ARTICLE}, "/0/article/id"),
            ({"op": "replace_article", "article": ARTICLE | {"id": "purpose"}, "was": "Else"}, "/0/was"),
            ({"op": "remove_article", "id": "nowhere"}, "/0/id"),
            ({"op": "remove_decision_type", "id": "nowhere"}, "/0/id"),
            ({"op": "remove_reserved_matter", "id": "nowhere"}, "/0/id"),
            ({"op": "remove_veto_ground", "id": "nowhere"}, "/0/id"),
        ],
    )
    def test_an_operation_that_does_not_fit_is_a_conflict(self, operation, pointer):
        with pytest.raises(AmendmentConflict) as caught:
            apply(SMALL, ops(operation))
        assert [place for place, _ in caught.value.errors] == [pointer]

    def test_a_ground_that_a_veto_still_names_cannot_go(self):
        with pytest.raises(InvalidCharter) as caught:
            apply(SMALL, ops({"op": "remove_veto_ground", "id": "contract"}))
        assert caught.value.errors[0][0] == "/decision_types/1/veto/grounds/2"

    def test_a_guard_that_an_article_names_cannot_go(self):
        with pytest.raises(InvalidCharter):
            apply(SMALL, ops({"op": "remove_decision_type", "id": "amendment"}))

    @given(charters.documents(), st.lists(charters.operations(), min_size=1, max_size=3))
    def test_what_is_applied_touches_what_its_operations_name_and_nothing_else(self, drawn, operations):
        charter, read = read_charter(drawn), read_operations(operations)
        before = charter.to_json()
        try:
            amended = apply(charter, read)
        except (AmendmentConflict, InvalidCharter):
            return
        assert charter.to_json() == before
        assert touched(difference(charter, amended)) <= {operation.item for operation in read}
        for item in {operation.item for operation in read}:
            (last,) = [operation for operation in read if operation.item == item][-1:]
            assert holds(amended, last)


SINGLE = ("title", "emergency_stop", "delivery", "verified_accounts")


def touched(changes):
    """Return the items that a difference mentions, except for having changed places."""
    found = {section for section in SINGLE if section in changes}
    found |= {f"role_powers/{role}" for role in changes.get("role_powers", ())}
    for section in ("articles", "decision_types", "reserved_matters", "veto_grounds", "moderation_grounds"):
        for how in ("added", "removed", "changed"):
            found |= {f"{section}/{item['id']}" for item in changes.get(section, {}).get(how, ())}
    return found


def holds(charter, operation):
    """Say whether a charter is as an operation was to leave it."""
    section = charter.to_json()[FORMS[operation.op].section]
    if isinstance(section, list):
        found = next((item for item in section if item["id"] == operation.target), None)
        return found == operation.value
    return (section[operation.target] if operation.target else section) == operation.value


class TestStaleness:
    OPERATIONS = ops(
        {"op": "replace_article", "article": ARTICLE | {"id": "purpose"}},
        {
            "op": "set_reserved_matter",
            "reserved_matter": {"id": "recipes", "title": "R", "decided_by": "community"},
        },
        {"op": "set_delivery", "delivery": {"dispute_threshold": "1/3", "least_attestations": 1}},
        {"op": "set_role_powers", "role": "steward", "powers": ["ballot.open", "ballot.create"]},
    )
    BASIS = based_on(SMALL, OPERATIONS)

    def test_what_operations_are_based_on_is_what_they_touch(self):
        assert set(self.BASIS) == {
            "articles/purpose",
            "reserved_matters/recipes",
            "delivery",
            "role_powers/steward",
        }
        assert self.BASIS["reserved_matters/recipes"] is None
        assert all(
            len(digest) == 64 for item, digest in self.BASIS.items() if item != "reserved_matters/recipes"
        )

    def test_nothing_is_stale_at_first(self):
        assert conflicts(SMALL, self.OPERATIONS, self.BASIS) == []

    @pytest.mark.parametrize(
        ("other", "stale"),
        [
            ({"op": "replace_article", "article": ARTICLE | {"id": "membership"}}, []),
            ({"op": "add_article", "article": ARTICLE, "after": None}, []),
            ({"op": "set_title", "title": "Other"}, []),
            ({"op": "remove_reserved_matter", "id": "personnel"}, []),
            ({"op": "replace_article", "article": ARTICLE | {"id": "purpose"}}, ["/0"]),
            ({"op": "remove_article", "id": "purpose"}, ["/0"]),
            (
                {
                    "op": "set_reserved_matter",
                    "reserved_matter": {"id": "recipes", "title": "Q", "decided_by": "community"},
                },
                ["/1"],
            ),
            (
                {"op": "set_delivery", "delivery": {"dispute_threshold": "1/4", "least_attestations": 1}},
                ["/2"],
            ),
            (
                {
                    "op": "set_role_powers",
                    "role": "steward",
                    "powers": ["ballot.open", "ballot.create", "proposal.raise"],
                },
                ["/3"],
            ),
        ],
    )
    def test_only_another_change_of_the_same_item_makes_stale(self, other, stale):
        meanwhile = apply(SMALL, ops(other))
        assert [pointer for pointer, _ in conflicts(meanwhile, self.OPERATIONS, self.BASIS)] == stale

    def test_the_sentence_says_what_happened(self):
        meanwhile = apply(SMALL, ops({"op": "remove_article", "id": "purpose"}))
        assert conflicts(meanwhile, self.OPERATIONS, self.BASIS) == [
            ("/0", "articles/purpose has been removed since this was written")
        ]


def refused(charter, under, *operations):
    with pytest.raises(Entrenched) as caught:
        check(charter, ops(*operations), charter.decision_type(under))
    return caught.value.errors


class TestEntrenchment:
    def test_an_amendment_within_its_bounds_is_made(self):
        changed = rule(COOPERATIVE, "joint_decision", sponsors=7)
        amended = check(COOPERATIVE, ops(set_type(changed)), COOPERATIVE.decision_type("amendment"))
        assert amended.decision_type("joint_decision").sponsors == 7

    def test_a_part_outside_what_a_type_amends_is_not_its_to_change(self):
        powers = ["ballot.create", "ballot.open", "ballot.suspend", "proposal.raise"]
        errors = refused(
            COOPERATIVE, "amendment", {"op": "set_role_powers", "role": "steward", "powers": powers}
        )
        assert errors == [("/0", '"amendment" may not change role_powers')]

    def test_no_other_type_than_an_amendment_type_changes_a_charter(self):
        assert refused(SMALL, "member_proposal", {"op": "set_title", "title": "T"})

    @pytest.mark.parametrize("operation", ["weaken", "remove"])
    def test_a_rule_is_not_changed_under_a_weaker_one(self, operation):
        target = "constitutional_amendment"
        weaker = set_type(rule(COOPERATIVE, target, sponsors=10))
        spare = set_type(rule(COOPERATIVE, target, id="spare"))
        removed = [spare, {"op": "remove_decision_type", "id": target}]
        changes = [weaker] if operation == "weaken" else removed
        if operation == "remove":
            changes += [
                {"op": "replace_article", "article": article.to_json() | {"entrenched_by": "spare"}}
                for article in COOPERATIVE.articles
                if article.entrenched_by == target
            ]
        errors = refused(COOPERATIVE, "amendment", *changes)
        assert "sponsors" in dict(errors)[f"/{len(changes) - 1 if operation == 'weaken' else 1}"]
        check(COOPERATIVE, ops(*changes), COOPERATIVE.decision_type(target))

    def test_not_even_a_stricter_rule_may_be_set_under_a_weaker_one(self):
        errors = refused(
            COOPERATIVE, "amendment", set_type(rule(COOPERATIVE, "constitutional_amendment", timelock="P60D"))
        )
        assert "which guards this" in errors[0][1]

    def test_an_entrenched_article_needs_its_guard_or_one_as_strict(self):
        change = {
            "op": "replace_article",
            "article": COOPERATIVE.article("equality").to_json() | {"body": "No."},
        }
        assert (
            '"constitutional_amendment", which guards this' in refused(COOPERATIVE, "amendment", change)[0][1]
        )
        check(COOPERATIVE, ops(change), COOPERATIVE.decision_type("constitutional_amendment"))

    def test_taking_the_guard_off_an_article_needs_the_guard(self):
        change = {
            "op": "replace_article",
            "article": COOPERATIVE.article("equality").to_json() | {"entrenched_by": None},
        }
        assert refused(COOPERATIVE, "amendment", change)

    def test_a_ground_is_part_of_every_veto_that_names_it(self):
        ground = SMALL.veto_ground("contract").to_json() | {"absolute": True}
        check(SMALL, ops({"op": "set_veto_ground", "veto_ground": ground}), SMALL.decision_type("amendment"))
        assert refused(TOKENS, "token_amendment", {"op": "set_veto_ground", "veto_ground": ground})

    def test_a_weak_amendment_cannot_give_itself_more_to_amend(self):
        errors = refused(
            COOPERATIVE, "amendment", set_type(rule(COOPERATIVE, "amendment", amends=charters.PARTS))
        )
        (opened,) = [sentence for _, sentence in errors if "it would open " in sentence]
        assert "role_powers to a weaker type" in opened

    def test_a_weak_amendment_cannot_found_a_type_that_amends_more(self):
        new = rule(COOPERATIVE, "amendment", id="shortcut", amends=["role_powers"])
        errors = refused(COOPERATIVE, "amendment", set_type(new))
        assert any("it would open role_powers" in sentence for _, sentence in errors)
        check(COOPERATIVE, ops(set_type(new)), COOPERATIVE.decision_type("constitutional_amendment"))

    def test_tokens_cannot_found_an_easier_election(self):
        easier = rule(
            TOKENS,
            "steward_election",
            id="other_election",
            weighting="token_capped",
            weight_cap={"ratio": "1/10"},
            exclude=["brand_holdings"],
            quorum=None,
            late_quorum_extension=None,
        )
        errors = refused(TOKENS, "token_amendment", set_type(easier))
        assert any("it would decide on election by a weaker type" in sentence for _, sentence in errors)

    def test_people_do_not_change_the_rules_of_tokens_nor_tokens_those_of_people(self):
        assert refused(TOKENS, "amendment", set_type(rule(TOKENS, "product_vote", tie_rule="stated_order")))
        assert refused(TOKENS, "token_amendment", set_type(rule(TOKENS, "member_proposal", sponsors=9)))

    def test_a_frozen_rule_that_the_charter_has_since_made_stricter_no_longer_suffices(self):
        frozen = SMALL.decision_type("amendment")
        stricter = apply(SMALL, ops(set_type(rule(SMALL, "amendment", sponsors=9))))
        with pytest.raises(Entrenched, match="weaker than every type"):
            check(stricter, ops({"op": "set_title", "title": "T"}), frozen)
        check(SMALL, ops({"op": "set_title", "title": "T"}), frozen)

    def test_the_reasons_lead_to_every_operation_at_fault(self):
        errors = refused(
            COOPERATIVE,
            "amendment",
            {"op": "set_title", "title": "T"},
            {"op": "remove_article", "id": "equality"},
            {"op": "remove_article", "id": "votes"},
            {"op": "set_veto_ground", "veto_ground": {"id": "mood", "title": "Mood"}},
        )
        assert [pointer for pointer, _ in errors] == ["/1", "/3"]


def protections(charter, operation):
    """Return what must be met to change an item: each a list of types of which one must be met."""
    return [
        list(charter.amendment_types(operation.scope)),
        *([guard] for guard in guards(charter, operation)),
    ]


def met(rule, protection):
    return any(at_least_as_strict(rule, each) for each in protection)


@st.composite
def levels(draw, type_id):
    """Draw an amendment type that differs from others in two fields alone, so that many can be compared."""
    sponsors = draw(st.integers(0, 2))
    return charters.top(type_id) | {
        "amends": draw(st.sampled_from([["decision_types"], ["delivery"], ["decision_types", "delivery"]])),
        "sponsors": sponsors,
        "sponsoring_period": "P7D" if sponsors else "PT0S",
        "timelock": draw(st.sampled_from(["PT0S", "P1D"])),
    }


LEVELS = ("alpha", "beta", "gamma")
PROBES = read_operations(
    [
        {"op": "set_delivery", "delivery": {"dispute_threshold": "1/4", "least_attestations": 8}},
        *({"op": "remove_decision_type", "id": each} for each in LEVELS),
    ]
)


@settings(max_examples=500)
@given(
    st.tuples(*(levels(each) for each in LEVELS[:2])),
    st.lists(levels("alpha") | levels("gamma"), min_size=1, max_size=2),
    st.sampled_from(PROBES),
    st.integers(0, 3),
)
def test_no_protection_is_lost_but_by_an_amendment_that_met_it(first_levels, changes, probe, choice):
    """What a type can change at last, it could have met the protections of at first, or the amendments did."""
    document = COOPERATIVE.to_json()
    grounds = [{"id": each, "title": "A ground"} for each in charters.GROUNDS]
    rules = [*first_levels, charters.top()]
    first = charter = read_charter(
        document | {"articles": [], "decision_types": rules, "veto_grounds": grounds}
    )
    used = []
    for change in changes:
        ways = charter.amendment_types(Scope.DECISION_TYPES)
        under = ways[choice % len(ways)]
        try:
            charter = check(charter, read_operations([set_type(change)]), under)
        except (InvalidCharter, Entrenched):
            continue
        used.append(under)
    for later in charter.amendment_types(probe.scope):
        if all(met(later, protection) for protection in protections(charter, probe)):
            for protection in protections(first, probe):
                assert any(met(each, protection) for each in (later, *used))
