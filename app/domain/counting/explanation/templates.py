"""Every template of every family, by the key of the statement it words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.domain.counting.explanation import budgets, general, pairwise, points, scores, ties, transfers

_FAMILIES = (general, transfers, pairwise, scores, points, budgets, ties)

TEMPLATES: Mapping[str, str] = MappingProxyType(
    {key: template for family in _FAMILIES for key, template in family.TEMPLATES.items()}
)
"""Statement key to template; keys are unique over all families."""
