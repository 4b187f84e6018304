"""What amendments do to a charter, as the specification says it: plain documents, compared by value."""

from __future__ import annotations

import copy
import datetime as dt
import re
from fractions import Fraction
from typing import Any

Document = dict[str, Any]
#: The part of the charter that an operation changes, and the place there.
_SECTIONS = {
    "add_article": "articles",
    "replace_article": "articles",
    "set_decision_type": "decision_types",
    "remove_decision_type": "decision_types",
    "set_reserved_matter": "reserved_matters",
    "remove_reserved_matter": "reserved_matters",
    "set_delivery": "delivery",
    "set_role_powers": "role_powers",
}
_VALUES = ("article", "decision_type", "reserved_matter")
#: Nobody could live under a charter without these.
_INDISPENSABLE = (
    ("member", "ballot.cast"),
    ("member", "proposal.raise"),
    ("member", "proposal.sponsor"),
    ("member", "proposal.open_vote"),
    ("brand_owner", "role.grant"),
    ("brand_owner", "obligation.answer"),
)
_UNITS = {"W": "weeks", "D": "days", "H": "hours", "M": "minutes", "S": "seconds"}


class Misfit(Exception):
    """Operations that a charter does not take; ``slug`` says as which problem."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


def span(text: str) -> dt.timedelta:
    """Return the length of a duration such as P1DT2H."""
    return dt.timedelta(**{_UNITS[unit]: int(number) for number, unit in re.findall(r"(\d+)([WDHMS])", text)})


def listed(section: list[Document], item_id: str) -> Document | None:
    """Return an item of a list by its id."""
    return next((each for each in section if each["id"] == item_id), None)


def target_of(operation: Document) -> tuple[str, str]:
    """Return which section an operation changes, and which item of it ("" where there is only one)."""
    section = _SECTIONS[operation["op"]]
    carried = next((operation[name] for name in _VALUES if name in operation), None)
    return section, operation.get("role") or operation.get("id") or (carried or {}).get("id", "")


def item(charter: Document, operation: Document) -> Any:
    """Return what stands where an operation would change something; None: nothing."""
    section, target = target_of(operation)
    if isinstance(charter[section], list):
        return listed(charter[section], target)
    return charter[section][target] if target else charter[section]


def amended(charter: Document, operations: list[Document], under: Document) -> Document:
    """Return the charter that the operations make.

    :raises Misfit: ``invalid-amendment`` where they do not fit or the result makes no sense, else ``entrenched``.
    """
    made = copy.deepcopy(charter)
    for operation in operations:
        _apply(made, operation)
    if not _makes_sense(made):
        raise Misfit("invalid-amendment")
    for operation in operations:
        if not _is_strong_enough(charter, made, operation, under):
            raise Misfit("entrenched")
    return made


def _apply(made: Document, operation: Document) -> None:
    section, target = target_of(operation)
    there, op = item(made, operation), operation["op"]
    if op == "set_role_powers":
        made[section][target] = operation["powers"]
    elif op == "set_delivery":
        made[section] = operation["delivery"]
    elif (op == "add_article") != (there is None) and op.startswith(("add", "replace", "remove")):
        raise Misfit("invalid-amendment")
    elif op.startswith("remove"):
        made[section].remove(there)
    else:
        value = copy.deepcopy(next(operation[name] for name in _VALUES if name in operation))
        if there is not None:
            made[section][made[section].index(there)] = value
        else:
            made[section].insert(0 if op == "add_article" else len(made[section]), value)


def _makes_sense(charter: Document) -> bool:
    gives = charter["role_powers"]
    if any(power not in gives[role] for role, power in _INDISPENSABLE):
        return False
    if not all(_rule_makes_sense(charter, rule) for rule in charter["decision_types"]):
        return False
    return all(
        matter["consent"] is None or "proposal.consent" in gives[matter["consent"]]
        for matter in charter["reserved_matters"]
    )


def _rule_makes_sense(charter: Document, rule: Document) -> bool:
    """Say whether whoever a rule counts on holds the powers it takes, and some amendment could change it."""
    counted_on = []
    if rule["for"] in ("proposal", "amendment"):
        counted_on += [(role, "proposal.raise") for role in rule["opened_by"]]
    if rule["veto"]:
        counted_on.append(("brand_owner", "proposal.veto"))
    if rule["veto"] and rule["veto"]["override"]:
        counted_on.append(("member", "proposal.override"))
    if rule["answer_within"]:
        counted_on.append(("brand_owner", "precommitment.record"))
    return all(power in charter["role_powers"][role] for role, power in counted_on) and any(
        no_weaker(way, rule) for way in _ways(charter, "decision_types")
    )


def _ways(charter: Document, section: str) -> list[Document]:
    return [rule for rule in charter["decision_types"] if section in rule["amends"]]


def _is_strong_enough(old: Document, new: Document, operation: Document, under: Document) -> bool:
    """Say whether the rule voted under may change what an operation changes (entrenchment)."""
    section, _ = target_of(operation)
    if section not in under["amends"] or not any(no_weaker(under, way) for way in _ways(old, section)):
        return False
    there = item(old, operation)
    guard = there if section == "decision_types" else None
    if section == "articles" and there is not None and there["entrenched_by"]:
        guard = listed(old["decision_types"], there["entrenched_by"])
    if guard is not None and not no_weaker(under, guard):
        return False
    made = item(new, operation) if operation["op"] == "set_decision_type" else None
    if made is None:
        return True
    rivals = [_ways(old, each) for each in made["amends"]]
    if made["for"] != "amendment":
        rivals.append([rule for rule in old["decision_types"] if rule["for"] == made["for"]])
    return all(
        not ways or any(no_weaker(made, way) or no_weaker(under, way) for way in ways) for ways in rivals
    )


# --- strictness ---------------------------------------------------------------------------------------


def no_weaker(one: Document, other: Document) -> bool:
    """Say whether whatever passes under one rule would have passed under the other."""
    lengths = ("discussion_period", "voting_period", "timelock")
    return (
        _passes_less(one["threshold"], other["threshold"])
        and _asks_as_many(one["quorum"], other["quorum"])
        and one["sponsors"] >= other["sponsors"]
        and all(span(one[name]) >= span(other[name]) for name in lengths)
        and _stops_as_much(one["veto"], other["veto"])
    )


def _passes_less(one: Document | None, other: Document | None) -> bool:
    if one is None or other is None:
        return other is None
    mine, theirs = Fraction(one["ratio"]), Fraction(other["ratio"])
    return mine > theirs or (mine == theirs and (one["strict"] or not other["strict"]))


def _asks_as_many(one: Document | None, other: Document | None) -> bool:
    if one is None or other is None:
        return other is None
    return Fraction(one["ratio"]) >= Fraction(other["ratio"])


def _stops_as_much(one: Document | None, other: Document | None) -> bool:
    if one is None or other is None:
        return other is None
    mine, theirs = one["override"], other["override"]
    return (
        span(one["window"]) >= span(other["window"])
        and set(one["grounds"]) >= set(other["grounds"])
        and one["yearly_quota"] >= other["yearly_quota"]
        and _passes_less(mine["threshold"], theirs["threshold"])
        and _asks_as_many(mine["quorum"], theirs["quorum"])
        and all(span(mine[name]) >= span(theirs[name]) for name in ("voting_period", "cooling"))
    )
