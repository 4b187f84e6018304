"""What a ballot asks: the method, the options, the seats and the method's settings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OPTION_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
"""The grammar of an option id. It leaves every separator of the canonical ballot texts free."""

MAX_OPTIONS = 1000
"""Most options of one question: each may appear in every voter's ballot text."""

Problem = tuple[str, str]
"""(RFC 6901 JSON pointer, what is wrong there in one sentence)."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question put to a vote, as frozen when its ballot opened.

    :param method: a name in the method registry, for example ``"irv"``.
    :param options: option ids in the ballot's stated order; empty for ``yes_no``, whose answers are fixed.
    :param seats: how many options are to be elected, at least 1.
    :param settings: the method's rule settings; those left out take the method's declared defaults.
    """

    method: str
    options: tuple[str, ...]
    seats: int = 1
    settings: Mapping[str, Any] = field(default_factory=dict)


class _Invalid(ValueError):
    """Input that breaks a rule, with every place where it does."""

    def __init__(self, errors: Sequence[Problem]) -> None:
        self.errors: list[Problem] = list(errors)
        super().__init__("; ".join(f"{pointer or '(whole)'}: {detail}" for pointer, detail in self.errors))


class InvalidQuestion(_Invalid):
    """A question no vote can be taken on; pointers are relative to the question as a JSON object."""


class InvalidVote(_Invalid):
    """A choice the method does not admit; pointers are relative to the choice the voter sent."""


def option_problems(options: Sequence[object]) -> list[Problem]:
    """Name every option id that is malformed or repeated, and too many options."""
    if len(options) > MAX_OPTIONS:
        return [("/options", f"{len(options)} options; at most {MAX_OPTIONS} are possible")]
    problems: list[Problem] = []
    first_seen: dict[object, int] = {}
    for index, option in enumerate(options):
        if not isinstance(option, str) or not OPTION_ID.fullmatch(option):
            problems.append((f"/options/{index}", f"an option id matches {OPTION_ID.pattern}"))
        elif option in first_seen:
            problems.append((f"/options/{index}", f'"{option}" is already option {first_seen[option] + 1}'))
        else:
            first_seen[option] = index
    return problems
