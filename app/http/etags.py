"""Entity tags from version numbers (RFC 9110 sections 8.8.3 and 13.1).

A tag names a document's version, ``"ballot.<id>.7"``; comparing it and writing the next version must be one
atomic step, which the mapper's ``version_id_col`` is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TAG = r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"'
_ENTITY_TAG = re.compile(_TAG)
_CONDITION = re.compile(rf"\s*(\*|{_TAG}(\s*,\s*{_TAG})*)\s*")


def opaque_tag(parts: Iterable[object]) -> str:
    """Return the opaque part of a strong tag, without quotes.

    :param parts: kind, id and version, and the role where the representation depends on it.
    """
    return ".".join(map(str, parts))


def is_well_formed(condition: str) -> bool:
    """Whether a header value is ``*`` or a list of quoted entity tags."""
    return _CONDITION.fullmatch(condition) is not None


def matches_strongly(if_match: str, tag: str) -> bool:
    """Compare for If-Match: a weak tag never matches, ``*`` matches any existing document."""
    if if_match.strip() == "*":
        return True
    return any(opaque == tag for weak, opaque in _ENTITY_TAG.findall(if_match) if not weak)


def matches_weakly(if_none_match: str, tag: str) -> bool:
    """Compare for If-None-Match: ``W/`` is ignored, because compressing proxies add it."""
    if if_none_match.strip() == "*":
        return True
    return any(opaque == tag for _weak, opaque in _ENTITY_TAG.findall(if_none_match))
