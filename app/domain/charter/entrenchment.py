"""Entrenchment: a rule is changed only under a rule that is no weaker, judged by the charter as it stands.

What protects a part of the charter, and must be met by the type under which it is changed:

- *Its way*: the type names the part in ``amends``, and is at least as strict as one of the types by which the
  charter in force lets that part be changed. (The type may be a frozen copy, older than the charter in force.)
- *Its guards*: a decision type is guarded by itself, an article by the type that entrenches it, and a veto ground
  by every type whose veto names it, because what the ground says is part of that type's rule.

A new way into a part would undo both later. So a decision type may be set only if, for every part it amends, it
is at least as strict as some type that amends the part already, or else the type under which it is set is. The
same holds for what a type decides: no weaker way of electing stewards, say, beside the one there is, unless it is
made under a rule at least as strict as that one. Hence no single protection is ever lost but by an amendment that
met it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.domain.charter.decision_type import DecisionType
from app.domain.charter.document import Charter
from app.domain.charter.operations import Op, Operation
from app.domain.charter.parsing import Problem
from app.domain.charter.strictness import at_least_as_strict, weaker_parts
from app.domain.charter.words import DecisionKind, Scope


def violations(
    old: Charter, new: Charter, operations: Sequence[Operation], under: DecisionType
) -> list[Problem]:
    """Name every operation that ``under`` is too weak for, with pointers into the list of operations.

    :param old: the charter in force.
    :param new: the charter as the operations make it.
    :param under: the amendment type that is, or was, voted under.
    """
    problems: list[Problem] = []
    for index, operation in enumerate(operations):
        way = _barred_way(old, operation.scope, under)
        reasons = [way] if way else []
        reasons += _unmet_guards(old, operation, under)
        reasons += _new_ways(old, new, operation, under)
        problems += [(f"/{index}", reason) for reason in reasons]
    return problems


def guards(charter: Charter, operation: Operation) -> list[DecisionType]:
    """Return the decision types that guard what an operation changes; none where it is not there yet."""
    if operation.op in {Op.SET_DECISION_TYPE, Op.REMOVE_DECISION_TYPE}:
        guard = charter.decision_type(operation.target)
        return [guard] if guard else []
    if operation.op in {Op.REPLACE_ARTICLE, Op.REMOVE_ARTICLE}:
        article = charter.article(operation.target)
        guard = charter.decision_type(article.entrenched_by) if article and article.entrenched_by else None
        return [guard] if guard else []
    if operation.scope is Scope.VETO_GROUNDS:
        return [
            rule for rule in charter.decision_types if rule.veto and operation.target in rule.veto.grounds
        ]
    return []


def ways_into(charter: Charter, scope: Scope) -> tuple[DecisionType, ...]:
    """Return the types whose strictness protects a part: those that may change it.

    A part that a charter does not have yet is protected as the powers are: who opens it gives a power away.
    """
    return charter.amendment_types(scope) or charter.amendment_types(Scope.ROLE_POWERS)


def _barred_way(charter: Charter, scope: Scope, under: DecisionType) -> str | None:
    if not under.amends_part(scope):
        return f'"{under.id}" may not change {scope.value}'
    ways = ways_into(charter, scope)
    if any(at_least_as_strict(under, way) for way in ways):
        return None
    return _nearest(
        under, ways, f'"{under.id}" as it was voted under is weaker than every type that may change it'
    )


def _unmet_guards(charter: Charter, operation: Operation, under: DecisionType) -> Iterator[str]:
    for guard in guards(charter, operation):
        if weaker := weaker_parts(under, guard):
            yield f'"{under.id}" is weaker than "{guard.id}", which guards this: {"; ".join(weaker)}'


def _new_ways(old: Charter, new: Charter, operation: Operation, under: DecisionType) -> Iterator[str]:
    """Say which parts, or which kind of decision, the type that an operation sets would open to something weaker."""
    made = new.decision_type(operation.target) if operation.op is Op.SET_DECISION_TYPE else None
    if made is None:
        return
    opened: dict[tuple[str, ...], list[str]] = {}
    for scope in made.amends:
        ways = ways_into(old, scope)
        if not _no_weaker(made, under, ways):
            opened.setdefault(tuple(way.id for way in ways), []).append(scope.value)
    for scopes in opened.values():
        ways = ways_into(old, Scope(scopes[0]))
        yield _nearest(under, ways, f"it would open {', '.join(scopes)} to a weaker type than any")
    if made.kind is not DecisionKind.AMENDMENT:
        ways = tuple(way for way in old.types_of(made.kind) if way.grants_role is made.grants_role)
        if ways and not _no_weaker(made, under, ways):
            yield _nearest(under, ways, f"it would decide on {made.kind.value} by a weaker type than any")


def _no_weaker(made: DecisionType, under: DecisionType, ways: Sequence[DecisionType]) -> bool:
    return any(at_least_as_strict(made, way) or at_least_as_strict(under, way) for way in ways)


def _nearest(under: DecisionType, ways: Sequence[DecisionType], sentence: str) -> str:
    """Add how ``under`` falls short of the type it comes nearest to."""
    lacking = {way.id: weaker_parts(under, way) for way in ways}
    nearest = min(lacking, key=lambda each: len(lacking[each]))
    return f'{sentence}; beside "{nearest}", of "{under.id}" {"; ".join(lacking[nearest])}'
