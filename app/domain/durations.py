"""Durations of exact length, as ISO 8601 writes them: P2W, P7D, PT36H, P1DT12H.

Years and months are refused, because their length depends on when they start.
"""

from __future__ import annotations

import datetime as dt
import re

# One unit of any size, or a mixture in which every smaller unit stays below its carry: so the sum, written in
# the largest units, follows the same pattern.
_H, _M, _S = "(1?[0-9]|2[0-3])H", "[1-5]?[0-9]M", "[1-5]?[0-9]S"
_TIME = f"T({_H}({_M})?({_S})?|{_M}({_S})?|{_S})"

#: The grammar, anchored at both ends; digits are ASCII.
DURATION_PATTERN = f"^P([0-9]{{1,4}}W|[0-9]{{1,5}}D({_TIME})?|{_TIME}|T[0-9]{{1,6}}[HMS])$"

_DURATION = re.compile(DURATION_PATTERN, re.ASCII)
_AMOUNT = re.compile(r"([0-9]+)([WDHMS])", re.ASCII)
_UNITS = {"W": "weeks", "D": "days", "H": "hours", "M": "minutes", "S": "seconds"}


def parse_duration(text: object) -> dt.timedelta:
    """Read a duration of at most 99,999 days, in whole seconds.

    :raises ValueError: for anything but a text of the grammar, years, months and fractions included.
    """
    if not isinstance(text, str) or _DURATION.fullmatch(text) is None:
        raise ValueError('a duration is a text such as "P7D" or "PT36H"')
    return dt.timedelta(**{_UNITS[unit]: int(digits) for digits, unit in _AMOUNT.findall(text)})


def format_duration(value: dt.timedelta) -> str:
    """Write a duration in days, hours, minutes and seconds, such as P1DT12H.

    :param value: not negative; fractions of a second are dropped.
    """
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    if not days and not time:
        return "PT0S"
    return "P" + (f"{days}D" if days else "") + (f"T{time}" if time else "")
