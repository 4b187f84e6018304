"""What a recount finds: one thing looked at after the other, and whether it agrees."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    ``agrees`` is None where it could not be looked at; ``detail`` says why, or what differs, or how much was
    compared.
    """

    subject: str
    agrees: bool | None
    detail: str


@dataclass
class Notes:
    """Findings as they are made."""

    findings: list[Finding] = field(default_factory=list)

    def note(self, subject: str, *, agrees: bool | None, detail: str) -> None:
        """Note one thing looked at."""
        self.findings.append(Finding(subject, agrees, detail))

    def compare(self, subject: str, pairs: Mapping[str, tuple[object, object]], detail: str) -> None:
        """Note whether each named pair is equal; ``detail`` says what was compared."""
        different = [
            f"{name} is {_short(ours)} here and {_short(theirs)} there"
            for name, (ours, theirs) in pairs.items()
            if ours != theirs
        ]
        self.note(subject, agrees=not different, detail="; ".join(different) or detail)

    def none_of(self, subject: str, problems: Sequence[str], detail: str) -> None:
        """Note that there are no problems, or the first of them and how many."""
        more = f" (and {len(problems) - 1:,} more)" if len(problems) > 1 else ""
        self.note(subject, agrees=not problems, detail=problems[0] + more if problems else detail)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 70 else f"{text[:67]}..."  # noqa: PLR2004 - enough to recognise it


def number_of(number: int, noun: str) -> str:
    """Write a number with what it counts."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
