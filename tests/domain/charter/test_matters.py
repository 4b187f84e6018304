"""Reserved matters: what is not put to the community, and what needs a consent."""

from app.domain.charter.matters import admission, consents_needed
from app.domain.charter.reading import read_charter
from app.domain.charter.roles import Role
from app.domain.charter.templates import TEMPLATES

CHARTER = read_charter(TEMPLATES["small_brand"].document)


def test_what_touches_no_reserved_matter_is_admitted():
    assert admission(CHARTER, []) == []
    assert consents_needed(CHARTER, []) == []


def test_what_is_the_brand_owners_to_decide_is_not_admitted():
    assert admission(CHARTER, ["trade_marks", "ownership", "ownership"]) == [
        ("ownership", "The charter reserves this matter to the brand owner: Ownership of the company.")
    ]


def test_an_unknown_matter_is_not_admitted():
    assert admission(CHARTER, ["weather"]) == [("weather", "The charter has no such reserved matter.")]


def test_a_matter_of_the_community_may_need_a_consent():
    assert admission(CHARTER, ["trade_marks"]) == []
    assert consents_needed(CHARTER, ["trade_marks", "trade_marks", "ownership"]) == [
        ("trade_marks", Role.BRAND_OWNER)
    ]
