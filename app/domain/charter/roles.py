"""The roles a person can hold in a community. No role contains another: powers are given one by one."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A separate power given per community: to take part, to facilitate, to own the brand, to audit."""

    MEMBER = "member"
    STEWARD = "steward"
    BRAND_OWNER = "brand_owner"
    AUDITOR = "auditor"
