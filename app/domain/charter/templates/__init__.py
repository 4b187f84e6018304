"""The founding charters that are shipped: texts and rules, as data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.domain.charter.templates.cooperative import COOPERATIVE
from app.domain.charter.templates.small_brand import SMALL_BRAND
from app.domain.charter.templates.template import Template
from app.domain.charter.templates.token_community import TOKEN_COMMUNITY

__all__ = ["TEMPLATES", "Template"]

#: Every template by its name, the plainest first.
TEMPLATES: Mapping[str, Template] = MappingProxyType(
    {template.name: template for template in (SMALL_BRAND, COOPERATIVE, TOKEN_COMMUNITY)}
)
