"""What hypothesis chooses from."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from tests.stateful.facts import ROLES, Document
from tests.stateful.town import Town

#: Somebody in particular, or whoever it is for ("").
PEOPLE = st.one_of(st.just(""), st.sampled_from(sorted(ROLES)))
INSIDERS = st.sampled_from([who for who, roles in ROLES.items() if roles])
PLACES = st.integers(0, 3)
TYPES = st.sampled_from(["motion", "petition", "joint", "mandate", "amend", "swift", "election"])
MATTERS = st.sampled_from([[], [], ["label"], ["price"], ["label", "price"], ["name"], ["weather"]])
GROUNDS = st.sampled_from(["unaffordable", "unaffordable", "unlawful", "identity"])
#: Those who vote, and how they do, in order; "." does not.
VOTERS = ("ann", "bob", "cat", "dan")
PATTERNS = st.sampled_from(
    ["ffff", "ffff", "fff.", "ff..", "f...", "ffaa", "fffa", "ffab", "aaaa", "bb..", "...."]
)
_HOUR = dt.timedelta(hours=1)
AMOUNTS = st.sampled_from([_HOUR / 60, _HOUR / 6, _HOUR / 2, _HOUR, 2 * _HOUR, 26 * _HOUR, 49 * _HOUR])
#: Who looks first after a silence.
READERS = st.sampled_from(["worker", "ann", "own", "aud", "out"])
STATED = st.sampled_from(
    [
        {"within": "P1D", "refusal_grounds": []},
        {"within": "PT2H", "refusal_grounds": []},
        {"within": "P3D", "refusal_grounds": [{"id": "no_harvest", "title": "The harvest fails"}]},
        {"within": "P3D", "refusal_grounds": [{"id": "unaffordable"}]},
    ]
)
POWERS = (
    ("member", "proposal.suggest"),
    ("member", "milestone.attest"),
    ("member", "proposal.override"),
    ("member", "ballot.cast"),
    ("steward", "proposal.suggest"),
    ("steward", "proposal.classify"),
    ("steward", "proposal.open_vote"),
    ("steward", "proposal.consent"),
    ("steward", "proposal.raise"),
    ("brand_owner", "proposal.classify"),
    ("brand_owner", "proposal.open_vote"),
    ("brand_owner", "proposal.suggest"),
    ("brand_owner", "proposal.veto"),
    ("brand_owner", "precommitment.record"),
)
AMENDMENTS = st.one_of(
    st.tuples(
        st.just("article"), st.sampled_from(["purpose", "purpose", "guarded", "none"]), st.integers(0, 2)
    ),
    st.tuples(st.just("add"), st.sampled_from(["one", "two"]), st.just(0)),
    st.tuples(st.just("power"), st.sampled_from(POWERS), st.just(0)),
    st.tuples(
        st.just("quorum"),
        st.sampled_from(["motion", "swift", "petition"]),
        st.sampled_from(["1/4", "1/2", "3/4", "1/1"]),
    ),
    st.tuples(st.just("type"), st.sampled_from(["motion", "mandate"]), st.integers(0, 1)),
    st.tuples(st.just("quota"), st.just("joint"), st.integers(1, 3)),
    st.tuples(
        st.just("matter"),
        st.just("label"),
        st.sampled_from(["steward", "brand_owner", "none", "owner", "gone"]),
    ),
    st.tuples(st.just("delivery"), st.sampled_from(["1/2", "1/1"]), st.integers(1, 3)),
)


def operation(town: Town, choice: tuple[str, Any, Any]) -> Document:
    """Return the operation that a choice stands for, written against the charter in force."""
    what, name, how = choice
    if what == "article":
        article = {"id": name, "title": name.capitalize(), "body": f"Text {how}.", "entrenched_by": None}
        return {"op": "replace_article", "article": article}
    if what == "add":
        article = {"id": name, "title": name.capitalize(), "body": "New.", "entrenched_by": None}
        return {"op": "add_article", "article": article, "after": None}
    if what == "power":
        role, power = name
        powers = set(town.charter["role_powers"][role]) ^ {power}
        return {"op": "set_role_powers", "role": role, "powers": sorted(powers)}
    if what == "delivery":
        return {"op": "set_delivery", "delivery": {"dispute_threshold": name, "least_attestations": how}}
    return _matter(name, how) if what == "matter" else _type(town, choice)


def _type(town: Town, choice: tuple[str, Any, Any]) -> Document:
    what, name, how = choice
    founding = town.versions[0].charter
    if what == "type" and not how:
        return {"op": "remove_decision_type", "id": name}
    types = town.charter["decision_types"] + founding["decision_types"]
    rule = next(each for each in types if each["id"] == name)
    if what == "quorum":
        rule = rule | {"quorum": rule["quorum"] | {"ratio": how}}
    elif what == "quota":
        rule = rule | {"veto": rule["veto"] | {"yearly_quota": how}}
    return {"op": "set_decision_type", "decision_type": rule}


def _matter(name: str, how: str) -> Document:
    if how == "gone":
        return {"op": "remove_reserved_matter", "id": name}
    matter = {
        "id": name,
        "title": "The label",
        "description": "",
        "decided_by": "brand_owner" if how == "owner" else "community",
        "consent": None if how in ("none", "owner") else how,
    }
    return {"op": "set_reserved_matter", "reserved_matter": matter}
