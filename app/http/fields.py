# ruff: noqa: ARG002 - marshmallow calls _serialize and _deserialize with arguments few fields need
"""Fields and base schemas that accept exactly what the OpenAPI document says.

marshmallow's own fields guess: Integer takes "3", 3.7 and Arabic digits, Boolean takes "yes", Regexp lets a
trailing newline in. Requests derive from :class:`Strict`, answers from :class:`Representation`.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from enum import Enum as PythonEnum
from fractions import Fraction
from typing import Any, NoReturn

import marshmallow as ma

from app.domain.durations import DURATION_PATTERN, format_duration, parse_duration

#: Integers every JSON implementation reads exactly (RFC 7493 section 2.2).
GREATEST_INTEGER = 2**53 - 1

#: Pattern of a text that starts and ends with a visible character and has no line breaks or control codes.
LINE = r"^[^\x00-\x20\x7f-\xa0]([^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0])?$"

#: PostgreSQL stores no NUL, so the documents say that there is none.
_TEXT = r"^[^\x00]*$"
_RATIO = r"^(0|[1-9][0-9]{0,9})(/[1-9][0-9]{0,9}|\.[0-9]{1,9})?$"
_EMAIL = r"^[^@\x00-\x20\x7f-\xa0]{1,64}@[^@\x00-\x20\x7f-\xa0]{1,188}$"
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}):([0-9]{2})(?:\.([0-9]+))?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Strict(ma.Schema):
    """Base of what clients send: unknown members are refused, in nested schemas too.

    marshmallow does not hand ``unknown`` down to nested schemas, so binding one that is lenient is an error.
    """

    class Meta:
        """Refuse what the schema does not name."""

        unknown = ma.RAISE

    def on_bind_field(self, field_name: str, field_obj: ma.fields.Field) -> None:
        """Check a field when it joins the schema.

        :raises TypeError: when a nested schema would accept unknown members.
        """
        inner = field_obj
        while isinstance(inner, ma.fields.List):
            inner = inner.inner
        if isinstance(inner, ma.fields.Nested) and inner.schema.unknown != ma.RAISE:
            raise TypeError(f"{type(self).__name__}.{field_name} nests a schema that accepts unknown members")


class Representation(ma.Schema):
    """Base of what the service answers: every member is always present and documented as required.

    ``required=False`` cannot be told from the default, so a member that may be absent says
    ``metadata={"optional": True}``. Clients must expect members they do not know.
    """

    class Meta:
        """Keep additionalProperties out of the documents: answers may grow."""

        unknown = ma.EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: ma.fields.Field) -> None:
        """Mark the member as always present."""
        field_obj.required = not field_obj.metadata.get("optional", False)


class FullMatch(ma.validate.Regexp):
    """A pattern that must match the whole text; ``re.match`` with ``$`` would let a trailing newline in."""

    default_message = "Does not match the pattern {regex}."

    def __init__(self, pattern: str) -> None:
        """Compile the pattern.

        :param pattern: anchored at both ends, because JSON Schema searches (ECMA 262 and Python syntax).
        :raises ValueError: when it is not anchored.
        """
        if not (pattern.startswith("^") and pattern.endswith("$")):
            raise ValueError(f"the pattern must be anchored: {pattern}")
        super().__init__(pattern)

    def __call__(self, value: str) -> str:
        """Return the value.

        :raises marshmallow.ValidationError: when the pattern does not match all of it.
        """
        if self.regex.fullmatch(value) is None:
            raise ma.ValidationError(self._format_error(value))
        return value


class String(ma.fields.String):
    """A text of bounded length without NUL.

    :param max_length: in code points; both databases must agree on what fits.
    :param min_length: in code points.
    :param pattern: an anchored regular expression; :data:`LINE` suits titles and names.
    """

    def __init__(self, *, max_length: int, min_length: int = 0, pattern: str = _TEXT, **options: Any) -> None:
        super().__init__(**options)
        self.validators.append(ma.validate.Length(min=min_length or None, max=max_length))
        self.validators.append(FullMatch(pattern))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_options: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        return value


class Email(String):
    """An e-mail address: something on both sides of one @; only a message proves more."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=254, pattern=_EMAIL, **options)


