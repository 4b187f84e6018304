"""Rule settings of a method, declared as data; checks, defaults and documentation come from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.counting.question import Problem


@dataclass(frozen=True, slots=True)
class IntegerSetting:
    """A whole number from ``minimum`` to ``maximum`` (no upper bound if None).

    ``default`` None means that the setting may be null or left out, with the meaning its description gives.
    """

    name: str
    description: str
    default: int | None
    minimum: int
    maximum: int | None = None

    def schema(self) -> dict[str, Any]:
        """Describe the setting as JSON Schema."""
        schema: dict[str, Any] = {
            "description": self.description,
            "default": self.default,
            "type": ["integer", "null"] if self.default is None else "integer",
            "minimum": self.minimum,
        }
        return schema if self.maximum is None else schema | {"maximum": self.maximum}

    def problem(self, value: object) -> str | None:
        """Say what is wrong with ``value``, or None."""
        if value is None and self.default is None:
            return None
        # JSON true is an int to Python, and no number to anyone else.
        if not isinstance(value, int) or isinstance(value, bool):
            return "must be an integer"
        if value < self.minimum:
            return f"must be at least {self.minimum}"
        if self.maximum is not None and value > self.maximum:
            return f"must be at most {self.maximum}"
        return None


@dataclass(frozen=True, slots=True)
class ChoiceSetting:
    """One of a few named variants of a rule; ``choices`` maps each name to what it means."""

    name: str
    description: str
    default: str
    choices: Mapping[str, str]

    def schema(self) -> dict[str, Any]:
        """Describe the setting as JSON Schema."""
        meanings = "; ".join(f"{name}: {meaning}" for name, meaning in self.choices.items())
        return {
            "description": f"{self.description} {meanings}.",
            "default": self.default,
            "enum": list(self.choices),
        }

    def problem(self, value: object) -> str | None:
        """Say what is wrong with ``value``, or None."""
        if isinstance(value, str) and value in self.choices:
            return None
        return f"must be one of {', '.join(self.choices)}"


Setting = IntegerSetting | ChoiceSetting


def complete(declared: Sequence[Setting], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return every declared setting with its given or default value, in declared order."""
    return {setting.name: given.get(setting.name, setting.default) for setting in declared}


def setting_problems(declared: Sequence[Setting], given: Mapping[str, Any]) -> list[Problem]:
    """Name every given setting that is unknown or has a value outside its declaration."""
    by_name = {setting.name: setting for setting in declared}
    problems: list[Problem] = []
    for name, value in given.items():
        if name not in by_name:
            known = ", ".join(by_name) or "none"
            problems.append((f"/settings/{name}", f"no such setting; this method has {known}"))
        elif problem := by_name[name].problem(value):
            problems.append((f"/settings/{name}", problem))
    return problems
