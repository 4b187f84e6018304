"""Rule settings of a method, declared as data; checks, defaults and documentation come from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.counting.question import OPTION_ID, Problem
from app.domain.decision import Ratio


@dataclass(frozen=True, slots=True)
class IntegerSetting:
    """A whole number from ``minimum`` to ``maximum`` (no upper bound if None).

    ``default`` None means that the setting may be null or left out, with the meaning its description gives;
    but a ``required`` setting has no default, and every question states it.
    """

    name: str
    description: str
    default: int | None
    minimum: int
    maximum: int | None = None
    required: bool = False

    def schema(self) -> dict[str, Any]:
        """Describe the setting as JSON Schema."""
        schema: dict[str, Any] = {
            "description": self.description,
            "default": self.default,
            "type": ["integer", "null"] if self.default is None else "integer",
            "minimum": self.minimum,
        }
        if self.required:
            schema["type"] = "integer"
            del schema["default"]
        return schema if self.maximum is None else schema | {"maximum": self.maximum}

    def problem(self, value: object) -> str | None:
        """Say what is wrong with ``value``, or None."""
        if value is None and self.default is None and not self.required:
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


@dataclass(frozen=True, slots=True)
class RatioSetting:
    """An exact share from 0 to 1, as text: ``"2/3"`` or ``"0.15"``."""

    name: str
    description: str
    default: str

    def schema(self) -> dict[str, Any]:
        """Describe the setting as JSON Schema."""
        return {
            "description": self.description,
            "default": self.default,
            "type": "string",
            "pattern": r"^([0-9]+/[1-9][0-9]*|[01](\.[0-9]+)?)$",
        }

    def problem(self, value: object) -> str | None:
        """Say what is wrong with ``value``, or None."""
        try:
            Ratio.parse(value)
        except ValueError as error:
            return f"is no ratio: {error}"
        return None


@dataclass(frozen=True, slots=True)
class OptionSetting:
    """One of the question's options, or null with the meaning the description gives.

    Whether there is such an option only the question can tell: see :attr:`Method.own_problems`.
    """

    name: str
    description: str
    default: None = None

    def schema(self) -> dict[str, Any]:
        """Describe the setting as JSON Schema."""
        return {"description": self.description, "default": None, "type": ["string", "null"]}

    def problem(self, value: object) -> str | None:
        """Say what is wrong with ``value``, or None."""
        return None if value is None or isinstance(value, str) else "must be an option id or null"


@dataclass(frozen=True, slots=True)
class WordsSetting:
    """A list of different words, each written like an option id."""

    name: str
    description: str
    default: Sequence[str]
    minimum: int
    maximum: int

    def schema(self) -> dict[str, Any]:
        """Describe the setting as JSON Schema."""
        return {
            "description": self.description,
            "default": list(self.default),
            "type": "array",
            "items": {"type": "string", "pattern": f"^{OPTION_ID.pattern}$"},
            "minItems": self.minimum,
            "maxItems": self.maximum,
            "uniqueItems": True,
        }

    def problem(self, value: object) -> str | None:
        """Say what is wrong with ``value``, or None."""
        if not isinstance(value, list) or not self.minimum <= len(value) <= self.maximum:
            return f"must be a list of {self.minimum} to {self.maximum} words"
        if not all(isinstance(word, str) and OPTION_ID.fullmatch(word) for word in value):
            return f"a word matches {OPTION_ID.pattern}"
        return None if len(set(value)) == len(value) else "the words must differ"


@dataclass(frozen=True, slots=True)
class AmountsSetting:
    """A whole number from ``minimum`` to ``maximum`` for every option: ``{"mint": 40000, "lime": 2500}``.

    Every question states it. Whether it names exactly the options only the question can tell: see
    :attr:`Method.own_problems`.
    """

    name: str
    description: str
    minimum: int
    maximum: int

    def schema(self) -> dict[str, Any]:
        """Describe the setting as JSON Schema."""
        amount = {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}
        return {"description": self.description, "type": "object", "additionalProperties": amount}

    def problem(self, value: object) -> str | None:
        """Say what is wrong with ``value`` as a whole, or None."""
        return None if isinstance(value, Mapping) else "must be an object of option ids and integers"

    def amount_problems(self, value: Mapping[str, Any]) -> list[Problem]:
        """Name every amount that is wrong."""
        amount = IntegerSetting(self.name, "", None, self.minimum, self.maximum, required=True)
        return [
            (f"/settings/{self.name}/{reference_token(option)}", problem)
            for option, given in value.items()
            if (problem := amount.problem(given))
        ]


def reference_token(key: object) -> str:
    """Write a key, cut where it is longer than an option id, for a JSON pointer (RFC 6901 section 3)."""
    return str(key)[:40].replace("~", "~0").replace("/", "~1")


Setting = IntegerSetting | ChoiceSetting | RatioSetting | OptionSetting | WordsSetting | AmountsSetting


def is_required(setting: Setting) -> bool:
    """Say whether every question states the setting."""
    return isinstance(setting, AmountsSetting) or (isinstance(setting, IntegerSetting) and setting.required)


def complete(declared: Sequence[Setting], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return every declared setting with its given or default value, in declared order."""
    return {setting.name: _completed(setting, given) for setting in declared}


def _completed(setting: Setting, given: Mapping[str, Any]) -> Any:
    if isinstance(setting, AmountsSetting):
        # In one order, whatever order they were stated in.
        return dict(sorted(given[setting.name].items()))
    return given.get(setting.name, setting.default)


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
        elif isinstance(setting := by_name[name], AmountsSetting):
            problems += setting.amount_problems(value)
    missing = (setting.name for setting in declared if is_required(setting) and setting.name not in given)
    return problems + [(f"/settings/{name}", "must be stated") for name in missing]
