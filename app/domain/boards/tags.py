"""Tags: short names that ideas share, in one written form so that they can be shared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: Greatest length of a tag in code points, and of tags on an idea.
LONGEST_TAG = 40
MOST_TAGS = 10

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_JOINERS = frozenset({"\u200c", "\u200d"})  # Persian and Indic spelling needs them


def normalised_tag(text: str) -> str | None:
    """Return the one written form of a tag; None where nothing is left that could be read.

    NFKC, case folded, without a leading ``#``; letters, marks and digits of any script stay, everything between
    them becomes one hyphen. Cut at :data:`LONGEST_TAG`.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(_kept(character) for character in folded)
    tag = re.sub(r"-+", "-", kept).strip("-\u200c\u200d")[:LONGEST_TAG].rstrip("-\u200c\u200d")
    return tag or None


def normalised_tags(texts: Iterable[str]) -> list[str]:
    """Return the tags that some texts name, each once, in their order."""
    found = (normalised_tag(text) for text in texts)
    return list(dict.fromkeys(tag for tag in found if tag is not None))


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] in "LMN" or character in _JOINERS:
        return character
    return "" if category in _INVISIBLE else "-"
