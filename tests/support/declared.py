"""What an operation's declaration says of itself."""

from __future__ import annotations

from typing import Any

from app.http.operation import Operation


def requests_of(operation: Operation) -> list[Any]:
    """Return the request bodies that the operation gives as examples."""
    named = operation.examples.get("requests", {})
    alone = [operation.examples["request"]] if "request" in operation.examples else []
    return [*alone, *named.values()]


def request_of(operation: Operation) -> Any:
    """Return one request body that is right in form; None where the operation takes none."""
    return next(iter(requests_of(operation)), None)
