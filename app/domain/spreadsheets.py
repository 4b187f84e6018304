"""What a spreadsheet would run instead of showing (OWASP, "CSV Injection")."""

from __future__ import annotations

from typing import Final

FORMULA_STARTS: Final = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001 - the full-width ones are meant
"""A cell that begins with one of these is run as a formula."""

IGNORED_BEFORE: Final = " \xa0\ufeff"
"""Characters that some programs skip before they look whether a cell begins like a formula."""
