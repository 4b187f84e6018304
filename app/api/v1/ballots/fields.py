"""Fields that only ballots have: the settings of a method, choices in any method's form, and digests."""

from __future__ import annotations

import json
from typing import Any

import marshmallow as ma

from app.domain.counting import METHODS
from app.domain.counting import question as counting
from app.http.fields import GREATEST_INTEGER, Map, String

#: Greatest number of options; a ballot that offers more is no question any more.
MOST_OPTIONS = 200
OPTION_ID = f"^{counting.OPTION_ID.pattern}$"


def sha256(description: str, **options: Any) -> String:
    """Describe a SHA-256 in hexadecimal."""
    example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    metadata = {"description": description, "examples": [example]}
    return String(max_length=64, min_length=64, pattern=r"^[0-9a-f]{64}$", metadata=metadata, **options)


_SETTING_TEXT = {"type": "string", "maxLength": 100}
_SETTING_INTEGER = {"type": "integer", "minimum": -(2**53) + 1, "maximum": 2**53 - 1}
_SETTING_FORMS = [
    _SETTING_TEXT,
    _SETTING_INTEGER,
    {"type": "boolean"},
    {"type": "null"},
    {"type": "array", "maxItems": MOST_OPTIONS, "items": _SETTING_TEXT},
    {
        "type": "object",
        "maxProperties": MOST_OPTIONS,
        "propertyNames": {"maxLength": 32},
        "additionalProperties": _SETTING_INTEGER,
    },
]


class SettingField(ma.fields.Field):
    """A setting of a method, such as a text, an integer, a list of grades or the options' costs."""

    def __init__(self) -> None:
        super().__init__(allow_none=True, metadata={"anyOf": _SETTING_FORMS})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_options: Any) -> Any:  # noqa: ARG002 - marshmallow's signature
        if isinstance(value, list) and len(value) <= MOST_OPTIONS:
            return [_setting_text(item) for item in value]
        if isinstance(value, dict) and len(value) <= MOST_OPTIONS:
            return {_setting_text(name, most=32): _setting_integer(amount) for name, amount in value.items()}
        if isinstance(value, bool):
            return value
        return _setting_text(value) if isinstance(value, str) else _setting_integer(value)


def _setting_text(value: Any, *, most: int = 100) -> str:
    if isinstance(value, str) and len(value) <= most and "\0" not in value:
        return value
    raise ma.ValidationError(f"Not a text of at most {most} characters.")


def _setting_integer(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int and abs(value) < 2**53:
        return value
    raise ma.ValidationError("Not of a form that a setting can have.")


def settings_of_method(**options: Any) -> Map:
    """Describe the settings of a method, by name."""
    return Map(
        keys=String(max_length=40, pattern=r"^[a-z][a-z0-9_]*$"),
        values=SettingField(),
        max_items=20,
        metadata={
            "description": "Settings of the method; see GET /v1/methods for each method's.",
        },
        **options,
    )


#: Longest text that a choice can be by itself: an option id or an answer.
MOST_CHOICE_TEXT = 64


def _bounded(schema: Any) -> Any:
    """Add to a method's schema the bounds that every body has: sizes, and integers that JSON reads exactly."""
    if isinstance(schema, list):
        return [_bounded(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    bounds: dict[str, Any] = {
        "integer": {"minimum": -GREATEST_INTEGER, "maximum": GREATEST_INTEGER},
        "array": {"maxItems": MOST_OPTIONS},
        "object": {"maxProperties": MOST_OPTIONS},
        "string": {"maxLength": MOST_CHOICE_TEXT, "pattern": r"^[^\x00]*$"},
    }
    own = {name: value if name == "enum" else _bounded(value) for name, value in schema.items()}
    kind = schema.get("type")
    return (bounds.get(kind, {}) if isinstance(kind, str) else {}) | own


def _choice_forms() -> list[dict[str, Any]]:
    """Return the forms that choices have, each titled by the methods that use it."""
    forms: dict[str, list[str]] = {}
    for method in METHODS.values():
        forms.setdefault(json.dumps(_bounded(method.choice_schema())), []).append(method.name)
    return [
        json.loads(form) | {"title": ", ".join(methods), "examples": [METHODS[methods[0]].choice_example]}
        for form, methods in forms.items()
    ]


class ChoiceField(ma.fields.Field):
    """A choice in the form of the ballot's method; the ballot judges it."""

    def __init__(self, **options: Any) -> None:
        description = "Your answer, in the form of the ballot's method."
        metadata = {"description": description, "anyOf": _choice_forms()}
        super().__init__(metadata=metadata, allow_none=True, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_options: Any) -> Any:  # noqa: ARG002 - marshmallow's signature
        if isinstance(value, str) and len(value) <= MOST_CHOICE_TEXT:
            return value
        if isinstance(value, list | dict) and len(value) <= MOST_OPTIONS:
            return value
        raise ma.ValidationError("Not a text, a list or an object of the size a choice can have.")
