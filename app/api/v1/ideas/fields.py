"""Fields of what is written about ideas."""

from __future__ import annotations

import marshmallow as ma

from app.domain.boards.tags import LONGEST_TAG, MOST_TAGS
from app.http.fields import LINE, List, Strict, String

LONGEST_BODY = 50_000
LONGEST_REASON = 10_000
LONGEST_QUERY = 200
_MOST_LINKS = 10

#: An address that people open in a browser: no user name in it, nothing that a page would have to escape.
WEB_ADDRESS = (
    r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[1-9][0-9]{0,4})?"
    r"([/?#][A-Za-z0-9._~:/?#@!$&()*+,;=%\[\]-]*)?$"
)


def idea_title(**options: object) -> String:
    """Describe the title of an idea."""
    return String(max_length=200, min_length=1, pattern=LINE, **options)


def idea_body(**options: object) -> String:
    """Describe the text of an idea."""
    return String(max_length=LONGEST_BODY, metadata={"description": "Markdown."}, **options)


def public_reason(**options: object) -> String:
    """Describe a reason that everybody reads."""
    return String(
        max_length=LONGEST_REASON,
        min_length=1,
        pattern=r"^[^\x00]*[^\x00-\x20\x7f-\xa0][^\x00]*$",
        metadata={"description": "Public, and kept for good."},
        **options,
    )


def tags(**options: object) -> List:
    """Describe the tags of an idea."""
    return List(
        String(max_length=LONGEST_TAG, min_length=1, pattern=LINE),
        max_items=MOST_TAGS,
        metadata={
            "description": "In any spelling; kept in lower case, with hyphens between words. What has neither "
            "letters nor digits is left out."
        },
        **options,
    )


class LinkSetting(Strict):
    """Something elsewhere that belongs to an idea: a drawing, a source."""

    url = String(max_length=2_000, min_length=1, pattern=WEB_ADDRESS, required=True)
    title = String(max_length=200, pattern=f"^$|{LINE}", load_default="")


def links(**options: object) -> List:
    """Describe the links of an idea."""
    return List(
        ma.fields.Nested(LinkSetting),
        max_items=_MOST_LINKS,
        metadata={"description": "Attachments by address; nothing is fetched."},
        **options,
    )
