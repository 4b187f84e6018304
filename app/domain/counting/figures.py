"""Exact numbers as text."""

from __future__ import annotations

from fractions import Fraction


def fixed_point(units: int, places: int) -> str:
    """Write ``units`` of 10**-places as a decimal with ``places`` decimals, for example ``"872.00000"``.

    :param units: 0 or more.
    :param places: 0 or more; 0 gives a whole number.
    """
    if places == 0:
        return str(units)
    whole, fraction = divmod(units, 10**places)
    return f"{whole}.{fraction:0{places}d}"


def fraction_text(number: Fraction | int) -> str:
    """Write a number exactly: ``"12"`` if it is whole, else a fraction in lowest terms, ``"25/2"``."""
    return str(number)


LONGEST_RATE = 1000
"""Most digits of a denominator that are written out."""

RATE_DECIMALS = 30


def rate_text(number: Fraction) -> str:
    """Write a number of 0 or more exactly, as :func:`fraction_text`, unless it fills pages.

    Payments divide payments, so after hundreds of rounds one may take thousands of digits. Where its
    denominator has more than 1,000 digits, the text is the decimal cut off after 30 decimals, and ends in an
    ellipsis; the count itself goes on with the exact number.
    """
    if number.denominator < 10**LONGEST_RATE:
        return str(number)
    whole, rest = divmod(number.numerator * 10**RATE_DECIMALS // number.denominator, 10**RATE_DECIMALS)
    return f"{whole}.{rest:0{RATE_DECIMALS}d}…"
