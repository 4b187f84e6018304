"""Whose a token account is."""

from __future__ import annotations

from enum import StrEnum


class AccountOwner(StrEnum):
    """Whose tokens an account holds.

    ``supply`` is the one account per community that tokens come from and go back to. ``treasury`` is the brand's:
    it may have several, by name. ``member`` is a member's, who may have several too. ``nobody`` is an account that
    an import named and that nobody has been assigned yet.
    """

    SUPPLY = "supply"
    TREASURY = "treasury"
    MEMBER = "member"
    NOBODY = "nobody"