class Integer(ma.fields.Integer):
    """A whole number; 9.0 is one as JSON Schema says, "9" and true are not.

    :param minimum: smallest value accepted.
    :param maximum: greatest value accepted, at most 2**53 - 1.
    """

    def __init__(self, *, minimum: int = 0, maximum: int = GREATEST_INTEGER, **options: Any) -> None:
        super().__init__(**options)
        self.validators.append(ma.validate.Range(min=minimum, max=maximum))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_options: Any) -> int:
        if type(value) is int or (isinstance(value, float) and value.is_integer()):
            return int(value)
        raise self.make_error("invalid")


class Boolean(ma.fields.Boolean):
    """True or false, nothing that could stand for them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_options: Any) -> bool:
        if value is not True and value is not False:
            raise self.make_error("invalid")
        return bool(value)


class UUID(ma.fields.UUID):
    """A UUID in its canonical form; braces, URNs and missing hyphens are refused. Loads to ``uuid.UUID``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_options: Any) -> uuid.UUID:
        if not isinstance(value, str) or _UUID.fullmatch(value) is None:
            raise self.make_error("invalid_uuid")
        return uuid.UUID(value)


class Instant(ma.fields.Field):
    """An RFC 3339 date-time. Loads to an aware UTC datetime in whole milliseconds and dumps as ...Z.

    Any offset is accepted, a missing one refused; finer digits are dropped; second 60 is the next minute's 0.
    """

    default_error_messages = {  # noqa: RUF012 - marshmallow's way to add messages
        "invalid": "Not an RFC 3339 date-time.",
        "naive": "Lacks Z or an offset from UTC.",
    }

    def __init__(self, **options: Any) -> None:
        documented = {"type": "string", "format": "date-time"}
        super().__init__(metadata=documented | dict(options.pop("metadata", {})), **options)

    def _serialize(
        self, value: dt.datetime | None, attr: str | None, obj: Any, **_options: Any
    ) -> str | None:
        return None if value is None else format_instant(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_options: Any) -> dt.datetime:
        match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            naive = isinstance(value, str) and _INSTANT.fullmatch(value + "Z")
            raise self.make_error("naive" if naive else "invalid")
        day, time, second, fraction, offset = match.groups()
        try:
            instant = dt.datetime.fromisoformat(f"{day}T{time}:00{offset.replace('z', 'Z')}").astimezone(
                dt.UTC
            )
            instant += dt.timedelta(
                seconds=_second(second), milliseconds=int((fraction or "0")[:3].ljust(3, "0"))
            )
        except (ValueError, OverflowError):
            self._invalid()
        return instant

    def _invalid(self) -> NoReturn:
        raise self.make_error("invalid") from None


def _second(text: str) -> int:
    second = int(text)
    if second > 60:  # noqa: PLR2004 - RFC 3339 section 5.7: 60 is a leap second
        raise ValueError("no such second")
    return second


def format_instant(value: dt.datetime) -> str:
    """Write an instant as this service does: UTC, milliseconds, Z.

    :raises ValueError: for a naive datetime, which is no instant.
    """
    if value.tzinfo is None:
        raise ValueError("a naive datetime is no instant")
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


