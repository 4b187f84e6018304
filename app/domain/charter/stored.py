"""Charters and amendments that were stored under an earlier release, in the words of this one.

What was stored is hashed and never rewritten, so words that have been given up are understood for ever. Only
what is stored may use them: a new document is read as it stands, and refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.charter.document import Charter
from app.domain.charter.powers import Power
from app.domain.charter.reading import read_charter

#: Powers that charters gave before, by what they let their holders do. Who could set a holding could make and
#: destroy tokens; nobody but the holder could pass them on, and nobody has that by it.
FORMER_POWERS: Mapping[str, tuple[Power, ...]] = {
    "holding.set": (Power.TOKEN_ISSUE, Power.TOKEN_BURN),
}


def read_stored_charter(document: Mapping[str, Any]) -> Charter:
    """Read a charter as it was stored.

    :param document: decoded JSON of a version that was in force once.
    :raises InvalidCharter: as :func:`app.domain.charter.reading.read_charter`.
    """
    powers = {role: powers_now(listed) for role, listed in document["role_powers"].items()}
    return read_charter({**document, "role_powers": powers})


def operations_now(operations: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the operations of a stored amendment in the words of this release."""
    return [
        {**operation, "powers": powers_now(operation["powers"])} if "powers" in operation else dict(operation)
        for operation in operations
    ]


def powers_now(listed: Sequence[str]) -> list[str]:
    """Return a list of powers with each former one replaced by those that took its place, each named once."""
    named = (new for name in listed for new in FORMER_POWERS.get(name, (name,)))
    return list(dict.fromkeys(str(name) for name in named))
