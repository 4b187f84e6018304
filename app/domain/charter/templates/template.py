"""What a shipped template is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Template:
    """A founding charter to start from.

    :param name: its name in the API.
    :param title: a few words for people.
    :param summary: for whom it is, in two or three sentences.
    :param document: the charter as JSON, for :func:`app.domain.charter.reading.read_charter`.
    """

    name: str
    title: str
    summary: str
    document: Mapping[str, Any]
