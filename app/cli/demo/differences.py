"""What changed between two versions of a charter, as a person wants to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.cli.demo.terminal import Terminal

_PARTS = {
    "articles": "article",
    "decision_types": "decision type",
    "reserved_matters": "reserved matter",
    "veto_grounds": "veto ground",
}


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
    return f"{name} from {_value(old)} to {_value(new)}"


def _lists(old: Sequence[Any], new: Sequence[Any]) -> str:
    gone = [str(each) for each in old if each not in new]
    come = [str(each) for each in new if each not in old]
    said = [f"without {', '.join(gone)}"] if gone else []
    return " and ".join([*said, *([f"with {', '.join(come)}"] if come else [])]) or "in another order"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, Mapping) and "base" in value:
        return f"{value.get('ratio') or value.get('count')} of {value['base']}"
    return str(value)