class Ratio(String):
    """An exact ratio as text, "2/3" or "0.15"; never a float. Loads to the text, to be parsed by the domain.

    Dumps text and :class:`fractions.Fraction` alike.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=21, pattern=_RATIO, **options)

    def _serialize(
        self, value: str | Fraction | None, attr: str | None, obj: Any, **_options: Any
    ) -> str | None:
        return None if value is None else str(value)


class Duration(ma.fields.Field):
    """An ISO 8601 duration of exact length: P2W, P7D, PT36H, P1DT12H. Loads to a timedelta.

    Years and months are refused: their length depends on when they start.
    """

    default_error_messages = {"invalid": "Not a duration such as P7D or PT36H."}  # noqa: RUF012 - marshmallow's way

    def __init__(self, **options: Any) -> None:
        documented = {"type": "string", "pattern": DURATION_PATTERN}
        super().__init__(metadata=documented | dict(options.pop("metadata", {})), **options)

    def _serialize(
        self,
        value: dt.timedelta | str | None,
        attr: str | None,
        obj: Any,
        **_options: Any,
    ) -> str | None:
        return format_duration(value) if isinstance(value, dt.timedelta) else value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_options: Any) -> dt.timedelta:
        try:
            return parse_duration(value)
        except ValueError:
            raise self.make_error("invalid") from None


class Enum(ma.fields.Enum):
    """A member of a StrEnum, by its value. Documents say that new values may come."""

    def __init__(self, enum: type[PythonEnum], **options: Any) -> None:
        super().__init__(enum, by_value=ma.fields.String, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> str | None:
        # Columns hold plain text as well as members.
        return value if isinstance(value, str) else super()._serialize(value, attr, obj, **options)


#: Schemas nest by this name; :class:`Strict` checks what it nests.
Nested = ma.fields.Nested


class List(ma.fields.List):
    """A list of bounded length.

    :param max_items: greatest length; required, because every list a client sends must be bounded. Answers
        may pass None.
    :param unique: refuse equal items (JSON Schema uniqueItems).
    """

    def __init__(
        self,
        inner: ma.fields.Field | type[ma.fields.Field],
        *,
        max_items: int | None,
        min_items: int = 0,
        unique: bool = False,
        **options: Any,
    ) -> None:
        metadata = dict(options.pop("metadata", {}))
        if unique:
            metadata["uniqueItems"] = True
        super().__init__(inner, metadata=metadata, **options)
        if max_items is not None or min_items:
            self.validators.append(ma.validate.Length(min=min_items or None, max=max_items))
        self.most = max_items
        if unique:
            self.validators.append(_refuse_equal_items)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if self.most is not None and len(value) > self.most:
            # Before the items: validating a million of them is the attack.
            raise ma.ValidationError(f"Longer than maximum length {self.most}.")
        return super()._deserialize(value, attr, data, **options)


def _refuse_equal_items(items: list[Any]) -> None:
    seen: list[Any] = []
    hashed: set[Any] = set()
    for item in items:
        try:
            known = item in hashed
            hashed.add(item)
        except TypeError:  # nested objects load to dicts
            known = item in seen
            seen.append(item)
        if known:
            raise ma.ValidationError("Contains equal items.")


class Map(ma.fields.Dict):
    """An object whose names the client chooses, of bounded size.

    :param keys: field of the names; its pattern and length are documented as propertyNames.
    :param values: field of the values.
    :param max_items: greatest number of members.
    """

    def __init__(
        self, *, keys: ma.fields.Field, values: ma.fields.Field, max_items: int, **options: Any
    ) -> None:
        super().__init__(keys=keys, values=values, **options)
        self.most = max_items

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> dict[Any, Any]:
        if isinstance(value, dict) and len(value) > self.most:
            raise ma.ValidationError(f"More than {self.most} members.")
        try:
            return super()._deserialize(value, attr, data, **options)
        except ma.ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            # marshmallow files messages under "key" and "value", which are no places in the document.
            messages = {
                name: [message for part in parts.values() for message in part]
                if all(isinstance(part, list) for part in parts.values())
                else parts.get("value", parts)
                for name, parts in error.messages.items()
            }
            raise ma.ValidationError(messages) from None


class Document(ma.fields.Dict):
    """An object whose inside the domain reads and judges; its depth and size are those of any body.

    :param max_items: greatest number of members.
    """

    def __init__(self, *, max_items: int, **options: Any) -> None:
        super().__init__(**options)
        self.most = max_items

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> dict[Any, Any]:
        if isinstance(value, dict) and len(value) > self.most:
            raise ma.ValidationError(f"More than {self.most} members.")
        return super()._deserialize(value, attr, data, **options)


def parse_query_text(field: ma.fields.Field, text: str) -> Any:
    """Turn a query parameter's text into the JSON value its field expects.

    :return: an int for a canonical decimal given to an integer field, a bool for true or false given to a
        boolean field, else the text, which the field then judges.
    """
    if isinstance(field, Integer) and re.fullmatch(r"0|-?[1-9][0-9]{0,15}", text):
        return int(text)
    if isinstance(field, Boolean) and text in {"true", "false"}:
        return text == "true"
    return text
