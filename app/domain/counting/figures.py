"""Exact numbers as text."""

from __future__ import annotations


def fixed_point(units: int, places: int) -> str:
    """Write ``units`` of 10**-places as a decimal with ``places`` decimals, for example ``"872.00000"``.

    :param units: 0 or more.
    :param places: 0 or more; 0 gives a whole number.
    """
    if places == 0:
        return str(units)
    whole, fraction = divmod(units, 10**places)
    return f"{whole}.{fraction:0{places}d}"
