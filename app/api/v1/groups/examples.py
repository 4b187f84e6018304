"""Examples for the documentation; tests put them through the service."""

from __future__ import annotations

from typing import Any

GROUP: dict[str, Any] = {
    "kind": "lab",
    "name": "Bottle lab",
    "description": "We try out what our lemonade could come in.",
    "joining": "approval",
}
