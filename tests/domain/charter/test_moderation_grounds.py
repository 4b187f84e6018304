"""The grounds on which something may be hidden: read, amended, and missing from charters that are older."""

from __future__ import annotations

import copy
import datetime as dt

import pytest

from app.domain.charter.amendments import AmendmentConflict, Entrenched, apply, check, read_operations
from app.domain.charter.difference import difference
from app.domain.charter.powers import Power
from app.domain.charter.reading import InvalidCharter, read_charter
from app.domain.charter.roles import Role
from app.domain.charter.templates import TEMPLATES

from .plain import AMENDMENT, document

SPAM = {"id": "spam", "title": "Spam"}
SET_SPAM = {"op": "set_moderation_ground", "moderation_ground": SPAM}


def older(name="small_brand"):
    """Return a shipped charter as it read before there were moderation grounds and powers."""
    charter = copy.deepcopy(dict(TEMPLATES[name].document))
    del charter["moderation_grounds"]
    for rule in charter["decision_types"]:
        rule["amends"] = [part for part in rule.get("amends", ()) if part != "moderation_grounds"]
    charter["role_powers"] = {
        role: [power for power in held if not power.startswith(("moderation.", "comment."))]
        for role, held in charter["role_powers"].items()
    }
    return charter


def faults(value):
    with pytest.raises(InvalidCharter) as invalid:
        read_charter(value)
    return dict(invalid.value.errors)


def test_a_ground_says_how_long_a_decision_and_an_appeal_may_take():
    (read,) = read_charter(document(moderation_grounds=[SPAM])).moderation_grounds
    assert (read.decide_within, read.appeal_within) == (dt.timedelta(days=7), dt.timedelta(days=14))
    assert read.to_json() == SPAM | {"description": "", "decide_within": "P7D", "appeal_within": "P14D"}


@pytest.mark.parametrize(
    ("ground", "pointer"),
    [
        ({"title": "Spam"}, "/moderation_grounds/0/id"),
        (SPAM | {"decide_within": "PT0S"}, "/moderation_grounds/0/decide_within"),
        (SPAM | {"decide_within": "P91D"}, "/moderation_grounds/0/decide_within"),
        (SPAM | {"appeal_within": "PT0S"}, "/moderation_grounds/0/appeal_within"),
        (SPAM | {"appeal_within": "P367D"}, "/moderation_grounds/0/appeal_within"),
        (SPAM | {"absolute": True}, "/moderation_grounds/0/absolute"),
    ],
)
def test_a_ground_that_makes_no_sense_is_refused(ground, pointer):
    assert pointer in faults(document(moderation_grounds=[ground]))


def test_no_two_grounds_have_one_id():
    assert "/moderation_grounds/1/id" in faults(document(moderation_grounds=[SPAM, SPAM]))


def test_whoever_can_hide_is_open_to_appeal():
    value = document()
    value["role_powers"] = value["role_powers"] | {"steward": ["moderation.decide"]}
    assert "moderation.appeal_decide" in faults(value)["/role_powers/steward"]


@pytest.mark.parametrize("role", ["member", "brand_owner"])
def test_nobody_but_a_steward_is_given_the_power_to_hide(role):
    value = document()
    held = value["role_powers"][role]
    value["role_powers"] = value["role_powers"] | {role: [*held, "moderation.decide"]}
    assert "steward only" in faults(value)[f"/role_powers/{role}/{len(held)}"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_older_charter_reads_as_one_under_which_nothing_is_hidden(name):
    charter = read_charter(older(name))
    assert charter.moderation_grounds == ()
    assert charter.moderation_ground("spam") is None
    assert not any(charter.gives(role, Power.MODERATION_DECIDE) for role in Role)
    assert read_charter(charter.to_json()) == charter


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_shipped_charters_list_grounds_and_can_change_them(name):
    charter = read_charter(TEMPLATES[name].document)
    assert charter.moderation_ground("abuse")
    under = charter.decision_type("constitutional_amendment") or charter.decision_type("amendment")
    amended = check(
        charter, read_operations([SET_SPAM, {"op": "remove_moderation_ground", "id": "abuse"}]), under
    )
    assert amended.moderation_ground("abuse") is None
    assert difference(charter, amended)["moderation_grounds"] == {
        "removed": [charter.moderation_ground("abuse").to_json()],
        "changed": [
            {
                "id": "spam",
                "fields": {
                    "title": {"from": "It is advertising or noise", "to": "Spam"},
                    "description": {"from": charter.moderation_ground("spam").description, "to": ""},
                    "appeal_within": {"from": "P30D", "to": "P14D"},
                },
            }
        ],
    }


def test_a_ground_that_is_not_there_is_not_removed():
    with pytest.raises(AmendmentConflict, match="moderation_grounds"):
        apply(read_charter(older()), read_operations([{"op": "remove_moderation_ground", "id": "spam"}]))


def test_grounds_need_a_type_by_which_members_can_change_them():
    rule = AMENDMENT | {"amends": [part for part in AMENDMENT["amends"] if part != "moderation_grounds"]}
    value = document() | {"decision_types": [rule]}
    assert read_charter(value).moderation_grounds == ()
    assert "moderation_grounds" in faults(value | {"moderation_grounds": [SPAM]})["/decision_types"]


def test_an_older_charter_opens_the_part_first_and_lists_grounds_then():
    charter = read_charter(older())
    under = charter.decision_type("amendment")
    with pytest.raises(InvalidCharter, match="by no amendment type can members raise a change"):
        check(charter, read_operations([SET_SPAM]), under)
    wider = under.to_json()
    wider["amends"] = [*wider["amends"], "moderation_grounds"]
    charter = check(charter, read_operations([{"op": "set_decision_type", "decision_type": wider}]), under)
    charter = check(charter, read_operations([SET_SPAM]), charter.decision_type("amendment"))
    assert charter.moderation_ground("spam")


def test_the_part_is_not_opened_to_a_type_weaker_than_those_that_change_powers():
    value = older("cooperative")
    charter = read_charter(value)
    under = charter.decision_type("amendment")  # may change decision types, and no powers
    made = under.to_json() | {"id": "swift", "amends": ["moderation_grounds"]}
    with pytest.raises(Entrenched, match="it would open moderation_grounds"):
        check(charter, read_operations([{"op": "set_decision_type", "decision_type": made}]), under)
