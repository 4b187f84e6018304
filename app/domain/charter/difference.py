"""What changed between two versions of a charter, for people who are asked to accept the newer one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from app.domain.charter.document import Article, Charter

#: Most pairs of equal lines that are looked at: thousands of blank lines are nobody's text, but cost hours.
_MOST_PAIRS = 100_000

_Json = Mapping[str, Any]


def difference(old: Charter, new: Charter) -> dict[str, Any]:
    """Describe what changed from one version to another.

    Only sections that changed are members of the result, so it is empty for equal charters:

    - ``articles``: ``added`` and ``removed`` (whole articles), ``moved`` ({id, from, to}: numbers, for those that
      changed their order among the articles that both have), ``changed`` ({id, title?, entrenched_by?, body?}).
    - ``decision_types``, ``reserved_matters``, ``veto_grounds``, ``moderation_grounds``: the same, but ``changed``
      is {id, fields}, where fields maps each field to {from, to}.
    - ``role_powers``: role to ``given`` and ``taken``.
    - ``title``, ``emergency_stop``, ``delivery``, ``verified_accounts``: {from, to}.

    A body is a list of {op: keep | add | remove, text}, one a line.
    """
    before, after = old.to_json(), new.to_json()
    changes: dict[str, Any] = {}
    for section in ("title", "emergency_stop", "delivery", "verified_accounts"):
        if before[section] != after[section]:
            changes[section] = {"from": before[section], "to": after[section]}
    found = _articles(old.articles, new.articles)
    if found:
        changes["articles"] = found
    for section in ("decision_types", "reserved_matters", "veto_grounds", "moderation_grounds"):
        found = _listed(before[section], after[section])
        if found:
            changes[section] = found
    found = _powers(before["role_powers"], after["role_powers"])
    if found:
        changes["role_powers"] = found
    return changes


def line_difference(old: str, new: str) -> list[dict[str, str]]:
    """Compare two texts line by line.

    :return: every line of both in order, as {op: keep | add | remove, text}; removed lines stand before those
        that replace them. The kept and removed lines are the old text, the kept and added ones the new.
    """
    before, after = old.split("\n"), new.split("\n")
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    middle = _compared(before[start : len(before) - end], after[start : len(after) - end])
    return [*_marked("keep", before[:start]), *middle, *_marked("keep", before[len(before) - end :])]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many lines both begin with."""
    return next(
        (place for place, (left, right) in enumerate(zip(one, other, strict=False)) if left != right),
        min(len(one), len(other)),
    )


def _compared(before: Sequence[str], after: Sequence[str]) -> list[dict[str, str]]:
    counts = Counter(after)
    if sum(counts[text] for text in before) > _MOST_PAIRS:
        return [*_marked("remove", before), *_marked("add", after)]
    lines: list[dict[str, str]] = []
    # autojunk drops lines that are frequent in long texts from the comparison: blank lines, in Markdown.
    for op, start, end, new_start, new_end in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if op == "equal":
            lines += _marked("keep", before[start:end])
        else:
            lines += [*_marked("remove", before[start:end]), *_marked("add", after[new_start:new_end])]
    return lines


def _marked(op: str, lines: Sequence[str]) -> list[dict[str, str]]:
    return [{"op": op, "text": text} for text in lines]


def _articles(old: Sequence[Article], new: Sequence[Article]) -> dict[str, Any]:
    before = {article.id: article for article in old}
    after = {article.id: article for article in new}
    changes = {
        "added": [article.to_json() for article in new if article.id not in before],
        "removed": [article.to_json() for article in old if article.id not in after],
        "moved": _moved(list(before), list(after)),
        "changed": [
            _article(before[article.id], article)
            for article in new
            if article.id in before and article != before[article.id]
        ],
    }
    return {name: found for name, found in changes.items() if found}


def _article(old: Article, new: Article) -> dict[str, Any]:
    changes: dict[str, Any] = {"id": new.id}
    for name in ("title", "entrenched_by"):
        if getattr(old, name) != getattr(new, name):
            changes[name] = {"from": getattr(old, name), "to": getattr(new, name)}
    if old.body != new.body:
        changes["body"] = line_difference(old.body, new.body)
    return changes


def _moved(old: Sequence[str], new: Sequence[str]) -> list[dict[str, Any]]:
    """Name the articles that no longer stand in the same order among those that both versions have.

    Of the others as many as possible are taken to have stayed (the longest common subsequence), so that moving
    one article past ten says that one has moved.
    """
    in_both = set(old) & set(new)
    before, after = [each for each in old if each in in_both], [each for each in new if each in in_both]
    rank = {each: place for place, each in enumerate(before)}
    stayed = _longest_rising([rank[each] for each in after])
    return [
        {"id": each, "from": old.index(each) + 1, "to": new.index(each) + 1}
        for each in after
        if rank[each] not in stayed
    ]


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Return a longest rising subsequence of different numbers."""
    chains: list[list[int]] = []
    for number in numbers:
        chains.append([*_longest([chain for chain in chains if chain[-1] < number]), number])
    return set(_longest(chains))


def _longest(chains: Sequence[list[int]]) -> list[int]:
    return max(chains, key=len, default=[])


def _listed(old: Sequence[_Json], new: Sequence[_Json]) -> dict[str, Any]:
    before = {item["id"]: item for item in old}
    after = {item["id"]: item for item in new}
    changes = {
        "added": [item for item in new if item["id"] not in before],
        "removed": [item for item in old if item["id"] not in after],
        "moved": _moved(list(before), list(after)),
        "changed": [
            {"id": item["id"], "fields": _fields(before[item["id"]], item)}
            for item in new
            if item["id"] in before and item != before[item["id"]]
        ],
    }
    return {name: found for name, found in changes.items() if found}


def _fields(old: _Json, new: _Json) -> dict[str, Any]:
    return {name: {"from": old[name], "to": new[name]} for name in new if old[name] != new[name]}


def _powers(old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    changes = {
        role: {
            "given": [power for power in powers if power not in old[role]],
            "taken": [power for power in old[role] if power not in powers],
        }
        for role, powers in new.items()
    }
    return {role: change for role, change in changes.items() if change["given"] or change["taken"]}
