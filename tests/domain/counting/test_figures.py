"""Exact numbers as text."""

from fractions import Fraction

from app.domain.counting.explanation import readable
from app.domain.counting.figures import rate_text


def test_a_rate_is_exact():
    assert rate_text(Fraction(12)) == "12"
    assert rate_text(Fraction(25, 2)) == "25/2"
    assert rate_text(Fraction(1, 10**999)) == f"1/{10**999}"


def test_a_rate_that_would_fill_pages_is_cut_off():
    # str() of an integer of more than 4,300 digits would fail.
    denominator = 3 * 10**5000
    assert rate_text(Fraction(2 * denominator + 10**5000, denominator)) == "7/3"
    tiny = Fraction(5, 2) + Fraction(1, denominator)
    assert rate_text(tiny) == "2.500000000000000000000000000000…"
    assert readable("1234.500000000000000000000000000000…").startswith("1,234.5")
