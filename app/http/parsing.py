"""Strict reading of requests: what is ambiguous is refused, never guessed.

JSON is I-JSON (RFC 7493) with a bounded depth. Duplicate keys, NaN, infinities, numbers a double cannot hold,
integers beyond 2**53 - 1, lone surrogates and NUL are refused with 400; unknown members and unknown or
repeated query parameters with 422.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from app.http.fields import GREATEST_INTEGER, parse_query_text
from app.http.problems import MOST_ERRORS, Fault, ProblemError, faults_of

GREATEST_DEPTH = 32

MERGE_PATCH = "application/merge-patch+json"
JSON = "application/json"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object names a member twice")
    return members


def _integer(text: str) -> int:
    # The length is tested first: int() of thousands of digits is quadratic.
    if len(text) <= len(str(-GREATEST_INTEGER)):
        value = int(text)
        if -GREATEST_INTEGER <= value <= GREATEST_INTEGER:
            return value
    raise ValueError("an integer lies beyond 2^53 - 1")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


# One decoder for all requests: json.loads with hooks would build one for each call.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def load_json(raw: bytes) -> Any:
    """Parse strict JSON.

    :param raw: UTF-8 without a byte order mark.
    :return: dict, list, str, int, float, bool or None.
    :raises ValueError: for everything the module refuses, with a sentence that does not echo the input.
    """
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError:
        raise ValueError("the text is not UTF-8") from None
    except RecursionError:
        raise ValueError(f"the text nests deeper than {GREATEST_DEPTH} levels") from None
    # A text without escapes holds neither surrogates nor NUL, and one with few brackets nests no deeper than
    # their number: most bodies are spared the walk.
    if b"\\u" in raw or raw.count(b"[") + raw.count(b"{") > GREATEST_DEPTH:
        _walk(value)
    return value


def _walk(value: Any) -> None:
    """Check depth and texts without recursion, level by level."""
    level, depth = [value], 0
    while level:
        depth += 1
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                _check_text(item)
            elif isinstance(item, dict | list):
                if depth > GREATEST_DEPTH:
                    raise ValueError(f"the text nests deeper than {GREATEST_DEPTH} levels")
                if isinstance(item, dict):
                    below.extend(item)  # the keys are texts, too
                    below.extend(item.values())
                else:
                    below.extend(item)
        level = below


def _check_text(text: str) -> None:
    if "\0" in text:
        raise ValueError("a string contains NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("a string contains a lone surrogate") from None


def require_media_type(request: Request, accepted: Collection[str]) -> None:
    """Refuse a body of a media type or encoding that is not accepted, before it is read.

    :param accepted: media types without parameters, in lower case.
    :raises ProblemError: 415 with Accept, Accept-Patch or Accept-Encoding (RFC 9110 section 15.5.16).
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        # Nothing here would stop a small body from unpacking to gigabytes.
        raise ProblemError(
            "unsupported-encoding", "Send the body as it is.", headers={"Accept-Encoding": "identity"}
        )
    if request.mimetype not in accepted or request.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
        name = "Accept-Patch" if request.method == "PATCH" else "Accept"
        raise ProblemError(
            "unsupported-media-type",
            f"Send {' or '.join(accepted)} in UTF-8.",
            headers={name: ", ".join(accepted)},
        )


def read_raw(request: Request, accepted: Collection[str], *, most_bytes: int | None = None) -> bytes:
    """Read a request body of an accepted media type.

    :param accepted: media types without parameters, in lower case.
    :param most_bytes: overrides the application's ``MAX_CONTENT_LENGTH`` for this request.
    :raises ProblemError: 413, or 415 as :func:`require_media_type`.
    """
    require_media_type(request, accepted)
    if most_bytes is not None:
        request.max_content_length = most_bytes
    limit = request.max_content_length
    try:
        raw = request.get_data()
    except RequestEntityTooLarge:
        raw = None
    # werkzeug cuts a chunked body off at the limit without a word; the cut must not pass for the whole.
    cut = request.content_length is None and limit is not None and raw is not None and len(raw) >= limit
    if raw is None or cut:
        raise ProblemError("body-too-large", f"A body may have {limit} bytes here.")
    return raw


def read_json(request: Request, schema: ma.Schema, *, most_bytes: int | None = None) -> Any:
    """Read and validate a JSON body.

    A PATCH is a merge patch (RFC 7396) under either media type.

    :param schema: what the body must follow; see :class:`app.http.fields.Strict`.
    :param most_bytes: as in :func:`read_raw`.
    :return: what the schema loads to.
    :raises ProblemError: 400, 413, 415, or 422 with pointers.
    """
    accepted = (MERGE_PATCH, JSON) if request.method == "PATCH" else (JSON,)
    raw = read_raw(request, accepted, most_bytes=most_bytes)
    try:
        document = load_json(raw)
    except ValueError as error:
        raise ProblemError("malformed-json", f"The body is not strict JSON: {error}.") from None
    try:
        return schema.load(document)
    except ma.ValidationError as error:
        raise ProblemError(
            "invalid-request", "The body does not follow its schema.", faults=faults_of(error.messages)
        ) from None


def refuse_body(request: Request) -> None:
    """Refuse a body where none is defined: ignoring it would mislead the sender.

    :raises ProblemError: 400 when the request has one.
    """
    if request.content_length or request.headers.get("Transfer-Encoding"):
        raise ProblemError("unexpected-body")


def read_query(request: Request, schema: ma.Schema | None) -> Any:
    """Read and validate the query parameters.

    :param schema: its fields are the parameters; None when the operation has none.
    :return: what the schema loads to; an empty dict without a schema.
    :raises ProblemError: 422 for unknown, repeated and invalid parameters.
    """
    fields: Mapping[str, ma.fields.Field] = {}
    if schema is not None:
        fields = {field.data_key or name: field for name, field in schema.load_fields.items()}
    values: dict[str, Any] = {}
    faults = []
    for name, texts in request.args.lists():
        field = fields.get(name)
        if field is None:
            faults.append(Fault(name, "Unknown parameter.", "parameter"))
        elif isinstance(field, ma.fields.List):
            values[name] = [parse_query_text(field.inner, text) for text in texts]
        elif len(texts) > 1:
            faults.append(Fault(name, "Given more than once.", "parameter"))
        else:
            values[name] = parse_query_text(field, texts[0])
    if not faults:
        if schema is None:
            return {}
        try:
            return schema.load(values)
        except ma.ValidationError as error:
            faults = faults_of(error.messages, "parameter")
    raise ProblemError(
        "invalid-request", "The query does not follow its schema.", faults=faults[:MOST_ERRORS]
    )
