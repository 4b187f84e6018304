"""Markdown as people write it, and the HTML that is served beside it.

The source is kept as written. Two libraries stand between it and a browser, so that a mistake in one lets nothing
through: markdown-it-py, which knows no raw HTML and only links to the web and to mail addresses, and nh3, which
judges every tag, attribute and address once more, each time HTML is served.

What is let through is CommonMark with struck-out text, and three things less:

- Images become links: reading a text fetches nothing from anywhere.
- No reference definitions: one long address used in a thousand places would make megabytes out of kilobytes. So
  the HTML is at most a few times as long as the source, and made in time that grows with the source's length.
- No ids and no classes: nothing in a text can stand for something of the page around it.

Every outermost block is ``dir="auto"``: its own first letter decides whether it runs from right to left, and what
control characters for direction it holds end with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_LINKS = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_REFERENCE = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
#: ``@`` and a member's reference, where neither is part of a longer word or of an address.
_MENTION = re.compile(rf"(?<![\w@/.-])@({_REFERENCE})(?![\w-])")
_MARKED = re.compile(rf'<bdi data-member="({_REFERENCE})">@\1</bdi>')

#: Of ``env``: the references that are marked as mentions.
_MEMBERS = "members"
#: Texts as long as a proposal's can be are rendered while they are read; as many are remembered.
_REMEMBERED = 64

_TAGS = {
    *("a", "bdi", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("hr", "li", "ol", "p", "pre", "s", "strong", "ul"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "bdi": {"data-member"}, "ol": {"start"}}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    tag_attribute_values={tag: {"dir": {"auto"}} for tag in _TAGS - {"a", "bdi"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="nofollow ugc noopener",
)


@lru_cache(maxsize=_REMEMBERED)
def to_html(source: str) -> str:
    """Return the HTML of a longer text: a proposal's, or an article's."""
    return _CLEANER.clean(_PROSE.render(source))


def mentions(source: str) -> tuple[str, ...]:
    """Return the references that a text mentions, each once, in order; what stands in code mentions nobody."""
    if _MENTION.search(source) is None:
        return ()
    found = (match[1] for text in _texts(_REMARKS.parse(source)) for match in _MENTION.finditer(text))
    return tuple(dict.fromkeys(found))


def rendered(source: str, members: Collection[str]) -> str:
    """Return the HTML of a remark to be kept beside it; a line's end is kept as one, as people expect of remarks.

    :param members: the references to mark as mentions; what else looks like one stays text.
    """
    html: str = _REMARKS.render(source, {_MEMBERS: members})
    return html


def served(html: str, names: Mapping[str, str]) -> str:
    """Return the HTML of a remark as it goes out: judged anew, and mentioned members shown by their names.

    :param html: as :func:`rendered` returned it.
    :param names: what members are called, by reference; one who is missing keeps the reference.
    """

    def named(match: re.Match[str]) -> str:
        reference = match[1]
        return f'<bdi data-member="{reference}">@{escape(names.get(reference, reference))}</bdi>'

    return _MARKED.sub(named, _CLEANER.clean(html))


def _texts(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "text":
            yield token.content
        yield from _texts(token.children or ())


def _images_to_links(state: StateCore) -> None:
    """Put a link in the place of every image, its description for text; inside a link, the description alone."""
    for block in state.tokens:
        if block.type != "inline" or block.children is None:
            continue
        put: list[Token] = []
        within = 0
        for token in block.children:
            within += {"link_open": 1, "link_close": -1}.get(token.type, 0)
            if token.type != "image":
                put.append(token)
            elif within:
                put.extend(token.children or ())
            else:
                source = token.attrs["src"]
                put.append(Token("link_open", "a", 1, attrs={"href": source}))
                put.extend(token.children or [_text(str(source))])
                put.append(Token("link_close", "a", -1))
        block.children = put


def _mark_mentions(state: StateCore) -> None:
    members = state.env.get(_MEMBERS, ())
    for block in state.tokens:
        if members and block.children is not None:
            block.children = [part for token in block.children for part in _split(token, members)]


def _split(token: Token, members: Collection[str]) -> Iterator[Token]:
    if token.type != "text":
        yield token
        return
    end = 0
    for match in _MENTION.finditer(token.content):
        if match[1] in members:
            yield _text(token.content[end : match.start()])
            yield Token("mention_open", "bdi", 1, attrs={"data-member": match[1]})
            yield _text(match[0])
            yield Token("mention_close", "bdi", -1)
            end = match.end()
    yield _text(token.content[end:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _turn_as_written(state: StateCore) -> None:
    for block in state.tokens:
        if block.level == 0 and block.nesting == 1:
            block.attrSet("dir", "auto")


def _reader(**options: Any) -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False, **options})
    made.enable("strikethrough").disable("reference")
    for rule in (_images_to_links, _mark_mentions, _turn_as_written):
        made.core.ruler.push(rule.__name__.strip("_"), rule)
    made.validateLink = lambda url: _LINKS.match(url) is not None  # type: ignore[method-assign] # its own way
    return made


_PROSE = _reader()
_REMARKS = _reader(breaks=True)
