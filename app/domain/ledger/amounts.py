"""What an amount of tokens is: a whole number of the token's minor unit."""

from __future__ import annotations

from app.domain.weights import GREATEST_TOTAL

GREATEST_SUPPLY = GREATEST_TOTAL
"""The most tokens that may exist: the supply is the greatest weight a roll can have."""


def check_amount(amount: int) -> None:
    """Check an amount that is moved, locked or vested.

    :raises ValueError: unless it is an integer from 1 to 2^53 - 1.
    """
    if type(amount) is not int or not 1 <= amount <= GREATEST_SUPPLY:
        raise ValueError("an amount is an integer from 1 to 2^53 - 1")
