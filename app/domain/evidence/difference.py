"""Where two JSON values first differ."""

from __future__ import annotations

from typing import Any

_ABSENT = object()


def first_difference(ours: Any, theirs: Any, pointer: str = "") -> tuple[str, str, str] | None:
    """Return the JSON pointer of the first place at which two values differ, and both there; None where none is.

    Numbers, texts and truth values differ where their types do.
    """
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(ours.keys() | theirs.keys()):
            place = f"{pointer}/{name}"
            if found := first_difference(ours.get(name, _ABSENT), theirs.get(name, _ABSENT), place):
                return found
        return None
    if isinstance(ours, list) and isinstance(theirs, list):
        for at in range(max(len(ours), len(theirs))):
            one, other = (each[at] if at < len(each) else _ABSENT for each in (ours, theirs))
            if found := first_difference(one, other, f"{pointer}/{at}"):
                return found
        return None
    if type(ours) is type(theirs) and ours == theirs:
        return None
    return pointer, _text(ours), _text(theirs)


def _text(value: Any) -> str:
    return "nothing" if value is _ABSENT else repr(value)
