"""What changed between two versions of a charter, as a person wants to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.cli.demo.terminal import Terminal
from app.cli.demo.words import listed

_PARTS = {
    "articles": "article",
    "decision_types": "decision type",
    "reserved_matters": "reserved matter",
    "veto_grounds": "veto ground",
    "moderation_grounds": "moderation ground",
}


_KINDS = ("added", "changed", "removed", "moved")


def summary(changes: Mapping[str, Any]) -> str:
    """Say in one line what changes, without the details."""
    found = []
    for part, change in changes.items():
        if part not in _PARTS:
            found.append(f"another {part.replace('_', ' ')}")
            continue
        for kind in _KINDS:
            if items := change.get(kind):
                noun = _PARTS[part] + ("s" if len(items) > 1 else "")
                found.append(f"{len(items)} {noun} {kind}")
    return listed(found) or "no difference"


def draw_changes(terminal: Terminal, changes: Mapping[str, Any]) -> None:
    """Draw the changes that the service lists between two versions."""
    for part, change in changes.items():
        if part in _PARTS:
            _draw_listed(terminal, _PARTS[part], change)
        else:
            terminal.paragraph(f"{part.replace('_', ' ')} changed", sign="  ~")


def _draw_listed(terminal: Terminal, what: str, change: Mapping[str, Any]) -> None:
    for item in change.get("added", []):
        body = " ".join(item.get("body", item.get("description", "")).split())
        terminal.paragraph(f'{what} {item["id"]}, "{item["title"]}": {body}', sign="  +", fg="green")
    for item in change.get("removed", []):
        terminal.paragraph(f'{what} {item["id"]}, "{item["title"]}"', sign="  -", fg="red")
    for item in change.get("changed", []):
        fields = item.get("fields") or {name: item[name] for name in item if name != "id"}
        said = "; ".join(_field(name, field) for name, field in fields.items())
        terminal.paragraph(f"{what} {item['id']}: {said}", sign="  ~", fg="yellow")
    for item in change.get("moved", []):
        terminal.paragraph(f"{what} {item['id']} moves from {item['from']} to {item['to']}", sign="  ~")


def _field(name: str, field: Any) -> str:
    name = name.replace("_", " ")
    if not isinstance(field, Mapping):
        return f"{name} reworded"
    old, new = field["from"], field["to"]
    if isinstance(old, list) and isinstance(new, list):
        return f"{name} {_lists(old, new)}"
    return f"{name} {_value(new)}, was {_value(old)}"


def _lists(old: Sequence[Any], new: Sequence[Any]) -> str:
    gone = [str(each) for each in old if each not in new]
    come = [str(each) for each in new if each not in old]
    said = [f"no longer: {', '.join(gone)}"] if gone else []
    said += [f"now also: {', '.join(come)}"] if come else []
    return ", ".join(said) or "in another order"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, Mapping) and "base" in value:
        return f"{value.get('ratio') or value.get('count')} of {value['base']}"
    return str(value)
