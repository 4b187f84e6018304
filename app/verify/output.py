"""What a run found, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from app.domain.evidence.faults import FAULTS, Report

#: What terminals take for commands, and what would let a file's text pass for a line of ours.
_HARMLESS = dict.fromkeys((*range(32), *range(127, 160), 8232, 8233), "�")


def as_json(command: str, report: Report) -> str:
    """Return the report as one JSON object."""
    return json.dumps({"command": command, **report.to_json()}, indent=2)


def as_text(report: Report) -> str:
    """Return the report as lines for people. Text out of files is shown without control characters."""
    return "\n".join(line.translate(_HARMLESS) for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    for name, value in report.checked.items():
        yield f"{name:>12}  {_readable(value)}"
    for reason in report.unchecked:
        yield f"{'not checked':>12}  {reason}"
    for finding in report.findings:
        yield f"{'FAULT':>12}  {finding.code}: {finding.where}: {finding.detail}"
    for code, number in report.omitted.items():
        yield f"{'FAULT':>12}  {code}: {number:,} more ({FAULTS[code]})"
    number = len(report.findings) + sum(report.omitted.values())
    yield f"{'result':>12}  {'nothing disagrees' if report.agrees else f'{number:,} found'}"


def _readable(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_readable(each)}" for name, each in value.items())
    return str(value)
